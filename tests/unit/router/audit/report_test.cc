// SPDX-License-Identifier: Apache-2.0
#include "router/audit/report.h"

#include <string>

#include <gtest/gtest.h>

namespace usher::audit {
namespace {

Finding Of(const std::string& key) { return {"ROW_DAMAGED", key, "what", "next"}; }

TEST(DomainReportTest, TellsEachThingOnce) {
  DomainReport report(DomainId{"acme"});
  EXPECT_TRUE(report.is_clean());
  report.Add(Of("a"));
  report.Add(Of("a"));
  report.Add({"ROW_GHOST", "a", "what", "next"});
  EXPECT_EQ(report.found, 2u);
  EXPECT_FALSE(report.is_clean());
}

TEST(DomainReportTest, KeepsSoManyAndCountsTheRest) {
  DomainReport report(DomainId{"acme"});
  for (int i = 0; i < 3'000; ++i) report.Add(Of(std::to_string(i)));
  EXPECT_EQ(report.found, 3'000u);
  EXPECT_EQ(report.findings.size(), DomainReport::kFindingsMax);
  EXPECT_NE(ToText(report).find("and 2000 more"), std::string::npos);
}

// Keys of a damaged store may hold anything.
TEST(DomainReportTest, NothingInItMovesATerminal) {
  DomainReport report(DomainId{"acme"});
  report.Add({"ROW_DAMAGED", "\x1b[2J\n\"", "\x07", "next"});
  report.Note("\x1b[31m");
  for (const std::string& text : {ToText(report), ToJson({report})}) {
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find('\x07'), std::string::npos);
  }
}

}  // namespace
}  // namespace usher::audit
