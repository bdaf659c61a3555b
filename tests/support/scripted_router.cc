// SPDX-License-Identifier: Apache-2.0
#include "tests/support/scripted_router.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include <grpcpp/server_context.h>

#include "base/io/server_stream.h"
#include "usher/agents/v1/agent_service.grpc.pb.h"
#include "usher/context/v1/case_service.grpc.pb.h"
#include "usher/context/v1/context_service.grpc.pb.h"
#include "usher/routing/v1/routing_service.grpc.pb.h"

namespace usher::testing {

namespace {

using agents::v1::AgentCommand;
using agents::v1::AgentResult;
using agents::v1::ServeAgentsRequest;
using agents::v1::ServeAgentsResponse;
using context::v1::ConverseCommand;
using context::v1::ConverseRequest;
using context::v1::ConverseResponse;
using context::v1::ConverseResult;
using context::v1::Message;
using routing::v1::Contact;
using routing::v1::ContactCommand;
using routing::v1::ContactResult;
using routing::v1::Event;
using routing::v1::RouteContactsRequest;
using routing::v1::RouteContactsResponse;

template <class Req, class Resp>
class QueueHandler : public io::StreamHandler<Req, Resp> {
 public:
  using Stream = io::ServerStream<Req, Resp>;
  explicit QueueHandler(Stream& stream) : stream_(stream) {}
  bool Fill(Resp& message) override {
    if (out_.empty()) return false;
    message = std::move(out_.front());
    out_.erase(out_.begin());
    return true;
  }
  void OnHalfClose() override { stream_.Finish({}); }
  void Push(Resp message) {
    out_.push_back(std::move(message));
    stream_.Wake();
  }
  void Break() {
    stream_.Finish(Error{Code::kUnavailable, "BROKEN", "the test broke the stream", ""});
  }

 protected:
  Stream& stream_;
  std::vector<Resp> out_;
};

}  // namespace

struct ScriptedRouter::Core {
  class RouteHandler;
  class AgentsHandler;
  class ConverseHandler;
  class TimelineHandler;
  class Routing;
  class Agents;
  class Context;
  class Cases;

  io::EventLoop loop;
  std::unique_ptr<io::GrpcServer> server;
  std::unique_ptr<Routing> routing;
  std::unique_ptr<Agents> agents;
  std::unique_ptr<Context> context;
  std::unique_ptr<Cases> cases;
  int port = 0;

  std::mutex mutex;
  std::condition_variable changed;
  State state;

  // Loop thread.
  std::set<RouteHandler*> routes;
  std::set<AgentsHandler*> gateways;
  std::set<ConverseHandler*> talkers;
  std::set<TimelineHandler*> watchers;

  void Change(const std::function<void(State&)>& fn) {
    {
      std::lock_guard lock(mutex);
      fn(state);
    }
    changed.notify_all();
  }

  void SeeToken(const grpc::CallbackServerContext& call) {
    const auto header = [&call](const char* name) {
      const auto found = call.client_metadata().find(name);
      return found == call.client_metadata().end()
                 ? std::string()
                 : std::string(found->second.data(), found->second.size());
    };
    const std::string person = header(io::kActingForHeader);
    Change([&](State& now) {
      now.tokens.push_back(header("authorization"));
      now.acting.push_back(person.empty() ? "" : person + " " + header(io::kActingRoleHeader));
    });
  }

