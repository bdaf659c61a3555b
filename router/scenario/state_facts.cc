// SPDX-License-Identifier: Apache-2.0
#include "router/scenario/state_facts.h"

#include "base/check.h"
#include "router/configuration/scalar.h"

namespace usher::scenario {
namespace {

using configuration::FormatDuration;
using engine::ContactState;

std::string OrNone(const std::string& text) { return text.empty() ? "none" : text; }

std::string NoSuch(const std::string& kind, const std::string& name) {
  return "no " + kind + " " + name;
}

// Of a waiting contact nobody, of an offered one those who are asked.
std::string HolderOf(const engine::ContactRow& row) {
  if (row.state == ContactState::kAssigned || row.state == ContactState::kHeld ||
      row.state == ContactState::kWrapping) {
    return OrNone(row.agent.value());
  }
  std::string asked;
  for (const engine::OpenOffer& offer : row.offers) {
    asked += (asked.empty() ? "" : ", ") + offer.agent.value();
  }
  return OrNone(asked);
}

}  // namespace

std::vector<std::string> StateFacts::Answer(const Check& check) const {
  if (check.kind == "contact") return {Contact(check)};
  if (check.kind == "agent") return Agent(check);
  if (check.kind == "why") return {Why(check)};
  if (check.kind == "position") {
    return {std::to_string(engine_.PositionOf(names_.Find(check.subject)))};
  }
  if (check.kind == "estimated_wait") return {EstimatedWait(check)};
  const QueueId queue{check.subject};
  if (engine_.domain().FindQueue(queue) == nullptr) return {NoSuch("queue", check.subject)};
  if (check.kind == "waiting") return NamesOf(engine_.WaitingIn(queue));
  USHER_CHECK(check.kind == "service_level", check.kind);
  const auto level = engine_.CountsOf(queue).ServiceLevel();
  return {level ? configuration::FormatPercent(*level) : "none"};
}

std::string StateFacts::Contact(const Check& check) const {
  const ContactId contact = names_.Find(check.subject);
  if (contact == ContactNames::kNobody) return NoSuch("contact", check.subject);
  if (const auto row = engine_.FindContact(contact)) return OpenContact(*row, check.field);
  const auto closed = closed_.find(contact);
  if (closed == closed_.end()) return NoSuch("contact", check.subject);
  return ClosedContact(closed->second, check.field);
}

std::string StateFacts::OpenContact(const engine::ContactRow& row, const std::string& field) const {
  if (field == "state") return std::string(ToString(row.state));
  if (field == "agent") return HolderOf(row);
  if (field == "queue") return row.queue.value();
  if (field == "waited") return FormatDuration(row.WaitedAt(now_));
  if (field == "transfers") return std::to_string(row.transfers);
  if (field == "priority") return std::to_string(row.key.priority);
  if (field == "due") return FormatDuration(row.key.due - start_);
  if (field == "disposition") return OrNone(row.disposition);
  if (field == "note") return OrNone(row.note);
  if (field == "channel") return std::string(ToString(row.channel));
  if (field == "adapter") return OrNone(row.adapter);
  if (field == "resumes") return NameOrNone(row.resumes);
  if (field == "consults") return NameOrNone(row.consults);
  if (field == "consult") return NameOrNone(row.consult);
  if (field == "refusal") return "none";
  USHER_CHECK(field == "outcome", field);
  return "none";
}

std::string StateFacts::ClosedContact(const engine::Closed& event, const std::string& field) const {
  if (field == "state") return "closed";
  if (field == "agent") return OrNone(event.agent.value());
  if (field == "queue") return event.queue.value();
  if (field == "waited") return FormatDuration(event.waited);
  if (field == "transfers") return std::to_string(event.transfers);
  if (field == "disposition") return OrNone(event.disposition);
  if (field == "note") return OrNone(event.note);
  if (field == "outcome") return std::string(ToString(event.outcome));
  if (field == "channel") return std::string(ToString(event.channel));
  if (field == "consults") return NameOrNone(event.consults);
  if (field == "refusal") return event.refusal ? std::string(ToString(*event.refusal)) : "none";
  return "none: it is closed";
}

std::vector<std::string> StateFacts::Agent(const Check& check) const {
  const AgentId agent{check.subject};
  const auto row = engine_.FindAgent(agent);
  if (!row) return {NoSuch("agent", check.subject)};
  if (check.field == "presence") return {std::string(ToString(row->presence))};
  if (check.field == "reason") return {OrNone(row->reason)};
  if (check.field == "connection") return {row->grace_ends ? "lost" : "back"};
  if (check.field == "idle_since") return {FormatDuration(row->idle_since - start_)};
  const engine::AgentWork work = engine_.WorkOf(agent);
  if (check.field == "offers") return NamesOf(work.offered);
  if (check.field == "assigned") return NamesOf(work.assigned);
  if (check.field == "held") return NamesOf(work.held);
  USHER_CHECK(check.field == "load", check.field);
  std::vector<std::string> load;
  for (const auto& [channel, count] : work.load) {
    load.push_back(std::string(ToString(channel)) + ": " + std::to_string(count));
  }
  return load;
}

std::string StateFacts::EstimatedWait(const Check& check) const {
  const ContactId contact = names_.Find(check.subject);
  if (contact == ContactNames::kNobody) return NoSuch("contact", check.subject);
  const std::optional<engine::WaitEstimate> wait = engine_.EstimatedWaitOf(contact);
  if (!wait) return "none";
  if (check.field == "low") return FormatDuration(wait->low);
  return FormatDuration(check.field == "high" ? wait->high : wait->expected);
}

std::string StateFacts::Why(const Check& check) const {
  if (check.field == "contact") {
    const ContactId contact = names_.Find(check.subject);
    if (contact == ContactNames::kNobody) return NoSuch("contact", check.subject);
    return std::string(ToString(engine_.WhyWaiting(contact)));
  }
  const AgentId agent{check.subject};
  if (!engine_.FindAgent(agent)) return NoSuch("agent", check.subject);
  return std::string(ToString(engine_.WhyIdle(agent)));
}

std::string StateFacts::NameOrNone(ContactId contact) const {
  return contact ? names_.NameOf(contact) : "none";
}

std::vector<std::string> StateFacts::NamesOf(const std::vector<ContactId>& contacts) const {
  std::vector<std::string> list;
  for (const ContactId contact : contacts) list.push_back(names_.NameOf(contact));
  return list;
}

}  // namespace usher::scenario
