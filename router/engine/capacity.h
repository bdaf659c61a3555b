// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "router/engine/explain_words.h"
#include "router/engine/live_agent.h"

namespace usher::engine {

// Law 8: who can hold what. An agent without a profile holds one contact at a time, of any channel
// that her own list allows; with a profile both must allow the channel.

// Whether the agent may ever hold a contact of this channel.
bool ServesChannel(const LiveAgent& agent, Channel channel);

// What is full, if one more contact of this channel does not fit beside what she holds now.
RoomShortage ShortageOfRoom(const LiveAgent& agent, Channel channel);
bool HasRoom(const LiveAgent& agent, Channel channel);

// Share of capacity used, as an exact fraction: of her units where the profile has them, else of
// what she may hold on this channel.
struct Share {
  std::int64_t used = 0;
  std::int64_t of = 1;  // above 0
};
Share UsedShare(const LiveAgent& agent, Channel channel);

}  // namespace usher::engine