  void Record(Event event);
  void Announce(const Event& event);
  ContactResult Do(const ContactCommand& command, const std::string& adapter);
  ContactResult Claim(const routing::v1::ClaimContactRequest& claim, const std::string& adapter,
                      ContactResult result);
  ConverseResult Append(Message message);
  Contact CopyOf(const std::string& contact_id) {
    std::lock_guard lock(mutex);
    const auto found = state.contacts.find(contact_id);
    return found == state.contacts.end() ? Contact() : found->second;
  }
};

// ----------------------------------------------------------------------------------------- streams

class ScriptedRouter::Core::RouteHandler final
    : public QueueHandler<RouteContactsRequest, RouteContactsResponse> {
 public:
  RouteHandler(Core& core, Stream& stream) : QueueHandler(stream), core_(core) {
    core_.routes.insert(this);
    core_.Change([](State& now) { ++now.route_streams; });
  }
  bool OnMessage(RouteContactsRequest&& message) override {
    if (message.has_hello()) Hello(message.hello());
    if (message.calls_size() > 0 || message.order_results_size() > 0) {
      core_.Change([&](State& now) {
        now.calls.insert(now.calls.end(), message.calls().begin(), message.calls().end());
        now.order_results.insert(now.order_results.end(), message.order_results().begin(),
                                 message.order_results().end());
      });
    }
    if (message.commands_size() > 0) core_.Change([](State& now) { ++now.route_messages; });
    for (const ContactCommand& command : message.commands()) {
      const ContactResult result = core_.Do(command, adapter_);
      bool drop = false;
      core_.Change(
          [&](State& now) { drop = now.answers_to_drop > 0 && now.answers_to_drop-- > 0; });
      if (drop) {
        out_.clear();
        Break();
        return false;
      }
      RouteContactsResponse response;
      *response.add_results() = result;
      Push(std::move(response));
    }
    if (message.has_held()) {
      core_.Change([&](State& now) { now.held.push_back(message.held()); });
      RouteContactsResponse response;
      response.mutable_reconciled()->set_last(message.held().last());
      Push(std::move(response));
    }
    return true;
  }
  void OnDone() override { core_.routes.erase(this); }

  bool takes_call_orders() const { return takes_call_orders_; }
  void WelcomeIfWaiting() {
    if (waiting_) Hello(*std::exchange(waiting_, std::nullopt));
  }
  bool IsFor(const std::string& adapter) const { return adapter.empty() || adapter == adapter_; }

 private:
  void Hello(const routing::v1::RouteContactsHello& hello) {
    adapter_ = hello.adapter();
    takes_call_orders_ = hello.takes_call_orders();
    RouteContactsResponse response;
    core_.Change(
        [&](State& now) { response.set_standing_by(hello.standby() && now.name_is_taken); });
    if (response.standing_by()) {
      waiting_ = hello;
      return Push(std::move(response));
    }
    core_.Change([&](State& now) {
      const bool resumed = hello.has_after_sequence() && !now.resume_lost;
      response.mutable_welcome()->set_resumed(resumed);
      response.set_sequence(now.sequence);
      if (!resumed) {
        for (const auto& [id, contact] : now.contacts) {
          if (contact.state() != Contact::STATE_CLOSED && IsFor(contact.adapter())) {
            *response.mutable_welcome()->add_contacts() = contact;
          }
        }
        return;
      }
      for (const Event& event : now.log) {
        if (event.sequence() > hello.after_sequence()) *response.add_events() = event;
      }
    });
    Push(std::move(response));
  }
  Core& core_;
  std::string adapter_;
  bool takes_call_orders_ = false;
  std::optional<routing::v1::RouteContactsHello> waiting_;
};

class ScriptedRouter::Core::AgentsHandler final
    : public QueueHandler<ServeAgentsRequest, ServeAgentsResponse> {
 public:
  AgentsHandler(Core& core, Stream& stream) : QueueHandler(stream), core_(core) {
    core_.gateways.insert(this);
  }
  bool OnMessage(ServeAgentsRequest&& message) override {
    if (message.has_hello()) {
      ServeAgentsResponse response;
      response.mutable_vocabulary()->add_not_ready_reasons("lunch");
      response.mutable_vocabulary()->add_dispositions("sold");
      response.mutable_vocabulary()->mutable_disconnect_grace()->set_seconds(30);
      Push(std::move(response));
    }
    for (const AgentCommand& command : message.commands()) Do(command);
    return true;
  }
  void OnDone() override { core_.gateways.erase(this); }
  bool serves(const std::string& agent_id) const { return attached_.contains(agent_id); }

 private:
  void Do(const AgentCommand& command) {
    ServeAgentsResponse response;
    AgentResult& result = *response.add_results();
    result.set_tag(command.tag());
    core_.Change([&](State& now) {
      if (command.has_attach()) {
        const std::string& id = command.attach().agent_id();
        if (!now.agents.contains(id)) {
          result.set_code(5);
          result.set_reason("UNKNOWN_AGENT");
          return;
        }
        attached_.insert(id);
        now.attached.push_back(id);
        *response.add_desks() = DeskOf(now, id);
      } else if (command.has_detach()) {
        attached_.erase(command.detach().agent_id());
        now.detached.push_back(command.detach().agent_id());
      } else {
        now.agent_commands.push_back(command);
        if (command.has_reject()) {
          result.set_code(9);
          result.set_reason("NOT_OFFERED");
          result.set_message("nothing is offered");
        }
        if (command.has_consult()) result.set_contact_id("c8");
      }
    });
    Push(std::move(response));
  }

 public:
  static agents::v1::Desk DeskOf(const State& now, const std::string& id) {
    agents::v1::Desk desk;
    *desk.mutable_agent() = now.agents.at(id);
    desk.set_sequence(now.sequence);
    for (const auto& [contact_id, contact] : now.contacts) {
      if (contact.agent() == id && contact.state() == Contact::STATE_ASSIGNED) {
        *desk.add_contacts() = contact;
      }
    }
    return desk;
  }

 private:
  Core& core_;
  std::set<std::string> attached_;
};

// The customer at first, then the entries after the one that was named, each once.
class ScriptedRouter::Core::TimelineHandler final
    : public io::FeedHandler<context::v1::WatchTimelineResponse> {
 public:
  using Feed = io::ServerFeed<context::v1::WatchTimelineResponse>;
  TimelineHandler(Core& core, Feed& feed, context::v1::WatchTimelineRequest request)
      : core_(core), feed_(feed), request_(std::move(request)) {
    core_.watchers.insert(this);
    core_.Change([&](State& now) { now.watched.push_back(request_); });
  }
  bool Fill(context::v1::WatchTimelineResponse& message) override {
    core_.Change([&](State& now) {
      if (!std::exchange(begun_, true)) {
        message.mutable_customer()->set_id(request_.customer_id());
      }
      for (const context::v1::TimelineEntry& entry : now.timelines[request_.customer_id()]) {
        if (entry.id() <= request_.after_entry()) continue;
        *message.add_entries() = entry;
      }
    });
    if (message.entries_size() > 0) request_.set_after_entry(message.entries().rbegin()->id());
    return message.has_customer() || message.entries_size() > 0;
  }
  void OnDone() override { core_.watchers.erase(this); }
  void Wake() { feed_.Wake(); }

 private:
  Core& core_;
  Feed& feed_;
  context::v1::WatchTimelineRequest request_;
  bool begun_ = false;
};

class ScriptedRouter::Core::ConverseHandler final
    : public QueueHandler<ConverseRequest, ConverseResponse> {
 public:
  ConverseHandler(Core& core, Stream& stream) : QueueHandler(stream), core_(core) {
    core_.talkers.insert(this);
  }
  bool OnMessage(ConverseRequest&& message) override {
    for (const ConverseCommand& command : message.commands()) Do(command);
    return true;
  }
  void OnDone() override { core_.talkers.erase(this); }

  void Told(const context::v1::ConversationEvent& event) {
    if (!watched_.contains(event.contact_id())) return;
    ConverseResponse response;
    *response.add_events() = event;
    Push(std::move(response));
  }

 private:
  void Do(const ConverseCommand& command) {
    ConverseResult result;
    result.set_tag(command.tag());
    ConverseResponse response;
    if (command.has_watch()) {
      watched_.insert(command.watch().contact_id());
      core_.Change([&](State& now) {
        for (const Message& message : now.conversations[command.watch().contact_id()]) {
          if (message.id() <= command.watch().after_message()) continue;
          auto* event = response.add_events();
          event->set_contact_id(command.watch().contact_id());
          *event->mutable_message() = message;
        }
      });
    } else if (command.command_case() == ConverseCommand::kUnwatch) {
      watched_.erase(command.unwatch());
    } else if (command.has_append()) {
      result = core_.Append(command.append());
      result.set_tag(command.tag());
    } else if (command.has_mark()) {
      context::v1::ConversationEvent event;
      event.set_contact_id(command.mark().contact_id());
      *event.mutable_mark() = command.mark().mark();
      core_.Change([&](State& now) {
        now.marks[command.mark().contact_id()].push_back(command.mark().mark());
      });
      for (ConverseHandler* talker : core_.talkers) talker->Told(event);
    } else if (command.has_typing()) {
      context::v1::ConversationEvent event;
      event.set_contact_id(command.typing().contact_id());
      *event.mutable_typing() = command.typing().typing();
      core_.Change([&](State& now) { now.typing.push_back(command.typing()); });
      for (ConverseHandler* talker : core_.talkers) talker->Told(event);
    }
    *response.add_results() = result;
    Push(std::move(response));
  }
  Core& core_;
  std::set<std::string> watched_;
};

// ------------------------------------------------------------------------------------------
// effects

// A decision: numbered, kept and told.
void ScriptedRouter::Core::Record(Event event) {
  Change([&](State& now) {
    if (!event.has_place()) event.set_sequence(++now.sequence);
    if (!event.has_place()) now.log.push_back(event);
  });
  Announce(event);
}

void ScriptedRouter::Core::Announce(const Event& event) {
  const std::string adapter = CopyOf(event.contact_id()).adapter();
  for (RouteHandler* route : routes) {
    const bool concerned = route->IsFor(adapter) ||
                           (event.has_claimed() && route->IsFor(event.claimed().from_adapter()));
    if (!concerned) continue;
    RouteContactsResponse response;
    *response.add_events() = event;
    response.set_sequence(event.sequence());
    route->Push(std::move(response));
  }
  for (AgentsHandler* gateway : gateways) {
    if (event.agent_id().empty() || !gateway->serves(event.agent_id())) continue;
    ServeAgentsResponse response;
    *response.add_events() = event;
    response.set_sequence(event.sequence());
    gateway->Push(std::move(response));
  }
}

ContactResult ScriptedRouter::Core::Claim(const routing::v1::ClaimContactRequest& claim,
                                          const std::string& adapter, ContactResult result) {
  Event event;
  Change([&](State& now) {
    for (auto& [id, contact] : now.contacts) {
      if (contact.state() == Contact::STATE_CLOSED ||
          contact.external_id().rfind(claim.external_id_prefix(), 0) != 0) {
        continue;
      }
      result.set_contact_id(id);
      event.set_contact_id(id);
      event.mutable_claimed()->set_from_adapter(contact.adapter());
      event.mutable_claimed()->set_adapter(adapter);
      contact.set_adapter(adapter);
      *event.mutable_claimed()->mutable_contact() = contact;
    }
  });
  if (event.has_claimed()) {
    Record(std::move(event));
  } else {
    result.set_code(5);
    result.set_reason("UNKNOWN_CONTACT");
  }
  return result;
}

ContactResult ScriptedRouter::Core::Do(const ContactCommand& command, const std::string& adapter) {
  ContactResult result;
  result.set_tag(command.tag());
  if (command.has_claim()) return Claim(command.claim(), adapter, std::move(result));
  Change([&](State& now) { now.contact_commands.push_back(command); });
  Event event;
  if (command.has_submit()) {
    const auto& submit = command.submit();
    bool is_new = false;
    Change([&](State& now) {
      const auto refused = now.refuse_queue.find(submit.queue());
      if (refused != now.refuse_queue.end()) {
        result.set_code(8);
        result.set_reason(refused->second);
        result.set_message("the queue takes no more");
        return;
      }
      for (const auto& [id, contact] : now.contacts) {
        if (contact.external_id() == submit.external_id()) {
          result.set_contact_id(id);
          result.set_repeated_command(true);
          return;
        }
      }
      is_new = true;
      const std::string id = "c" + std::to_string(now.contacts.size() + 1);
      Contact& contact = now.contacts[id];
      contact.set_id(id);
      contact.set_state(Contact::STATE_WAITING);
      contact.set_channel(submit.channel());
      contact.set_queue(submit.queue());
      contact.set_external_id(submit.external_id());
      contact.set_customer_id(submit.customer_id());
      contact.set_subject(submit.subject());
      *contact.mutable_attributes() = submit.attributes();
      contact.set_position(1);
      contact.set_adapter(adapter);
      result.set_contact_id(id);
      event.set_contact_id(id);
      event.set_queue(submit.queue());
      event.mutable_queued()->set_cause("submitted");
      *event.mutable_queued()->mutable_contact() = contact;
    });
    if (is_new) Record(std::move(event));
    return result;
  }
  const std::string contact_id = command.has_abandon()    ? command.abandon().contact_id()
                                 : command.has_complete() ? command.complete().contact_id()
                                                          : std::string();
  Change([&](State& now) {
    Contact& contact = now.contacts[contact_id];
    const bool with_agent = contact.state() == Contact::STATE_ASSIGNED;
    if (with_agent == command.has_abandon() || contact.state() == Contact::STATE_CLOSED) {
      result.set_code(9);
      result.set_reason("WRONG_STATE");
      return;
    }
    const auto outcome =
        command.has_abandon() ? Contact::OUTCOME_ABANDONED : Contact::OUTCOME_COMPLETED;
    contact.set_state(Contact::STATE_CLOSED);
    contact.set_outcome(outcome);
    result.set_contact_id(contact_id);
    event.set_contact_id(contact_id);
    event.set_agent_id(contact.agent());
    event.mutable_closed()->set_outcome(outcome);
  });
  if (result.code() == 0) Record(std::move(event));
  return result;
}

ConverseResult ScriptedRouter::Core::Append(Message message) {
  ConverseResult result;
  bool is_new = true;
  Change([&](State& now) {
    if (now.unavailable_appends > 0) {
      --now.unavailable_appends;
      is_new = false;
      result.set_code(14);
      return;
    }
    auto& messages = now.conversations[message.contact_id()];
    const auto known = std::find_if(messages.begin(), messages.end(), [&](const Message& said) {
      return said.client_id() == message.client_id();
    });
    is_new = known == messages.end();
    if (is_new) {
      message.set_id(messages.size() + 1);
      messages.push_back(message);
    } else {
      message = *known;
    }
  });
  if (result.code() == 0) *result.mutable_appended() = message;
  if (!is_new) return result;
  context::v1::ConversationEvent event;
  event.set_contact_id(message.contact_id());
  *event.mutable_message() = message;
  for (ConverseHandler* talker : talkers) talker->Told(event);
  return result;
}

// -----------------------------------------------------------------------------------------
// services

class ScriptedRouter::Core::Routing final : public routing::v1::RoutingService::CallbackService {
 public:
  explicit Routing(Core& core) : core_(core) {}
  grpc::ServerBidiReactor<RouteContactsRequest, RouteContactsResponse>* RouteContacts(
      grpc::CallbackServerContext* call) override {
    core_.SeeToken(*call);
    return io::ServeStream<RouteContactsRequest, RouteContactsResponse>(
        core_.loop, *call, io::CallContext{}, [this](const io::CallContext&, auto& stream) {
          return std::unique_ptr<io::StreamHandler<RouteContactsRequest, RouteContactsResponse>>(
              std::make_unique<RouteHandler>(core_, stream));
        });
  }
  grpc::ServerUnaryReactor* GetContact(grpc::CallbackServerContext* call,
                                       const routing::v1::GetContactRequest* request,
                                       routing::v1::GetContactResponse* response) override {
    core_.SeeToken(*call);
    *response->mutable_contact() = core_.CopyOf(request->contact_id());
    return Done(*call);
  }
  grpc::ServerUnaryReactor* ListContacts(grpc::CallbackServerContext* call,
                                         const routing::v1::ListContactsRequest*,
                                         routing::v1::ListContactsResponse* response) override {
    core_.SeeToken(*call);
    core_.Change([&](State& now) {
      for (const auto& [id, contact] : now.contacts) *response->add_contacts() = contact;
    });
    return Done(*call);
  }
  grpc::ServerUnaryReactor* ListQueues(grpc::CallbackServerContext* call,
                                       const routing::v1::ListQueuesRequest*,
                                       routing::v1::ListQueuesResponse* response) override {
    core_.SeeToken(*call);
    response->add_queues()->set_id("support");
    return Done(*call);
  }

