// SPDX-License-Identifier: Apache-2.0
#include "router/configuration/domain_warnings.h"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "router/configuration/scalar.h"
#include "router/engine/expression.h"

namespace usher::configuration {
namespace {

constexpr std::int32_t kAnyTier = std::numeric_limits<std::int32_t>::max();

// Whom a contact of one queue may reach after so many of its steps.
struct Audience {
  engine::Requirement requirement;
  std::int32_t max_tier = kAnyTier;
  std::set<QueueId> queues;
};

class Warner {
 public:
  explicit Warner(const engine::Domain& domain) : domain_(domain) {
    for (const engine::Profile& profile : domain.profiles) profiles_[profile.id] = &profile;
    for (std::size_t i = 0; i < domain.agents.size(); ++i) {
      const engine::Agent& agent = domain.agents[i];
      levels_.push_back(engine::LevelsOf(agent, domain.skills));
      used_profiles_.insert(agent.profile);
      for (const auto& [queue, tier] : agent.queues) members_[queue].push_back(i);
    }
  }

  std::vector<std::string> Warn() {
    for (const engine::Profile& profile : domain_.profiles) WarnOfProfile(profile);
    for (const engine::Queue& queue : domain_.queues) WarnOfQueue(queue);
    for (const engine::Agent& agent : domain_.agents) WarnOfAgent(agent);
    for (std::size_t i = 0; i < domain_.rules.size(); ++i) WarnOfRule(i);
    return std::move(warnings_);
  }

 private:
  void WarnOfProfile(const engine::Profile& profile) {
    const std::string what = "profile " + profile.id;
    if (profile.channels.empty()) Say(what + " lists no channel: its agents serve nothing");
    for (const auto& [channel, capacity] : profile.channels) {
      const std::string name(engine::ToString(channel));
      const std::int64_t units = profile.units.value_or(0);
      if (!profile.units || capacity.cost == 0) continue;
      if (capacity.cost > units) {
        Say({what, ": ", name, " costs ", std::to_string(capacity.cost), " of ",
             std::to_string(units), " units, so it is never offered"});
      } else if (units / capacity.cost < capacity.max) {
        Say({what, ": units allow ", std::to_string(units / capacity.cost), " of ", name,
             ", fewer than its max of ", std::to_string(capacity.max)});
      }
    }
    if (!used_profiles_.contains(profile.id)) Say(what + " is used by no agent");
  }

  void WarnOfQueue(const engine::Queue& queue) {
    const std::string what = "queue " + queue.id.value();
    if (queue.reject_delay == Duration{0} && queue.retry_after == Duration{0}) {
      Say(what +
          ": reject_delay and retry_after are both 0s, so an agent who rejects is asked for "
          "the same contact again at once");
    }
    WarnOfDeadSteps(queue, what);
    const std::size_t members = members_[queue.id].size();
    if (members == 0) {
      Say(what + ": no agent lists it");
    } else {
      WarnOfChannels(queue, what);
    }
    WarnOfAudience(queue, what, members);
  }

  void WarnOfDeadSteps(const engine::Queue& queue, const std::string& what) {
    for (std::size_t i = 0; i + 1 < queue.steps.size(); ++i) {
      const engine::Step& step = queue.steps[i];
      if (!step.overflow && !step.give_up) continue;
      Say("step " + std::to_string(i + 2) + " of " + queue.id.value() +
          " never comes: the contact leaves with step " + std::to_string(i + 1));
      break;
    }
    for (const engine::Step& step : queue.steps) {
      if (queue.wait_limit && step.at >= *queue.wait_limit) {
        Say(what + ": the step at " + FormatDuration(step.at) +
            " never comes: wait_limit closes the contact at " + FormatDuration(*queue.wait_limit));
        break;
      }
    }
  }

  void WarnOfChannels(const engine::Queue& queue, const std::string& what) {
    // A queue that does not say its channels takes all and need not have each served.
    if (queue.channels == engine::ChannelSet::All()) return;
    for (const engine::Channel channel : engine::kChannels) {
      if (!queue.channels.Has(channel)) continue;
      const std::vector<std::size_t>& members = members_[queue.id];
      const bool served = std::any_of(members.begin(), members.end(), [&](std::size_t member) {
        return Serves(domain_.agents[member], channel);
      });
      if (!served) Say(what + ": none of its agents serves " + std::string(ToString(channel)));
    }
  }

