// SPDX-License-Identifier: Apache-2.0
#include "router/service/case_rules.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "router/service/wire.h"

namespace usher::service {
namespace {

using namespace context::v1;  // NOLINT(google-build-using-namespace): this file speaks it
using std::chrono::hours;
using std::chrono::minutes;

const Instant kStart = InstantFromUnixMs(1'767'600'000'000);  // Monday 2026-01-05, 08:00 UTC

// Agents ann and ben, queues tasks and bosses; nine to six on working days.
engine::Domain TestDomain() {
  engine::Domain domain;
  for (const char* id : {"ann", "ben"}) {
    domain.agents.emplace_back().id = AgentId{id};
  }
  for (const char* id : {"tasks", "bosses"}) domain.queues.emplace_back().id = QueueId{id};
  domain.hours.push_back({.id = "office", .weekly = {}, .closed = {}});
  for (int day = 0; day < 5; ++day) domain.hours[0].weekly.push_back({day, 540, 1080});
  domain.cases.categories = {"billing", "delivery"};
  domain.cases.queue = QueueId{"tasks"};
  domain.cases.escalate_to = QueueId{"bosses"};
  domain.cases.hours = "office";
  return domain;
}

CaseActor Ann(Instant at = kStart) { return {"ann", io::Role::kAgent, at}; }
CaseActor Boss(Instant at = kStart) { return {"eva", io::Role::kSupervisor, at}; }

// A case and the changes that it has seen.
class CaseRulesTest : public testing::Test {
 protected:
  CaseRulesTest() {
    edit_.record.mutable_case_()->set_id("ca_1");
    OpenCaseRequest request;
    request.set_subject("The bill is wrong");
    EXPECT_TRUE(OpenCase(request, CustomerId{"cu_1"}, domain_, Ann(), edit_).ok());
    Settle();
  }

  Case& now() { return *edit_.record.mutable_case_(); }
  std::vector<std::string> told() const {
    std::vector<std::string> words;
    for (const TimelineEntry& entry : edit_.entries) {
      words.push_back(entry.has_promise() ? "promise " + entry.promise().change()
                                          : entry.case_changed().change());
    }
    return words;
  }
  // What the desk does when everything went well.
  void Settle() {
    edit_.record.clear_withdrawn();
    edit_.record.clear_former_owners();
    edit_.entries.clear();
    edit_.is_noted = false;
    if (WantsOffer(edit_.record)) NoteOffered(task().external_id(), "c7", edit_.record);
  }
  const CaseTask& task() const { return edit_.record.task(); }

  std::string ReasonOf(const Result<void>& result) {
    return result.ok() ? "" : result.error().reason;
  }
  std::string Transfer(const CaseActor& actor, const std::string& agent,
                       const std::string& queue = "") {
    TransferCaseRequest request;
    if (queue.empty()) {
      request.set_agent_id(agent);
    } else {
      request.set_queue(queue);
    }
    request.set_reason("on holiday");
    return ReasonOf(TransferCase(request, domain_, actor, edit_));
  }
  std::string SetStatus(Case::Status status, const std::string& resolution = "") {
    UpdateCaseRequest request;
    request.set_status(status);
    if (!resolution.empty()) request.set_resolution(resolution);
    return ReasonOf(UpdateCase(request, domain_, Ann(), edit_));
  }
  std::string Promise(Instant due, Instant at = kStart) {
    return ReasonOf(MakePromise("I call back", due, Ann(at), edit_));
  }
  // Attends as the clock does, until nothing is due by then; gives when it did something.
  std::vector<Duration> RunClockUntil(Instant end) {
    std::vector<Duration> did;
    for (auto at = NextDueOf(edit_.record, domain_.cases); at && *at <= end;
         at = NextDueOf(edit_.record, domain_.cases)) {
      did.push_back(*at - kStart);
      AttendCase(domain_, *at, edit_);
    }
    return did;
  }

