// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/bench/engine/naive_centre.h"
#include "tests/bench/engine/report.h"
#include "tests/bench/engine/timing.h"

// engine_bench [--quick] [--cross] [--json]: what the engine alone costs, beside its goals and
// beside a naive matcher. --cross runs every shape instead of a few. See tests/bench/README.md.

namespace usher::bench {
namespace {

struct Plan {
  int rounds = 5;
  double seconds = 0.3;  // of the engine, in each round
  double naive_seconds = 0.1;
  int samples = 100'000;  // of single commands
  bool is_cross = false;
  bool is_json = false;
  std::optional<Shape> only;  // for a profiler
};

// The shape that the goals speak of, and those that its growth is measured from and to.
constexpr Shape kFewWaiting{1'000, 10'000, 50, 5};
constexpr Shape kFewAgents{100'000, 1'000, 50, 5};
constexpr Shape kGoal{100'000, 10'000, 50, 5};
constexpr Shape kMillion{950'000, 10'000, 50, 5};  // a domain holds a million, with those in talk

// Shapes in a group are held at the same time and run in turn, so that their ratios are not those
// of two moments of a shared machine.
std::vector<std::vector<Shape>> GroupsOf(const Plan& plan) {
  std::vector<std::vector<Shape>> groups = {{kFewWaiting, kFewAgents, kGoal, kMillion}};
  if (!plan.is_cross) {
    for (const Shape& shape : {Shape{1'000, 100, 1, 5}, Shape{10'000, 1'000, 1, 5},
                               Shape{10'000, 1'000, 50, 50}, Shape{100'000, 10'000, 1, 5},
                               Shape{100'000, 10'000, 50, 50}, Shape{100'000, 10'000, 500, 5},
                               Shape{100'000, 10'000, 500, 50}, Shape{900'000, 50'000, 500, 5}}) {
      groups.push_back({shape});
    }
    return groups;
  }
  for (const int waiting : {1'000, 10'000, 100'000, 900'000}) {
    for (const int agents : {100, 1'000, 10'000, 50'000}) {
      for (const int queues : {1, 50, 500}) {
        for (const int skills : {5, 50}) groups.push_back({{waiting, agents, queues, skills}});
      }
    }
  }
  return groups;
}

struct Contender {
  explicit Contender(const Shape& shape) : workload(shape), centre(workload), naive(workload) {}

  void RunOnce(const Plan& plan) {
    engine_paces.push_back(centre.Run(plan.seconds));
    naive_paces.push_back(naive.Run(plan.naive_seconds));
  }

  Workload workload;
  Centre centre;
  NaiveCentre naive;
  std::vector<Pace> engine_paces;
  std::vector<Pace> naive_paces;
};
using Group = std::vector<std::unique_ptr<Contender>>;

Pace MedianOf(const std::vector<Pace>& paces) {
  const auto median = [&](double Pace::* field) {
    std::vector<double> values;
    for (const Pace& pace : paces) values.push_back(pace.*field);
    return Median(values);
  };
  return {median(&Pace::arrival_ns), median(&Pace::match_ns), median(&Pace::matches_per_release)};
}

Group Run(const std::vector<Shape>& shapes, const Plan& plan, Report& report) {
  Group group;
  for (const Shape& shape : shapes) group.push_back(std::make_unique<Contender>(shape));
  for (int round = 0; round < plan.rounds; ++round) {
    for (const auto& contender : group) contender->RunOnce(plan);
  }
  for (const auto& contender : group) {
    report.shapes.push_back({contender->workload.shape(), MedianOf(contender->engine_paces),
                             MedianOf(contender->naive_paces)});
  }
  return group;
}

// The median over the rounds of what a match costs in one, in units of the other.
double Growth(const Contender& from, const Contender& to) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < from.engine_paces.size(); ++i) {
    ratios.push_back(to.engine_paces[i].match_ns / from.engine_paces[i].match_ns);
  }
  return Median(ratios);
}

void AddGoals(const Group& group, Report& report) {
  const double match_ns = MedianOf(group[2]->engine_paces).match_ns;
  report.goals.push_back(
      {"matches a second, 100k waiting x 10k agents", "million", 1e3 / match_ns, 1, false});
  report.goals.push_back(
      {"growth of a match, 1k to 100k waiting", "times", Growth(*group[0], *group[2]), 1.5});
  report.goals.push_back(
      {"growth of a match, 1k to 10k agents", "times", Growth(*group[1], *group[2]), 1.5});
  report.goals.push_back(
      {"growth of a match, 1k to 1M waiting", "times", Growth(*group[0], *group[3]), 3});
}

void MeasureCommands(const Plan& plan, Report& report) {
  report.latencies_of = kGoal;
  report.latencies_of.spare_agents = 1'000;
  const Workload workload(report.latencies_of);
  Centre centre(workload);
  report.latencies = centre.Latencies(plan.samples);
  double worst = 0;
  for (const Centre::Latency& latency : report.latencies) worst = std::max(worst, latency.p99_ns);
  report.goals.push_back({"p99 of the slowest of these commands", "us", worst / 1000, 50});
}

void MeasureMemory(Report& report) {
  report.bytes_per_waiting_contact = BytesPerWaitingContact(Workload({100'000, 10'000, 50, 5}));
  report.few_skills = BytesPerAgent(Workload({50'000, 10'000, 50, 5}));
  report.many_skills = BytesPerAgent(Workload({50'000, 10'000, 50, 50}));
  report.goals.push_back(
      {"bytes a waiting contact, without payload", "bytes", report.bytes_per_waiting_contact, 256});
}

Report Measure(const Plan& plan) {
  Report report;
  MeasureMemory(report);
  const std::vector<std::vector<Shape>> groups = GroupsOf(plan);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const double from = static_cast<double>(SteadyNs());
    const Group group = Run(groups[i], plan, report);
    if (i == 0) AddGoals(group, report);
    std::fprintf(stderr, "%zu of %zu, %.1f s\n", i + 1, groups.size(),
                 (static_cast<double>(SteadyNs()) - from) / 1e9);
  }
  MeasureCommands(plan, report);
  return report;
}

int Main(int argc, char** argv) {
  Plan plan;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--quick") {
      plan.rounds = 3;
      plan.seconds = 0.1;
      plan.naive_seconds = 0.02;
      plan.samples = 20'000;
    } else if (argument == "--cross") {
      plan.is_cross = true;
      plan.seconds = 0.2;
      plan.rounds = 3;
    } else if (argument == "--json") {
      plan.is_json = true;
    } else if (argument == "--shape" && i + 4 < argc) {
      plan.only = Shape{std::atoi(argv[i + 1]), std::atoi(argv[i + 2]), std::atoi(argv[i + 3]),
                        std::atoi(argv[i + 4])};
      i += 4;
    } else {
      std::fprintf(stderr,
                   "usage: engine_bench [--quick] [--cross] [--json]\n"
                   "       engine_bench [--quick] --shape WAITING AGENTS QUEUES SKILLS\n");
      return 2;
    }
  }
  if (plan.only) {
    Report report;
    Run({*plan.only}, plan, report);
    PrintShapes(report, stdout);
    return 0;
  }
  const Report report = Measure(plan);
  plan.is_json ? PrintJson(report, stdout) : PrintTable(report, stdout);
  return 0;
}

}  // namespace
}  // namespace usher::bench

int main(int argc, char** argv) { return usher::bench::Main(argc, argv); }
