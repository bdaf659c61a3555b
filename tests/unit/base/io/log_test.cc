// SPDX-License-Identifier: Apache-2.0
#include "base/io/log.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/io/json_text.h"

namespace usher::io {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

class LogTest : public ::testing::Test {
 protected:
  void SetUp() override { Configure(LogLevel::kInfo, LogFormat::kJson); }
  void TearDown() override { ConfigureLog({}); }

  void Configure(LogLevel level, LogFormat format) {
    ConfigureLog({.level = level, .format = format, .sink = [this](std::string_view line) {
                    lines_.emplace_back(line);
                  }});
  }

  std::vector<std::string> lines_;
};

TEST_F(LogTest, WritesOneJsonObjectForEachEvent) {
  Log(LogLevel::kInfo, "http_listening",
      {{"address", "127.0.0.1"},
       {"port", std::uint16_t{8080}},
       {"delta", -3},
       {"ratio", 0.5},
       {"tls", false},
       {"big", std::numeric_limits<std::uint64_t>::max()}});
  ASSERT_THAT(lines_, SizeIs(1));
  EXPECT_THAT(lines_[0], MatchesRegex(R"(\{"time":"[0-9-]+T[0-9:.]+Z","level":"info",.*)"));
  EXPECT_THAT(lines_[0],
              EndsWith(R"("event":"http_listening","address":"127.0.0.1","port":8080,"delta":-3,)"
                       R"("ratio":0.5,"tls":false,"big":18446744073709551615})"));
}

TEST_F(LogTest, LeavesOutWhatIsBelowItsLevel) {
  Configure(LogLevel::kWarning, LogFormat::kJson);
  Log(LogLevel::kInfo, "quiet");
  EXPECT_THAT(lines_, SizeIs(0));
  Log(LogLevel::kWarning, "loud");
  EXPECT_THAT(lines_, SizeIs(1));
  EXPECT_FALSE(LogEnabled(LogLevel::kInfo));
  Configure(LogLevel::kOff, LogFormat::kJson);
  Log(LogLevel::kError, "off");
  EXPECT_THAT(lines_, SizeIs(1));
}

TEST_F(LogTest, CannotBeForgedByWhatItLogs) {
  Log(LogLevel::kInfo, "named",
      {{"name", "a\n{\"level\":\"error\"}\r\t\x1b[31m\x7f\xc2\x9b\xe2\x80\xae\"\\"}});
  ASSERT_THAT(lines_, SizeIs(1));
  EXPECT_THAT(
      lines_[0],
      EndsWith(R"("name":"a\n{\"level\":\"error\"}\r\t\u001b[31m\u007f\u009b\u202e\"\\"})"));
}

TEST_F(LogTest, ReplacesBytesThatAreNoUtf8AndKeepsWhatIs) {
  Log(LogLevel::kInfo, "named", {{"name", "é中😀\xff\xc3(\xed\xa0\x80\xc0\xaf"}});
  EXPECT_THAT(lines_[0], EndsWith("\"é中😀\uFFFD\uFFFD(\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\"}"));
}

TEST_F(LogTest, CutsLongTextsBetweenCharacters) {
  Log(LogLevel::kInfo, "long", {{"text", std::string(1024, 'a')}});
  EXPECT_THAT(lines_[0], EndsWith(std::string(1024, 'a') + "\"}"));
  Log(LogLevel::kInfo, "long", {{"text", std::string(1023, 'a') + "中"}});
  EXPECT_THAT(lines_[1], EndsWith(std::string(1023, 'a') + "…\"}"));
}

TEST_F(LogTest, WritesNumbersThatJsonLacksAsNull) {
  Log(LogLevel::kInfo, "odd", {{"a", std::nan("")}, {"b", HUGE_VAL}});
  EXPECT_THAT(lines_[0], EndsWith(R"("a":null,"b":null})"));
}

TEST_F(LogTest, WritesAPersonsFormat) {
  Configure(LogLevel::kDebug, LogFormat::kText);
  Log(LogLevel::kWarning, "accept_failed", {{"count", 3}, {"why", "too many\nfiles"}});
  EXPECT_THAT(
      lines_[0],
      MatchesRegex(R"([0-9:]+\.[0-9]+ warning accept_failed count=3 why="too many\\nfiles")"));
}

TEST_F(LogTest, WritesTheReasonAndNextStepOfAnError) {
  LogError(LogLevel::kError, "start_failed", {Code::kUnavailable, "ADDRESS_IN_USE", "m", "n"},
           {{"port", 1}});
  EXPECT_THAT(lines_[0],
              HasSubstr(R"("reason":"ADDRESS_IN_USE","message":"m","next_step":"n","port":1)"));
}

TEST_F(LogTest, KeepsLinesOfManyThreadsWhole) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      for (int i = 0; i < 200; ++i) Log(LogLevel::kInfo, "busy", {{"i", i}});
    });
  }
  for (auto& thread : threads) thread.join();
  ASSERT_THAT(lines_, SizeIs(800));
  for (const auto& line : lines_) EXPECT_THAT(line, EndsWith("}"));
}

// Standard error is a full pipe that nobody reads.
TEST(StderrLogTest, NobodyWaitsForAReaderThatHasStopped) {
  ConfigureLog({});
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_NONBLOCK), 0);
  const int before = ::dup(STDERR_FILENO);
  ASSERT_EQ(::dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
  const std::string page(4096, 'x');
  while (::write(ends[1], page.data(), page.size()) > 0) {
  }
  ::fcntl(ends[1], F_SETFL, 0);  // a write would wait now
  for (int i = 0; i < 3; ++i) Log(LogLevel::kInfo, "unheard");
  std::string heard(1 << 20, '\0');
  while (::read(ends[0], heard.data(), heard.size()) > 0) {
  }
  Log(LogLevel::kInfo, "heard_again");
  const ssize_t size = ::read(ends[0], heard.data(), heard.size());
  ::dup2(before, STDERR_FILENO);
  for (const int end : {ends[0], ends[1], before}) ::close(end);
  ASSERT_GT(size, 0);
  heard.resize(static_cast<std::size_t>(size));
  EXPECT_NE(heard.find(R"("event":"log_lines_dropped","lines":3)"), std::string::npos) << heard;
  EXPECT_NE(heard.find("heard_again"), std::string::npos) << heard;
  EXPECT_EQ(heard.find("unheard"), std::string::npos) << heard;
}

TEST(StderrLogTest, GoesToStandardErrorUnlessToldOtherwise) {
  ConfigureLog({});
  ::testing::internal::CaptureStderr();
  Log(LogLevel::kInfo, "started", {{"percent", "%v {} %s"}});
  const std::string written = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(written, EndsWith("\"event\":\"started\",\"percent\":\"%v {} %s\"}\n"));
}

}  // namespace
}  // namespace usher::io
