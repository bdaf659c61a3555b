// SPDX-License-Identifier: Apache-2.0
#include "router/service/event_wire.h"

#include <algorithm>
#include <string>
#include <variant>

#include "router/engine/event.h"
#include "router/engine/words.h"
#include "router/service/text_ids.h"
#include "router/service/wire.h"

namespace usher::service {

namespace {

// Writes the kind of one event; `row` is the contact after the decision, or null.
class KindWriter {
 public:
  KindWriter(const engine::ContactRow* row, Instant at, routing::v1::Event& out)
      : row_(row), at_(at), out_(out) {}

  bool operator()(const engine::DomainApplied& event) {
    out_.mutable_domain_applied()->set_version(event.version);
    return true;
  }
  bool operator()(const engine::SignedIn& event) {
    SetPresence(event.agent, engine::Presence::kAvailable, "");
    return true;
  }
  bool operator()(const engine::SignedOut& event) {
    SetPresence(event.agent, engine::Presence::kOffline, engine::ToString(event.cause));
    out_.mutable_presence_changed()->set_by(event.by);
    return true;
  }
  bool operator()(const engine::PresenceChanged& event) {
    SetPresence(event.agent, event.presence, event.reason);
    out_.mutable_presence_changed()->set_by(event.by);
    return true;
  }
  bool operator()(const engine::ConnectionChanged& event) {
    out_.set_agent_id(event.agent.value());
    routing::v1::ConsoleChanged& changed = *out_.mutable_console_changed();
    changed.set_lost(event.grace_ends.has_value());
    if (event.grace_ends) *changed.mutable_gone_at() = ToTimestamp(*event.grace_ends);
    return true;
  }
  bool operator()(const engine::Submitted& event) {
    if (!event.not_before || *event.not_before <= at_) return false;
    SetContact(event.contact, event.queue);
    *out_.mutable_scheduled()->mutable_not_before() = ToTimestamp(*event.not_before);
    return true;
  }
  bool operator()(const engine::Queued& event) {
    SetContact(event.contact, event.queue);
    out_.mutable_queued()->set_cause(std::string(engine::ToString(event.by)));
    ShowContact([this] { return out_.mutable_queued()->mutable_contact(); });
    return true;
  }
  bool operator()(const engine::StepApplied&) { return false; }
  bool operator()(const engine::Overflowed& event) {
    SetContact(event.contact, event.queue);
    out_.mutable_overflowed()->set_from_queue(event.from.value());
    return true;
  }
  bool operator()(const engine::CallbackSuggested& event) {
    SetContact(event.contact, event.queue);
    out_.mutable_callback_offered();
    return true;
  }
  bool operator()(const engine::Offered& event) {
    SetContact(event.contact, row_ ? row_->queue : QueueId{});
    out_.set_agent_id(event.agent.value());
    routing::v1::Offer& offer = *out_.mutable_offered()->mutable_offer();
    offer.set_id(ToText(event.offer));
    offer.set_contact_id(ToText(event.contact));
    offer.set_agent_id(event.agent.value());
    *offer.mutable_offered_at() = ToTimestamp(at_);
    *offer.mutable_deadline() = ToTimestamp(event.deadline);
    ShowContact([this] { return out_.mutable_offered()->mutable_contact(); });
    return true;
  }
  bool operator()(const engine::Rejected& event) {
    EndOffer(event, routing::v1::OfferEnded::OUTCOME_REJECTED, event.reason);
    return true;
  }
  bool operator()(const engine::Missed& event) {
    EndOffer(event, routing::v1::OfferEnded::OUTCOME_MISSED, {});
    return true;
  }
  bool operator()(const engine::Withdrawn& event) {
    EndOffer(event, routing::v1::OfferEnded::OUTCOME_WITHDRAWN, engine::ToString(event.cause));
    return true;
  }
  bool operator()(const engine::Assigned& event) {
    SetContact(event.contact, event.queue);
    out_.set_agent_id(event.agent.value());
    routing::v1::Assigned& assigned = *out_.mutable_assigned();
    assigned.set_offer_id(ToText(event.offer));
    assigned.set_cause(std::string(engine::ToString(event.by)));
    assigned.set_supervisor(event.supervisor);
    ShowContact([this] { return out_.mutable_assigned()->mutable_contact(); });
    return true;
  }
  bool operator()(const engine::HeldByAgent& event) {
    SetContact(event.contact, {});
    out_.set_agent_id(event.agent.value());
    out_.mutable_held();
    return true;
  }
  bool operator()(const engine::Resumed& event) {
    SetContact(event.contact, {});
    out_.set_agent_id(event.agent.value());
    out_.mutable_resumed();
    return true;
  }
  bool operator()(const engine::ConversationEnded&) { return false; }
  bool operator()(const engine::WrapUpStarted& event) {
    SetContact(event.contact, {});
    out_.set_agent_id(event.agent.value());
    *out_.mutable_wrap_up_started()->mutable_ends_at() = ToTimestamp(event.ends);
    if (row_) out_.mutable_wrap_up_started()->set_disposition(row_->disposition);
    return true;
  }
  bool operator()(const engine::WrapUpExtended& event) {
    SetContact(event.contact, {});
    out_.set_agent_id(event.agent.value());
    *out_.mutable_wrap_up_extended()->mutable_ends_at() = ToTimestamp(event.ends);
    return true;
  }
  bool operator()(const engine::WrapUpEnded& event) {
    SetContact(event.contact, {});
    out_.set_agent_id(event.agent.value());
    out_.mutable_wrap_up_ended();
    return true;
  }
  bool operator()(const engine::Transferred& event) {
    SetContact(event.contact, {});
    out_.set_agent_id(event.from.value());
    routing::v1::Transferred& transferred = *out_.mutable_transferred();
    transferred.set_from_agent(event.from.value());
    transferred.set_to_agent(event.to_agent.value());
    transferred.set_to_queue(event.to_queue.value());
    transferred.set_escalated(event.kind == engine::TransferKind::kEscalation);
    return true;
  }
  bool operator()(const engine::Updated& event) {
    SetContact(event.contact, row_ ? row_->queue : QueueId{});
    out_.mutable_updated();
    if (row_ && row_->agent) out_.set_agent_id(row_->agent.value());
    ShowContact([this] { return out_.mutable_updated()->mutable_contact(); });
    return true;
  }
  bool operator()(const engine::Claimed& event) {
    SetContact(event.contact, row_ ? row_->queue : QueueId{});
    out_.mutable_claimed()->set_from_adapter(event.from);
    out_.mutable_claimed()->set_adapter(event.adapter);
    ShowContact([this] { return out_.mutable_claimed()->mutable_contact(); });
    return true;
  }
  bool operator()(const engine::AdapterChanged& event) {
    out_.mutable_adapter_changed()->set_adapter(event.adapter);
    out_.mutable_adapter_changed()->set_lost(event.lost_at.has_value());
    out_.mutable_adapter_changed()->set_gone(event.is_gone);
    return true;
  }
  bool operator()(const engine::Closed& event) {
    SetContact(event.contact, event.queue);
    // A consult that nobody answered concerns the agent who asked.
    out_.set_agent_id((event.agent ? event.agent : event.consulter).value());
    routing::v1::Closed& closed = *out_.mutable_closed();
    closed.set_outcome(ToProto(event.outcome));
    closed.set_disposition(event.disposition);
    closed.set_reason(event.refusal ? std::string(engine::ToString(*event.refusal)) : event.note);
    if (event.consults) closed.set_consults(ToText(event.consults));
    if (event.place_kept_until) {
      *closed.mutable_place_kept_until() = ToTimestamp(*event.place_kept_until);
    }
    return true;
  }

