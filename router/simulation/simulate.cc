// SPDX-License-Identifier: Apache-2.0
#include "router/simulation/simulate.h"

#include <optional>
#include <ostream>
#include <utility>
#include <vector>

#include "router/configuration/domain_reader.h"
#include "router/simulation/report.h"
#include "router/simulation/study.h"
#include "router/simulation/traffic_reader.h"

namespace usher::simulation {
namespace {

double HoursOf(Duration span) { return static_cast<double>(span.count()) / 3'600'000; }

void Print(const std::vector<configuration::Diagnostic>& diagnostics, std::ostream& err) {
  for (const auto& diagnostic : diagnostics) err << configuration::ToString(diagnostic) << '\n';
}

// A domain file and the traffic, which may only name what this domain knows.
struct Inputs {
  engine::Domain domain;
  Traffic traffic;
};

std::optional<Inputs> ReadInputs(const std::string& domain_file, const std::string& traffic_file,
                                 std::ostream& err) {
  configuration::DomainReading domain = configuration::ReadDomainFile(domain_file);
  if (!domain.ok()) {
    Print(domain.diagnostics, err);
    return std::nullopt;
  }
  TrafficReading traffic = ReadTrafficFile(traffic_file, *domain.domain);
  if (!traffic.ok()) {
    Print(traffic.diagnostics, err);
    err << "(read for the domain file " << domain_file << ")\n";
    return std::nullopt;
  }
  return Inputs{*std::move(domain.domain), *std::move(traffic.traffic)};
}

Side SideOf(const std::string& file, const engine::Domain& domain,
            const std::vector<Report>& reports) {
  Side side{.file = file, .summary = Summarise(reports)};
  for (const engine::Queue& queue : domain.queues) side.queues.push_back(queue.id.value());
  for (const engine::Agent& agent : domain.agents) side.agents.push_back(agent.id.value());
  return side;
}

Result<std::vector<Report>> RunSide(const std::string& file, const Inputs& inputs,
                                    const SimulateOptions& options) {
  StudyOptions study{.seed = options.seed, .runs = options.runs, .on_progress = {}};
  if (options.on_progress) {
    study.on_progress = [&](int run, double part) {
      options.on_progress(file + ": run " + std::to_string(run + 1) + " of " +
                          std::to_string(options.runs) + ", " +
                          std::to_string(static_cast<int>(part * 100)) + "%");
    };
  }
  return RunStudy(inputs.domain, inputs.traffic, study);
}

int Fail(const std::string& file, const Error& error, std::ostream& err) {
  err << "usher: " << file << ": " << error.message << "; " << error.next_step << " ("
      << error.reason << ")\n";
  return 1;
}

}  // namespace

int SimulateFiles(const SimulateOptions& options, std::ostream& out, std::ostream& err) {
  const auto inputs = ReadInputs(options.domain_file, options.traffic_file, err);
  if (!inputs) return 2;
  std::optional<Inputs> others;
  if (!options.compare_file.empty()) {
    others = ReadInputs(options.compare_file, options.traffic_file, err);
    if (!others) return 2;
  }
  const auto reports = RunSide(options.domain_file, *inputs, options);
  if (!reports) return Fail(options.domain_file, reports.error(), err);
  StudyReport report{.traffic_file = options.traffic_file,
                     .seed = options.seed,
                     .runs = options.runs,
                     .hours = HoursOf(inputs->traffic.duration - inputs->traffic.warm_up),
                     .warm_up_hours = HoursOf(inputs->traffic.warm_up),
                     .side = SideOf(options.domain_file, inputs->domain, *reports)};
  if (others) {
    const auto other_reports = RunSide(options.compare_file, *others, options);
    if (!other_reports) return Fail(options.compare_file, other_reports.error(), err);
    report.other = SideOf(options.compare_file, others->domain, *other_reports);
    report.difference = Compare(*reports, *other_reports);
  }
  out << (options.json ? JsonOf(report) : TextOf(report));
  return 0;
}

}  // namespace usher::simulation
