// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "base/failpoint.h"
#include "router/context/keys.h"
#include "tests/integration/context/context_fixture.h"

namespace usher::context {
namespace {

using Ids = std::vector<std::string>;
using Parted = CustomerMerge::Parted;

class CustomerMergeTest : public CustomersTest {
 protected:
  void SetUp() override {
    CustomersTest::SetUp();
    stays_ = Resolve("email", "ann@example.com", "Ann Berg");
    other_ = Resolve("phone", "+4930123456", "Anna Berg");
    Edit(stays_, [](v1::Customer& record) {
      record.set_tier("gold");
      record.add_tags("vip");
    });
    other_ = Edit(other_, [](v1::Customer& record) {
      record.set_tier("silver");
      record.set_language("de");
      record.add_tags("vip");
      record.add_tags("late");
      (*record.mutable_fields())["account"] = "AC-4711";
      (*record.mutable_attributes())["plan"] = "fibre";
    });
    stays_ = Get(stays_);
  }
  void TearDown() override {
    failpoints::Disarm();
    CustomersTest::TearDown();
  }

  CustomerMerge::Request Request(const v1::Customer& stays, const v1::Customer& other,
                                 const std::string& request_id = {}) {
    Change change = by_;
    change.at += Duration{++calls_};  // a moment later each
    return {domain_,    CustomerId{stays.id()}, CustomerId{other.id()},
            request_id, "same person",          change};
  }
  Result<v1::Customer> Merge(const v1::Customer& stays, const v1::Customer& other,
                             const std::string& request_id = {}) {
    return Wait<v1::Customer>(
        [&](auto done) { stores_->merges.Merge(Request(stays, other, request_id), done); });
  }
  Result<Parted> Undo(const v1::Customer& stays, const v1::Customer& other,
                      const std::string& request_id = {}) {
    return Wait<Parted>(
        [&](auto done) { stores_->merges.Undo(Request(stays, other, request_id), done); });
  }
  // What the timeline tells of merges, oldest first: the other one, with "undo" before it.
  Ids Told(const v1::Customer& customer) {
    const auto page = Wait<TimelinePage>([&](auto done) {
      stores_->timelines.Read(domain_, CustomerId{customer.id()}, "", 100, done);
    });
    Ids told;
    for (const v1::TimelineEntry& entry : page->entries) {
      if (!entry.has_merged()) continue;
      told.insert(told.begin(),
                  (entry.merged().undone() ? "undo " : "") + entry.merged().other_customer_id());
    }
    return told;
  }
  // As it would be read by people, without what grows with every change.
  static std::string Content(v1::Customer customer) {
    customer.clear_version();
    return customer.ShortDebugString();
  }

