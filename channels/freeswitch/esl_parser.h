// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace usher::freeswitch {

// One message of the event socket: header lines, an empty line, and a body when Content-Length says
// so.
struct EslMessage {
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string body{};

  // The value of the first header of the name, whatever its case; empty: none.
  std::string_view Header(std::string_view name) const;
  std::string_view type() const { return Header("Content-Type"); }
};

// Cuts the bytes of the event socket into messages, however they are cut on their way.
//
//   EslParser parser;
//   parser.Feed(bytes);
//   while (auto message = parser.Next()) …
//   if (parser.failed()) …  // the stream has lost its frame for good
//
// Pure; holds at most one message's bytes and what was fed behind it.
class EslParser {
 public:
  static constexpr std::size_t kHeaderBytesMax = 64 << 10;  // of all headers of a message
  static constexpr std::size_t kBodyBytesMax = 64 << 20;    // the list of 50,000 channels in one

  void Feed(std::string_view bytes);
  // The next whole message; nothing: more bytes are needed, or it has failed.
  std::optional<EslMessage> Next();
  // A header without a colon, headers over the bound, a length that is no number or over the bound.
  const std::optional<Error>& failed() const { return failed_; }

 private:
  bool ReadHead();
  void Fail(std::string message);

  std::string bytes_;
  std::size_t begin_ = 0;  // of what is not read yet
  std::optional<EslMessage> open_;
  std::size_t body_bytes_ = 0;  // of the open message
  std::optional<Error> failed_;
};

}  // namespace usher::freeswitch
