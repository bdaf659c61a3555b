// SPDX-License-Identifier: Apache-2.0
#include "router/simulation/figures.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "base/check.h"

namespace usher::simulation {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double Of(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? kNone : static_cast<double>(part) / static_cast<double>(whole);
}
// A mean of milliseconds, in seconds.
double Mean(std::int64_t ms, std::int64_t count) { return Of(ms, count) / 1000; }

// What a line of the report is made of.
struct Group {
  ContactTally contacts{};
  std::optional<AgentTally> agents{};
  std::size_t agent_count = 0;
  std::int64_t accepted = 0;
  std::int64_t accepted_in_time = 0;
  bool has_service_level = true;
  const Level* waiting = nullptr;  // null: not a queue
  Duration length{0};              // of the window
};

const std::vector<Figure> kFigures = {
    {"offered", "offered", Unit::kCount, Subject::kContacts},
    {"answered", "answered", Unit::kCount, Subject::kContacts},
    {"abandoned", "abandoned", Unit::kCount, Subject::kContacts},
    {"refused", "refused", Unit::kCount, Subject::kContacts},
    {"timed_out", "timed out", Unit::kCount, Subject::kContacts},
    {"cancelled", "cancelled", Unit::kCount, Subject::kContacts},
    {"lost", "lost", Unit::kCount, Subject::kContacts},
    {"waiting", "still waiting", Unit::kCount, Subject::kContacts},
    {"service_level", "service level", Unit::kShare, Subject::kContacts},
    {"answered_in_time_of_offered", "in time of offered", Unit::kShare, Subject::kContacts},
    {"answered_in_time_of_ended", "in time of answered+abandoned", Unit::kShare,
     Subject::kContacts},
    {"answered_in_time_but_short", "in time without short abandons", Unit::kShare,
     Subject::kContacts},
    {"ended_in_time", "answered or gone in time", Unit::kShare, Subject::kContacts},
    {"abandonment", "abandonment", Unit::kShare, Subject::kContacts},
    {"delayed", "had to wait", Unit::kShare, Subject::kContacts},
    {"answer_wait_mean", "mean wait of answered (ASA)", Unit::kSeconds, Subject::kContacts},
    {"answer_wait_p50", "wait P50", Unit::kSeconds, Subject::kContacts},
    {"answer_wait_p90", "wait P90", Unit::kSeconds, Subject::kContacts},
    {"answer_wait_p95", "wait P95", Unit::kSeconds, Subject::kContacts},
    {"answer_wait_p99", "wait P99", Unit::kSeconds, Subject::kContacts},
    {"answer_wait_max", "longest wait of answered", Unit::kSeconds, Subject::kContacts},
    {"abandon_wait_mean", "mean wait of abandoned", Unit::kSeconds, Subject::kContacts},
    {"wait_mean", "mean wait of all", Unit::kSeconds, Subject::kContacts},
    {"waiting_mean", "mean number waiting", Unit::kNumber, Subject::kContacts},
    {"waiting_max", "most waiting at once", Unit::kCount, Subject::kContacts},
    {"handle_mean", "mean handle time", Unit::kSeconds, Subject::kContacts},
    {"talk_mean", "mean talk", Unit::kSeconds, Subject::kContacts},
    {"hold_mean", "mean hold", Unit::kSeconds, Subject::kContacts},
    {"wrap_up_mean", "mean wrap-up", Unit::kSeconds, Subject::kContacts},
    {"conversations", "conversations", Unit::kCount, Subject::kContacts},
    {"transfers", "transfers", Unit::kCount, Subject::kContacts},
    {"overflows", "overflows", Unit::kCount, Subject::kContacts},
    {"left_later", "left after an answer", Unit::kCount, Subject::kContacts},
    {"unfinished", "answered, not finished", Unit::kCount, Subject::kContacts},
    {"offers", "offers", Unit::kCount, Subject::kBoth},
    {"rejected", "rejected", Unit::kCount, Subject::kBoth},
    {"missed", "missed", Unit::kCount, Subject::kBoth},
    {"withdrawn", "withdrawn", Unit::kCount, Subject::kBoth},
    {"accepted", "accepted", Unit::kCount, Subject::kBoth},
    {"completed", "conversations ended", Unit::kCount, Subject::kAgents},
    {"passed_on", "passed on", Unit::kCount, Subject::kAgents},
    {"contacts_per_agent", "contacts an agent", Unit::kNumber, Subject::kAgents},
    {"occupancy", "occupancy", Unit::kShare, Subject::kAgents},
    {"utilisation", "utilisation", Unit::kShare, Subject::kAgents},
    {"staffed", "agents signed in, mean", Unit::kNumber, Subject::kAgents},
    {"concurrency", "contacts at once when busy", Unit::kNumber, Subject::kAgents},
    {"workload", "workload in Erlang", Unit::kNumber, Subject::kAgents},
    {"signed_in_time", "signed in", Unit::kSeconds, Subject::kAgents},
    {"not_ready_time", "not ready", Unit::kSeconds, Subject::kAgents},
};

// Sets values by name, so that the order of the list is nobody's business.
class Row {
 public:
  void Set(std::string_view key, double value) { values_[FigureOf(key)] = value; }
  void Set(std::string_view key, std::int64_t value) { Set(key, static_cast<double>(value)); }
  Values Take() { return std::move(values_); }

