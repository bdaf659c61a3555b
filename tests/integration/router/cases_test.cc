// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <google/protobuf/util/time_util.h>
#include <grpcpp/create_channel.h>

#include "base/failpoint.h"
#include "tests/integration/router/router_fixture.h"
#include "usher/context/v1/case_service.grpc.pb.h"

namespace usher {
namespace {

using namespace context::v1;  // NOLINT(google-build-using-namespace): this file speaks it
using google::protobuf::util::TimeUtil;

constexpr char kDomain[] = R"(
domain: test
queues:
  support: {channels: [chat, voice], offer_timeout: 1h}
  tasks: {channels: [task], offer_timeout: 1h}
  bosses: {channels: [task], offer_timeout: 1h}
agents:
  ann: {queues: [support, tasks]}
  ben: {queues: [support, tasks]}
  eva: {queues: [bosses]}
customers: {access: open, refused_words: [fool]}
cases:
  categories: [billing, delivery]
  queue: tasks
  escalate_to: bosses
  max_transfers: 2
  due_soon: 1h
)";

class CasesTest : public RouterTest {
 protected:
  CasesTest() {
    Apply(kDomain);
    ResolveCustomerRequest request;
    request.mutable_identity()->set_kind("email");
    request.mutable_identity()->set_value("mei@example.com");
    ResolveCustomerResponse response;
    EXPECT_TRUE(context().ResolveCustomer(Adapter().get(), request, &response).ok());
    customer_ = response.customer().id();
  }
  ~CasesTest() override { failpoints::Disarm(); }

