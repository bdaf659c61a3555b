// SPDX-License-Identifier: Apache-2.0
#include "router/scenario/scenario_run.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/check.h"
#include "router/configuration/scalar.h"
#include "router/engine/engine.h"
#include "router/engine/expression.h"
#include "router/scenario/contact_names.h"
#include "router/scenario/journal.h"
#include "router/scenario/state_facts.h"

namespace usher::scenario {
namespace {

using engine::Engine;
using engine::Refusal;

// All rows of an engine: what a store would hold.
struct Rows {
  engine::DomainRow domain;
  std::vector<engine::QueueRow> queues;
  std::vector<engine::AgentRow> agents;
  std::vector<engine::ContactRow> contacts;
};

Rows RowsOf(const Engine& from) {
  Rows rows{.domain = from.Row(), .queues = {}, .agents = {}, .contacts = {}};
  for (const engine::Queue& queue : from.domain().queues) {
    rows.queues.push_back(from.Row(queue.id));
  }
  for (const AgentId& agent : from.Agents()) rows.agents.push_back(from.Row(agent));
  for (const ContactId contact : from.Contacts()) rows.contacts.push_back(from.Row(contact));
  return rows;
}

// Names the first row that differs.
std::string DifferenceOf(const Rows& a, const Rows& b) {
  if (!(a.domain == b.domain)) return "the domain's row";
  if (a.queues.size() != b.queues.size()) return "the number of queues";
  for (std::size_t i = 0; i < a.queues.size(); ++i) {
    if (!(a.queues[i] == b.queues[i])) return "the row of queue " + a.queues[i].id.value();
  }
  if (a.agents.size() != b.agents.size()) return "the number of agents";
  for (std::size_t i = 0; i < a.agents.size(); ++i) {
    if (!(a.agents[i] == b.agents[i])) return "the row of agent " + a.agents[i].id.value();
  }
  if (a.contacts.size() != b.contacts.size()) return "the number of contacts";
  for (std::size_t i = 0; i < a.contacts.size(); ++i) {
    if (a.contacts[i] == b.contacts[i]) continue;
    return "the row of contact number " + std::to_string(a.contacts[i].id.value());
  }
  return "";
}

std::string Join(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
  return text;
}

std::string Show(const std::vector<std::string>& items, bool is_list) {
  return is_list ? "[" + Join(items) + "]" : Join(items);
}

class Run {
 public:
  Run(const Scenario& scenario, const RunOptions& options)
      : scenario_(scenario), options_(options), journal_(scenario.start) {}

  std::optional<Failure> Go() {
    Apply(scenario_.line, engine::ApplyDomain{scenario_.domain, 1}, "the domain");
    for (const Step& step : scenario_.steps) {
      if (failure_) break;
      Do(step);
    }
    if (!failure_) CompareWithReplay();
    return std::move(failure_);
  }

 private:
  void Do(const Step& step) {
    now_ = scenario_.start + step.at;
    line_ = step.line;
    if (options_.restart_everywhere) Restart();
    std::vector<engine::Event> events;
    engine_.Advance(now_, events);
    Note(events);
    CheckInvariants("after the timers that were due");
    if (failure_) return;
    if (const auto* action = std::get_if<Action>(&step.what)) {
      Do(*action);
    } else {
      for (const Check& check : std::get<Expectation>(step.what).checks) Compare(check);
    }
  }

  void Do(const Action& action) {
    if (action.restart) return Restart();
    for (const engine::Command& command : action.commands) {
      if (failure_) return;
      const std::string what = action.verb + (action.contact.empty() ? "" : " " + action.contact);
      if (const auto* submit = std::get_if<engine::Submit>(&command)) {
        Submit(*submit, action, what);
      } else {
        engine::Outcome outcome = Execute(WithContact(command, action), action.as);
        if (outcome.refusal == Refusal::kUnknownContact) {
          outcome.text = "no contact was submitted as " + action.contact;
        }
        Judge(what, action.refused, outcome);
      }
    }
  }

  // The command with the number of the contact that the file knows by name.
  engine::Command WithContact(engine::Command command, const Action& action) const {
    std::visit(
        [&](auto& each) {
          if constexpr (requires { each.contact; }) each.contact = names_.Find(action.contact);
        },
        command);
    if (auto* apply = std::get_if<engine::ApplyDomain>(&command)) {
      apply->version = engine_.version() + 1;
    }
    return command;
  }

  engine::Outcome Execute(const engine::Command& command, const std::string& new_name = "") {
    std::vector<engine::Event> events;
    const engine::Outcome outcome = engine_.Execute(command, now_, events);
    if (!new_name.empty() && outcome.contact) names_.Give(new_name, outcome.contact);
    Note(events);
    CheckInvariants("after the command");
    return outcome;
  }

  // A name stands for one contact. To give it to another is the scenario's DUPLICATE, except where
  // the submit repeats an external id, or the name's contact was refused.
  void Submit(const engine::Submit& submit, const Action& action, const std::string& what) {
    const ContactId named = names_.Find(action.contact);
    if (named != ContactNames::kNobody && !IsFree(named) && !Repeats(submit, named)) {
      engine::Outcome outcome;
      outcome.refusal = WhyUnfit(submit).value_or(Refusal::kDuplicate);
      outcome.text = "the name " + action.contact + " is taken";
      return Judge(what, action.refused, outcome);
    }
    Judge(what, action.refused, Execute(submit, action.contact));
  }

