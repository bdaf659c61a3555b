// SPDX-License-Identifier: Apache-2.0
#include "router/service/explain_wire.h"

#include <map>
#include <string>

#include "router/engine/explain_text.h"
#include "router/history/answer_text.h"
#include "router/service/event_wire.h"
#include "router/service/text_ids.h"
#include "router/service/wire.h"

namespace usher::service {

namespace {

using engine::HurdleKind;

google::protobuf::Timestamp At(Instant instant) { return ToTimestamp(instant); }

template <class Word>
std::string WordOf(Word word) {
  return std::string(engine::ToString(word));
}

std::string WordOfNext(HurdleKind then) {
  return then == HurdleKind::kNone ? std::string() : WordOf(then);
}

std::uint32_t Count(std::size_t count) { return static_cast<std::uint32_t>(count); }

void FillHolding(const engine::Holding& holding, routing::v1::Holding& out) {
  out.set_contact_id(ToText(holding.contact));
  out.set_channel(ToProto(holding.channel));
  out.set_kind(WordOf(holding.kind));
  if (holding.ends) *out.mutable_ends() = At(*holding.ends);
}

void FillHurdle(const engine::AgentHurdle& hurdle, engine::Channel channel,
                routing::v1::Hurdle& out) {
  out.set_kind(WordOf(hurdle.kind));
  out.set_then(WordOfNext(hurdle.then));
  out.set_text(engine::ToText(hurdle, channel, history::PlainForm()));
  out.set_could_serve(hurdle.could_serve);
  if (hurdle.tier) out.set_tier(*hurdle.tier);
  if (hurdle.since) *out.mutable_since() = At(*hurdle.since);
  if (hurdle.ends) *out.mutable_ends() = At(*hurdle.ends);
  for (const engine::SkillShortfall& lacking : hurdle.shortfalls) {
    routing::v1::Shortfall& shortfall = *out.add_shortfalls();
    shortfall.set_skill(lacking.skill);
    shortfall.set_comparison(lacking.comparison);
    shortfall.set_forbidden(lacking.forbidden);
    if (lacking.level) shortfall.set_level(*lacking.level);
  }
  if (!hurdle.room) return;
  for (const engine::Holding& holding : hurdle.room->holdings) {
    FillHolding(holding, *out.add_holdings());
  }
}

void FillRank(const engine::CandidateRank& rank, routing::v1::CandidateRank& out) {
  out.set_preferred(rank.preferred);
  out.set_tier(rank.tier);
  out.set_value(rank.value.numerator);
  out.set_value_of(rank.value.denominator);
  out.set_holds(rank.holds);
  *out.mutable_idle_since() = At(rank.idle_since);
}

void FillCounts(const std::map<HurdleKind, std::size_t>& counts,
                google::protobuf::Map<std::string, std::uint32_t>& out) {
  for (const auto& [kind, count] : counts) out[WordOf(kind)] = Count(count);
}

void FillAgents(const engine::StandingTable& table, engine::Channel channel,
                routing::v1::AgentTable& out) {
  for (const engine::AgentStanding& standing : table.agents) {
    routing::v1::AgentStanding& agent = *out.add_agents();
    agent.set_agent_id(standing.agent.value());
    if (standing.hurdle.kind != HurdleKind::kNone) {
      FillHurdle(standing.hurdle, channel, *agent.mutable_hurdle());
    }
    if (standing.rank) FillRank(*standing.rank, *agent.mutable_rank());
  }
  out.set_members(Count(table.members));
  out.set_candidates(Count(table.candidates));
  out.set_could_serve(Count(table.could_serve));
  out.set_could_serve_signed_in(Count(table.could_serve_signed_in));
  FillCounts(table.counts, *out.mutable_hurdles());
}

void FillContacts(const engine::ContactStandings& standings, routing::v1::ContactTable& out) {
  for (const engine::ContactStanding& standing : standings.contacts) {
    routing::v1::ContactStanding& contact = *out.add_contacts();
    contact.set_contact_id(ToText(standing.contact));
    contact.set_queue(standing.queue.value());
    FillHurdle(standing.hurdle, standing.channel, *contact.mutable_hurdle());
  }
  out.set_total(Count(standings.total));
  FillCounts(standings.counts, *out.mutable_hurdles());
}

void FillFacts(const engine::ContactFacts& facts, routing::v1::ContactFacts& out) {
  out.set_contact_id(ToText(facts.contact));
  out.set_state(ToProto(facts.state));
  out.set_queue(facts.queue.value());
  out.set_channel(ToProto(facts.channel));
  out.set_strategy(WordOf(facts.strategy));
  out.set_priority(facts.key.priority);
  *out.mutable_due() = At(facts.key.due);
  *out.mutable_arrived() = At(facts.arrived);
  *out.mutable_waited() = ToProtoDuration(facts.waited);
  *out.mutable_waited_in_queue() = ToProtoDuration(facts.waited_in_queue);
  out.set_requirement(facts.requirement);
  out.set_requirement_step(facts.requirement_step);
  out.set_steps(facts.steps);
  out.set_steps_in_force(facts.steps_in_force);
  if (facts.max_tier) out.set_max_tier(*facts.max_tier);
  for (const QueueId& queue : facts.also) out.add_also_queues(queue.value());
  out.set_prefer(facts.prefer.value());
  if (facts.prefer_until) *out.mutable_prefer_until() = At(*facts.prefer_until);
  if (facts.offer_again_from) *out.mutable_offer_again_from() = At(*facts.offer_again_from);
  out.set_offers(Count(facts.offers.size()));
}

void FillWaitEnd(const engine::WaitEnd& end, routing::v1::WaitEnd& out) {
  out.set_kind(WordOf(end.kind));
  if (end.at) *out.mutable_at() = At(*end.at);
  out.set_agent_id(end.agent.value());
  out.set_then(WordOfNext(end.then));
  out.set_step(end.step);
  out.set_agents_after(Count(end.agents_after));
  out.set_agents_added(Count(end.agents_added));
  out.set_overflow(end.overflow.value());
  out.set_agents(Count(end.agents));
}

void FillWait(const engine::ContactExplanation& explanation, routing::v1::WaitExplanation& out) {
  out.set_version(explanation.version);
  out.set_why(WordOf(explanation.why));
  FillFacts(explanation.contact, *out.mutable_contact());
  out.set_agent_id(explanation.agent.value());
  out.set_position(Count(explanation.position));
  if (explanation.estimated_wait) {
    *out.mutable_estimated_wait() = ToProtoDuration(explanation.estimated_wait->expected);
  }
  FillAgents(explanation.table, explanation.contact.channel, *out.mutable_agents());
  for (const engine::WaitEnd& end : explanation.ends) FillWaitEnd(end, *out.add_ends());
}

}  // namespace

void FillOfferExplanation(const history::OfferAnswer& answer, routing::v1::OfferExplanation& out) {
  const engine::OfferExplanation& explanation = answer.explanation;
  out.set_offer_id(ToText(explanation.offer));
  out.set_contact_id(ToText(explanation.contact.contact));
  out.set_agent_id(explanation.agent.value());
  *out.mutable_at() = At(explanation.at);
  *out.mutable_deadline() = At(explanation.deadline);
  out.set_sequence(answer.made.sequence);
  out.set_version(explanation.version);
  out.set_way(WordOf(explanation.way));
  out.set_new_round(explanation.new_round);
  out.set_decider(WordOf(explanation.decider));
  out.set_best_agent_id(explanation.best.value());
  FillFacts(explanation.contact, *out.mutable_contact());
  FillAgents(explanation.table, explanation.contact.channel, *out.mutable_agents());
  if (explanation.draw) {
    out.mutable_draw()->set_value(explanation.draw->value);
    out.mutable_draw()->set_of(explanation.draw->of);
    out.mutable_draw()->set_point(explanation.draw->point);
  }
  FillContacts(explanation.ahead, *out.mutable_ahead());
  if (answer.ended) {
    FillPastEvent(answer.ended->sequence, answer.ended->event, *out.mutable_ended());
  }
}

void FillContactAnswer(const history::ContactAnswer& answer,
                       routing::v1::ExplainContactResponse& out) {
  *out.mutable_at() = At(answer.at);
  for (const history::PastEvent& past : answer.life) {
    routing::v1::Event event;
    if (FillPastEvent(past.sequence, past.event, event)) *out.add_life() = std::move(event);
  }
  out.set_life_is_whole(answer.life_is_whole);
  if (answer.open) FillWait(*answer.open, *out.mutable_waiting());
  if (answer.offer) FillOfferExplanation(*answer.offer, *out.mutable_offer());
  out.set_text(history::ToText(answer));
}

void FillIdleExplanation(const engine::AgentExplanation& explanation,
                         routing::v1::IdleExplanation& out) {
  out.set_agent_id(explanation.agent.value());
  *out.mutable_at() = At(explanation.at);
  out.set_version(explanation.version);
  out.set_why(WordOf(explanation.why));
  out.set_presence(WordOf(explanation.presence));
  out.set_reason(explanation.reason);
  *out.mutable_presence_since() = At(explanation.presence_since);
  if (explanation.grace_ends) *out.mutable_grace_ends() = At(*explanation.grace_ends);
  if (explanation.reject_delay_ends) {
    *out.mutable_reject_delay_ends() = At(*explanation.reject_delay_ends);
  }
  *out.mutable_idle_since() = At(explanation.idle_since);
  for (const engine::Holding& holding : explanation.holdings) {
    FillHolding(holding, *out.add_holdings());
  }
  out.set_held(Count(explanation.held));
  FillContacts(explanation.waiting, *out.mutable_waiting());
}

}  // namespace usher::service
