// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/simulation.h"

#include <algorithm>
#include <span>
#include <type_traits>
#include <utility>

#include "tests/simulation/decisions.h"
#include "tests/simulation/random_domain.h"
#include "tests/unit/router/engine/routing_table.h"

namespace usher::engine::simulation {
namespace {

constexpr std::size_t kLastEvents = 30;

std::string Describe(const Event& event, Instant start) {
  std::string line =
      "+" + std::to_string((event.at - start).count()) + "ms " + std::string(NameOf(event));
  std::visit(
      [&](const auto& body) {
        if constexpr (requires { body.contact; }) {
          line += " contact " + std::to_string(body.contact.value());
        }
        if constexpr (requires { body.agent; }) line += " agent " + body.agent.value();
        if constexpr (requires { body.queue; }) line += " queue " + body.queue.value();
        if constexpr (requires { body.outcome; }) line += " " + std::string(ToString(body.outcome));
      },
      event.body);
  return line;
}

}  // namespace

void Tally::Add(const Tally& other) {
  commands += other.commands;
  refused += other.refused;
  events += other.events;
  restarts += other.restarts;
  applied += other.applied;
  faults += other.faults;
  simulated += other.simulated;
}

Simulation::Simulation(const Domain& first) : start_(kWorldStart), now_(kWorldStart) {
  Do({.at = start_, .command = ApplyDomain{first, 1}});
}

void Simulation::Do(const Action& action) {
  if (!findings_.empty()) return;
  if (action.write_rows) {
    rows_.Write(engine_);
    log_.clear();
  }
  if (action.restart != Restart::kNone) Come(action.restart);
  if (!findings_.empty()) return;
  if (action.at < now_) coverage_.Saw("the clock fell back");
  if (action.at - now_ > std::chrono::hours{1}) coverage_.Saw("the clock jumped by hours");
  if (action.fault != Fault::kNone) ++tally_.faults;
  now_ = std::max(now_, action.at);

  std::vector<Event> first;
  twin_.Advance(action.at, first);
  Fold(first, true);
  std::vector<Event> all = first;
  Outcome outcome;
  std::vector<Event> told;
  if (action.command) {
    ++tally_.commands;
    Note(action);
    const auto* accept = std::get_if<Accept>(&*action.command);
    const auto expected = accept ? ledger_.AnswerTo(*accept) : std::nullopt;
    const auto* submit = std::get_if<Submit>(&*action.command);
    const LedgerContact* known = nullptr;
    if (submit != nullptr && !submit->external_id.empty()) {
      known = ledger_.FindByExternalId(submit->channel, submit->external_id);
    }
    const ContactId known_id = known != nullptr ? known->id : ContactId{};
    std::vector<Event> second;
    outcome = twin_.Execute(*action.command, action.at, second);
    if (submit != nullptr && (outcome.repeated != static_cast<bool>(known_id) ||
                              (outcome.repeated && outcome.contact != known_id))) {
      findings_.Report("4", "external id \"" + submit->external_id + "\" gave contact " +
                                std::to_string(outcome.contact.value()));
    }
    if (accept != nullptr) CheckAnswer(*accept, expected, outcome);
    CheckOutcome(*action.command, outcome, second);
    Fold(second, false);
    all.insert(all.end(), second.begin(), second.end());
    const Outcome again = engine_.Execute(*action.command, action.at, told);
    if (again.refusal != outcome.refusal || again.contact != outcome.contact ||
        again.offer != outcome.offer || again.repeated != outcome.repeated ||
        again.text != outcome.text) {
      findings_.Report("25", "another answer after a restart: \"" + again.text +
                                 "\" instead of \"" + outcome.text + "\"");
    }
  } else {
    engine_.Advance(action.at, told);
  }
  if (told != all) findings_.Report("25", "other events than the engine that never restarted");
  log_.insert(log_.end(), told.begin(), told.end());
  for (const Event& event : told) digest_.Add(event);
  digest_.Add(outcome.refusal);
  digest_.Add(outcome.contact);
  tally_.events += told.size();
  tally_.simulated = now_ - start_;
  CheckState();
}

void Simulation::Fold(const std::vector<Event>& events, bool by_timer) {
  for (const Event& event : events) {
    if (const auto* offered = std::get_if<Offered>(&event.body)) NoteOffer(*offered);
    const auto place = static_cast<std::size_t>(&event - events.data());
    CheckDecision(standby_, event, std::span(events).first(place), findings_);
    ledger_.Record(event, by_timer);
    standby_.Evolve(event);
    last_events_.push_back(event);
    if (last_events_.size() > kLastEvents) last_events_.erase(last_events_.begin());
  }
}

void Simulation::CheckOutcome(const Command& command, const Outcome& outcome,
                              const std::vector<Event>& events) {
  if (!outcome.ok()) ++tally_.refused;
  if (outcome.ok() != outcome.text.empty()) {
    findings_.Report("35", "a refusal without words, or words without a refusal");
  }
  // A submit refused by hours, a full queue or an empty one leaves a closed contact behind.
  const bool leaves_contact = std::holds_alternative<Submit>(command) && outcome.contact;
  const std::size_t expected = !outcome.ok() && leaves_contact ? 2 : 0;
  if ((!outcome.ok() || outcome.repeated) && events.size() != expected) {
    findings_.Report("35", "a command that did nothing made " + std::to_string(events.size()) +
                               " events, from " + std::string(NameOf(events.front())));
  }
  if (outcome.refusal) coverage_.SawRefusal(*outcome.refusal);
  if (outcome.repeated) coverage_.Saw("a command was answered as repeated");
  if (std::holds_alternative<ApplyDomain>(command) && outcome.ok()) ++tally_.applied;
}

void Simulation::CheckAnswer(const Accept& accept, const std::optional<Ledger::Answer>& expected,
                             const Outcome& outcome) {
  if (!expected) return;
  if (outcome.refusal == expected->refusal && outcome.repeated == expected->repeated) return;
  const auto say = [](std::optional<Refusal> refusal) {
    return refusal ? std::string(ToString(*refusal)) : "yes";
  };
  findings_.Report("10", "an accept of contact " + std::to_string(accept.contact.value()) + " by " +
                             accept.agent.value() + " is answered " + say(outcome.refusal) +
                             " instead of " + say(expected->refusal));
}

// What would be lost if the router died here, and what it was doing.
void Simulation::NoteRestart() {
  for (const auto& [id, contact] : ledger_.open()) {
    if (!contact.offers.empty()) coverage_.Saw("a restart while an offer was open");
    if (contact.state == ContactState::kHeld) coverage_.Saw("a restart while a contact was held");
    if (contact.state == ContactState::kWrapping) coverage_.Saw("a restart during a wrap-up");
    if (contact.state == ContactState::kScheduled) {
      coverage_.Saw("a restart while a contact was scheduled");
    }
    if (contact.consults) coverage_.Saw("a restart while a consult was open");
    if (contact.steps_in_force > contact.steps_fired) {
      coverage_.Saw("a restart with a step skipped to");
    }
  }
  for (const auto& [id, agent] : ledger_.agents()) {
    if (agent.grace_ends) coverage_.Saw("a restart while a console was lost");
  }
  if (log_.size() >= 10) coverage_.Saw("a restart from rows ten events old or older");
}

void Simulation::Come(Restart restart) {
  ++tally_.restarts;
  NoteRestart();
  const AllRows rows = RowsOf(engine_);
  if (restart == Restart::kFromRows) {
    rows_.Write(engine_);
    log_.clear();
    engine_ = RestoreFrom(rows);
  } else if (restart == Restart::kFromOlderRows) {
    Engine restored = rows_.Restore();
    for (const Event& event : log_) restored.Evolve(event);
    engine_ = std::move(restored);
  } else {
    std::swap(engine_, standby_);
    coverage_.Saw("the standby took over");
  }
  if (!(RowsOf(engine_) == rows)) findings_.Report("25", "other rows after a restart");
  std::vector<Event> events;
  engine_.Advance(now_, events);
  if (!events.empty()) {
    findings_.Report("25", "a restart alone made \"" + std::string(NameOf(events.front())) + "\"");
  }
  if (engine_.NextDeadline() != twin_.NextDeadline()) {
    findings_.Report("25", "another deadline after a restart");
  }
  for (const std::string& broken : engine_.CheckState()) findings_.Report("state", broken);
}

void Simulation::CheckState() {
  for (const std::string& broken : engine_.CheckState()) findings_.Report("state", broken);
  ledger_.CheckAgainst(engine_);
  const AllRows rows = RowsOf(engine_);
  if (!(RowsOf(standby_) == rows)) findings_.Report("25", "the standby folded to other rows");
  if (!(RowsOf(twin_) == rows)) findings_.Report("25", "the twin has other rows");
  CheckNothingLeftToDecide(standby_, now_, findings_);
}

std::string Simulation::LastEvents() const {
  std::string text;
  for (const Event& event : last_events_) text += "  " + Describe(event, start_) + "\n";
  return text;
}

}  // namespace usher::engine::simulation
