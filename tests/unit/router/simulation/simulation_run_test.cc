// SPDX-License-Identifier: Apache-2.0
#include "router/simulation/simulation_run.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "router/configuration/domain_reader.h"
#include "router/engine/engine.h"
#include "router/simulation/figures.h"
#include "router/simulation/traffic_reader.h"

namespace usher::simulation {
namespace {

// Much happens here: overflow, transfers, holds, misses, breaks, lost consoles, refusals.
constexpr std::string_view kBusyDomain = R"(
domain: acme
skills: [english]
not_ready: [lunch]
hours: {day: {weekly: ["mon-sun 08:00-17:30"]}}
queues:
  support:
    service_level: {within: 20s}
    max_waiting: 12
    wrap_up: 20s
    steps: [{at: 90s, overflow: general}]
  billing: {requires: english, wait_limit: 3m, hours: day, wrap_up: 10s}
  general: {}
profiles:
  desk: {voice: {max: 1}, chat: {max: 3, while: [chat]}}
agents:
  ann: {skills: [english], queues: [support, billing], profile: desk}
  ben: {queues: [support, general], profile: desk}
  cleo: {skills: [english], queues: [billing, general]}
  dan: {queues: {support: 0, general: 1}, profile: desk}
rules:
  - {when: 'customer.tier == "gold"', set: {head_start: 1m, prefer: ann, prefer_for: 10s}}
)";
constexpr std::string_view kBusyTraffic = R"(start: "2026-01-05T08:00:00"
duration: 10h
warm_up: 1h
handle: {lognormal: {mean: 4m, deviation: 3m}}
patience: {exponential: 2m}
redial: {chance: 50%, after: {exponential: 5m}, when: [abandoned, refused]}
wrap_up: {exponential: 15s}
hold: {chance: 20%, for: {exponential: 1m}}
queues: {support: {transfer: {chance: 15%, to: billing}}}
arrivals:
  calls: {queue: support, rate: 30, customer: {tier: {choose: {gold: 20%}}}}
  chats: {queue: support, channel: chat, rate: 20, handle: {erlang: {k: 2, mean: 8m}}}
  bills: {queue: billing, rate: 12}
agents:
  - {who: all, shifts: ["mon-fri 08:00-17:00"], accept: {uniform: {from: 1s, to: 18s}},
     reject: 5%, miss: 5%, return_after: 3m, lost_console: {every: {exponential: 1h}, for: {exponential: 40s}}}
  - {who: [ann, dan], breaks: [{at: "12:00", for: 30m, reason: lunch}]}
)";

struct Simulated {
  engine::Domain domain;
  Traffic traffic;
  std::vector<engine::Event> events;
  std::optional<RunResult> run{};

  const RunResult& result() const { return *run; }
};

// On the heap, since the tally keeps to its domain.
std::unique_ptr<Simulated> RunDay(std::string_view domain, std::string_view traffic,
                                  std::uint64_t seed = 1, std::uint64_t check_every = 0) {
  auto read_domain = configuration::ReadDomain(domain, "domain.yaml");
  EXPECT_TRUE(read_domain.ok());
  auto read_traffic = ReadTraffic(traffic, "traffic.yaml", *read_domain.domain);
  for (const auto& complaint : read_traffic.diagnostics) ADD_FAILURE() << ToString(complaint);
  auto simulated = std::make_unique<Simulated>();
  simulated->domain = *std::move(read_domain.domain);
  simulated->traffic = *std::move(read_traffic.traffic);
  RunOptions options{.seed = seed, .check_every = check_every};
  options.on_event = [&](const engine::Event& event) { simulated->events.push_back(event); };
  auto result = Simulate(simulated->domain, simulated->traffic, options);
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().message);
  if (result.ok()) simulated->run.emplace(*std::move(result));
  return simulated;
}

double FigureIn(const Simulated& simulated, std::string_view key) {
  return ReportOf(simulated.result().tally, 0).all[FigureOf(key)];
}

