// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/io/event_loop.h"
#include "base/io/leader_channel.h"

namespace usher::chat {

// What agents are called, asked of the router and remembered for a few minutes. Loop thread only.
class AgentNames {
 public:
  AgentNames(io::EventLoop& loop, io::LeaderChannel& road, std::function<std::string()> token);
  ~AgentNames();
  AgentNames(const AgentNames&) = delete;
  AgentNames& operator=(const AgentNames&) = delete;

  // `done` gets the name, or the id when the router does not tell it within two seconds; at once
  // when it is known. Dropped when this object goes away.
  void Find(const std::string& agent_id, std::function<void(const std::string& name)> done);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace usher::chat
