// SPDX-License-Identifier: Apache-2.0
#include "router/configuration/domain_warnings.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "router/configuration/profile_warnings.h"
#include "router/configuration/queue_warnings.h"
#include "router/configuration/rule_warnings.h"
#include "router/configuration/staff.h"
#include "router/configuration/warning_list.h"

namespace usher::configuration {
namespace {

void WarnOfAgent(const engine::Agent& agent, const Staff& staff, WarningList& warnings) {
  const std::string what = "agent " + agent.id.value();
  if (agent.queues.empty()) warnings.Add({"agents", agent.id.value()}, what + " is in no queue");
  if (!staff.ServesAny(agent, engine::ChannelSet::All())) {
    warnings.Add({"agents", agent.id.value(), "channels"},
                 what + ": profile " + agent.profile + " serves none of the agent's channels");
  }
}

// A contact's own requirement may name any skill, so only who holds it is asked.
void WarnOfSkills(const engine::Domain& domain, WarningList& warnings) {
  if (domain.agents.empty()) return;
  std::set<std::string> held;
  for (const engine::Agent& agent : domain.agents) {
    for (const auto& [skill, level] : agent.skills) held.insert(skill);
  }
  for (std::size_t i = 0; i < domain.skills.size(); ++i) {
    if (held.contains(domain.skills[i])) continue;
    warnings.Add({"skills", std::to_string(i)}, "skill " + domain.skills[i] + ": no agent has it");
  }
}

// A rule may ask `hours.x`. A text in quotes that looks like it counts too: rather no warning.
bool IsAskedByRule(const engine::Domain& domain, const std::string& hours) {
  const std::string name = "hours." + hours;
  return std::any_of(domain.rules.begin(), domain.rules.end(), [&](const engine::Rule& rule) {
    for (std::size_t at = rule.when.find(name); at != std::string::npos;
         at = rule.when.find(name, at + 1)) {
      const std::size_t end = at + name.size();
      if (end == rule.when.size() || rule.when[end] == ' ' || rule.when[end] == ')') return true;
    }
    return false;
  });
}

void WarnOfHours(const engine::Domain& domain, WarningList& warnings) {
  for (const engine::Hours& hours : domain.hours) {
    const std::string what = "hours " + hours.id;
    if (hours.weekly.empty()) {
      warnings.Add({"hours", hours.id}, what + " are never open: its queues refuse every contact");
    }
    const bool used =
        std::any_of(domain.queues.begin(), domain.queues.end(),
                    [&](const engine::Queue& queue) { return queue.hours == hours.id; });
    if (!used && !IsAskedByRule(domain, hours.id)) {
      warnings.Add({"hours", hours.id}, what + " are used by no queue");
    }
  }
}

}  // namespace

std::vector<Diagnostic> WarnAbout(const DomainReading& reading) {
  if (!reading.ok()) return {};
  const engine::Domain& domain = *reading.domain;
  const Staff staff(domain);
  WarningList warnings(reading);
  WarnOfSkills(domain, warnings);
  WarnOfHours(domain, warnings);
  WarnOfProfiles(domain, warnings);
  for (const engine::Queue& queue : domain.queues) WarnOfQueue(domain, queue, staff, warnings);
  for (const engine::Agent& agent : domain.agents) WarnOfAgent(agent, staff, warnings);
  WarnOfRules(domain, staff, warnings);
  return std::move(warnings).Take();
}

}  // namespace usher::configuration
