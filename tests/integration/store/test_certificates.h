// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace usher::store {

// An authority of a test's own, which signs certificates on demand. Everything is a PEM file in
// `folder`.
class TestAuthority {
 public:
  // Files are `<name>.crt` and `<name>.key`, for this authority too.
  TestAuthority(std::filesystem::path folder, const std::string& name);
  ~TestAuthority();
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;

  struct Request {
    std::string name;               // of the files and of the subject
    std::string alternative_names;  // as OpenSSL writes them: "IP:127.0.0.1,DNS:redis"
    long starts_in_seconds = -3'600;
    long ends_in_seconds = 3'600;
  };
  void Issue(const Request& request) const;

  std::string Certificate() const { return File(name_, ".crt"); }
  std::string CertificateOf(const std::string& name) const { return File(name, ".crt"); }
  std::string KeyOf(const std::string& name) const { return File(name, ".key"); }

 private:
  struct Issuer;
  std::string File(const std::string& name, const char* ending) const {
    return (folder_ / (name + ending)).string();
  }

  const std::filesystem::path folder_;
  const std::string name_;
  const std::unique_ptr<Issuer> issuer_;
};

}  // namespace usher::store
