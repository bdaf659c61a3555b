// SPDX-License-Identifier: Apache-2.0
#include "channels/phone/leg_name.h"

#include <vector>

#include "base/io/random_id.h"

namespace usher::phone {

namespace {

constexpr std::size_t kOwnWordBytes = 12;

std::vector<std::string_view> SplitAtDots(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t dot = text.find('.');
    parts.push_back(text.substr(0, dot));
    if (dot == std::string_view::npos || parts.size() > 6) return parts;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace

std::string MakeLegName(std::string_view application, const LegName& name) {
  return std::string(application) + '.' + static_cast<char>(name.kind) + '.' + name.contact + '.' +
         (name.who.empty() ? "x" : name.who) + '.' + io::RandomId().substr(0, kOwnWordBytes);
}

std::optional<LegName> ParseLegName(std::string_view application, std::string_view text) {
  const std::vector<std::string_view> parts = SplitAtDots(text);
  if (parts.size() != 5 || parts[0] != application || parts[1].size() != 1) return std::nullopt;
  constexpr std::string_view kKinds = "acosnk";
  if (kKinds.find(parts[1][0]) == std::string_view::npos || parts[2].empty()) return std::nullopt;
  return LegName{static_cast<LegName::Kind>(parts[1][0]), std::string(parts[2]),
                 std::string(parts[3])};
}

std::string BridgeName(std::string_view application, const std::string& contact) {
  return std::string(application) + ".b." + contact;
}

std::string ApartName(std::string_view application, const std::string& contact,
                      const std::string& supervisor) {
  return std::string(application) + ".l." + contact + '.' + supervisor;
}

std::string ContactOfBridge(std::string_view application, std::string_view bridge) {
  const std::vector<std::string_view> parts = SplitAtDots(bridge);
  if (parts.size() != 3 || parts[0] != application || parts[1] != "b") return {};
  return std::string(parts[2]);
}

std::string OwnerOfBridge(std::string_view application, std::string_view bridge) {
  const std::vector<std::string_view> parts = SplitAtDots(bridge);
  const bool ours = parts.size() >= 3 && parts[0] == application;
  return ours && (parts[1] == "b" || parts[1] == "l") ? std::string(parts[2]) : std::string();
}

}  // namespace usher::phone