  bool Serves(const engine::Agent& agent, engine::Channel channel) const {
    if (!agent.channels.Has(channel)) return false;
    if (agent.profile.empty()) return true;
    return profiles_.at(agent.profile)->channels.contains(channel);
  }

  void WarnOfAudience(const engine::Queue& queue, const std::string& what, std::size_t members) {
    Audience audience{Compiled(queue.requirement), kAnyTier, {queue.id}};
    const bool tiered = std::any_of(queue.steps.begin(), queue.steps.end(),
                                    [](const engine::Step& step) { return step.max_tier; });
    if (tiered) audience.max_tier = 0;
    std::set<std::size_t> reached = Reached(audience);
    if (members > 0 && reached.empty()) {
      if (!queue.requirement.empty()) {
        Say(what + ": \"" + queue.requirement + "\" matches 0 of its " + std::to_string(members) +
            (members == 1 ? " agent" : " agents"));
      } else if (tiered) {
        Say(what + ": none of its agents has tier 0, where its contacts begin");
      }
    }
    for (std::size_t i = 0; i < queue.steps.size(); ++i) {
      const engine::Step& step = queue.steps[i];
      if (!step.requirement && !step.max_tier && step.also.empty()) continue;
      if (step.requirement) audience.requirement = Compiled(*step.requirement);
      if (step.max_tier) audience.max_tier = *step.max_tier;
      audience.queues.insert(step.also.begin(), step.also.end());
      std::set<std::size_t> now = Reached(audience);
      if (std::includes(reached.begin(), reached.end(), now.begin(), now.end())) {
        Say("step " + std::to_string(i + 1) + " of " + queue.id.value() + " adds nobody");
      }
      reached = std::move(now);
    }
  }

  engine::Requirement Compiled(const std::string& text) const {
    auto requirement = engine::Requirement::Compile(text, domain_.skills);
    USHER_CHECK(requirement.ok(), "a domain's requirements were compiled when it was read");
    return *std::move(requirement);
  }

  // The agents, by place, whom the contact could ever be offered to.
  std::set<std::size_t> Reached(const Audience& audience) {
    std::set<std::size_t> reached;
    for (const QueueId& queue : audience.queues) {
      for (const std::size_t member : members_[queue]) {
        const bool open = domain_.agents[member].queues.at(queue) <= audience.max_tier;
        if (open && audience.requirement.Evaluate(levels_[member])) reached.insert(member);
      }
    }
    return reached;
  }

  void WarnOfAgent(const engine::Agent& agent) {
    const std::string what = "agent " + agent.id.value();
    if (agent.queues.empty()) Say(what + " is in no queue");
    const bool serves =
        std::any_of(engine::kChannels.begin(), engine::kChannels.end(),
                    [&](engine::Channel channel) { return Serves(agent, channel); });
    if (!serves) Say(what + ": profile " + agent.profile + " serves none of the agent's channels");
  }

  void WarnOfRule(std::size_t index) {
    std::vector<std::string> queues;
    for (const engine::Queue& queue : domain_.queues) queues.push_back(queue.id.value());
    const auto condition = engine::Condition::Compile(domain_.rules[index].when);
    USHER_CHECK(condition.ok(), "a domain's conditions were compiled when it was read");
    if (condition->CanHold(queues).value_or(true)) return;
    Say("rule " + std::to_string(index + 1) + " can never fire: " + domain_.rules[index].when);
  }

  void Say(std::string warning) { warnings_.push_back(std::move(warning)); }
  void Say(std::initializer_list<std::string_view> parts) {
    std::string warning;
    for (const std::string_view part : parts) warning += part;
    Say(std::move(warning));
  }

  const engine::Domain& domain_;
  std::vector<engine::SkillLevels> levels_;              // by the agents' places
  std::map<QueueId, std::vector<std::size_t>> members_;  // agents who list it
  std::map<std::string, const engine::Profile*> profiles_;
  std::set<std::string> used_profiles_;
  std::vector<std::string> warnings_;
};

}  // namespace

std::vector<std::string> WarnAbout(const engine::Domain& domain) { return Warner(domain).Warn(); }

}  // namespace usher::configuration
