// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "usher/routing/v1/call.pb.h"

namespace usher::phone {

// What a leg was, and since when; zero: not known.
struct Lasting {
  routing::v1::CallLeg::State state = routing::v1::CallLeg::STATE_UNSPECIFIED;
  Instant since{};

  friend bool operator==(const Lasting&, const Lasting&) = default;
};

// What only this process knows of a leg, and its successor must: kept with the leg at the switch
// (Switch::Keep) and read there after a restart. Facts of the conversation stand with its agent.
struct LegNote {
  std::string recording{};       // under way, of the agent's conversation
  std::uint32_t recordings = 0;  // of the conversation so far
  bool recording_paused = false;
  bool joined = false;    // everybody of the conversation hears each other
  bool muted = false;     // this leg
  bool passing = false;   // of somebody outside: the customer goes on with her
  std::string address{};  // of somebody outside: the number that was called
  routing::v1::SupervisionMode mode = routing::v1::SUPERVISION_MODE_UNSPECIFIED;
  Lasting lasting{};   // this leg, when this was written
  Lasting customer{};  // the same of the agent's customer

  friend bool operator==(const LegNote&, const LegNote&) = default;
};

// One word without blanks or commas, such as `r=usher-c42-17-1;n=1;p`; empty where there is nothing
// to say.
std::string ToText(const LegNote& note);
// What does not read so is passed over.
LegNote ParseLegNote(std::string_view text);

}  // namespace usher::phone
