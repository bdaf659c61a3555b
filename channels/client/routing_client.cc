// SPDX-License-Identifier: Apache-2.0
#include "channels/client/routing_client.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/io/command_stream.h"
#include "base/io/log.h"
#include "base/io/random_id.h"
#include "usher/routing/v1/routing_service.grpc.pb.h"

namespace usher::channels {

using routing::v1::ContactCommand;
using routing::v1::RouteContactsRequest;
using routing::v1::RouteContactsResponse;

namespace {

constexpr std::size_t kHeldInMessage = 1'000;  // of the contract
constexpr int kCallsInMessage = 500;           // of at most 16 legs: far below gRPC's 4 MiB

}  // namespace

struct RoutingClient::State {
  using Stream = io::CommandStream<RouteContactsRequest, RouteContactsResponse>;

  State(io::EventLoop& loop, io::LeaderChannel& to, std::function<std::string()> token,
        Config client_config, Hooks client_hooks)
      : config(std::move(client_config)),
        hooks(std::move(client_hooks)),
        road(to),
        stream(loop,
               {.name = "route_contacts",
                .commands_max = config.commands_max,
                .answer_timeout = config.answer_timeout,
                .backoff = io::kLeaderBackoff},
               {.start =
                    [this](auto* context, auto* reactor) {
                      auto& stub = road.Stub<routing::v1::RoutingService>(tried);
                      stub.async()->RouteContacts(context, reactor);
                    },
                .options = [token = std::move(token)] { return io::WithToken(token()); },
                .hello = [this](RouteContactsRequest& first) { SayHello(*first.mutable_hello()); },
                .fill =
                    [this](RouteContactsRequest& message) {
                      if (!MaySpeak()) return false;
                      const bool held_more = FillHeld(message);
                      return FillCalls(message) || held_more;
                    },
                .on_open = [this] { Opened(); },
                .on_message = [this](RouteContactsResponse&& message) { Received(message); },
                .on_lost = [this](const Error& error) { Lost(error); }}) {}

  // One that may have to stand by says nothing before it knows.
  bool MaySpeak() const { return !config.standby || is_welcomed; }

  void Lost(const Error& error) {
    road.MoveOn(tried);
    stands_by = false;
    if (std::exchange(is_welcomed, false) && hooks.on_lost) hooks.on_lost(error);
  }

  void StandBy() {
    if (std::exchange(stands_by, true)) return;
    io::Log(io::LogLevel::kInfo, "adapter_stands_by", {{"adapter", config.adapter}});
    if (hooks.on_standing_by) hooks.on_standing_by();
  }

  void Welcomed() {
    is_welcomed = true;
    if (config.standby) stream.Wake();
    if (!std::exchange(stands_by, false)) return;
    io::Log(io::LogLevel::kInfo, "adapter_takes_over", {{"adapter", config.adapter}});
  }

  void SayHello(routing::v1::RouteContactsHello& hello) {
    snapshot.clear();
    hello.set_adapter(config.adapter);
    hello.set_standby(config.standby);
    if (sequence && !config.standby) hello.set_after_sequence(*sequence);
    hello.set_takes_call_orders(config.takes_call_orders);
    hello.set_takes_mail_orders(config.takes_mail_orders);
  }

  void Opened() {
    calls.clear();
    order_results.clear();
    StartReconciling();
    if (hooks.on_open) hooks.on_open();
  }

  bool FillCalls(RouteContactsRequest& message) {
    while (!calls.empty() && message.calls_size() < kCallsInMessage) {
      *message.add_calls() = std::move(calls.begin()->second);
      calls.erase(calls.begin());
    }
    for (auto& result : std::exchange(order_results, {})) {
      *message.add_order_results() = std::move(result);
    }
    return message.calls_size() > 0 || message.order_results_size() > 0;
  }

  // The list of what is held, while it is not answered.
  struct Held {
    std::vector<std::string> contact_ids;
    std::vector<std::string> external_ids;
    std::function<void(const Reconciled&)> done;
    std::size_t said = 0;  // on the present stream: of both, one behind the other
    bool complete = false;
    Reconciled result{};
  };

  void StartReconciling() {
    if (!held) return;
    held->said = 0;
    held->complete = false;
    held->result = {};
  }

  bool FillHeld(RouteContactsRequest& message) {
    if (!held || held->complete) return false;
    routing::v1::HeldContacts& part = *message.mutable_held();
    const std::size_t ids = held->contact_ids.size();
    const std::size_t all = ids + held->external_ids.size();
    const std::size_t end = std::min(all, held->said + kHeldInMessage);
    for (; held->said < end; ++held->said) {
      if (held->said < ids) {
        part.add_contact_ids(held->contact_ids[held->said]);
      } else {
        part.add_external_ids(held->external_ids[held->said - ids]);
      }
    }
    held->complete = held->said == all;
    part.set_last(held->complete);
    return true;
  }

  void Compared(const routing::v1::Reconciled& part) {
    if (!held) return;
    Reconciled& result = held->result;
    for (const std::string& id : part.unknown_contact_ids()) {
      result.unknown_contact_ids.push_back(id);
    }
    for (const std::string& id : part.unknown_external_ids()) {
      result.unknown_external_ids.push_back(id);
    }
    if (!part.last()) return;
    result.lost = part.lost();
    const auto answered = std::exchange(held, std::nullopt);
    if (answered->done) answered->done(answered->result);
  }