TEST(SimulationRunTest, TheSameSeedGivesTheSameEvents) {
  const auto one = RunDay(kBusyDomain, kBusyTraffic, 7);
  const auto same = RunDay(kBusyDomain, kBusyTraffic, 7);
  const auto other = RunDay(kBusyDomain, kBusyTraffic, 8);
  EXPECT_GT(one->events.size(), 3000u);
  EXPECT_TRUE(one->events == same->events);
  EXPECT_FALSE(one->events == other->events);
}

TEST(SimulationRunTest, MuchHappensAndTheEngineStaysSound) {
  const auto run = RunDay(kBusyDomain, kBusyTraffic, 3, 25);
  std::map<std::string_view, int> names;
  for (const auto& event : run->events) ++names[NameOf(event)];
  for (const char* name :
       {"signed-in", "signed-out", "presence", "connection", "submitted", "overflowed", "rejected",
        "missed", "withdrawn", "held", "resumed", "extended", "wrapped", "transferred", "closed"}) {
    EXPECT_GT(names[name], 0) << name;
  }
  EXPECT_GT(run->result().redials, 0u);
}

// Everything that a planner reads is counted again here, in the plainest way, from the events.
TEST(SimulationRunTest, TheReportIsWhatTheEventsSay) {
  for (const std::uint64_t seed : {1, 2, 3, 4, 5}) {
    const auto run = RunDay(kBusyDomain, kBusyTraffic, seed);
    const Instant from = run->traffic.start + run->traffic.warm_up;
    struct Seen {
      bool answered = false;
      std::string outcome{};
      Duration wait{0};
    };
    std::map<ContactId, Seen> contacts;
    std::map<std::string, Duration> signed_in;
    std::map<std::string, Instant> since;
    for (const auto& event : run->events) {
      if (const auto* submitted = std::get_if<engine::Submitted>(&event.body)) {
        if (event.at >= from) contacts[submitted->contact] = {};
      } else if (const auto* assigned = std::get_if<engine::Assigned>(&event.body)) {
        const auto found = contacts.find(assigned->contact);
        if (found == contacts.end() || found->second.answered) continue;
        found->second.answered = true;
        found->second.wait = assigned->waited;
      } else if (const auto* closed = std::get_if<engine::Closed>(&event.body)) {
        const auto found = contacts.find(closed->contact);
        if (found == contacts.end()) continue;
        found->second.outcome = ToString(closed->outcome);
        if (!found->second.answered) found->second.wait = closed->waited;
      } else if (const auto* in = std::get_if<engine::SignedIn>(&event.body)) {
        since[in->agent.value()] = event.at;
      } else if (const auto* out = std::get_if<engine::SignedOut>(&event.body)) {
        const Instant begun = since[out->agent.value()];
        since.erase(out->agent.value());
        if (event.at > from) signed_in[out->agent.value()] += event.at - std::max(begun, from);
      }
    }
    for (const auto& [agent, begun] : since) {
      signed_in[agent] += run->traffic.end() - std::max(begun, from);
    }
    std::map<std::string, double> counts;
    std::vector<double> waits;
    double abandoned_s = 0;
    for (const auto& [contact, seen] : contacts) {
      if (seen.answered) {
        ++counts["answered"];
        waits.push_back(static_cast<double>(seen.wait.count()) / 1000);
        continue;
      }
      ++counts[seen.outcome.empty() ? "waiting" : seen.outcome];
      if (seen.outcome == "abandoned") abandoned_s += static_cast<double>(seen.wait.count()) / 1000;
    }
    std::sort(waits.begin(), waits.end());
    double sum = 0;
    for (const double wait : waits) sum += wait;
    const Report report = ReportOf(run->result().tally, run->result().redials);
    const auto all = [&](std::string_view key) { return report.all[FigureOf(key)]; };
    EXPECT_EQ(all("offered"), static_cast<double>(contacts.size()));
    EXPECT_EQ(all("answered"), counts["answered"]);
    EXPECT_EQ(all("abandoned"), counts["abandoned"]);
    EXPECT_EQ(all("refused"), counts["refused"]);
    EXPECT_EQ(all("timed_out"), counts["timed-out"]);
    EXPECT_EQ(all("waiting"), counts["waiting"]);
    EXPECT_EQ(all("offered"), all("answered") + all("abandoned") + all("refused") +
                                  all("timed_out") + all("cancelled") + all("lost") +
                                  all("waiting"));
    EXPECT_NEAR(all("answer_wait_mean"), sum / static_cast<double>(waits.size()), 1e-9);
    EXPECT_NEAR(all("abandon_wait_mean"), abandoned_s / counts["abandoned"], 1e-9);
    EXPECT_EQ(all("answer_wait_max"), waits.back());
    EXPECT_EQ(all("answer_wait_p90"), waits[(waits.size() * 90 + 99) / 100 - 1]);
    for (const auto& [agent, span] : signed_in) {
      EXPECT_DOUBLE_EQ(report.agents.at(agent)[FigureOf("signed_in_time")],
                       static_cast<double>(span.count()) / 1000)
          << agent;
    }
  }
}

