// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "channels/freeswitch/esl_event.h"
#include "channels/freeswitch/esl_parser.h"

// Whatever an event socket sends is cut into the same messages wherever it is cut, and none of them
// ends the process.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using usher::freeswitch::EslParser;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  EslParser whole;
  whole.Feed(bytes);
  EslParser halves;
  halves.Feed(bytes.substr(0, size / 2));
  std::size_t count = 0;
  while (halves.Next()) ++count;
  halves.Feed(bytes.substr(size / 2));
  while (halves.Next()) ++count;
  while (const auto message = whole.Next()) {
    --count;
    (void)usher::freeswitch::ParseEslEvent(message->body);
    (void)usher::freeswitch::ParseChannels(message->body);
  }
  if (count != 0 || whole.failed().has_value() != halves.failed().has_value()) __builtin_trap();
  return 0;
}
