// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace usher::email {

// A value of an IMAP response.
struct ImapValue {
  enum class Kind { kNil, kAtom, kString, kList };

  Kind kind = Kind::kNil;
  std::string text{};              // of an atom, and of a string, quoted or literal
  std::vector<ImapValue> items{};  // of a list

  bool IsAtom(std::string_view name) const;  // in any case
  // The number that an atom is; nothing where it is none.
  std::optional<std::uint64_t> Number() const;
};

// One response of a server (RFC 3501, 7).
struct ImapResponse {
  enum class Kind { kTagged, kUntagged, kContinuation };

  Kind kind = Kind::kUntagged;
  std::string tag{};  // of a tagged one

  // OK, NO, BAD, BYE or PREAUTH; empty of the others. With it: the code in brackets, its values,
  // and the server's words.
  std::string status{};
  std::string code{};
  std::vector<ImapValue> code_values{};
  std::string words{};  // of a continuation too

  // Of the others: "EXISTS", "FETCH", "SEARCH", the number in front of it, and what follows.
  std::string name{};
  std::uint64_t number = 0;
  std::vector<ImapValue> values{};
};

struct ImapLimits {
  std::size_t line_bytes_max = 4 * 1'024 * 1'024;      // of a response, without its literals
  std::size_t literal_bytes_max = 64 * 1'024 * 1'024;  // of a response's literals together
  std::size_t depth_max = 20;                          // of lists within lists
  std::size_t values_max = 500'000;                    // of a response
};

// Makes responses of the bytes of a connection, however they are cut. Bytes of a literal go
// straight to where they stay. After an error the connection is of no use.
//
//   parser.Feed(bytes);
//   while (true) {
//     auto response = parser.Next();   // an error, a response, or nothing yet
//
// Memory is at most the limits and one feed. One thread at a time.
class ImapParser {
 public:
  explicit ImapParser(ImapLimits limits = {}) : limits_(limits) {}

  void Feed(std::string_view bytes);
  // IMAP_PROTOCOL with what is wrong, or IMAP_RESPONSE_TOO_LARGE.
  Result<std::optional<ImapResponse>> Next();
  // Whether bytes wait that made no response yet.
  bool HasRest() const { return begin_ < buffer_.size() || in_response_; }

 private:
  Result<bool> Collect();

  const ImapLimits limits_;
  std::string buffer_;
  std::size_t begin_ = 0;    // of what is not yet used of it
  std::size_t scanned_ = 0;  // no line ends before it
  bool in_response_ = false;
  std::string line_;  // of the response that is being collected, literals as "{n}" and a NUL
  std::vector<std::string> literals_;
  std::size_t literal_missing_ = 0;
  std::size_t literal_bytes_ = 0;
};

}  // namespace usher::email
