// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace usher::phone {

// The names that we give to what we make at the switch. They say whose it is, so that after a
// restart the switch itself tells which leg belongs to which contact:
//
//   usher.a.c42.ann.3f9c01aa   agent ann's leg of contact c42
//   usher.b.c42                the bridge of its conversation
//
// Each leg's name ends in a word of its own: a name in use must never be given again.
struct LegName {
  enum class Kind : char {
    kAgent = 'a',
    kCustomer = 'c',    // whom we called
    kOutside = 'o',     // somebody else outside
    kSupervisor = 's',  // a supervisor's telephone
    kSnoop = 'n',       // through which a supervisor hears
    kNailed = 'k',      // agent's, that stays up between calls; named for the first
  };
  Kind kind = Kind::kAgent;
  std::string contact{};
  std::string who{};  // an agent's or supervisor's id, or `x`

  friend bool operator==(const LegName&, const LegName&) = default;
};

std::string MakeLegName(std::string_view application, const LegName& name);
// Nothing on what is none of ours.
std::optional<LegName> ParseLegName(std::string_view application, std::string_view text);

std::string BridgeName(std::string_view application, const std::string& contact);
// A supervisor's own bridge with the snoop.
std::string ApartName(std::string_view application, const std::string& contact,
                      const std::string& supervisor);
// The contact of a conversation's bridge; empty when it is none of ours.
std::string ContactOfBridge(std::string_view application, std::string_view bridge);
// The same of any bridge of ours, a supervisor's too.
std::string OwnerOfBridge(std::string_view application, std::string_view bridge);

}  // namespace usher::phone
