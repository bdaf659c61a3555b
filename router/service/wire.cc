// SPDX-License-Identifier: Apache-2.0
#include "router/service/wire.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "router/service/text_ids.h"

namespace usher::service {

namespace {

constexpr std::int64_t kSecondsMax = 253'402'300'799;  // 9999-12-31, protobuf's own bound

Error BadArgument(const char* reason, std::string message, std::string next_step) {
  return {Code::kInvalidArgument, reason, std::move(message), std::move(next_step)};
}

Result<void> CheckLength(const std::string& text, std::size_t bytes_max, const char* field) {
  if (text.size() <= bytes_max) return {};
  return BadArgument("TOO_LONG",
                     std::string(field) + " has " + std::to_string(text.size()) + " bytes",
                     "send at most " + std::to_string(bytes_max));
}

Result<void> CheckAttributes(const google::protobuf::Map<std::string, std::string>& attributes) {
  if (attributes.size() > engine::kAttributesMax) {
    return BadArgument("TOO_MANY_ATTRIBUTES",
                       "attributes has " + std::to_string(attributes.size()) + " entries",
                       "send at most " + std::to_string(engine::kAttributesMax));
  }
  for (const auto& [key, value] : attributes) {
    if (auto result = CheckLength(key, 64, "an attribute's key"); !result.ok()) return result;
    if (auto result = CheckLength(value, 1024, "an attribute's value"); !result.ok()) {
      return result;
    }
  }
  return {};
}

std::map<std::string, std::string> ToMap(
    const google::protobuf::Map<std::string, std::string>& attributes) {
  return {attributes.begin(), attributes.end()};
}

}  // namespace

google::protobuf::Timestamp ToTimestamp(Instant instant) {
  const std::int64_t ms = ToUnixMs(instant);
  const std::int64_t seconds = ms >= 0 ? ms / 1000 : (ms - 999) / 1000;
  google::protobuf::Timestamp out;
  out.set_seconds(seconds);
  out.set_nanos(static_cast<std::int32_t>((ms - seconds * 1000) * 1'000'000));
  return out;
}

google::protobuf::Duration ToProtoDuration(Duration duration) {
  google::protobuf::Duration out;
  out.set_seconds(duration.count() / 1000);
  out.set_nanos(static_cast<std::int32_t>(duration.count() % 1000 * 1'000'000));
  return out;
}

Result<Instant> ParseTimestamp(const google::protobuf::Timestamp& timestamp, const char* field) {
  const bool sound = timestamp.seconds() >= 0 && timestamp.seconds() <= kSecondsMax &&
                     timestamp.nanos() >= 0 && timestamp.nanos() < 1'000'000'000;
  if (!sound) {
    return BadArgument("BAD_TIMESTAMP", std::string(field) + " is no instant after 1970",
                       "send seconds and nanos since the Unix epoch");
  }
  return InstantFromUnixMs(timestamp.seconds() * 1000 + timestamp.nanos() / 1'000'000);
}

Result<Duration> ParseDuration(const google::protobuf::Duration& duration, const char* field) {
  constexpr std::int64_t kYear = 366LL * 24 * 3600;
  const bool sound = duration.seconds() >= 0 && duration.seconds() <= kYear &&
                     duration.nanos() >= 0 && duration.nanos() < 1'000'000'000;
  if (!sound) {
    return BadArgument("BAD_DURATION", std::string(field) + " is negative or longer than a year",
                       "send a span from 0 to 366 days");
  }
  return Duration{duration.seconds() * 1000 + duration.nanos() / 1'000'000};
}

type::v1::Channel ToProto(engine::Channel channel) {
  switch (channel) {
    case engine::Channel::kVoice:
      return type::v1::CHANNEL_VOICE;
    case engine::Channel::kChat:
      return type::v1::CHANNEL_CHAT;
    case engine::Channel::kEmail:
      return type::v1::CHANNEL_EMAIL;
    case engine::Channel::kMessage:
      return type::v1::CHANNEL_MESSAGE;
    case engine::Channel::kCallback:
      return type::v1::CHANNEL_CALLBACK;
    case engine::Channel::kTask:
      return type::v1::CHANNEL_TASK;
  }
  return type::v1::CHANNEL_UNSPECIFIED;
}

Result<engine::Channel> ParseChannel(type::v1::Channel channel) {
  for (const engine::Channel known : engine::kChannels) {
    if (ToProto(known) == channel) return known;
  }
  return BadArgument("MISSING_CHANNEL", "channel is not one of the channels",
                     "send CHANNEL_VOICE, CHANNEL_CHAT, CHANNEL_EMAIL, CHANNEL_MESSAGE, "
                     "CHANNEL_CALLBACK or CHANNEL_TASK");
}

routing::v1::Contact::State ToProto(engine::ContactState state) {
  using routing::v1::Contact;
  switch (state) {
    case engine::ContactState::kScheduled:
      return Contact::STATE_SCHEDULED;
    case engine::ContactState::kWaiting:
      return Contact::STATE_WAITING;
    case engine::ContactState::kOffered:
      return Contact::STATE_OFFERED;
    case engine::ContactState::kAssigned:
      return Contact::STATE_ASSIGNED;
    case engine::ContactState::kHeld:
      return Contact::STATE_HELD;
    case engine::ContactState::kWrapping:
      return Contact::STATE_WRAPPING;
    case engine::ContactState::kClosed:
      return Contact::STATE_CLOSED;
  }
  return Contact::STATE_UNSPECIFIED;
}

routing::v1::Contact::Outcome ToProto(engine::ContactOutcome outcome) {
  using routing::v1::Contact;
  switch (outcome) {
    case engine::ContactOutcome::kCompleted:
      return Contact::OUTCOME_COMPLETED;
    case engine::ContactOutcome::kAbandoned:
      return Contact::OUTCOME_ABANDONED;
    case engine::ContactOutcome::kCancelled:
      return Contact::OUTCOME_CANCELLED;
    case engine::ContactOutcome::kTimedOut:
      return Contact::OUTCOME_TIMED_OUT;
    case engine::ContactOutcome::kRefused:
      return Contact::OUTCOME_REFUSED;
    case engine::ContactOutcome::kLost:
      return Contact::OUTCOME_LOST;
  }
  return Contact::OUTCOME_UNSPECIFIED;
}

agents::v1::Agent::Presence ToProto(engine::Presence presence) {
  using agents::v1::Agent;
  switch (presence) {
    case engine::Presence::kOffline:
      return Agent::PRESENCE_OFFLINE;
    case engine::Presence::kAvailable:
      return Agent::PRESENCE_AVAILABLE;
    case engine::Presence::kNotReady:
      return Agent::PRESENCE_NOT_READY;
  }
  return Agent::PRESENCE_UNSPECIFIED;
}

void FillOffer(ContactId contact, const engine::OpenOffer& offer, routing::v1::Offer& out) {
  out.set_id(ToText(offer.id));
  out.set_contact_id(ToText(contact));
  out.set_agent_id(offer.agent.value());
  *out.mutable_offered_at() = ToTimestamp(offer.made);
  *out.mutable_deadline() = ToTimestamp(offer.deadline);
}

void FillContact(const engine::ContactRow& row, Instant now, routing::v1::Contact& out) {
  out.set_id(ToText(row.id));
  out.set_state(ToProto(row.state));
  out.set_channel(ToProto(row.channel));
  out.set_queue(row.queue.value());
  out.set_external_id(row.external_id);
  out.set_adapter(row.adapter);
  out.set_customer_id(row.customer.value());
  out.set_subject(row.subject);
  for (const auto& [key, value] : row.attributes) (*out.mutable_attributes())[key] = value;
  out.set_priority(row.parts.own_priority);
  if (row.key.sequence != 0) {
    *out.mutable_enqueued_at() = ToTimestamp(row.arrived);
    *out.mutable_due() = ToTimestamp(row.key.due);
  }
  *out.mutable_waited() = ToProtoDuration(row.WaitedAt(now));
  out.set_agent(row.agent.value());
  for (const engine::OpenOffer& offer : row.offers) FillOffer(row.id, offer, *out.add_offers());
  out.set_transfers(row.transfers);
  out.set_disposition(row.disposition);
  if (row.consults) out.set_consults(ToText(row.consults));
  if (row.consult) out.set_consult(ToText(row.consult));
  if (row.resumes) out.set_resumes(ToText(row.resumes));
}

void FillClosedContact(const engine::Closed& closed, Instant at, routing::v1::Contact& out) {
  out.set_id(ToText(closed.contact));
  out.set_state(routing::v1::Contact::STATE_CLOSED);
  out.set_channel(ToProto(closed.channel));
  out.set_queue(closed.queue.value());
  out.set_external_id(closed.external_id);
  out.set_adapter(closed.adapter);
  out.set_customer_id(closed.customer.value());
  *out.mutable_enqueued_at() = ToTimestamp(closed.arrived);
  *out.mutable_waited() = ToProtoDuration(closed.waited);
  out.set_agent(closed.agent.value());
  out.set_transfers(closed.transfers);
  out.set_outcome(ToProto(closed.outcome));
  out.set_disposition(closed.disposition);
  if (closed.consults) out.set_consults(ToText(closed.consults));
  *out.mutable_closed_at() = ToTimestamp(at);
}

void FillWaitEstimate(const engine::WaitEstimate& estimate, routing::v1::WaitEstimate& out) {
  *out.mutable_low() = ToProtoDuration(estimate.low);
  *out.mutable_high() = ToProtoDuration(estimate.high);
  *out.mutable_expected() = ToProtoDuration(estimate.expected);
}

void FillPlace(const engine::Engine& engine, ContactId contact, Instant now,
               routing::v1::Contact& out) {
  out.set_position(static_cast<std::uint32_t>(engine.PositionOf(contact)));
  if (const auto wait = engine.EstimatedWaitOf(contact, now)) {
    FillWaitEstimate(*wait, *out.mutable_estimated_wait());
  }
}

void FillOpenContact(const engine::Engine& engine, const engine::ContactRow& row, Instant now,
                     routing::v1::Contact& out) {
  FillContact(row, now, out);
  FillPlace(engine, row.id, now, out);
  if (row.state != engine::ContactState::kWrapping) return;
  const auto agent = engine.FindAgent(row.agent);
  if (!agent) return;
  for (const engine::WrapUp& wrap_up : agent->wrap_ups) {
    if (wrap_up.contact == row.id) *out.mutable_wrap_up_ends_at() = ToTimestamp(wrap_up.ends);
  }
}

void FillQueue(const engine::Engine& engine, const engine::Queue& queue, Instant now,
               routing::v1::Queue& out) {
  const engine::QueueCounts counts = engine.CountsOf(queue.id);
  out.set_id(queue.id.value());
  out.set_waiting(static_cast<std::uint32_t>(counts.waiting));
  out.set_offered(static_cast<std::uint32_t>(counts.offered));
  out.set_agents_signed_in(static_cast<std::uint32_t>(counts.agents_signed_in));
  out.set_agents_available(static_cast<std::uint32_t>(counts.agents_available));
  for (const ContactId first : engine.WaitingIn(queue.id, 1)) {
    if (const auto row = engine.FindContact(first)) {
      *out.mutable_longest_wait() = ToProtoDuration(row->WaitedAt(now));
    }
  }
  out.set_service_level_basis_points(static_cast<std::uint32_t>(counts.ServiceLevel().value_or(0)));
  out.set_accepted(static_cast<std::uint64_t>(counts.accepted));
  for (const engine::Channel channel : engine::kChannels) {
    if (queue.channels.Has(channel)) out.add_channels(service::ToProto(channel));
  }
}

void FillAgent(const engine::Engine& engine, const engine::Agent& agent, agents::v1::Agent& out) {
  out.set_id(agent.id.value());
  out.set_name(agent.name.empty() ? agent.id.value() : agent.name);
  out.set_presence(agents::v1::Agent::PRESENCE_OFFLINE);
  for (const auto& [skill, level] : agent.skills) {
    (*out.mutable_skills())[skill] = static_cast<std::uint32_t>(level);
  }
  for (const auto& [queue, tier] : agent.queues) {
    (*out.mutable_queues())[queue.value()] = static_cast<std::uint32_t>(tier);
  }
  const auto row = engine.FindAgent(agent.id);
  if (row) {
    out.set_presence(ToProto(row->presence));
    out.set_reason(row->reason);
    if (ToUnixMs(row->presence_since) > 0) {
      *out.mutable_presence_since() = ToTimestamp(row->presence_since);
    }
    out.set_console_lost(row->grace_ends.has_value());
    if (ToUnixMs(row->idle_since) > 0) *out.mutable_idle_since() = ToTimestamp(row->idle_since);
  }
  const engine::AgentWork work = engine.WorkOf(agent.id);
  const engine::Profile* profile = engine.domain().FindProfile(agent.profile);
  for (const engine::Channel channel : engine::kChannels) {
    if (!agent.channels.Has(channel)) continue;
    std::int32_t most = 1;
    if (profile != nullptr) {
      const auto capacity = profile->channels.find(channel);
      if (capacity == profile->channels.end()) continue;
      most = capacity->second.max;
    }
    agents::v1::Load& load = *out.add_load();
    load.set_channel(ToProto(channel));
    load.set_max(static_cast<std::uint32_t>(most));
    const auto used = work.load.find(channel);
    load.set_used(used == work.load.end() ? 0 : static_cast<std::uint32_t>(used->second));
  }
}

void FillDesk(const engine::Engine& engine, const engine::Agent& agent, agents::v1::Desk& out) {
  FillAgent(engine, agent, *out.mutable_agent());
  const engine::AgentWork work = engine.WorkOf(agent.id);
  for (std::size_t i = 0; i < work.offers.size(); ++i) {
    agents::v1::OfferedContact& offered = *out.add_offers();
    FillOffer(work.offered[i], work.offers[i], *offered.mutable_offer());
    if (const auto row = engine.FindContact(work.offered[i])) {
      FillContact(*row, engine.now(), *offered.mutable_contact());
    }
  }
  std::vector<ContactId> mine = work.assigned;
  mine.insert(mine.end(), work.held.begin(), work.held.end());
  std::map<ContactId, Instant> wrap_up_ends;
  if (const auto row = engine.FindAgent(agent.id)) {
    for (const engine::WrapUp& wrap_up : row->wrap_ups) {
      mine.push_back(wrap_up.contact);
      wrap_up_ends[wrap_up.contact] = wrap_up.ends;
    }
  }
  std::sort(mine.begin(), mine.end());
  mine.erase(std::unique(mine.begin(), mine.end()), mine.end());
  for (const ContactId id : mine) {
    const auto row = engine.FindContact(id);
    if (!row) continue;
    routing::v1::Contact& contact = *out.add_contacts();
    FillContact(*row, engine.now(), contact);
    const auto ends = wrap_up_ends.find(id);
    if (ends != wrap_up_ends.end()) {
      *contact.mutable_wrap_up_ends_at() = ToTimestamp(ends->second);
      // After a transfer the giver wraps up while the contact is already elsewhere.
      contact.set_state(routing::v1::Contact::STATE_WRAPPING);
    }
  }
}

namespace {

agents::v1::CustomerField::Type ToProto(engine::FieldType type) {
  switch (type) {
    case engine::FieldType::kText:
      return agents::v1::CustomerField::TYPE_TEXT;
    case engine::FieldType::kNumber:
      return agents::v1::CustomerField::TYPE_NUMBER;
    case engine::FieldType::kBoolean:
      return agents::v1::CustomerField::TYPE_BOOLEAN;
    case engine::FieldType::kDate:
      return agents::v1::CustomerField::TYPE_DATE;
    case engine::FieldType::kChoice:
      return agents::v1::CustomerField::TYPE_CHOICE;
  }
  return agents::v1::CustomerField::TYPE_UNSPECIFIED;
}

void FillCustomerField(const engine::CustomerField& field, agents::v1::CustomerField& out) {
  out.set_id(field.id);
  out.set_name(field.name.empty() ? field.id : field.name);
  out.set_type(ToProto(field.type));
  for (const std::string& choice : field.choices) out.add_choices(choice);
  out.set_searchable(field.searchable);
}

void FillQuickResponse(const engine::QuickResponse& response, agents::v1::QuickResponse& out) {
  out.set_id(response.id);
  out.set_name(response.name.empty() ? response.id : response.name);
  for (const QueueId& queue : response.queues) out.add_queues(queue.value());
  for (const engine::Channel channel : engine::kChannels) {
    const bool all = response.channels == engine::ChannelSet::All();
    if (!all && response.channels.Has(channel)) out.add_channels(service::ToProto(channel));
  }
  out.set_language(response.language);
  out.set_text(response.text);
}

}  // namespace

void FillVocabulary(const engine::Domain& domain, agents::v1::Vocabulary& out) {
  for (const std::string& reason : domain.not_ready) out.add_not_ready_reasons(reason);
  for (const std::string& disposition : domain.dispositions) out.add_dispositions(disposition);
  *out.mutable_disconnect_grace() = ToProtoDuration(domain.disconnect_grace);
  for (const std::string& tier : domain.customers.tiers) out.add_tiers(tier);
  for (const engine::CustomerField& field : domain.customers.fields) {
    FillCustomerField(field, *out.add_customer_fields());
  }
  for (const std::string& category : domain.cases.categories) out.add_case_categories(category);
  out.set_timezone(domain.timezone.name);
  for (const engine::QuickResponse& response : domain.quick_responses) {
    FillQuickResponse(response, *out.add_quick_responses());
  }
}

Result<engine::Submit> ParseSubmit(const routing::v1::SubmitContactRequest& request,
                                   const std::string& adapter) {
  engine::Submit submit;
  const Result<engine::Channel> channel = ParseChannel(request.channel());
  if (!channel.ok()) return channel.error();
  for (const auto& [text, bytes_max, field] :
       {std::tuple{&request.external_id(), std::size_t{128}, "external_id"},
        std::tuple{&request.customer_id(), std::size_t{64}, "customer_id"},
        std::tuple{&request.from().identity().kind(), std::size_t{32}, "from.identity.kind"},
        std::tuple{&request.from().identity().value(), std::size_t{256}, "from.identity.value"},
        std::tuple{&request.from().name(), std::size_t{256}, "from.name"},
        std::tuple{&request.from().language(), std::size_t{35}, "from.language"},
        std::tuple{&request.subject(), std::size_t{256}, "subject"}}) {
    if (auto result = CheckLength(*text, bytes_max, field); !result.ok()) return result.error();
  }
  if (auto result = CheckAttributes(request.attributes()); !result.ok()) return result.error();
  submit.channel = *channel;
  submit.queue = QueueId{request.queue()};
  submit.priority = request.priority();
  submit.requirement = request.requirement();
  submit.prefer = AgentId{request.prefer()};
  submit.customer = CustomerId{request.customer_id()};
  submit.external_id = request.external_id();
  submit.adapter = adapter;
  submit.attributes = ToMap(request.attributes());
  submit.subject = request.subject();
  if (request.has_head_start()) {
    const Result<Duration> span = ParseDuration(request.head_start(), "head_start");
    if (!span.ok()) return span.error();
    submit.head_start = *span;
  }
  if (request.has_due()) {
    const Result<Instant> instant = ParseTimestamp(request.due(), "due");
    if (!instant.ok()) return instant.error();
    submit.due = *instant;
  }
  if (request.has_prefer_for()) {
    const Result<Duration> span = ParseDuration(request.prefer_for(), "prefer_for");
    if (!span.ok()) return span.error();
    submit.prefer_for = *span;
  }
  if (request.has_not_before()) {
    const Result<Instant> instant = ParseTimestamp(request.not_before(), "not_before");
    if (!instant.ok()) return instant.error();
    submit.not_before = *instant;
  }
  if (request.has_wait_limit()) {
    const Result<Duration> span = ParseDuration(request.wait_limit(), "wait_limit");
    if (!span.ok()) return span.error();
    submit.wait_limit = *span;
  }
  if (request.has_max_tier()) {
    constexpr std::uint32_t kTierMax = std::numeric_limits<std::int32_t>::max();
    submit.max_tier = static_cast<std::int32_t>(std::min(request.max_tier(), kTierMax));
  }
  return submit;
}

Result<engine::Update> ParseUpdate(const routing::v1::UpdateContactRequest& request) {
  const Result<ContactId> contact = ParseContactId(request.contact_id());
  if (!contact.ok()) return contact.error();
  if (auto result = CheckAttributes(request.attributes()); !result.ok()) return result.error();
  engine::Update update;
  update.contact = *contact;
  if (request.has_priority()) update.priority = request.priority();
  if (request.has_head_start()) {
    const Result<Duration> span = ParseDuration(request.head_start(), "head_start");
    if (!span.ok()) return span.error();
    update.head_start = *span;
  }
  if (request.has_requirement()) update.requirement = request.requirement();
  if (!request.queue().empty()) update.queue = QueueId{request.queue()};
  if (request.channel() != type::v1::CHANNEL_UNSPECIFIED) {
    const Result<engine::Channel> channel = ParseChannel(request.channel());
    if (!channel.ok()) return channel.error();
    update.channel = *channel;
  }
  update.attributes = ToMap(request.attributes());
  return update;
}

}  // namespace usher::service
