// SPDX-License-Identifier: Apache-2.0
#include "channels/email/auto_reply_budget.h"

#include <string>

#include <gtest/gtest.h>

namespace usher::email {
namespace {

using Verdict = AutoReplyBudget::Verdict;
using std::chrono::hours;
using std::chrono::minutes;

const Instant kStart = InstantFromUnixMs(1'795'000'000'000);

TEST(AutoReplyBudgetTest, ASenderHasSoManyADay) {
  AutoReplyBudget budget({.of_sender = 2});
  EXPECT_EQ(budget.Spend("desk", "ann@c.example", kStart), Verdict::kGranted);
  EXPECT_EQ(budget.Spend("sales", "ann@c.example", kStart + hours{1}), Verdict::kGranted);
  EXPECT_EQ(budget.Spend("desk", "ann@c.example", kStart + hours{2}), Verdict::kSenderSpent);
  EXPECT_EQ(budget.Spend("desk", "bob@c.example", kStart + hours{2}), Verdict::kGranted);
  // The first is a day ago, the second not yet.
  EXPECT_EQ(budget.Spend("desk", "ann@c.example", kStart + hours{24}), Verdict::kGranted);
  EXPECT_EQ(budget.Spend("desk", "ann@c.example", kStart + hours{24}), Verdict::kSenderSpent);
}

TEST(AutoReplyBudgetTest, AMailboxHasSoManyAnHourWhoeverWrites) {
  AutoReplyBudget budget({.of_mailbox = 3});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(budget.Spend("desk", std::to_string(i) + "@c.example", kStart), Verdict::kGranted);
  }
  EXPECT_EQ(budget.Spend("desk", "ann@c.example", kStart + minutes{59}), Verdict::kMailboxSpent);
  EXPECT_EQ(budget.Spend("sales", "ann@c.example", kStart + minutes{59}), Verdict::kGranted);
  EXPECT_EQ(budget.Spend("desk", "ann@c.example", kStart + hours{1}), Verdict::kGranted);
}

TEST(AutoReplyBudgetTest, WhatIsRefusedSpendsNothing) {
  AutoReplyBudget budget({.of_sender = 1, .of_mailbox = 2});
  EXPECT_EQ(budget.Spend("desk", "ann@c.example", kStart), Verdict::kGranted);
  EXPECT_EQ(budget.Spend("desk", "ann@c.example", kStart), Verdict::kSenderSpent);
  EXPECT_EQ(budget.Spend("desk", "bob@c.example", kStart), Verdict::kGranted);
  EXPECT_EQ(budget.Spend("desk", "eva@c.example", kStart), Verdict::kMailboxSpent);
}

TEST(AutoReplyBudgetTest, NoneMeansNone) {
  AutoReplyBudget budget({.of_sender = 0});
  EXPECT_EQ(budget.Spend("desk", "ann@c.example", kStart), Verdict::kSenderSpent);
}

TEST(AutoReplyBudgetTest, RemembersABoundedNumberOfSenders) {
  AutoReplyBudget budget({.of_mailbox = 1'000'000});
  const auto spend = [&](std::size_t number, Instant at) {
    return budget.Spend("desk", std::to_string(number) + "@c.example", at);
  };
  for (std::size_t i = 0; i < AutoReplyBudget::kSendersMax; ++i) {
    ASSERT_EQ(spend(i, kStart + Duration{static_cast<std::int64_t>(i)}), Verdict::kGranted);
  }
  EXPECT_EQ(spend(AutoReplyBudget::kSendersMax, kStart + minutes{10}), Verdict::kSenderSpent);
  // A day later the first is forgotten, and makes room for one.
  EXPECT_EQ(spend(AutoReplyBudget::kSendersMax, kStart + hours{24}), Verdict::kGranted);
  EXPECT_EQ(budget.senders(), AutoReplyBudget::kSendersMax);
}

}  // namespace
}  // namespace usher::email
