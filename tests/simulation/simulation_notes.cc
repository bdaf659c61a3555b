// SPDX-License-Identifier: Apache-2.0
#include <type_traits>

#include "tests/simulation/simulation.h"

// What a run met, counted before its command is decided.

namespace usher::engine::simulation {

void Simulation::NoteAccept(const Accept& accept) {
  const auto found = ledger_.open().find(accept.contact);
  if (found == ledger_.open().end()) {
    coverage_.Saw("an accept of a contact that is closed or nobody's");
    return;
  }
  const LedgerContact& contact = found->second;
  if (contact.OfferTo(accept.agent) != nullptr) return;
  const auto ended = contact.ended.find(accept.agent);
  if (ended == contact.ended.end()) return;
  const bool is_hers = !contact.Waits() && contact.agent == accept.agent;
  if (is_hers) coverage_.Saw("a repeated accept of one's own offer");
  if (ended->second.second != OfferEnd::kMissed || last_events_.empty()) return;
  for (const Event& event : last_events_) {
    const Missed* missed = std::get_if<Missed>(&event.body);
    if (missed != nullptr && event.at == now_ && missed->offer == ended->second.first) {
      coverage_.Saw("an accept in the very instant of its deadline");
    }
  }
}

void Simulation::NoteApply() {
  for (const auto& [id, contact] : ledger_.open()) {
    if (!contact.offers.empty()) coverage_.Saw("a configuration applied while an offer was open");
    if (contact.state == ContactState::kAssigned) {
      coverage_.Saw("a configuration applied while somebody talked");
    }
    if (contact.WaitedInQueueAt(now_) > Duration{0} && contact.steps_fired > 0) {
      coverage_.Saw("a configuration applied to a contact past a step");
    }
  }
}

void Simulation::Note(const Action& action) {
  switch (action.fault) {
    case Fault::kRepeated:
      coverage_.Saw("a command came twice, for its reply was lost");
      break;
    case Fault::kLate:
      coverage_.Saw("a command was overtaken by others");
      break;
    case Fault::kStale:
      coverage_.Saw("an old command came again");
      break;
    case Fault::kNone:
      break;
  }
  if (const auto* accept = std::get_if<Accept>(&*action.command)) NoteAccept(*accept);
  if (std::holds_alternative<ApplyDomain>(*action.command)) NoteApply();
  if (const auto* submit = std::get_if<Submit>(&*action.command)) {
    if (submit->not_before && *submit->not_before > now_) coverage_.Saw("a contact was scheduled");
  }
}

// Preferred agents: asked first, and given up at the end of prefer_for.
void Simulation::NoteOffer(const Offered& offered) {
  const ContactRow row = standby_.Row(offered.contact);
  if (!row.prefer) return;
  if (row.prefer == offered.agent) {
    coverage_.Saw("the preferred agent was asked");
    return;
  }
  const Queue& queue = *standby_.domain().FindQueue(row.queue);
  const Duration prefer_for = row.prefer_for.value_or(queue.prefer_for);
  if (prefer_for > Duration{0} && row.waiting_since &&
      row.waited_in_queue + (now_ - *row.waiting_since) >= prefer_for) {
    coverage_.Saw("the wait for a preferred agent ended");
  } else if (prefer_for > Duration{0}) {
    coverage_.Saw("there was no hope for a preferred agent");
  }
}

}  // namespace usher::engine::simulation
