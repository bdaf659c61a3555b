// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/workload.h"

#include <algorithm>
#include <utility>

#include "tests/simulation/random_domain.h"

namespace usher::engine::simulation {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t kRemembered = 40;
constexpr std::array kWishes = {"billing > 20", "not trainee", "english >= 40", "english > 0"};

}  // namespace

Workload::Workload(std::uint64_t seed)
    : dice_(seed), is_second_series_(seed >= kSecondSeries), mark_("-" + std::to_string(seed)) {
  first_ = RandomDomain(mark_, dice_);
  if (is_second_series_) {
    AddWrapUpsByChannel(first_, dice_);
    AddAdapterGraces(first_, dice_);
    AddHoldLimits(first_, dice_);
    AddServiceHours(first_, dice_);
  }
  domain_ = first_;
  temper_ = RollTemper();
}

Workload::Temper Workload::RollTemper() {
  static constexpr std::array<std::uint64_t, 4> kPaces = {100, 1500, 6000, 30'000};
  static constexpr std::array<std::uint64_t, 4> kCrowds = {3, 10, 25, 50};
  static constexpr std::array<std::uint64_t, 4> kRestarts = {0, 1, 7, 40};
  static constexpr std::array<std::uint64_t, 3> kEdits = {0, 25, 90};
  Temper temper;
  temper.contacts_max = dice_.Of(kCrowds);
  temper.pace_ms = dice_.Of(kPaces);
  temper.submits = 8 + dice_.Below(30);
  temper.agents = 5 + dice_.Below(30);
  temper.diligence = 30 + dice_.Below(65);
  temper.restarts = dice_.Of(kRestarts);
  temper.edits = dice_.Of(kEdits);
  temper.faults = dice_.OneIn(4) ? 0 : 6 + dice_.Below(20);
  temper.jumps = dice_.OneIn(4) ? 0 : 40 + dice_.Below(100);
  return temper;
}

// Often the very instant of a deadline, or the millisecond before it, for that is where opinions
// differ.
Instant Workload::NextInstant(const Engine& engine, Instant now) {
  if (temper_.jumps > 0 && dice_.OneIn(temper_.jumps)) {
    switch (dice_.Below(5)) {
      case 0:
        return now - milliseconds{dice_.Below(7'200'000)};
      case 1:
        return now - milliseconds{1 + dice_.Below(3)};
      case 2:
        return now + minutes{dice_.Below(40)};
      case 3:
        return now + hours{dice_.Below(9)};
      default:
        return now + seconds{dice_.Below(90)};
    }
  }
  const Instant deadline = engine.NextDeadline();
  if (deadline != kNever && deadline > now && deadline - now < minutes{30} && dice_.OneIn(4)) {
    return deadline - milliseconds{dice_.OneIn(3) ? 1 : 0};
  }
  if (dice_.OneIn(4)) return now;
  return now + milliseconds{dice_.Below(temper_.pace_ms)};
}

Action Workload::Next(const Engine& engine, Instant now) {
  Action action;
  if (!burst_.empty()) {
    action.at = now;
    action.command = std::move(burst_.back());
    burst_.pop_back();
    return action;
  }
  action.at = NextInstant(engine, now);
  action.write_rows = dice_.OneIn(12);
  if (temper_.restarts > 0 && dice_.OneIn(temper_.restarts)) {
    action.restart = static_cast<Restart>(1 + dice_.Below(3));
  }
  domain_ = engine.domain();
  version_ = engine.version();
  if (temper_.faults > 0 && dice_.OneIn(temper_.faults)) {
    const std::uint64_t kind = dice_.Below(3);
    if (kind == 0 && !sent_.empty()) {
      action.command = sent_.back();
      action.fault = Fault::kRepeated;
      return action;
    }
    if (kind == 1 && !on_way_.empty()) {
      action.command = on_way_.front();
      on_way_.erase(on_way_.begin());
      action.fault = Fault::kLate;
      return action;
    }
    if (kind == 2 && !sent_.empty()) {
      action.command = dice_.Of(sent_);
      action.fault = Fault::kStale;
      return action;
    }
    on_way_.push_back(Fresh(engine, now));
  }
  if (dice_.OneIn(10)) return action;  // only the clock moves
  action.command = Fresh(engine, now);
  sent_.push_back(*action.command);
  if (sent_.size() > kRemembered) sent_.pop_front();
  return action;
}

Command Workload::Fresh(const Engine& engine, Instant now) {
  if (temper_.edits > 0 && dice_.OneIn(temper_.edits)) {
    Domain next = dice_.OneIn(8) ? first_ : EditedDomain(domain_, dice_);
    return ApplyDomain{std::move(next), version_ + 1};
  }
  if (is_second_series_ && dice_.OneIn(3)) return NextOfSecondSeries(engine, now);
  const std::uint64_t dice = dice_.Below(100);
  const bool has_room = engine.contact_count() < temper_.contacts_max;
  if ((has_room && dice < temper_.submits) || engine.contact_count() == 0) {
    if (!dice_.OneIn(4)) return NextSubmit(now);
    return NextForAgent(engine);
  }
  if (dice < temper_.submits + temper_.agents) return NextForAgent(engine);
  const ContactRow contact = AnyContact(engine);
  if (dice_.Below(100) < temper_.diligence) return NaturalFor(contact);
  return AnyFor(contact);
}

AgentId Workload::AnyAgent() {
  if (dice_.OneIn(50) || domain_.agents.empty()) return AgentId{"nobody" + mark_};
  if (dice_.OneIn(20) && !first_.agents.empty()) return dice_.Of(first_.agents).id;
  return dice_.Of(domain_.agents).id;
}

std::string Workload::AnyAdapter() { return "adapter-" + std::to_string(dice_.Below(3)); }

QueueId Workload::AnyQueue() {
  if (dice_.OneIn(60)) return QueueId{"nowhere" + mark_};
  if (dice_.OneIn(20)) return dice_.Of(first_.queues).id;
  return dice_.Of(domain_.queues).id;
}

// An open one; sometimes one that closed, or that nobody submitted yet.
ContactRow Workload::AnyContact(const Engine& engine) {
  const std::vector<ContactId> open = engine.Contacts();
  if (open.empty() || dice_.OneIn(30)) {
    return {.id = ContactId{dice_.Below(engine.Row().next_contact + 2)},
            .state = ContactState::kClosed};
  }
  return engine.Row(dice_.Of(open));
}

Command Workload::NextSubmit(Instant now) {
  static constexpr std::array kCommon = {Channel::kVoice, Channel::kVoice,   Channel::kChat,
                                         Channel::kChat,  Channel::kChat,    Channel::kEmail,
                                         Channel::kTask,  Channel::kMessage, Channel::kCallback};
  Submit submit{.channel = dice_.Of(kCommon), .queue = AnyQueue()};
  if (dice_.OneIn(4)) submit.priority = dice_.Between(-1, 2);
  if (dice_.OneIn(6)) submit.head_start = dice_.Seconds(0, 40);
  if (dice_.OneIn(8)) submit.due = now + dice_.Seconds(-20, 60);
  if (dice_.OneIn(6)) submit.requirement = dice_.Of(kWishes);
  if (dice_.OneIn(60)) submit.requirement = "french > 1";
  if (dice_.OneIn(4)) submit.prefer = AnyAgent();
  if (dice_.OneIn(8)) submit.prefer_for = dice_.Seconds(0, 30);
  if (dice_.OneIn(5)) submit.customer_facts["tier"] = "gold";
  if (dice_.OneIn(8)) submit.customer_facts["open_cases"] = std::to_string(dice_.Below(4));
  if (dice_.OneIn(2)) submit.external_id = "x" + std::to_string(dice_.Below(12));
  if (dice_.OneIn(10)) submit.not_before = now + dice_.Seconds(-2, 60);
  if (dice_.OneIn(10)) submit.wait_limit = dice_.Seconds(0, 120);
  if (dice_.OneIn(10)) submit.max_tier = dice_.Between(0, 2);
  if (dice_.OneIn(6)) submit.attributes["intent"] = "complaint";
  if (dice_.OneIn(6)) submit.customer = CustomerId{"c" + std::to_string(dice_.Below(5)) + mark_};
  if (is_second_series_) submit.adapter = AnyAdapter();
  if (dice_.OneIn(150)) submit.subject = std::string(kTextBytesMax + 1, 's');
  return submit;
}

Command Workload::NextForAgent(const Engine& engine) {
  const AgentId agent = AnyAgent();
  const std::optional<AgentRow> row = engine.FindAgent(agent);
  const bool is_natural = dice_.Below(100) < temper_.diligence;
  if (is_natural && row && row->presence == Presence::kOffline) return SignIn{agent};
  if (is_natural && row && row->grace_ends) return SetConnection{agent, Connection::kBack};
  if (is_natural && row && row->presence == Presence::kNotReady) {
    return SetPresence{agent, Presence::kAvailable, ""};
  }
  switch (dice_.Below(10)) {
    case 0:
    case 1:
      return SignOut{agent};
    case 2:
      return SetPresence{agent, Presence::kNotReady, "break"};
    case 3:
      return SetPresence{agent, Presence::kNotReady, dice_.OneIn(4) ? "vanity" : ""};
    case 4:
    case 5:
      return SetConnection{agent, Connection::kLost};
    case 6:
      return SetConnection{agent, Connection::kBack};
    case 7:
      return SetPresence{agent, Presence::kAvailable, dice_.OneIn(5) ? "break" : ""};
    case 8:
      return SetPresence{agent, Presence::kOffline, ""};
    default:
      return SignIn{agent};
  }
}

Command Workload::AnswerTo(const ContactRow& contact, const OpenOffer& offer) {
  const OfferId named = dice_.OneIn(2) ? offer.id : OfferId{};
  if (dice_.OneIn(4)) {
    return Reject{.contact = contact.id, .offer = named, .agent = offer.agent, .reason = "busy"};
  }
  return Accept{.contact = contact.id, .offer = named, .agent = offer.agent};
}

Command Workload::NaturalFor(const ContactRow& contact) {
  const AgentId by = dice_.OneIn(4) ? AgentId{} : contact.agent;
  switch (contact.state) {
    case ContactState::kOffered:
      if (dice_.OneIn(8)) return Abandon{.contact = contact.id};
      return AnswerTo(contact, dice_.Of(contact.offers));
    case ContactState::kAssigned:
      if (contact.escalated && dice_.OneIn(2)) return TransferOf(contact, contact.agent);
      switch (dice_.Below(8)) {
        case 0:
          return Hold{.contact = contact.id, .agent = by};
        case 1:
        case 2:
        case 3:
          return TransferOf(contact, by);
        default:
          return Complete{.contact = contact.id, .agent = by, .disposition = "resolved"};
      }
    case ContactState::kHeld:
      if (dice_.OneIn(6)) return Abandon{.contact = contact.id};
      return Resume{.contact = contact.id, .agent = by};
    case ContactState::kWrapping:
      if (dice_.OneIn(4)) {
        return ExtendWrapUp{
            .contact = contact.id, .agent = contact.agent, .by = dice_.Seconds(0, 20)};
      }
      return EndWrapUp{.contact = contact.id, .agent = contact.agent};
    default:
      break;
  }
  if (!contact.offers.empty()) return AnswerTo(contact, dice_.Of(contact.offers));
  if (dice_.OneIn(3)) return Abandon{.contact = contact.id};
  if (dice_.OneIn(2)) return UpdateOf(contact);
  return Pull{.contact = contact.id, .agent = AnyAgent()};
}

Command Workload::TransferOf(const ContactRow& contact, const AgentId& by) {
  Transfer transfer{.contact = contact.id, .by = by};
  if (dice_.OneIn(2)) {
    transfer.to_queue = AnyQueue();
  } else {
    transfer.to_agent = AnyAgent();
  }
  transfer.by_supervisor = dice_.OneIn(4);
  return transfer;
}

Command Workload::UpdateOf(const ContactRow& contact) {
  Update update{.contact = contact.id};
  if (dice_.OneIn(3)) update.priority = dice_.Between(-1, 3);
  if (dice_.OneIn(4)) update.head_start = dice_.Seconds(0, 60);
  if (dice_.OneIn(4)) update.requirement = dice_.OneIn(2) ? "" : dice_.Of(kWishes);
  if (dice_.OneIn(40)) update.requirement = "english >";
  if (dice_.OneIn(3)) update.queue = AnyQueue();
  if (dice_.OneIn(6)) update.attributes["note"] = "changed";
  return update;
}

// --- The second series.

Command Workload::NextOfSecondSeries(const Engine& engine, Instant now) {
  const ContactRow contact = AnyContact(engine);
  const bool is_with_agent =
      contact.state == ContactState::kAssigned || contact.state == ContactState::kHeld;
  if (contact.consult || contact.consults) return NextOfConsult(engine, contact);
  if (is_with_agent && !dice_.OneIn(4)) return ConsultAbout(engine, contact);
  switch (dice_.Below(8)) {
    case 0:
    case 1:
    case 2:
      return NextForChannel(engine);
    case 3:
      if (dice_.OneIn(2)) return NextOfAdapters(contact, now);
      return dice_.OneIn(4) ? LoseAdapter(engine) : NextSubmit(now);
    case 4:
      return ConsultAbout(engine, contact);
    default:
      return NextBySupervisor(engine);
  }
}

// One who is ready, where a few throws find her.
AgentId Workload::LikelyAgent(const Engine& engine) {
  AgentId agent = AnyAgent();
  for (int i = 0; i < 4; ++i) {
    const std::optional<AgentRow> row = engine.FindAgent(agent);
    if (row && row->presence == Presence::kAvailable && !row->grace_ends) break;
    agent = AnyAgent();
  }
  return agent;
}

Command Workload::ConsultAbout(const Engine& engine, const ContactRow& contact) {
  Consult consult{.contact = contact.id, .by = contact.agent};
  if (!consult.by || dice_.OneIn(12)) consult.by = AnyAgent();
  if (dice_.OneIn(2)) {
    consult.to_queue = AnyQueue();
  } else {
    consult.to_agent = LikelyAgent(engine);
  }
  return consult;
}

// Of a consult, or of a contact that has one.
Command Workload::NextOfConsult(const Engine& engine, const ContactRow& contact) {
  const std::optional<ContactRow> consult =
      contact.consults ? contact : engine.FindContact(contact.consult);
  const std::optional<ContactRow> about =
      contact.consults ? engine.FindContact(contact.consults) : contact;
  if (!consult || !about || dice_.OneIn(5)) return AnyFor(contact);
  const AgentId asker = consult->consulter;
  switch (consult->state) {
    case ContactState::kOffered:
      if (dice_.OneIn(6))
        return Complete{.contact = consult->id, .agent = asker, .disposition = {}};
      return AnswerTo(*consult, dice_.Of(consult->offers));
    case ContactState::kAssigned:
      switch (dice_.Below(8)) {
        case 0:
          return Complete{.contact = consult->id, .agent = asker, .disposition = {}};
        case 1:
          return Complete{.contact = consult->id, .agent = consult->agent, .disposition = {}};
        case 2:
          return Hold{.contact = about->id, .agent = asker};
        case 3:
          return NaturalFor(*about);
        default:
          return Transfer{.contact = about->id, .to_agent = consult->agent, .by = asker};
      }
    default:
      return dice_.OneIn(2) ? NaturalFor(*consult) : NaturalFor(*about);
  }
}

Command Workload::NextBySupervisor(const Engine& engine) {
  const std::string by = "sue";
  switch (dice_.Below(6)) {
    case 0:
      return SetPresence{AnyAgent(), Presence::kNotReady, "break", by};
    case 1:
      return SetPresence{AnyAgent(), Presence::kAvailable, "", by};
    case 2:
      return SignOut{AnyAgent(), by};
    default:
      break;
  }
  const ContactRow contact = AnyContact(engine);
  AgentId agent = LikelyAgent(engine);
  if (!contact.offers.empty() && dice_.OneIn(2)) agent = dice_.Of(contact.offers).agent;
  return Assign{.contact = contact.id, .agent = agent, .by = by};
}

// A call becomes a callback, mostly; and who hangs up after that.
Command Workload::NextForChannel(const Engine& engine) {
  const ContactRow contact = AnyContact(engine);
  if (dice_.OneIn(6)) return Abandon{.contact = contact.id, .channel = Channel::kVoice};
  Update update{.contact = contact.id, .channel = Channel::kCallback};
  if (dice_.OneIn(3)) update.channel = dice_.Of(kChannels);
  if (dice_.OneIn(4)) update.queue = AnyQueue();
  if (dice_.OneIn(6)) update.priority = dice_.Between(-1, 3);
  return update;
}

// Streams come and go, and customers come back at another adapter.
Command Workload::NextOfAdapters(const ContactRow& contact, Instant now) {
  if (dice_.OneIn(3)) return Claim{.contact = contact.id, .adapter = AnyAdapter()};
  const std::string adapter = AnyAdapter();
  const Connection connection = dice_.OneIn(2) ? Connection::kLost : Connection::kBack;
  // Half of those that are lost come back in no time; the others' grace runs.
  if (connection == Connection::kLost && dice_.OneIn(2)) {
    burst_.push_back(SetAdapter{adapter, Connection::kBack, std::nullopt});
  }
  return SetAdapter{adapter, connection,
                    dice_.OneIn(8) ? std::optional(now + dice_.Seconds(-5, 5)) : std::nullopt};
}

// An adapter is gone for good: what it had is closed, one after the other.
Command Workload::LoseAdapter(const Engine& engine) {
  const std::string adapter = AnyAdapter();
  for (const ContactId id : engine.Contacts()) {
    if (engine.Row(id).adapter == adapter) burst_.push_back(Lose{.contact = id});
  }
  if (burst_.empty()) return Lose{.contact = AnyContact(engine).id};
  Command first = std::move(burst_.back());
  burst_.pop_back();
  return first;
}

// Anything at all, whether or not it makes sense in this state.
Command Workload::AnyFor(const ContactRow& contact) {
  AgentId agent = contact.agent;
  if (!contact.past_offers.empty() && dice_.OneIn(2)) agent = dice_.Of(contact.past_offers).agent;
  if (!contact.offers.empty() && dice_.OneIn(2)) agent = dice_.Of(contact.offers).agent;
  if (!agent || dice_.OneIn(12)) agent = AnyAgent();
  const AgentId by = dice_.OneIn(4) ? AgentId{} : agent;
  const ContactId id = contact.id;
  OfferId past;
  if (!contact.past_offers.empty() && dice_.OneIn(3)) past = dice_.Of(contact.past_offers).id;
  switch (dice_.Below(20)) {
    case 0:
    case 1:
    case 2:
      return Accept{.contact = id, .offer = past, .agent = agent};
    case 3:
      return Reject{.contact = id, .offer = past, .agent = agent};
    case 4:
      return Complete{
          .contact = id, .agent = by, .disposition = dice_.OneIn(5) ? "unheard-of" : ""};
    case 5:
      return EndWrapUp{.contact = id, .agent = agent};
    case 6:
      return ExtendWrapUp{.contact = id, .agent = by, .by = dice_.Seconds(-2, 10)};
    case 7:
      return Hold{.contact = id, .agent = by};
    case 8:
    case 9:
      return Resume{.contact = id, .agent = by};
    case 10:
      return Abandon{.contact = id};
    case 11:
      return Cancel{.contact = id};
    case 12:
      return Withdraw{.contact = id, .note = "moved on"};
    case 13:
      return Lose{.contact = id};
    case 14:
    case 15:
      return TransferOf(contact, by);
    case 16:
    case 17:
      return UpdateOf(contact);
    default:
      return Pull{.contact = id, .agent = agent};
  }
}

}  // namespace usher::engine::simulation
