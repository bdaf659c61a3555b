// SPDX-License-Identifier: Apache-2.0
#include "router/store/debug_text.h"

#include <string>

#include <gtest/gtest.h>

#include "router/engine/event.h"
#include "router/engine/rows.h"

namespace usher::store {
namespace {

TEST(DebugTextTest, NamesAnEventAndItsFields) {
  const engine::Event event{InstantFromUnixMs(1'764'000'000'123),
                            engine::ConnectionChanged{AgentId{"ann"}, kNever}};
  EXPECT_EQ(ToDebugText(event), R"({"at":"2025-11-24T16:00:00.123Z","body":{"connection":)"
                                R"({"agent":"ann","grace_ends":"never"}}})");
}

TEST(DebugTextTest, ShowsListsMapsSpansAndNothing) {
  engine::Agent agent;
  agent.id = AgentId{"ann"};
  agent.skills = {{"english", 80}, {"tech", 0}};
  agent.wrap_up = Duration{1'500};
  const std::string text = ToDebugText(agent);
  EXPECT_NE(text.find(R"("skills":[["english",80],["tech",0]],"queues":[])"), std::string::npos);
  EXPECT_NE(text.find(R"("wrap_up":"1500ms")"), std::string::npos);
  EXPECT_NE(ToDebugText(engine::Step{}).find(R"("requirement":null)"), std::string::npos);
}

TEST(DebugTextTest, OneLineWhateverTheText) {
  const engine::PresenceChanged event{AgentId{"a\"\\\n\x1b\xff"}, engine::Presence::kOffline, ""};
  EXPECT_NE(ToDebugText(event.agent).find(R"("a\"\\\u000a\u001b\u00ff")"), std::string::npos);
}

TEST(DebugTextTest, BeforeTheEpochToo) {
  std::string text;
  debug_text::AppendInstant(InstantFromUnixMs(-1), text);
  EXPECT_EQ(text, "\"1969-12-31T23:59:59.999Z\"");
}

}  // namespace
}  // namespace usher::store
