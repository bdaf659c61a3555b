// SPDX-License-Identifier: Apache-2.0
#include "router/configuration/queue_reader.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "router/configuration/scalar.h"
#include "router/engine/expression.h"

namespace usher::configuration {
namespace {

using Kind = YamlNode::Kind;

Names StrategyNames() {
  Names names("strategy");
  for (int i = 0; i < engine::kStrategyCount; ++i) {
    names.Add(std::string(engine::ToString(static_cast<engine::Strategy>(i))));
  }
  return names;
}

std::vector<QueueId> ToQueueIds(const std::vector<std::string>& names) {
  std::vector<QueueId> ids;
  for (const std::string& name : names) ids.emplace_back(name);
  return ids;
}

void ReadServiceLevel(MappingReader& queue, const Names& hours, engine::ServiceLevel& out) {
  const YamlNode* node = queue.Find("service_level");
  if (node == nullptr) return;
  MappingReader reader(*node, queue.where() + ": service_level", queue.diagnostics());
  reader.Read("within", out.within);
  if (const YamlNode* target = reader.Find("target")) {
    out.target_bp = ParsePercent(target->text);
    if (!out.target_bp) {
      reader.Complain(*target, "target must be a percentage such as 80%, not " + Shown(*target));
    }
  }
  reader.Read("hours", hours, out.hours);
  reader.Finish();
}

void ReadMissedOffers(MappingReader& queue, engine::MissedOffers& out) {
  const YamlNode* node = queue.Find("missed_offers");
  if (node == nullptr) return;
  MappingReader reader(*node, queue.where() + ": missed_offers", queue.diagnostics());
  reader.Read("limit", {0, 1000}, out.limit);
  std::string then = "not-ready";
  reader.Read("then", Names{"action", {"not-ready", "keep"}}, then);
  out.then = then == "keep" ? engine::AfterMisses::kKeep : engine::AfterMisses::kNotReady;
  if (const YamlNode* breaker = reader.Find("breaker")) {
    MappingReader parts(*breaker, reader.where() + ": breaker", queue.diagnostics());
    parts.Read("agents", {0, 100'000}, out.breaker_agents);
    parts.Read("within", out.breaker_within);
    parts.Finish();
  }
  reader.Finish();
}

void ReadWhenEmpty(MappingReader& queue, engine::WhenEmpty& out) {
  const YamlNode* node = queue.Find("when_empty");
  if (node == nullptr) return;
  const Names actions{"action", {"keep", "refuse", "leave"}};
  std::string then = "keep";
  if (node->kind == Kind::kScalar) {
    queue.Read("when_empty", actions, then);
  } else {
    MappingReader reader(*node, queue.where() + ": when_empty", queue.diagnostics());
    reader.Read("then", actions, then);
    reader.Read("after", out.after);
    reader.Read("newcomers", out.newcomers);
    reader.Finish();
    if (then != "leave" && (out.after != Duration{0} || out.newcomers != Duration{0})) {
      reader.Complain(*node, "after and newcomers belong to then: leave");
    }
  }
  out.then = then == "leave"    ? engine::EmptyAction::kLeave
             : then == "refuse" ? engine::EmptyAction::kRefuse
                                : engine::EmptyAction::kKeep;
}

// `wrap_up: 30s`, or a length for each channel: `wrap_up: {voice: 30s, chat: 10s}`.
void ReadWrapUp(MappingReader& queue, engine::Queue& out) {
  const YamlNode* node = queue.Find("wrap_up");
  if (node == nullptr || node->kind != Kind::kMapping) {
    queue.Read("wrap_up", out.wrap_up);
    return;
  }
  MappingReader reader(*node, queue.where() + ": wrap_up", queue.diagnostics());
  for (const engine::Channel channel : engine::kChannels) {
    std::optional<Duration> length;
    reader.Read(engine::ToString(channel), length);
    if (length) out.wrap_up_of[channel] = *length;
  }
  reader.Finish();
}

// Who is on the line is never taken from an agent for being on hold.
void ReadHoldLimit(MappingReader& queue, engine::Queue& out) {
  queue.Read("hold_limit", out.hold_limit);
  if (!out.hold_limit) return;
  const YamlNode& node = *queue.Find("hold_limit");
  if (*out.hold_limit <= Duration{0}) {
    queue.Complain(node, "hold_limit must be longer than 0s; leave it out for none");
  }
  const bool takes_writing =
      std::any_of(engine::kChannels.begin(), engine::kChannels.end(), [&](engine::Channel channel) {
        return out.channels.Has(channel) && !engine::IsCall(channel);
      });
  if (!takes_writing) {
    queue.Complain(node,
                   "hold_limit is for what is written, and this queue takes calls only: a call on "
                   "hold stays with its agent; take hold_limit out");
  }
}

engine::Step ReadStep(const YamlNode& node, const std::string& where, const Vocabulary& vocabulary,
                      Diagnostics& diagnostics) {
  engine::Step step;
  MappingReader reader(node, where, diagnostics);
  std::optional<Duration> at;
  reader.Read("at", at);
  if (node.Find("at") == nullptr) reader.Complain(node, "says no time; add at: 30s");
  step.at = at.value_or(Duration{0});
  ReadRequirement(reader, "requires", vocabulary.skills.known(), step.requirement);
  reader.Read("max_tier", {0, kTierMax}, step.max_tier);
  reader.Read("priority", {-kPriorityMax, kPriorityMax}, step.priority);
  reader.Read("head_start", step.head_start);
  std::vector<std::string> also;
  reader.Read("also", vocabulary.queues, also);
  step.also = ToQueueIds(also);
  std::string overflow;
  reader.Read("overflow", vocabulary.queues, overflow);
  step.overflow = QueueId{overflow};
  std::string close;
  reader.Read("close", Names{"outcome", {"timed-out"}}, close);
  step.give_up = !close.empty();
  reader.Read("callback", step.callback);
  reader.Finish();
  if (step.give_up && step.overflow) reader.Complain(node, "cannot both overflow and close");
  return step;
}

void ReadSteps(MappingReader& queue, const Vocabulary& vocabulary,
               std::vector<engine::Step>& steps) {
  const YamlNode* node = queue.Find("steps");
  if (node == nullptr) return;
  if (node->kind != Kind::kSequence || node->items.size() > kStepsMax) {
    queue.Complain(*node, "steps must be a list of at most " + std::to_string(kStepsMax));
    return;
  }
  for (const YamlNode::Ptr& item : node->items) {
    const std::string where = queue.where() + ": step " + std::to_string(steps.size() + 1);
    engine::Step step = ReadStep(*item, where, vocabulary, queue.diagnostics());
    if (!steps.empty() && step.at <= steps.back().at && item->Find("at") != nullptr) {
      queue.diagnostics().Add(item->line, where + ": at " + FormatDuration(step.at) +
                                              " must be later than the step before, at " +
                                              FormatDuration(steps.back().at));
    }
    steps.push_back(std::move(step));
  }
}

}  // namespace

void ReadRequirement(MappingReader& reader, std::string_view key,
                     const std::vector<std::string>& skills, std::optional<std::string>& out) {
  std::optional<std::string> text;
  reader.Read(key, text);
  if (!text) return;
  const auto requirement = engine::Requirement::Compile(*text, skills);
  if (requirement) {
    // As it was written where its canonical spelling, which has more spaces, would be too long.
    out = requirement->Canonical();
    if (out->size() > engine::kExpressionTextMax) out = text;
  } else {
    reader.Complain(*reader.Find(key), std::string(key) + ": " + Sentences(requirement.error()));
  }
}

engine::Queue ReadQueue(const std::string& id, const YamlNode& node, const Vocabulary& vocabulary,
                        Diagnostics& diagnostics) {
  engine::Queue queue;
  queue.id = QueueId{id};
  MappingReader reader(node, "queue " + id, diagnostics);
  reader.Read("channels", queue.channels);
  std::string strategy(engine::ToString(queue.strategy));
  reader.Read("strategy", StrategyNames(), strategy);
  queue.strategy = *engine::FindStrategy(strategy);
  ReadServiceLevel(reader, vocabulary.hours, queue.service_level);
  reader.Read("hours", vocabulary.hours, queue.hours);
  reader.Read("priority", {-kPriorityMax, kPriorityMax}, queue.priority);
  reader.Read("head_start", queue.head_start);
  std::optional<std::string> requirement;
  ReadRequirement(reader, "requires", vocabulary.skills.known(), requirement);
  queue.requirement = requirement.value_or("");
  reader.Read("offer_timeout", queue.offer_timeout);
  if (queue.offer_timeout <= Duration{0}) {
    reader.Complain(*reader.Find("offer_timeout"), "offer_timeout must be longer than 0s");
  }
  reader.Read("retry_after", queue.retry_after);
  reader.Read("reject_delay", queue.reject_delay);
  ReadMissedOffers(reader, queue.missed_offers);
  ReadWrapUp(reader, queue);
  reader.Read("keep_place_for", queue.keep_place_for);
  reader.Read("max_waiting", {0, 1'000'000}, queue.max_waiting);
  reader.Read("wait_limit", queue.wait_limit);
  ReadHoldLimit(reader, queue);
  ReadWhenEmpty(reader, queue.when_empty);
  std::vector<std::string> prefer;
  reader.Read("prefer", Names("preference", {"owner", "last-agent"}), prefer);
  for (const std::string& name : prefer) queue.prefer.push_back(*engine::FindPreference(name));
  reader.Read("prefer_for", queue.prefer_for);
  reader.Read("broadcast", {0, 100'000}, queue.broadcast);
  reader.Read("progressive", queue.progressive);
  if (queue.progressive <= Duration{0}) {
    reader.Complain(*reader.Find("progressive"), "progressive must be longer than 0s");
  }
  reader.Read("max_transfers", {0, 1000}, queue.max_transfers);
  std::string escalate_to;
  reader.Read("escalate_to", vocabulary.queues, escalate_to);
  queue.escalate_to = QueueId{escalate_to};
  ReadSteps(reader, vocabulary, queue.steps);
  reader.Finish();
  return queue;
}

void CheckOverflowCycles(const std::vector<engine::Queue>& queues, const YamlNode& node,
                         Diagnostics& diagnostics) {
  // Steps rise in `at`, so only a first step can move a contact on in the instant of its arrival:
  // each queue leads to at most one other, and following that for as many hops as there are
  // queues finds every cycle.
  std::map<QueueId, QueueId> leads_to;
  for (const engine::Queue& queue : queues) {
    if (queue.steps.empty()) continue;
    const engine::Step& first = queue.steps.front();
    if (first.at == Duration{0} && first.overflow) leads_to[queue.id] = first.overflow;
  }
  std::set<QueueId> done;
  for (const auto& [start, unused] : leads_to) {
    std::vector<QueueId> walk;
    std::set<QueueId> walked;
    QueueId current = start;
    while (leads_to.contains(current) && !done.contains(current) && walked.insert(current).second) {
      walk.push_back(current);
      current = leads_to[current];
    }
    if (walked.contains(current)) {
      std::string path = current.value();
      for (auto hop = std::find(walk.begin(), walk.end(), current) + 1; hop != walk.end(); ++hop) {
        path += " -> " + hop->value();
      }
      const YamlNode* at = node.Find(current.value());
      diagnostics.Add(at == nullptr ? node.line : at->line,
                      "queue " + current.value() + ": overflows lead back in no time: " + path +
                          " -> " + current.value() + "; give a step a later at");
    }
    done.insert(walk.begin(), walk.end());
  }
}

}  // namespace usher::configuration
