// SPDX-License-Identifier: Apache-2.0
#include "router/configuration/queue_warnings.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "router/configuration/scalar.h"

namespace usher::configuration {
namespace {

using engine::Channel;
using engine::ChannelSet;
using engine::Step;
using engine::Strategy;

bool Overlap(const engine::Hours& a, const engine::Hours& b) {
  for (const engine::OpenSpan& one : a.weekly) {
    for (const engine::OpenSpan& other : b.weekly) {
      if (one.weekday == other.weekday && one.start_minute < other.end_minute &&
          other.start_minute < one.end_minute) {
        return true;
      }
    }
  }
  return false;
}

class QueueWarner {
 public:
  QueueWarner(const engine::Domain& domain, const engine::Queue& queue, const Staff& staff,
              WarningList& warnings)
      : domain_(domain),
        queue_(queue),
        staff_(staff),
        warnings_(warnings),
        what_("queue " + queue.id.value()),
        members_(staff.MembersOf(queue.id)) {}

  void Warn() {
    WarnOfPauses();
    WarnOfServiceHours();
    WarnOfTimes();
    WarnOfUnusedKeys();
    WarnOfBreaker();
    for (std::size_t i = 0; i < queue_.steps.size(); ++i) WarnOfStep(i);
    WarnOfEnd();
    if (members_.empty()) {
      Say({}, what_ + ": no agent lists it");
    } else {
      WarnOfChannels();
    }
    WarnOfAudience();
    WarnOfEscalation();
  }

 private:
  void WarnOfPauses() {
    if (queue_.reject_delay == Duration{0} && queue_.retry_after == Duration{0}) {
      Say({"reject_delay"},
          what_ +
              ": reject_delay and retry_after are both 0s, so an agent who rejects is asked "
              "for the same contact again at once");
    }
    if (queue_.max_waiting == 0) {
      Say({"max_waiting"}, what_ + ": max_waiting 0 refuses every contact");
    }
    if (queue_.service_level.within == Duration{0}) {
      Say({"service_level"},
          what_ + ": service_level within 0s is met only by who is accepted on arrival");
    }
  }

  // Hours that are never open make no promise.
  void WarnOfServiceHours() {
    const std::string& id = queue_.service_level.hours;
    const engine::Hours* hours = domain_.FindHours(id);
    if (hours == nullptr || !hours->weekly.empty()) return;
    Say({"service_level"}, what_ + ": service_level counts the hours " + id +
                               ", which are never open, so all time counts");
  }

  // Spans that are over before they can matter.
  void WarnOfTimes() {
    if (!queue_.wait_limit) return;
    const auto compare = [&](std::string_view key, Duration span, std::string_view so) {
      if (span < *queue_.wait_limit || !warnings_.Says(PathTo({std::string(key)}))) return;
      Say({std::string(key)}, what_ + ": " + std::string(key) + " " + FormatDuration(span) +
                                  " is no shorter than wait_limit " +
                                  FormatDuration(*queue_.wait_limit) + ", so " + std::string(so));
    };
    compare("offer_timeout", queue_.offer_timeout, "one offer outlasts the contact");
    compare("retry_after", queue_.retry_after, "nobody is asked after a reject or a miss");
    compare("prefer_for", queue_.prefer_for, "nobody else is asked while there is hope");
  }

  void WarnOfUnusedKeys() {
    const engine::Queue defaults;
    const auto unused = [&](std::string_view key, Strategy needed, bool is_default) {
      if (queue_.strategy == needed || is_default) return;
      Say({std::string(key)}, what_ + ": " + std::string(key) + " is used by strategy " +
                                  std::string(ToString(needed)) + " only, not by " +
                                  std::string(ToString(queue_.strategy)));
    };
    unused("broadcast", Strategy::kBroadcast, queue_.broadcast == defaults.broadcast);
    unused("progressive", Strategy::kProgressive, queue_.progressive == defaults.progressive);
    if (queue_.strategy == Strategy::kBroadcast && queue_.broadcast == 1) {
      Say({"strategy"}, what_ + ": strategy broadcast with broadcast: 1 asks one agent at a time");
    }
  }

  void WarnOfBreaker() {
    const engine::MissedOffers& missed = queue_.missed_offers;
    if (!warnings_.Says(PathTo({"missed_offers", "breaker"})) || missed.breaker_agents == 0) return;
    if (missed.limit == 0 || missed.then == engine::AfterMisses::kKeep) {
      Say({"missed_offers", "breaker"},
          what_ + ": the breaker has nothing to break, for misses set nobody not-ready");
      return;
    }
    std::set<std::size_t> asked(members_.begin(), members_.end());
    for (const Step& step : queue_.steps) {
      for (const QueueId& also : step.also) {
        asked.insert(staff_.MembersOf(also).begin(), staff_.MembersOf(also).end());
      }
    }
    if (asked.empty() || asked.size() >= static_cast<std::size_t>(missed.breaker_agents)) return;
    Say({"missed_offers", "breaker"},
        what_ + ": its breaker never opens: it takes " +
            Count(static_cast<std::size_t>(missed.breaker_agents), "agent") +
            " who miss, and the queue has " + std::to_string(asked.size()));
  }

