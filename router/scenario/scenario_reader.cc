// SPDX-License-Identifier: Apache-2.0
#include "router/scenario/scenario_reader.h"

#include <filesystem>
#include <utility>

#include "router/configuration/domain_reader.h"
#include "router/configuration/mapping_reader.h"
#include "router/configuration/scalar.h"
#include "router/engine/nearest_name.h"
#include "router/scenario/action_reader.h"
#include "router/scenario/expectation_reader.h"

namespace usher::scenario {
namespace {

using configuration::Diagnostics;
using configuration::DomainReading;
using configuration::MappingReader;
using configuration::YamlNode;

// Steps are written by people; a file of more is a mistake, or belongs into a simulation.
constexpr std::size_t kStepsMax = 100'000;
constexpr const char* kDefaultStart = "2026-01-05T00:00:00";  // a Monday

class ScenarioReader {
 public:
  ScenarioReader(const YamlNode& node, const std::string& file)
      : node_(node), diagnostics_(file), reader_(node, "", diagnostics_) {
    scenario_.file = file;
    scenario_.line = node.line;
  }

  ScenarioReading Read() {
    reader_.Read("name", scenario_.name);
    if (scenario_.name.empty()) {
      scenario_.name = std::filesystem::path(scenario_.file).stem().string();
    }
    ReadDomain();
    ReadSeed();
    ReadStart();
    ReadSteps();
    reader_.Finish();
    others_.insert(others_.begin(), diagnostics_.list().begin(), diagnostics_.list().end());
    ScenarioReading reading{scenario_.name, node_.line, std::nullopt, std::move(others_)};
    if (reading.diagnostics.empty()) reading.scenario = std::move(scenario_);
    return reading;
  }

 private:
  void ReadDomain() {
    const YamlNode* inline_domain = reader_.Find("domain");
    const YamlNode* file = reader_.Find("domain_file");
    if ((inline_domain == nullptr) == (file == nullptr)) {
      reader_.Complain(node_, "needs domain: or domain_file:, one of them");
      return;
    }
    auto domain = DomainOf(inline_domain == nullptr ? *file : *inline_domain);
    if (domain) scenario_.domain = *std::move(domain);
  }

  // A mapping is the domain itself, a word the path of its file.
  std::optional<engine::Domain> DomainOf(const YamlNode& node) {
    DomainReading reading;
    if (node.kind == YamlNode::Kind::kScalar) {
      const auto folder = std::filesystem::path(scenario_.file).parent_path();
      reading = configuration::ReadDomainFile((folder / node.text).string(),
                                              configuration::DomainName::kOptional);
    } else {
      reading = configuration::ReadInlineDomain(node, scenario_.file);
    }
    others_.insert(others_.end(), reading.diagnostics.begin(), reading.diagnostics.end());
    return std::move(reading.domain);
  }

  void ReadSeed() { reader_.Read("seed", scenario_.domain.seed); }

  void ReadStart() {
    std::string start = kDefaultStart;
    reader_.Read("start", start);
    const auto local = configuration::ParseLocalTime(start);
    if (local) {
      scenario_.start = scenario_.domain.timezone.FromLocal(*local);
    } else {
      reader_.Complain(
          *reader_.Find("start"),
          "start must be a local time such as 2026-11-27T17:59:00, not \"" + start + "\"");
    }
  }

  void ReadSteps() {
    const YamlNode* steps = reader_.Find("steps");
    if (steps == nullptr || steps->kind != YamlNode::Kind::kSequence ||
        steps->items.size() > kStepsMax) {
      reader_.Complain(steps == nullptr ? node_ : *steps,
                       "needs steps: a list of at most " + std::to_string(kStepsMax));
      return;
    }
    for (const YamlNode::Ptr& item : steps->items) ReadStep(*item);
  }

  void ReadStep(const YamlNode& node) {
    const std::string where = "step " + std::to_string(++step_count_);
    MappingReader reader(node, where, diagnostics_);
    Step step;
    step.line = node.line;
    if (reader.Find("at") == nullptr) reader.Complain(node, "says no time; add at: 0s");
    reader.Read("at", step.at);
    if (step.at < last_at_) {
      reader.Complain(node, "at " + configuration::FormatDuration(step.at) +
                                " is before the step above, at " +
                                configuration::FormatDuration(last_at_));
    }
    last_at_ = std::max(last_at_, step.at);
    const auto verb = VerbOf(reader, node);
    if (!verb) return;
    if (*verb == "expect") {
      step.what = ReadExpectation(*reader.Find("expect"), diagnostics_);
    } else if (auto action = ReadAction(*verb, reader, Site())) {
      if (action->refused && action->restart) reader.Complain(node, "a restart is never refused");
      step.what = *std::move(action);
    }
    reader.Finish();
    scenario_.steps.push_back(std::move(step));
  }

  // The one key of the step that is an action or `expect`.
  std::optional<std::string> VerbOf(MappingReader& reader, const YamlNode& node) {
    std::vector<std::string> verbs = ActionVerbs();
    verbs.emplace_back("expect");
    std::vector<std::string> found;
    for (const std::string& verb : verbs) {
      if (reader.Find(verb) != nullptr) found.push_back(verb);
    }
    if (found.size() == 1) return found.front();
    if (found.size() > 1) {
      reader.Complain(node, "has two actions, " + found[0] + " and " + found[1] +
                                "; give each a step of its own");
      return std::nullopt;
    }
    std::string nearest;
    for (const YamlNode::Entry& entry : node.entries) {
      if (nearest.empty()) nearest = engine::DidYouMean(entry.key, verbs);
    }
    reader.Complain(node, "has no action and no expect" + nearest);
    return std::nullopt;
  }

  ActionSite Site() {
    return {.start = scenario_.start, .read_domain = [this](const YamlNode& node) {
              auto domain = DomainOf(node);
              if (domain && node.Find("seed") == nullptr) domain->seed = scenario_.domain.seed;
              return domain;
            }};
  }

  const YamlNode& node_;
  Diagnostics diagnostics_;
  std::vector<configuration::Diagnostic> others_;  // of domains, which may be other files
  MappingReader reader_;
  Scenario scenario_;
  Duration last_at_{0};
  int step_count_ = 0;
};

}  // namespace

ScenarioReading ReadScenario(const YamlNode& node, const std::string& file) {
  return ScenarioReader(node, file).Read();
}

}  // namespace usher::scenario
