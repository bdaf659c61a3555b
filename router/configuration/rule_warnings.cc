// SPDX-License-Identifier: Apache-2.0
#include "router/configuration/rule_warnings.h"

#include <map>
#include <optional>
#include <utility>

namespace usher::configuration {
namespace {

using engine::Condition;
using engine::Rule;

// What a rule sets beside its attributes, as bits in the order of `requires`, `queue` and so on.
std::uint32_t SetBy(const Rule& rule) {
  std::uint32_t bits = 0;
  std::uint32_t bit = 1;
  for (const bool set :
       {rule.queue.has_value(), rule.priority.has_value(), rule.head_start.has_value(),
        rule.requirement.has_value(), rule.prefer.has_value(), rule.prefer_for.has_value(),
        rule.wait_limit.has_value(), rule.max_tier.has_value()}) {
    if (set) bits |= bit;
    bit <<= 1;
  }
  return bits;
}

class RuleWarner {
 public:
  RuleWarner(const engine::Domain& domain, const Staff& staff, WarningList& warnings)
      : domain_(domain), staff_(staff), warnings_(warnings), hours_(domain.HoursIds()) {
    for (const engine::Queue& queue : domain.queues) queues_.push_back(queue.id.value());
  }

  void Warn() {
    bool queue_is_submitted = true;
    bool priority_is_submitted = true;
    for (std::size_t i = 0; i < domain_.rules.size(); ++i) {
      const Rule& rule = domain_.rules[i];
      if (!CanHold(rule.when)) {
        Say(i, NameOf(i) + " can never fire: " + rule.when);
        continue;
      }
      WarnOfRequirement(i);
      if (SetsOnly(rule, queue_is_submitted, priority_is_submitted)) {
        Say(i, NameOf(i) + " changes nothing: what it sets is what it asks for");
      }
      WarnOfUndone(i);
      queue_is_submitted = queue_is_submitted && !rule.queue;
      priority_is_submitted = priority_is_submitted && !rule.priority;
    }
  }

 private:
  bool CanHold(const std::string& when) const {
    const auto condition = Condition::Compile(when, hours_);
    return !condition.ok() || condition->CanHold(queues_).value_or(true);
  }

  // Whether the rule sets nothing but a queue and a priority that its own condition demands. Not
  // said once an earlier rule may have put another in their place.
  bool SetsOnly(const Rule& rule, bool queue_is_submitted, bool priority_is_submitted) const {
    const bool more = rule.head_start || rule.requirement || rule.prefer || rule.prefer_for ||
                      rule.wait_limit || rule.max_tier || !rule.attributes.empty();
    if (more || (!rule.queue && !rule.priority)) return false;
    if (rule.queue) {
      const std::string other = " and contact.queue != \"" + rule.queue->value() + "\"";
      if (!queue_is_submitted || CanHold("(" + rule.when + ")" + other)) return false;
    }
    if (rule.priority) {
      const std::string other = " and contact.priority != " + std::to_string(*rule.priority);
      if (!priority_is_submitted || CanHold("(" + rule.when + ")" + other)) return false;
    }
    return true;
  }

  // Only rules of the very same condition are compared: that is exact, and costs O(rules).
  void WarnOfUndone(std::size_t index) {
    const Rule& rule = domain_.rules[index];
    const auto [found, first] = last_of_.try_emplace(rule.when, index);
    if (first) return;
    const Rule& earlier = domain_.rules[found->second];
    const bool undone =
        earlier.attributes.empty() && SetBy(earlier) != 0 && (SetBy(earlier) & ~SetBy(rule)) == 0;
    if (undone) {
      Say(found->second, NameOf(found->second) + " never has an effect: " + NameOf(index) +
                             " has the same condition and sets the same anew");
    }
    found->second = index;
  }

  void WarnOfRequirement(std::size_t index) {
    const Rule& rule = domain_.rules[index];
    if (!rule.requirement || rule.requirement->empty()) return;
    const std::vector<std::size_t> agents =
        rule.queue ? staff_.MembersOf(*rule.queue) : staff_.Everybody();
    if (agents.empty() || staff_.CountMatches(staff_.Compiled(*rule.requirement), agents) > 0) {
      return;
    }
    Say(index, NameOf(index) + ": \"" + *rule.requirement + "\" matches 0 of " +
                   Count(agents.size(), "agent") +
                   (rule.queue ? " of queue " + rule.queue->value() : ""));
  }

  static std::string NameOf(std::size_t index) { return "rule " + std::to_string(index + 1); }
  void Say(std::size_t index, std::string message) {
    warnings_.Add({"rules", std::to_string(index)}, std::move(message));
  }

  const engine::Domain& domain_;
  const Staff& staff_;
  WarningList& warnings_;
  std::vector<std::string> hours_;
  std::vector<std::string> queues_;
  std::map<std::string, std::size_t> last_of_;  // by condition, the last rule that has it
};

}  // namespace

void WarnOfRules(const engine::Domain& domain, const Staff& staff, WarningList& warnings) {
  RuleWarner(domain, staff, warnings).Warn();
}

}  // namespace usher::configuration