  void Received(const RouteContactsResponse& message) {
    if (message.standing_by()) StandBy();
    if (message.has_welcome() && !message.welcome().more_contacts()) Welcomed();
    if (message.has_welcome() && !message.welcome().resumed()) {
      const auto& contacts = message.welcome().contacts();
      snapshot.insert(snapshot.end(), contacts.begin(), contacts.end());
      if (message.welcome().more_contacts()) return;
      const std::vector<routing::v1::Contact> whole = std::exchange(snapshot, {});
      if (hooks.on_snapshot) hooks.on_snapshot(whole);
    }
    for (const routing::v1::Event& event : message.events()) hooks.on_event(event);
    if (message.has_reconciled()) Compared(message.reconciled());
    for (const routing::v1::CallOrder& order : message.call_orders()) {
      if (hooks.on_call_order) hooks.on_call_order(order);
    }
    // Behind the events, so that what was not dealt with comes again.
    if (message.sequence() > sequence.value_or(0) || message.has_welcome()) {
      sequence = message.sequence();
    }
  }

  template <class Request>
  void Send(Request* (ContactCommand::*mutable_request)(), Request request, Done done) {
    if (!MaySpeak()) return stream.Refuse(std::move(done), NotWelcomed());
    if (request.request_id().empty()) request.set_request_id(io::RandomId());
    ContactCommand command;
    *(command.*mutable_request)() = std::move(request);
    stream.Send(std::move(command), std::move(done), {.timeout = {}, .again = !config.standby});
  }

  Error NotWelcomed() const {
    if (!stands_by) {
      return {Code::kUnavailable, "ROUTER_UNREACHABLE", "the router does not answer",
              "try again in a few seconds"};
    }
    return {Code::kUnavailable, "STANDS_BY",
            "another process has the name " + config.adapter + ", and this one stands by",
            "ask the other one; this one goes on when it ends"};
  }

  const Config config;
  const Hooks hooks;
  io::LeaderChannel& road;
  io::LeaderChannel::Place tried = 0;  // by the present stream
  bool stands_by = false;
  bool is_welcomed = false;  // by the present stream
  std::optional<std::uint64_t> sequence;
  std::optional<Held> held;
  std::vector<routing::v1::Contact> snapshot;           // its parts so far
  std::map<std::string, routing::v1::CallState> calls;  // by contact, not sent yet
  std::vector<routing::v1::CallOrderResult> order_results;
  Stream stream;
};

RoutingClient::RoutingClient(io::EventLoop& loop, io::LeaderChannel& road,
                             std::function<std::string()> token, Config config, Hooks hooks)
    : state_(std::make_unique<State>(loop, road, std::move(token), std::move(config),
                                     std::move(hooks))) {}
RoutingClient::~RoutingClient() = default;

void RoutingClient::Start() { state_->stream.Start(); }
void RoutingClient::Stop() { state_->stream.Stop(); }
const std::string& RoutingClient::adapter() const { return state_->config.adapter; }
bool RoutingClient::connected() const { return state_->stream.connected(); }
bool RoutingClient::stands_by() const { return state_->stands_by; }
std::optional<std::uint64_t> RoutingClient::sequence() const { return state_->sequence; }

void RoutingClient::Submit(routing::v1::SubmitContactRequest request, Done done) {
  state_->Send(&ContactCommand::mutable_submit, std::move(request), std::move(done));
}
void RoutingClient::Cancel(routing::v1::CancelContactRequest request, Done done) {
  state_->Send(&ContactCommand::mutable_cancel, std::move(request), std::move(done));
}
void RoutingClient::Abandon(routing::v1::AbandonContactRequest request, Done done) {
  state_->Send(&ContactCommand::mutable_abandon, std::move(request), std::move(done));
}
void RoutingClient::Transfer(routing::v1::TransferContactRequest request, Done done) {
  state_->Send(&ContactCommand::mutable_transfer, std::move(request), std::move(done));
}
void RoutingClient::Complete(routing::v1::CompleteContactRequest request, Done done) {
  state_->Send(&ContactCommand::mutable_complete, std::move(request), std::move(done));
}
void RoutingClient::Update(routing::v1::UpdateContactRequest request, Done done) {
  state_->Send(&ContactCommand::mutable_update, std::move(request), std::move(done));
}

void RoutingClient::Claim(routing::v1::ClaimContactRequest request, Done done) {
  state_->Send(&ContactCommand::mutable_claim, std::move(request), std::move(done));
}

void RoutingClient::TellCall(routing::v1::CallState state) {
  std::string contact = state.contact_id();
  state_->calls.insert_or_assign(std::move(contact), std::move(state));
  state_->stream.Wake();
}

void RoutingClient::AnswerOrder(routing::v1::CallOrderResult result) {
  state_->order_results.push_back(std::move(result));
  state_->stream.Wake();
}

void RoutingClient::Reconcile(std::vector<std::string> contact_ids,
                              std::vector<std::string> external_ids,
                              std::function<void(const Reconciled&)> done) {
  if (state_->held) return;
  state_->held.emplace(
      State::Held{std::move(contact_ids), std::move(external_ids), std::move(done)});
  state_->stream.Wake();
}

}  // namespace usher::channels