  engine::Domain domain_ = TestDomain();
  CaseEdit edit_;
};

TEST_F(CaseRulesTest, ItsOwnerIsWhoOpensIt) {
  EXPECT_EQ(now().owner(), "ann");
  EXPECT_EQ(now().status(), Case::STATUS_OPEN);
  ASSERT_EQ(now().hops_size(), 1);
  EXPECT_FALSE(edit_.record.has_task());
}

TEST_F(CaseRulesTest, WhoIsNamedAsItsOwnerIsOfferedATask) {
  CaseEdit edit;
  OpenCaseRequest request;
  request.set_subject("Late");
  request.set_owner("ben");
  ASSERT_TRUE(OpenCase(request, CustomerId{"cu_1"}, domain_, Ann(), edit).ok());
  EXPECT_EQ(edit.record.task().prefer(), "ben");
  request.set_owner("nobody");
  EXPECT_EQ(ReasonOf(OpenCase(request, CustomerId{"cu_1"}, domain_, Ann(), edit)), "UNKNOWN_AGENT");
  request.clear_owner();
  EXPECT_EQ(ReasonOf(OpenCase(request, CustomerId{"cu_1"}, domain_, Boss(), edit)),
            "MISSING_OWNER");
}

TEST_F(CaseRulesTest, TextsAreBoundedAndCategoriesKnown) {
  UpdateCaseRequest request;
  request.set_category("biling");
  const Result<void> refused = UpdateCase(request, domain_, Ann(), edit_);
  EXPECT_EQ(ReasonOf(refused), "UNKNOWN_CATEGORY");
  EXPECT_NE(refused.error().message.find("billing"), std::string::npos);
  request.set_category("billing");
  EXPECT_TRUE(UpdateCase(request, domain_, Ann(), edit_).ok());
  request.set_subject(std::string(257, 'x'));
  EXPECT_EQ(ReasonOf(UpdateCase(request, domain_, Ann(), edit_)), "TOO_LONG");
  request.set_subject("two\nlines");
  EXPECT_EQ(ReasonOf(UpdateCase(request, domain_, Ann(), edit_)), "BAD_TEXT");
  request.set_subject("");
  EXPECT_EQ(ReasonOf(UpdateCase(request, domain_, Ann(), edit_)), "MISSING_SUBJECT");
  request.set_subject("one line");
  request.set_complaint_level(6);
  EXPECT_EQ(ReasonOf(UpdateCase(request, domain_, Ann(), edit_)), "BAD_COMPLAINT_LEVEL");
}

TEST_F(CaseRulesTest, ACaseEndsWithAResolutionOnlyAndMayBeOpenedAgain) {
  EXPECT_EQ(SetStatus(Case::STATUS_RESOLVED), "MISSING_RESOLUTION");
  EXPECT_EQ(now().status(), Case::STATUS_OPEN);
  EXPECT_EQ(SetStatus(Case::STATUS_PENDING), "");
  EXPECT_EQ(SetStatus(Case::STATUS_RESOLVED, "Corrected"), "");
  EXPECT_TRUE(now().has_ended_at());
  EXPECT_EQ(SetStatus(Case::STATUS_PENDING), "BAD_TRANSITION");
  EXPECT_EQ(Transfer(Ann(), "ben"), "CASE_ENDED");
  EXPECT_EQ(Promise(kStart + hours{2}), "CASE_ENDED");
  EXPECT_EQ(SetStatus(Case::STATUS_CLOSED), "");
  EXPECT_EQ(SetStatus(Case::STATUS_RESOLVED), "BAD_TRANSITION");
  EXPECT_EQ(SetStatus(Case::STATUS_OPEN), "");
  EXPECT_FALSE(now().has_ended_at());
  EXPECT_EQ(told(), (std::vector<std::string>{"changed", "resolved", "closed", "reopened"}));
}

TEST_F(CaseRulesTest, ItTakesTwoHundredContactsAndEachOnce) {
  for (int i = 0; i < kCaseContactsMax; ++i) now().add_contacts('c' + std::to_string(i));
  UpdateCaseRequest request;
  request.set_link_contact_id("c7");
  EXPECT_TRUE(UpdateCase(request, domain_, Ann(), edit_).ok());
  EXPECT_TRUE(edit_.entries.empty());
  request.set_link_contact_id("c999");
  EXPECT_EQ(ReasonOf(UpdateCase(request, domain_, Ann(), edit_)), "TOO_MANY_CONTACTS");
}

TEST_F(CaseRulesTest, AnOlderVersionIsRefused) {
  now().set_version(4);
  UpdateCaseRequest request;
  request.set_version(3);
  EXPECT_EQ(ReasonOf(UpdateCase(request, domain_, Ann(), edit_)), "VERSION_CHANGED");
  request.set_version(4);
  EXPECT_TRUE(UpdateCase(request, domain_, Ann(), edit_).ok());
}

TEST_F(CaseRulesTest, AnAgentOwnsItAtOnceAndAQueueOnceSomebodyAccepts) {
  EXPECT_EQ(Transfer(Ann(), "ann"), "SAME_OWNER");
  EXPECT_EQ(Transfer(Ann(), "ben"), "");
  EXPECT_EQ(now().owner(), "ben");
  EXPECT_EQ(task().prefer(), "ben");
  EXPECT_FALSE(task().gives_ownership());
  Settle();
  EXPECT_EQ(Transfer(Ann(), "", "tasks"), "");
  EXPECT_EQ(now().owner(), "");
  EXPECT_EQ(now().queue(), "tasks");
  Settle();
  TakeTask(task().external_id(), AgentId{"ann"}, kStart + minutes{5}, edit_);
  EXPECT_EQ(now().owner(), "ann");
  EXPECT_EQ(now().queue(), "");
  EXPECT_EQ(told(), std::vector<std::string>{"taken"});
  ASSERT_EQ(now().hops_size(), 4);
  EXPECT_EQ(now().hops(3).owner(), "ann");
  EXPECT_EQ(now().hops(3).queue(), "tasks");
  // The same event once more.
  Settle();
  TakeTask(task().external_id(), AgentId{"ann"}, kStart + minutes{5}, edit_);
  EXPECT_TRUE(edit_.entries.empty());
}

TEST_F(CaseRulesTest, PassedOnTooOftenItEscalatesAndStays) {
  EXPECT_EQ(Transfer(Ann(), "ben"), "");
  EXPECT_EQ(Transfer(Ann(), "ann"), "");
  Settle();
  EXPECT_EQ(Transfer(Ann(), "ben"), "");
  EXPECT_EQ(now().owner(), "");
  EXPECT_EQ(now().queue(), "bosses");
  EXPECT_TRUE(now().escalated());
  EXPECT_EQ(now().transfers(), 3U);
  EXPECT_EQ(task().queue(), "bosses");
  EXPECT_EQ(told(), std::vector<std::string>{"escalated"});
  EXPECT_EQ(Transfer(Ann(), "ben"), "ESCALATED");
  EXPECT_EQ(Transfer(Boss(), "ben"), "");
  EXPECT_EQ(now().owner(), "ben");
}

TEST_F(CaseRulesTest, WithNobodyToEscalateToTheLimitIsTheEnd) {
  domain_.cases.escalate_to = QueueId{};
  domain_.cases.max_transfers = 0;
  EXPECT_EQ(Transfer(Ann(), "ben"), "TRANSFER_LIMIT");
  EXPECT_EQ(now().owner(), "ann");
  EXPECT_EQ(Transfer(Boss(), "ben"), "");
}

TEST_F(CaseRulesTest, APromiseIsOfTheFutureAndOfTheNextYear) {
  EXPECT_EQ(Promise(kStart), "PROMISE_IN_PAST");
  EXPECT_EQ(Promise(kStart + hours{367 * 24}), "PROMISE_TOO_FAR");
  EXPECT_EQ(Promise(kStart + hours{366 * 24}), "");
  EXPECT_EQ(now().promise().number(), 1U);
  EXPECT_EQ(Promise(kStart + hours{5}), "");
  EXPECT_EQ(now().promise().number(), 2U);
  EXPECT_EQ(told(), (std::vector<std::string>{"promise made", "promise changed"}));
}

TEST_F(CaseRulesTest, DueIsAnInstantALocalTimeOrBusinessTime) {
  domain_.timezone.first_offset = hours{1};
  MakePromiseRequest request;
  EXPECT_EQ(DueOf(request, domain_, kStart).error().reason, "MISSING_DUE");
  *request.mutable_due() = ToTimestamp(kStart + hours{3});
  EXPECT_EQ(*DueOf(request, domain_, kStart), kStart + hours{3});
  request.set_local_time("2026-01-05T18:00");
  EXPECT_EQ(*DueOf(request, domain_, kStart), kStart + hours{9});
  for (const char* wrong : {"2026-02-30T18:00", "tomorrow", "2026-01-05T24:01", "2026-01-05"}) {
    request.set_local_time(wrong);
    EXPECT_EQ(DueOf(request, domain_, kStart).error().reason, "BAD_LOCAL_TIME") << wrong;
  }
  // It is nine there: two hours more than the day has.
  request.mutable_business_time()->set_seconds(11 * 3600);
  EXPECT_EQ(*DueOf(request, domain_, kStart), kStart + hours{26});
  domain_.hours[0].weekly.clear();
  EXPECT_EQ(DueOf(request, domain_, kStart).error().reason, "NEVER_OPEN");
  domain_.cases.hours = "";
  EXPECT_EQ(*DueOf(request, domain_, kStart), kStart + hours{11});
}

TEST_F(CaseRulesTest, TheOwnerIsRemindedBeforeAndAMissEscalatesOnce) {
  ASSERT_EQ(Promise(kStart + hours{6}), "");
  Settle();
  EXPECT_EQ(RunClockUntil(kStart + hours{5}), std::vector<Duration>{hours{4}});
  EXPECT_EQ(told(), std::vector<std::string>{"promise due-soon"});
  EXPECT_EQ(task().prefer(), "ann");
  EXPECT_EQ(task().queue(), "tasks");
  EXPECT_EQ(task().promise(), 1U);
  const std::string reminder = task().external_id();
  Settle();
  EXPECT_EQ(RunClockUntil(kStart + hours{500}), std::vector<Duration>{hours{6}});
  EXPECT_EQ(told(), (std::vector<std::string>{"promise missed", "escalated"}));
  EXPECT_TRUE(now().escalated());
  EXPECT_EQ(now().owner(), "ann");
  EXPECT_EQ(task().queue(), "bosses");
  ASSERT_EQ(edit_.record.withdrawn_size(), 1);
  EXPECT_EQ(edit_.record.withdrawn(0).external_id(), reminder);
  // Who accepts the escalation owns the case.
  TakeTask(task().external_id(), AgentId{"ben"}, kStart + hours{7}, edit_);
  EXPECT_EQ(now().owner(), "ben");
}

TEST_F(CaseRulesTest, WithNobodyToEscalateToTheOwnerIsAskedAgain) {
  domain_.cases.escalate_to = QueueId{};
  ASSERT_EQ(Promise(kStart + hours{6}), "");
  RunClockUntil(kStart + hours{6});
  EXPECT_EQ(task().prefer(), "ann");
  EXPECT_EQ(task().why(), "missed");
  EXPECT_TRUE(now().escalated());
}

TEST_F(CaseRulesTest, WithoutAQueueNobodyIsAskedAndEverythingIsRecorded) {
  domain_.cases.queue = QueueId{};
  ASSERT_EQ(Promise(kStart + hours{6}), "");
  RunClockUntil(kStart + hours{4});
  EXPECT_FALSE(edit_.record.has_task());
  EXPECT_FALSE(edit_.unoffered.empty());
  EXPECT_TRUE(now().promise().has_reminded_at());
}

TEST_F(CaseRulesTest, APromiseThatIsNearIsNotRemindedAtOnce) {
  ASSERT_EQ(Promise(kStart + hours{1}), "");
  EXPECT_EQ(NextDueOf(edit_.record, domain_.cases), kStart + minutes{30});
}

TEST_F(CaseRulesTest, AKeptPromiseIsWatchedNoMoreAndItsTaskIsWithdrawn) {
  ASSERT_EQ(Promise(kStart + hours{6}), "");
  RunClockUntil(kStart + hours{4});
  Settle();
  ASSERT_TRUE(KeepPromise(Ann(kStart + hours{5}), edit_).ok());
  EXPECT_EQ(told(), std::vector<std::string>{"promise kept"});
  EXPECT_FALSE(edit_.record.has_task());
  EXPECT_EQ(edit_.record.withdrawn_size(), 1);
  EXPECT_EQ(NextDueOf(edit_.record, domain_.cases), std::nullopt);
  Settle();
  ASSERT_TRUE(KeepPromise(Ann(kStart + hours{6}), edit_).ok());
  EXPECT_TRUE(edit_.entries.empty());
}

TEST_F(CaseRulesTest, ACaseThatEndsIsWatchedNoMore) {
  EXPECT_EQ(ReasonOf(KeepPromise(Ann(), edit_)), "NO_PROMISE");
  ASSERT_EQ(Promise(kStart + hours{6}), "");
  RunClockUntil(kStart + hours{4});
  Settle();
  ASSERT_EQ(SetStatus(Case::STATUS_RESOLVED, "Corrected"), "");
  EXPECT_EQ(told(), (std::vector<std::string>{"promise kept", "resolved"}));
  EXPECT_EQ(edit_.record.withdrawn_size(), 1);
  EXPECT_EQ(NextDueOf(edit_.record, domain_.cases), std::nullopt);
}

TEST_F(CaseRulesTest, WhatWaitsForAnOwnerIsOfferedAgainWhereATaskCameToNothing) {
  ASSERT_EQ(Transfer(Ann(), "", "tasks"), "");
  Settle();
  const std::string first = task().external_id();
  EndTask(first, kStart, edit_);
  EXPECT_EQ(now().task_contact_id(), "");
  EXPECT_EQ(RunClockUntil(kStart + hours{1}), std::vector<Duration>{minutes{15}});
  EXPECT_NE(task().external_id(), first);
  EXPECT_TRUE(WantsOffer(edit_.record));
  // What is told of the first one means nothing any more.
  EndTask(first, kStart + hours{1}, edit_);
  TakeTask(first, AgentId{"ben"}, kStart + hours{1}, edit_);
  EXPECT_EQ(now().owner(), "");
  EXPECT_TRUE(WantsOffer(edit_.record));
}

TEST_F(CaseRulesTest, ATaskThatWasAcceptedMayEnd) {
  ASSERT_EQ(Transfer(Ann(), "", "tasks"), "");
  Settle();
  TakeTask(task().external_id(), AgentId{"ben"}, kStart, edit_);
  EndTask(task().external_id(), kStart, edit_);
  EXPECT_EQ(now().owner(), "ben");
  EXPECT_FALSE(edit_.record.has_task());
  EXPECT_EQ(NextDueOf(edit_.record, domain_.cases), std::nullopt);
}

}  // namespace
}  // namespace usher::service