  void Apply(const std::string& yaml) {
    admin::v1::ApplyDomainRequest request;
    request.set_yaml(yaml);
    admin::v1::ApplyDomainResponse response;
    const grpc::Status status = admin().ApplyDomain(Admin().get(), request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }

  std::unique_ptr<CaseService::Stub> cases() {
    return CaseService::NewStub(
        grpc::CreateChannel(router().address(), grpc::InsecureChannelCredentials()));
  }

  OpenCaseRequest Opening(const std::string& request_id) {
    OpenCaseRequest request;
    request.set_request_id(request_id);
    request.set_customer_id(customer_);
    request.set_subject("The bill is wrong");
    request.set_category("billing");
    return request;
  }
  // By ann, who owns it.
  Case Open(const std::string& request_id) {
    OpenCaseResponse response;
    const grpc::Status status =
        cases()->OpenCase(Agent("ann").get(), Opening(request_id), &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.case_();
  }
  Case Get(const std::string& id) {
    GetCaseRequest request;
    request.set_case_id(id);
    GetCaseResponse response;
    const grpc::Status status = cases()->GetCase(Admin().get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.case_();
  }
  grpc::Status Transfer(const std::string& id, const std::string& agent, const std::string& queue,
                        const std::string& request_id) {
    TransferCaseRequest request;
    request.set_request_id(request_id);
    request.set_case_id(id);
    request.set_reason("knows more");
    if (queue.empty()) {
      request.set_agent_id(agent);
    } else {
      request.set_queue(queue);
    }
    TransferCaseResponse response;
    return cases()->TransferCase(Agent("ann").get(), request, &response);
  }
  Case Promise(const std::string& id, std::chrono::milliseconds in) {
    MakePromiseRequest request;
    request.set_request_id("promise-" + std::to_string(in.count()));
    request.set_case_id(id);
    request.set_text("I call back");
    const auto due = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch() + in);
    *request.mutable_due() = TimeUtil::MillisecondsToTimestamp(due.count());
    MakePromiseResponse response;
    const grpc::Status status = cases()->MakePromise(Agent("ann").get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.case_();
  }
  std::vector<std::string> List(const ListCasesRequest& request) {
    ListCasesResponse response;
    const grpc::Status status = cases()->ListCases(Admin().get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    std::vector<std::string> ids;
    for (const Case& one : response.cases()) ids.push_back(one.id());
    return ids;
  }
  std::vector<std::string> ListOf(const std::string& owner) {
    ListCasesRequest request;
    request.set_owner(owner);
    return List(request);
  }

  // What the customer's timeline tells of cases and of their tasks, oldest first.
  std::vector<std::string> Told() {
    ListTimelineRequest request;
    request.set_customer_id(customer_);
    request.mutable_page()->set_page_size(100);
    ListTimelineResponse response;
    EXPECT_TRUE(context().ListTimeline(Adapter().get(), request, &response).ok());
    std::vector<std::string> words;
    for (const TimelineEntry& entry : response.entries()) {
      if (entry.has_case_changed()) words.push_back(entry.case_changed().change());
      if (entry.has_promise()) words.push_back("promise " + entry.promise().change());
      if (entry.has_opened()) words.push_back("task in " + entry.opened().queue());
    }
    std::reverse(words.begin(), words.end());
    return words;
  }
  std::size_t CountTold(const std::string& word) {
    const std::vector<std::string> words = Told();
    return static_cast<std::size_t>(std::count(words.begin(), words.end(), word));
  }
  // Lists and the timeline follow the case's record: a call is answered when that is written.
  void AwaitListed(const std::string& owner, const std::vector<std::string>& ids) {
    Eventually([&] { return ListOf(owner) == ids; });
  }
  void AwaitListed(const std::string& owner, std::size_t count) {
    Eventually([&] { return ListOf(owner).size() == count; });
  }
  void ExpectTold(const std::string& word, std::size_t times) {
    Eventually([&] { return CountTold(word) >= times; });
    EXPECT_EQ(CountTold(word), times) << word;
  }
  // The agent accepts whatever she is offered first; gives the contact.
  std::string AcceptFirst(const std::string& agent) {
    std::string contact;
    Eventually([&] {
      agents::v1::GetAgentRequest request;
      agents::v1::GetAgentResponse response;
      if (!agents().GetAgent(Agent(agent).get(), request, &response).ok()) return false;
      if (response.desk().offers_size() == 0) return false;
      agents::v1::AcceptOfferRequest accept;
      accept.set_contact_id(response.desk().offers(0).contact().id());
      agents::v1::AcceptOfferResponse accepted;
      if (!agents().AcceptOffer(Agent(agent).get(), accept, &accepted).ok()) return false;
      contact = accept.contact_id();
      return true;
    });
    return contact;
  }
  void MakeAvailable(const std::string& agent) {
    SignIn(agent);
    agents::v1::SetPresenceRequest request;
    request.set_presence(agents::v1::Agent::PRESENCE_AVAILABLE);
    agents::v1::SetPresenceResponse response;
    EXPECT_TRUE(agents().SetPresence(Agent(agent).get(), request, &response).ok());
  }

  std::string customer_;
};

TEST_F(CasesTest, ACaseIsOpenedOnceAndListedAndTold) {
  const Case opened = Open("r1");
  EXPECT_EQ(opened.owner(), "ann");
  EXPECT_EQ(opened.version(), 1U);
  EXPECT_EQ(Open("r1").id(), opened.id());
  EXPECT_NE(Open("r2").id(), opened.id());
  OpenCaseRequest other = Opening("r1");
  other.set_subject("Something else");
  OpenCaseResponse response;
  EXPECT_EQ(ReasonOf(cases()->OpenCase(Agent("ann").get(), other, &response)), "REQUEST_ID_REUSED");
  AwaitListed("ann", 2);
  AwaitListed("", 2);
  ListCasesRequest of_customer;
  of_customer.set_customer_id(customer_);
  EXPECT_EQ(List(of_customer).size(), 2U);
  EXPECT_EQ(Told(), (std::vector<std::string>{"opened", "opened"}));
}

TEST_F(CasesTest, WhatIsNotThereOrNotTheirsIsRefused) {
  OpenCaseResponse response;
  const auto reason = [&](const OpenCaseRequest& request) {
    return ReasonOf(cases()->OpenCase(Agent("ann").get(), request, &response));
  };
  OpenCaseRequest request = Opening("");
  request.set_customer_id("cu_0000000000000000");
  EXPECT_EQ(reason(request), "UNKNOWN_CUSTOMER");
  request = Opening("");
  request.set_category("biling");
  EXPECT_EQ(reason(request), "UNKNOWN_CATEGORY");
  request = Opening("");
  request.set_contact_id(Submit("of-nobody").id());
  EXPECT_EQ(reason(request), "CONTACT_OF_ANOTHER");
  request.set_contact_id("c999999");
  EXPECT_EQ(reason(request), "UNKNOWN_CONTACT");
  request.set_contact_id(Submit("hers", customer_).id());
  EXPECT_EQ(reason(request), "OK");
  GetCaseRequest get;
  GetCaseResponse got;
  get.set_case_id("ca_0000000000000000");
  EXPECT_EQ(ReasonOf(cases()->GetCase(Admin().get(), get, &got)), "UNKNOWN_CASE");
  get.set_case_id("c42");
  EXPECT_EQ(ReasonOf(cases()->GetCase(Admin().get(), get, &got)), "BAD_CASE_ID");
}

TEST_F(CasesTest, PagesAreLatestFirstAndCaseThatEndedAreLeftOut) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.insert(ids.begin(), Open('r' + std::to_string(i)).id());
  UpdateCaseRequest end;
  end.set_case_id(ids[2]);
  end.set_status(Case::STATUS_RESOLVED);
  end.set_resolution("Corrected");
  UpdateCaseResponse ended;
  ASSERT_TRUE(cases()->UpdateCase(Agent("ann").get(), end, &ended).ok());
  ListCasesRequest request;
  request.set_customer_id(customer_);
  request.set_with_ended(true);
  request.mutable_page()->set_page_size(2);
  std::vector<std::string> seen;
  for (;;) {
    ListCasesResponse response;
    ASSERT_TRUE(cases()->ListCases(Admin().get(), request, &response).ok());
    for (const Case& one : response.cases()) seen.push_back(one.id());
    if (response.page().next_page_token().empty()) break;
    request.mutable_page()->set_page_token(response.page().next_page_token());
  }
  std::sort(seen.begin(), seen.end());
  std::vector<std::string> all = ids;
  std::sort(all.begin(), all.end());
  EXPECT_EQ(seen, all);
  AwaitListed("ann", 4);
  AwaitListed("", 4);
}

TEST_F(CasesTest, WordsThatTheDomainRefusesAreRefusedInCasesToo) {
  OpenCaseRequest opening = Opening("r1");
  opening.set_subject("A fool calls");
  OpenCaseResponse response;
  EXPECT_EQ(ReasonOf(cases()->OpenCase(Agent("ann").get(), opening, &response)), "WORD_REFUSED");
  const Case opened = Open("r2");
  UpdateCaseRequest update;
  update.set_case_id(opened.id());
  update.set_status(Case::STATUS_RESOLVED);
  update.set_resolution("The fool has paid");
  UpdateCaseResponse updated;
  EXPECT_EQ(ReasonOf(cases()->UpdateCase(Agent("ann").get(), update, &updated)), "WORD_REFUSED");
  TransferCaseRequest transfer;
  transfer.set_case_id(opened.id());
  transfer.set_agent_id("ben");
  transfer.set_reason("what a fool");
  TransferCaseResponse transferred;
  EXPECT_EQ(ReasonOf(cases()->TransferCase(Agent("ann").get(), transfer, &transferred)),
            "WORD_REFUSED");
  MakePromiseRequest promise;
  promise.set_case_id(opened.id());
  promise.set_text("The FOOL is called back");
  *promise.mutable_due() = TimeUtil::SecondsToTimestamp(4'000'000'000);
  MakePromiseResponse promised;
  EXPECT_EQ(ReasonOf(cases()->MakePromise(Agent("ann").get(), promise, &promised)), "WORD_REFUSED");
  EXPECT_EQ(Get(opened.id()).subject(), "The bill is wrong");
  EXPECT_EQ(Get(opened.id()).owner(), "ann");
}

TEST_F(CasesTest, WhoAcceptsTheTaskOfAQueueOwnsTheCase) {
  const Case opened = Open("r1");
  ASSERT_TRUE(Transfer(opened.id(), "", "tasks", "t1").ok());
  ASSERT_TRUE(Transfer(opened.id(), "", "tasks", "t1").ok());  // the same again
  EXPECT_EQ(Get(opened.id()).owner(), "");
  AwaitListed("ann", 0);
  MakeAvailable("ben");
  const std::string task = AcceptFirst("ben");
  EXPECT_EQ(task, Get(opened.id()).task_contact_id());
  Eventually([&] { return Get(opened.id()).owner() == "ben"; });
  AwaitListed("ben", {opened.id()});
  const Case taken = Get(opened.id());
  ASSERT_EQ(taken.hops_size(), 3);
  EXPECT_EQ(taken.hops(1).queue(), "tasks");
  EXPECT_EQ(taken.hops(2).owner(), "ben");
  EXPECT_EQ(taken.transfers(), 1U);
  ExpectTold("passed-on", 1);
  ExpectTold("taken", 1);
}

TEST_F(CasesTest, AMissedPromiseRemindsItsOwnerThenEscalates) {
  MakeAvailable("ann");
  MakeAvailable("eva");
  const Case opened = Open("r1");
  Promise(opened.id(), std::chrono::milliseconds{3'000});
  AcceptFirst("ann");
  EXPECT_TRUE(Get(opened.id()).promise().has_reminded_at());
  AcceptFirst("eva");
  Eventually([&] { return Get(opened.id()).owner() == "eva"; });
  const Case missed = Get(opened.id());
  EXPECT_TRUE(missed.promise().has_missed_at());
  EXPECT_TRUE(missed.escalated());
  ExpectTold("task in bosses", 1);
  ExpectTold("promise made", 1);
  ExpectTold("promise due-soon", 1);
  ExpectTold("promise missed", 1);
  ExpectTold("escalated", 1);
  ExpectTold("taken", 1);
  ExpectTold("task in tasks", 1);
}

TEST_F(CasesTest, AKeptPromiseTakesItsTaskBack) {
  const Case opened = Open("r1");
  Promise(opened.id(), std::chrono::hours{1});
  // Applied with another `due_soon` it would be the same: half of its time has to be over.
  Promise(opened.id(), std::chrono::milliseconds{60'000});
  ASSERT_TRUE(Transfer(opened.id(), "ben", "", "t1").ok());
  KeepPromiseRequest request;
  request.set_case_id(opened.id());
  KeepPromiseResponse response;
  ASSERT_TRUE(cases()->KeepPromise(Agent("ben").get(), request, &response).ok());
  EXPECT_TRUE(response.case_().promise().has_kept_at());
  EXPECT_EQ(response.case_().promise().number(), 2U);
  // The task tells ben of the case, not of the promise.
  EXPECT_FALSE(response.case_().task_contact_id().empty());
  UpdateCaseRequest end;
  end.set_case_id(opened.id());
  end.set_status(Case::STATUS_CLOSED);
  end.set_resolution("Corrected");
  UpdateCaseResponse ended;
  const std::string task = response.case_().task_contact_id();
  ASSERT_TRUE(cases()->UpdateCase(Agent("ben").get(), end, &ended).ok());
  EXPECT_EQ(ended.case_().task_contact_id(), "");
  Eventually(
      [&] { return RouterTest::Get(task).outcome() == routing::v1::Contact::OUTCOME_CANCELLED; });
}

// The places at which a change is cut, and whether it is durable there.
struct CutPlace {
  const char* name;
  bool is_durable;
};

void PrintTo(const CutPlace& place, std::ostream* out) { *out << place.name; }

class CutCasesTest : public CasesTest, public testing::WithParamInterface<CutPlace> {};

TEST_P(CutCasesTest, ATransferThatIsCutAnywhereHappensOnce) {
  const Case opened = Open("r1");
  ASSERT_TRUE(failpoints::Arm(std::string(GetParam().name) + "=error@1").ok());
  EXPECT_EQ(Transfer(opened.id(), "", "tasks", "t1").ok(), GetParam().is_durable);
  CrashRouter();
  failpoints::Disarm();
  StartRouter();
  UntilLed();
  if (!GetParam().is_durable) {
    EXPECT_EQ(Get(opened.id()).owner(), "ann");
  }
  ASSERT_TRUE(Transfer(opened.id(), "", "tasks", "t1").ok());
  Eventually([&] { return !Get(opened.id()).task_contact_id().empty(); });
  Eventually([&] { return CountTold("task in tasks") > 0; });
  AwaitListed("ann", 0);
  const Case passed = Get(opened.id());
  EXPECT_EQ(passed.transfers(), 1U);
  EXPECT_EQ(passed.hops_size(), 2);
  AwaitListed("", {opened.id()});
  MakeAvailable("ben");
  EXPECT_EQ(AcceptFirst("ben"), passed.task_contact_id());
  Eventually([&] { return Get(opened.id()).owner() == "ben"; });
  AwaitListed("ben", {opened.id()});
  ExpectTold("taken", 1);
  ExpectTold("passed-on", 1);
  ExpectTold("task in tasks", 1);
}

TEST_P(CutCasesTest, AClockThatIsCutAnywhereRemindsOnceAndEscalatesOnce) {
  const Case opened = Open("r1");
  Promise(opened.id(), std::chrono::milliseconds{2'000});
  ASSERT_TRUE(failpoints::Arm(std::string(GetParam().name) + "=error@1").ok());
  if (GetParam().is_durable) {
    Eventually([&] { return Get(opened.id()).promise().has_reminded_at(); });
  }
  CrashRouter();
  failpoints::Disarm();
  StartRouter();
  UntilLed();
  Eventually([&] { return Get(opened.id()).promise().has_missed_at(); });
  ExpectTold("task in bosses", 1);
  Eventually([&] { return !Get(opened.id()).task_contact_id().empty(); });
  ExpectTold("promise missed", 1);
  ExpectTold("escalated", 1);
  // A router that was away for longer than that finds the promise missed already.
  EXPECT_LE(CountTold("promise due-soon"), 1U);
  Eventually([&] { return CountTold("task in tasks") == CountTold("promise due-soon"); });
  ExpectTold("task in bosses", 1);
  MakeAvailable("eva");
  EXPECT_EQ(AcceptFirst("eva"), Get(opened.id()).task_contact_id());
  Eventually([&] { return Get(opened.id()).owner() == "eva"; });
}

TEST_P(CutCasesTest, AnOpeningThatIsCutAnywhereIsMended) {
  ASSERT_TRUE(failpoints::Arm(std::string(GetParam().name) + "=error@1").ok());
  OpenCaseResponse response;
  EXPECT_EQ(cases()->OpenCase(Agent("ann").get(), Opening("r1"), &response).ok(),
            GetParam().is_durable);
  CrashRouter();
  failpoints::Disarm();
  StartRouter();
  UntilLed();
  const Case opened = Open("r1");
  AwaitListed("ann", {opened.id()});
  EXPECT_EQ(Told(), std::vector<std::string>{"opened"});
}

INSTANTIATE_TEST_SUITE_P(Places, CutCasesTest,
                         testing::Values(CutPlace{"case.watched", false},
                                         CutPlace{"case.changed", true},
                                         CutPlace{"case.told", true}, CutPlace{"case.listed", true},
                                         CutPlace{"case.offered", true},
                                         CutPlace{"case.settled", true}),
                         [](const auto& place) {
                           std::string name = place.param.name;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

}  // namespace
}  // namespace usher
