// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <vector>

#include "router/engine/engine.h"

namespace usher::engine::simulation {

// Rows as the store keeps them: only those that the engine named as changed are ever written, so
// between two writes they are the exact state at one point of the log.
class RowStore {
 public:
  void Write(Engine& engine);
  Engine Restore() const;

 private:
  DomainRow domain_{};
  std::map<QueueId, QueueRow> queues_;
  std::map<AgentId, AgentRow> agents_;
  std::map<ContactId, ContactRow> contacts_;
};

}  // namespace usher::engine::simulation