TEST(SimulationRunTest, AnotherTallyOfTheSameEventsIsTheSame) {
  const auto run = RunDay(kBusyDomain, kBusyTraffic, 9);
  Tally again(run->domain, run->result().tally.window());
  for (const auto& event : run->events) again.Note(event);
  again.Finish();
  const Report one = ReportOf(run->result().tally, 0);
  const Report other = ReportOf(again, 0);
  for (std::size_t i = 0; i < one.all.size(); ++i) {
    if (one.all[i] == one.all[i]) {
      EXPECT_EQ(one.all[i], other.all[i]) << AllFigures()[i].key;
    }
  }
}

TEST(SimulationRunTest, QueuesAndChannelsAddUpToAll) {
  const auto run = RunDay(kBusyDomain, kBusyTraffic, 4);
  const Report report = ReportOf(run->result().tally, 0);
  for (const char* key : {"offered", "answered", "abandoned", "refused", "transfers", "overflows",
                          "offers", "conversations"}) {
    double queues = 0;
    double channels = 0;
    for (const auto& [name, values] : report.queues) queues += values[FigureOf(key)];
    for (const auto& [name, values] : report.channels) channels += values[FigureOf(key)];
    EXPECT_EQ(queues, report.all[FigureOf(key)]) << key;
    EXPECT_EQ(channels, report.all[FigureOf(key)]) << key;
  }
}

// The engine's counts of a queue are the report's, where nothing is left out.
TEST(SimulationRunTest, ServiceLevelIsTheEnginesOwn) {
  const std::string traffic =
      std::string(kBusyTraffic).replace(kBusyTraffic.find("warm_up: 1h\n"), 12, "");
  const auto run = RunDay(kBusyDomain, traffic, 5);
  engine::Engine engine;
  for (const auto& event : run->events) engine.Evolve(event);
  const auto& queues = run->result().tally.queues();
  for (std::size_t i = 0; i < run->domain.queues.size(); ++i) {
    const auto counts = engine.CountsOf(run->domain.queues[i].id);
    EXPECT_EQ(queues[i].accepted, counts.accepted);
    EXPECT_EQ(queues[i].accepted_in_time, counts.accepted_in_time);
    EXPECT_EQ(queues[i].waiting.now(), static_cast<std::int64_t>(counts.waiting));
  }
}

// Little's law, L = λ·W, counted by two ways that share nothing: how many wait, at each change; and
// how long each one waited.
TEST(SimulationRunTest, LittlesLawHoldsToTheMillisecond) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    const auto run =
        RunDay("domain: acme\nqueues: {calls: {}}\nagents: {ann: {queues: [calls]}}\n",
               "duration: 20h\nhandle: {exponential: 3m}\npatience: {exponential: 5m}\n"
               "arrivals: {calls: {queue: calls, rate: 20}}\n",
               seed);
    std::int64_t waited = 0;
    for (const auto& [cell, tally] : run->result().tally.contacts()) {
      waited += tally.answered_wait_ms + tally.abandoned_wait_ms + tally.other_wait_ms;
    }
    EXPECT_GT(waited, 0);
    EXPECT_EQ(run->result().tally.waiting().area_ms(), waited);
  }
}

constexpr std::string_view kTwoAgents = R"(
domain: acme
not_ready: [lunch]
queues: {calls: {missed_offers: {limit: 1}}}
agents: {ann: {queues: [calls]}, ben: {queues: [calls]}}
)";

