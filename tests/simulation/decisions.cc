// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/decisions.h"

#include <algorithm>
#include <set>
#include <string>

#include "tests/unit/router/engine/naive_matcher.h"

namespace usher::engine::simulation {
namespace {

std::string Name(ContactId contact) { return "contact " + std::to_string(contact.value()); }

std::string Say(const std::optional<NaiveOffer>& offer) {
  if (!offer) return "nothing";
  return Name(offer->contact) + " to agent " + offer->agent.value() +
         (offer->new_round ? " in a new round" : "");
}

void CheckRoom(const Engine& before, ContactId contact, const AgentId& agent, Findings& findings) {
  if (HasRoomFor(before, agent, before.Row(contact).channel)) return;
  findings.Report("8", Name(contact) + ": agent " + agent.value() + " has no room for it");
}

// Whoever stands before the contact with the very same demand, and with no history that sets it
// apart, goes first.
void CheckFifo(const Engine& before, const ContactRow& offered, Findings& findings) {
  for (const ContactId id : before.WaitingIn(offered.queue)) {
    if (id == offered.id) return;
    const ContactRow earlier = before.Row(id);
    const bool is_alike =
        earlier.state == ContactState::kWaiting && earlier.channel == offered.channel &&
        earlier.requirement == offered.requirement && earlier.max_tier == offered.max_tier &&
        earlier.steps_in_force == offered.steps_in_force && !earlier.prefer &&
        !earlier.offer_again_from && earlier.past_offers.empty() && !earlier.consults;
    if (!is_alike) continue;
    findings.Report("16", Name(offered.id) + " is offered before " + Name(id));
    return;
  }
}

// A contact that is passed on to who was consulted about it takes the place of that consult, which
// an earlier event of the same command ended, whatever has come to her since.
bool TakesRoomOfConsult(std::span<const Event> earlier, const Event& event) {
  const auto* offered = std::get_if<Offered>(&event.body);
  const auto* assigned = std::get_if<Assigned>(&event.body);
  if (offered == nullptr && assigned == nullptr) return false;
  const ContactId contact = offered != nullptr ? offered->contact : assigned->contact;
  const AgentId& agent = offered != nullptr ? offered->agent : assigned->agent;
  std::set<ContactId> asked_her;  // whose offers to her were withdrawn
  for (const Event& before : earlier) {
    const auto* withdrawn = std::get_if<Withdrawn>(&before.body);
    if (withdrawn != nullptr && withdrawn->agent == agent) asked_her.insert(withdrawn->contact);
    const auto* closed = std::get_if<Closed>(&before.body);
    if (closed == nullptr || closed->consults != contact) continue;
    const bool was_hers = assigned != nullptr && closed->agent == agent &&
                          closed->outcome == ContactOutcome::kCompleted;
    if (was_hers || (offered != nullptr && asked_her.contains(closed->contact))) return true;
  }
  return false;
}

}  // namespace

void CheckDecision(const Engine& before, const Event& event, std::span<const Event> earlier,
                   Findings& findings) {
  const bool has_room_of_consult = TakesRoomOfConsult(earlier, event);
  if (const auto* offered = std::get_if<Offered>(&event.body)) {
    if (!has_room_of_consult) CheckRoom(before, offered->contact, offered->agent, findings);
    if (offered->alone) return;
    const NaiveOffer made{offered->contact, offered->agent, offered->new_round};
    const std::optional<NaiveOffer> asked = NextOffer(before, event.at);
    if (asked != made) {
      findings.Report("19", "offered " + Say(made) + " where the laws ask for " + Say(asked));
    }
    const ContactRow row = before.Row(offered->contact);
    if (row.prefer != offered->agent && row.offers.empty() && row.past_offers.empty()) {
      CheckFifo(before, row, findings);
    }
  } else if (const auto* assigned = std::get_if<Assigned>(&event.body)) {
    if (!assigned->offer && !has_room_of_consult)
      CheckRoom(before, assigned->contact, assigned->agent, findings);
  } else if (const auto* resumed = std::get_if<Resumed>(&event.body)) {
    CheckRoom(before, resumed->contact, resumed->agent, findings);
  } else if (const auto* step = std::get_if<StepApplied>(&event.body)) {
    const ContactRow row = before.Row(step->contact);
    if (step->fired != row.steps_fired) return;
    if (StepsToSkipTo(before, row) != step->in_force) {
      findings.Report("20", Name(step->contact) + ": skips steps that it should not");
    }
  }
}

void CheckNothingLeftToDecide(const Engine& after, Instant now, Findings& findings) {
  const std::optional<NaiveOffer> asked = NextOffer(after, now);
  if (asked) findings.Report("15", "left unasked: " + Say(asked));
  for (const ContactId id : after.Contacts()) {
    const ContactRow row = after.Row(id);
    if (row.state != ContactState::kWaiting && row.state != ContactState::kOffered) continue;
    if (StepsToSkipTo(after, row)) {
      findings.Report("20", Name(id) + ": waits for a step that should be skipped to");
    }
  }
}

}  // namespace usher::engine::simulation
