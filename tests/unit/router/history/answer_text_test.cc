// SPDX-License-Identifier: Apache-2.0
#include "router/history/answer_text.h"

#include <gtest/gtest.h>

namespace usher::history {
namespace {

using namespace std::chrono_literals;

const Instant kNoon = InstantFromUnixMs(1'763'726'400'000);  // 2025-11-21 12:00:00

engine::Event At(Duration after, engine::EventBody body) {
  return {kNoon + after, std::move(body)};
}

TEST(AnswerTextTest, ALifeIsToldInAlignedLines) {
  const ContactId contact{7};
  const AgentId ann{"ann"};
  ContactAnswer answer;
  answer.contact = contact;
  answer.at = kNoon + 60s;
  answer.life = {
      {1, At(0s, engine::Submitted{.contact = contact, .queue = QueueId{"vip"}})},
      {1,
       At(0s,
          engine::Queued{.contact = contact, .queue = QueueId{"vip"}, .key = {2, kNoon + 20s, 7}})},
      {1, At(0s,
             engine::Offered{
                 .offer = OfferId{9}, .contact = contact, .agent = ann, .deadline = kNoon + 15s})},
      {2, At(4s,
             engine::Rejected{
                 .offer = OfferId{9}, .contact = contact, .agent = ann, .reason = "busy"})},
      {3, At(1500ms, engine::Closed{.contact = contact,
                                    .outcome = engine::ContactOutcome::kAbandoned,
                                    .waited = 1500ms})},
  };
  EXPECT_EQ(ToText(answer),
            "c7 until 2025-11-21 12:01:00.000Z:\n"
            "  2025-11-21 12:00:00.000Z  submitted for vip, voice\n"
            "  2025-11-21 12:00:00.000Z  waits in vip (submit), priority 2, due "
            "2025-11-21 12:00:20.000Z\n"
            "  2025-11-21 12:00:00.000Z  offered to ann until 2025-11-21 12:00:15.000Z (o9)\n"
            "  2025-11-21 12:00:04.000Z  rejected by ann: busy (o9)\n"
            "  2025-11-21 12:00:01.500Z  closed: abandoned, waited 1.500s in all\n");
}

TEST(AnswerTextTest, ALifeWithoutItsBeginningSaysSo) {
  ContactAnswer answer;
  answer.contact = ContactId{7};
  answer.at = kNoon;
  answer.life_is_whole = false;
  EXPECT_EQ(ToText(answer),
            "c7 until 2025-11-21 12:00:00.000Z:\n"
            "  (what came before is no longer kept)\n");
}

TEST(AnswerTextTest, AnAssignmentSaysHowItCameAbout) {
  engine::Assigned assigned{.contact = ContactId{7},
                            .agent = AgentId{"ben"},
                            .offer = OfferId{9},
                            .waited = 1500ms,
                            .in_time = true};
  EXPECT_EQ(LineOf(At(0s, assigned)), "accepted by ben after 1.500s, in time (o9)");
  assigned.offer = OfferId{};
  assigned.by = engine::AssignedBy::kPull;
  EXPECT_EQ(LineOf(At(0s, assigned)), "pulled by ben after 1.500s, in time");
  assigned.by = engine::AssignedBy::kSupervisor;
  assigned.supervisor = "sue";
  EXPECT_EQ(LineOf(At(0s, assigned)), "given to ben by sue after 1.500s, in time");
  assigned.by = engine::AssignedBy::kConsult;
  EXPECT_EQ(LineOf(At(0s, assigned)), "taken over by ben, who was consulted about it");
}

TEST(AnswerTextTest, EventsOfAgentsAreNoPartOfALife) {
  EXPECT_EQ(LineOf(At(0s, engine::SignedIn{AgentId{"ann"}})), "");
}

}  // namespace
}  // namespace usher::history
