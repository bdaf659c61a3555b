// SPDX-License-Identifier: Apache-2.0
#include "router/engine/explain_text.h"

#include "router/engine/explain_phrases.h"

namespace usher::engine {
namespace {

std::string Moment(Instant at, std::uint64_t version, const ExplainForm& form) {
  return " at " + form.instant(at) + " (version " + std::to_string(version) + ")";
}

// What a strategy picks by, as a superlative.
std::string Superlative(Strategy strategy) {
  switch (strategy) {
    case Strategy::kRoundRobin:
      return "least recently offered";
    case Strategy::kLeastLoaded:
      return "least loaded";
    case Strategy::kFewestContacts:
      return "fewest contacts today";
    case Strategy::kLeastBusy:
      return "least busy today";
    case Strategy::kBestSkill:
      return "highest skills";
    case Strategy::kLeastSkill:
      return "lowest sufficient skills";
    case Strategy::kOrdered:
      return "first in the order of the configuration";
    default:
      return "best";
  }
}

std::string Reason(const OfferExplanation& explanation) {
  const std::string of =
      " of " + text::Count(explanation.table.candidates, "candidate", "candidates");
  switch (explanation.decider) {
    case Decider::kNobodyElse:
      return "the only candidate";
    case Decider::kPreferred:
      return "preferred" + of;
    case Decider::kTier:
      return "lowest tier" + of;
    case Decider::kStrategy:
      return Superlative(explanation.contact.strategy) + of;
    case Decider::kHoldsNothing:
      return "holds nothing, first" + of;
    case Decider::kIdleSince:
      return "longest idle" + of;
    case Decider::kId:
      return "first by id" + of + ", otherwise alike";
    case Decider::kDraw:
      return "drawn out" + of;
    case Decider::kTransfer:
      return "it was transferred to this agent";
  }
  return "";
}

std::string StepText(const WaitEnd& end) {
  std::string text = "step " + std::to_string(end.step) + ": ";
  if (end.offers_callback) text += "offers a callback; ";
  if (end.gives_up) return text + "gives up; closes it, timed-out";
  if (end.in_force) text += "reached early; ";
  if (end.overflow) text += "moves to " + end.overflow.value() + "; ";
  return text + "adds " + std::to_string(end.agents_added) + " of then " +
         text::Count(end.agents_after, "signed-in agent", "signed-in agents") +
         " who could take it";
}

std::string What(const WaitEnd& end, const ExplainForm& form) {
  const std::string& agent = end.agent.value();
  switch (end.kind) {
    case WaitEndKind::kArrival:
      return "begins to wait";
    case WaitEndKind::kOfferEnds:
      return "the offer to " + agent + " ends, unless it is answered";
    case WaitEndKind::kRetryEnds:
      return "the pause after a reject or a miss ends";
    case WaitEndKind::kPreferredEnds:
      return "everyone is asked, not only " + agent;
    case WaitEndKind::kOneMoreAsked:
      return "one more agent may be asked";
    case WaitEndKind::kStep:
      return StepText(end);
    case WaitEndKind::kWaitLimit:
      return "the wait limit closes it, timed-out";
    case WaitEndKind::kEmptyQueue:
      return "closes, refused, while nobody signed in serves its queue";
    case WaitEndKind::kRejectDelayEnds:
      return agent + " may be asked again";
    case WaitEndKind::kHoldLimit:
      return "waits in its queue again, for " + agent + " first: its hold limit is over";
    case WaitEndKind::kRoomFrees:
      return "when " + agent + " has room again" + text::Holdings(end.holdings, form);
    case WaitEndKind::kConsoleBack:
      return "when the console of " + agent + " comes back, before " +
             (end.at ? form.instant(*end.at) : "the grace ends");
    case WaitEndKind::kBecomesReady:
      return "when " + agent + " becomes available";
    case WaitEndKind::kSignsIn:
      return "when " + agent + " signs in" +
             (end.agents < 2 ? "" : ", or one of " + std::to_string(end.agents - 1) + " more");
    case WaitEndKind::kNobodyCan:
      return "no agent of its queues has the channel, skills and tier that it asks for now";
  }
  return "";
}

std::string EndText(const WaitEnd& end, const ExplainForm& form) {
  const bool is_timed = end.kind < WaitEndKind::kRoomFrees;
  std::string line = is_timed && end.at ? form.instant(*end.at) + " " : "";
  line += What(end, form);
  if (end.then != HurdleKind::kNone) line += "; then " + std::string(ToString(end.then));
  return "    " + line + "\n";
}

}  // namespace

std::string ToText(const OfferExplanation& explanation, const ExplainForm& form) {
  const std::string name = text::Name(explanation.contact.contact, form);
  std::string text = name + " was offered to " + explanation.agent.value() +
                     Moment(explanation.at, explanation.version, form) + ": " +
                     Reason(explanation) + "\n";
  text += "  to be answered before " + form.instant(explanation.deadline) + "\n";
  if (explanation.best != explanation.agent) {
    text += "  this state is not that of the moment: here the best is " +
            (explanation.best ? explanation.best.value() : "nobody") + "\n";
  }
  text += text::Facts(explanation.contact, form);
  if (explanation.new_round) text += "  everyone present had been asked: a new round\n";
  if (explanation.draw) {
    text += "  drew " + std::to_string(explanation.draw->point) + " of " +
            std::to_string(explanation.draw->of) + "\n";
  }
  text += text::Table(explanation.table, explanation.contact, form);
  if (explanation.ahead.total > 0) {
    text += "  " + text::Count(explanation.ahead.total, "contact stood", "contacts stood") +
            " ahead of it for " + explanation.agent.value() + "\n";
    text += text::Standings(explanation.ahead, form);
  }
  return text;
}

std::string ToText(const ContactExplanation& explanation, const ExplainForm& form) {
  const ContactFacts& facts = explanation.contact;
  std::string text = text::Name(facts.contact, form) + " is " + std::string(ToString(facts.state)) +
                     (explanation.agent ? " with " + explanation.agent.value() : "") +
                     Moment(explanation.at, explanation.version, form) + ": " +
                     std::string(ToString(explanation.why)) + "\n";
  text += text::Facts(facts, form);
  if (explanation.position > 0) {
    text += "  place " + std::to_string(explanation.position) + " in its queue";
    if (explanation.estimated_wait) {
      text += ", estimated wait " + ToText(explanation.estimated_wait->low) + " to " +
              ToText(explanation.estimated_wait->high);
    }
    text += "\n" + text::Table(explanation.table, facts, form);
  }
  if (explanation.ends.empty()) return text;
  text += "  what changes this:\n";
  for (const WaitEnd& end : explanation.ends) text += EndText(end, form);
  return text;
}

std::string ToText(const AgentExplanation& explanation, const ExplainForm& form) {
  std::string text = explanation.agent.value() + Moment(explanation.at, explanation.version, form) +
                     ": " + std::string(ToString(explanation.why)) + "\n";
  text += "  " + std::string(ToString(explanation.presence));
  if (!explanation.reason.empty()) text += " (" + explanation.reason + ")";
  if (explanation.presence_since != Instant{}) {
    text += " since " + form.instant(explanation.presence_since);
  }
  if (explanation.grace_ends) {
    text += ", console lost, offline at " + form.instant(*explanation.grace_ends);
  }
  if (explanation.reject_delay_ends) {
    text += ", not asked before " + form.instant(*explanation.reject_delay_ends);
  }
  const std::string holdings = text::Holdings(explanation.holdings, form);
  text += holdings.empty() ? "; holds nothing" : holdings;
  if (explanation.held > 0) text += "; " + std::to_string(explanation.held) + " on hold";
  text += "\n  " + text::Count(explanation.waiting.total, "contact waits", "contacts wait") +
          " in these queues";
  if (explanation.waiting.offered > 0) {
    text += ", " + std::to_string(explanation.waiting.offered) + " being offered";
  }
  text += "\n" + text::Standings(explanation.waiting, form);
  return text;
}

}  // namespace usher::engine
