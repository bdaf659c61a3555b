// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace usher::configuration {

// One thing that is wrong in a file, for the person who wrote it.
struct Diagnostic {
  std::string file;
  int line = 0;  // from 1; 0 where the whole file is meant
  std::string message;

  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

// `acme.yaml:12: queue support: unknown key "stratgy"; did you mean "strategy"?`
std::string ToString(const Diagnostic& diagnostic);

// Gathers what is wrong in one file, so that a person mends all of it at once. Keeps the first
// kMax; a broken file of a thousand agents needs no thousand lines.
class Diagnostics {
 public:
  static constexpr std::size_t kMax = 50;

  explicit Diagnostics(std::string_view file) : file_(file) {}

  void Add(int line, std::string message);
  void Add(const Diagnostics& others);
  bool empty() const { return list_.empty(); }
  const std::string& file() const { return file_; }
  const std::vector<Diagnostic>& list() const { return list_; }

 private:
  std::string file_;
  std::vector<Diagnostic> list_;
};

}  // namespace usher::configuration