 private:
  Values values_ = Values(kFigures.size(), kNone);
};

void SetCounts(const ContactTally& tally, Row& row) {
  row.Set("offered", tally.offered);
  row.Set("answered", tally.answered);
  row.Set("abandoned", tally.abandoned);
  row.Set("refused", tally.refused);
  row.Set("timed_out", tally.timed_out);
  row.Set("cancelled", tally.cancelled);
  row.Set("lost", tally.lost);
  row.Set("waiting", tally.waiting);
  row.Set("conversations", tally.conversations);
  row.Set("transfers", tally.transfers);
  row.Set("overflows", tally.overflows);
  row.Set("left_later", tally.left_later);
  row.Set("unfinished", tally.unfinished);
  row.Set("offers", tally.offers);
  row.Set("rejected", tally.rejected);
  row.Set("missed", tally.missed);
  row.Set("withdrawn", tally.withdrawn);
}

void SetShares(const Group& group, Row& row) {
  const ContactTally& tally = group.contacts;
  if (group.has_service_level) {
    row.Set("service_level", Of(group.accepted_in_time, group.accepted));
  }
  row.Set("answered_in_time_of_offered", Of(tally.answered_in_time, tally.offered));
  row.Set("answered_in_time_of_ended",
          Of(tally.answered_in_time, tally.answered + tally.abandoned));
  row.Set("answered_in_time_but_short",
          Of(tally.answered_in_time, tally.offered - tally.abandoned_in_time));
  row.Set("ended_in_time", Of(tally.answered_in_time + tally.abandoned_in_time, tally.offered));
  row.Set("abandonment", Of(tally.abandoned, tally.offered));
  row.Set("delayed", Of(tally.delayed, tally.offered));
}

void SetWaits(Group& group, Row& row) {
  ContactTally& tally = group.contacts;
  row.Set("answer_wait_mean", Mean(tally.answered_wait_ms, tally.answered));
  row.Set("abandon_wait_mean", Mean(tally.abandoned_wait_ms, tally.abandoned));
  row.Set("wait_mean", Mean(tally.answered_wait_ms + tally.abandoned_wait_ms + tally.other_wait_ms,
                            tally.offered - tally.refused));
  row.Set("answer_wait_p50", WaitPercentile(tally.waits_ms, tally.answered, 50));
  row.Set("answer_wait_p90", WaitPercentile(tally.waits_ms, tally.answered, 90));
  row.Set("answer_wait_p95", WaitPercentile(tally.waits_ms, tally.answered, 95));
  row.Set("answer_wait_p99", WaitPercentile(tally.waits_ms, tally.answered, 99));
  row.Set("answer_wait_max", WaitPercentile(tally.waits_ms, tally.answered, 100));
  if (group.waiting == nullptr) return;
  row.Set("waiting_mean", Of(group.waiting->area_ms(), group.length.count()));
  row.Set("waiting_max", group.waiting->max());
}

void SetHandling(const ContactTally& tally, Row& row) {
  row.Set("handle_mean",
          Mean(tally.talk_ms + tally.hold_ms + tally.wrap_up_ms, tally.conversations));
  row.Set("talk_mean", Mean(tally.talk_ms, tally.conversations));
  row.Set("hold_mean", Mean(tally.hold_ms, tally.conversations));
  row.Set("wrap_up_mean", Mean(tally.wrap_up_ms, tally.conversations));
}

void SetAgents(const AgentTally& tally, std::size_t count, Duration length, Row& row) {
  row.Set("completed", tally.completed);
  row.Set("passed_on", tally.passed_on);
  row.Set("contacts_per_agent", Of(tally.accepted, static_cast<std::int64_t>(count)));
  row.Set("occupancy", Of(tally.busy_ms, tally.busy_ms + tally.idle_ms));
  row.Set("utilisation", Of(tally.busy_ms, tally.signed_in_ms));
  row.Set("staffed", Of(tally.signed_in_ms, length.count()));
  row.Set("concurrency", Of(tally.talk_ms + tally.wrap_up_ms, tally.busy_ms));
  row.Set("workload", Of(tally.talk_ms + tally.wrap_up_ms, length.count()));
  row.Set("signed_in_time", Mean(tally.signed_in_ms, 1));
  row.Set("not_ready_time", Mean(tally.not_ready_ms, 1));
}

Values ValuesOf(Group group) {
  Row row;
  SetCounts(group.contacts, row);
  SetShares(group, row);
  SetWaits(group, row);
  SetHandling(group.contacts, row);
  if (group.has_service_level) row.Set("accepted", group.accepted);
  if (group.agents) SetAgents(*group.agents, group.agent_count, group.length, row);
  return row.Take();
}

Values ValuesOf(const AgentTally& tally, Duration length) {
  Row row;
  row.Set("offers", tally.offers);
  row.Set("rejected", tally.rejected);
  row.Set("missed", tally.missed);
  row.Set("withdrawn", tally.withdrawn);
  row.Set("accepted", tally.accepted);
  SetAgents(tally, 1, length, row);
  return row.Take();
}

Group GroupOfAll(const Tally& tally) {
  Group group{
      .agents = AgentTally{}, .waiting = &tally.waiting(), .length = tally.window().Length()};
  for (const auto& [cell, contacts] : tally.contacts()) group.contacts.Add(contacts);
  for (const QueueTally& queue : tally.queues()) {
    group.accepted += queue.accepted;
    group.accepted_in_time += queue.accepted_in_time;
  }
  for (const AgentTally& agent : tally.agents()) group.agents->Add(agent);
  group.agent_count = tally.agents().size();
  return group;
}

Group GroupOfQueue(const Tally& tally, std::size_t queue) {
  const QueueTally& counts = tally.queues()[queue];
  Group group{.agents = AgentTally{},
              .accepted = counts.accepted,
              .accepted_in_time = counts.accepted_in_time,
              .waiting = &counts.waiting,
              .length = tally.window().Length()};
  for (const auto& [cell, contacts] : tally.contacts()) {
    if (cell.first == queue) group.contacts.Add(contacts);
  }
  const engine::Domain& domain = tally.domain();
  for (std::size_t i = 0; i < domain.agents.size(); ++i) {
    if (!domain.agents[i].queues.contains(domain.queues[queue].id)) continue;
    group.agents->Add(tally.agents()[i]);
    ++group.agent_count;
  }
  return group;
}

}  // namespace