 private:
  void SetContact(ContactId contact, const QueueId& queue) {
    out_.set_contact_id(ToText(contact));
    out_.set_queue(queue.value());
  }
  void SetPresence(const AgentId& agent, engine::Presence presence, std::string_view reason) {
    out_.set_agent_id(agent.value());
    out_.mutable_presence_changed()->set_presence(std::string(engine::ToString(presence)));
    out_.mutable_presence_changed()->set_reason(std::string(reason));
  }
  template <class EventOfOffer>
  void EndOffer(const EventOfOffer& event, routing::v1::OfferEnded::Outcome outcome,
                std::string_view reason) {
    SetContact(event.contact, {});
    out_.set_agent_id(event.agent.value());
    routing::v1::OfferEnded& ended = *out_.mutable_offer_ended();
    ended.set_offer_id(ToText(event.offer));
    ended.set_outcome(outcome);
    ended.set_reason(std::string(reason));
  }
  template <class Place>
  void ShowContact(Place place) {
    if (row_ != nullptr) FillContact(*row_, at_, *place());
  }

  const engine::ContactRow* row_;
  Instant at_;
  routing::v1::Event& out_;
};

bool Fill(store::CommitSeq sequence, const engine::Event& event, const engine::ContactRow* row,
          routing::v1::Event& out) {
  if (!std::visit(KindWriter(row, event.at, out), event.body)) return false;
  out.set_sequence(sequence);
  *out.mutable_at() = ToTimestamp(event.at);
  return true;
}

}  // namespace

bool FillEvent(const runtime::Told& told, std::size_t index, routing::v1::Event& out) {
  const engine::ContactRow* row =
      index < told.contacts.size() ? told.contacts[index].get() : nullptr;
  return Fill(told.sequence, told.batch.events[index], row, out);
}

bool FillPastEvent(store::CommitSeq sequence, const engine::Event& event, routing::v1::Event& out) {
  return Fill(sequence, event, nullptr, out);
}

}  // namespace usher::service
