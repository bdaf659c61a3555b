// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/simulation.h"

// Liveness: what must come to pass once nobody disturbs it.

namespace usher::engine::simulation {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr int kRounds = 800;
constexpr int kIdleRounds = 60;

// What the world owes the contact now; none where only time helps.
std::optional<Command> NextFor(const ContactRow& contact) {
  switch (contact.state) {
    case ContactState::kOffered:
      return Accept{.contact = contact.id, .agent = contact.offers.front().agent};
    case ContactState::kAssigned:
      return Complete{.contact = contact.id, .disposition = {}};
    case ContactState::kHeld:
      return Abandon{.contact = contact.id};
    case ContactState::kWrapping:
      return EndWrapUp{.contact = contact.id, .agent = contact.agent};
    default:
      return std::nullopt;
  }
}

}  // namespace

void Simulation::Settle() {
  for (const Agent& agent : std::vector<Agent>(engine_.domain().agents)) {
    Do({.at = now_, .command = SignIn{agent.id}});
    Do({.at = now_, .command = SetConnection{agent.id, Connection::kBack}});
    Do({.at = now_, .command = SetPresence{agent.id, Presence::kAvailable, ""}});
  }
  int idle = 0;
  for (int round = 0; round < kRounds && idle < kIdleRounds && findings_.empty(); ++round) {
    ++idle;
    for (const ContactId id : engine_.Contacts()) {
      const std::optional<ContactRow> row = engine_.FindContact(id);
      if (!row) continue;
      const std::optional<Command> next = NextFor(*row);
      if (!next) continue;
      Do({.at = now_, .command = next});
      idle = 0;
    }
    const Instant next = engine_.NextDeadline();
    if (idle > 0 && next > now_ + hours{24}) break;
    Do({.at = idle > 0 ? next : now_ + seconds{1}});
  }
  CheckSettled();
}

// Whoever waits now waits for somebody who does not exist: every agent is free, and the check of
// every action has found that nobody of them could take it.
void Simulation::CheckSettled() {
  if (!findings_.empty()) return;
  for (const ContactId id : engine_.Contacts()) {
    const ContactRow row = engine_.Row(id);
    if (row.state == ContactState::kWaiting) continue;
    findings_.Report("34", "contact " + std::to_string(id.value()) + " is still " +
                               std::string(ToString(row.state)) + " long after everything ended");
  }
  for (const AgentId& id : engine_.Agents()) {
    const AgentRow row = engine_.Row(id);
    if (row.presence != Presence::kAvailable || !engine_.WorkOf(id).load.empty()) {
      findings_.Report("34", "agent " + id.value() + " is still busy or away");
    }
  }
}

}  // namespace usher::engine::simulation
