// SPDX-License-Identifier: Apache-2.0
#include "router/configuration/domain_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "router/configuration/domain_reader.h"

namespace usher::configuration {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

engine::Domain Read(const std::string& text) {
  DomainReading reading = ReadDomain("domain: acme\n" + text, "f");
  for (const Diagnostic& diagnostic : reading.diagnostics) ADD_FAILURE() << ToString(diagnostic);
  return reading.ok() ? *std::move(reading.domain) : engine::Domain{};
}

std::vector<std::string> Diff(const std::string& before, const std::string& after) {
  return DiffDomains(Read(before), Read(after));
}

TEST(DomainDiffTest, NothingChangedSaysNothing) {
  const std::string text = "queues: {support: {steps: [{at: 5s, priority: 1}]}}\n";
  EXPECT_THAT(Diff(text, text), IsEmpty());
}

TEST(DomainDiffTest, AChangedKeyShowsBothValues) {
  EXPECT_THAT(Diff("queues: {support: {}}\n", "queues: {support: {offer_timeout: 20s}}\n"),
              ElementsAre("queue support: offer_timeout 15s -> 20s"));
  EXPECT_THAT(Diff("skills: [tech]\nqueues: {support: {max_waiting: 5}}\n",
                   "skills: [tech]\nqueues: {support: {requires: tech, channels: [voice], "
                   "service_level: {target: 80%}, strategy: random, missed_offers: {limit: 0}}}\n"),
              ElementsAre("queue support: channels all -> [voice]",
                          "queue support: strategy longest-idle -> random",
                          "queue support: service_level.target none -> 80%",
                          "queue support: requires none -> tech",
                          "queue support: missed_offers.limit 1 -> 0",
                          "queue support: max_waiting 5 -> none"));
}

TEST(DomainDiffTest, PartsAreAddedAndRemoved) {
  EXPECT_THAT(Diff("queues: {a: , b: }\nskills: [x]\n", "queues: {a: }\nagents: {bob: }\n"),
              ElementsAre("skill x removed", "queue b removed", "agent bob added"));
}

TEST(DomainDiffTest, AgentsShowTheirSkillsAndQueues) {
  EXPECT_THAT(Diff("skills: [tech]\nqueues: {a: , b: }\n"
                   "agents: {ann: {skills: {tech: 80}, queues: [a]}}\n",
                   "skills: [tech]\nqueues: {a: , b: }\n"
                   "agents: {ann: {skills: {tech: 90}, queues: {b: 1}, wrap_up: 5s}}\n"),
              ElementsAre("agent ann: skills.tech 80 -> 90", "agent ann: queues.b none -> 1",
                          "agent ann: wrap_up none -> 5s", "agent ann: queues.a 0 -> none"));
}

TEST(DomainDiffTest, StepsAreShownWhole) {
  EXPECT_THAT(Diff("queues: {a: {steps: [{at: 5s, max_tier: 1}]}}\n",
                   "queues: {a: {steps: [{at: 9s, max_tier: 1}, {at: 1m, close: timed-out}]}}\n"),
              ElementsAre("queue a: step 1 {at: 5s, max_tier: 1} -> {at: 9s, max_tier: 1}",
                          "queue a: step 2 none -> {at: 1m, close: timed-out}"));
}

TEST(DomainDiffTest, HoursProfilesAndRulesAreShown) {
  EXPECT_THAT(
      Diff("hours: {h: {weekly: [mon 09:00-17:00]}}\nprofiles: {p: {chat: {max: 2}}}\n"
           "rules: [{when: contact.vip, set: {priority: 1}}]\n",
           "hours: {h: {weekly: [mon 09:00-18:00], closed: [2026-12-25]}}\n"
           "profiles: {p: {chat: {max: 3, while: [email]}}}\n"
           "rules: [{when: contact.vip, set: {priority: 2}}, {when: contact.x, set: {}}]\n"),
      ElementsAre("hours h: weekly [mon 09:00-17:00] -> [mon 09:00-18:00]",
                  "hours h: closed 2026-12-25 none -> closed", "profile p: chat.max 2 -> 3",
                  "profile p: chat.while [chat] -> [chat, email]", "rule 1: priority 1 -> 2",
                  "rule 2 added: contact.x"));
}

TEST(DomainDiffTest, TheOrderOfAgentsMatters) {
  EXPECT_THAT(Diff("agents: {ann: , bob: }\n", "agents: {bob: , ann: }\n"),
              ElementsAre("agents stand in another order, which decides the strategy ordered"));
}

}  // namespace
}  // namespace usher::configuration