TEST(SimulationRunTest, AgentsComeAndGoByTheirShifts) {
  const auto run = RunDay(kTwoAgents, R"(start: "2026-01-05T08:00:00"
duration: 4h
handle: 10m
arrivals: {calls: {queue: calls, rate: 3, spacing: even}}
agents:
  - {who: ann, shifts: ["mon 09:00-10:55"], breaks: [{at: "10:00", for: 15m, reason: lunch}]}
)");
  std::vector<std::string> seen;
  for (const auto& event : run->events) {
    const auto minute =
        std::chrono::duration_cast<std::chrono::minutes>(event.at - run->traffic.start);
    const std::string at = std::to_string(minute.count());
    if (const auto* presence = std::get_if<engine::PresenceChanged>(&event.body)) {
      seen.push_back(at + " " + std::string(ToString(presence->presence)) + " " + presence->reason);
    } else if (NameOf(event) == "signed-in" || NameOf(event) == "signed-out") {
      seen.push_back(at + " " + std::string(NameOf(event)));
    }
  }
  // The call that she took at 10:50 lasts until 11:00: at 10:55 she takes nothing new, then she
  // goes. Ben, whom no group names, never comes.
  EXPECT_EQ(seen, (std::vector<std::string>{"60 signed-in", "120 not-ready lunch", "135 available ",
                                            "175 not-ready ", "180 signed-out"}));
}

TEST(SimulationRunTest, WhoIsSetNotReadyByMissesComesBack) {
  const auto run = RunDay(kTwoAgents, R"(duration: 1h
handle: 10s
arrivals: {calls: {queue: calls, rate: 60, spacing: even}}
agents: [{who: ann, miss: 100%, return_after: 2m}]
)");
  std::vector<std::int64_t> away;
  Instant since{};
  for (const auto& event : run->events) {
    const auto* presence = std::get_if<engine::PresenceChanged>(&event.body);
    if (presence == nullptr) continue;
    if (presence->presence == engine::Presence::kNotReady) {
      EXPECT_EQ(presence->reason, "missed");
      since = event.at;
    } else {
      away.push_back((event.at - since).count());
    }
  }
  EXPECT_GT(away.size(), 5u);
  for (const std::int64_t ms : away) EXPECT_EQ(ms, 120'000);
  EXPECT_EQ(FigureIn(*run, "answered"), 0);
}

TEST(SimulationRunTest, PatienceEndsTheWaitToTheMillisecond) {
  const auto run = RunDay("domain: acme\nqueues: {calls: {}}\nagents: {ann: {queues: [calls]}}\n",
                          R"(duration: 1h
handle: 3m
patience: 45s
arrivals: {calls: {queue: calls, rate: 30, spacing: even}}
)");
  // One call each two minutes, three minutes each: she takes the first, and while she talks the
  // second comes a minute before she is free, and leaves after 45 s. So every other one.
  EXPECT_EQ(FigureIn(*run, "offered"), 30);
  EXPECT_EQ(FigureIn(*run, "abandoned"), 15);
  EXPECT_EQ(FigureIn(*run, "abandon_wait_mean"), 45);
  EXPECT_EQ(FigureIn(*run, "answer_wait_max"), 0);
}

TEST(SimulationRunTest, APaceStretchesTheHandleTime) {
  const auto run = RunDay(kTwoAgents, R"(duration: 1h
handle: 1m
arrivals: {calls: {queue: calls, rate: 6, spacing: even}}
agents: [{who: ann, pace: 1.5}]
)");
  EXPECT_EQ(FigureIn(*run, "handle_mean"), 90);
}

TEST(SimulationRunTest, AnOverloadEndsWithAWord) {
  auto domain = configuration::ReadDomain(kTwoAgents, "d.yaml");
  auto traffic = ReadTraffic(
      "duration: 2h\nhandle: 1m\narrivals: {calls: {queue: calls, rate: "
      "2000000}}\nagents: [{who: ann, shifts: [\"tue 09:00-10:00\"]}]\n",
      "t.yaml", *domain.domain);
  ASSERT_TRUE(traffic.ok());
  const auto result = Simulate(*domain.domain, *traffic.traffic, {});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().reason, "TOO_MANY_OPEN");
}

}  // namespace
}  // namespace usher::simulation
