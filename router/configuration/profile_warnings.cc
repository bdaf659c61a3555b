// SPDX-License-Identifier: Apache-2.0
#include "router/configuration/profile_warnings.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace usher::configuration {
namespace {

using engine::Channel;
using engine::ChannelCapacity;
using engine::ChannelSet;
using engine::Profile;

// What the agents of one profile can come to serve.
struct Use {
  std::size_t agents = 0;
  ChannelSet allowed;  // by some agent's own `channels`
  ChannelSet asked;    // of those, what a queue of that agent takes
  bool in_queues = false;
};

std::map<std::string, Use> UsesOf(const engine::Domain& domain) {
  std::map<QueueId, ChannelSet> taken;
  for (const engine::Queue& queue : domain.queues) {
    taken[queue.id].bits |= queue.channels.bits;
    // Agents of an added queue serve the contacts of this one.
    for (const engine::Step& step : queue.steps) {
      for (const QueueId& also : step.also) taken[also].bits |= queue.channels.bits;
    }
  }
  std::map<std::string, Use> uses;
  for (const engine::Agent& agent : domain.agents) {
    Use& use = uses[agent.profile];
    ++use.agents;
    use.allowed.bits |= agent.channels.bits;
    use.in_queues = use.in_queues || !agent.queues.empty();
    for (const auto& [queue, tier] : agent.queues) {
      use.asked.bits |= agent.channels.bits & taken[queue].bits;
    }
  }
  return uses;
}

class ProfileWarner {
 public:
  ProfileWarner(const Profile& profile, const Use& use, WarningList& warnings)
      : profile_(profile), use_(use), warnings_(warnings), what_("profile " + profile.id) {}

  void Warn() {
    if (profile_.channels.empty()) {
      Say({}, what_ + " lists no channel: its agents serve nothing");
    }
    if (use_.agents == 0) Say({}, what_ + " is used by no agent");
    bool costs = false;
    for (const auto& [channel, capacity] : profile_.channels) {
      costs = costs || capacity.cost > 0;
      WarnOfUnits(channel, capacity);
      WarnOfAlongside(channel, capacity);
      WarnOfUse(channel);
    }
    if (profile_.units && !costs && !profile_.channels.empty()) {
      Say({"units"}, what_ + ": it says units, but no channel a cost, so they bound nothing");
    }
  }

 private:
  void WarnOfUnits(Channel channel, const ChannelCapacity& capacity) {
    if (!profile_.units || capacity.cost == 0) return;
    const std::int64_t units = *profile_.units;
    const std::string name = NameOf(channel);
    if (capacity.cost > units) {
      Say({name}, what_ + ": " + name + " costs " + std::to_string(capacity.cost) + " of " +
                      std::to_string(units) + " units, so it is never offered");
    } else if (units / capacity.cost < capacity.max) {
      Say({name}, what_ + ": units allow " + std::to_string(units / capacity.cost) + " of " + name +
                      ", fewer than its max of " + std::to_string(capacity.max));
    }
  }

  void WarnOfAlongside(Channel channel, const ChannelCapacity& capacity) {
    for (const Channel held : engine::kChannels) {
      if (!capacity.alongside.Has(held) || profile_.channels.contains(held)) continue;
      Say({NameOf(channel), "while"}, what_ + ": " + NameOf(channel) + " is offered while " +
                                          NameOf(held) + ", which the profile does not serve");
    }
  }

  void WarnOfUse(Channel channel) {
    if (use_.agents == 0) return;
    const std::string name = NameOf(channel);
    if (!use_.allowed.Has(channel)) {
      Say({name}, what_ + ": none of its agents says " + name + " among their channels");
    } else if (use_.in_queues && !use_.asked.Has(channel)) {
      Say({name}, what_ + ": no queue of its agents takes " + name);
    }
  }

  static std::string NameOf(Channel channel) { return std::string(ToString(channel)); }
  void Say(const WarningList::Path& below, std::string message) {
    WarningList::Path path{"profiles", profile_.id};
    path.insert(path.end(), below.begin(), below.end());
    warnings_.Add(path, std::move(message));
  }

  const Profile& profile_;
  const Use& use_;
  WarningList& warnings_;
  const std::string what_;
};

}  // namespace

void WarnOfProfiles(const engine::Domain& domain, WarningList& warnings) {
  const std::map<std::string, Use> uses = UsesOf(domain);
  static const Use nobody;
  for (const Profile& profile : domain.profiles) {
    const auto found = uses.find(profile.id);
    ProfileWarner(profile, found == uses.end() ? nobody : found->second, warnings).Warn();
  }
}

}  // namespace usher::configuration
