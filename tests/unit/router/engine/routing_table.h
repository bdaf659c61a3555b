// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "router/engine/engine.h"

namespace usher::engine {

// An engine with a hand on its clock: what happens in a test is said in one line each.
class RoutingTable {
 public:
  explicit RoutingTable(Domain domain) {
    const Outcome applied = Do(ApplyDomain{std::move(domain), 1});
    USHER_CHECK(applied.ok(), applied.text);
  }

  // Executes at the present instant; the events of this command are in `last`.
  Outcome Do(const Command& command) {
    last.clear();
    const Outcome outcome = engine.Execute(command, now, last);
    all.insert(all.end(), last.begin(), last.end());
    return outcome;
  }
  void Wait(Duration span) {
    now += span;
    last.clear();
    engine.Advance(now, last);
    all.insert(all.end(), last.begin(), last.end());
  }
  void SignIn(const std::string& agent) { Do(engine::SignIn{AgentId{agent}}); }
  ContactId Submit(const std::string& queue, Channel channel = Channel::kVoice) {
    return Do(engine::Submit{.channel = channel, .queue = QueueId{queue}}).contact;
  }

  // "offered 1 ann", "closed 1 completed", one for each event of this kind in `last`.
  std::vector<std::string> Told(std::string_view kind) const;

  ContactRow Contact(ContactId id) const { return engine.Row(id); }
  AgentRow Agent(const std::string& id) const { return engine.Row(AgentId{id}); }

  Engine engine;
  Instant now = InstantFromUnixMs(1'767'571'200'000);  // 2026-01-05, a Monday
  std::vector<Event> last;
  std::vector<Event> all;
};

// All rows of an engine, to compare two of them.
struct AllRows {
  DomainRow domain;
  std::vector<QueueRow> queues;
  std::vector<AgentRow> agents;
  std::vector<ContactRow> contacts;

  friend bool operator==(const AllRows&, const AllRows&) = default;
};
AllRows RowsOf(const Engine& engine);
Engine RestoreFrom(const AllRows& rows);

}  // namespace usher::engine
