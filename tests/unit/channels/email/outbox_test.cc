// SPDX-License-Identifier: Apache-2.0
#include "channels/email/outbox.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace usher::email {
namespace {

constexpr Instant kNow = InstantFromUnixMs(1'000'000);
constexpr Duration kMinute{60'000};

SmtpOutcome Outcome(SmtpFate fate, const std::vector<SmtpRecipient>& recipients) {
  return {.fate = fate, .reason = "", .words = "words", .recipients = recipients};
}
SmtpRecipient Is(const std::string& address, SmtpFate fate) { return {address, fate, "word"}; }

// With one mail to a@x and b@x that is being sent.
Outbox Sending() {
  Outbox outbox({});
  EXPECT_TRUE(outbox.Add("m1", {"a@x", "b@x"}, kNow).ok());
  EXPECT_TRUE(outbox.TakeDue(kNow + Duration{10'000}).has_value());
  return outbox;
}

TEST(OutboxTest, AMailCanBeTakenBackWhileItIsHeld) {
  Outbox outbox({});
  ASSERT_TRUE(outbox.Add("m1", {"a@x"}, kNow).ok());
  EXPECT_FALSE(outbox.TakeDue(kNow + Duration{9'999}));
  EXPECT_TRUE(outbox.Undo("m1", kNow + Duration{9'999}).ok());
  EXPECT_FALSE(outbox.TakeDue(kNow + Duration{10'000}));
  ASSERT_TRUE(outbox.Add("m2", {"a@x"}, kNow).ok());
  EXPECT_EQ(outbox.Undo("m2", kNow + Duration{10'000}).error().reason, "MAIL_ON_ITS_WAY");
  EXPECT_EQ(outbox.Undo("m3", kNow).error().reason, "MAIL_UNKNOWN");
}

TEST(OutboxTest, AMailIsSentOnce) {
  Outbox outbox = Sending();
  EXPECT_FALSE(outbox.TakeDue(kNow + 100 * kMinute)) << "it is at the server";
  const OutboxEntry entry = outbox.OnOutcome(
      "m1", Outcome(SmtpFate::kSent, {Is("a@x", SmtpFate::kSent), Is("b@x", SmtpFate::kSent)}),
      kNow);
  EXPECT_EQ(entry.state, OutboxState::kSent);
  EXPECT_EQ(outbox.size(), 0U);
}

TEST(OutboxTest, OnlyWhoHasNotGotItIsTriedAgain) {
  Outbox outbox = Sending();
  const OutboxEntry entry = outbox.OnOutcome(
      "m1", Outcome(SmtpFate::kSent, {Is("a@x", SmtpFate::kSent), Is("b@x", SmtpFate::kDeferred)}),
      kNow);
  EXPECT_EQ(entry.state, OutboxState::kDue);
  EXPECT_EQ(entry.waiting, std::vector<std::string>{"b@x"});
  EXPECT_FALSE(outbox.TakeDue(kNow + kMinute - Duration{1}));
  const auto again = outbox.TakeDue(kNow + kMinute);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->waiting, std::vector<std::string>{"b@x"});
  const OutboxEntry end =
      outbox.OnOutcome("m1", Outcome(SmtpFate::kRefused, {Is("b@x", SmtpFate::kRefused)}), kNow);
  EXPECT_EQ(end.state, OutboxState::kFailed);
  EXPECT_EQ(end.settled.size(), 2U);
}

TEST(OutboxTest, TriesGoOnForDaysAndThenEnd) {
  Outbox outbox = Sending();
  const SmtpOutcome later = Outcome(
      SmtpFate::kDeferred, {Is("a@x", SmtpFate::kDeferred), Is("b@x", SmtpFate::kDeferred)});
  Instant now = kNow;
  OutboxEntry entry = outbox.OnOutcome("m1", later, now);
  std::vector<long> minutes;
  while (entry.state == OutboxState::kDue) {
    minutes.push_back((entry.due - now) / kMinute);
    now = entry.due;
    ASSERT_EQ(outbox.NextDue(), now);
    ASSERT_TRUE(outbox.TakeDue(now));
    entry = outbox.OnOutcome("m1", later, now);
  }
  minutes.resize(7);
  EXPECT_EQ(minutes, (std::vector<long>{1, 5, 15, 30, 60, 120, 120}));
  EXPECT_EQ(entry.state, OutboxState::kFailed);
  EXPECT_GE(now - kNow, std::chrono::hours{5 * 24 - 1});
  EXPECT_LE(now - kNow, std::chrono::hours{5 * 24 + 2});
}

TEST(OutboxTest, AnUnknownFateIsNeverTriedAgainByItself) {
  Outbox outbox = Sending();
  outbox.OnOutcome("m1", Outcome(SmtpFate::kUnknown, {}), kNow);
  EXPECT_EQ(outbox.Undecided(), std::vector<std::string>{"m1"});
  EXPECT_FALSE(outbox.TakeDue(kNow + 10'000 * kMinute));
  EXPECT_EQ(outbox.NextDue(), kNever);
  const OutboxEntry found = outbox.OnFound("m1");
  EXPECT_EQ(found.state, OutboxState::kSent);
  EXPECT_EQ(outbox.size(), 0U);
}

TEST(OutboxTest, AnAgentDecidesWhatNobodyKnows) {
  Outbox outbox = Sending();
  EXPECT_EQ(outbox.Retry("m1", kNow).error().reason, "MAIL_NOT_STUCK");
  outbox.OnOutcome("m1", Outcome(SmtpFate::kUnknown, {}), kNow);
  EXPECT_EQ(outbox.Retry("m1", kNow)->state, OutboxState::kDue);
  ASSERT_TRUE(outbox.TakeDue(kNow));
  outbox.OnOutcome("m1", Outcome(SmtpFate::kUnknown, {}), kNow);
  EXPECT_EQ(outbox.Drop("m1")->state, OutboxState::kFailed);
  EXPECT_EQ(outbox.Drop("m1").error().reason, "MAIL_UNKNOWN");
}

TEST(OutboxTest, ARestartInTheMiddleIsUndecided) {
  Outbox before({});
  ASSERT_TRUE(before.Add("m1", {"a@x"}, kNow).ok());
  const OutboxEntry stored = *before.TakeDue(kNow + kMinute);
  Outbox after({});
  EXPECT_EQ(after.Restore(stored).state, OutboxState::kUndecided);
  EXPECT_FALSE(after.TakeDue(kNow + 100 * kMinute));
}

TEST(OutboxTest, ItIsBounded) {
  Outbox outbox({.entries_max = 1});
  ASSERT_TRUE(outbox.Add("m1", {"a@x"}, kNow).ok());
  EXPECT_EQ(outbox.Add("m1", {"a@x"}, kNow).error().reason, "MAIL_KNOWN");
  EXPECT_EQ(outbox.Add("m2", {"a@x"}, kNow).error().reason, "OUTBOX_FULL");
}

}  // namespace
}  // namespace usher::email
