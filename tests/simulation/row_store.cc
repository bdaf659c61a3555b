// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/row_store.h"

namespace usher::engine::simulation {
namespace {

template <class Rows>
auto Listed(const Rows& rows) {
  std::vector<typename Rows::mapped_type> list;
  for (const auto& [id, row] : rows) list.push_back(row);
  return list;
}

}  // namespace

void RowStore::Write(Engine& engine) {
  const DirtyRows dirty = engine.TakeDirty();
  if (dirty.domain) domain_ = engine.Row();
  for (const QueueId& id : dirty.queues) {
    queues_.erase(id);
    if (engine.domain().FindQueue(id) != nullptr) queues_.emplace(id, engine.Row(id));
  }
  for (const AgentId& id : dirty.agents) {
    agents_.erase(id);
    if (const auto row = engine.FindAgent(id)) agents_.emplace(id, *row);
  }
  for (const ContactId id : dirty.contacts) {
    contacts_.erase(id);
    if (const auto row = engine.FindContact(id)) contacts_.emplace(id, *row);
  }
}

Engine RowStore::Restore() const {
  return Engine::Restore(domain_, Listed(queues_), Listed(agents_), Listed(contacts_));
}

}  // namespace usher::engine::simulation
