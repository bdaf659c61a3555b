// SPDX-License-Identifier: Apache-2.0
#include "channels/phone/phone_domain.h"

#include <algorithm>
#include <utility>

#include "base/io/client_call.h"
#include "base/io/log.h"
#include "base/io/random_id.h"
#include "usher/context/v1/context_service.grpc.pb.h"
#include "usher/routing/v1/routing_service.grpc.pb.h"

namespace usher::phone {

using agents::v1::AgentCommand;
using agents::v1::AgentResult;
using context::v1::ResolveCustomerRequest;
using context::v1::ResolveCustomerResponse;
using routing::v1::Contact;
using routing::v1::ContactResult;
using routing::v1::Event;

namespace {

constexpr Duration kAnswerTimeout{15'000};
constexpr Duration kTick{1'000};
constexpr Duration kListTimeout{5'000};
constexpr std::uint32_t kContactsInPage = 500;
constexpr std::size_t kAttributesMax = 48;  // of a switch; ours come on top

std::string LegKey(const std::string& line, const std::string& leg) { return line + '/' + leg; }

// `main/1795283281.48` is a leg of the line `main`.
std::string LineOf(const std::string& external_id) {
  return external_id.substr(0, external_id.find('/'));
}
std::string LegOf(const std::string& external_id) {
  const std::size_t slash = external_id.find('/');
  return slash == std::string::npos ? std::string() : external_id.substr(slash + 1);
}

void LogRefusal(const char* event, const Error& error, const std::string& contact) {
  io::LogError(io::LogLevel::kWarning, event, error, {{"contact", contact}});
}

const char* WhyRefused(const Error& error) {
  if (error.reason == "HOURS_CLOSED") return "closed";
  if (error.reason == "QUEUE_FULL") return "full";
  if (error.reason == "NO_AGENTS") return "empty";
  return error.code == Code::kUnavailable ? "unavailable" : "refused";
}

}  // namespace

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
      on_contacts_(std::move(on_contacts)),
      tick_(loop) {}

PhoneDomain::~PhoneDomain() { alive_.reset(); }

void PhoneDomain::AddLine(const std::string& name, const std::string& application, Switch& line,
                          const std::string& recordings) {
  lines_[name] = {
      .name = name, .application = application, .recordings = recordings, .line = &line};
}

void PhoneDomain::Start() {
  routing_.Start();
  agents_.Start();
  conversations_->Start();
}

void PhoneDomain::Stop() {
  tick_.Cancel();
  routing_.Stop();
  agents_.Stop();
  conversations_->Stop();
}

// ------------------------------------------------------------------------------------ whose is
// what

PhoneDomain::EntryPtr PhoneDomain::MakeEntry(Line& line, const std::string& external_id) {
  auto entry = std::make_shared<Entry>();
  entry->line = &line;
  entry->external_id = external_id;
  entry->since = std::chrono::steady_clock::now();
  entry->call = std::make_unique<Call>(Call::Setting{*line.line, *this, rules_, line.application});
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
  const auto caller = by_leg_.find(LegKey(line.name, leg));
  if (caller != by_leg_.end()) return caller->second.get();
  const auto name = ParseLegName(line.application, leg);
  return name ? FindContact(name->contact) : nullptr;
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

// ------------------------------------------------------------------------------------------
// callers

bool PhoneDomain::Arrived(const std::string& line_name, const Arrival& arrival) {
  Line& line = lines_.at(line_name);
  const std::string external_id = LegKey(line_name, arrival.leg);
  if (by_external_.contains(external_id)) return true;
  const NumberRule* rule = rules_.Find(arrival.dialled);
  if (rule == nullptr) return false;
  const EntryPtr entry = MakeEntry(line, external_id);
  entry->arrival = arrival;
  entry->queue = rule->queue;
  for (const auto& [key, value] : rule->attributes) entry->arrival.attributes[key] = value;
  entry->call->SetWithheld(arrival.withheld);
  // Asked first, so that the router works while the switch answers.
  Identify(entry);
  entry->call->CameIn(arrival.leg, arrival.number, rule->queue);
  Count(*entry, false);
  return true;
}

void PhoneDomain::Identify(const EntryPtr& entry) {
  entry->submitting = true;
  if (entry->arrival.number.empty() || identifies_ >= kIdentifiesMax) return Submit(entry, {});
  ++identifies_;
  ResolveCustomerRequest request;
  request.set_request_id(io::RandomId());
  request.mutable_identity()->set_kind("phone");
  request.mutable_identity()->set_value(entry->arrival.number);
  request.set_name(entry->arrival.name);
  io::CallOptions options;
  options.token = token_();
  options.timeout = rules_.identify_limit;
  io::CallUnary<ResolveCustomerRequest, ResolveCustomerResponse>(
      loop_, options, std::move(request),
      [stub = &road_.Stub<context::v1::ContextService>()](auto* context, auto* req, auto* resp,
                                                          auto finished) {
        stub->async()->ResolveCustomer(context, req, resp, std::move(finished));
      },
      [this, entry, alive = std::weak_ptr<void>(alive_)](Result<ResolveCustomerResponse> answer) {
        if (alive.expired()) return;
        --identifies_;
        if (!answer.ok() && answer.error().code != Code::kInvalidArgument) {
          io::LogError(io::LogLevel::kWarning, "caller_not_identified", answer.error());
        }
        Submit(entry, answer.ok() ? answer->customer().id() : std::string());
      });
}

void PhoneDomain::Submit(const EntryPtr& entry, const std::string& customer_id) {
  const Arrival& arrival = entry->arrival;
  routing::v1::SubmitContactRequest request;
  request.set_channel(type::v1::CHANNEL_VOICE);
  request.set_queue(entry->queue);
  request.set_external_id(entry->external_id);
  request.set_customer_id(customer_id);
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

// --------------------------------------------------------------------------------- what switches
// say

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
  // Named `usher-c42-…`.
  const std::string& application = lines_.at(line).application;
  if (recording.rfind(application + '-', 0) != 0) return;
  const std::size_t begin = application.size() + 1;
  const std::string contact = recording.substr(begin, recording.find('-', begin) - begin);
  if (Entry* entry = FindContact(contact)) return entry->call->OnRecorded(recording, duration_s);
  NoteRecording(lines_.at(line), contact, recording, duration_s);
}

// ------------------------------------------------------------------------------------- what calls
// ask

void PhoneDomain::Command(AgentCommand command, AgentDone done) {
  agents_.Send(std::move(command), std::move(done));
}

void PhoneDomain::Accept(const std::string& contact, const std::string& agent,
                         const std::string& offer) {
  AgentCommand command;
  command.mutable_accept()->set_request_id(io::RandomId());
  command.mutable_accept()->set_agent_id(agent);
  command.mutable_accept()->set_contact_id(contact);
  command.mutable_accept()->set_offer_id(offer);
  Command(std::move(command), [this, contact, offer](const Result<AgentResult>& result) {
    if (result.ok()) return;
    LogRefusal("call_not_accepted", result.error(), contact);
    if (Entry* entry = FindContact(contact)) entry->call->OnAcceptRefused(offer);
  });
}

void PhoneDomain::Reject(const std::string& contact, const std::string& agent,
                         const std::string& offer, const std::string& reason) {
  AgentCommand command;
  command.mutable_reject()->set_request_id(io::RandomId());
  command.mutable_reject()->set_agent_id(agent);
  command.mutable_reject()->set_contact_id(contact);
  command.mutable_reject()->set_offer_id(offer);
  command.mutable_reject()->set_reason(reason);
  Command(std::move(command), [contact](const Result<AgentResult>& result) {
    if (!result.ok()) LogRefusal("call_not_rejected", result.error(), contact);
  });
}

// An agent may have accepted, or lost it, in this very moment: then the other verb fits.
void PhoneDomain::Left(const std::string& contact, bool talking) {
  const auto complete = [this, contact](channels::RoutingClient::Done done) {
    routing::v1::CompleteContactRequest request;
    request.set_contact_id(contact);
    routing_.Complete(std::move(request), std::move(done));
  };
  const auto abandon = [this, contact](channels::RoutingClient::Done done) {
    routing::v1::AbandonContactRequest request;
    request.set_contact_id(contact);
    request.set_channel(type::v1::CHANNEL_VOICE);
    routing_.Abandon(std::move(request), std::move(done));
  };
  const auto other = [this, complete, abandon, talking, contact](Result<ContactResult> result) {
    if (result.ok() || result.error().reason == "CONTACT_CLOSED") return;
    if (result.error().code == Code::kUnavailable) {
      to_leave_[contact] = talking;  // said again when the router is there
      return;
    }
    if (result.error().reason == "WRONG_CHANNEL") return;  // a callback by now: nobody left
    if (result.error().reason != "WRONG_STATE") {
      return LogRefusal("call_not_ended", result.error(), contact);
    }
    const auto last = [contact](Result<ContactResult> again) {
      if (!again.ok()) LogRefusal("call_not_ended", again.error(), contact);
    };
    talking ? abandon(last) : complete(last);
  };
  talking ? complete(other) : abandon(other);
}

void PhoneDomain::Complete(const std::string& contact, const std::string& agent) {
  AgentCommand command;
  command.mutable_complete()->set_request_id(io::RandomId());
  command.mutable_complete()->set_agent_id(agent);
  command.mutable_complete()->set_contact_id(contact);
  Command(std::move(command), [this, contact](const Result<AgentResult>& result) {
    if (!result.ok() && result.error().code == Code::kUnavailable) to_leave_[contact] = true;
    if (result.ok() || result.error().reason == "CONTACT_CLOSED" ||
        result.error().reason == "WRONG_STATE") {
      return;  // the console said so in the same moment
    }
    LogRefusal("call_not_completed", result.error(), contact);
  });
}

void PhoneDomain::Requeue(const std::string& contact, const std::string& queue) {
  routing::v1::TransferContactRequest request;
  request.set_contact_id(contact);
  request.set_to_queue(queue);
  routing_.Transfer(std::move(request), [this, contact](Result<ContactResult> result) {
    if (result.ok()) return;
    // It cannot wait again (it was passed on too often): the caller must not hear music for ever.
    LogRefusal("call_not_requeued", result.error(), contact);
    if (Entry* entry = FindContact(contact)) {
      entry->call->SayFarewell("unreachable");
      Left(contact, true);
    }
  });
}

void PhoneDomain::Hold(const std::string& contact, const std::string& agent, bool held) {
  AgentCommand command;
  if (held) {
    command.mutable_hold()->set_request_id(io::RandomId());
    command.mutable_hold()->set_agent_id(agent);
    command.mutable_hold()->set_contact_id(contact);
  } else {
    command.mutable_resume()->set_request_id(io::RandomId());
    command.mutable_resume()->set_agent_id(agent);
    command.mutable_resume()->set_contact_id(contact);
  }
  Command(std::move(command), [contact](const Result<AgentResult>& result) {
    if (!result.ok()) LogRefusal("call_not_held", result.error(), contact);
  });
}

void PhoneDomain::MakeCallback(const std::string& contact) {
  routing::v1::UpdateContactRequest request;
  request.set_contact_id(contact);
  request.set_channel(type::v1::CHANNEL_CALLBACK);
  routing_.Update(std::move(request), [this, contact](Result<ContactResult> result) {
    if (!result.ok()) LogRefusal("callback_refused", result.error(), contact);
    if (Entry* entry = FindContact(contact)) entry->call->OnCallback(result.ok());
  });
}

void PhoneDomain::Move(const std::string& contact, const std::string& queue) {
  routing::v1::UpdateContactRequest request;
  request.set_contact_id(contact);
  request.set_queue(queue);
  routing_.Update(std::move(request), [contact](Result<ContactResult> result) {
    if (!result.ok()) LogRefusal("call_not_moved", result.error(), contact);
  });
}

void PhoneDomain::Cancel(const std::string& contact, const std::string& note) {
  routing::v1::CancelContactRequest request;
  request.set_contact_id(contact);
  request.set_note(note);
  routing_.Cancel(std::move(request), [contact](Result<ContactResult> result) {
    if (!result.ok()) LogRefusal("call_not_cancelled", result.error(), contact);
  });
}

// A telephone dials agents by their ids, queues by theirs, and anybody outside by number.
void PhoneDomain::Refer(const std::string& contact, const std::string& agent,
                        const std::string& to) {
  Entry* entry = FindContact(contact);
  if (entry == nullptr) return;
  if (IsNumber(to)) {
    routing::v1::CallControl control;
    control.mutable_pass_outside()->set_number(to);
    const Result<void> done = entry->call->Control(agent, control);
    if (!done.ok()) LogRefusal("call_not_passed", done.error(), contact);
    return entry->call->OnReferred(done.ok());
  }
  AgentCommand command;
  command.mutable_transfer()->set_request_id(io::RandomId());
  command.mutable_transfer()->set_agent_id(agent);
  command.mutable_transfer()->set_contact_id(contact);
  if (rules_.queues.contains(to)) {
    command.mutable_transfer()->set_to_queue(to);
  } else {
    command.mutable_transfer()->set_to_agent(to);
  }
  Command(std::move(command), [this, contact](const Result<AgentResult>& result) {
    if (!result.ok()) LogRefusal("call_not_passed", result.error(), contact);
    if (Entry* found = FindContact(contact)) found->call->OnReferred(result.ok());
  });
}

void PhoneDomain::Recorded(const std::string& contact, const std::string& recording,
                           int duration_s) {
  if (const Entry* entry = FindContact(contact)) {
    NoteRecording(*entry->line, contact, recording, duration_s);
  }
}

void PhoneDomain::NoteRecording(const Line& line, const std::string& contact,
                                const std::string& recording, int duration_s) {
  context::v1::Message message;
  message.set_contact_id(contact);
  message.set_client_id("recording-" + recording);
  message.set_internal(true);
  message.set_text("Recording, " + std::to_string(duration_s) + " s");
  message.mutable_author()->set_side(context::v1::Author::SIDE_SYSTEM);
  context::v1::Attachment& file = *message.add_attachments();
  file.set_name(recording + ".wav");
  file.set_media_type("audio/wav");
  file.set_url(line.recordings + recording);
  conversations_->Append(std::move(message), [contact](Result<context::v1::Message> appended) {
    if (!appended.ok()) LogRefusal("recording_not_noted", appended.error(), contact);
  });
}

// ---------------------------------------------------------------------------------- what routing
// says

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
    if (!tick_.pending()) tick_.Start(kTick, [this] { Tick(); });
  }
  if (placing != placing_.end() && event.has_assigned()) {
    Placed(entry->external_id, event.agent_id() == placing->second.agent
                                   ? Result<void>()
                                   : Result<void>(Error{Code::kFailedPrecondition, "TAKEN",
                                                        "somebody else took it", "try again"}));
  }
}

void PhoneDomain::LookForSilent() {
  const Steady late = std::chrono::steady_clock::now() - rules_.unreachable_after;
  while (!dialled_.empty() && dialled_.front().at <= late) {
    const Dialled dialled = std::move(dialled_.front());
    dialled_.pop_front();
    Entry* entry = FindContact(dialled.contact);
    if (entry == nullptr || !entry->line->there) continue;
    const auto& legs = entry->call->legs();
    const auto leg = std::find_if(legs.begin(), legs.end(),
                                  [&](const Call::Leg& each) { return each.id == dialled.leg; });
    if (leg == legs.end() || leg->up || leg->ringing || leg->told_to_end) continue;
    if (!entry->rung.extract(dialled.leg).empty()) metrics_.CountRing("unreachable");
    entry->call->OnLegSilent(dialled.leg);
  }
}

// What is said at intervals, to those who wait where something is said; and telephones that give no
// sign of themselves.
void PhoneDomain::Tick() {
  LookForSilent();
  const Instant now = clock_.Now();
  for (auto it = announcing_.begin(); it != announcing_.end();) {
    Entry* entry = FindContact(*it);
    if (entry == nullptr || !entry->call->announces()) {
      it = announcing_.erase(it);
      continue;
    }
    if (entry->line->there) entry->call->OnTick(now);
    ++it;
  }
  if (!announcing_.empty() || !dialled_.empty()) tick_.Start(kTick, [this] { Tick(); });
}

void PhoneDomain::OnSnapshot(const std::vector<Contact>& open) {
  unmet_.clear();
  std::set<std::string> ids;
  for (const Contact& contact : open) ids.insert(contact.id());
  for (const Contact& contact : open) {
    if (!contact.consults().empty()) continue;
    const auto known = by_external_.find(contact.external_id());
    if (known == by_external_.end()) {
      unmet_[contact.id()] = contact;
      continue;
    }
    Bind(known->second, contact.id());
    known->second->call->OnContact(contact);
  }
  for (const Contact& contact : open) {
    if (contact.consults().empty()) continue;
    const auto main = by_contact_.find(contact.consults());
    if (main == by_contact_.end()) {
      unmet_[contact.id()] = contact;
      continue;
    }
    by_contact_[contact.id()] = main->second;
    main->second->call->OnConsult(contact);
  }
  for (const EntryPtr& entry : std::set<EntryPtr>(entries_)) {
    const std::string contact = entry->call->contact();
    if (contact.empty() || ids.contains(contact) || entry->submitting) continue;
    if (entry->call->waiting() && entry->call->has_customer()) {
      // The caller is still there: the call comes in once more.
      const Arrival arrival = entry->arrival;
      const std::string line = entry->line->name;
      Drop(entry);
      if (!arrival.leg.empty()) Arrived(line, arrival);
      continue;
    }
    entry->call->Detach();
  }
  io::Log(io::LogLevel::kInfo, "phone_contacts_met", {{"contacts", open.size()}});
  on_contacts_();
}

// ------------------------------------------------------------------------------- truth after
// trouble

void PhoneDomain::LineLost(const std::string& name) {
  lines_.at(name).there = false;
  ++lines_.at(name).round;
}

void PhoneDomain::LineBack(const std::string& name, std::vector<StandingLeg> legs,
                           std::function<void()> compared) {
  const std::uint64_t round = ++lines_.at(name).round;
  auto found = std::make_shared<Contacts>();
  auto compare = [this, name, round, legs = std::move(legs), compared = std::move(compared)] {
    Line& line = lines_.at(name);
    if (line.round != round) return;
    line.there = true;
    CompareLine(line, legs);
    compared();
  };
  ListOthers(name, round, {}, found, [this, name, found, compare = std::move(compare)] {
    ClaimAll(name, std::move(*found), compare);
  });
}

// Open contacts of the line that another process has: it stood in for this one, or this one for it.
void PhoneDomain::ListOthers(const std::string& name, std::uint64_t round,
                             const std::string& page_token, std::shared_ptr<Contacts> found,
                             std::function<void()> done) {
  using routing::v1::ListContactsRequest;
  using routing::v1::ListContactsResponse;
  ListContactsRequest request;
  request.mutable_page()->set_page_size(kContactsInPage);
  request.mutable_page()->set_page_token(page_token);
  io::CallOptions options;
  options.token = token_();
  options.timeout = kListTimeout;
  io::CallUnary<ListContactsRequest, ListContactsResponse>(
      loop_, options, std::move(request),
      [stub = &road_.Stub<routing::v1::RoutingService>()](auto* context, auto* req, auto* resp,
                                                          auto finished) {
        stub->async()->ListContacts(context, req, resp, std::move(finished));
      },
      [this, name, round, found, done = std::move(done),
       alive = std::weak_ptr<void>(alive_)](Result<ListContactsResponse> answer) {
        if (alive.expired() || lines_.at(name).round != round) return;
        if (!answer.ok()) {
          io::LogError(io::LogLevel::kWarning, "phone_others_not_listed", answer.error());
          return done();
        }
        std::set<std::string> taken;
        for (const Contact& contact : *found) taken.insert(contact.id());
        for (const Contact& contact : answer->contacts()) {
          if (contact.adapter() == routing_.adapter()) continue;
          const bool of_line = contact.external_id().rfind(name + '/', 0) == 0;
          if (of_line || taken.contains(contact.consults())) found->push_back(contact);
        }
        if (answer->page().next_page_token().empty()) return done();
        ListOthers(name, round, answer->page().next_page_token(), found, done);
      });
}

void PhoneDomain::ClaimAll(const std::string& name, Contacts contacts, std::function<void()> done) {
  if (contacts.empty()) return done();
  io::Log(io::LogLevel::kInfo, "phone_contacts_taken_over",
          {{"line", name}, {"contacts", contacts.size()}});
  auto left = std::make_shared<std::size_t>(contacts.size());
  for (Contact& contact : contacts) {
    routing::v1::ClaimContactRequest claim;
    claim.set_contact_id(contact.id());
    routing_.Claim(std::move(claim), [this, contact = std::move(contact), left,
                                      done](const Result<ContactResult>& claimed) {
      if (claimed.ok()) {
        unmet_.try_emplace(contact.id(), contact);
      } else {
        LogRefusal("call_not_taken_over", claimed.error(), contact.id());
      }
      if (--*left == 0) done();
    });
  }
}

void PhoneDomain::OnClaimed(const Event& event) {
  const std::string& id = event.contact_id();
  if (event.claimed().adapter() == routing_.adapter()) {
    if (FindContact(id) == nullptr && event.claimed().has_contact()) {
      unmet_[id] = event.claimed().contact();
    }
    return;
  }
  // Goes on at another process, with everybody who talks.
  unmet_.erase(id);
  const auto found = by_contact_.find(id);
  if (found != by_contact_.end()) Drop(EntryPtr(found->second));
}

void PhoneDomain::CompareLine(Line& line, const std::vector<StandingLeg>& legs) {
  std::map<std::string, const StandingLeg*> standing;
  std::map<std::string, Call::Standing> states;
  for (const StandingLeg& leg : legs) {
    standing[leg.id] = &leg;
    states[leg.id] = {leg.up, leg.bridge};
  }
  for (const EntryPtr& entry : std::set<EntryPtr>(entries_)) {
    if (entry->line != &line) continue;
    entry->call->Compare(states);
    if (!entry->call->contact().empty()) {
      Changed(entry->call->contact());
    } else if (!entry->call->has_customer()) {
      Drop(entry);
    }
  }
  std::vector<Contact> unmet;
  for (const auto& [id, contact] : unmet_) {
    if (LineOf(contact.external_id()) == line.name && contact.consults().empty()) {
      unmet.push_back(contact);
    }
  }
  for (const Contact& contact : unmet) Adopt(line, contact, standing);
  for (auto it = unmet_.begin(); it != unmet_.end();) {
    const auto main = by_contact_.find(it->second.consults());
    if (it->second.consults().empty() || main == by_contact_.end()) {
      ++it;
      continue;
    }
    by_contact_[it->first] = main->second;
    main->second->call->OnConsult(it->second);
    it = unmet_.erase(it);
  }
  AdoptLegs(line, legs);
  io::Log(io::LogLevel::kInfo, "phone_line_compared",
          {{"line", line.name}, {"legs", legs.size()}, {"calls", entries_.size()}});
}

// A contact of this process's former life.
void PhoneDomain::Adopt(Line& line, const Contact& contact,
                        const std::map<std::string, const StandingLeg*>& standing) {
  const auto caller = standing.find(LegOf(contact.external_id()));
  const bool there = caller != standing.end();
  const bool called = std::any_of(standing.begin(), standing.end(), [&](const auto& each) {
    const auto name = ParseLegName(line.application, each.first);
    return name && name->contact == contact.id();
  });
  const auto direction = contact.attributes().find("direction");
  const bool ours = contact.channel() == type::v1::CHANNEL_CALLBACK ||
                    (direction != contact.attributes().end() && direction->second == "outbound");
  unmet_.erase(contact.id());
  const bool assigned =
      contact.state() == Contact::STATE_ASSIGNED || contact.state() == Contact::STATE_HELD;
  if (contact.state() == Contact::STATE_WRAPPING) return;
  if (!there && !(ours && (called || !assigned))) {
    if (ours && !assigned) return;
    return Left(contact.id(), assigned);
  }
  const EntryPtr entry = MakeEntry(line, contact.external_id());
  entry->queue = contact.queue();
  if (there) {
    const StandingLeg& leg = *caller->second;
    if (leg.arrival) entry->arrival = *leg.arrival;
    const bool talking = leg.bridge == BridgeName(line.application, contact.id());
    Call::Leg customer{.id = leg.id, .address = entry->arrival.number};
    customer.ours = false;
    customer.up = leg.up;
    entry->call->MeetLeg(std::move(customer), talking);
  }
  Bind(entry, contact.id());
  entry->call->OnContact(contact);
}

// Legs that no call knows: of adopted calls, of callers whom routing does not know, or of nobody.
void PhoneDomain::AdoptLegs(Line& line, const std::vector<StandingLeg>& legs) {
  using routing::v1::CallLeg;
  for (const StandingLeg& leg : legs) {
    if (leg.arrival) {
      if (by_leg_.contains(LegKey(line.name, leg.id))) continue;
      const std::string contact = ContactOfBridge(line.application, leg.bridge);
      if (contact.empty()) {
        if (!Arrived(line.name, *leg.arrival)) line.line->SendBack(leg.id, "unknown-number");
        continue;
      }
      // Talks in a conversation that routing knows no more: goes on, and ends as it will.
      const EntryPtr entry = MakeEntry(line, LegKey(line.name, leg.id));
      Call::Leg customer{.id = leg.id, .address = leg.arrival->number};
      customer.ours = false;
      customer.up = leg.up;
      entry->call->OnSubmitted(contact);
      entry->call->MeetLeg(std::move(customer), true);
      by_contact_[contact] = entry;
      entry->call->Detach();
    }
  }
  for (const StandingLeg& leg : legs) {
    const auto name = ParseLegName(line.application, leg.id);
    if (!name || leg.arrival) continue;
    Entry* entry = FindContact(name->contact);
    if (entry == nullptr || name->kind == LegName::Kind::kSnoop) {
      line.line->HangUp(leg.id);
      continue;
    }
    Call& call = *entry->call;
    const auto known = std::any_of(call.legs().begin(), call.legs().end(),
                                   [&](const Call::Leg& each) { return each.id == leg.id; });
    if (known) continue;
    Call::Leg met{.id = leg.id, .contact = name->contact};
    met.up = leg.up;
    switch (name->kind) {
      case LegName::Kind::kCustomer:
        met.party = CallLeg::PARTY_CUSTOMER;
        break;
      case LegName::Kind::kOutside:
        met.party = CallLeg::PARTY_OUTSIDE;
        break;
      case LegName::Kind::kSupervisor:
        // How the supervisor heard is not known any more.
        line.line->HangUp(leg.id);
        continue;
      default:
        met.agent = name->who;
        met.party = name->contact == call.contact() || name->who == call.agent()
                        ? CallLeg::PARTY_AGENT
                        : CallLeg::PARTY_COLLEAGUE;
        if (met.party == CallLeg::PARTY_AGENT) met.contact = call.contact();
        break;
    }
    call.MeetLeg(std::move(met), leg.bridge == BridgeName(line.application, call.contact()));
    // Answered while nobody was here: it accepts now.
    if (leg.up) call.OnMetUp(leg.id);
    Changed(call.contact());
  }
}

// -------------------------------------------------------------------------------------------
// orders

void PhoneDomain::AnswerOrder(std::uint64_t tag, const Result<void>& done,
                              const std::string& contact) {
  routing::v1::CallOrderResult result;
  result.set_tag(tag);
  result.set_contact_id(contact);
  if (!done.ok()) {
    result.set_code(static_cast<std::uint32_t>(done.error().code));
    result.set_reason(done.error().reason);
    result.set_message(done.error().message + "; " + done.error().next_step);
  }
  routing_.AnswerOrder(std::move(result));
}

void PhoneDomain::OnOrder(const routing::v1::CallOrder& order) {
  if (order.has_place()) return Place(order);
  Entry* entry = FindContact(order.contact_id());
  if (entry == nullptr) {
    return AnswerOrder(order.tag(), Error{Code::kNotFound, "NO_SUCH_CALL",
                                          "no call stands for contact " + order.contact_id(),
                                          "look whether the contact is over"});
  }
  if (!entry->line->there) {
    return AnswerOrder(
        order.tag(), Error{Code::kUnavailable, "SWITCH_AWAY",
                           "the telephone switch cannot be reached", "try again in a few seconds"});
  }
  AnswerOrder(order.tag(), entry->call->Control(order.by(), order.control()), order.contact_id());
}

void PhoneDomain::Place(const routing::v1::CallOrder& order) {
  const routing::v1::PlaceCall& place = order.place();
  const auto line = std::find_if(lines_.begin(), lines_.end(),
                                 [](const auto& each) { return each.second.there; });
  if (line == lines_.end()) {
    return AnswerOrder(
        order.tag(), Error{Code::kUnavailable, "SWITCH_AWAY",
                           "the telephone switch cannot be reached", "try again in a few seconds"});
  }
  if (!IsNumber(place.number()) || rules_.outside_address.empty()) {
    return AnswerOrder(
        order.tag(),
        Error{Code::kInvalidArgument, "BAD_NUMBER", "the number cannot be called from here",
              "give digits, with + or * or # where needed; outside_address must be "
              "set in the phone file"});
  }
  const std::string external_id = line->first + "/place." + order.request_id();
  if (const auto known = by_external_.find(external_id); known != by_external_.end()) {
    return AnswerOrder(order.tag(), {}, known->second->call->contact());
  }
  const EntryPtr entry = MakeEntry(line->second, external_id);
  entry->queue = place.queue();
  entry->call->SetNumber(place.number());
  placing_[external_id] = {.tag = order.tag(), .agent = order.by()};
  routing::v1::SubmitContactRequest request;
  request.set_request_id(external_id.substr(0, 64));
  request.set_channel(type::v1::CHANNEL_VOICE);
  request.set_queue(place.queue());
  request.set_external_id(external_id);
  request.set_customer_id(place.customer_id());
  request.set_subject(place.subject());
  request.set_prefer(order.by());
  request.mutable_prefer_for()->set_seconds(10);
  auto& attributes = *request.mutable_attributes();
  attributes["direction"] = "outbound";
  attributes["caller"] = place.number();
  attributes["server"] = line->first;
  entry->submitting = true;
  routing_.Submit(std::move(request),
                  [this, entry, alive = std::weak_ptr<void>(alive_)](Result<ContactResult> result) {
                    if (alive.expired()) return;
                    entry->submitting = false;
                    if (!result.ok()) {
                      Placed(entry->external_id, result.error());
                      return Drop(entry);
                    }
                    const std::string contact = result->contact_id();
                    if (entry->call->contact().empty()) {
                      Bind(entry, contact);
                      entry->call->OnSubmitted(contact);
                    }
                    const auto placing = placing_.find(entry->external_id);
                    if (placing == placing_.end()) return;  // offered and accepted already
                    placing->second.contact = contact;
                    AgentCommand command;
                    command.mutable_pull()->set_request_id(io::RandomId());
                    command.mutable_pull()->set_agent_id(placing->second.agent);
                    command.mutable_pull()->set_contact_id(contact);
                    Command(std::move(command), [this, entry](const Result<AgentResult>& pulled) {
                      if (pulled.ok() || pulled.error().reason == "OFFERED")
                        return;  // she is being asked
                      if (!placing_.contains(entry->external_id)) return;
                      Placed(entry->external_id, pulled.error());
                    });
                  });
}

void PhoneDomain::Placed(const std::string& external_id, Result<void> done) {
  const auto placing = placing_.extract(external_id);
  const auto entry = by_external_.find(external_id);
  if (placing.empty()) return;
  const std::string contact =
      entry == by_external_.end() ? placing.mapped().contact : entry->second->call->contact();
  AnswerOrder(placing.mapped().tag, done, contact);
  if (!done.ok() && !contact.empty()) Cancel(contact, "not placed");
}

// --------------------------------------------------------------------------------------------
// telling

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
  for (const std::string& contact : std::exchange(changed_, {})) {
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
      if (!tick_.pending()) tick_.Start(kTick, [this] { Tick(); });
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
