// SPDX-License-Identifier: Apache-2.0
#include "router/engine/explain_text.h"

#include <cstdio>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/router/engine/routing_table.h"
#include "tests/unit/router/engine/small_domain.h"

namespace usher::engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;

const AgentId kAnn{"ann"};
const AgentId kBob{"bob"};
const QueueId kSupport{"support"};

// The time of the day in UTC.
ExplainForm Form() {
  return {.instant = [](Instant at) {
    const std::int64_t second = ToUnixMs(at) / 1000 % 86'400;
    char text[16];
    std::snprintf(text, sizeof text, "%02d:%02d:%02d", static_cast<int>(second / 3600),
                  static_cast<int>(second / 60 % 60), static_cast<int>(second % 60));
    return std::string(text);
  }};
}

// Ann and bob match support, cid has too little english.
Domain English() {
  Domain domain = SmallDomain();
  Queue& support = QueueIn(domain, "support");
  support.requirement = "english >= 50";
  support.steps = {{.at = seconds{30}, .requirement = "english"}};
  for (const char* agent : {"ann", "bob", "cid"}) {
    AgentIn(domain, agent).queues = {{kSupport, 0}};
    AgentIn(domain, agent).skills = {{"english", 60}};
  }
  AgentIn(domain, "cid").skills = {{"english", 40}};
  return domain;
}

TEST(ExplainTextTest, AnOffer) {
  RoutingTable table(English());
  for (const char* agent : {"ann", "bob", "cid"}) {
    table.SignIn(agent);
    table.Wait(seconds{1});
  }
  table.Submit("support");
  Engine replica;
  for (std::size_t i = 0; i + 1 < table.all.size(); ++i) replica.Evolve(table.all[i]);
  const auto& offered = std::get<Offered>(table.all.back().body);
  EXPECT_EQ(ToText(*replica.ExplainOffer(offered, table.now), Form()),
            "c1 was offered to ann at 00:00:03 (version 1): longest idle of 2 candidates\n"
            "  to be answered before 00:00:18\n"
            "  queue support (longest-idle), voice, waited 0s\n"
            "  priority 0, due 00:00:23 (00:00:03 + 20s), sequence 1\n"
            "  requires english >= 50 (its queue); step 0 of 1\n"
            "  3 agents serve its queues; 2 could take it, 2 of them signed in\n"
            "    1. ann: tier 0, holds nothing, idle since 00:00:00\n"
            "    2. bob: tier 0, holds nothing, idle since 00:00:01\n"
            "    cid: WRONG_SKILL: needs english >= 50, has 40\n");
}

TEST(ExplainTextTest, AWaitingContact) {
  RoutingTable table(English());
  for (const char* agent : {"ann", "cid"}) table.SignIn(agent);
  table.Do(Accept{.contact = table.Submit("support"), .agent = kAnn});
  const ContactId contact = table.Submit("support");
  table.Wait(seconds{10});
  EXPECT_EQ(ToText(*table.engine.ExplainContact(contact, table.now), Form()),
            "c2 is waiting at 00:00:10 (version 1): NO_ROOM\n"
            "  queue support (longest-idle), voice, waited 10s\n"
            "  priority 0, due 00:00:20 (00:00:00 + 20s), sequence 2\n"
            "  requires english >= 50 (its queue); step 0 of 1\n"
            "  place 1 in its queue\n"
            "  3 agents serve its queues; 2 could take it, 1 of them signed in\n"
            "    ann: NO_ROOM: takes 1 voice at once, holds 1; holds c1 (voice, assigned)\n"
            "    cid: WRONG_SKILL: needs english >= 50, has 40\n"
            "    bob: OFFLINE: not signed in\n"
            "  what changes this:\n"
            "    00:00:30 step 1: adds 1 of then 2 signed-in agents who could take it\n"
            "    when ann has room again; holds c1 (voice, assigned)\n"
            "    when bob signs in\n");
}

TEST(ExplainTextTest, AnIdleAgent) {
  RoutingTable table(English());
  for (const char* agent : {"ann", "cid"}) table.SignIn(agent);
  table.Do(SetPresence{kAnn, Presence::kNotReady, "break"});  // else the step is skipped to
  for (int i = 0; i < 2; ++i) table.Submit("support");
  table.Wait(seconds{5});
  EXPECT_EQ(ToText(*table.engine.ExplainAgent(AgentId{"cid"}, table.now, 1), Form()),
            "cid at 00:00:05 (version 1): WRONG_SKILL\n"
            "  available since 00:00:00; holds nothing\n"
            "  2 contacts wait in these queues\n"
            "    c1 (support, voice): WRONG_SKILL: needs english >= 50, has 40\n"
            "    in all: WRONG_SKILL 2\n");
}