  v1::Customer stays_;
  v1::Customer other_;
  int calls_ = 0;
};

TEST_F(CustomerMergeTest, FillsWhatWasLackingAndOverwritesNothing) {
  const Result<v1::Customer> merged = Merge(stays_, other_);
  ASSERT_TRUE(merged.ok()) << merged.error().message;
  EXPECT_EQ(merged->id(), stays_.id());
  EXPECT_EQ(merged->name(), "Ann Berg");
  EXPECT_EQ(merged->tier(), "gold");
  EXPECT_EQ(merged->language(), "de");
  EXPECT_EQ(Ids(merged->tags().begin(), merged->tags().end()), (Ids{"vip", "late"}));
  EXPECT_EQ(merged->fields().at("account"), "AC-4711");
  EXPECT_EQ(merged->identities_size(), 2);
  EXPECT_EQ(Ids(merged->merged().begin(), merged->merged().end()), Ids{other_.id()});
  EXPECT_EQ(Told(stays_), Ids{other_.id()});
}

TEST_F(CustomerMergeTest, EveryRoadLeadsToTheOneThatStays) {
  ASSERT_TRUE(Merge(stays_, other_).ok());
  EXPECT_EQ(Get(other_).id(), stays_.id());
  EXPECT_EQ(Resolve("phone", "+4930123456").id(), stays_.id());
  EXPECT_EQ(Find("anna"), Ids{stays_.id()});
  EXPECT_EQ(Find("+4930"), Ids{stays_.id()});
  const v1::Customer edited =
      Edit(other_, [](v1::Customer& record) { record.set_name("Ann Lindt"); });
  EXPECT_EQ(edited.id(), stays_.id());
  const auto page =
      Wait<CustomerPage>([&](auto done) { stores_->customers.List(domain_, "", 10, done); });
  EXPECT_EQ(page->customers.size(), 1U);
}

TEST_F(CustomerMergeTest, UndoGivesBothBackAsTheyWere) {
  ASSERT_TRUE(Merge(stays_, other_).ok());
  const Result<Parted> parted = Undo(stays_, other_);
  ASSERT_TRUE(parted.ok()) << parted.error().message;
  EXPECT_EQ(Content(parted->customer), Content(stays_));
  EXPECT_EQ(Content(parted->other), Content(other_));
  EXPECT_EQ(Resolve("phone", "+4930123456").id(), other_.id());
  EXPECT_EQ(Told(stays_), (Ids{other_.id(), "undo " + other_.id()}));
}

TEST_F(CustomerMergeTest, UndoLeavesWhatWasChangedSince) {
  ASSERT_TRUE(Merge(stays_, other_).ok());
  Edit(stays_, [](v1::Customer& record) {
    record.set_language("fr");
    record.add_tags("new");
    (*record.mutable_fields())["account"] = "AC-1";
  });
  const Result<Parted> parted = Undo(stays_, other_);
  ASSERT_TRUE(parted.ok());
  EXPECT_EQ(parted->customer.language(), "fr");
  EXPECT_EQ(parted->customer.fields().at("account"), "AC-1");
  EXPECT_EQ(Ids(parted->customer.tags().begin(), parted->customer.tags().end()),
            (Ids{"vip", "new"}));
  EXPECT_TRUE(parted->customer.attributes().empty());
  EXPECT_EQ(Content(parted->other), Content(other_));
}

TEST_F(CustomerMergeTest, ARepeatedCallDoesItOnce) {
  ASSERT_TRUE(Merge(stays_, other_, "m-1").ok());
  ASSERT_TRUE(Merge(stays_, other_, "m-1").ok());
  ASSERT_TRUE(Undo(stays_, other_, "u-1").ok());
  ASSERT_TRUE(Undo(stays_, other_, "u-1").ok());
  ASSERT_TRUE(Merge(stays_, other_, "m-1").ok());  // late: it was undone since
  EXPECT_TRUE(Get(stays_).merged().empty());
  EXPECT_EQ(Told(stays_), (Ids{other_.id(), "undo " + other_.id()}));
}

TEST_F(CustomerMergeTest, RefusesWhatWouldGoRound) {
  const v1::Customer third = Resolve("chat", "3");
  EXPECT_EQ(Merge(stays_, stays_).error().reason, "SAME_CUSTOMER");
  EXPECT_EQ(Undo(stays_, other_).error().reason, "NOT_MERGED");
  ASSERT_TRUE(Merge(stays_, other_).ok());
  EXPECT_EQ(Merge(other_, stays_).error().reason, "MERGED_ALREADY");
  EXPECT_EQ(Merge(third, other_).error().reason, "MERGED_ALREADY");
  EXPECT_EQ(Merge(other_, third).error().reason, "MERGED_ALREADY");
  v1::Customer nobody;
  nobody.set_id("cu_0000000000000000");
  EXPECT_EQ(Merge(stays_, nobody).error().reason, "UNKNOWN_CUSTOMER");
}

TEST_F(CustomerMergeTest, ARecordTakesItsOwnWithIt) {
  const v1::Customer third = Resolve("chat", "3", "Third");
  ASSERT_TRUE(Merge(other_, third).ok());
  const Result<v1::Customer> merged = Merge(stays_, other_);
  ASSERT_TRUE(merged.ok());
  EXPECT_EQ(Ids(merged->merged().begin(), merged->merged().end()), (Ids{third.id(), other_.id()}));
  EXPECT_EQ(Get(third).id(), stays_.id());
  EXPECT_EQ(Undo(stays_, third).error().reason, "NOT_MERGED");
  ASSERT_TRUE(Undo(stays_, other_).ok());
  EXPECT_TRUE(Get(stays_).merged().empty());
  EXPECT_EQ(Get(third).id(), other_.id());
}

// The process ends before each step in turn, and another one finishes what it began.
TEST_F(CustomerMergeTest, ACrashBetweenAnyTwoStepsIsMended) {
  const std::string stays_before = Content(stays_);
  Ids told;
  for (int step = 1; step <= 5; ++step) {
    ASSERT_TRUE(failpoints::Arm("merge.step=error@" + std::to_string(step)).ok());
    EXPECT_EQ(Merge(stays_, other_).error().reason, "MERGE_CUT") << step;
    failpoints::Disarm();
    Renew();
    ASSERT_TRUE(Wait<void>([&](auto done) { stores_->merges.Complete(domain_, done); }).ok());
    told.push_back(other_.id());
    EXPECT_EQ(Told(stays_), told) << step;
    const v1::Customer merged = Get(other_);
    EXPECT_EQ(merged.id(), stays_.id()) << step;
    EXPECT_EQ(merged.merged_size(), 1) << step;
    EXPECT_EQ(merged.language(), "de") << step;
    EXPECT_TRUE(Redis({"HGETALL", MergesKey(domain_)}).items().empty()) << step;

    ASSERT_TRUE(failpoints::Arm("merge.step=error@" + std::to_string(std::min(step, 4))).ok());
    EXPECT_EQ(Undo(stays_, other_).error().reason, "MERGE_CUT") << step;
    failpoints::Disarm();
    Renew();
    // The next call finishes it as well, and then finds nothing to undo.
    EXPECT_EQ(Undo(stays_, other_).error().reason, "NOT_MERGED") << step;
    told.push_back("undo " + other_.id());
    EXPECT_EQ(Told(stays_), told) << step;
    EXPECT_EQ(Content(Get(stays_)), stays_before) << step;
    EXPECT_EQ(Content(Get(other_)), Content(other_)) << step;
  }
}

TEST_F(CustomerMergeTest, MergesOfADomainFollowEachOther) {
  const v1::Customer third = Resolve("chat", "3");
  store::Arrival<bool> ended;
  int left = 3;
  std::vector<std::string> reasons;
  const auto take = [&](const Result<v1::Customer>& merged) {
    reasons.push_back(merged.ok() ? "" : merged.error().reason);
    if (--left == 0) ended.Set(true);
  };
  loop_.Call([&] {
    stores_->merges.Merge(Request(stays_, other_), take);
    stores_->merges.Merge(Request(other_, stays_), take);
    stores_->merges.Merge(Request(other_, third), take);
  });
  ended.Wait();
  EXPECT_EQ(reasons, (Ids{"", "MERGED_ALREADY", "MERGED_ALREADY"}));
}

}  // namespace
}  // namespace usher::context
