// SPDX-License-Identifier: Apache-2.0
#include "router/history/answer_text.h"

#include <string_view>
#include <variant>

#include "router/engine/words.h"
#include "router/history/instant_text.h"

namespace usher::history {

namespace {

using engine::ToString;

std::string OrNothing(std::string_view before, std::string_view text) {
  return text.empty() ? std::string() : std::string(before) + std::string(text);
}

std::string Of(OfferId offer) { return offer ? " (o" + std::to_string(offer.value()) + ")" : ""; }

// What each event says. Overloads on the events that are part of a contact's life.
struct LineWriter {
  std::string operator()(const engine::Submitted& e) const {
    std::string line = "submitted for " + e.queue.value() + ", " + std::string(ToString(e.channel));
    if (e.prefer) line += ", prefers " + e.prefer.value();
    return line + OrNothing(", requires ", e.requirement);
  }
  std::string operator()(const engine::Queued& e) const {
    return "waits in " + e.queue.value() + " (" + std::string(ToString(e.by)) + "), priority " +
           std::to_string(e.key.priority) + ", due " + ToText(e.key.due);
  }
  std::string operator()(const engine::StepApplied& e) const {
    return "step " + std::to_string(e.in_force) + " of its queue is in force";
  }
  std::string operator()(const engine::Overflowed& e) const {
    return "moved on from " + e.from.value() + " to " + e.queue.value();
  }
  std::string operator()(const engine::CallbackSuggested&) const {
    return "a callback was offered";
  }
  std::string operator()(const engine::Offered& e) const {
    return "offered to " + e.agent.value() + " until " + ToText(e.deadline) + Of(e.offer);
  }
  std::string operator()(const engine::Rejected& e) const {
    return "rejected by " + e.agent.value() + OrNothing(": ", e.reason) + Of(e.offer);
  }
  std::string operator()(const engine::Missed& e) const {
    return "missed by " + e.agent.value() + Of(e.offer);
  }
  std::string operator()(const engine::Withdrawn& e) const {
    return "withdrawn from " + e.agent.value() + ": " + std::string(ToString(e.cause)) +
           Of(e.offer);
  }
  std::string operator()(const engine::Assigned& e) const {
    const std::string who = e.agent.value();
    // The transfer stands in the line above; the wait had ended long before.
    if (e.by == engine::AssignedBy::kConsult) {
      return "taken over by " + who + ", who was consulted about it";
    }
    const std::string after = " after " + engine::ToText(e.waited) +
                              (e.consults  ? ""
                               : e.in_time ? ", in time"
                                           : ", late") +
                              Of(e.offer);
    if (e.by == engine::AssignedBy::kSupervisor) {
      return "given to " + who + OrNothing(" by ", e.supervisor) + after;
    }
    return (e.offer ? "accepted by " : "pulled by ") + who + after;
  }
  std::string operator()(const engine::HeldByAgent& e) const {
    return "put on hold by " + e.agent.value();
  }
  std::string operator()(const engine::Resumed& e) const {
    return "taken off hold by " + e.agent.value();
  }
  std::string operator()(const engine::ConversationEnded& e) const {
    if (e.is_lost) return "cut off: its adapter is gone";
    return "completed" + OrNothing(" by ", e.agent.value()) + OrNothing(", ", e.disposition);
  }
  std::string operator()(const engine::WrapUpStarted& e) const {
    return "wrap-up of " + e.agent.value() + " until " + ToText(e.ends);
  }
  std::string operator()(const engine::WrapUpExtended& e) const {
    return "wrap-up of " + e.agent.value() + " extended until " + ToText(e.ends);
  }
  std::string operator()(const engine::WrapUpEnded& e) const {
    return "wrap-up of " + e.agent.value() + " is over";
  }
  std::string operator()(const engine::Transferred& e) const {
    return "passed on" + OrNothing(" by ", e.from.value()) +
           OrNothing(" to queue ", e.to_queue.value()) + OrNothing(" to ", e.to_agent.value()) +
           " (" + std::string(ToString(e.kind)) + ")";
  }
  std::string operator()(const engine::Updated& e) const {
    return "changed: priority " + std::to_string(e.key.priority) + ", due " + ToText(e.key.due);
  }
  std::string operator()(const engine::Claimed& e) const {
    return "goes on at " + e.adapter + OrNothing(" instead of ", e.from);
  }
  std::string operator()(const engine::Closed& e) const {
    std::string line =
        "closed: " + std::string(ToString(e.outcome)) + OrNothing(", ", e.disposition);
    if (e.refusal) line += ", " + std::string(ToString(*e.refusal));
    return line + ", waited " + engine::ToText(e.waited) + " in all";
  }
  template <class Other>
  std::string operator()(const Other&) const {
    return {};
  }
};

}  // namespace

std::string LineOf(const engine::Event& event) { return std::visit(LineWriter{}, event.body); }

engine::ExplainForm PlainForm() {
  engine::ExplainForm form;
  form.instant = [](Instant instant) { return ToText(instant); };
  return form;
}

std::string ToText(const OfferAnswer& answer) {
  std::string text = engine::ToText(answer.explanation, PlainForm());
  if (!answer.ended) return text + "  still outstanding\n";
  return text + "  ended at " + ToText(answer.ended->event.at) + ": " +
         LineOf(answer.ended->event) + '\n';
}

std::string ToText(const ContactAnswer& answer) {
  const std::string name = "c" + std::to_string(answer.contact.value());
  std::string text = name + " until " + ToText(answer.at) + ":\n";
  if (!answer.life_is_whole) text += "  (what came before is no longer kept)\n";
  for (const PastEvent& past : answer.life) {
    const std::string line = LineOf(past.event);
    if (!line.empty()) text += "  " + ToText(past.event.at) + "  " + line + '\n';
  }
  if (answer.open) text += '\n' + engine::ToText(*answer.open, PlainForm());
  if (answer.offer) text += '\n' + ToText(*answer.offer);
  return text;
}

std::string ToText(const AgentAnswer& answer) {
  return engine::ToText(answer.explanation, PlainForm());
}

}  // namespace usher::history
