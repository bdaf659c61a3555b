// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace usher::engine {

enum class Channel : std::uint8_t {
  kVoice = 0,
  kChat = 1,
  kEmail = 2,
  kMessage = 3,
  kCallback = 4,
  kTask = 5,
};
inline constexpr std::array kChannels = {Channel::kVoice,   Channel::kChat,     Channel::kEmail,
                                         Channel::kMessage, Channel::kCallback, Channel::kTask};
std::string_view ToString(Channel channel);  // "voice"
std::optional<Channel> FindChannel(std::string_view name);
// Somebody is on the line: such a contact stays with its agent whatever becomes of her console, and
// is never taken from her for being on hold.
constexpr bool IsCall(Channel channel) {
  return channel == Channel::kVoice || channel == Channel::kCallback;
}

// A set of channels. Empty by default.
struct ChannelSet {
  std::uint32_t bits = 0;

  static constexpr ChannelSet All() { return ChannelSet{(1u << kChannels.size()) - 1}; }
  constexpr bool Has(Channel channel) const { return (bits >> static_cast<int>(channel)) & 1u; }
  constexpr void Add(Channel channel) { bits |= 1u << static_cast<int>(channel); }
  constexpr bool empty() const { return bits == 0; }

  friend bool operator==(const ChannelSet&, const ChannelSet&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "bits", self.bits);
  }
};

}  // namespace usher::engine
