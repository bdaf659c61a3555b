// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/io/event_loop.h"
#include "base/io/leader_channel.h"
#include "base/io/metrics.h"
#include "base/result.h"
#include "base/time.h"
#include "channels/client/routing_client.h"
#include "channels/cloudevents/cloud_event.h"
#include "channels/telephony_webhook/command_sender.h"
#include "channels/telephony_webhook/telephony_config.h"
#include "usher/routing/v1/event.pb.h"

namespace usher::telephony_webhook {

// The way to the router of one domain.
struct TelephonyRoute {
  DomainId domain;
  std::string adapter;  // the subject of its token; unique in the domain
  io::LeaderChannel& road;
  std::function<std::string()> token;
};

// What is counted.
struct TelephonyMetrics {
  explicit TelephonyMetrics(io::Metrics& registry);
  void CountEvent(const std::string& outcome);    // done, refused
  void CountCommand(const std::string& outcome);  // CommandSender::ToWord

 private:
  io::Metrics& registry_;
};

// The calls of one domain at all its telephone systems. What a system tells moves the contact, and
// is answered when that is recorded; what routing decides moves the call, by commands:
//
//   call.ring, call.answer, call.hangup         from the system (Take)
//   call.bridge, call.announce, call.hangup,
//   call.check                                  to it
//
// What ends while nobody can say so is found by asking: a call that a process meets anew, or of
// which nothing was heard for `check_after`, is asked for (call.check); one that the system does
// not have has ended.
//
// Nothing is kept but what the open contacts say: after a restart the calls are made of them anew.
// Loop thread only.
class WebhookCalls {
 public:
  static constexpr std::size_t kCallsMax = 20'000;  // open; beyond it OVERLOADED
  static constexpr Duration kLookEvery{1'000};      // for calls to ask for

  // The contact's id, or "" where the event was about no call that is open.
  using Done = std::function<void(Result<std::string>)>;

  WebhookCalls(io::EventLoop& loop, const TelephonyRoute& route,
               const std::vector<TelephonySystem>& systems, const CommandSender::Fetch& fetch,
               std::function<Instant()> now, TelephonyMetrics& metrics);
  ~WebhookCalls();
  WebhookCalls(const WebhookCalls&) = delete;
  WebhookCalls& operator=(const WebhookCalls&) = delete;

  void Start();
  void Stop();

  // One event of a system. INVALID_ARGUMENT/BAD_CALL_EVENT, NOT_FOUND/UNKNOWN_NUMBER, UNAVAILABLE:
  // send it again; and what the router refuses.
  void Take(const std::string& system, const cloudevents::CloudEvent& event, Done done);

 private:
  struct System {
    TelephonySystem config;
    std::unique_ptr<CommandSender> sender;
  };
  struct Call {
    System* system = nullptr;
    std::string id{};       // the system's
    std::string contact{};  // "" until it is submitted
    std::string caller{};
    std::string queue{};
    std::string agent{};    // who has it
    bool agent_up = false;  // her telephone was answered
    bool customer_up = true;
    // Since when the customer is there, and the agent rings or talks; zero: before a restart.
    Instant customer_since{};
    Instant agent_since{};
    std::uint32_t position = 0;  // announced last
    Instant last_word{};         // of the system about it, or to the system; zero: met anew
  };
  using CallPtr = std::shared_ptr<Call>;

  void Ring(System& system, const cloudevents::CloudEvent& event, Done done);
  void Submit(const CallPtr& call, const cloudevents::CloudEvent& event, Done done);
  void HangUp(const CallPtr& call, const cloudevents::CloudEvent& event, Done done);
  void Left(const CallPtr& call, Done done);
  void Requeue(const CallPtr& call, Done done);

  void OnEvent(const routing::v1::Event& event);
  void OnSnapshot(const std::vector<routing::v1::Contact>& open);
  void Meet(const routing::v1::Contact& contact);
  // `since`: when that was; zero: not known.
  void OnAssigned(Call& call, const std::string& agent, Instant since);
  void End(const CallPtr& call, const std::string& why);
  void Bridge(Call& call);
  void Announce(Call& call, const routing::v1::Place* place);
  void CheckQuiet();
  void Look();
  void OnCommand(System& system, const cloudevents::CloudEvent& command,
                 CommandSender::Outcome outcome);
  void TellState(const Call& call);
  void TellAll();
  CallPtr FindCall(const System& system, const std::string& id) const;
  cloudevents::CloudEvent MakeCommand(const Call& call, const std::string& type,
                                      const std::string& id) const;

  io::EventLoop& loop_;
  io::LeaderChannel& road_;
  const std::function<std::string()> token_;
  const std::function<Instant()> now_;
  TelephonyMetrics& metrics_;
  io::Timer look_;
  std::map<std::string, System> systems_;
  std::map<std::string, CallPtr> by_external_;  // `system/call`
  std::map<std::string, CallPtr> by_contact_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
  channels::RoutingClient routing_;
};

}  // namespace usher::telephony_webhook