  bool IsFree(ContactId contact) const {
    const auto closed = closed_.find(contact);
    return closed != closed_.end() && closed->second.outcome == engine::ContactOutcome::kRefused;
  }

  bool Repeats(const engine::Submit& submit, ContactId contact) const {
    return !submit.external_id.empty() &&
           engine_.FindContact(submit.channel, submit.external_id) == contact;
  }

  // What is refused before a duplicate is: names that nobody knows, and bad requirements.
  std::optional<Refusal> WhyUnfit(const engine::Submit& submit) const {
    const engine::Domain& domain = engine_.domain();
    if (domain.FindQueue(submit.queue) == nullptr) return Refusal::kUnknownQueue;
    if (submit.prefer && domain.FindAgent(submit.prefer) == nullptr) return Refusal::kUnknownAgent;
    const auto requirement = engine::Requirement::Compile(submit.requirement, domain.skills);
    if (!requirement) return Refusal::kBadRequirement;
    return std::nullopt;
  }

  void Apply(int line, const engine::ApplyDomain& apply, const std::string& what) {
    line_ = line;
    now_ = scenario_.start;
    Judge(what, std::nullopt, Execute(apply));
  }

  void Judge(const std::string& what, std::optional<Refusal> expected,
             const engine::Outcome& outcome) {
    if (outcome.refusal == expected) return;
    const auto show = [](std::optional<Refusal> refusal) {
      return refusal ? "refused " + std::string(ToString(*refusal)) : std::string("success");
    };
    Fail(what, show(expected),
         show(outcome.refusal) + (outcome.text.empty() ? "" : ": " + names_.InNames(outcome.text)));
  }

  void Note(const std::vector<engine::Event>& events) {
    for (const engine::Event& event : events) {
      if (const auto* closed = std::get_if<engine::Closed>(&event.body)) {
        closed_[closed->contact] = *closed;
      }
      journal_.Note(event, names_);
      history_.push_back(event);
    }
  }

  void Compare(const Check& check) {
    const auto& kinds = Journal::kKinds;
    const bool happening = std::find(kinds.begin(), kinds.end(), check.kind) != kinds.end();
    const StateFacts facts(engine_, names_, closed_, scenario_.start, now_);
    const std::vector<std::string> found =
        happening ? journal_.Take(check.kind) : facts.Answer(check);
    const std::vector<std::string> expected = WithFirstNames(check);
    if (found == expected) return;
    line_ = check.line;
    const auto part = [](const std::string& text) { return text.empty() ? "" : " " + text; };
    Fail(check.kind + part(check.subject) + part(check.field), Show(expected, check.is_list),
         Show(found, check.is_list));
  }

  // The items with every alias replaced by the name that events show.
  std::vector<std::string> WithFirstNames(const Check& check) const {
    std::vector<std::string> items = check.items;
    if (!check.is_list) return items;
    for (std::string& item : items) {
      const std::size_t arrow = item.find(" -> ");
      const std::size_t end = arrow == std::string::npos ? item.size() : arrow;
      item.replace(0, end, names_.FirstNameOf(item.substr(0, end)));
    }
    return items;
  }

  void CheckInvariants(const std::string& when) {
    if (failure_) return;
    const std::vector<std::string> broken = engine_.CheckState();
    if (!broken.empty()) Fail("an invariant " + when, "a sound state", Join(broken));
  }

  void Restart() {
    if (failure_) return;
    const Rows before = RowsOf(engine_);
    const Instant deadline = engine_.NextDeadline();
    const Instant clock = engine_.now();
    engine_ = Engine::Restore(before.domain, before.queues, before.agents, before.contacts);
    const std::string difference = DifferenceOf(before, RowsOf(engine_));
    if (!difference.empty()) return Fail("restart", "the same state", difference + " differs");
    // Rows hold the instant of the last event; what fell due since then made none, nor may it now.
    std::vector<engine::Event> events;
    engine_.Advance(clock, events);
    Note(events);
    if (!events.empty()) return Fail("restart", "no events", "the last event");
    if (engine_.NextDeadline() != deadline) {
      return Fail("restart: next deadline", ShowTime(deadline), ShowTime(engine_.NextDeadline()));
    }
    CheckInvariants("after the restart");
  }

  std::string ShowTime(Instant at) const {
    return at == kNever ? "none" : configuration::FormatDuration(at - scenario_.start);
  }

  // The state must be a fold over the events, or a recovery from the log would differ.
  void CompareWithReplay() {
    Engine replayed;
    for (const engine::Event& event : history_) replayed.Evolve(event);
    const std::string difference = DifferenceOf(RowsOf(engine_), RowsOf(replayed));
    if (!difference.empty()) {
      Fail("replay of the events", "the same state", difference + " differs");
    }
  }

  void Fail(std::string what, std::string expected, std::string happened) {
    if (failure_) return;
    failure_ = Failure{line_, std::move(what), std::move(expected), std::move(happened),
                       journal_.LastEvents()};
  }

  const Scenario& scenario_;
  const RunOptions& options_;
  Engine engine_;
  ContactNames names_;
  Journal journal_;
  std::map<ContactId, engine::Closed> closed_;
  std::vector<engine::Event> history_;
  Instant now_{};
  int line_ = 0;
  std::optional<Failure> failure_;
};

}  // namespace

std::optional<Failure> RunScenario(const Scenario& scenario, const RunOptions& options) {
  return Run(scenario, options).Go();
}

}  // namespace usher::scenario
