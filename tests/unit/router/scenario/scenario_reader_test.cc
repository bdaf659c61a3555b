// SPDX-License-Identifier: Apache-2.0
#include "router/scenario/scenario_reader.h"

#include <gtest/gtest.h>

#include "router/scenario/action_reader.h"

namespace usher::scenario {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

ScenarioReading Read(const std::string& text) {
  configuration::Diagnostics diagnostics("s.yaml");
  const auto documents = configuration::ReadYaml(text, diagnostics);
  EXPECT_TRUE(diagnostics.empty()) << ToString(diagnostics.list().front());
  return documents.empty() ? ScenarioReading{} : ReadScenario(*documents.front(), "s.yaml");
}

// The first complaint about a scenario with this step.
std::string Complaint(const std::string& step) {
  const ScenarioReading reading =
      Read("domain: {queues: {support: }}\nsteps:\n  - {" + step + "}\n");
  EXPECT_FALSE(reading.scenario.has_value()) << "accepted: " << step;
  return reading.diagnostics.empty() ? "accepted" : ToString(reading.diagnostics.front());
}

Scenario Accepted(const std::string& text) {
  ScenarioReading reading = Read(text);
  for (const auto& diagnostic : reading.diagnostics) ADD_FAILURE() << ToString(diagnostic);
  return reading.scenario ? *std::move(reading.scenario) : Scenario{};
}

const engine::Submit& SubmitOf(const Scenario& scenario) {
  return std::get<engine::Submit>(std::get<Action>(scenario.steps.at(0).what).commands.at(0));
}

TEST(ScenarioReaderTest, AScenarioStartsOnAMondayAtLocalMidnight) {
  const Scenario scenario =
      Accepted("name: N\ndomain: {timezone: Asia/Shanghai, queues: {support: }}\nsteps: []\n");
  EXPECT_EQ(scenario.name, "N");
  EXPECT_EQ(scenario.start, InstantFromUnixMs(0) + hours{24 * 20458 - 8});
}

TEST(ScenarioReaderTest, StartAndSeedCanBeGiven) {
  const Scenario scenario =
      Accepted("start: 2026-11-27T17:59:00\nseed: 42\ndomain: {queues: {support: }}\nsteps: []\n");
  EXPECT_EQ(scenario.start, InstantFromUnixMs(0) + hours{24 * 20784 + 17} + seconds{59 * 60});
  EXPECT_EQ(scenario.domain.seed, 42u);
  EXPECT_EQ(scenario.name, "s");
}

TEST(ScenarioReaderTest, ASubmitCarriesAllItsKeys) {
  const Scenario scenario = Accepted(
      "domain: {queues: {support: }}\n"
      "steps:\n"
      "  - {at: 1s, submit: c1, queue: support, channel: chat, priority: +2, head_start: 3s,"
      " due: 9s, requires: tech, prefer: ann, prefer_for: 4s, customer: {tier: gold},"
      " external_id: x, not_before: 5s, wait_limit: 6s, max_tier: 1, attributes: {k: v}}\n");
  const engine::Submit& submit = SubmitOf(scenario);
  EXPECT_EQ(std::get<Action>(scenario.steps[0].what).contact, "c1");
  EXPECT_EQ(submit.channel, engine::Channel::kChat);
  EXPECT_EQ(submit.priority, 2);
  EXPECT_EQ(submit.head_start, seconds{3});
  EXPECT_EQ(submit.due, scenario.start + seconds{9});
  EXPECT_EQ(submit.requirement, "tech");
  EXPECT_EQ(submit.prefer, AgentId{"ann"});
  EXPECT_EQ(submit.prefer_for, seconds{4});
  EXPECT_EQ(submit.customer_facts.at("tier"), "gold");
  EXPECT_EQ(submit.external_id, "x");
  EXPECT_EQ(submit.not_before, scenario.start + seconds{5});
  EXPECT_EQ(submit.wait_limit, seconds{6});
  EXPECT_EQ(submit.max_tier, 1);
  EXPECT_EQ(submit.attributes.at("k"), "v");
}

TEST(ScenarioReaderTest, EveryVerbOfTheDocumentationIsKnown) {
  EXPECT_EQ(ActionVerbs().size(), 25u);
}

TEST(ScenarioReaderTest, UnknownKeysAreRefusedWithTheNearest) {
  EXPECT_EQ(Complaint("at: 0s, submti: c1, queue: support"),
            "s.yaml:3: step 1: has no action and no expect; did you mean \"submit\"?");
  EXPECT_EQ(Complaint("at: 0s, submit: c1, quue: support"),
            "s.yaml:3: step 1: unknown key \"quue\"; did you mean \"queue\"?");
  EXPECT_EQ(Complaint("at: 0s, expect: {ofered: []}"),
            "s.yaml:3: expect: unknown key \"ofered\"; did you mean \"offered\"?");
  EXPECT_EQ(Complaint("at: 0s, expect: {contact: {c1: {stat: waiting}}}"),
            "s.yaml:3: expect: contact c1: unknown key \"stat\"; did you mean \"state\"?");
  EXPECT_EQ(Read("nam: x\ndomain: {}\nsteps: []\n").diagnostics.at(0).message,
            "unknown key \"nam\"; did you mean \"name\"?");
}

TEST(ScenarioReaderTest, AStepIsOneActionAtATimeThatDoesNotFall) {
  EXPECT_EQ(Complaint("submit: c1, queue: support"), "s.yaml:3: step 1: says no time; add at: 0s");
  EXPECT_EQ(Complaint("at: 0s, cancel: c1, accept: c1"),
            "s.yaml:3: step 1: has two actions, accept and cancel; give each a step of its own");
  EXPECT_EQ(Complaint("at: 5s, cancel: c1}\n  - {at: 4s, cancel: c1"),
            "s.yaml:4: step 2: at 4s is before the step above, at 5s");
}

TEST(ScenarioReaderTest, WhatAnActionNeedsIsAskedFor) {
  EXPECT_EQ(Complaint("at: 0s, presence: ann"), "s.yaml:3: step 1: presence needs is:");
  EXPECT_EQ(Complaint("at: 0s, presence: ann, is: avilable"),
            "s.yaml:3: step 1: is: no value \"avilable\"; did you mean \"available\"?");
  EXPECT_EQ(Complaint("at: 0s, extend: c1"), "s.yaml:3: step 1: extend needs for:");
  EXPECT_EQ(Complaint("at: 0s, transfer: c1, by: ann"),
            "s.yaml:3: step 1: transfer needs to_queue: or to_agent:, one of them");
  EXPECT_EQ(Complaint("at: 0s, restart: false"), "s.yaml:3: step 1: restart must be true");
  EXPECT_EQ(Complaint("at: 0s, submit: c1, queue: support, refused: QUEUE_FUL"),
            "s.yaml:3: step 1: refused: no reason \"QUEUE_FUL\"; did you mean \"QUEUE_FULL\"?");
}

TEST(ScenarioReaderTest, ExpectationsAreWellFormed) {
  EXPECT_EQ(Complaint("at: 0s, expect: {offered: [c1]}"),
            "s.yaml:3: expect: offered must list pairs such as c1 -> ann, not \"c1\"");
  EXPECT_EQ(Complaint("at: 0s, expect: {}"), "s.yaml:3: expect: expects nothing");
  EXPECT_EQ(Complaint("at: 0s, expect: {why: {contact: c1, says: BECAUSE}}"),
            "s.yaml:3: expect: why: no reason \"BECAUSE\"; the nearest is \"TAKEN\"");
  EXPECT_EQ(Complaint("at: 0s, expect: {position: {c1: first}}"),
            "s.yaml:3: expect: position must be a number, not \"first\"");
  EXPECT_EQ(Complaint("at: 0s, expect: {service_level: {support: 80}}"),
            "s.yaml:3: expect: service_level must be a percentage or none, not \"80\"");
}

TEST(ScenarioReaderTest, AWrongDomainIsSaidWithItsOwnLine) {
  const ScenarioReading reading = Read("name: x\ndomain:\n  queues: {a: {wait: 1s}}\nsteps: []\n");
  ASSERT_EQ(reading.diagnostics.size(), 1u);
  EXPECT_EQ(ToString(reading.diagnostics[0]),
            "s.yaml:3: queue a: unknown key \"wait\"; the nearest known key is \"wait_limit\"");
  EXPECT_EQ(Read("name: x\nsteps: []\n").diagnostics.at(0).message,
            "needs domain: or domain_file:, one of them");
}

TEST(ScenarioReaderTest, ANumberOfWaysToSayOneTimeCompareAlike) {
  const Scenario scenario =
      Accepted("domain: {}\nsteps: [{at: 0s, expect: {contact: {c1: {waited: 1.5m}}}}]\n");
  const auto& checks = std::get<Expectation>(scenario.steps[0].what).checks;
  ASSERT_EQ(checks.size(), 1u);
  EXPECT_EQ(checks[0].items, std::vector<std::string>{"90s"});
}

}  // namespace
}  // namespace usher::scenario
