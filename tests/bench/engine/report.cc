// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/engine/report.h"

namespace usher::bench {

void PrintShapes(const Report& report, std::FILE* out) {
  std::fprintf(out, "%9s %7s %6s %6s %12s %12s %8s %14s %12s\n", "waiting", "agents", "queues",
               "skills", "arrivals/s", "matches/s", "found", "naive match/s", "times naive");
  for (const Measured& m : report.shapes) {
    std::fprintf(out, "%9d %7d %6d %6d %12.0f %12.0f %7.0f%%", m.shape.waiting, m.shape.agents,
                 m.shape.queues, m.shape.skills, 1e9 / m.engine.arrival_ns, 1e9 / m.engine.match_ns,
                 100 * m.engine.matches_per_release);
    if (m.naive) {
      std::fprintf(out, " %14.0f %12.0f", 1e9 / m.naive->match_ns,
                   m.naive->match_ns / m.engine.match_ns);
    }
    std::fprintf(out, "\n");
  }
}

void PrintTable(const Report& report, std::FILE* out) {
  PrintShapes(report, out);
  const Shape& shape = report.latencies_of;
  std::fprintf(out, "\nsingle commands at %d waiting x %d agents, microseconds\n", shape.waiting,
               shape.agents);
  std::fprintf(out, "%-40s %8s %8s %8s\n", "", "p50", "p99", "max");
  for (const Centre::Latency& latency : report.latencies) {
    std::fprintf(out, "%-40s %8.2f %8.2f %8.1f\n", latency.command.c_str(), latency.p50_ns / 1000,
                 latency.p99_ns / 1000, latency.max_ns / 1000);
  }
  std::fprintf(out,
               "\nbytes of an agent, few skills %.0f, many skills %.0f; of it configuration "
               "%.0f and %.0f\n\n",
               report.few_skills.all, report.many_skills.all, report.few_skills.configuration,
               report.many_skills.configuration);
  for (const Goal& goal : report.goals) {
    std::fprintf(out, "%-48s %10.2f %-10s target %9.2f  %s\n", goal.name.c_str(), goal.value,
                 goal.unit.c_str(), goal.target, goal.IsReached() ? "reached" : "MISSED");
  }
}

namespace {

void PrintShape(const Shape& shape, std::FILE* out) {
  std::fprintf(out, "\"waiting\": %d, \"agents\": %d, \"queues\": %d, \"skills\": %d",
               shape.waiting, shape.agents, shape.queues, shape.skills);
}

void PrintPace(const char* name, const Pace& pace, std::FILE* out) {
  std::fprintf(out,
               ", \"%s\": {\"arrival_ns\": %.1f, \"match_ns\": %.1f, "
               "\"matches_per_release\": %.3f}",
               name, pace.arrival_ns, pace.match_ns, pace.matches_per_release);
}

}  // namespace

void PrintJson(const Report& report, std::FILE* out) {
  const char* separator = "";
  std::fprintf(out, "{\"shapes\": [");
  for (const Measured& m : report.shapes) {
    std::fprintf(out, "%s\n  {", separator);
    PrintShape(m.shape, out);
    PrintPace("engine", m.engine, out);
    if (m.naive) PrintPace("naive", *m.naive, out);
    std::fprintf(out, "}");
    separator = ",";
  }
  std::fprintf(out, "],\n\"commands\": {");
  PrintShape(report.latencies_of, out);
  std::fprintf(out, ", \"figures\": [");
  separator = "";
  for (const Centre::Latency& latency : report.latencies) {
    std::fprintf(out,
                 "%s\n  {\"command\": \"%s\", \"p50_ns\": %.0f, \"p99_ns\": %.0f, "
                 "\"max_ns\": %.0f}",
                 separator, latency.command.c_str(), latency.p50_ns, latency.p99_ns,
                 latency.max_ns);
    separator = ",";
  }
  std::fprintf(out,
               "]},\n\"bytes\": {\"per_waiting_contact\": %.1f, \"per_agent_few_skills\": "
               "%.1f, \"per_agent_many_skills\": %.1f},\n\"goals\": [",
               report.bytes_per_waiting_contact, report.few_skills.all, report.many_skills.all);
  separator = "";
  for (const Goal& goal : report.goals) {
    std::fprintf(out,
                 "%s\n  {\"name\": \"%s\", \"value\": %.3f, \"unit\": \"%s\", \"target\": "
                 "%.3f, \"lower\": %s, \"reached\": %s}",
                 separator, goal.name.c_str(), goal.value, goal.unit.c_str(), goal.target,
                 goal.is_lower_better ? "true" : "false", goal.IsReached() ? "true" : "false");
    separator = ",";
  }
  std::fprintf(out, "]}\n");
}

}  // namespace usher::bench
