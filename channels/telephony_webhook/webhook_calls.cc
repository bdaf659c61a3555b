// SPDX-License-Identifier: Apache-2.0
#include "channels/telephony_webhook/webhook_calls.h"

#include <algorithm>
#include <utility>

#include "base/io/log.h"
#include "base/io/proto_time.h"
#include "base/io/random_id.h"

namespace usher::telephony_webhook {

namespace {

using cloudevents::CloudEvent;
using routing::v1::CallLeg;
using routing::v1::Contact;
using routing::v1::ContactResult;
using routing::v1::Event;

constexpr std::size_t kCallIdBytesMax = 128;
constexpr std::size_t kTextBytesMax = 256;
constexpr std::size_t kAttributesMax = 32;

Error BadCallEvent(const std::string& what) {
  return {Code::kInvalidArgument, "BAD_CALL_EVENT", what,
          "see docs/integrate/telephony-webhooks.md"};
}

// Said by whoever hears of the end second.
bool IsOver(const Error& error) {
  return error.reason == "CONTACT_CLOSED" || error.reason == "UNKNOWN_CONTACT";
}

}  // namespace

TelephonyMetrics::TelephonyMetrics(io::Metrics& registry) : registry_(registry) {
  // An increase from nothing would go unseen.
  for (const char* outcome : {"done", "refused"}) {
    registry_.AddCounter("usher_telephony_webhook_events_total",
                         "Events of telephone systems by webhook, by what came of them.",
                         {{"outcome", outcome}});
  }
  for (const char* outcome : {"taken", "unknown-call", "given-up"}) {
    registry_.AddCounter("usher_telephony_webhook_commands_total",
                         "Commands to telephone systems by webhook, by what came of them.",
                         {{"outcome", outcome}});
  }
}

void TelephonyMetrics::CountEvent(const std::string& outcome) {
  registry_
      .AddCounter("usher_telephony_webhook_events_total",
                  "Events of telephone systems by webhook, by what came of them.",
                  {{"outcome", outcome}})
      .Increment();
}

void TelephonyMetrics::CountCommand(const std::string& outcome) {
  registry_
      .AddCounter("usher_telephony_webhook_commands_total",
                  "Commands to telephone systems by webhook, by what came of them.",
                  {{"outcome", outcome}})
      .Increment();
}

WebhookCalls::WebhookCalls(io::EventLoop& loop, const TelephonyRoute& route,
                           const std::vector<TelephonySystem>& systems,
                           const CommandSender::Fetch& fetch, std::function<Instant()> now,
                           TelephonyMetrics& metrics)
    : loop_(loop),
      road_(route.road),
      token_(route.token),
      now_(std::move(now)),
      metrics_(metrics),
      look_(loop),
      routing_(loop, route.road, route.token, {.adapter = route.adapter},
               {.on_event = [this](const Event& event) { OnEvent(event); },
                .on_snapshot = [this](const std::vector<Contact>& open) { OnSnapshot(open); },
                .on_open = [this] { TellAll(); }}) {
  for (const TelephonySystem& config : systems) {
    if (config.domain != route.domain) continue;
    System& system = systems_[config.id];
    system.config = config;
    CommandSender::Options options;
    options.system = config.id;
    options.url = config.url;
    options.ca_file = config.ca_file;
    options.secret = config.secrets.front();
    system.sender = std::make_unique<CommandSender>(
        loop, std::move(options), fetch, now_,
        [this, &system](const CloudEvent& command, CommandSender::Outcome outcome) {
          OnCommand(system, command, outcome);
        });
  }
}

WebhookCalls::~WebhookCalls() = default;

void WebhookCalls::Start() {
  routing_.Start();
  Look();
}

void WebhookCalls::Stop() {
  look_.Cancel();
  routing_.Stop();
}

WebhookCalls::CallPtr WebhookCalls::FindCall(const System& system, const std::string& id) const {
  const auto found = by_external_.find(system.config.id + '/' + id);
  return found == by_external_.end() ? nullptr : found->second;
}

// ------------------------------------------------------------------------------- what a system
// tells

void WebhookCalls::Take(const std::string& system_id, const CloudEvent& event, Done done) {
  System& system = systems_.at(system_id);
  if (event.subject.empty() || event.subject.size() > kCallIdBytesMax) {
    return done(BadCallEvent("subject is not the id of a call, of 1 to 128 bytes"));
  }
  if (event.type == "call.ring") return Ring(system, event, std::move(done));
  const CallPtr call = FindCall(system, event.subject);
  if (call) call->last_word = now_();
  if (event.type == "call.answer") {
    // Of a call that is over, or that no agent has any more, it changes nothing.
    if (!call || call->agent.empty()) return done(call ? call->contact : std::string());
    if (!std::exchange(call->agent_up, true)) call->agent_since = now_();
    TellState(*call);
    return done(call->contact);
  }
  if (event.type == "call.hangup") {
    if (!call) return done(std::string());
    return HangUp(call, event, std::move(done));
  }
  done(BadCallEvent("type is none of call.ring, call.answer and call.hangup"));
}

void WebhookCalls::Ring(System& system, const CloudEvent& event, Done done) {
  const std::string to = event.Text("to");
  const auto listed = system.config.numbers.find(to);
  const std::string& queue =
      listed == system.config.numbers.end() ? system.config.queue : listed->second;
  if (queue.empty()) {
    return done(Error{Code::kNotFound, "UNKNOWN_NUMBER",
                      "no queue is for the number that was called",
                      "add it under numbers, or give the system a queue"});
  }
  const std::string from = event.Text("from");
  if (from.size() > kTextBytesMax || to.size() > kTextBytesMax ||
      event.Text("name").size() > kTextBytesMax) {
    return done(BadCallEvent("from, to or name has more than 256 bytes"));
  }
  CallPtr call = FindCall(system, event.subject);
  if (call && !call->contact.empty()) return done(call->contact);  // told again
  if (!call) {
    if (by_external_.size() >= kCallsMax) {
      return done(Error{Code::kUnavailable, "OVERLOADED", "too many calls are open",
                        "send it again, and let the system answer meanwhile"});
    }
    call = std::make_shared<Call>();
    call->system = &system;
    call->id = event.subject;
    call->caller = from;
    call->queue = queue;
    call->customer_since = call->last_word = now_();
    by_external_[system.config.id + '/' + call->id] = call;
  }
  Submit(call, event, std::move(done));
}

void WebhookCalls::Submit(const CallPtr& call, const CloudEvent& event, Done done) {
  routing::v1::SubmitContactRequest request;
  const std::string external_id = call->system->config.id + '/' + call->id;
  // Told again, it is the same contact.
  request.set_request_id("ring/" + external_id);
  if (request.request_id().size() > 64) request.set_request_id(io::RandomId());
  request.set_channel(type::v1::CHANNEL_VOICE);
  request.set_queue(call->queue);
  request.set_external_id(external_id);
  if (!call->caller.empty()) {
    request.mutable_from()->mutable_identity()->set_kind("phone");
    request.mutable_from()->mutable_identity()->set_value(call->caller);
    request.mutable_from()->set_name(event.Text("name"));
  }
  auto& attributes = *request.mutable_attributes();
  for (const auto& [key, value] : event.data.fields()) {
    if (static_cast<std::size_t>(attributes.size()) >= kAttributesMax) break;
    if (key == "from" || key == "to" || key == "name" || key.size() > 64) continue;
    const std::string text = event.Text(key);
    if (!text.empty() && text.size() <= kTextBytesMax) attributes[key] = text;
  }
  attributes["dialled"] = event.Text("to");
  if (!call->caller.empty()) attributes["caller"] = call->caller;
  if (!event.Text("name").empty()) attributes["caller_name"] = event.Text("name");
  routing_.Submit(std::move(request),
                  [this, call, external_id, done = std::move(done),
                   alive = std::weak_ptr(alive_)](const Result<ContactResult>& result) {
                    if (alive.expired()) return;
                    if (!result.ok()) {
                      if (call->contact.empty()) by_external_.erase(external_id);
                      return done(result.error());
                    }
                    if (call->contact.empty()) {
                      call->contact = result->contact_id();
                      by_contact_[call->contact] = call;
                      TellState(*call);
                    }
                    done(call->contact);
                  });
}

void WebhookCalls::HangUp(const CallPtr& call, const CloudEvent& event, Done done) {
  const std::string party = event.Text("party");
  if (call->contact.empty()) {
    return done(Error{Code::kUnavailable, "CALL_NOT_READY", "the call's ring is not recorded yet",
                      "send it again in a second"});
  }
  if (party.empty() || party == "customer") {
    call->customer_up = false;
    return Left(call, std::move(done));
  }
  if (party != "agent") return done(BadCallEvent("party is neither customer nor agent"));
  // Of an agent who has the call no more: the hang-up that follows from it.
  if (call->agent.empty()) return done(call->contact);
  // Nobody answered there: the caller waits again. One who talked has ended the call.
  if (!call->agent_up) return Requeue(call, std::move(done));
  Left(call, std::move(done));
}

void WebhookCalls::Left(const CallPtr& call, Done done) {
  const auto settle = [call, done](const Result<ContactResult>& result) {
    if (!result.ok() && !IsOver(result.error()) && result.error().reason != "WRONG_STATE") {
      return done(result.error());
    }
    done(call->contact);
  };
  const auto complete = [this, contact = call->contact](channels::RoutingClient::Done then) {
    routing::v1::CompleteContactRequest request;
    request.set_contact_id(contact);
    routing_.Complete(std::move(request), std::move(then));
  };
  const auto abandon = [this, contact = call->contact](channels::RoutingClient::Done then) {
    routing::v1::AbandonContactRequest request;
    request.set_contact_id(contact);
    routing_.Abandon(std::move(request), std::move(then));
  };
  // An agent may have accepted, or lost it, in the same moment.
  if (call->agent.empty()) {
    return abandon([complete, settle](const Result<ContactResult>& result) {
      if (result.ok() || result.error().reason != "WRONG_STATE") return settle(result);
      complete(settle);
    });
  }
  complete([abandon, settle](const Result<ContactResult>& result) {
    if (result.ok() || result.error().reason != "WRONG_STATE") return settle(result);
    abandon(settle);
  });
}

void WebhookCalls::Requeue(const CallPtr& call, Done done) {
  routing::v1::TransferContactRequest request;
  request.set_contact_id(call->contact);
  request.set_to_queue(call->queue);
  routing_.Transfer(std::move(request),
                    [this, call, done = std::move(done),
                     alive = std::weak_ptr(alive_)](const Result<ContactResult>& result) {
                      if (alive.expired()) return;
                      if (result.ok() || IsOver(result.error())) return done(call->contact);
                      if (result.error().code == Code::kUnavailable) return done(result.error());
                      // It was passed on as often as its queue allows: the caller must not wait for
                      // nobody for ever.
                      io::LogError(io::LogLevel::kWarning, "call_not_requeued", result.error(),
                                   {{"contact", call->contact}});
                      Left(call, done);
                    });
}

// ------------------------------------------------------------------------------ what routing
// decides

void WebhookCalls::OnEvent(const Event& event) {
  const auto found = by_contact_.find(event.contact_id());
  if (found == by_contact_.end()) {
    // The submit's answer, which names the contact, may come behind its first events.
    const Contact& contact =
        event.has_assigned() ? event.assigned().contact() : event.queued().contact();
    if (contact.id().empty()) return;
    Meet(contact);
    if (!by_contact_.contains(event.contact_id())) return;
    if (event.has_queued()) return;
  }
  const CallPtr call = by_contact_.at(event.contact_id());
  if (!event.queue().empty()) call->queue = event.queue();
  switch (event.kind_case()) {
    case Event::kAssigned:
      return OnAssigned(*call, event.agent_id(), now_());
    case Event::kQueued: {
      const bool again = event.queued().cause() != "submit" && event.queued().cause() != "schedule";
      call->agent.clear();
      call->agent_up = false;
      TellState(*call);
      if (again) Announce(*call, nullptr);
      return;
    }
    case Event::kPlace:
      if (event.place().position() != call->position) Announce(*call, &event.place());
      return;
    case Event::kTransferred:
      call->agent.clear();
      call->agent_up = false;
      return;
    case Event::kWrapUpStarted:
      // One who passes a contact on wraps up, too: that she did follows in the same commit.
      loop_.Post([this, call, agent = event.agent_id(), alive = std::weak_ptr(alive_)] {
        if (!alive.expired() && call->agent == agent) End(call, "completed");
      });
      return;
    case Event::kClosed:
      End(call, "closed");
      by_contact_.erase(event.contact_id());
      by_external_.erase(call->system->config.id + '/' + call->id);
      return;
    default:
      return;
  }
}

void WebhookCalls::OnAssigned(Call& call, const std::string& agent, Instant since) {
  if (call.agent == agent) return;
  call.agent = agent;
  call.agent_up = false;
  call.agent_since = since;
  call.position = 0;
  TellState(call);
  if (call.customer_up) Bridge(call);
}

// The call's end is told once; one whose customer hung up has told it itself.
void WebhookCalls::End(const CallPtr& call, const std::string& why) {
  if (!std::exchange(call->customer_up, false)) return;
  CloudEvent command = MakeCommand(*call, "call.hangup", call->contact + "/hangup");
  (*command.data.mutable_fields())["reason"].set_string_value(why);
  call->system->sender->Send(std::move(command));
  call->agent_up = false;
  TellState(*call);
}

CloudEvent WebhookCalls::MakeCommand(const Call& call, const std::string& type,
                                     const std::string& id) const {
  CloudEvent command;
  command.id = id;
  command.type = type;
  command.subject = call.id;
  command.time = io::ToProto(now_());
  auto& data = *command.data.mutable_fields();
  data["contact"].set_string_value(call.contact);
  data["queue"].set_string_value(call.queue);
  return command;
}

void WebhookCalls::Bridge(Call& call) {
  CloudEvent command = MakeCommand(call, "call.bridge", call.contact + "/bridge/" + io::RandomId());
  const auto& telephones = call.system->config.telephones;
  const auto listed = telephones.find(call.agent);
  auto& data = *command.data.mutable_fields();
  call.last_word = now_();
  data["agent"].set_string_value(call.agent);
  data["telephone"].set_string_value(listed == telephones.end() ? call.agent : listed->second);
  call.system->sender->Send(std::move(command));
}

// Without a place: the caller waits again, and is taken off the agent's telephone.
void WebhookCalls::Announce(Call& call, const routing::v1::Place* place) {
  if (!call.customer_up || !call.agent.empty()) return;
  CloudEvent command =
      MakeCommand(call, "call.announce", call.contact + "/announce/" + io::RandomId());
  auto& data = *command.data.mutable_fields();
  if (place != nullptr) {
    call.position = place->position();
    data["position"].set_number_value(place->position());
    if (place->has_estimated_wait()) {
      data["expected_wait_seconds"].set_number_value(
          static_cast<double>(place->estimated_wait().expected().seconds()));
    }
  }
  call.system->sender->Send(std::move(command), CommandSender::Keep::kNewest);
}

void WebhookCalls::OnCommand(System& system, const CloudEvent& command,
                             CommandSender::Outcome outcome) {
  metrics_.CountCommand(CommandSender::ToWord(outcome));
  const CallPtr call = FindCall(system, command.subject);
  if (call && outcome != CommandSender::Outcome::kGivenUp) call->last_word = now_();
  if (outcome == CommandSender::Outcome::kTaken) return;
  if (!call || call->contact.empty()) return;
  const auto drop = [](const Result<std::string>& done) {
    if (done.ok()) return;
    io::LogError(io::LogLevel::kWarning, "telephony_call_not_settled", done.error());
  };
  if (outcome == CommandSender::Outcome::kUnknownCall) {
    // It ended without a word. What the router cannot hear now is asked for again.
    if (!std::exchange(call->customer_up, false)) return;
    Left(call, [call, drop](const Result<std::string>& done) {
      if (!done.ok()) call->customer_up = true;
      drop(done);
    });
  } else if (command.type == "call.bridge" && !call->agent.empty() && !call->agent_up) {
    Requeue(call, drop);
  }
}

// ------------------------------------------------------------------------------------ after a loss

void WebhookCalls::Look() {
  CheckQuiet();
  look_.Start(kLookEvery, [this] { Look(); });
}

// An answer is the system's word, and so is one to any other command. One question for each call
// stands at the most.
void WebhookCalls::CheckQuiet() {
  const Instant now = now_();
  for (const auto& [contact, call] : by_contact_) {
    const Duration after = call->system->config.check_after;
    if (after == Duration{0} || !call->customer_up || now - call->last_word < after) continue;
    call->last_word = now;
    call->system->sender->Send(
        MakeCommand(*call, "call.check", contact + "/check/" + io::RandomId()),
        CommandSender::Keep::kNewest);
  }
}

void WebhookCalls::Meet(const Contact& contact) {
  const std::size_t slash = contact.external_id().find('/');
  const auto system = systems_.find(contact.external_id().substr(0, slash));
  if (slash == std::string::npos || system == systems_.end()) return;
  CallPtr& call = by_external_[contact.external_id()];
  if (!call) {
    call = std::make_shared<Call>();
    call->system = &system->second;
    call->id = contact.external_id().substr(slash + 1);
    const auto caller = contact.attributes().find("caller");
    if (caller != contact.attributes().end()) call->caller = caller->second;
  }
  call->contact = contact.id();
  call->queue = contact.queue();
  by_contact_[contact.id()] = call;
}

void WebhookCalls::OnSnapshot(const std::vector<Contact>& open) {
  std::map<std::string, CallPtr> before = std::exchange(by_contact_, {});
  for (const Contact& contact : open) {
    if (!contact.consults().empty()) continue;
    const bool known = by_external_.contains(contact.external_id());
    Meet(contact);
    const auto found = by_contact_.find(contact.id());
    if (found == by_contact_.end()) continue;
    const CallPtr call = found->second;
    before.erase(contact.id());
    if (!known) call->last_word = Instant{};
    if (contact.state() == Contact::STATE_ASSIGNED || contact.state() == Contact::STATE_HELD) {
      OnAssigned(*call, contact.agent(), known ? now_() : Instant{});
    } else if (contact.state() == Contact::STATE_WRAPPING) {
      End(call, "completed");
    } else {
      call->agent.clear();
      call->agent_up = false;
    }
  }
  // Those were closed unheard.
  for (const auto& [contact, call] : before) {
    End(call, "closed");
    by_external_.erase(call->system->config.id + '/' + call->id);
  }
  TellAll();
  CheckQuiet();
}

void WebhookCalls::TellAll() {
  for (const auto& [contact, call] : by_contact_) TellState(*call);
}

void WebhookCalls::TellState(const Call& call) {
  if (call.contact.empty()) return;
  routing::v1::CallState state;
  state.set_contact_id(call.contact);
  if (call.customer_up) {
    CallLeg& customer = *state.add_legs();
    customer.set_id("customer");
    customer.set_party(CallLeg::PARTY_CUSTOMER);
    customer.set_address(call.caller);
    customer.set_state(CallLeg::STATE_UP);
    if (call.customer_since != Instant{}) {
      *customer.mutable_since() = io::ToProto(call.customer_since);
    }
    if (!call.agent.empty()) {
      CallLeg& agent = *state.add_legs();
      agent.set_id("agent");
      agent.set_party(CallLeg::PARTY_AGENT);
      agent.set_agent_id(call.agent);
      agent.set_state(call.agent_up ? CallLeg::STATE_UP : CallLeg::STATE_RINGING);
      if (call.agent_since != Instant{}) *agent.mutable_since() = io::ToProto(call.agent_since);
    }
  }
  // Systems of this kind are told no more than bridge, announce and hang up.
  for (const char* word : {"hold", "mute", "digits", "record", "outside", "supervise"}) {
    state.add_cannot(word);
  }
  routing_.TellCall(std::move(state));
}

}  // namespace usher::telephony_webhook
