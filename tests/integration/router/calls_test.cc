// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include "tests/integration/router/router_fixture.h"
#include "tests/support/inbox.h"
#include "usher/context/v1/privacy_service.grpc.pb.h"

// Orders about calls on their way from people to the adapter that has them, and the states of calls
// on their way back.

namespace usher {
namespace {

using agents::v1::ControlCallRequest;
using agents::v1::ServeAgentsRequest;
using agents::v1::ServeAgentsResponse;
using routing::v1::CallLeg;
using routing::v1::CallOrder;
using routing::v1::CallOrderResult;
using routing::v1::CallState;
using routing::v1::Event;
using routing::v1::RouteContactsRequest;
using routing::v1::RouteContactsResponse;
using testing::Inbox;

enum class Orders { kNone, kCalls, kMails };  // which an adapter takes

// An adapter of telephone calls, or of mails, that answers each order as its script says.
class ScriptedPhones {
 public:
  using Script = std::function<void(const CallOrder&, CallOrderResult&)>;

  ScriptedPhones(routing::v1::RoutingService::Stub& routing,
                 std::unique_ptr<grpc::ClientContext> context, Orders takes, Script script)
      : context_(std::move(context)), stream_(routing.RouteContacts(context_.get())) {
    RouteContactsRequest hello;
    hello.mutable_hello()->set_adapter("phones");
    hello.mutable_hello()->set_takes_call_orders(takes == Orders::kCalls);
    hello.mutable_hello()->set_takes_mail_orders(takes == Orders::kMails);
    Write(hello);
    reader_ = std::thread([this, script = std::move(script)] { Read(script); });
    welcomed_.Next();
  }
  ~ScriptedPhones() {
    context_->TryCancel();
    reader_.join();
    stream_->Finish();
  }

  void Tell(const CallState& state) {
    RouteContactsRequest request;
    *request.add_calls() = state;
    Write(request);
  }
  void Answer(const CallOrderResult& result) {
    RouteContactsRequest request;
    *request.add_order_results() = result;
    Write(request);
  }

  Inbox<CallOrder> orders;

 private:
  void Write(const RouteContactsRequest& request) {
    const std::lock_guard lock(mutex_);
    stream_->Write(request);
  }
  void Read(const Script& script) {
    RouteContactsResponse message;
    while (stream_->Read(&message)) {
      if (message.has_welcome()) welcomed_.Push(true);
      for (const CallOrder& order : message.call_orders()) {
        orders.Push(order);
        if (!script) continue;
        CallOrderResult result;
        result.set_tag(order.tag());
        script(order, result);
        Answer(result);
      }
    }
  }

  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReaderWriter<RouteContactsRequest, RouteContactsResponse>> stream_;
  std::mutex mutex_;
  Inbox<bool> welcomed_;
  std::thread reader_;
};

// One gateway, which hears of the calls of those who are attached.
class Gateway {
 public:
  Gateway(agents::v1::AgentService::Stub& agents, std::unique_ptr<grpc::ClientContext> context)
      : context_(std::move(context)), stream_(agents.ServeAgents(context_.get())) {
    ServeAgentsRequest hello;
    hello.mutable_hello()->set_gateway("gateway");
    stream_->Write(hello);
    reader_ = std::thread([this] { Read(); });
    vocabulary_.Next();
  }
  ~Gateway() {
    context_->TryCancel();
    reader_.join();
    stream_->Finish();
  }

  void Attach(const std::string& person) {
    agents::v1::AgentCommand command;
    command.mutable_attach()->set_agent_id(person);
    Run(command);
  }
  agents::v1::AgentResult Run(agents::v1::AgentCommand command) {
    command.set_tag(++tag_);
    ServeAgentsRequest request;
    *request.add_commands() = std::move(command);
    stream_->Write(request);
    const auto result = results_.Next();
    EXPECT_TRUE(result);
    return result.value_or(agents::v1::AgentResult());
  }
  // The next that the person is told of a call; the contact that is not there when nothing is told.
  CallState Told(const std::string& person) {
    const auto hint = hints.Next([&](const Event& event) { return event.agent_id() == person; });
    EXPECT_TRUE(hint) << person << " was told nothing";
    return hint ? hint->call() : CallState();
  }

