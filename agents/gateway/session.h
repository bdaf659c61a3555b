// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agents/gateway/agent_desk.h"
#include "agents/gateway/gateway_config.h"
#include "agents/gateway/gateway_metrics.h"
#include "agents/gateway/router_link.h"
#include "agents/gateway/session_transport.h"
#include "agents/gateway/timeline_watch.h"
#include "base/io/access.h"
#include "base/io/conversation_cursor.h"
#include "base/io/event_loop.h"
#include "base/io/rate_window.h"
#include "base/io/token.h"
#include "usher/agents/v1/session_service.pb.h"

namespace usher::gateway {

// The wire name of the session method, by which tokens are admitted on both transports.
inline constexpr std::string_view kSessionMethod = "/usher.agents.v1.SessionService/Session";

class Session;

// What sessions use of the gateway that owns them. Everything outlives them.
struct GatewayServices {
  io::EventLoop& loop;
  const GatewayConfig& config;
  GatewayMetrics& metrics;
  const io::AccessGate& gate;
  RouterLink& router;
  // The session said a good hello: it is welcomed when its desk is due.
  std::function<void(Session&)> on_hello;
  // The services of another domain, which the session's token names; null where it is not served.
  using FindDomain = std::function<GatewayServices*(const DomainId&)>;
  FindDomain find_domain;
};

// One console's session, the same on both transports: hello, rights, requests and their answers,
// the desk, events and conversations. The agent that it acts for is its token's subject and nobody
// else. Loop thread only.
class Session : public std::enable_shared_from_this<Session> {
 public:
  // `claims` where the transport has a token already (gRPC); else hello brings it.
  Session(GatewayServices& services, std::unique_ptr<SessionTransport> transport,
          std::optional<io::Claims> claims);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void OnRequest(agents::v1::SessionRequest&& request);
  // Its console has left a message untaken for too long; the connection is being cut.
  void OnStalled();
  // A frame that is no request.
  void OnBadRequest(const Error& error);

  // Said for the session by the gateway.
  void Welcome(const agents::v1::Vocabulary& vocabulary, bool resumed);
  void ShowDesk(const agents::v1::Desk& desk);
  // Events of one batch that its agent's desk took. Of commits after `told_whole` more may come.
  void ShowEvents(const std::vector<routing::v1::Event>& events, std::uint64_t told_whole);
  // Hints, which belong to no commit.
  void ShowHint(const routing::v1::Event& hint);
  // Requests wait until the session's desk is shown.
  void DeskShown();
  void FollowConversation(const std::string& contact_id);
  void LeaveConversation(const std::string& contact_id);
  void ShowConversation(const context::v1::ConversationEvent& event);
  // Says why, then ends.
  void Close(const std::string& reason, std::optional<Duration> retry_after = {});
  // For a hello that cannot be answered.
  void RefuseHello(const Error& error, std::optional<Duration> retry_after);

  const GatewayServices& services() const { return *services_; }
  const std::string& agent_id() const { return claims_->subject; }
  const io::Claims& claims() const { return *claims_; }
  // As whom it asks the router.
  io::Acting acting() const { return {claims_->subject, claims_->role}; }
  bool supervisor() const { return claims_->role != io::Role::kAgent; }
  const agents::v1::SessionHello& hello() const { return hello_; }
  const std::string& id() const { return id_; }
  bool said_hello() const { return said_hello_; }
  bool welcomed() const { return welcomed_; }
  bool desk_shown() const { return desk_shown_; }
  // Events up to this commit are in what it was shown.
  std::uint64_t shown_up_to() const { return shown_up_to_; }
  void SetDesk(AgentDesk* desk) { desk_ = desk; }
  AgentDesk* desk() { return desk_; }

 private:
  using Request = agents::v1::SessionRequest;
  using Response = agents::v1::SessionResponse;
  using Cursor = io::ConversationCursor<context::v1::Message, context::v1::ListMessagesResponse>;

  void Hello(const Request& request);
  void StartTimers();
  void CheckHeartbeat();
  void Hold(Request&& request);

  // session_requests.cc
  void Handle(Request&& request);
  static Error NotYourself();
  void HandleConversation(Request&& request);
  template <class Verb>
  void Act(const Request& request, Verb* (agents::v1::AgentCommand::*mutable_verb)(), Verb verb);
  void SendMessage(const Request& request);
  void SendTyping(const Request& request);
  void MarkRead(const Request& request);
  void WatchTimeline(const Request& request);

  // session_calls.cc
  void ControlCall(const Request& request);
  void PlaceCall(const Request& request);
  void StartMail(const Request& request);
  void AnswerContact(const Request& request, const std::string& contact_id);

  // session_questions.cc: what the router answers as it was asked.
  struct Questions;
  void AskRouter(const Request& request);

  void Answer(const Request& request, Response response);
  void AnswerDone(const Request& request);
  void AnswerError(const Request& request, const Error& error);
  void Send(const Response& response);
  void MarkDelivered(const std::string& contact_id, const context::v1::Message& message);

  template <class Fn>
  auto Alive(Fn fn) {
    return [weak = weak_from_this(), fn = std::move(fn)](auto&&... arguments) {
      if (const auto self = weak.lock()) fn(std::forward<decltype(arguments)>(arguments)...);
    };
  }

  GatewayServices* services_;  // of any domain until the hello, for what is the same in all
  std::unique_ptr<SessionTransport> transport_;
  std::optional<io::Claims> claims_;
  const std::string id_;
  agents::v1::SessionHello hello_;
  std::uint64_t hello_tag_ = 0;
  AgentDesk* desk_ = nullptr;

  bool said_hello_ = false;
  bool welcomed_ = false;
  bool desk_shown_ = false;
  bool closed_ = false;
  std::uint64_t shown_up_to_ = 0;
  std::size_t open_requests_ = 0;
  std::deque<Request> held_;  // until the desk is shown
  std::map<std::string, std::unique_ptr<Cursor>> conversations_;
  std::unique_ptr<TimelineWatch> watch_;            // of the customer whom the console follows
  std::map<std::string, std::uint64_t> delivered_;  // to be told to the customers' side
  io::RateWindow requests_;
  io::RateWindow frames_;  // requests and pings
  std::chrono::steady_clock::time_point heard_at_;
  io::Timer hello_timer_;
  io::Timer heartbeat_timer_;
  io::Timer expiry_timer_;
  io::Timer delivered_timer_;
  io::Timer held_timer_;
};

// The error as a console reads it.
agents::v1::SessionError ToSessionError(const Error& error);

}  // namespace usher::gateway
