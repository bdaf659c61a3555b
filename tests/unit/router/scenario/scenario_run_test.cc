// SPDX-License-Identifier: Apache-2.0
#include "router/scenario/scenario_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "router/scenario/scenario_reader.h"

namespace usher::scenario {
namespace {

using testing::AllOf;
using testing::Field;
using testing::Optional;

// Ann waits in a queue; c1 is offered to her at 0s, c2 waits.
constexpr const char* kStart =
    "domain: {queues: {support: {max_waiting: 5}}, agents: {ann: {queues: [support]}}}\n"
    "steps:\n"
    "  - {at: 0s, sign_in: ann}\n"
    "  - {at: 0s, submit: c1, queue: support}\n"
    "  - {at: 1s, submit: c2, queue: support, external_id: x}\n";

std::optional<Failure> Play(const std::string& more_steps, const RunOptions& options = {}) {
  configuration::Diagnostics diagnostics("s.yaml");
  const auto documents = configuration::ReadYaml(kStart + more_steps, diagnostics);
  EXPECT_TRUE(diagnostics.empty());
  const ScenarioReading reading = ReadScenario(*documents.at(0), "s.yaml");
  for (const auto& diagnostic : reading.diagnostics) ADD_FAILURE() << ToString(diagnostic);
  return reading.scenario ? RunScenario(*reading.scenario, options) : std::nullopt;
}

// Expects `expect` at 2s, where the state holds `happened` instead.
void ExpectMismatch(const std::string& expect, const std::string& what, const std::string& expected,
                    const std::string& happened) {
  EXPECT_THAT(
      Play("  - {at: 2s, expect: {" + expect + "}}\n"),
      Optional(AllOf(Field(&Failure::line, 6), Field(&Failure::what, what),
                     Field(&Failure::expected, expected), Field(&Failure::happened, happened))))
      << expect;
}

TEST(ScenarioRunTest, WhatHoldsPasses) {
  EXPECT_FALSE(
      Play("  - {at: 2s, expect: {offered: [c1 -> ann], waiting: {support: [c1, c2]},"
           " contact: {c1: offered, c2: {state: waiting, waited: 1s, agent: none}},"
           " agent: {ann: {presence: available, load: {voice: 1, chat: 0}, offers: [c1],"
           " idle_since: 0s}}, position: {c2: 2}, service_level: {support: none},"
           " why: {contact: c2, says: NO_ROOM}, missed: [], closed: []}}\n"));
}

TEST(ScenarioRunTest, EachExpectationCanFail) {
  ExpectMismatch("offered: []", "offered", "[]", "[c1 -> ann]");
  ExpectMismatch("queued: [c2 -> support, c1 -> support]", "queued",
                 "[c2 -> support, c1 -> support]", "[c1 -> support, c2 -> support]");
  ExpectMismatch("missed: [c1 -> ann]", "missed", "[c1 -> ann]", "[]");
  ExpectMismatch("waiting: {support: [c2]}", "waiting support", "[c2]", "[c1, c2]");
  ExpectMismatch("waiting: {suport: []}", "waiting suport", "[]", "[no queue suport]");
  ExpectMismatch("contact: {c1: assigned}", "contact c1 state", "assigned", "offered");
  ExpectMismatch("contact: {c2: {waited: 2s}}", "contact c2 waited", "2s", "1s");
  ExpectMismatch("contact: {c2: {outcome: abandoned}}", "contact c2 outcome", "abandoned", "none");
  ExpectMismatch("contact: {c9: waiting}", "contact c9 state", "waiting", "no contact c9");
  ExpectMismatch("agent: {ann: not-ready}", "agent ann presence", "not-ready", "available");
  ExpectMismatch("agent: {ann: {load: {}}}", "agent ann load", "[]", "[voice: 1]");
  ExpectMismatch("agent: {ann: {offers: []}}", "agent ann offers", "[]", "[c1]");
  ExpectMismatch("agent: {bob: available}", "agent bob presence", "available", "no agent bob");
  ExpectMismatch("position: {c2: 1}", "position c2", "1", "2");
  ExpectMismatch("why: {agent: ann, says: NO_CONTACTS}", "why ann agent", "NO_CONTACTS", "NO_ROOM");
  ExpectMismatch("service_level: {support: 100%}", "service_level support", "100%", "none");
}

TEST(ScenarioRunTest, AHappeningIsExpectedOnce) {
  EXPECT_FALSE(
      Play("  - {at: 2s, expect: {offered: [c1 -> ann]}}\n"
           "  - {at: 2s, expect: {offered: []}}\n"));
}

TEST(ScenarioRunTest, AnActionMustSucceedUnlessItSaysOtherwise) {
  EXPECT_THAT(
      Play("  - {at: 2s, accept: c2, by: ann}\n"),
      Optional(AllOf(Field(&Failure::what, "accept c2"), Field(&Failure::expected, "success"),
                     Field(&Failure::happened, testing::StartsWith("refused NOT_OFFERED")))));
  EXPECT_THAT(Play("  - {at: 2s, accept: c1, by: ann, refused: NOT_OFFERED}\n"),
              Optional(AllOf(Field(&Failure::expected, "refused NOT_OFFERED"),
                             Field(&Failure::happened, "success"))));
  EXPECT_THAT(Play("  - {at: 2s, accept: c2, by: ann, refused: TAKEN}\n"),
              Optional(Field(&Failure::expected, "refused TAKEN")));
  EXPECT_FALSE(Play("  - {at: 2s, accept: c2, by: ann, refused: NOT_OFFERED}\n"));
}

TEST(ScenarioRunTest, TheFirstFailureEndsTheScenario) {
  EXPECT_THAT(Play("  - {at: 2s, cancel: c9}\n  - {at: 3s, cancel: c8}\n"),
              Optional(Field(&Failure::line, 6)));
}

TEST(ScenarioRunTest, AFailureShowsTheLastTenEvents) {
  const auto failure = Play("  - {at: 2m, expect: {closed: [c1 -> lost]}}\n");
  ASSERT_TRUE(failure);
  EXPECT_LE(failure->last_events.size(), 10u);
  EXPECT_THAT(failure->last_events, testing::Contains("15s missed c1 -> ann"));
  EXPECT_THAT(failure->last_events, testing::Contains("15s presence ann is not-ready (missed)"));
  EXPECT_THAT(failure->last_events, testing::Contains("0s offered c1 -> ann until 15s"));
}

TEST(ScenarioRunTest, ARepeatedExternalIdIsAnAlias) {
  EXPECT_FALSE(
      Play("  - {at: 2s, submit: again, queue: support, external_id: x}\n"
           "  - {at: 2s, expect: {waiting: {support: [c1, again]},"
           " contact: {again: waiting}, queued: [c1 -> support, again -> support]}}\n"));
}

TEST(ScenarioRunTest, ANameIsGivenOnce) {
  EXPECT_FALSE(Play("  - {at: 2s, submit: c1, queue: support, refused: DUPLICATE}\n"));
}

TEST(ScenarioRunTest, RestartingEverywhereChangesNothing) {
  EXPECT_FALSE(
      Play("  - {at: 2s, accept: c1, by: ann}\n"
           "  - {at: 3s, complete: c1, by: ann}\n"
           "  - {at: 9s, expect: {offered: [c1 -> ann, c2 -> ann]}}\n",
           {.restart_everywhere = true}));
}

}  // namespace
}  // namespace usher::scenario
