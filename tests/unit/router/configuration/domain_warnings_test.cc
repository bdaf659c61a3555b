// SPDX-License-Identifier: Apache-2.0
#include "router/configuration/domain_warnings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "router/configuration/domain_reader.h"

namespace usher::configuration {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<Diagnostic> Found(const std::string& text) {
  const DomainReading reading = ReadDomain(text, "f");
  for (const Diagnostic& diagnostic : reading.diagnostics) ADD_FAILURE() << ToString(diagnostic);
  return WarnAbout(reading);
}

std::vector<std::string> Warnings(const std::string& text) {
  std::vector<std::string> messages;
  for (const Diagnostic& warning : Found("domain: acme\n" + text)) {
    messages.push_back(warning.message);
  }
  return messages;
}

// What is said of a queue `a` with these keys, which ann and bob serve and b stands beside.
std::vector<std::string> QueueWarnings(const std::string& keys) {
  return Warnings("skills: [tech]\nqueues: {a: {" + keys +
                  "}, b: {}}\n"
                  "agents: {ann: {skills: [tech], queues: [a, b]}, bob: {queues: [a, b]}}\n");
}

// What is said of these rules in a domain of the queues a and b.
std::vector<std::string> RuleWarnings(const std::string& rules) {
  return Warnings(
      "skills: [tech, thai]\nqueues: {a: {}, b: {}}\n"
      "agents: {ann: {skills: [tech], queues: [a]}, bob: {skills: [thai], queues: [a, b]}}\n"
      "rules:\n" +
      rules);
}

TEST(DomainWarningsTest, ASoundDomainHasNone) {
  EXPECT_THAT(Warnings("skills: [tech]\n"
                       "hours: {day: {weekly: [\"mon-fri 09:00-18:00\"]}}\n"
                       "queues: {support: {requires: tech > 50, hours: day, wait_limit: 10m,"
                       " steps: [{at: 30s, requires: tech}, {at: 1m, max_tier: 1}]}}\n"
                       "profiles: {p: {units: 10, chat: {max: 2, cost: 5, while: [email]},"
                       " email: {max: 9}, voice: }}\n"
                       "agents: {ann: {skills: [tech], queues: [support], profile: p},"
                       " bob: {skills: {tech: 20}, queues: [support]},"
                       " cat: {skills: {tech: 20}, queues: {support: 1}}}\n"
                       "rules: [{when: contact.vip, set: {priority: 1, requires: tech}}]\n"),
              IsEmpty());
}

TEST(DomainWarningsTest, SaysTheLineOfWhatItIsAbout) {
  EXPECT_THAT(
      Found("domain: acme\n"
            "skills:\n"
            "  - tech\n"
            "  - thai\n"
            "queues:\n"
            "  support:\n"
            "    requires: tech > 60\n"
            "    steps:\n"
            "      - {at: 30s, priority: 1}\n"
            "      - {at: 60s,\n"
            "         also: [spare]}\n"
            "  spare:\n"
            "agents:\n"
            "  ann: {skills: {tech: 50}, queues: [support]}\n"
            "  bob:\n"),
      ElementsAre(Diagnostic{"f", 4, "skill thai: no agent has it"},
                  Diagnostic{"f", 7, "queue support: \"tech > 60\" matches 0 of its 1 agent"},
                  Diagnostic{"f", 10, "step 2 of support adds nobody"},
                  Diagnostic{"f", 12, "queue spare: no agent lists it"},
                  Diagnostic{"f", 15, "agent bob is in no queue"}));
}

TEST(DomainWarningsTest, ARequirementThatMatchesNoAgent) {
  EXPECT_THAT(Warnings("skills: [tech]\nqueues: {support: {requires: tech > 50}}\n"
                       "agents: {ann: {skills: {tech: 50}, queues: [support]},"
                       " bob: {queues: [support]}}\n"),
              ElementsAre("queue support: \"tech > 50\" matches 0 of its 2 agents"));
  EXPECT_THAT(QueueWarnings("requires: tech > 100"),
              ElementsAre("queue a: \"tech > 100\" matches 0 of its 2 agents"));
}

TEST(DomainWarningsTest, MembersWhomNothingReaches) {
  EXPECT_THAT(QueueWarnings("requires: tech"),
              ElementsAre("queue a: 1 of its 2 agents can never be asked, such as agent bob: "
                          "neither its requirement nor a step's fits"));
  EXPECT_THAT(QueueWarnings("requires: tech, steps: [{at: 1m, requires: \"\"}]"), IsEmpty());
}

TEST(DomainWarningsTest, ATierThatIsNeverReached) {
  const auto with_rule = [](const std::string& rules) {
    return Warnings(
        "queues: {a: {steps: [{at: 1m, max_tier: 1}]}}\n"
        "agents: {ann: {queues: {a: 0}}, bob: {queues: {a: 1}}, cat: {queues: {a: 2}}}\n" +
        rules);
  };
  EXPECT_THAT(with_rule(""),
              ElementsAre("queue a: 1 of its 3 agents can never be asked, such as agent cat: "
                          "neither the requirement and tiers it begins with nor a step's fit"));
  EXPECT_THAT(with_rule("rules: [{when: contact.urgent, set: {max_tier: 2}}]\n"), IsEmpty());
}

TEST(DomainWarningsTest, AQueueThatBeginsWithATierThatNobodyHas) {
  EXPECT_THAT(Warnings("queues: {a: {steps: [{at: 1m, max_tier: 1}]}}\n"
                       "agents: {bob: {queues: {a: 1}}}\n"),
              ElementsAre("queue a: none of its agents has tier 0, where its contacts begin"));
}

TEST(DomainWarningsTest, AStepThatAddsNobody) {
  EXPECT_THAT(Warnings("skills: [tech]\n"
                       "queues: {billing: {steps: [{at: 30s, max_tier: 1}, {at: 1m, priority: 1},"
                       " {at: 2m, also: [general]}]}, general: {}}\n"
                       "agents: {ann: {skills: [tech], queues: [billing, general]}}\n"),
              ElementsAre("step 1 of billing adds nobody", "step 3 of billing adds nobody"));
  EXPECT_THAT(QueueWarnings("steps: [{at: 1m, requires: tech > 100}]"),
              ElementsAre("step 1 of a adds nobody: \"tech > 100\" matches 0 of 2 agents"));
}

TEST(DomainWarningsTest, AStepThatChangesNothing) {
  EXPECT_THAT(QueueWarnings("steps: [{at: 1m}]"), ElementsAre("step 1 of a changes nothing"));
  EXPECT_THAT(QueueWarnings("steps: [{at: 1m, callback: true}]"), IsEmpty());
  EXPECT_THAT(QueueWarnings("steps: [{at: 1m, also: [a]}]"),
              ElementsAre("step 1 of a: also names the queue itself", "step 1 of a adds nobody"));
}

TEST(DomainWarningsTest, AStepBehindTheEnd) {
  EXPECT_THAT(Warnings("queues: {a: {steps: [{at: 1s, overflow: b}, {at: 2s, priority: 1}]},"
                       " b: {wait_limit: 1m, steps: [{at: 1m, priority: 1}]}}\n"
                       "agents: {ann: {queues: [a, b]}}\n"),
              ElementsAre("step 2 of a never comes: the contact leaves with step 1",
                          "queue b: the step at 1m never comes: wait_limit closes the contact at "
                          "1m"));
  // Steps fire before wait limits, so a move in the same instant still saves the contact.
  EXPECT_THAT(QueueWarnings("wait_limit: 1m, steps: [{at: 1m, overflow: b}]"), IsEmpty());
}

TEST(DomainWarningsTest, AnOverflowThatLeadsNowhere) {
  EXPECT_THAT(Warnings("queues: {a: {channels: [chat], steps: [{at: 1s, overflow: b}]},"
                       " b: {channels: [voice]}}\n"
                       "agents: {ann: {queues: [a]}}\n"),
              ElementsAre("step 1 of a overflows to b, which no agent lists",
                          "step 1 of a overflows to b, which does not take chat",
                          "queue b: no agent lists it"));
}

TEST(DomainWarningsTest, AnOverflowToAQueueThatIsClosedThen) {
  const auto with_night = [](const std::string& night) {
    return Warnings("hours: {day: {weekly: [\"mon-fri 09:00-18:00\"]}, night: {weekly: [\"" +
                    night +
                    "\"]}}\n"
                    "queues: {a: {hours: day, steps: [{at: 1m, overflow: b}]}, b: {hours: night}}\n"
                    "agents: {ann: {queues: [a, b]}}\n");
  };
  EXPECT_THAT(with_night("mon-sun 18:00-09:00"),
              ElementsAre("step 1 of a overflows to b, which is never open at the same time"));
  EXPECT_THAT(with_night("mon-sun 17:00-09:00"), IsEmpty());
}

TEST(DomainWarningsTest, AQueueOrChannelThatNobodyServes) {
  EXPECT_THAT(Warnings("queues: {a: {}, b: {channels: [voice, chat]}}\n"
                       "agents: {ann: {queues: [b], channels: [voice]}}\n"),
              ElementsAre("queue a: no agent lists it", "queue b: none of its agents serves chat"));
  EXPECT_THAT(Warnings("queues: {b: {channels: [voice]}}\n"
                       "agents: {ann: {queues: [b]}, bob: {queues: [b], channels: [chat]}}\n"),
              ElementsAre("queue b: 1 of its 2 agents serve none of its channels"));
  EXPECT_THAT(Warnings("skills: [tech]\n"
                       "queues: {b: {channels: [voice, chat], requires: tech,"
                       " steps: [{at: 1m, requires: tech > 0}]}}\n"
                       "agents: {ann: {skills: [tech], queues: [b], channels: [voice]},"
                       " bob: {queues: [b]}}\n"),
              testing::Contains("queue b: none of the agents whom it can ask serves chat"));
}

TEST(DomainWarningsTest, AnEscalationThatLeadsNowhere) {
  EXPECT_THAT(QueueWarnings("escalate_to: b"), IsEmpty());
  EXPECT_THAT(QueueWarnings("escalate_to: a"),
              ElementsAre("queue a: escalate_to names the queue itself, so one transfer too many "
                          "goes round to those who gave it away"));
  EXPECT_THAT(Warnings("queues: {a: {channels: [chat], escalate_to: b}, b: {channels: [voice]}}\n"
                       "agents: {ann: {queues: [a]}}\n"),
              ElementsAre("queue a: escalate_to b, which no agent lists",
                          "queue a: escalate_to b, which does not take chat",
                          "queue b: no agent lists it"));
}

TEST(DomainWarningsTest, RoomThatCanNeverBeUsed) {
  EXPECT_THAT(
      Warnings("queues: {a: {}}\n"
               "profiles: {p: {units: 10, chat: {max: 5, cost: 4}, email: {cost: 11}}, q: {}}\n"
               "agents: {ann: {queues: [a], profile: p},"
               " bob: {queues: [a], profile: p, channels: [voice]}}\n"),
      ElementsAre("queue a: 1 of its 2 agents serve none of its channels",
                  "profile p: units allow 2 of chat, fewer than its max of 5",
                  "profile p: email costs 11 of 10 units, so it is never offered",
                  "profile q lists no channel: its agents serve nothing",
                  "profile q is used by no agent",
                  "agent bob: profile p serves none of the agent's channels"));
}

TEST(DomainWarningsTest, AChannelOfAProfileThatNobodyCanUse) {
  EXPECT_THAT(
      Warnings("queues: {a: {channels: [voice]}}\n"
               "profiles: {p: {voice: {while: [email]}, chat: , task: }}\n"
               "agents: {ann: {queues: [a], profile: p, channels: [voice, chat]}}\n"),
      ElementsAre("profile p: voice is offered while email, which the profile does not serve",
                  "profile p: no queue of its agents takes chat",
                  "profile p: none of its agents says task among their channels"));
}

TEST(DomainWarningsTest, UnitsThatBoundNothing) {
  EXPECT_THAT(Warnings("queues: {a: }\nprofiles: {p: {units: 100, chat: {max: 3}}}\n"
                       "agents: {ann: {queues: [a], profile: p}}\n"),
              ElementsAre("profile p: it says units, but no channel a cost, so they bound "
                          "nothing"));
}

TEST(DomainWarningsTest, NoPauseAtAll) {
  EXPECT_THAT(QueueWarnings("reject_delay: 0s"),
              ElementsAre("queue a: reject_delay and retry_after are both 0s, so an agent who "
                          "rejects is asked for the same contact again at once"));
  EXPECT_THAT(QueueWarnings("reject_delay: 0s, retry_after: 1s"), IsEmpty());
}

TEST(DomainWarningsTest, LimitsThatShutEverythingOut) {
  EXPECT_THAT(QueueWarnings("max_waiting: 0"),
              ElementsAre("queue a: max_waiting 0 refuses every contact"));
  EXPECT_THAT(QueueWarnings("service_level: {within: 0s}"),
              ElementsAre("queue a: service_level within 0s is met only by who is accepted on "
                          "arrival"));
}

TEST(DomainWarningsTest, SpansThatOutlastTheContact) {
  EXPECT_THAT(QueueWarnings("wait_limit: 1m, offer_timeout: 1m, retry_after: 2m, prefer_for: 3m"),
              ElementsAre("queue a: offer_timeout 1m is no shorter than wait_limit 1m, so one "
                          "offer outlasts the contact",
                          "queue a: retry_after 2m is no shorter than wait_limit 1m, so nobody is "
                          "asked after a reject or a miss",
                          "queue a: prefer_for 3m is no shorter than wait_limit 1m, so nobody "
                          "else is asked while there is hope"));
  // A default that the file does not say is nobody's mistake.
  EXPECT_THAT(QueueWarnings("wait_limit: 10s"), IsEmpty());
}

TEST(DomainWarningsTest, KeysOfAnotherStrategy) {
  EXPECT_THAT(QueueWarnings("broadcast: 3, progressive: 5s"),
              ElementsAre("queue a: broadcast is used by strategy broadcast only, not by "
                          "longest-idle",
                          "queue a: progressive is used by strategy progressive only, not by "
                          "longest-idle"));
  EXPECT_THAT(QueueWarnings("strategy: broadcast"),
              ElementsAre("queue a: strategy broadcast with broadcast: 1 asks one agent at a "
                          "time"));
  EXPECT_THAT(QueueWarnings("broadcast: 1, progressive: 10s"), IsEmpty());
  EXPECT_THAT(QueueWarnings("strategy: broadcast, broadcast: 0"), IsEmpty());
  EXPECT_THAT(QueueWarnings("strategy: progressive, progressive: 5s"), IsEmpty());
}

TEST(DomainWarningsTest, ABreakerThatNeverOpens) {
  EXPECT_THAT(QueueWarnings("missed_offers: {breaker: {agents: 3}}"),
              ElementsAre("queue a: its breaker never opens: it takes 3 agents who miss, and the "
                          "queue has 2"));
  EXPECT_THAT(QueueWarnings("missed_offers: {limit: 0, breaker: {agents: 2}}"),
              ElementsAre("queue a: the breaker has nothing to break, for misses set nobody "
                          "not-ready"));
  EXPECT_THAT(QueueWarnings("missed_offers: {breaker: {agents: 2}}"), IsEmpty());
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

TEST(DomainWarningsTest, ARuleThatChangesNothing) {
  EXPECT_THAT(RuleWarnings("  - {when: contact.queue == \"a\", set: {queue: a}}\n"
                           "  - {when: contact.priority == 3 and contact.x, set: {priority: 3}}\n"),
              ElementsAre("rule 1 changes nothing: what it sets is what it asks for",
                          "rule 2 changes nothing: what it sets is what it asks for"));
  EXPECT_THAT(RuleWarnings("  - {when: contact.queue == \"a\", set: {queue: b}}\n"
                           "  - {when: contact.queue == \"a\", set: {queue: a, priority: 1}}\n"
                           "  - {when: contact.x, set: {queue: a}}\n"),
              ElementsAre("rule 1 never has an effect: rule 2 has the same condition and sets the "
                          "same anew"));
}

TEST(DomainWarningsTest, ARuleThatALaterOneUndoes) {
  EXPECT_THAT(RuleWarnings("  - {when: contact.x, set: {priority: 1}}\n"
                           "  - {when: contact.x, set: {priority: 2, head_start: 1m}}\n"),
              ElementsAre("rule 1 never has an effect: rule 2 has the same condition and sets the "
                          "same anew"));
  EXPECT_THAT(RuleWarnings("  - {when: contact.x, set: {priority: 1, max_tier: 2}}\n"
                           "  - {when: contact.x, set: {priority: 2}}\n"
                           "  - {when: contact.y, set: {priority: 2}}\n"),
              IsEmpty());
}

TEST(DomainWarningsTest, ARuleThatAsksForWhatNobodyHas) {
  EXPECT_THAT(RuleWarnings("  - {when: contact.x, set: {requires: tech and thai}}\n"
                           "  - {when: contact.y, set: {queue: b, requires: tech}}\n"
                           "  - {when: contact.z, set: {queue: a, requires: tech}}\n"),
              ElementsAre("rule 1: \"tech and thai\" matches 0 of 2 agents",
                          "rule 2: \"tech\" matches 0 of 1 agent of queue b"));
}

TEST(DomainWarningsTest, SkillsAndHoursWithoutUse) {
  EXPECT_THAT(Warnings("skills: [tech, thai]\nhours: {never: {}, spare: {weekly: [\"mon "
                       "09:00-10:00\"]}}\nqueues: {a: {hours: never}}\n"
                       "agents: {ann: {skills: [tech], queues: [a]}}\n"),
              ElementsAre("skill thai: no agent has it",
                          "hours never are never open: its queues refuse every contact",
                          "hours spare are used by no queue"));
}

TEST(DomainWarningsTest, SaysOnlySoManyAndHowManyMore) {
  std::string agents = "agents:\n";
  for (int i = 0; i < 250; ++i) agents += "  a" + std::to_string(i) + ":\n";
  const std::vector<std::string> warnings = Warnings(agents);
  ASSERT_EQ(warnings.size(), 201u);
  EXPECT_EQ(warnings.front(), "agent a0 is in no queue");
  EXPECT_EQ(warnings.back(), "50 more warnings");
}

TEST(DomainWarningsTest, AnAgentInNoQueue) {
  EXPECT_THAT(Warnings("agents: {ann: }\n"), ElementsAre("agent ann is in no queue"));
}

}  // namespace
}  // namespace usher::configuration
