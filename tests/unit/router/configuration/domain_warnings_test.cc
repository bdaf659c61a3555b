// SPDX-License-Identifier: Apache-2.0
#include "router/configuration/domain_warnings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "router/configuration/domain_reader.h"

namespace usher::configuration {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Warnings(const std::string& text) {
  const DomainReading reading = ReadDomain("domain: acme\n" + text, "f");
  for (const Diagnostic& diagnostic : reading.diagnostics) ADD_FAILURE() << ToString(diagnostic);
  return reading.ok() ? WarnAbout(*reading.domain) : std::vector<std::string>{};
}

TEST(DomainWarningsTest, ASoundDomainHasNone) {
  EXPECT_THAT(Warnings("skills: [tech]\n"
                       "queues: {support: {requires: tech > 50, steps: [{at: 30s, requires: tech},"
                       " {at: 1m, max_tier: 1}]}}\n"
                       "agents: {ann: {skills: [tech], queues: [support]},"
                       " bob: {skills: {tech: 20}, queues: [support]},"
                       " cat: {skills: {tech: 20}, queues: {support: 1}}}\n"
                       "rules: [{when: contact.vip, set: {priority: 1}}]\n"),
              IsEmpty());
}

TEST(DomainWarningsTest, ARequirementThatMatchesNoAgent) {
  EXPECT_THAT(Warnings("skills: [tech]\nqueues: {support: {requires: tech > 50}}\n"
                       "agents: {ann: {skills: {tech: 50}, queues: [support]},"
                       " bob: {queues: [support]}}\n"),
              ElementsAre("queue support: \"tech > 50\" matches 0 of its 2 agents"));
}

TEST(DomainWarningsTest, AStepThatAddsNobody) {
  EXPECT_THAT(Warnings("skills: [tech]\n"
                       "queues: {billing: {steps: [{at: 30s, max_tier: 1}, {at: 1m, priority: 1},"
                       " {at: 2m, also: [general]}]}, general: {}}\n"
                       "agents: {ann: {queues: [billing, general]}}\n"),
              ElementsAre("step 1 of billing adds nobody", "step 3 of billing adds nobody"));
}

TEST(DomainWarningsTest, AStepBehindTheEnd) {
  EXPECT_THAT(Warnings("queues: {a: {steps: [{at: 1s, overflow: b}, {at: 2s, priority: 1}]},"
                       " b: {wait_limit: 1m, steps: [{at: 1m, priority: 1}]}}\n"
                       "agents: {ann: {queues: [a, b]}}\n"),
              ElementsAre("step 2 of a never comes: the contact leaves with step 1",
                          "queue b: the step at 1m never comes: wait_limit closes the contact at "
                          "1m"));
}

TEST(DomainWarningsTest, AQueueOrChannelThatNobodyServes) {
  EXPECT_THAT(Warnings("queues: {a: {}, b: {channels: [voice, chat]}}\n"
                       "agents: {ann: {queues: [b], channels: [voice]}}\n"),
              ElementsAre("queue a: no agent lists it", "queue b: none of its agents serves chat"));
}

TEST(DomainWarningsTest, RoomThatCanNeverBeUsed) {
  EXPECT_THAT(
      Warnings("queues: {a: {}}\n"
               "profiles: {p: {units: 10, chat: {max: 5, cost: 4}, email: {cost: 11}}, q: {}}\n"
               "agents: {ann: {queues: [a], profile: p},"
               " bob: {queues: [a], profile: p, channels: [voice]}}\n"),
      ElementsAre("profile p: units allow 2 of chat, fewer than its max of 5",
                  "profile p: email costs 11 of 10 units, so it is never offered",
                  "profile q lists no channel: its agents serve nothing",
                  "profile q is used by no agent",
                  "agent bob: profile p serves none of the agent's channels"));
}

TEST(DomainWarningsTest, NoPauseAtAll) {
  EXPECT_THAT(Warnings("queues: {a: {reject_delay: 0s}}\nagents: {ann: {queues: [a]}}\n"),
              ElementsAre("queue a: reject_delay and retry_after are both 0s, so an agent who "
                          "rejects is asked for the same contact again at once"));
}

TEST(DomainWarningsTest, ARuleThatCanNeverFire) {
  const std::string domain = "queues: {a: {}}\nagents: {ann: {queues: [a]}}\nrules:\n";
  const auto with_rule = [&](const std::string& when) {
    return Warnings(domain + "  - {when: '" + when + "', set: {priority: 1}}\n");
  };
  for (const char* never :
       {"contact.x and not contact.x", "contact.n > 5 and contact.n < 6", "contact.queue == \"b\"",
        "contact.priority > 3 and contact.priority < 3",
        "contact.channel == \"voice\" and contact.channel == \"chat\"",
        "customer.tier == \"gold\" and customer.tier == \"iron\"",
        "contact.n > 5 and contact.n == \"low\""}) {
    EXPECT_THAT(with_rule(never), ElementsAre("rule 1 can never fire: " + std::string(never)));
  }
  for (const char* sometimes :
       {"contact.x or not contact.x", "contact.n > 5 and contact.n < 7", "contact.queue == \"a\"",
        "not customer.tier == \"gold\"", "customer.tier != \"gold\"",
        "contact.n != 5 and contact.n == \"7\""}) {
    EXPECT_THAT(with_rule(sometimes), IsEmpty()) << sometimes;
  }
}

TEST(DomainWarningsTest, AnAgentInNoQueue) {
  EXPECT_THAT(Warnings("agents: {ann: }\n"), ElementsAre("agent ann is in no queue"));
}

}  // namespace
}  // namespace usher::configuration
