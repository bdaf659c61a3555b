// SPDX-License-Identifier: Apache-2.0
#include "channels/phone/phone_domain.h"

#include <algorithm>
#include <utility>

#include "base/io/log.h"
#include "base/io/random_id.h"
#include "channels/phone/external_id.h"
#include "usher/routing/v1/routing_service.grpc.pb.h"

namespace usher::phone {

using agents::v1::AgentCommand;
using agents::v1::AgentResult;
using routing::v1::Contact;
using routing::v1::ContactResult;
using routing::v1::Event;

namespace {

constexpr Duration kAnswerTimeout{15'000};
// A caller hears nothing of us for so long, at the most twice, while the router finds an agent.
constexpr Duration kReceiveWithin{50};
constexpr std::size_t kAttributesMax = 48;  // of a switch; ours come on top
// Of a number and a name in the contract. A longer one is none.
constexpr std::size_t kSenderBytesMax = 256;

const char* WhyRefused(const Error& error) {
  if (error.reason == "HOURS_CLOSED") return "closed";
  if (error.reason == "QUEUE_FULL") return "full";
  if (error.reason == "NO_AGENTS") return "empty";
  return error.code == Code::kUnavailable ? "unavailable" : "refused";
}

}  // namespace

void PhoneDomain::LogRefusal(const char* event, const Error& error, const std::string& contact) {
  io::LogError(io::LogLevel::kWarning, event, error, {{"contact", contact}});
}

PhoneDomain::PhoneDomain(io::EventLoop& loop, const PhoneRoute& route, const PhoneRules& rules,
                         PhoneMetrics& metrics, std::function<void()> on_contacts)
    : loop_(loop),
      road_(route.road),
      token_(route.token),
      rules_(rules),
      metrics_(metrics),
      routing_(
          loop, route.road, route.token,
          {.adapter = route.adapter, .answer_timeout = kAnswerTimeout, .takes_call_orders = true},
          {.on_event = [this](const Event& event) { OnEvent(event); },
           .on_snapshot = [this](const std::vector<Contact>& open) { OnSnapshot(open); },
           .on_open = [this] { TellAll(); },
           .on_call_order = [this](const routing::v1::CallOrder& order) { OnOrder(order); }}),
      agents_(
          loop,
          {.name = "phone_agents", .answer_timeout = kAnswerTimeout, .backoff = io::kLeaderBackoff},
          {.start =
               [this](auto* context, auto* reactor) {
                 auto& stub = road_.Stub<agents::v1::AgentService>(agents_at_);
                 stub.async()->ServeAgents(context, reactor);
               },
           .options = [this] { return io::WithToken(token_()); },
           .hello =
               [name = route.adapter](agents::v1::ServeAgentsRequest& first) {
                 first.mutable_hello()->set_gateway(name);
               },
           .on_lost = [this](const Error&) { road_.MoveOn(agents_at_); }}),
      conversations_(channels::MakeConversationClient(
          loop, route.road, route.token,
          {.on_event = [](const context::v1::ConversationEvent&) {}})),
      recordings_(std::make_unique<RecordingNotes>(loop, route.road, route.token, *conversations_)),
      signed_in_(loop, route.road, route.token,
                 [this](const std::set<std::string>& signed_in) { HangUpNailed(signed_in); }),
      on_contacts_(std::move(on_contacts)),
      tick_(loop),
      late_(loop) {}

PhoneDomain::~PhoneDomain() { alive_.reset(); }

void PhoneDomain::AddLine(const std::string& name, const std::string& application, Switch& line,
                          Recordings recordings) {
  lines_[name] = {
      .name = name, .application = application, .recordings = std::move(recordings), .line = &line};
}

void PhoneDomain::Start() {
  routing_.Start();
  agents_.Start();
  conversations_->Start();
}

void PhoneDomain::Stop() {
  tick_.Cancel();
  late_.Cancel();
  signed_in_.Stop();
  recordings_->Stop();
  routing_.Stop();
  agents_.Stop();
  conversations_->Stop();
}

// ----------------------------------------------------------------------------------- whose is what

PhoneDomain::EntryPtr PhoneDomain::MakeEntry(Line& line, const std::string& external_id) {
  auto entry = std::make_shared<Entry>();
  entry->line = &line;
  entry->external_id = external_id;
  entry->since = std::chrono::steady_clock::now();
  entry->call = std::make_unique<Call>(
      Call::Setting{*line.line, *this, rules_, line.application, [this] { return clock_.Now(); }});
  entries_.insert(entry);
  by_external_[external_id] = entry;
  by_leg_[external_id] = entry;  // a caller's leg has the same name
  return entry;
}

PhoneDomain::Entry* PhoneDomain::FindContact(const std::string& contact) {
  const auto found = by_contact_.find(contact);
  return found == by_contact_.end() ? nullptr : found->second.get();
}

PhoneDomain::Entry* PhoneDomain::FindLeg(const Line& line, const std::string& leg) {
  const auto caller = by_leg_.find(ExternalId(line.name, leg));
  if (caller != by_leg_.end()) return caller->second.get();
  const auto name = ParseLegName(line.application, leg);
  if (!name) return nullptr;
  const bool nailed = name->kind == LegName::Kind::kNailed;
  return FindContact(nailed ? nailed_.ContactOf(leg) : name->contact);
}

void PhoneDomain::Bind(const EntryPtr& entry, const std::string& contact) {
  by_contact_[contact] = entry;
  unmet_.erase(contact);
}

void PhoneDomain::Count(Entry& entry, bool gone) {
  io::Gauge* const now =
      gone ? nullptr : (entry.call->talking() ? &metrics_.talking : &metrics_.waiting);
  if (entry.counted == now) return;
  if (entry.counted != nullptr) entry.counted->Decrement();
  if (now != nullptr) now->Increment();
  entry.counted = now;
}

void PhoneDomain::Drop(const EntryPtr& entry) {
  Count(*entry, true);
  by_external_.erase(entry->external_id);
  by_leg_.erase(entry->external_id);
  std::erase_if(by_contact_, [&](const auto& each) { return each.second == entry; });
  entries_.erase(entry);
}

// ----------------------------------------------------------------------------------------- callers

bool PhoneDomain::Arrived(const std::string& line_name, const Arrival& arrival) {
  Line& line = lines_.at(line_name);
  const std::string external_id = ExternalId(line_name, arrival.leg);
  if (by_external_.contains(external_id)) return true;
  const NumberRule* rule = rules_.Find(arrival.dialled);
  if (rule == nullptr) return false;
  const EntryPtr entry = MakeEntry(line, external_id);
  entry->arrival = arrival;
  entry->queue = rule->queue;
  for (const auto& [key, value] : rule->attributes) entry->arrival.attributes[key] = value;
  entry->call->SetWithheld(arrival.withheld);
  // Asked first, so that the router works while the switch answers.
  Submit(entry);
  entry->call->CameIn(arrival.leg, arrival.number, rule->queue);
  unreceived_.push_back({entry->since, entry});
  if (!late_.pending()) late_.Start(kReceiveWithin, [this] { ReceiveLate(); });
  Count(*entry, false);
  return true;
}

void PhoneDomain::ReceiveLate() {
  const Steady late = std::chrono::steady_clock::now() - kReceiveWithin;
  while (!unreceived_.empty() && unreceived_.front().at <= late) {
    const EntryPtr entry = unreceived_.front().entry.lock();
    unreceived_.pop_front();
    if (entry != nullptr && entry->line->there) entry->call->Receive();
  }
  if (!unreceived_.empty()) late_.Start(kReceiveWithin, [this] { ReceiveLate(); });
}

void PhoneDomain::Submit(const EntryPtr& entry) {
  entry->submitting = true;
  const Arrival& arrival = entry->arrival;
  routing::v1::SubmitContactRequest request;
  request.set_channel(type::v1::CHANNEL_VOICE);
  request.set_queue(entry->queue);
  request.set_external_id(entry->external_id);
  if (!arrival.number.empty() && arrival.number.size() <= kSenderBytesMax) {
    request.mutable_from()->mutable_identity()->set_kind("phone");
    request.mutable_from()->mutable_identity()->set_value(arrival.number);
    if (arrival.name.size() <= kSenderBytesMax) request.mutable_from()->set_name(arrival.name);
  }
  if (const NumberRule* rule = rules_.Find(arrival.dialled)) request.set_priority(rule->priority);
  auto& attributes = *request.mutable_attributes();
  std::size_t count = 0;
  for (const auto& [key, value] : arrival.attributes) {
    if (++count > kAttributesMax) break;
    attributes[key] = value;
  }
  attributes["dialled"] = arrival.dialled;
  attributes["server"] = entry->line->name;
  if (arrival.withheld) {
    attributes["caller_withheld"] = "true";
  } else {
    if (!arrival.number.empty()) attributes["caller"] = arrival.number;
    if (!arrival.name.empty()) attributes["caller_name"] = arrival.name;
  }
  routing_.Submit(std::move(request),
                  [this, entry, alive = std::weak_ptr<void>(alive_)](Result<ContactResult> result) {
                    if (!alive.expired()) Submitted(entry, std::move(result));
                  });
}

void PhoneDomain::Submitted(const EntryPtr& entry, Result<ContactResult> result) {
  entry->submitting = false;
  metrics_.submit_seconds.Observe(
      std::chrono::duration<double>(std::chrono::steady_clock::now() - entry->since).count());
  if (!entries_.contains(entry)) {
    // Over meanwhile; whoever hung up before the answer has left.
    if (result.ok()) Left(result->contact_id(), false);
    return;
  }
  if (result.ok()) {
    metrics_.CountArrival("queued");
    if (entry->call->contact().empty()) {
      Bind(entry, result->contact_id());
      entry->call->OnSubmitted(result->contact_id());
    }
    return Changed(result->contact_id());
  }
  if (!entry->call->contact().empty()) return;  // its events came all the same
  LogRefusal("call_refused", result.error(), entry->external_id);
  metrics_.CountArrival(WhyRefused(result.error()));
  entry->call->SayFarewell(WhyRefused(result.error()));
  if (!entry->call->has_customer()) Drop(entry);
}

// ------------------------------------------------------------------------------- what switches say

void PhoneDomain::LegRinging(const std::string& line, const std::string& leg) {
  if (Entry* entry = FindLeg(lines_.at(line), leg)) entry->call->OnLegRinging(leg);
}

void PhoneDomain::LegUp(const std::string& line, const std::string& leg) {
  Entry* entry = FindLeg(lines_.at(line), leg);
  if (entry == nullptr) {
    // Answered when nobody needs it any more.
    if (ParseLegName(lines_.at(line).application, leg)) lines_.at(line).line->HangUp(leg);
    return;
  }
  const auto rung = entry->rung.extract(leg);
  if (!rung.empty()) {
    metrics_.CountRing("answered");
    metrics_.ring_seconds.Observe(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - rung.mapped()).count());
  }
  entry->call->OnLegUp(leg);
}

void PhoneDomain::LegGone(const std::string& line, const std::string& leg, LegEnd end) {
  Entry* entry = FindLeg(lines_.at(line), leg);
  nailed_.Gone(leg);
  if (entry == nullptr) return;
  if (!entry->rung.extract(leg).empty()) metrics_.CountRing(ToWord(end));
  entry->call->OnLegGone(leg, end);
  if (!entry->call->contact().empty()) return Changed(entry->call->contact());
  // Hung up before the router answered: what it answers is dealt with in Submitted.
  if (!entry->call->has_customer()) {
    const auto found = by_external_.find(entry->external_id);
    if (found != by_external_.end()) Drop(EntryPtr(found->second));
  }
}

void PhoneDomain::LegPressed(const std::string& line, const std::string& leg, char digit) {
  if (Entry* entry = FindLeg(lines_.at(line), leg)) entry->call->OnDigit(leg, digit);
}

void PhoneDomain::LegHeld(const std::string& line, const std::string& leg, bool held) {
  if (Entry* entry = FindLeg(lines_.at(line), leg)) entry->call->OnHold(leg, held);
}

void PhoneDomain::LegRefers(const std::string& line, const std::string& leg,
                            const std::string& to) {
  if (Entry* entry = FindLeg(lines_.at(line), leg)) entry->call->OnRefer(leg, to);
}

void PhoneDomain::Played(const std::string& line, const std::string& leg,
                         const std::string& playback) {
  if (Entry* entry = FindLeg(lines_.at(line), leg)) entry->call->OnPlayed(playback);
}

void PhoneDomain::RecordingEnded(const std::string& line, const std::string& recording,
                                 int duration_s) {
  const std::string contact = ContactOfRecording(lines_.at(line), recording);
  if (contact.empty()) return;
  if (Entry* entry = FindContact(contact)) return entry->call->OnRecorded(recording, duration_s);
  NoteRecording(lines_.at(line), contact, recording, duration_s);
}

void PhoneDomain::RecordingFound(const std::string& line, const std::string& recording) {
  const std::string contact = ContactOfRecording(lines_.at(line), recording);
  if (!contact.empty()) NoteRecording(lines_.at(line), contact, recording, 0);
}

// ------------------------------------------------------------------------------- what routing says

void PhoneDomain::OnEvent(const Event& event) {
  const std::string& id = event.contact_id();
  if (id.empty()) return;
  if (event.has_claimed()) return OnClaimed(event);
  Entry* entry = FindContact(id);
  if (entry == nullptr && event.has_queued() && event.queued().has_contact()) {
    const Contact& contact = event.queued().contact();
    const std::string& about = contact.consults();
    const auto mine = about.empty() ? by_external_.find(contact.external_id()) : by_external_.end();
    if (const auto main = by_contact_.find(about); !about.empty() && main != by_contact_.end()) {
      by_contact_[id] = main->second;
      entry = main->second.get();
    } else if (mine != by_external_.end()) {
      Bind(mine->second, id);
      entry = mine->second.get();
    } else {
      unmet_[id] = contact;
    }
  }
  if (entry == nullptr) {
    if (event.has_closed()) unmet_.erase(id);
    return;
  }
  if (entry->call->contact().empty()) entry->call->OnSubmitted(id);
  const auto placing = placing_.find(entry->external_id);
  if (placing != placing_.end() && event.has_offered()) {
    if (event.agent_id() == placing->second.agent) {
      Accept(id, event.agent_id(), event.offered().offer().id());
    }
  }
  entry->call->OnEvent(event, clock_.Now());
  if (event.has_place() && entry->call->announces()) {
    announcing_.insert(id);
    TickSoon();
  }
  if (placing != placing_.end() && event.has_assigned()) {
    Placed(entry->external_id, event.agent_id() == placing->second.agent
                                   ? Result<void>()
                                   : Result<void>(Error{Code::kFailedPrecondition, "TAKEN",
                                                        "somebody else took it", "try again"}));
  }
}

// ----------------------------------------------------------------------------------------- telling

void PhoneDomain::Changed(const std::string& contact) {
  if (contact.empty()) return;
  changed_.insert(contact);
  if (std::exchange(flush_posted_, true)) return;
  loop_.Post([this, alive = std::weak_ptr<void>(alive_)] {
    if (!alive.expired()) Flush();
  });
}

// Behind all that came in one message: a consult that ended may be a transfer a word later.
void PhoneDomain::Flush() {
  flush_posted_ = false;
  const std::set<std::string> changed = std::exchange(changed_, {});
  // Telephones first: somebody waits for each, and nobody for the tidying up of calls that ended.
  // But for telephones that stay up, which those calls may have still.
  const bool nailed = rules_.all_nailed_up || !rules_.nailed_up.empty();
  for (const std::string& contact : changed) {
    const Entry* entry = FindContact(contact);
    if (entry != nullptr && entry->line->there && !nailed) entry->call->Ring();
  }
  for (const std::string& contact : changed) {
    const auto found = by_contact_.find(contact);
    if (found == by_contact_.end()) continue;
    const EntryPtr entry = found->second;
    if (!entry->line->there) continue;  // LineBack puts it right
    entry->call->Arrange();
    const auto now = std::chrono::steady_clock::now();
    for (const Call::Leg& leg : entry->call->legs()) {
      if (leg.agent.empty() || leg.up || !entry->rung.try_emplace(leg.id, now).second) continue;
      if (rules_.unreachable_after == Duration{0}) continue;
      dialled_.push_back({now, contact, leg.id});
      TickSoon();
    }
    if (entry->call->has_unnoted() && !std::exchange(entry->to_note, true)) {
      to_note_.push_back({now, entry});
      TickSoon();
    }
    TellState(*entry);
    Count(*entry, false);
    if (entry->call->over() && !entry->submitting) Drop(entry);
  }
}

void PhoneDomain::TellState(Entry& entry) {
  routing::v1::CallState state = entry.call->State();
  if (state.contact_id().empty()) return;
  std::string text = state.SerializeAsString();
  if (text == entry.told) return;
  entry.told = std::move(text);
  routing_.TellCall(std::move(state));
}

void PhoneDomain::LeaveAgain() {
  for (const auto& [contact, talking] : std::exchange(to_leave_, {})) Left(contact, talking);
}

void PhoneDomain::TellAll() {
  LeaveAgain();
  for (const EntryPtr& entry : entries_) {
    entry->told.clear();
    TellState(*entry);
  }
}

}  // namespace usher::phone
