// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "router/engine/engine.h"
#include "router/store/past_reader.h"
#include "tests/integration/store/store_fixture.h"
#include "tests/unit/router/engine/storm.h"

namespace usher::store {

// What an engine holds, as rows.
struct Rows {
  engine::DomainRow domain;
  std::vector<engine::QueueRow> queues;
  std::vector<engine::AgentRow> agents;
  std::vector<engine::ContactRow> contacts;

  friend bool operator==(const Rows&, const Rows&) = default;
};

inline Rows RowsOf(const engine::Engine& engine) {
  Rows rows;
  rows.domain = engine.Row();
  for (const engine::Queue& queue : engine.domain().queues) {
    rows.queues.push_back(engine.Row(queue.id));
  }
  std::ranges::sort(rows.queues, {}, &engine::QueueRow::id);
  for (const AgentId& agent : engine.Agents()) rows.agents.push_back(engine.Row(agent));
  std::ranges::sort(rows.agents, {}, &engine::AgentRow::id);
  for (const ContactId contact : engine.Contacts()) rows.contacts.push_back(engine.Row(contact));
  return rows;
}

inline engine::Engine RestoreFrom(PastRows rows) {
  if (rows.empty) return {};
  return engine::Engine::Restore(std::move(rows.domain), std::move(rows.queues),
                                 std::move(rows.agents), std::move(rows.contacts));
}

// The rows that changed, as the loop of a domain hands them to the store.
inline RowChanges ChangesOf(engine::Engine& engine, std::optional<engine::DomainRow>& domain) {
  RowChanges changes;
  const engine::DirtyRows dirty = engine.TakeDirty();
  if (dirty.domain) changes.domain = &domain.emplace(engine.Row());
  for (const QueueId& id : dirty.queues) {
    if (engine.domain().FindQueue(id) != nullptr) {
      changes.queues.push_back(engine.Row(id));
    } else {
      changes.removed_queues.push_back(id);
    }
  }
  for (const AgentId& id : dirty.agents) {
    if (auto row = engine.FindAgent(id)) {
      changes.agents.push_back(*std::move(row));
    } else {
      changes.removed_agents.push_back(id);
    }
  }
  for (const ContactId id : dirty.contacts) {
    if (auto row = engine.FindContact(id)) {
      changes.contacts.push_back(*std::move(row));
    } else {
      changes.closed_contacts.push_back(id);
    }
  }
  return changes;
}

// A domain at work: random commands, each a commit, and rows written every few commits.
class StormyDomain {
 public:
  StormyDomain(WaitingStore& store, std::uint64_t seed) : store_(store), storm_(seed) {
    Execute(engine::ApplyDomain{engine::StormDomain(seed), 1});
  }

  void Run(int commands) {
    Work(commands, true);
    Project();
  }
  // Leaves the rows behind the log.
  void RunWithoutRows(int commands) { Work(commands, false); }

  // The engine as it was right after a commit.
  engine::Engine At(CommitSeq seq) const {
    engine::Engine engine;
    for (CommitSeq i = 0; i < seq; ++i) {
      for (const engine::Event& event : batches_[i].events) engine.Evolve(event);
    }
    return engine;
  }
  CommitSeq last() const { return batches_.size(); }
  const engine::Engine& engine() const { return engine_; }

  void Project() {
    std::optional<engine::DomainRow> domain;
    const RowChanges changes = ChangesOf(engine_, domain);
    ASSERT_TRUE(store_.Project(changes, batches_.size()).ok());
  }

 private:
  void Work(int commands, bool with_rows) {
    for (int i = 0; i < commands; ++i) {
      now_ = storm_.NextInstant(engine_, now_);
      const CommitSeq before = last();
      Execute(storm_.Next(engine_, now_));
      if (with_rows && last() > before && storm_.Below(5) == 0) Project();
    }
  }
  void Execute(const engine::Command& command) {
    CommitBatch batch;
    engine_.Execute(command, now_, batch.events);
    if (batch.events.empty()) return;
    ASSERT_TRUE(store_.Commit(batch).ok());
    batches_.push_back(std::move(batch));
  }

  WaitingStore& store_;
  engine::Storm storm_;
  engine::Engine engine_;
  Instant now_ = InstantFromUnixMs(1'700'000'000'000);
  std::vector<CommitBatch> batches_;
};

}  // namespace usher::store