  Inbox<Event> hints;

 private:
  void Read() {
    ServeAgentsResponse message;
    while (stream_->Read(&message)) {
      if (message.has_vocabulary()) vocabulary_.Push(true);
      for (const auto& result : message.results()) results_.Push(result);
      for (const Event& event : message.events()) {
        if (event.has_call()) hints.Push(event);
      }
    }
  }

  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReaderWriter<ServeAgentsRequest, ServeAgentsResponse>> stream_;
  std::uint64_t tag_ = 0;
  Inbox<bool> vocabulary_;
  Inbox<agents::v1::AgentResult> results_;
  std::thread reader_;
};

class CallsTest : public RouterTest {
 protected:
  CallsTest() { ApplyDomain(); }

  std::unique_ptr<ScriptedPhones> Phones(ScriptedPhones::Script script = [](auto&, auto&) {}) {
    return std::make_unique<ScriptedPhones>(routing(), Adapter(), Orders::kCalls,
                                            std::move(script));
  }
  std::unique_ptr<Gateway> MakeGateway() {
    return std::make_unique<Gateway>(agents(), As(io::Role::kAdapter, "gateway"));
  }
  std::unique_ptr<grpc::ClientContext> Supervisor() { return As(io::Role::kSupervisor, "sue"); }

  // A contact that ann has.
  std::string Talk(const std::string& external_id, const std::string& customer = {}) {
    SignIn("ann");
    const std::string contact = Submit(external_id, customer).id();
    agents::v1::AcceptOfferRequest request;
    request.set_contact_id(contact);
    agents::v1::AcceptOfferResponse response;
    const grpc::Status status = agents().AcceptOffer(Agent("ann").get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return contact;
  }

  static ControlCallRequest Mute(const std::string& contact) {
    ControlCallRequest request;
    request.set_contact_id(contact);
    request.mutable_control()->mutable_mute()->set_muted(true);
    return request;
  }
  static ControlCallRequest Supervise(const std::string& contact,
                                      routing::v1::SupervisionMode mode) {
    ControlCallRequest request;
    request.set_contact_id(contact);
    request.mutable_control()->mutable_supervise()->set_mode(mode);
    return request;
  }
  std::string Control(std::unique_ptr<grpc::ClientContext> as, const ControlCallRequest& request) {
    agents::v1::ControlCallResponse response;
    return ReasonOf(agents().ControlCall(as.get(), request, &response));
  }

  static CallState StateOf(const std::string& contact) {
    CallState state;
    state.set_contact_id(contact);
    CallLeg& customer = *state.add_legs();
    customer.set_id("leg-1");
    customer.set_party(CallLeg::PARTY_CUSTOMER);
    customer.set_state(CallLeg::STATE_UP);
    return state;
  }
  static CallState WithSupervisor(const std::string& contact) {
    CallState state = StateOf(contact);
    CallLeg& leg = *state.add_legs();
    leg.set_id("leg-9");
    leg.set_party(CallLeg::PARTY_SUPERVISOR);
    leg.set_agent_id("sue");
    leg.set_state(CallLeg::STATE_UP);
    leg.set_mode(routing::v1::SUPERVISION_MODE_LISTEN);
    return state;
  }

  std::string Customer() {
    context::v1::ResolveCustomerRequest request;
    request.mutable_identity()->set_kind("tel");
    request.mutable_identity()->set_value("+15550109999");
    context::v1::ResolveCustomerResponse response;
    const grpc::Status status = context().ResolveCustomer(Adapter().get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.customer().id();
  }
  // What is on record of supervision, newest first.
  std::vector<std::string> Supervised(const std::string& customer) {
    const auto privacy = context::v1::PrivacyService::NewStub(
        grpc::CreateChannel(router().address(), grpc::InsecureChannelCredentials()));
    context::v1::ListReadsRequest request;
    request.set_customer_id(customer);
    context::v1::ListReadsResponse response;
    EXPECT_TRUE(privacy->ListReads(Admin().get(), request, &response).ok());
    std::vector<std::string> found;
    for (const auto& read : response.reads()) {
      if (!read.method().starts_with("ControlCall ")) continue;
      found.push_back(read.by() + ' ' + read.role() + ' ' + read.method() + ' ' + read.right());
    }
    return found;
  }

  double Counted(const std::string& outcome) {
    return metrics()
        .AddCounter("usher_call_orders_total",
                    "Orders of people to adapters, about calls and mails, by what came of them.",
                    {{"domain", "test"}, {"outcome", outcome}})
        .Value();
  }
};

TEST_F(CallsTest, WhatTheAgentWantsIsDoneByTheCallsAdapter) {
  const auto phones = Phones();
  const std::string contact = Talk("call-1");
  EXPECT_EQ(Control(Agent("ann"), Mute(contact)), "OK");
  const auto order = phones->orders.Next();
  ASSERT_TRUE(order);
  EXPECT_EQ(order->by(), "ann");
  EXPECT_EQ(order->contact_id(), contact);
  EXPECT_TRUE(order->control().mute().muted());
  EXPECT_EQ(Counted("done"), 1);
}

TEST_F(CallsTest, NobodyElseControlsACall) {
  const auto phones = Phones();
  const std::string contact = Talk("call-1");
  SignIn("ben");
  EXPECT_EQ(Control(Agent("ben"), Mute(contact)), "NOT_YOURS");
  EXPECT_EQ(Control(Supervisor(), Mute(contact)), "NOT_YOURS");
  ControlCallRequest of_ann = Mute(contact);
  of_ann.set_agent_id("ann");
  EXPECT_EQ(Control(Agent("ben"), of_ann), "NOT_YOURS");
  EXPECT_EQ(Control(Agent("ann"), Mute("c99")), "UNKNOWN_CONTACT");
  ControlCallRequest nothing;
  nothing.set_contact_id(contact);
  EXPECT_EQ(Control(Agent("ann"), nothing), "BAD_CONTROL");
  // A contact that is only offered is nobody's yet.
  const std::string offered = Submit("call-2").id();
  EXPECT_EQ(Control(Agent("ann"), Mute(offered)), "NOT_YOURS");
  EXPECT_TRUE(phones->orders.all().empty());
}

TEST_F(CallsTest, ARefusalOfTheAdapterComesBack) {
  const auto phones = Phones([](const CallOrder&, CallOrderResult& result) {
    result.set_code(static_cast<std::uint32_t>(Code::kFailedPrecondition));
    result.set_reason("NOT_RECORDED");
    result.set_message("the call is not recorded; nothing to pause");
  });
  EXPECT_EQ(Control(Agent("ann"), Mute(Talk("call-1"))), "NOT_RECORDED");
  EXPECT_EQ(Counted("refused"), 1);
}

TEST_F(CallsTest, AnAdapterThatIsAwayOrTakesNoOrdersIsSaidToBe) {
  const std::string contact = Talk("call-1");
  EXPECT_EQ(Control(Agent("ann"), Mute(contact)), "ADAPTER_AWAY");
  const ScriptedPhones chat(routing(), Adapter(), Orders::kNone, nullptr);
  EXPECT_EQ(Control(Agent("ann"), Mute(contact)), "NO_CALLS");
}

TEST_F(CallsTest, WhatAnAdapterLeavesUndoneWhenItGoesIsSaidNotToBeDone) {
  const std::string contact = Talk("call-1");
  auto phones = Phones(nullptr);
  Inbox<std::string> done;
  std::thread asking([&] { done.Push(Control(Agent("ann"), Mute(contact))); });
  ASSERT_TRUE(phones->orders.Next());
  phones.reset();
  EXPECT_EQ(done.Next(), "ADAPTER_AWAY");
  asking.join();
}

TEST_F(CallsTest, AnAnswerThatNobodyWaitsForIsCountedAndHurtsNothing) {
  const auto phones = Phones();
  CallOrderResult unasked;
  unasked.set_tag(4711);
  phones->Answer(unasked);
  EXPECT_EQ(Control(Agent("ann"), Mute(Talk("call-1"))), "OK");
  Eventually([&] { return Counted("unknown") == 1; });
}

TEST_F(CallsTest, APlacedCallIsAnsweredByItsContact) {
  const auto phones =
      Phones([](const CallOrder&, CallOrderResult& result) { result.set_contact_id("c7"); });
  agents::v1::PlaceCallRequest request;
  request.set_request_id("once");
  request.mutable_call()->set_number("+1 555 010 9999");
  request.mutable_call()->set_queue("support");
  agents::v1::PlaceCallResponse response;
  EXPECT_EQ(ReasonOf(agents().PlaceCall(Agent("ann").get(), request, &response)), "NOT_SIGNED_IN");
  SignIn("ann");
  ASSERT_TRUE(agents().PlaceCall(Agent("ann").get(), request, &response).ok());
  EXPECT_EQ(response.contact_id(), "c7");
  const auto order = phones->orders.Next();
  ASSERT_TRUE(order);
  EXPECT_EQ(order->by(), "ann");
  EXPECT_EQ(order->request_id(), "ann/once");
  EXPECT_EQ(order->place().queue(), "support");
  request.mutable_call()->set_number("100@elsewhere.example");
  EXPECT_EQ(ReasonOf(agents().PlaceCall(Agent("ann").get(), request, &response)), "BAD_NUMBER");
}

TEST_F(CallsTest, AMailIsBegunByAnAdapterThatTakesMailsAndByNoOther) {
  SignIn("ann");
  agents::v1::StartMailRequest request;
  request.set_request_id("once");
  request.mutable_mail()->set_to("mei@example.com");
  request.mutable_mail()->set_subject("Your order");
  request.mutable_mail()->set_queue("support");
  agents::v1::StartMailResponse response;
  const auto start = [&](const std::string& agent) {
    return ReasonOf(agents().StartMail(Agent(agent).get(), request, &response));
  };
  {
    const auto phones = Phones();
    EXPECT_EQ(start("ann"), "NO_MAIL");
  }
  const ScriptedPhones mails(routing(), Adapter(), Orders::kMails,
                             [](const CallOrder& order, CallOrderResult& result) {
                               result.set_contact_id(order.has_mail() ? "c8" : "");
                             });
  EXPECT_EQ(start("ann"), "OK");
  EXPECT_EQ(response.contact_id(), "c8");
  EXPECT_EQ(start("ben"), "NOT_SIGNED_IN");
  agents::v1::PlaceCallRequest place;
  place.mutable_call()->set_number("100");
  agents::v1::PlaceCallResponse placed;
  EXPECT_EQ(ReasonOf(agents().PlaceCall(Agent("ann").get(), place, &placed)), "NO_CALLS");

  request.mutable_mail()->set_queue("elsewhere");
  EXPECT_EQ(start("ann"), "UNKNOWN_QUEUE");
  request.mutable_mail()->clear_queue();
  request.mutable_mail()->set_to("mei");
  EXPECT_EQ(start("ann"), "BAD_ADDRESS");
  request.mutable_mail()->set_to("mei@example.com");
  request.mutable_mail()->set_subject("Your order\nBcc: all@example.com");
  EXPECT_EQ(start("ann"), "TOO_LONG");
  ASSERT_EQ(mails.orders.all().size(), 1U);
  EXPECT_EQ(mails.orders.all()[0].by(), "ann");
  EXPECT_EQ(mails.orders.all()[0].request_id(), "ann/once");
}

TEST_F(CallsTest, WithoutAnAdapterOfCallsNoneIsPlaced) {
  SignIn("ann");
  agents::v1::PlaceCallRequest request;
  request.mutable_call()->set_number("100");
  agents::v1::PlaceCallResponse response;
  EXPECT_EQ(ReasonOf(agents().PlaceCall(Agent("ann").get(), request, &response)), "NO_CALLS");
}

TEST_F(CallsTest, AGatewayOrdersForItsAgents) {
  const auto phones =
      Phones([](const CallOrder&, CallOrderResult& result) { result.set_contact_id("c7"); });
  const std::string contact = Talk("call-1");
  const auto gateway = MakeGateway();
  agents::v1::AgentCommand command;
  *command.mutable_control_call() = Mute(contact);
  command.mutable_control_call()->set_agent_id("ann");
  EXPECT_EQ(gateway->Run(command).code(), 0U);
  command.mutable_control_call()->set_agent_id("ben");
  EXPECT_EQ(gateway->Run(command).reason(), "NOT_YOURS");
  *command.mutable_control_call() = Supervise(contact, routing::v1::SUPERVISION_MODE_LISTEN);
  command.mutable_control_call()->set_agent_id("sue");
  EXPECT_EQ(gateway->Run(command).reason(), "NOT_A_SUPERVISOR");
  command.mutable_place_call()->set_agent_id("ann");
  command.mutable_place_call()->mutable_call()->set_number("100");
  EXPECT_EQ(gateway->Run(command).contact_id(), "c7");
  SignIn("ben");
  command.mutable_consult()->set_agent_id("ann");
  command.mutable_consult()->set_contact_id(contact);
  command.mutable_consult()->set_to_agent("ben");
  const agents::v1::AgentResult consult = gateway->Run(command);
  EXPECT_EQ(consult.code(), 0U) << consult.message();
  EXPECT_EQ(Get(consult.contact_id()).consults(), contact);
}

TEST_F(CallsTest, AnAgentIsToldHowTheCallStands) {
  const auto phones = Phones();
  const auto gateway = MakeGateway();
  gateway->Attach("ann");
  const std::string contact = Talk("call-1");
  phones->Tell(StateOf(contact));
  const CallState told = gateway->Told("ann");
  EXPECT_EQ(told.contact_id(), contact);
  EXPECT_EQ(told.legs_size(), 1);

  // Again behind each desk, also on a stream of the agent's own.
  gateway->Attach("ann");
  EXPECT_EQ(gateway->Told("ann").legs_size(), 1);
  auto context = Agent("ann");
  auto reader = agents().WatchAgent(context.get(), agents::v1::WatchAgentRequest());
  agents::v1::WatchAgentResponse watched;
  std::vector<Event> events;
  while (events.empty() && reader->Read(&watched)) {
    events.assign(watched.events().begin(), watched.events().end());
  }
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].sequence(), 0U);
  EXPECT_EQ(events[0].call().contact_id(), contact);
  context->TryCancel();
  reader->Finish();
}

TEST_F(CallsTest, WhoeverGetsTheContactIsToldHowItsCallStands) {
  const auto phones = Phones();
  const std::string contact = Talk("call-1");
  SignIn("ben");
  const auto gateway = MakeGateway();
  gateway->Attach("ann");
  gateway->Attach("ben");
  phones->Tell(StateOf(contact));
  EXPECT_EQ(gateway->Told("ann").contact_id(), contact);
  agents::v1::AgentCommand command;
  command.mutable_transfer()->set_agent_id("ann");
  command.mutable_transfer()->set_contact_id(contact);
  command.mutable_transfer()->set_to_agent("ben");
  EXPECT_EQ(gateway->Run(command).reason(), "");
  command.mutable_accept()->set_agent_id("ben");
  command.mutable_accept()->set_contact_id(contact);
  EXPECT_EQ(gateway->Run(command).reason(), "");
  EXPECT_EQ(gateway->Told("ben").contact_id(), contact);
}

TEST_F(CallsTest, WhatAnAdapterTellsOfOthersCallsOrWithoutMeasureIsRefused) {
  const auto phones = Phones();
  const auto gateway = MakeGateway();
  gateway->Attach("ann");
  const std::string contact = Talk("call-1");
  phones->Tell(StateOf("c99"));
  phones->Tell(StateOf("nonsense"));
  CallState large = StateOf(contact);
  for (int i = 0; i < 16; ++i) large.add_legs()->set_id("more-" + std::to_string(i));
  phones->Tell(large);
  CallState twice = StateOf(contact);
  *twice.add_legs() = twice.legs(0);
  phones->Tell(twice);
  CallState sound = StateOf(contact);
  sound.set_recording(routing::v1::RECORDING_STATE_ON);
  phones->Tell(sound);
  EXPECT_EQ(gateway->Told("ann").recording(), routing::v1::RECORDING_STATE_ON);
}

TEST_F(CallsTest, OnlySupervisorsComeInAndThatIsOnRecordBefore) {
  const std::string customer = Customer();
  std::vector<std::string> on_record;
  const auto phones = Phones([&](const CallOrder& order, CallOrderResult&) {
    if (order.control().has_supervise()) on_record = Supervised(customer);
  });
  const std::string contact = Talk("call-1", customer);
  SignIn("ben");
  EXPECT_EQ(Control(Agent("ben"), Supervise(contact, routing::v1::SUPERVISION_MODE_LISTEN)),
            "NOT_A_SUPERVISOR");
  EXPECT_EQ(Control(Agent("ann"), Supervise(contact, routing::v1::SUPERVISION_MODE_LISTEN)),
            "NOT_A_SUPERVISOR");
  EXPECT_TRUE(Supervised(customer).empty());
  EXPECT_EQ(Control(Supervisor(), Supervise(contact, routing::v1::SUPERVISION_MODE_WHISPER)), "OK");
  const std::string whisper = "sue supervisor ControlCall whisper role in " + contact;
  EXPECT_EQ(on_record, std::vector<std::string>{whisper});
  EXPECT_EQ(Control(Supervisor(), Supervise(contact, routing::v1::SUPERVISION_MODE_UNSPECIFIED)),
            "OK");
  const std::string leave = "sue supervisor ControlCall leave role in " + contact;
  EXPECT_EQ(on_record, (std::vector<std::string>{leave, whisper}));
  EXPECT_EQ(phones->orders.Next()->by(), "sue");
}

TEST_F(CallsTest, ASupervisorWhoHangsUpIsOnRecordOnce) {
  const std::string customer = Customer();
  const auto phones = Phones();
  const std::string contact = Talk("call-1", customer);
  EXPECT_EQ(Control(Supervisor(), Supervise(contact, routing::v1::SUPERVISION_MODE_LISTEN)), "OK");
  phones->Tell(WithSupervisor(contact));
  phones->Tell(StateOf(contact));
  Eventually([&] { return Supervised(customer).size() == 2; });
  // One who asked to leave is on record already.
  EXPECT_EQ(Control(Supervisor(), Supervise(contact, routing::v1::SUPERVISION_MODE_BARGE)), "OK");
  phones->Tell(WithSupervisor(contact));
  EXPECT_EQ(Control(Supervisor(), Supervise(contact, routing::v1::SUPERVISION_MODE_UNSPECIFIED)),
            "OK");
  phones->Tell(StateOf(contact));
  phones->Answer({});  // what is counted came behind the state
  Eventually([&] { return Counted("unknown") == 1; });
  EXPECT_EQ(Control(Supervisor(), Supervise(contact, routing::v1::SUPERVISION_MODE_LISTEN)), "OK");
  const std::vector<std::string> all = Supervised(customer);
  ASSERT_EQ(all.size(), 5U);
  EXPECT_TRUE(all[1].find("leave") != std::string::npos);
  EXPECT_TRUE(all[2].find("barge") != std::string::npos);
}

TEST_F(CallsTest, ASupervisorInTheCallSeesItUntilItIsOver) {
  const auto phones = Phones();
  const auto gateway = MakeGateway();
  const std::string contact = Talk("call-1");
  phones->Tell(WithSupervisor(contact));
  EXPECT_EQ(gateway->Told("sue").legs_size(), 2);
  // A console that has come back, though sue is no agent of the domain.
  gateway->Attach("sue");
  EXPECT_EQ(gateway->Told("sue").legs_size(), 2);
  agents::v1::CompleteContactRequest complete;
  complete.set_contact_id(contact);
  complete.set_disposition("resolved");
  agents::v1::CompleteContactResponse completed;
  ASSERT_TRUE(agents().CompleteContact(Agent("ann").get(), complete, &completed).ok());
  agents::v1::EndWrapUpRequest end;
  end.set_contact_id(contact);
  agents::v1::EndWrapUpResponse ended;
  ASSERT_TRUE(agents().EndWrapUp(Agent("ann").get(), end, &ended).ok());
  const CallState gone = gateway->Told("sue");
  EXPECT_EQ(gone.contact_id(), contact);
  EXPECT_EQ(gone.legs_size(), 0);
}

TEST_F(CallsTest, OneWhoHasLeftTheCallIsShownNothingOfItAnyMore) {
  const auto phones = Phones();
  const auto gateway = MakeGateway();
  const std::string contact = Talk("call-1");
  phones->Tell(WithSupervisor(contact));
  EXPECT_EQ(gateway->Told("sue").legs_size(), 2);
  phones->Tell(StateOf(contact));
  EXPECT_EQ(gateway->Told("sue").legs_size(), 0);
}

}  // namespace
}  // namespace usher
