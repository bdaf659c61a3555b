// SPDX-License-Identifier: Apache-2.0
#include "router/simulation/traffic_reader.h"

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "router/configuration/domain_reader.h"

namespace usher::simulation {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const engine::Domain& Acme() {
  static const engine::Domain domain = *configuration::ReadDomain(R"(
domain: acme
skills: [english]
not_ready: [lunch]
queues: {support: {channels: [voice, chat]}, billing: {channels: [voice]}}
agents: {ann: {queues: [support]}, ben: {queues: [support]}, cleo: {}}
)",
                                                                  "acme.yaml")
                                            .domain;
  return domain;
}

std::vector<std::string> ComplaintsOf(std::string_view text) {
  std::vector<std::string> all;
  for (const auto& diagnostic : ReadTraffic(text, "t.yaml", Acme()).diagnostics) {
    all.push_back(configuration::ToString(diagnostic));
  }
  return all;
}

// One mistake: its line and some of its words.
void ExpectComplaint(std::string_view text, int line, std::string_view words) {
  const auto all = ComplaintsOf(text);
  EXPECT_THAT(
      all, ElementsAre(testing::AllOf(testing::StartsWith("t.yaml:" + std::to_string(line) + ": "),
                                      HasSubstr(std::string(words)))))
      << text;
}

constexpr std::string_view kGood = R"(duration: 8h
handle: {exponential: 3m}
arrivals:
  calls: {queue: support, rate: 60}
)";

TEST(TrafficReaderTest, LittleIsEnough) {
  const TrafficReading reading = ReadTraffic(kGood, "t.yaml", Acme());
  ASSERT_TRUE(reading.ok());
  EXPECT_DOUBLE_EQ(reading.traffic->ExpectedArrivals(), 480);
  ASSERT_EQ(reading.traffic->agents.size(), 3u);
  EXPECT_EQ(reading.traffic->rotas.at(reading.traffic->agents[0].rota).front().what,
            Duty::What::kWork);
}

TEST(TrafficReaderTest, LaterGroupsGoBeforeEarlierOnesKeyByKey) {
  const TrafficReading reading = ReadTraffic(std::string(kGood) + R"(agents:
  - {who: {queue: support}, accept: 5s, reject: 2%}
  - {who: ben, accept: 9s, pace: 1.5}
)",
                                             "t.yaml", Acme());
  ASSERT_TRUE(reading.ok());
  const auto& agents = reading.traffic->agents;
  EXPECT_EQ(agents[0].answer.MeanMs(), 5000);
  EXPECT_EQ(agents[1].answer.MeanMs(), 9000);
  EXPECT_EQ(agents[1].reject, 200);
  EXPECT_EQ(agents[1].pace, 1.5);
  // Whom no group names stays away.
  EXPECT_EQ(reading.traffic->rotas.at(agents[2].rota).front().what, Duty::What::kAway);
}

TEST(TrafficReaderTest, RatesByTimeOfDayHoldUntilTheNextOne) {
  const TrafficReading reading = ReadTraffic(R"(start: "2026-01-05T07:00:00"
duration: 4h
handle: 3m
arrivals:
  calls: {queue: support, rate: {at: {"08:00": 30, "10:00": 90}}}
)",
                                             "t.yaml", Acme());
  ASSERT_TRUE(reading.ok());
  // From 7 to 8 the rate of last evening, 90, then 30 for two hours, then 90 again.
  EXPECT_DOUBLE_EQ(reading.traffic->ExpectedArrivals(), 90 + 60 + 90);
}

TEST(TrafficReaderTest, CountsMustCoverTheDurationOrRepeat) {
  ExpectComplaint(R"(duration: 1h
handle: 3m
arrivals:
  calls: {queue: support, rate: {per: 15m, counts: [1, 2, 3]}}
)",
                  4, "counts tell of 45m, but the simulation lasts 1h");
  EXPECT_THAT(ComplaintsOf(R"(duration: 1h
handle: 3m
arrivals:
  calls: {queue: support, rate: {per: 15m, counts: [1, 2, 3], repeat: true}}
)"),
              IsEmpty());
}