const std::vector<Figure>& AllFigures() { return kFigures; }

std::size_t FigureOf(std::string_view key) {
  const auto found = std::find_if(kFigures.begin(), kFigures.end(),
                                  [&](const Figure& figure) { return figure.key == key; });
  USHER_CHECK(found != kFigures.end(), "no such figure");
  return static_cast<std::size_t>(found - kFigures.begin());
}

double WaitPercentile(std::vector<std::int64_t>& waits_ms, std::int64_t answered, int percent) {
  if (answered == 0) return kNone;
  if (!std::is_sorted(waits_ms.begin(), waits_ms.end())) {
    std::sort(waits_ms.begin(), waits_ms.end());
  }
  const std::int64_t rank = (answered * percent + 99) / 100;  // from 1
  const std::int64_t zeros = answered - static_cast<std::int64_t>(waits_ms.size());
  if (rank <= zeros) return 0;
  return static_cast<double>(waits_ms[static_cast<std::size_t>(rank - zeros - 1)]) / 1000;
}

Report ReportOf(const Tally& tally, std::uint64_t redials) {
  const Duration length = tally.window().Length();
  const engine::Domain& domain = tally.domain();
  Report report{.all = ValuesOf(GroupOfAll(tally)), .redials = static_cast<double>(redials)};
  for (std::size_t i = 0; i < domain.queues.size(); ++i) {
    report.queues[domain.queues[i].id.value()] = ValuesOf(GroupOfQueue(tally, i));
  }
  std::map<engine::Channel, Group> channels;
  for (const auto& [cell, contacts] : tally.contacts()) {
    Group& group = channels[cell.second];
    group.has_service_level = false;
    group.length = length;
    group.contacts.Add(contacts);
  }
  for (auto& [channel, group] : channels) {
    report.channels[std::string(ToString(channel))] = ValuesOf(std::move(group));
  }
  for (std::size_t i = 0; i < domain.agents.size(); ++i) {
    report.agents[domain.agents[i].id.value()] = ValuesOf(tally.agents()[i], length);
  }
  return report;
}

}  // namespace usher::simulation
