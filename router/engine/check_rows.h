// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/id.h"
#include "router/engine/rows.h"

namespace usher::engine {

// A row that Engine::Restore must not be given: it contradicts itself, the configuration, or the
// rows beside it.
struct RowFault {
  ContactId contact{};  // whose row it is: one of the three
  AgentId agent{};
  QueueId queue{};
  std::string what{};

  friend bool operator==(const RowFault&, const RowFault&) = default;
};

// The rows without which the others are sound, with the reasons: at most one reason a row, contacts
// first, then agents, then queues. Empty: the rows may be restored. It expects a configuration that
// was applied once. Records with a sound CRC can still be wrong: written by a faulty program, or
// brought back one by one from a backup. What CheckState finds beyond this harms nobody.
std::vector<RowFault> CheckRows(const DomainRow& domain, const std::vector<QueueRow>& queues,
                                const std::vector<AgentRow>& agents,
                                const std::vector<ContactRow>& contacts);

// Takes the rows with faults out.
void RemoveFaulty(const std::vector<RowFault>& faults, std::vector<QueueRow>& queues,
                  std::vector<AgentRow>& agents, std::vector<ContactRow>& contacts);

// What the rows that are there say of contacts that are not, whose rows were lost: wrap-ups that
// would close them, and consults about them. Without it the others may be restored.
void DropLooseEnds(std::vector<AgentRow>& agents, std::vector<ContactRow>& contacts);

}  // namespace usher::engine
