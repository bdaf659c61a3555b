// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_intake.h"

#include <optional>
#include <vector>

#include <gtest/gtest.h>

namespace usher::email {
namespace {

using Uids = std::vector<std::uint32_t>;
constexpr Instant kNow = InstantFromUnixMs(1'000'000);

MailIntake Opened(MailIntake::Limits limits = {}) {
  MailIntake intake(limits);
  intake.OnOpened(7);
  return intake;
}

TEST(MailIntakeTest, AMailIsMarkedOnlyWhenItIsKept) {
  MailIntake intake = Opened();
  EXPECT_TRUE(intake.OnFound({5}));
  EXPECT_EQ(intake.TakeNext(kNow), 5U);
  intake.OnHandedOver(5);
  EXPECT_EQ(intake.ToMark(), Uids{});
  intake.OnAcknowledged(5);
  EXPECT_EQ(intake.ToMark(), Uids{5});
  intake.OnMarked({5});
  EXPECT_EQ(intake.ToMark(), Uids{});
}

TEST(MailIntakeTest, WhatIsFoundAgainIsTakenOnce) {
  MailIntake intake = Opened();
  intake.OnFound({5, 6});
  EXPECT_EQ(intake.TakeNext(kNow), 5U);
  intake.OnFound({5, 6});
  EXPECT_EQ(intake.TakeNext(kNow), 6U);
  EXPECT_EQ(intake.TakeNext(kNow), std::nullopt);
  EXPECT_EQ(intake.next_uid(), 7U);
}

TEST(MailIntakeTest, OnlySoManyAreInHand) {
  MailIntake intake = Opened({.in_hand_max = 2});
  intake.OnFound({1, 2, 3});
  intake.TakeNext(kNow);
  intake.TakeNext(kNow);
  EXPECT_EQ(intake.TakeNext(kNow), std::nullopt);
  intake.OnAcknowledged(1);
  EXPECT_EQ(intake.TakeNext(kNow), 3U);
}

TEST(MailIntakeTest, AFailedOneWaitsAndStopsNobody) {
  MailIntake intake = Opened({.retry_first = Duration{100}, .retry_most = Duration{150}});
  intake.OnFound({1, 2});
  EXPECT_EQ(intake.TakeNext(kNow), 1U);
  intake.OnFailed(1, kNow);
  EXPECT_EQ(intake.TakeNext(kNow), 2U);
  intake.OnGone(2);
  EXPECT_EQ(intake.NextDue(), kNow + Duration{100});
  EXPECT_EQ(intake.TakeNext(kNow + Duration{99}), std::nullopt);
  EXPECT_EQ(intake.TakeNext(kNow + Duration{100}), 1U);
  intake.OnFailed(1, kNow);
  EXPECT_EQ(intake.NextDue(), kNow + Duration{150});
}

TEST(MailIntakeTest, ALostConnectionBreaksOffFetchingAlone) {
  MailIntake intake = Opened();
  intake.OnFound({1, 2, 3});
  intake.TakeNext(kNow);
  intake.TakeNext(kNow);
  intake.TakeNext(kNow);
  intake.OnHandedOver(2);
  intake.OnAcknowledged(3);
  intake.OnLost();
  intake.OnOpened(7);
  EXPECT_EQ(intake.TakeNext(kNow), 1U);
  EXPECT_EQ(intake.TakeNext(kNow), std::nullopt) << "2 is with somebody";
  EXPECT_EQ(intake.ToMark(), Uids{3});
}

TEST(MailIntakeTest, AnotherValidityForgetsEverything) {
  MailIntake intake = Opened();
  intake.OnFound({1, 2});
  intake.TakeNext(kNow);
  intake.OnAcknowledged(1);
  intake.OnOpened(8);
  EXPECT_EQ(intake.ToMark(), Uids{});
  EXPECT_EQ(intake.next_uid(), 1U);
  intake.OnAcknowledged(2);  // of the former mailbox
  EXPECT_EQ(intake.ToMark(), Uids{});
}

TEST(MailIntakeTest, TooManyWaitInTheMailbox) {
  MailIntake intake = Opened({.waiting_max = 2});
  EXPECT_FALSE(intake.OnFound({1, 2, 3}));
  EXPECT_EQ(intake.waiting(), 2U);
  EXPECT_EQ(intake.next_uid(), 3U);
}

}  // namespace
}  // namespace usher::email
