// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_key.h"

#include <array>
#include <memory>

#include <openssl/evp.h>

#include "base/check.h"
#include "channels/email/ascii.h"

namespace usher::email {

namespace {

constexpr std::size_t kKeyBytes = 16;
constexpr std::size_t kSha256Bytes = 32;

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    USHER_CHECK(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
  }
  void Add(std::string_view bytes) {
    USHER_CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
  }
  // The first `bytes` of it.
  std::string Hex(std::size_t bytes = kKeyBytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    USHER_CHECK(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1);
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string hex;
    for (std::size_t i = 0; i < bytes; ++i) {
      hex += kDigits[digest[i] >> 4];
      hex += kDigits[digest[i] & 15];
    }
    return hex;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

// Takes a line off `text`, without its end.
std::string_view TakeLine(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

std::string ToMailKey(std::string_view raw) {
  Sha256 digest;
  std::string_view rest = raw;
  bool counts = false;  // whether the line before was of a header that counts
  bool any = false;
  while (!rest.empty()) {
    const std::string_view line = TakeLine(rest);
    if (line.empty()) break;
    const bool goes_on = line.front() == ' ' || line.front() == '\t';
    if (!goes_on) {
      counts = StartsWithIgnoringCase(line, "message-id:") ||
               StartsWithIgnoringCase(line, "from:") || StartsWithIgnoringCase(line, "date:");
    }
    if (!counts) continue;
    any = true;
    // Servers fold anew: only what is not white space is the header's.
    for (const char c : line) {
      if (c != ' ' && c != '\t') digest.Add({&c, 1});
    }
    digest.Add("\n");
  }
  digest.Add(any ? rest : raw);
  return digest.Hex();
}

std::string ToThreadKey(std::string_view message_id) {
  Sha256 digest;
  digest.Add("thread ");
  digest.Add(message_id);
  return digest.Hex();
}

std::string ToContentHash(std::string_view content) {
  Sha256 digest;
  digest.Add(content);
  return digest.Hex(kSha256Bytes);
}

}  // namespace usher::email