TEST(ExplainTextTest, ContactsAreNamedAsTheCallerLikes) {
  RoutingTable table(English());
  const ContactId contact = table.Submit("support");
  ExplainForm form = Form();
  form.contact = [](ContactId id) { return "#" + std::to_string(id.value()); };
  EXPECT_THAT(ToText(*table.engine.ExplainContact(contact, table.now), form),
              HasSubstr("#1 is waiting"));
}

// Each hurdle in words, from facts alone.
TEST(ExplainTextTest, EveryHurdle) {
  const Instant noon = InstantFromUnixMs(12 * 3'600'000);
  const auto say = [](AgentHurdle hurdle) { return ToText(hurdle, Channel::kVoice, Form()); };
  EXPECT_EQ(say({.kind = HurdleKind::kNone}), "NONE: could be asked");
  EXPECT_EQ(say({.kind = HurdleKind::kAskedNow, .since = noon, .ends = noon + seconds{15}}),
            "ASKED_NOW: being asked since 12:00:00 until 12:00:15");
  EXPECT_EQ(say({.kind = HurdleKind::kNotMember}), "NOT_MEMBER: serves none of its queues");
  EXPECT_EQ(say({.kind = HurdleKind::kOffline, .then = HurdleKind::kNoRoom, .since = noon}),
            "OFFLINE: not signed in since 12:00:00; then NO_ROOM");
  EXPECT_EQ(say({.kind = HurdleKind::kWrongChannel}), "WRONG_CHANNEL: does not serve voice");
  EXPECT_EQ(
      say({.kind = HurdleKind::kWrongSkill,
           .shortfalls = {{"english", "english", false, {}}, {"trainee", "trainee", true, 1}}}),
      "WRONG_SKILL: needs english, has none; must not have trainee, has 1");
  EXPECT_EQ(say({.kind = HurdleKind::kTierClosed, .tier = 2, .max_tier = 1}),
            "TIER_CLOSED: tier 2, open up to tier 1");
  EXPECT_EQ(say({.kind = HurdleKind::kNotReady, .reason = "lunch", .since = noon}),
            "NOT_READY: lunch since 12:00:00");
  EXPECT_EQ(say({.kind = HurdleKind::kConsoleLost, .ends = noon}),
            "CONSOLE_LOST: console lost; offline at 12:00:00");
  EXPECT_EQ(say({.kind = HurdleKind::kRejectDelay, .ends = noon}),
            "REJECT_DELAY: rejected a contact; asked again from 12:00:00");
  EXPECT_EQ(
      say({.kind = HurdleKind::kNoRoom,
           .room = RoomFacts{.shortage = RoomShortage::kAlongside, .beside = Channel::kChat}}),
      "NO_ROOM: takes no voice while holding chat");
  EXPECT_EQ(
      say({.kind = HurdleKind::kNoRoom,
           .room =
               RoomFacts{
                   .shortage = RoomShortage::kUnits, .units = 100, .units_used = 80, .cost = 30}}),
      "NO_ROOM: 80 of 100 units used, needs 30");
  EXPECT_EQ(
      say({.kind = HurdleKind::kNoRoom, .room = RoomFacts{.shortage = RoomShortage::kOneAtATime}}),
      "NO_ROOM: takes one contact at a time");
  EXPECT_EQ(say({.kind = HurdleKind::kAskedAlone, .only = kBob}),
            "ASKED_ALONE: transferred to bob, who alone is asked");
  EXPECT_EQ(say({.kind = HurdleKind::kEnoughAsked, .being_asked = 2}),
            "ENOUGH_ASKED: 2 agents are being asked already");
  EXPECT_EQ(say({.kind = HurdleKind::kPreferredWait, .ends = noon, .only = kBob}),
            "PREFERRED_WAIT: only bob is asked until 12:00:00");
  EXPECT_EQ(say({.kind = HurdleKind::kRetryWait, .ends = noon}),
            "RETRY_WAIT: nobody is asked until 12:00:00");
  EXPECT_EQ(say({.kind = HurdleKind::kAskedBefore,
                 .asked_end = OfferEnd::kMissed,
                 .fresh = {kAnn, kBob}}),
            "ASKED_BEFORE: missed it in this round; not asked yet: ann, bob");
  EXPECT_EQ(say({.kind = HurdleKind::kTierBehind, .tier = 1, .max_tier = 0}),
            "TIER_BEHIND: tier 1, while tier 0 is being asked");
}

TEST(ExplainTextTest, Spans) {
  EXPECT_EQ(ToText(Duration{0}), "0s");
  EXPECT_EQ(ToText(milliseconds{1250}), "1.250s");
  EXPECT_EQ(ToText(milliseconds{5}), "0.005s");
  EXPECT_EQ(ToText(seconds{20}), "20s");
  EXPECT_EQ(ToText(minutes{65}), "1h 5m");
  EXPECT_EQ(ToText(-seconds{90}), "-1m 30s");
}

}  // namespace
}  // namespace usher::engine