  void WarnOfStep(std::size_t index) {
    const Step& step = queue_.steps[index];
    const std::string name = "step " + std::to_string(index + 1) + " of " + queue_.id.value();
    const bool moves = static_cast<bool>(step.overflow);
    if (!step.requirement && !step.max_tier && step.priority == 0 &&
        step.head_start == Duration{0} && step.also.empty() && !moves && !step.give_up &&
        !step.callback) {
      SayOfStep(index, name + " changes nothing");
    }
    for (const QueueId& also : step.also) {
      if (also == queue_.id) SayOfStep(index, name + ": also names the queue itself");
    }
    if (!moves) return;
    const engine::Queue& to = *domain_.FindQueue(step.overflow);
    if (staff_.MembersOf(to.id).empty()) {
      SayOfStep(index, name + " overflows to " + to.id.value() + ", which no agent lists");
    }
    WarnOfLostChannels(to, name + " overflows to " + to.id.value(),
                       {"steps", std::to_string(index)});
    if (queue_.hours.empty() || to.hours.empty() || queue_.hours == to.hours) return;
    if (!Overlap(*domain_.FindHours(queue_.hours), *domain_.FindHours(to.hours))) {
      SayOfStep(index,
                name + " overflows to " + to.id.value() + ", which is never open at the same time");
    }
  }

  // A queue that does not say its channels takes all and need not have each served elsewhere.
  void WarnOfLostChannels(const engine::Queue& to, const std::string& how,
                          const WarningList::Path& at) {
    if (queue_.channels == ChannelSet::All()) return;
    for (const Channel channel : engine::kChannels) {
      if (!queue_.channels.Has(channel) || to.channels.Has(channel)) continue;
      Say(at, how + ", which does not take " + std::string(ToString(channel)));
    }
  }

  void WarnOfEnd() {
    for (std::size_t i = 0; i + 1 < queue_.steps.size(); ++i) {
      const Step& step = queue_.steps[i];
      if (!step.overflow && !step.give_up) continue;
      SayOfStep(i + 1, "step " + std::to_string(i + 2) + " of " + queue_.id.value() +
                           " never comes: the contact leaves with step " + std::to_string(i + 1));
      break;
    }
    for (std::size_t i = 0; i < queue_.steps.size(); ++i) {
      const Step& step = queue_.steps[i];
      // In the very instant of the limit only a move still helps: steps fire first.
      const bool saves = step.overflow && queue_.wait_limit && step.at == *queue_.wait_limit;
      if (!queue_.wait_limit || step.at < *queue_.wait_limit || saves) continue;
      SayOfStep(i, what_ + ": the step at " + FormatDuration(step.at) +
                       " never comes: wait_limit closes the contact at " +
                       FormatDuration(*queue_.wait_limit));
      break;
    }
  }

  void WarnOfChannels() {
    std::size_t idle = 0;
    for (const std::size_t member : members_) {
      if (!staff_.ServesAny(staff_.agent(member), queue_.channels)) ++idle;
    }
    if (idle > 0 && idle < members_.size()) {
      Say({}, what_ + ": " + std::to_string(idle) + " of its " + Count(members_.size(), "agent") +
                  " serve none of its channels");
    }
    if (queue_.channels == ChannelSet::All()) return;
    for (const Channel channel : engine::kChannels) {
      if (!queue_.channels.Has(channel)) continue;
      const bool served = std::any_of(members_.begin(), members_.end(), [&](std::size_t member) {
        return staff_.Serves(staff_.agent(member), channel);
      });
      if (!served) {
        Say({"channels"}, what_ + ": none of its agents serves " + std::string(ToString(channel)));
      }
    }
  }

  void WarnOfAudience() {
    Audience audience{staff_.Compiled(queue_.requirement), kAnyTier, {queue_.id}};
    const bool tiered = std::any_of(queue_.steps.begin(), queue_.steps.end(),
                                    [](const Step& step) { return step.max_tier; });
    if (tiered) audience.max_tier = 0;
    std::set<std::size_t> reached = staff_.Reached(audience);
    if (!members_.empty() && reached.empty()) WarnOfNobody(audience.requirement);
    std::set<std::size_t> ever = reached;
    for (std::size_t i = 0; i < queue_.steps.size(); ++i) {
      const Step& step = queue_.steps[i];
      if (!step.requirement && !step.max_tier && step.also.empty()) continue;
      if (step.requirement) audience.requirement = staff_.Compiled(*step.requirement);
      if (step.max_tier) audience.max_tier = *step.max_tier;
      audience.queues.insert(step.also.begin(), step.also.end());
      std::set<std::size_t> now = staff_.Reached(audience);
      if (std::includes(reached.begin(), reached.end(), now.begin(), now.end())) {
        WarnOfUselessStep(i, audience);
      }
      ever.insert(now.begin(), now.end());
      reached = std::move(now);
    }
    if (ever.empty()) return;
    WarnOfIdleMembers(ever, tiered);
    WarnOfUnaskedChannels(ever);
  }

