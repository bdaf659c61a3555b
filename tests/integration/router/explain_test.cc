// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/integration/router/router_fixture.h"

namespace usher {
namespace {

using routing::v1::Contact;
using routing::v1::Event;
using routing::v1::ExplainAgentRequest;
using routing::v1::ExplainAgentResponse;
using routing::v1::ExplainContactRequest;
using routing::v1::ExplainContactResponse;
using routing::v1::ExplainOfferRequest;
using routing::v1::ExplainOfferResponse;
using testing::HasSubstr;

// Queues of several strategies, steps that come at once, tiers, room for more than one contact.
constexpr char kBusyDomain[] = R"(
domain: test
skills: [billing, english]
dispositions: [resolved]
queues:
  support: {offer_timeout: 1h, reject_delay: 0s, wrap_up: 1h}
  billing:
    requires: billing >= 50
    strategy: best-skill
    offer_timeout: 1h
    reject_delay: 0s
    steps: [{at: 0s, requires: billing > 10}]
  chance: {strategy: random, offer_timeout: 1h, reject_delay: 0s}
  loaded: {strategy: least-loaded, offer_timeout: 1h, reject_delay: 0s}
  everyone: {strategy: broadcast, broadcast: 2, offer_timeout: 1h, reject_delay: 0s}
profiles:
  blended:
    chat: {max: 3, while: [chat]}
    voice: {max: 1}
agents:
  ann: {skills: {billing: 80, english: 90}, queues: {support: 0, billing: 0, chance: 0}}
  ben: {skills: {billing: 20}, queues: {support: 1, billing: 0, loaded: 0, everyone: 0}, profile: blended}
  cid: {skills: {english: 40}, queues: {support: 0, chance: 0, loaded: 0, everyone: 0}, profile: blended}
  dee: {skills: {billing: 60}, queues: {billing: 1, chance: 0, everyone: 0}, profile: blended}
)";
const std::vector<std::string> kQueues = {"support", "billing", "chance", "loaded", "everyone"};
const std::vector<std::string> kAgents = {"ann", "ben", "cid", "dee"};

class ExplainTest : public RouterTest {
 protected:
  void Apply(const std::string& yaml) {
    admin::v1::ApplyDomainRequest request;
    request.set_yaml(yaml);
    admin::v1::ApplyDomainResponse response;
    const grpc::Status status = admin().ApplyDomain(Admin().get(), request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }

  std::unique_ptr<grpc::ClientContext> Supervisor() { return As(io::Role::kSupervisor, "sue"); }

  grpc::Status AskOffer(const std::string& offer, ExplainOfferResponse& response) {
    ExplainOfferRequest request;
    request.set_offer_id(offer);
    return explain().ExplainOffer(Supervisor().get(), request, &response);
  }
  grpc::Status AskContact(const std::string& contact, ExplainContactResponse& response,
                          const google::protobuf::Timestamp* at = nullptr) {
    ExplainContactRequest request;
    request.set_contact_id(contact);
    if (at != nullptr) *request.mutable_at() = *at;
    return explain().ExplainContact(Supervisor().get(), request, &response);
  }
  grpc::Status AskAgent(const std::string& agent, ExplainAgentResponse& response,
                        const google::protobuf::Timestamp* at = nullptr) {
    ExplainAgentRequest request;
    request.set_agent_id(agent);
    if (at != nullptr) *request.mutable_at() = *at;
    return explain().ExplainAgent(Supervisor().get(), request, &response);
  }

  agents::v1::Desk DeskOf(const std::string& agent) {
    agents::v1::GetAgentResponse response;
    EXPECT_TRUE(
        agents().GetAgent(Agent(agent).get(), agents::v1::GetAgentRequest(), &response).ok());
    return response.desk();
  }

  Contact SubmitTo(const std::string& queue, const std::string& requirement = {}) {
    routing::v1::SubmitContactRequest request;
    request.set_channel(type::v1::CHANNEL_CHAT);
    request.set_queue(queue);
    request.set_requirement(requirement);
    routing::v1::SubmitContactResponse response;
    const grpc::Status status = routing().SubmitContact(Adapter().get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.contact();
  }

  void Accept(const std::string& agent, const std::string& contact) {
    agents::v1::AcceptOfferRequest request;
    request.set_contact_id(contact);
    agents::v1::AcceptOfferResponse response;
    const grpc::Status status = agents().AcceptOffer(Agent(agent).get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }
  void Complete(const std::string& agent, const std::string& contact) {
    agents::v1::CompleteContactRequest request;
    request.set_contact_id(contact);
    agents::v1::CompleteContactResponse response;
    EXPECT_TRUE(agents().CompleteContact(Agent(agent).get(), request, &response).ok());
    agents::v1::EndWrapUpRequest end;
    end.set_contact_id(contact);
    agents::v1::EndWrapUpResponse ended;
    agents().EndWrapUp(Agent(agent).get(), end, &ended);  // where there is one
  }

  // Whatever stands on the agent's desk goes on a step.
  void Work(const std::string& agent, std::mt19937& random) {
    const agents::v1::Desk desk = DeskOf(agent);
    for (const auto& offered : desk.offers()) {
      if (random() % 4 != 0) {
        Accept(agent, offered.contact().id());
      } else {
        agents::v1::RejectOfferRequest request;
        request.set_contact_id(offered.contact().id());
        request.set_reason("busy");
        agents::v1::RejectOfferResponse response;
        agents().RejectOffer(Agent(agent).get(), request, &response);
      }
    }
    for (const Contact& contact : desk.contacts()) {
      if (contact.state() == Contact::STATE_ASSIGNED) Complete(agent, contact.id());
    }
  }

  void RunBusyDay(int contacts, unsigned seed) {
    std::mt19937 random(seed);
    for (const std::string& agent : kAgents) SignIn(agent);
    for (int i = 0; i < contacts; ++i) {
      SubmitTo(kQueues[random() % kQueues.size()], random() % 5 == 0 ? "english > 50" : "");
      if (random() % 2 == 0) Work(kAgents[random() % kAgents.size()], random);
    }
  }

  // Every event that the log holds, by a watch from its first commit.
  std::vector<Event> Everything() {
    const Contact last = SubmitTo("support", "english > 95");  // nobody's
    auto context = Adapter();
    routing::v1::WatchContactsRequest request;
    request.set_after_sequence(0);
    auto reader = routing().WatchContacts(context.get(), request);
    std::vector<Event> events;
    routing::v1::WatchContactsResponse response;
    while ((events.empty() || events.back().contact_id() != last.id()) && reader->Read(&response)) {
      for (const Event& event : response.events()) {
        if (event.sequence() != 0) events.push_back(event);
      }
    }
    context->TryCancel();
    reader->Finish();
    return events;
  }

  // What the explanation says is what the log says.
  void ExpectExplained(const Event& offered) {
    ExplainOfferResponse response;
    const std::string& offer = offered.offered().offer().id();
    const grpc::Status status = AskOffer(offer, response);
    ASSERT_TRUE(status.ok()) << offer << ": " << status.error_message();
    const routing::v1::OfferExplanation& why = response.explanation();
    EXPECT_EQ(why.agent_id(), offered.agent_id()) << offer;
    EXPECT_EQ(why.best_agent_id(), offered.agent_id()) << offer << '\n' << response.text();
    EXPECT_EQ(why.contact_id(), offered.contact_id());
    EXPECT_EQ(why.sequence(), offered.sequence());
    EXPECT_EQ(why.version(), 1U);
    EXPECT_EQ(why.at().ShortDebugString(), offered.at().ShortDebugString());
    ASSERT_GT(why.agents().candidates(), 0U) << response.text();
    EXPECT_EQ(why.agents().agents(0).agent_id(), offered.agent_id());
    EXPECT_FALSE(why.agents().agents(0).has_hurdle());
    EXPECT_THAT(response.text(), HasSubstr("was offered to " + offered.agent_id()));
  }
};

TEST_F(ExplainTest, EveryOfferOfABusyDayIsExplainedAfterTheFact) {
  history_.checkpoint_log_bytes = 12'000;  // so that there are several to start from
  Restart();
  Apply(kBusyDomain);
  RunBusyDay(300, 7);
  std::size_t offers = 0;
  for (const Event& event : Everything()) {
    if (!event.has_offered()) continue;
    ++offers;
    ExpectExplained(event);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(offers, 150U);
}

TEST_F(ExplainTest, AWaitingContactIsToldWhyAndWhatWouldHelp) {
  ApplyDomain();
  const Contact contact = SubmitTo("billing");
  ExplainContactResponse response;
  ASSERT_TRUE(AskContact(contact.id(), response).ok());
  EXPECT_TRUE(response.life_is_whole());
  ASSERT_EQ(response.life_size(), 1);
  EXPECT_TRUE(response.life(0).has_queued());
  EXPECT_EQ(response.waiting().contact().queue(), "billing");
  EXPECT_EQ(response.waiting().position(), 1U);
  EXPECT_EQ(response.waiting().agents().members(), 1U);
  EXPECT_EQ(response.waiting().agents().agents(0).hurdle().kind(), "OFFLINE");
  EXPECT_FALSE(response.has_offer());
  ASSERT_EQ(response.waiting().ends_size(), 1);
  EXPECT_EQ(response.waiting().ends(0).agent_id(), "ann");
  EXPECT_THAT(response.text(), HasSubstr("when ann signs in"));
}

TEST_F(ExplainTest, AClosedContactsLifeIsToldAndWhyItsAgent) {
  ApplyDomain();
  SignIn("ben");
  // A domain counts milliseconds: ben is to be idle for longer, not for as long.
  const auto came = std::chrono::steady_clock::now();
  Eventually(
      [&] { return std::chrono::steady_clock::now() - came > std::chrono::milliseconds{2}; });
  SignIn("ann");
  const Contact contact = Submit("chat-1");
  Accept("ben", contact.id());
  Complete("ben", contact.id());
  const auto check = [&] {
    ExplainContactResponse response;
    const grpc::Status status = AskContact(contact.id(), response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    std::vector<std::string> life;
    for (const Event& event : response.life()) {
      life.push_back(event.GetReflection()
                         ->GetOneofFieldDescriptor(event, Event::descriptor()->oneof_decl(0))
                         ->name());
    }
    EXPECT_THAT(life, testing::ElementsAre("queued", "offered", "assigned", "wrap_up_started",
                                           "wrap_up_ended", "closed"));
    EXPECT_FALSE(response.has_waiting());
    EXPECT_EQ(response.offer().agent_id(), "ben");
    EXPECT_EQ(response.offer().decider(), "idle-since");
    EXPECT_TRUE(response.offer().ended().has_assigned());
    EXPECT_THAT(response.text(), HasSubstr("closed: completed"));
  };
  check();
  Restart();
  check();
}

TEST_F(ExplainTest, TheStateOfAnEarlierMomentIsTheOneOfThen) {
  ApplyDomain();
  const Contact first = Submit("chat-1");
  ExplainContactResponse before;
  ASSERT_TRUE(AskContact(first.id(), before).ok());
  SignIn("ann");
  Accept("ann", first.id());
  Restart();
  ExplainContactResponse then;
  ASSERT_TRUE(AskContact(first.id(), then, &before.at()).ok());
  EXPECT_EQ(then.SerializeAsString(), before.SerializeAsString());
  ExplainContactResponse now;
  ASSERT_TRUE(AskContact(first.id(), now).ok());
  EXPECT_EQ(now.waiting().why(), "NOT_WAITING");
  EXPECT_EQ(now.waiting().agent_id(), "ann");
}

TEST_F(ExplainTest, AnIdleAgentIsToldHowEachContactIsNotTheirs) {
  Apply(kBusyDomain);
  SignIn("cid");
  const Contact contact = SubmitTo("support", "english > 50");
  ExplainAgentResponse response;
  ASSERT_TRUE(AskAgent("cid", response).ok());
  EXPECT_EQ(response.explanation().why(), "WRONG_SKILL");
  ASSERT_EQ(response.explanation().waiting().total(), 1U);
  EXPECT_EQ(response.explanation().waiting().contacts(0).contact_id(), contact.id());
  EXPECT_EQ(response.explanation().waiting().contacts(0).hurdle().shortfalls(0).comparison(),
            "english > 50");
  EXPECT_THAT(response.text(), HasSubstr("needs english > 50, has 40"));
}

TEST_F(ExplainTest, WhatIsNoLongerKeptIsSaidClearly) {
  history_ = {.commits_kept = 200, .log_bytes_kept = 1u << 20, .checkpoint_log_bytes = 1};
  Restart();
  ApplyDomain();
  SignIn("ann");
  const Contact contact = Submit("chat-1");
  const std::string offer = contact.offers(0).id();
  const google::protobuf::Timestamp then = contact.enqueued_at();
  Accept("ann", contact.id());
  Complete("ann", contact.id());
  ExplainOfferResponse response;
  EXPECT_TRUE(AskOffer(offer, response).ok());
  // Rows are written every quarter of a second, and a checkpoint follows each time.
  grpc::Status status;
  Eventually([&] {
    Submit("more");
    routing::v1::CancelContactRequest cancel;
    cancel.set_contact_id(Submit("more").id());
    routing::v1::CancelContactResponse cancelled;
    EXPECT_TRUE(routing().CancelContact(Adapter().get(), cancel, &cancelled).ok());
    status = AskOffer(offer, response);
    return !status.ok();
  });
  EXPECT_EQ(ReasonOf(status), "HISTORY_GONE");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("the past is kept since 20"));
  ExplainContactResponse life;
  EXPECT_EQ(ReasonOf(AskContact(contact.id(), life)), "HISTORY_GONE");
  EXPECT_EQ(ReasonOf(AskContact(contact.id(), life, &then)), "HISTORY_GONE");
}

TEST_F(ExplainTest, WhatNeverWasIsNotFound) {
  ApplyDomain();
  ExplainOfferResponse offer;
  EXPECT_EQ(ReasonOf(AskOffer("o99", offer)), "UNKNOWN_OFFER");
  EXPECT_EQ(ReasonOf(AskOffer("", offer)), "MISSING_OFFER_ID");
  ExplainContactResponse contact;
  EXPECT_EQ(ReasonOf(AskContact("c99", contact)), "UNKNOWN_CONTACT");
  ExplainAgentResponse agent;
  EXPECT_EQ(ReasonOf(AskAgent("nobody", agent)), "UNKNOWN_AGENT");
  google::protobuf::Timestamp later;
  later.set_seconds(4'000'000'000);
  EXPECT_EQ(ReasonOf(AskAgent("ann", agent, &later)), "IN_THE_FUTURE");
}

TEST_F(ExplainTest, AgentsMayNotAsk) {
  ApplyDomain();
  ExplainAgentRequest request;
  request.set_agent_id("ann");
  ExplainAgentResponse response;
  EXPECT_EQ(explain().ExplainAgent(Agent("ann").get(), request, &response).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
}

}  // namespace
}  // namespace usher
