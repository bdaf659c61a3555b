// SPDX-License-Identifier: Apache-2.0
#include "router/scenario/report.h"

#include <gtest/gtest.h>

namespace usher::scenario {
namespace {

ScenarioResult Failed() {
  return {.name = "An \"ignored\" offer",
          .file = "a.yaml",
          .line = 3,
          .failure = Failure{.line = 12,
                             .what = "offered",
                             .expected = "[c1 -> ann]",
                             .happened = "[]",
                             .last_events = {"0s signed-in ann"}},
          .diagnostics = {}};
}

TEST(ReportTest, APassIsOneLine) {
  const ScenarioResult passed{"First come", "a.yaml", 1, std::nullopt, {}};
  EXPECT_EQ(TextOf(passed), "PASS First come\n");
  EXPECT_EQ(JsonOf(passed),
            "{\"name\": \"First come\", \"file\": \"a.yaml\", \"line\": 1, \"passed\": true}\n");
}

TEST(ReportTest, AFailureSaysWhereWhatAndTheLastEvents) {
  EXPECT_EQ(TextOf(Failed()),
            "FAIL An \"ignored\" offer\n"
            "  a.yaml:12: offered\n"
            "    expected: [c1 -> ann]\n"
            "    happened: []\n"
            "    last events:\n"
            "      0s signed-in ann\n");
}

TEST(ReportTest, JsonEscapesWhatTextMayHold) {
  EXPECT_EQ(JsonOf(Failed()),
            "{\"name\": \"An \\\"ignored\\\" offer\", \"file\": \"a.yaml\", \"line\": 3, "
            "\"passed\": false, \"failure\": {\"line\": 12, \"what\": \"offered\", "
            "\"expected\": \"[c1 -> ann]\", \"happened\": \"[]\", "
            "\"last_events\": [\"0s signed-in ann\"]}}\n");
  const ScenarioResult odd{"tab\there \\ 中文", "a", 0, std::nullopt, {}};
  EXPECT_NE(JsonOf(odd).find("\"tab\\u0009here \\\\ 中文\""), std::string::npos);
}

TEST(ReportTest, AnUnreadableFileShowsItsDiagnostics) {
  const ScenarioResult broken{"a.yaml", "a.yaml", 0, std::nullopt, {{"a.yaml", 7, "is wrong"}}};
  EXPECT_FALSE(broken.passed());
  EXPECT_EQ(TextOf(broken), "FAIL a.yaml\n  a.yaml:7: is wrong\n");
  EXPECT_NE(JsonOf(broken).find("\"diagnostics\": [\"a.yaml:7: is wrong\"]"), std::string::npos);
}

}  // namespace
}  // namespace usher::scenario
