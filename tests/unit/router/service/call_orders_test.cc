// SPDX-License-Identifier: Apache-2.0
#include "router/service/call_orders.h"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/io/event_loop.h"
#include "tests/support/inbox.h"

namespace usher::service {
namespace {

using routing::v1::CallOrder;
using routing::v1::CallOrderResult;

// What came of orders, by the reason of a refusal.
class CallOrdersTest : public ::testing::Test {
 protected:
  void Send(const std::string& contact) {
    CallOrder order;
    order.set_contact_id(contact);
    order.mutable_control()->mutable_mute()->set_muted(true);
    orders_->Send(std::move(order), [this](const Result<std::string>& done) {
      answers_.push_back(done.ok() ? "done " + *done : done.error().reason);
      errors_.push_back(done.ok() ? Error{} : done.error());
    });
  }
  std::vector<CallOrder> Filled() {
    google::protobuf::RepeatedPtrField<CallOrder> out;
    orders_->Fill(out);
    return {out.begin(), out.end()};
  }
  static CallOrderResult ResultOf(std::uint64_t tag) {
    CallOrderResult result;
    result.set_tag(tag);
    return result;
  }

  io::EventLoop loop_;
  std::vector<std::string> answers_;
  std::vector<Error> errors_;
  int wakes_ = 0;
  std::unique_ptr<CallOrders> orders_ =
      std::make_unique<CallOrders>(loop_, "phones", [this] { ++wakes_; });
};

TEST_F(CallOrdersTest, AnOrderIsAnsweredByItsTag) {
  Send("c1");
  Send("c2");
  EXPECT_EQ(wakes_, 2);
  const std::vector<CallOrder> sent = Filled();
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_NE(sent[0].tag(), sent[1].tag());
  EXPECT_TRUE(Filled().empty());
  CallOrderResult placed = ResultOf(sent[1].tag());
  placed.set_contact_id("c7");
  EXPECT_TRUE(orders_->Take(placed));
  EXPECT_EQ(answers_, std::vector<std::string>{"done c7"});
}

TEST_F(CallOrdersTest, ATagThatNobodyWaitsForIsRefused) {
  Send("c1");
  const std::uint64_t tag = Filled().front().tag();
  EXPECT_FALSE(orders_->Take(ResultOf(tag + 1)));
  EXPECT_TRUE(orders_->Take(ResultOf(tag)));
  EXPECT_FALSE(orders_->Take(ResultOf(tag)));
  EXPECT_EQ(answers_.size(), 1U);
}

TEST_F(CallOrdersTest, ARefusalIsPassedOnWithItsNextStep) {
  Send("c1");
  CallOrderResult refused = ResultOf(Filled().front().tag());
  refused.set_code(static_cast<std::uint32_t>(Code::kNotFound));
  refused.set_reason("NO_SUCH_LEG");
  refused.set_message("the call has no such leg; look at the call");
  orders_->Take(refused);
  ASSERT_EQ(errors_.size(), 1U);
  EXPECT_EQ(errors_[0].code, Code::kNotFound);
  EXPECT_EQ(errors_[0].reason, "NO_SUCH_LEG");
  EXPECT_EQ(errors_[0].message, "the call has no such leg");
  EXPECT_EQ(errors_[0].next_step, "look at the call");
}

TEST_F(CallOrdersTest, ARefusalThatIsNoneOfOursIsMadeOne) {
  Send("c1");
  CallOrderResult refused = ResultOf(Filled().front().tag());
  refused.set_code(99);
  refused.set_reason("not a reason");
  refused.set_message(std::string(10'000, 'x'));
  orders_->Take(refused);
  ASSERT_EQ(errors_.size(), 1U);
  EXPECT_EQ(errors_[0].code, Code::kAborted);
  EXPECT_EQ(errors_[0].reason, "REFUSED");
  EXPECT_LT(errors_[0].message.size(), 100U);
}

TEST_F(CallOrdersTest, TheEndOfTheStreamEndsAll) {
  Send("c1");
  Send("c2");
  orders_.reset();
  EXPECT_EQ(answers_, (std::vector<std::string>{"ADAPTER_AWAY", "ADAPTER_AWAY"}));
}

TEST_F(CallOrdersTest, AnAdapterThatAnswersNothingIsGivenNoMore) {
  for (std::size_t i = 0; i < CallOrders::kOutstandingMax; ++i) Send("c1");
  EXPECT_TRUE(answers_.empty());
  Send("c1");
  EXPECT_EQ(answers_, std::vector<std::string>{"TOO_MANY_ORDERS"});
  EXPECT_EQ(Filled().size(), CallOrders::kPerMessage);
}

TEST(CallOrdersLimitTest, WhatIsNotAnsweredInTimeIsSilentAndNotSentAnyMore) {
  io::EventLoop loop;
  loop.Start("orders");
  testing::Inbox<std::string> answers;
  std::unique_ptr<CallOrders> orders;
  loop.Call([&] {
    orders = std::make_unique<CallOrders>(loop, "phones", [] {}, Duration{20});
    for (int i = 0; i < 2; ++i) {
      orders->Send({}, [&](const Result<std::string>& done) {
        answers.Push(done.ok() ? "done" : done.error().reason);
      });
    }
  });
  EXPECT_EQ(answers.Next(), "ADAPTER_SILENT");
  EXPECT_EQ(answers.Next(), "ADAPTER_SILENT");
  loop.Call([&] {
    google::protobuf::RepeatedPtrField<CallOrder> out;
    orders->Fill(out);
    EXPECT_EQ(out.size(), 0);
    orders.reset();
  });
  loop.Stop(Duration{1'000});
}

}  // namespace
}  // namespace usher::service