TEST(TrafficReaderTest, WrongValuesAreToldWithTheirLine) {
  struct Case {
    std::string_view text;
    int line;
    std::string_view words;
  };
  const Case cases[] = {
      {"handle: 3m\narrivals: {calls: {queue: support, rate: 1}}\n", 1, "add duration: 8h"},
      {"duration: 8h\nhandle: 3m\n", 1, "nobody comes"},
      {"duration: 8h\nhandle: 3m\narrivals:\n  calls: {queue: suport, rate: 1}\n", 4,
       "did you mean \"support\""},
      {"duration: 8h\nhandle: 3m\narrivals:\n  calls: {queue: support}\n", 4, "add rate: 120"},
      {"duration: 8h\nhandle: 3m\narrivals:\n  calls: {queue: support, rate: -1}\n", 4,
       "must be a number"},
      {"duration: 8h\nhandle: 3m\narrivals:\n  calls: {queue: support, rat: 1, rate: 1}\n", 4,
       "unknown key \"rat\"; did you mean \"rate\""},
      {"duration: 8h\narrivals:\n  calls: {queue: support, rate: 1}\n", 3,
       "says not how long a conversation lasts"},
      {"duration: 8h\nhandle: {exponentail: 3m}\narrivals:\n  calls: {queue: support, rate: 1}\n",
       2, "unknown key \"exponentail\"; did you mean \"exponential\""},
      {"duration: 8h\nhandle: {lognormal: {mean: 3m}}\narrivals: {c: {queue: support, rate: 1}}\n",
       2, "needs deviation:"},
      {"duration: 8h\nhandle: none\narrivals: {c: {queue: support, rate: 1}}\n", 2,
       "handle must be a duration"},
      {"duration: 8h\nwarm_up: 8h\nhandle: 3m\narrivals: {c: {queue: support, rate: 1}}\n", 2,
       "leaves nothing"},
      {"duration: 8h\nhandle: 3m\nredial: {chance: 10%}\narrivals: {c: {queue: support, rate: 1}}"
       "\n",
       3, "needs after:"},
      {"duration: 8h\nhandle: 3m\ntransfer: [{chance: 60%, to: billing}, {chance: 60%, to: "
       "support}]\narrivals: {c: {queue: support, rate: 1}}\n",
       3, "add up to more than 100%"},
      {"duration: 8h\nhandle: 3m\narrivals:\n  c: {queue: billing, channel: chat, rate: 1}\n", 4,
       "queue billing does not take chat"},
      {"duration: 8h\nhandle: 3m\narrivals:\n  c: {queue: support, rate: 1, requires: french}\n", 4,
       "french"},
      {"duration: 8h\nhandle: 3m\narrivals:\n  c: {queue: support, rate: 1, prefer: "
       "{choose: {anne: 5%}}}\n",
       4, "did you mean \"ann\""},
      {"duration: 8h\nhandle: 3m\narrivals: {c: {queue: support, rate: 1}}\nagents:\n"
       "  - {who: dan}\n",
       5, "no agent \"dan\""},
      {"duration: 8h\nhandle: 3m\narrivals: {c: {queue: support, rate: 1}}\nagents:\n"
       "  - {who: all, shifts: [\"mon 9-17\"]}\n",
       5, "is not like \"mon-fri 09:00-18:00\""},
      {"duration: 8h\nhandle: 3m\narrivals: {c: {queue: support, rate: 1}}\nagents:\n"
       "  - {who: all, breaks: [{at: \"12:00\", for: 30m, reason: lunsh}]}\n",
       5, "did you mean \"lunch\""},
      {"duration: 8h\nhandle: 3m\narrivals: {c: {queue: support, rate: 1}}\nchannels:\n"
       "  chatt: {handle: 1m}\n",
       5, "did you mean \"chat\""},
      {"duration: 366d\nhandle: 3m\narrivals: {c: {queue: support, rate: 10000}}\n", 1,
       "at most 10000000"},
  };
  for (const Case& wrong : cases) ExpectComplaint(wrong.text, wrong.line, wrong.words);
}

}  // namespace
}  // namespace usher::simulation
