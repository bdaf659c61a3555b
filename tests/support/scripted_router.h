// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/io/event_loop.h"
#include "base/io/grpc_server.h"
#include "usher/agents/v1/agent_service.pb.h"
#include "usher/context/v1/case_service.pb.h"
#include "usher/context/v1/context_service.pb.h"
#include "usher/routing/v1/routing_service.pb.h"

namespace usher::testing {

// A gRPC server that answers the router's services as far as the edges use them, from plain maps:
// what happens to a contact is said by the test, not by routing. A contact of no adapter is told to
// all of them, any other to its own. It can be stopped and started again on its port with
// everything that it knows, which is what a router that was killed looks like.
class ScriptedRouter {
 public:
  struct State {
    std::uint64_t sequence = 0;
    std::map<std::string, routing::v1::Contact> contacts;
    std::vector<routing::v1::Event> log;
    std::map<std::string, std::vector<context::v1::Message>> conversations;
    std::map<std::string, std::vector<context::v1::Mark>> marks;
    std::vector<context::v1::ConversationTyping> typing;
    std::map<std::string, agents::v1::Agent> agents;
    std::map<std::string, context::v1::Customer> customers;
    std::vector<agents::v1::AgentCommand> agent_commands;  // but attach and detach
    std::vector<agents::v1::ControlCallRequest> controls;  // that came unary
    std::vector<agents::v1::PlaceCallRequest> placed;
    std::vector<std::string> attached;  // agents, in the order of attaching
    std::vector<std::string> detached;
    std::vector<routing::v1::ContactCommand> contact_commands;
    std::vector<context::v1::AddNoteRequest> notes;
    std::vector<context::v1::ResolveCustomerRequest> resolved;
    std::vector<context::v1::MergeCustomersRequest> merged;
    std::vector<context::v1::OpenCaseRequest> opened_cases;
    std::vector<context::v1::WatchTimelineRequest> watched;
    std::map<std::string, std::vector<context::v1::TimelineEntry>> timelines;  // for watches
    std::vector<routing::v1::HeldContacts> held;  // what adapters said that they still have
    std::vector<routing::v1::CallState> calls;    // what adapters told of calls
    std::vector<routing::v1::CallOrderResult> order_results;
    std::map<std::string, std::string> refuse_queue;  // queue to the reason that submits get
    std::vector<std::string> tokens;                  // of all calls
    std::vector<std::string> acting;                  // of all calls: "ann agent", "" for nobody
    int route_messages = 0;                           // with commands
    int unavailable_appends = 0;                      // so many are answered UNAVAILABLE
    int route_streams = 0;                            // opened so far
    int answers_to_drop = 0;     // so many contact commands take effect but are not answered:
                                 // the stream breaks instead
    bool resume_lost = false;    // routes never resume
    bool name_is_taken = false;  // routes that can stand by do so; see FreeName
  };

  ScriptedRouter();
  ~ScriptedRouter();

  std::string address() const;
  void Stop();
  void Restart();

  // Waits until `fits` holds; false after ten seconds.
  bool Await(const std::function<bool(const State&)>& fits);
  // Reads or changes the state; what is changed here is not told.
  void With(const std::function<void(State&)>& fn);

  // Things that happen, told to whom they concern.
  void Offer(const std::string& contact_id, const std::string& agent_id);
  void Assign(const std::string& contact_id, const std::string& agent_id);
  void Tell(routing::v1::Event event);
  // How a call stands, to one person; nothing is recorded.
  void Hint(routing::v1::Event hint);
  void Close(const std::string& contact_id, routing::v1::Contact::Outcome outcome);
  // Somebody wants something done with a call: to every adapter of calls.
  void Order(const routing::v1::CallOrder& order);
  // Who stands by is welcomed.
  void FreeName();
  // A new entry of the customer's timeline, told to whoever watches it.
  void Happen(const std::string& customer_id, const std::string& entry_id);
  void Say(const std::string& contact_id, context::v1::Author::Side side, const std::string& text);

  struct Core;

 private:
  std::unique_ptr<Core> core_;
};

}  // namespace usher::testing
