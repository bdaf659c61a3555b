// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "channels/asterisk/ari_event.h"

// Whatever a telephone switch sends is an event, a list or nothing; none of it ends the process.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto event = usher::asterisk::ParseAriEvent(text);
  if (event && event->type.empty()) __builtin_trap();
  for (const auto& channel : usher::asterisk::ParseAriChannels(text)) {
    if (channel.id.empty()) __builtin_trap();
  }
  for (const auto& bridge : usher::asterisk::ParseAriBridges(text)) {
    if (bridge.id.empty()) __builtin_trap();
  }
  return usher::asterisk::ParseAriText(text, {"value"}).size() > size ? -1 : 0;
}