  // A channel that its agents serve, but none of those whom a contact can reach.
  void WarnOfUnaskedChannels(const std::set<std::size_t>& ever) {
    if (queue_.channels == ChannelSet::All()) return;
    for (const Channel channel : engine::kChannels) {
      const auto serves = [&](std::size_t place) {
        return staff_.Serves(staff_.agent(place), channel);
      };
      if (!queue_.channels.Has(channel) || std::any_of(ever.begin(), ever.end(), serves)) continue;
      if (std::none_of(members_.begin(), members_.end(), serves)) continue;
      Say({"channels"},
          what_ + ": none of the agents whom it can ask serves " + std::string(ToString(channel)));
    }
  }

  void WarnOfNobody(const engine::Requirement& requirement) {
    const std::size_t matches = staff_.CountMatches(requirement, members_);
    if (matches == 0) {
      Say({"requires"}, what_ + ": \"" + queue_.requirement + "\" matches 0 of its " +
                            Count(members_.size(), "agent"));
    } else {
      Say({}, what_ + ": none of its agents " +
                  (queue_.requirement.empty() ? "" : "who match \"" + queue_.requirement + "\" ") +
                  "has tier 0, where its contacts begin");
    }
  }

  void WarnOfUselessStep(std::size_t index, const Audience& audience) {
    const Step& step = queue_.steps[index];
    const std::string name = "step " + std::to_string(index + 1) + " of " + queue_.id.value();
    std::set<std::size_t> all;
    for (const QueueId& queue : audience.queues) {
      all.insert(staff_.MembersOf(queue).begin(), staff_.MembersOf(queue).end());
    }
    const std::vector<std::size_t> places(all.begin(), all.end());
    if (step.requirement && !places.empty() &&
        staff_.CountMatches(audience.requirement, places) == 0) {
      SayOfStep(index, name + " adds nobody: \"" + *step.requirement + "\" matches 0 of " +
                           Count(places.size(), "agent"));
    } else {
      SayOfStep(index, name + " adds nobody");
    }
  }

  // Agents who list the queue and whom neither it nor a step of it ever reaches.
  void WarnOfIdleMembers(const std::set<std::size_t>& ever, bool tiered) {
    std::vector<std::size_t> idle;
    for (const std::size_t member : members_) {
      if (!ever.contains(member) && !OpenedByRule(member)) idle.push_back(member);
    }
    if (idle.empty()) return;
    const std::string who = "agent " + staff_.agent(idle.front()).id.value();
    Say({}, what_ + ": " + std::to_string(idle.size()) + " of its " +
                Count(members_.size(), "agent") + " can never be asked, such as " + who +
                (tiered ? ": neither the requirement and tiers it begins with nor a step's fit"
                        : ": neither its requirement nor a step's fits"));
  }

  // A rule may begin contacts of any queue with a higher tier.
  bool OpenedByRule(std::size_t member) const {
    const std::int32_t tier = staff_.agent(member).queues.at(queue_.id);
    return std::any_of(domain_.rules.begin(), domain_.rules.end(), [&](const engine::Rule& rule) {
      return rule.max_tier && tier > 0 && *rule.max_tier >= tier;
    });
  }

  void WarnOfEscalation() {
    if (!queue_.escalate_to) return;
    const engine::Queue& owner = *domain_.FindQueue(queue_.escalate_to);
    if (owner.id == queue_.id) {
      Say({"escalate_to"}, what_ +
                               ": escalate_to names the queue itself, so one transfer too "
                               "many goes round to those who gave it away");
      return;
    }
    if (staff_.MembersOf(owner.id).empty()) {
      Say({"escalate_to"}, what_ + ": escalate_to " + owner.id.value() + ", which no agent lists");
    }
    WarnOfLostChannels(owner, what_ + ": escalate_to " + owner.id.value(), {"escalate_to"});
  }

  WarningList::Path PathTo(WarningList::Path below) const {
    WarningList::Path path{"queues", queue_.id.value()};
    path.insert(path.end(), below.begin(), below.end());
    return path;
  }
  void Say(const WarningList::Path& below, std::string message) {
    warnings_.Add(PathTo(below), std::move(message));
  }
  void SayOfStep(std::size_t index, std::string message) {
    Say({"steps", std::to_string(index)}, std::move(message));
  }

  const engine::Domain& domain_;
  const engine::Queue& queue_;
  const Staff& staff_;
  WarningList& warnings_;
  const std::string what_;
  const std::vector<std::size_t>& members_;
};

}  // namespace

void WarnOfQueue(const engine::Domain& domain, const engine::Queue& queue, const Staff& staff,
                 WarningList& warnings) {
  QueueWarner(domain, queue, staff, warnings).Warn();
}

}  // namespace usher::configuration
