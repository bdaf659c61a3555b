// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <variant>

#include "router/engine/event.h"
#include "router/engine/rows.h"
#include "router/store/checkpoint_book.h"
#include "router/store/commit.h"
#include "router/store/record.h"
#include "router/store/row_records.h"
#include "tests/unit/router/store/sample_value.h"

namespace usher::store {

inline constexpr std::size_t kEventKinds = std::variant_size_v<engine::EventBody>;

// A commit with one event, of each kind in turn, and an answer.
inline CommitBatch SampleCommit(std::size_t kind) {
  SampleValue sample;
  CommitBatch commit;
  engine::Event& event = commit.events.emplace_back();
  sample.Fill(event.at);
  sample.FillAlternative(event.body, kind);
  sample.Fill(commit.replies.emplace_back());
  return commit;
}

inline std::string NameOfCommit(const CommitBatch& commit) {
  return std::visit(
      [](const auto& body) {
        return "commit-" + std::string(std::remove_cvref_t<decltype(body)>::kName);
      },
      commit.events.front().body);
}

template <class T>
T Sample() {
  T value{};
  SampleValue().Fill(value);
  return value;
}

// Calls `visit(name, kind, value)` for a value of every kind of record that the store writes, with
// every kind of event. Names are those of the files in samples/.
template <class Visit>
void ForEachSample(Visit visit) {
  for (std::size_t kind = 0; kind < kEventKinds; ++kind) {
    const CommitBatch commit = SampleCommit(kind);
    visit(NameOfCommit(commit), RecordKind::kCommit, commit);
  }
  visit("config", RecordKind::kConfig, Sample<StoredConfig>());
  visit("counters", RecordKind::kCounters, Sample<StoredCounters>());
  visit("contact", RecordKind::kContact, Sample<engine::ContactRow>());
  visit("closed-contact", RecordKind::kClosedContact, Sample<ClosedContact>());
  visit("agent", RecordKind::kAgent, Sample<engine::AgentRow>());
  visit("queue", RecordKind::kQueue, Sample<engine::QueueRow>());
  visit("checkpoint", RecordKind::kCheckpoint, Sample<CheckpointNote>());
}

}  // namespace usher::store
