// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include "tests/integration/router/router_fixture.h"

namespace usher {
namespace {

using routing::v1::Contact;
using routing::v1::Event;

class AgentsTest : public RouterTest {
 protected:
  AgentsTest() { ApplyDomain(); }

  Contact Accept(const std::string& agent, const std::string& contact) {
    agents::v1::AcceptOfferRequest request;
    request.set_contact_id(contact);
    agents::v1::AcceptOfferResponse response;
    const grpc::Status status = agents().AcceptOffer(Agent(agent).get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.contact();
  }

  agents::v1::Desk DeskOf(const std::string& agent) {
    agents::v1::GetAgentResponse response;
    const grpc::Status status =
        agents().GetAgent(Agent(agent).get(), agents::v1::GetAgentRequest(), &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.desk();
  }
};

TEST_F(AgentsTest, AContactGoesFromSubmitToClosed) {
  SignIn("ann");
  const Contact submitted = Submit("chat-1");
  EXPECT_EQ(submitted.state(), Contact::STATE_OFFERED);
  ASSERT_EQ(submitted.offers_size(), 1);
  EXPECT_EQ(submitted.offers(0).agent_id(), "ann");
  EXPECT_EQ(Accept("ann", submitted.id()).state(), Contact::STATE_ASSIGNED);

  agents::v1::CompleteContactRequest complete;
  complete.set_contact_id(submitted.id());
  complete.set_disposition("resolved");
  agents::v1::CompleteContactResponse completed;
  ASSERT_TRUE(agents().CompleteContact(Agent("ann").get(), complete, &completed).ok());
  EXPECT_EQ(completed.contact().state(), Contact::STATE_WRAPPING);

  agents::v1::EndWrapUpRequest end;
  end.set_contact_id(submitted.id());
  agents::v1::EndWrapUpResponse ended;
  ASSERT_TRUE(agents().EndWrapUp(Agent("ann").get(), end, &ended).ok());
  const Contact closed = Get(submitted.id());
  EXPECT_EQ(closed.state(), Contact::STATE_CLOSED);
  EXPECT_EQ(closed.outcome(), Contact::OUTCOME_COMPLETED);
  EXPECT_EQ(closed.disposition(), "resolved");
  EXPECT_EQ(closed.agent(), "ann");
}

TEST_F(AgentsTest, AcceptIsIdempotentAndALateOneIsRefusedWithTheReason) {
  SignIn("ann");
  const Contact contact = Submit("chat-1");
  Accept("ann", contact.id());
  Accept("ann", contact.id());
  agents::v1::AcceptOfferRequest request;
  request.set_contact_id(contact.id());
  agents::v1::AcceptOfferResponse response;
  EXPECT_EQ(ReasonOf(agents().AcceptOffer(Agent("ben").get(), request, &response)), "NOT_OFFERED");
}

TEST_F(AgentsTest, AnAgentActsForItselfOnly) {
  agents::v1::SignInRequest request;
  request.set_agent_id("ben");
  agents::v1::SignInResponse response;
  EXPECT_EQ(ReasonOf(agents().SignIn(Agent("ann").get(), request, &response)), "NOT_YOURS");
  EXPECT_TRUE(agents().SignIn(As(io::Role::kSupervisor, "sue").get(), request, &response).ok());
  EXPECT_EQ(response.agent().id(), "ben");
}

TEST_F(AgentsTest, AConsultEndsInAWarmTransfer) {
  SignIn("ann");
  const Contact contact = Submit("chat-1");
  Accept("ann", contact.id());
  SignIn("ben");
  agents::v1::ConsultContactRequest request;
  request.set_contact_id(contact.id());
  request.set_to_agent("ben");
  agents::v1::ConsultContactResponse response;
  EXPECT_EQ(ReasonOf(agents().ConsultContact(Agent("ben").get(), request, &response)), "NOT_YOURS");
  ASSERT_TRUE(agents().ConsultContact(Agent("ann").get(), request, &response).ok());
  const std::string consult = response.contact().id();
  EXPECT_EQ(response.contact().consults(), contact.id());
  EXPECT_EQ(response.contact().state(), Contact::STATE_OFFERED);
  EXPECT_EQ(Get(contact.id()).consult(), consult);
  Accept("ben", consult);

  Restart();

  agents::v1::TransferContactRequest transfer;
  transfer.set_contact_id(contact.id());
  transfer.set_to_agent("ben");
  agents::v1::TransferContactResponse transferred;
  ASSERT_TRUE(agents().TransferContact(Agent("ann").get(), transfer, &transferred).ok());
  EXPECT_EQ(transferred.contact().state(), Contact::STATE_ASSIGNED);
  EXPECT_EQ(transferred.contact().agent(), "ben");
  EXPECT_EQ(Get(consult).state(), Contact::STATE_CLOSED);
  EXPECT_EQ(Get(consult).consults(), contact.id());
}

TEST_F(AgentsTest, OnlyASupervisorAssignsContacts) {
  SignIn("ann");
  SignIn("ben");
  const Contact contact = Submit("chat-1");
  agents::v1::AssignContactRequest request;
  request.set_contact_id(contact.id());
  request.set_agent_id("ben");
  agents::v1::AssignContactResponse response;
  EXPECT_EQ(agents().AssignContact(Agent("ben").get(), request, &response).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  ASSERT_TRUE(
      agents().AssignContact(As(io::Role::kSupervisor, "sue").get(), request, &response).ok());
  EXPECT_EQ(response.contact().state(), Contact::STATE_ASSIGNED);
  EXPECT_EQ(response.contact().agent(), "ben");
}

TEST_F(AgentsTest, AssignmentsAndWrapUpsSurviveARestart) {
  SignIn("ann");
  const Contact first = Submit("chat-1");
  Accept("ann", first.id());
  SignIn("ben");
  const Contact second = Submit("chat-2");
  Accept("ben", second.id());
  agents::v1::CompleteContactRequest complete;
  complete.set_contact_id(second.id());
  agents::v1::CompleteContactResponse completed;
  ASSERT_TRUE(agents().CompleteContact(Agent("ben").get(), complete, &completed).ok());
  const std::string ends_at = DeskOf("ben").contacts(0).wrap_up_ends_at().ShortDebugString();
  EXPECT_EQ(completed.contact().wrap_up_ends_at().ShortDebugString(), ends_at);

  Restart();

  EXPECT_EQ(Get(first.id()).state(), Contact::STATE_ASSIGNED);
  EXPECT_EQ(Get(first.id()).agent(), "ann");
  ASSERT_EQ(DeskOf("ben").contacts_size(), 1);
  EXPECT_EQ(DeskOf("ben").contacts(0).state(), Contact::STATE_WRAPPING);
  EXPECT_EQ(DeskOf("ben").contacts(0).wrap_up_ends_at().ShortDebugString(), ends_at);
  EXPECT_EQ(Get(second.id()).wrap_up_ends_at().ShortDebugString(), ends_at);
  EXPECT_TRUE(DeskOf("ann").agent().console_lost());
}

TEST_F(AgentsTest, AWatchTellsTheDeskAndThenEachEventOnce) {
  SignIn("ann");
  const Contact before = Submit("chat-1");
  auto context = Agent("ann");
  auto reader = agents().WatchAgent(context.get(), agents::v1::WatchAgentRequest());
  agents::v1::WatchAgentResponse response;
  ASSERT_TRUE(reader->Read(&response));
  ASSERT_EQ(response.desk().offers_size(), 1);
  EXPECT_EQ(response.desk().offers(0).contact().id(), before.id());

  Accept("ann", before.id());
  std::vector<Event> events;
  for (const Event& event : response.events()) events.push_back(event);
  while (events.empty() && reader->Read(&response)) {
    EXPECT_FALSE(response.has_desk());
    for (const Event& event : response.events()) events.push_back(event);
  }
  ASSERT_EQ(events.size(), 1U);
  EXPECT_TRUE(events[0].has_assigned());
  EXPECT_EQ(events[0].assigned().contact().id(), before.id());
  context->TryCancel();
  reader->Finish();
}

// What is decided right behind a desk comes into the same commit, and is not in the desk.
TEST_F(AgentsTest, AGatewayIsToldWhatHappensRightAfterItsAgentsDesk) {
  SignIn("ann");
  const Contact contact = Submit("chat-1");
  auto context = As(io::Role::kAdapter, "gateway");
  auto stream = agents().ServeAgents(context.get());
  agents::v1::ServeAgentsRequest hello;
  hello.mutable_hello()->set_gateway("gateway");
  hello.add_commands()->mutable_attach()->set_agent_id("ann");
  agents::v1::AgentCommand& accept = *hello.add_commands();
  accept.mutable_accept()->set_agent_id("ann");
  accept.mutable_accept()->set_contact_id(contact.id());
  ASSERT_TRUE(stream->Write(hello));
  agents::v1::ServeAgentsResponse response;
  std::vector<agents::v1::Desk> desks;
  std::vector<Event> events;
  while (events.empty() && stream->Read(&response)) {
    for (const agents::v1::Desk& desk : response.desks()) desks.push_back(desk);
    for (const Event& event : response.events()) events.push_back(event);
  }
  ASSERT_EQ(desks.size(), 1U);
  EXPECT_EQ(desks[0].offers_size(), 1);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_TRUE(events[0].has_assigned());
  EXPECT_GT(events[0].sequence(), desks[0].sequence());
  context->TryCancel();
  stream->Finish();
}

TEST_F(AgentsTest, AGatewayThatGoesAwayLeavesItsAgentsWithoutConsole) {
  SignIn("ann");
  auto context = As(io::Role::kAdapter, "gateway");
  auto stream = agents().ServeAgents(context.get());
  agents::v1::ServeAgentsRequest hello;
  hello.mutable_hello()->set_gateway("gateway");
  agents::v1::AgentCommand& attach = *hello.add_commands();
  attach.set_tag(1);
  attach.mutable_attach()->set_agent_id("ann");
  ASSERT_TRUE(stream->Write(hello));
  agents::v1::ServeAgentsResponse response;
  bool desk = false;
  bool words = false;
  while ((!desk || !words) && stream->Read(&response)) {
    desk = desk || response.desks_size() > 0;
    words = words || response.vocabulary().dispositions_size() > 0;
  }
  ASSERT_TRUE(desk && words);
  EXPECT_FALSE(DeskOf("ann").agent().console_lost());
  context->TryCancel();
  stream->Finish();
  Eventually([&] { return DeskOf("ann").agent().console_lost(); });
}

TEST_F(AgentsTest, AGatewayWithoutAgentsHearsTheWordsOfANewConfiguration) {
  auto call = As(io::Role::kAdapter, "gateway");
  auto stream = agents().ServeAgents(call.get());
  agents::v1::ServeAgentsRequest hello;
  hello.mutable_hello()->set_gateway("gateway");
  ASSERT_TRUE(stream->Write(hello));
  agents::v1::ServeAgentsResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.vocabulary().dispositions_size(), 1);
  admin::v1::ApplyDomainRequest apply;
  apply.set_yaml(
      "domain: test\ndispositions: [resolved, spam]\nqueues: {support: {}, billing: {}}\n");
  admin::v1::ApplyDomainResponse applied;
  ASSERT_TRUE(admin().ApplyDomain(Admin().get(), apply, &applied).ok());
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.vocabulary().dispositions_size(), 2);
  call->TryCancel();
  stream->Finish();
}

TEST_F(AgentsTest, PresenceTakesDeclaredReasons) {
  SignIn("ann");
  agents::v1::SetPresenceRequest request;
  request.set_presence(agents::v1::Agent::PRESENCE_NOT_READY);
  request.set_reason("fishing");
  agents::v1::SetPresenceResponse response;
  EXPECT_EQ(ReasonOf(agents().SetPresence(Agent("ann").get(), request, &response)),
            "UNKNOWN_REASON");
  request.set_reason("break");
  ASSERT_TRUE(agents().SetPresence(Agent("ann").get(), request, &response).ok());
  EXPECT_EQ(response.agent().presence(), agents::v1::Agent::PRESENCE_NOT_READY);
  EXPECT_GE(response.agent().presence_since().seconds(), response.agent().idle_since().seconds());
  EXPECT_GT(response.agent().presence_since().seconds(), 0);
  EXPECT_EQ(Submit("chat-1").state(), Contact::STATE_WAITING);
}

}  // namespace
}  // namespace usher
