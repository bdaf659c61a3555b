// SPDX-License-Identifier: Apache-2.0
#include "router/configuration/domain_reader.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "router/engine/expression.h"

namespace usher::configuration {
namespace {

using engine::Channel;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;

// The example of the documentation, whole.
constexpr const char* kAcme = R"(
domain: acme
timezone: Asia/Shanghai
disconnect_grace: 40s
skills: [english, mandarin, billing, tech]
not_ready: [break, lunch, training]
dispositions: [resolved, follow-up, spam]
hours:
  business: {weekly: ["mon-fri 09:00-18:00", "sat 10:00-14:00"], closed: ["2026-12-25"]}

queues:
  support:
    channels: [voice, chat, email]
    strategy: round-robin
    service_level: {within: 30s, target: 80%, hours: business}
    hours: business
    priority: 1
    head_start: 2s
    requires: "english >= 50"
    offer_timeout: 20s
    retry_after: 3s
    reject_delay: 4s
    missed_offers: {limit: 2, then: keep, breaker: {agents: 4, within: 50s}}
    wrap_up: 6s
    max_waiting: 1000
    wait_limit: 30m
    hold_limit: 4h
    when_empty: {then: leave, after: 30s, newcomers: 5s}
    prefer_for: 30s
    broadcast: 2
    progressive: 11s
    max_transfers: 3
    escalate_to: supervisors
    steps:
      - {at: 30s, requires: "english > 0"}
      - {at: 60s, max_tier: 1, priority: +1, head_start: 2m}
      - {at: 90s, also: [general]}
      - {at: 2m, callback: true}
      - {at: 3m, overflow: general}
  general:
    steps: [{at: 5m, close: timed-out}]
  supervisors:

profiles:
  blended:
    voice: {max: 1}
    chat: {max: 3, while: [chat, email], cost: 30}
    email: {max: 5, while: [email, chat]}
    units: 100

agents:
  ann: {name: Ann Li, skills: {english: 80, billing: 60}, queues: {support: 0, general: 1}, profile: blended}
  bob: {skills: [english], queues: [support], wrap_up: 10s, channels: [voice]}

rules:
  - {when: 'customer.tier == "gold"', set: {head_start: 5m}}
  - {when: 'contact.intent == "complaint" and customer.open_cases > 0', set: {queue: general, priority: 5}}
)";

engine::Domain Acme() {
  const DomainReading reading = ReadDomain(kAcme, "acme.yaml");
  for (const Diagnostic& diagnostic : reading.diagnostics) ADD_FAILURE() << ToString(diagnostic);
  return reading.ok() ? *reading.domain : engine::Domain{};
}

// The one complaint about a domain file whose first line is `domain: acme`.
std::string Complaint(const std::string& rest) {
  const DomainReading reading = ReadDomain("domain: acme\n" + rest, "f");
  EXPECT_FALSE(reading.ok()) << "accepted: " << rest;
  EXPECT_EQ(reading.diagnostics.size(), 1u);
  for (std::size_t i = 1; i < reading.diagnostics.size(); ++i) {
    ADD_FAILURE() << ToString(reading.diagnostics[i]);
  }
  return reading.diagnostics.empty() ? "accepted" : ToString(reading.diagnostics.front());
}

std::string QueueComplaint(const std::string& keys) {
  return Complaint("skills: [english]\nqueues:\n  support: " + keys + "\n");
}

TEST(DomainReaderTest, ReadsTheHeading) {
  const engine::Domain acme = Acme();
  EXPECT_EQ(acme.id, DomainId{"acme"});
  EXPECT_EQ(acme.timezone.name, "Asia/Shanghai");
  EXPECT_EQ(acme.disconnect_grace, seconds{40});
  EXPECT_THAT(acme.skills, ElementsAre("english", "mandarin", "billing", "tech"));
  EXPECT_THAT(acme.not_ready, ElementsAre("break", "lunch", "training"));
  EXPECT_THAT(acme.dispositions, ElementsAre("resolved", "follow-up", "spam"));
}

TEST(DomainReaderTest, ReadsHours) {
  const engine::Domain acme = Acme();
  ASSERT_EQ(acme.hours.size(), 1u);
  EXPECT_EQ(acme.hours[0].weekly.size(), 6u);
  const auto local = [&](std::int64_t day, Duration time) {
    return acme.timezone.FromLocal(hours{24 * day} + time);
  };
  constexpr std::int64_t kMonday = 20458;
  EXPECT_TRUE(acme.hours[0].IsOpen(acme.timezone, local(kMonday, hours{9})));
  EXPECT_FALSE(acme.hours[0].IsOpen(acme.timezone, local(kMonday, hours{18})));
  EXPECT_TRUE(acme.hours[0].IsOpen(acme.timezone, local(kMonday + 5, hours{10})));
  EXPECT_FALSE(acme.hours[0].IsOpen(acme.timezone, local(kMonday + 6, hours{10})));
  constexpr std::int64_t kChristmas = kMonday + 354;  // 2026-12-25, a Friday
  EXPECT_FALSE(acme.hours[0].IsOpen(acme.timezone, local(kChristmas, hours{12})));
}

TEST(DomainReaderTest, ReadsEveryKeyOfAQueue) {
  const engine::Domain acme = Acme();
  const engine::Queue* queue = acme.FindQueue(QueueId{"support"});
  ASSERT_NE(queue, nullptr);
  EXPECT_TRUE(queue->channels.Has(Channel::kEmail));
  EXPECT_FALSE(queue->channels.Has(Channel::kTask));
  EXPECT_EQ(queue->strategy, engine::Strategy::kRoundRobin);
  EXPECT_EQ(queue->service_level.within, seconds{30});
  EXPECT_EQ(queue->service_level.target_bp, 8000);
  EXPECT_EQ(queue->service_level.hours, "business");
  EXPECT_EQ(queue->hold_limit, std::chrono::hours{4});
  EXPECT_EQ(queue->hours, "business");
  EXPECT_EQ(queue->priority, 1);
  EXPECT_EQ(queue->head_start, seconds{2});
  EXPECT_EQ(queue->requirement, "english >= 50");
  EXPECT_EQ(queue->offer_timeout, seconds{20});
  EXPECT_EQ(queue->retry_after, seconds{3});
  EXPECT_EQ(queue->reject_delay, seconds{4});
  EXPECT_EQ(queue->missed_offers.limit, 2);
  EXPECT_EQ(queue->missed_offers.then, engine::AfterMisses::kKeep);
  EXPECT_EQ(queue->missed_offers.breaker_agents, 4);
  EXPECT_EQ(queue->missed_offers.breaker_within, seconds{50});
  EXPECT_EQ(queue->wrap_up, seconds{6});
  EXPECT_EQ(queue->max_waiting, 1000);
  EXPECT_EQ(queue->wait_limit, minutes{30});
  EXPECT_EQ(queue->when_empty.then, engine::EmptyAction::kLeave);
  EXPECT_EQ(queue->when_empty.after, seconds{30});
  EXPECT_EQ(queue->when_empty.newcomers, seconds{5});
  EXPECT_EQ(queue->prefer_for, seconds{30});
  EXPECT_EQ(queue->broadcast, 2);
  EXPECT_EQ(queue->progressive, seconds{11});
  EXPECT_EQ(queue->max_transfers, 3);
  EXPECT_EQ(queue->escalate_to, QueueId{"supervisors"});
}

TEST(DomainReaderTest, ReadsSteps) {
  const engine::Domain acme = Acme();
  const std::vector<engine::Step>& steps = acme.FindQueue(QueueId{"support"})->steps;
  ASSERT_EQ(steps.size(), 5u);
  EXPECT_EQ(steps[0].at, seconds{30});
  EXPECT_EQ(steps[0].requirement, "english > 0");
  EXPECT_FALSE(steps[1].requirement.has_value());
  EXPECT_EQ(steps[1].max_tier, 1);
  EXPECT_EQ(steps[1].priority, 1);
  EXPECT_EQ(steps[1].head_start, minutes{2});
  EXPECT_THAT(steps[2].also, ElementsAre(QueueId{"general"}));
  EXPECT_TRUE(steps[3].callback);
  EXPECT_EQ(steps[4].overflow, QueueId{"general"});
  EXPECT_TRUE(acme.FindQueue(QueueId{"general"})->steps[0].give_up);
}

TEST(DomainReaderTest, ReadsProfiles) {
  const engine::Domain acme = Acme();
  const engine::Profile* blended = acme.FindProfile("blended");
  ASSERT_NE(blended, nullptr);
  EXPECT_EQ(blended->units, 100);
  EXPECT_EQ(blended->channels.size(), 3u);
  EXPECT_EQ(blended->channels.at(Channel::kChat).max, 3);
  EXPECT_EQ(blended->channels.at(Channel::kChat).cost, 30);
  EXPECT_TRUE(blended->channels.at(Channel::kChat).alongside.Has(Channel::kEmail));
  EXPECT_EQ(blended->channels.at(Channel::kEmail).cost, 0);
}

TEST(DomainReaderTest, AChannelAlwaysStandsAlongsideItself) {
  const engine::Domain acme = Acme();
  const auto& voice = acme.FindProfile("blended")->channels.at(Channel::kVoice);
  EXPECT_TRUE(voice.alongside.Has(Channel::kVoice));
  EXPECT_FALSE(voice.alongside.Has(Channel::kChat));
}

TEST(DomainReaderTest, ReadsAgentsInTheOrderOfTheFile) {
  const engine::Domain acme = Acme();
  ASSERT_EQ(acme.agents.size(), 2u);
  const engine::Agent& ann = acme.agents[0];
  EXPECT_EQ(ann.name, "Ann Li");
  EXPECT_EQ(ann.skills.at("english"), 80);
  EXPECT_EQ(ann.queues.at(QueueId{"general"}), 1);
  EXPECT_EQ(ann.profile, "blended");
  EXPECT_FALSE(ann.wrap_up.has_value());
  EXPECT_EQ(ann.channels, engine::ChannelSet::All());
}

TEST(DomainReaderTest, AListMeansLevelHundredAndTierZero) {
  const engine::Domain acme = Acme();
  const engine::Agent& bob = acme.agents[1];
  EXPECT_EQ(bob.skills.at("english"), 100);
  EXPECT_EQ(bob.queues.at(QueueId{"support"}), 0);
  EXPECT_EQ(bob.wrap_up, seconds{10});
  EXPECT_TRUE(bob.channels.Has(Channel::kVoice));
  EXPECT_FALSE(bob.channels.Has(Channel::kChat));
}

TEST(DomainReaderTest, ReadsRules) {
  const engine::Domain acme = Acme();
  ASSERT_EQ(acme.rules.size(), 2u);
  EXPECT_EQ(acme.rules[0].head_start, minutes{5});
  EXPECT_FALSE(acme.rules[0].queue.has_value());
  EXPECT_EQ(acme.rules[1].queue, QueueId{"general"});
  EXPECT_EQ(acme.rules[1].priority, 5);
}

// "english>0" is spelled "english > 0". What was accepted must compile again when it is applied.
TEST(DomainReaderTest, AnExpressionIsKeptAsWrittenWhereItsSpellingWouldBeTooLong) {
  const std::string skill = "a-skill-with-a-long-name";
  std::string written = skill + ">0";
  for (int i = 0; i < 65; ++i) written += " or " + skill + ">0";
  const DomainReading reading = ReadDomain(
      "domain: acme\nskills: [" + skill + "]\nqueues: {support: {requires: \"" + written + "\"}}\n",
      "f");
  for (const Diagnostic& diagnostic : reading.diagnostics) ADD_FAILURE() << ToString(diagnostic);
  ASSERT_TRUE(reading.ok());
  EXPECT_EQ(reading.domain->queues.front().requirement, written);
  EXPECT_TRUE(engine::Requirement::Compile(written, {skill}).ok());
}

TEST(DomainReaderTest, WhatIsNotSaidHasItsDefault) {
  const DomainReading reading = ReadDomain("domain: acme\nqueues: {support: {}}\n", "f");
  ASSERT_TRUE(reading.ok());
  engine::Queue standard;
  standard.id = QueueId{"support"};
  EXPECT_EQ(reading.domain->queues[0], standard);
  EXPECT_EQ(reading.domain->timezone, engine::TimeZone{});
  EXPECT_EQ(reading.domain->disconnect_grace, seconds{30});
}

TEST(DomainReaderTest, ReadsHowLongAnAdapterMayBeGone) {
  using engine::Channel;
  const engine::AdapterGrace standard = ReadDomain("domain: acme\n", "f").domain->adapter_grace;
  EXPECT_EQ(standard.Of(Channel::kVoice), seconds{30});
  EXPECT_EQ(standard.Of(Channel::kChat), minutes{2});
  EXPECT_EQ(standard.Of(Channel::kEmail), seconds{0});
  const engine::AdapterGrace said =
      ReadDomain("domain: acme\nadapter_grace: {chat: 0s, email: 4h}\n", "f").domain->adapter_grace;
  EXPECT_EQ(said.Of(Channel::kVoice), seconds{30});
  EXPECT_EQ(said.Of(Channel::kChat), seconds{0});
  EXPECT_EQ(said.Of(Channel::kEmail), hours{4});
}

TEST(DomainReaderTest, WordsThatOtherYamlsGuessAtStayText) {
  const DomainReading reading =
      ReadDomain("domain: on\nskills: [no]\nagents: {yes: {name: 1:30, skills: [no]}}\n", "f");
  ASSERT_TRUE(reading.ok());
  EXPECT_EQ(reading.domain->id, DomainId{"on"});
  EXPECT_EQ(reading.domain->agents[0].id, AgentId{"yes"});
  EXPECT_EQ(reading.domain->agents[0].name, "1:30");
}

TEST(DomainReaderTest, UnknownKeysAreRefusedWithLineAndNearestKey) {
  EXPECT_EQ(Complaint("timezon: UTC\n"),
            "f:2: unknown key \"timezon\"; did you mean \"timezone\"?");
  EXPECT_EQ(QueueComplaint("{stratgy: random}"),
            "f:4: queue support: unknown key \"stratgy\"; did you mean \"strategy\"?");
  EXPECT_EQ(QueueComplaint("{steps: [{at: 5s, maxtier: 1}]}"),
            "f:4: queue support: step 1: unknown key \"maxtier\"; did you mean \"max_tier\"?");
  EXPECT_EQ(Complaint("agents:\n  ann: {wrapup: 5s}\n"),
            "f:3: agent ann: unknown key \"wrapup\"; did you mean \"wrap_up\"?");
  EXPECT_EQ(Complaint("profiles: {p: {voce: {max: 1}}}\n"),
            "f:2: profile p: unknown key \"voce\"; did you mean \"voice\"?");
  EXPECT_EQ(Complaint("rules: [{when: contact.x, set: {prioritee: 1}}]\n"),
            "f:2: rule 1: set: unknown key \"prioritee\"; did you mean \"priority\"?");
}

TEST(DomainReaderTest, UnknownKeysAreRefusedBelowThoseToo) {
  EXPECT_EQ(QueueComplaint("{service_level: {witin: 5s}}"),
            "f:4: queue support: service_level: unknown key \"witin\"; did you mean \"within\"?");
  EXPECT_EQ(QueueComplaint("{missed_offers: {limt: 1}}"),
            "f:4: queue support: missed_offers: unknown key \"limt\"; did you mean \"limit\"?");
  EXPECT_EQ(QueueComplaint("{missed_offers: {breaker: {agent: 1}}}"),
            "f:4: queue support: missed_offers: breaker: unknown key \"agent\"; did you mean "
            "\"agents\"?");
  EXPECT_EQ(QueueComplaint("{when_empty: {then: leave, afer: 1s}}"),
            "f:4: queue support: when_empty: unknown key \"afer\"; did you mean \"after\"?");
  EXPECT_EQ(Complaint("hours: {day: {weekly: [\"mon 09:00-10:00\"], closd: []}}\n"),
            "f:2: hours day: unknown key \"closd\"; did you mean \"closed\"?");
  EXPECT_EQ(Complaint("profiles: {p: {voice: {cots: 1}}}\n"),
            "f:2: profile p: voice: unknown key \"cots\"; did you mean \"cost\"?");
  EXPECT_EQ(Complaint("rules: [{when: contact.x, sets: {priority: 1}, set: {priority: 1}}]\n"),
            "f:2: rule 1: unknown key \"sets\"; did you mean \"set\"?");
}

TEST(DomainReaderTest, UndeclaredNamesAreRefused) {
  EXPECT_EQ(Complaint("skills: [english]\nagents: {ann: {skills: [englsh]}}\n"),
            "f:3: agent ann: skills: no skill \"englsh\"; did you mean \"english\"?");
  EXPECT_EQ(Complaint("queues: {support: }\nagents: {ann: {queues: {suport: 1}}}\n"),
            "f:3: agent ann: queues: no queue \"suport\"; did you mean \"support\"?");
  EXPECT_EQ(Complaint("agents: {ann: {profile: blended}}\n"),
            "f:2: agent ann: profile: no profile \"blended\"");
  EXPECT_EQ(QueueComplaint("{hours: busines}"), "f:4: queue support: hours: no hours \"busines\"");
  EXPECT_EQ(QueueComplaint("{escalate_to: boss}"),
            "f:4: queue support: escalate_to: no queue \"boss\"; the nearest is \"support\"");
  EXPECT_EQ(QueueComplaint("{steps: [{at: 1s, also: [boss]}]}"),
            "f:4: queue support: step 1: also: no queue \"boss\"; the nearest is \"support\"");
  EXPECT_EQ(QueueComplaint("{channels: [voice, fax]}"),
            "f:4: queue support: channels: no channel \"fax\"; the nearest is \"chat\"");
  EXPECT_EQ(QueueComplaint("{strategy: longest_idle}"),
            "f:4: queue support: strategy: no strategy \"longest_idle\"; did you mean "
            "\"longest-idle\"?");
  EXPECT_EQ(QueueComplaint("{requires: englsh}"),
            "f:4: queue support: requires: column 1: no skill \"englsh\"; did you mean "
            "\"english\"? Declare it under skills, or correct the name.");
  EXPECT_EQ(Complaint("rules: [{when: contact.x, set: {prefer: ann}}]\n"),
            "f:2: rule 1: set: prefer: no agent \"ann\"");
}

TEST(DomainReaderTest, ValuesOfAnotherTypeAreRefused) {
  EXPECT_EQ(QueueComplaint("{offer_timeout: 15}"),
            "f:4: queue support: offer_timeout must be a duration of one number and one unit of "
            "ms, s, m, h or d, such as 15s, not \"15\"");
  EXPECT_EQ(QueueComplaint("{priority: high}"),
            "f:4: queue support: priority must be a whole number, not \"high\"");
  EXPECT_EQ(QueueComplaint("{priority: \"1\"}"),
            "f:4: queue support: priority must be a whole number, not \"1\"");
  EXPECT_EQ(QueueComplaint("{broadcast: -1}"),
            "f:4: queue support: broadcast must be from 0 to 100000, not -1");
  EXPECT_EQ(QueueComplaint("{service_level: {target: 80}}"),
            "f:4: queue support: service_level: target must be a percentage such as 80%, not "
            "\"80\"");
  EXPECT_EQ(QueueComplaint("{service_level: {hours: nights}}"),
            "f:4: queue support: service_level: hours: no hours \"nights\"");
  EXPECT_EQ(QueueComplaint("{hold_limit: 0s}"),
            "f:4: queue support: hold_limit must be longer than 0s; leave it out for none");
  EXPECT_EQ(QueueComplaint("{channels: [voice, callback], hold_limit: 1h}"),
            "f:4: queue support: hold_limit is for what is written, and this queue takes calls "
            "only: a call on hold stays with its agent; take hold_limit out");
  EXPECT_EQ(QueueComplaint("[voice]"),
            "f:4: queue support: must be a mapping of keys to values, not a list");
  EXPECT_EQ(QueueComplaint("{steps: {at: 5s}}"),
            "f:4: queue support: steps must be a list of at most 100");
  EXPECT_EQ(QueueComplaint("{steps: [{priority: 1}]}"),
            "f:4: queue support: step 1: says no time; add at: 30s");
  EXPECT_EQ(QueueComplaint("{offer_timeout: 0s}"),
            "f:4: queue support: offer_timeout must be longer than 0s");
  EXPECT_EQ(QueueComplaint("{when_empty: {then: keep, after: 5s}}"),
            "f:4: queue support: when_empty: after and newcomers belong to then: leave");
  EXPECT_EQ(Complaint("skills: [english]\nagents: {ann: {skills: {english: 101}}}\n"),
            "f:3: agent ann: skills: english must be from 0 to 100, not 101");
  EXPECT_EQ(Complaint("profiles: {p: {chat: {max: 0}}}\n"),
            "f:2: profile p: chat: max must be from 1 to 10000, not 0");
  EXPECT_EQ(Complaint("profiles: {p: {chat: {cost: 5}}}\n"),
            "f:2: profile p: chat says a cost, but the profile no units");
}

TEST(DomainReaderTest, BadIdsAreRefused) {
  EXPECT_EQ(Complaint("queues: {Support: {}}\n"),
            "f:2: queues: \"Support\" is not an id; ids match [a-z][a-z0-9_-]*");
  EXPECT_EQ(Complaint("skills: [2nd-level]\n"),
            "f:2: skills: \"2nd-level\" is not an id; ids match [a-z][a-z0-9_-]*");
  EXPECT_EQ(Complaint("skills: [and]\n"),
            "f:2: skills: \"and\" is a word of the requirement language; name the skill otherwise");
  EXPECT_EQ(Complaint("skills: [tech, tech]\n"), "f:2: skills names \"tech\" twice");
  const DomainReading nameless = ReadDomain("skills: [tech]\n", "f");
  ASSERT_EQ(nameless.diagnostics.size(), 1u);
  EXPECT_EQ(nameless.diagnostics[0].message,
            "the file does not say which domain it is; add one such as domain: acme");
}

TEST(DomainReaderTest, DuplicateKeysAreRefused) {
  EXPECT_EQ(Complaint("queues:\n  support: {}\n  support: {}\n"),
            "f:4: the key \"support\" stands twice, first in line 3");
}

TEST(DomainReaderTest, StepsMustRise) {
  EXPECT_EQ(QueueComplaint("{steps: [{at: 30s}, {at: 30s}]}"),
            "f:4: queue support: step 2: at 30s must be later than the step before, at 30s");
}

TEST(DomainReaderTest, OverflowCyclesThatTakeNoTimeAreRefused) {
  EXPECT_EQ(Complaint("queues:\n"
                      "  door: {steps: [{at: 0s, overflow: a}]}\n"
                      "  a: {steps: [{at: 0s, overflow: b}]}\n"
                      "  b: {steps: [{at: 0s, overflow: a}]}\n"),
            "f:4: queue a: overflows lead back in no time: a -> b -> a; give a step a later at");
  EXPECT_EQ(QueueComplaint("{steps: [{at: 0s, overflow: support}]}"),
            "f:4: queue support: overflows lead back in no time: support -> support; give a step "
            "a later at");
}

TEST(DomainReaderTest, OverflowCyclesThatTakeTimeAreFine) {
  EXPECT_TRUE(ReadDomain("domain: acme\nqueues:\n"
                         "  a: {steps: [{at: 0s, overflow: b}]}\n"
                         "  b: {steps: [{at: 1s, overflow: a}]}\n",
                         "f")
                  .ok());
}

TEST(DomainReaderTest, BadHoursAreRefused) {
  for (const char* text : {"mon-fry 09:00-18:00", "mon 9-18", "mon 09:00-09:00", "mon",
                           "mon 24:00-02:00", "mon 09:00", ", 09:00-18:00"}) {
    EXPECT_NE(Complaint("hours: {h: {weekly: [\"" + std::string(text) + "\"]}}\n")
                  .find("is not like \"mon-fri 09:00-18:00\""),
              std::string::npos)
        << text;
  }
  EXPECT_EQ(Complaint("hours: {h: {closed: [2026-02-30]}}\n"),
            "f:2: hours h: closed: \"2026-02-30\" is not a date like 2026-12-25");
}

TEST(DomainReaderTest, ASpanOverMidnightGoesIntoTheNextDay) {
  const DomainReading reading =
      ReadDomain("domain: acme\nhours: {night: {weekly: [\"sun 22:00-06:00\"]}}\n", "f");
  ASSERT_TRUE(reading.ok());
  EXPECT_THAT(reading.domain->hours[0].weekly,
              ElementsAre(engine::OpenSpan{0, 0, 360}, engine::OpenSpan{6, 1320, 1440}));
}

TEST(DomainReaderTest, AnUnknownTimeZoneIsRefused) {
  EXPECT_EQ(Complaint("timezone: Asia/Shangai\n"),
            "f:2: timezone: no time zone \"Asia/Shangai\". Name one as in Asia/Shanghai or UTC; "
            "the package tzdata has them.");
}

TEST(DomainReaderTest, IllTypedRulesAreRefused) {
  EXPECT_EQ(Complaint("rules: [{when: customer.tier > \"gold\", set: {priority: 1}}]\n"),
            "f:2: rule 1: when: column 17: only numbers can be compared with >. Use == or !=, or "
            "compare with a number.");
  EXPECT_EQ(Complaint("rules: [{when: contact.x}]\n"),
            "f:2: rule 1: sets nothing; add set: {priority: 5}");
}

TEST(DomainReaderTest, EverythingThatIsWrongIsSaidAtOnce) {
  const DomainReading reading =
      ReadDomain("domain: acme\nskils: []\nqueues: {a: {wrapup: 1s}, b: {priority: x}}\n", "f");
  EXPECT_FALSE(reading.ok());
  EXPECT_EQ(reading.diagnostics.size(), 3u);
}

TEST(DomainReaderTest, ComplaintsAreBounded) {
  std::string text = "domain: acme\nqueues:\n";
  for (int i = 0; i < 1000; ++i) text += "  q" + std::to_string(i) + ": {wrong: 1}\n";
  EXPECT_EQ(ReadDomain(text, "f").diagnostics.size(), Diagnostics::kMax + 1);
}

TEST(DomainReaderTest, OneFileHoldsOneDomain) {
  EXPECT_FALSE(ReadDomain("", "f").ok());
  EXPECT_FALSE(ReadDomain("domain: a\n---\ndomain: b\n", "f").ok());
  EXPECT_FALSE(ReadDomain("just text", "f").ok());
  EXPECT_FALSE(ReadDomainFile("/nowhere/acme.yaml").ok());
}

}  // namespace
}  // namespace usher::configuration