 private:
  static grpc::ServerUnaryReactor* Done(grpc::CallbackServerContext& call) {
    grpc::ServerUnaryReactor* reactor = call.DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  Core& core_;
};

class ScriptedRouter::Core::Agents final : public agents::v1::AgentService::CallbackService {
 public:
  explicit Agents(Core& core) : core_(core) {}
  grpc::ServerBidiReactor<ServeAgentsRequest, ServeAgentsResponse>* ServeAgents(
      grpc::CallbackServerContext* call) override {
    core_.SeeToken(*call);
    return io::ServeStream<ServeAgentsRequest, ServeAgentsResponse>(
        core_.loop, *call, io::CallContext{}, [this](const io::CallContext&, auto& stream) {
          return std::unique_ptr<io::StreamHandler<ServeAgentsRequest, ServeAgentsResponse>>(
              std::make_unique<AgentsHandler>(core_, stream));
        });
  }
  grpc::ServerUnaryReactor* GetAgent(grpc::CallbackServerContext* call,
                                     const agents::v1::GetAgentRequest* request,
                                     agents::v1::GetAgentResponse* response) override {
    core_.SeeToken(*call);
    grpc::Status status;
    core_.Change([&](State& now) {
      if (!now.agents.contains(request->agent_id())) {
        status = grpc::Status(grpc::StatusCode::NOT_FOUND, "no such agent");
        return;
      }
      *response->mutable_desk() = AgentsHandler::DeskOf(now, request->agent_id());
    });
    grpc::ServerUnaryReactor* reactor = call->DefaultReactor();
    reactor->Finish(status);
    return reactor;
  }
  grpc::ServerUnaryReactor* ControlCall(grpc::CallbackServerContext* call,
                                        const agents::v1::ControlCallRequest* request,
                                        agents::v1::ControlCallResponse*) override {
    core_.SeeToken(*call);
    core_.Change([&](State& now) { now.controls.push_back(*request); });
    grpc::ServerUnaryReactor* reactor = call->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  grpc::ServerUnaryReactor* PlaceCall(grpc::CallbackServerContext* call,
                                      const agents::v1::PlaceCallRequest* request,
                                      agents::v1::PlaceCallResponse* response) override {
    core_.SeeToken(*call);
    core_.Change([&](State& now) { now.placed.push_back(*request); });
    response->set_contact_id("c9");
    grpc::ServerUnaryReactor* reactor = call->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  grpc::ServerUnaryReactor* ListAgents(grpc::CallbackServerContext* call,
                                       const agents::v1::ListAgentsRequest*,
                                       agents::v1::ListAgentsResponse* response) override {
    core_.SeeToken(*call);
    core_.Change([&](State& now) {
      for (const auto& [id, agent] : now.agents) *response->add_agents() = agent;
    });
    grpc::ServerUnaryReactor* reactor = call->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  Core& core_;
};

class ScriptedRouter::Core::Context final : public context::v1::ContextService::CallbackService {
 public:
  explicit Context(Core& core) : core_(core) {}
  grpc::ServerBidiReactor<ConverseRequest, ConverseResponse>* Converse(
      grpc::CallbackServerContext* call) override {
    core_.SeeToken(*call);
    return io::ServeStream<ConverseRequest, ConverseResponse>(
        core_.loop, *call, io::CallContext{}, [this](const io::CallContext&, auto& stream) {
          return std::unique_ptr<io::StreamHandler<ConverseRequest, ConverseResponse>>(
              std::make_unique<ConverseHandler>(core_, stream));
        });
  }
  grpc::ServerUnaryReactor* ResolveCustomer(
      grpc::CallbackServerContext* call, const context::v1::ResolveCustomerRequest* request,
      context::v1::ResolveCustomerResponse* response) override {
    for (const context::v1::Identity& also : request->also()) {
      if (also.value().find('@') != std::string::npos) continue;
      grpc::ServerUnaryReactor* reactor = call->DefaultReactor();
      reactor->Finish(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "no address"));
      return reactor;
    }
    core_.Change([&](State& now) {
      now.resolved.push_back(*request);
      const std::string id = "u-" + request->identity().value();
      context::v1::Customer& customer = now.customers[id];
      customer.set_id(id);
      customer.set_name(request->name());
      *response->mutable_customer() = customer;
    });
    return Done(*call);
  }
  grpc::ServerUnaryReactor* GetCustomer(grpc::CallbackServerContext* call,
                                        const context::v1::GetCustomerRequest* request,
                                        context::v1::GetCustomerResponse* response) override {
    core_.Change(
        [&](State& now) { *response->mutable_customer() = now.customers[request->customer_id()]; });
    return Done(*call);
  }
  grpc::ServerUnaryReactor* ListTimeline(grpc::CallbackServerContext* call,
                                         const context::v1::ListTimelineRequest* request,
                                         context::v1::ListTimelineResponse* response) override {
    core_.Change([&](State& now) {
      for (const auto& [id, contact] : now.contacts) {
        if (contact.customer_id() != request->customer_id()) continue;
        auto* entry = response->add_entries();
        entry->set_id(id);
        entry->set_contact_id(id);
        entry->mutable_opened()->set_queue(contact.queue());
      }
    });
    return Done(*call);
  }
  grpc::ServerUnaryReactor* SearchCustomers(
      grpc::CallbackServerContext* call, const context::v1::SearchCustomersRequest* request,
      context::v1::SearchCustomersResponse* response) override {
    core_.Change([&](State& now) {
      for (const auto& [id, customer] : now.customers) {
        if (!customer.name().starts_with(request->query())) continue;
        *response->add_hits()->mutable_customer() = customer;
      }
    });
    return Done(*call);
  }
  grpc::ServerUnaryReactor* MergeCustomers(grpc::CallbackServerContext* call,
                                           const context::v1::MergeCustomersRequest* request,
                                           context::v1::MergeCustomersResponse* response) override {
    core_.Change([&](State& now) { now.merged.push_back(*request); });
    response->mutable_customer()->set_id(request->customer_id());
    return Done(*call);
  }
  grpc::ServerWriteReactor<context::v1::WatchTimelineResponse>* WatchTimeline(
      grpc::CallbackServerContext* call,
      const context::v1::WatchTimelineRequest* request) override {
    core_.SeeToken(*call);
    return io::ServeFeed<context::v1::WatchTimelineResponse>(
        core_.loop, *call, io::CallContext{},
        [this, wanted = *request](const io::CallContext&, auto& feed)
            -> Result<std::unique_ptr<io::FeedHandler<context::v1::WatchTimelineResponse>>> {
          if (wanted.customer_id() == "nobody") {
            return Error{Code::kNotFound, "UNKNOWN_CUSTOMER", "there is no such customer", "Look."};
          }
          return std::unique_ptr<io::FeedHandler<context::v1::WatchTimelineResponse>>(
              std::make_unique<TimelineHandler>(core_, feed, wanted));
        });
  }
  grpc::ServerUnaryReactor* AddNote(grpc::CallbackServerContext* call,
                                    const context::v1::AddNoteRequest* request,
                                    context::v1::AddNoteResponse* response) override {
    core_.Change([&](State& now) { now.notes.push_back(*request); });
    response->mutable_entry()->set_id("n1");
    response->mutable_entry()->mutable_note()->set_author(request->author());
    response->mutable_entry()->mutable_note()->set_text(request->text());
    return Done(*call);
  }
  grpc::ServerUnaryReactor* ListMessages(grpc::CallbackServerContext* call,
                                         const context::v1::ListMessagesRequest* request,
                                         context::v1::ListMessagesResponse* response) override {
    core_.Change([&](State& now) {
      for (const Message& message : now.conversations[request->contact_id()]) {
        if (message.id() > request->after_message()) *response->add_messages() = message;
      }
    });
    return Done(*call);
  }

 private:
  grpc::ServerUnaryReactor* Done(grpc::CallbackServerContext& call) {
    core_.SeeToken(call);
    grpc::ServerUnaryReactor* reactor = call.DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  Core& core_;
};

class ScriptedRouter::Core::Cases final : public context::v1::CaseService::CallbackService {
 public:
  explicit Cases(Core& core) : core_(core) {}
  grpc::ServerUnaryReactor* OpenCase(grpc::CallbackServerContext* call,
                                     const context::v1::OpenCaseRequest* request,
                                     context::v1::OpenCaseResponse* response) override {
    core_.SeeToken(*call);
    core_.Change([&](State& now) { now.opened_cases.push_back(*request); });
    response->mutable_case_()->set_id("k1");
    response->mutable_case_()->set_subject(request->subject());
    grpc::ServerUnaryReactor* reactor = call->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  Core& core_;
};

// -------------------------------------------------------------------------------------------
// outside

ScriptedRouter::ScriptedRouter() : core_(std::make_unique<Core>()) {
  core_->routing = std::make_unique<Core::Routing>(*core_);
  core_->agents = std::make_unique<Core::Agents>(*core_);
  core_->context = std::make_unique<Core::Context>(*core_);
  core_->cases = std::make_unique<Core::Cases>(*core_);
  core_->loop.Start("router");
  Restart();
}

ScriptedRouter::~ScriptedRouter() {
  Stop();
  core_->loop.Stop(Duration{1'000});
}

void ScriptedRouter::Restart() {
  io::GrpcServerOptions options;
  options.address = "127.0.0.1:" + std::to_string(core_->port);
  auto started = io::GrpcServer::Start(options, {core_->routing.get(), core_->agents.get(),
                                                 core_->context.get(), core_->cases.get()});
  USHER_CHECK(started.ok(), "the scripted router does not start");
  core_->server = *std::move(started);
  core_->port = core_->server->port();
}

void ScriptedRouter::Stop() {
  if (!core_->server) return;
  core_->server->Shutdown(Duration{0});
  core_->server.reset();
}

std::string ScriptedRouter::address() const { return "127.0.0.1:" + std::to_string(core_->port); }

bool ScriptedRouter::Await(const std::function<bool(const State&)>& fits) {
  std::unique_lock lock(core_->mutex);
  return core_->changed.wait_for(lock, std::chrono::seconds(10),
                                 [&] { return fits(core_->state); });
}

void ScriptedRouter::With(const std::function<void(State&)>& fn) { core_->Change(fn); }

void ScriptedRouter::Tell(Event event) {
  core_->loop.Call([&] { core_->Record(std::move(event)); });
}

void ScriptedRouter::Order(const routing::v1::CallOrder& order) {
  core_->loop.Call([&] {
    for (Core::RouteHandler* route : core_->routes) {
      if (!route->takes_call_orders()) continue;
      RouteContactsResponse response;
      *response.add_call_orders() = order;
      route->Push(std::move(response));
    }
  });
}

void ScriptedRouter::FreeName() {
  core_->loop.Call([&] {
    core_->Change([](State& now) { now.name_is_taken = false; });
    for (Core::RouteHandler* route : core_->routes) route->WelcomeIfWaiting();
  });
}

void ScriptedRouter::Hint(Event hint) {
  core_->loop.Call([&] {
    for (Core::AgentsHandler* gateway : core_->gateways) {
      ServeAgentsResponse response;
      *response.add_events() = hint;
      gateway->Push(std::move(response));
    }
  });
}

void ScriptedRouter::Happen(const std::string& customer_id, const std::string& entry_id) {
  With([&](State& now) { now.timelines[customer_id].emplace_back().set_id(entry_id); });
  core_->loop.Call([&] {
    for (Core::TimelineHandler* watcher : core_->watchers) watcher->Wake();
  });
}

void ScriptedRouter::Offer(const std::string& contact_id, const std::string& agent_id) {
  Event event;
  event.set_contact_id(contact_id);
  event.set_agent_id(agent_id);
  event.mutable_offered()->mutable_offer()->set_id("o1");
  event.mutable_offered()->mutable_offer()->set_contact_id(contact_id);
  event.mutable_offered()->mutable_offer()->set_agent_id(agent_id);
  With([&](State& now) {
    now.contacts[contact_id].set_state(Contact::STATE_OFFERED);
    *event.mutable_offered()->mutable_contact() = now.contacts[contact_id];
  });
  Tell(std::move(event));
}

void ScriptedRouter::Assign(const std::string& contact_id, const std::string& agent_id) {
  Event event;
  event.set_contact_id(contact_id);
  event.set_agent_id(agent_id);
  With([&](State& now) {
    now.contacts[contact_id].set_state(Contact::STATE_ASSIGNED);
    now.contacts[contact_id].set_agent(agent_id);
    *event.mutable_assigned()->mutable_contact() = now.contacts[contact_id];
  });
  Tell(std::move(event));
}

void ScriptedRouter::Close(const std::string& contact_id, Contact::Outcome outcome) {
  Event event;
  event.set_contact_id(contact_id);
  event.mutable_closed()->set_outcome(outcome);
  With([&](State& now) {
    event.set_agent_id(now.contacts[contact_id].agent());
    now.contacts[contact_id].set_state(Contact::STATE_CLOSED);
    now.contacts[contact_id].set_outcome(outcome);
  });
  Tell(std::move(event));
}

void ScriptedRouter::Say(const std::string& contact_id, context::v1::Author::Side side,
                         const std::string& text) {
  Message message;
  message.set_contact_id(contact_id);
  message.set_client_id("said-" + text);
  message.set_text(text);
  message.mutable_author()->set_side(side);
  message.mutable_author()->set_id("ann");
  message.mutable_author()->set_name("Ann");
  core_->loop.Call([&] { core_->Append(std::move(message)); });
}

}  // namespace usher::testing
