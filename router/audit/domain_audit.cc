// SPDX-License-Identifier: Apache-2.0
#include "router/audit/domain_audit.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "router/audit/context_audit.h"
#include "router/audit/log_walk.h"
#include "router/audit/still_rows.h"
#include "router/audit/timeline_plan.h"
#include "router/engine/check_rows.h"
#include "router/engine/engine.h"
#include "router/store/checkpoint_book.h"
#include "router/store/loader.h"
#include "router/store/record.h"
#include "router/store/row_records.h"

namespace usher::audit {

namespace {

using engine::Engine;
using store::CheckpointNote;
using store::ClosedContact;
using store::CommitSeq;
using store::FromRecord;
using store::KeyWalk;
using store::RecordKind;
using store::RedisReply;
using store::StoredCommit;
using store::StoredConfig;
using store::StoredCounters;

constexpr int kAttempts = 5;
constexpr std::size_t kRowPage = 200;
constexpr std::size_t kMemberPage = 1'000;

constexpr const char* kStepDown =
    "usher router step-down: the next router reads the rows anew and parks what is wrong";
constexpr const char* kReport = "keep a backup of this state and report it";
constexpr const char* kRebuild =
    "usher router step-down, and run this again; if it stays, keep a backup and report it";

std::string NameOf(ContactId contact) { return "contact c" + std::to_string(contact.value()); }

std::optional<std::uint64_t> ReadNumber(std::string_view text) {
  return RedisReply::Text(std::string(text)).AsUnsigned();
}

// Everything that one attempt knows.
class DomainAudit {
 public:
  DomainAudit(KeyWalk& redis, const DomainId& domain, const AuditOptions& options)
      : redis_(redis),
        options_(options),
        domain_(domain),
        keys_(domain),
        report_(domain),
        log_(redis, keys_, domain, report_) {}

  // `newest_only`: from the last checkpoint on.
  Result<DomainReport> Run(bool newest_only);

 private:
  struct Lease {
    CommitSeq seq = 0;
    std::string hash;
    CommitSeq projected = 0;
    std::uint64_t fed = 0;
  };

  Result<void> ReadLease();
  void CheckLease(const RedisReply& lease, const RedisReply& last, const RedisReply& alive);
  Result<void> ReadNotes();

  // The log and the checkpoints in it.
  Result<void> FoldTo(CommitSeq seq);
  Result<void> TakeCommit(CommitSeq seq, const StoredCommit* commit);
  Result<void> TakeCheckpoint(CommitSeq seq);
  Result<bool> ReadCheckpoint(const CheckpointNote& note, engine::DomainRow& domain,
                              std::vector<engine::QueueRow>& queues,
                              std::vector<engine::AgentRow>& agents,
                              std::vector<engine::ContactRow>& contacts);
  void CompareCheckpoint(const std::string& key, const engine::DomainRow& domain,
                         const std::vector<engine::QueueRow>& queues,
                         const std::vector<engine::AgentRow>& agents,
                         const std::vector<engine::ContactRow>& contacts);
  void CheckHash(CommitSeq seq);
  void CheckState();

  // The rows.
  Result<void> CheckHead();
  Result<void> CheckQueueRecords();
  Result<void> CheckAgents();
  Result<void> CheckAway();
  Result<void> CheckQueue(const QueueId& queue);
  void ComparePage(const std::string& key, const std::vector<std::string>& expected,
                   const std::vector<std::string>& found, const std::string& after, bool is_last);
  std::string WhyGhost(const std::string& member) const;
  Result<void> CheckKeys();
  Result<void> CheckContacts(const std::vector<std::string>& keys);
  void CheckContact(const std::string& key, const RedisReply& record, const RedisReply& ttl);
  void CheckOpenContact(const std::string& key, ContactId id, std::string_view bytes);
  void CheckClosedContact(const std::string& key, ContactId id, std::string_view bytes,
                          const RedisReply& ttl);
  Result<void> CheckMissingContacts();
  Result<void> CheckParked();

  template <class Row>
  std::optional<Row> Decode(RecordKind kind, const std::string& key, std::string_view bytes);
  void Add(const char* reason, std::string key, std::string what, const char* next_step) {
    report_.Add({reason, std::move(key), std::move(what), next_step});
  }

  KeyWalk& redis_;
  const AuditOptions& options_;
  const DomainId domain_;
  const store::Keys keys_;
  DomainReport report_;
  LogWalk log_;
  Lease lease_;
  std::map<CommitSeq, CheckpointNote> notes_;
  // The state after the commit that was folded last; none where nothing sound leads there.
  std::optional<Engine> engine_;
  TimelinePlan plan_;
  std::map<std::uint64_t, ClosedContact> closed_;  // by the events of the log
  std::unordered_set<std::uint64_t> rows_seen_;    // of open contacts
  std::set<QueueId> queues_seen_;                  // with a key of their own
  std::optional<Error> failure_;                   // that ends the audit
};

template <class Row>
std::optional<Row> DomainAudit::Decode(RecordKind kind, const std::string& key,
                                       std::string_view bytes) {
  Result<Row> row = FromRecord<Row>(kind, bytes);
  if (row) return *std::move(row);
  if (row.error().reason == "RECORD_TOO_NEW") {
    failure_ = row.error();
  } else {
    Add("ROW_DAMAGED", key, "its bytes fail their check", kStepDown);
  }
  return std::nullopt;
}

// --- The lease, and what there is ---------------------------------------------------------------

Result<void> DomainAudit::ReadLease() {
  const KeyWalk::Words look = {"HMGET", keys_.Lease(), "epoch",     "router",
                               "seq",   "hash",        "projected", "bytes"};
  for (int tries = 0; tries < 100; ++tries) {
    const Result<std::vector<RedisReply>> replies = redis_.CallAll(
        std::vector<KeyWalk::Words>{look,
                                    {"XREVRANGE", keys_.Log(), "+", "-", "COUNT", "1"},
                                    {"GET", keys_.Alive()},
                                    {"GET", "usher:{" + domain_.value() + "}:fed"},
                                    look},
        "reading the lease");
    if (!replies) return replies.error();
    const RedisReply& before = (*replies)[0];
    const RedisReply& after = (*replies)[4];
    bool is_same = true;
    for (std::size_t i = 0; i < 6; ++i)
      is_same = is_same && before.At(i).text() == after.At(i).text();
    if (!is_same) continue;
    if (before.At(0).IsNil() && before.At(2).IsNil()) {
      return Error{Code::kNotFound, "UNKNOWN_DOMAIN",
                   "there is nothing of domain " + domain_.value() + " in this Redis",
                   "look at the name; --domain all goes through every domain that is there"};
    }
    CheckLease(before, (*replies)[1], (*replies)[2]);
    lease_.fed = (*replies)[3].AsUnsigned().value_or(0);
    return {};
  }
  return Error{Code::kUnavailable, "ROWS_MOVE", keys_.Lease() + " changes all the time",
               "try again when there is less to do"};
}

void DomainAudit::CheckLease(const RedisReply& lease, const RedisReply& last,
                             const RedisReply& alive) {
  const auto seq = lease.At(2).AsUnsigned();
  const auto projected = lease.At(4).AsUnsigned();
  const Result<store::LogEntry> entry = store::ToLogEntry(last.At(0));
  const bool bytes_sound = lease.At(5).IsNil() || lease.At(5).AsUnsigned();
  if (!lease.At(0).AsUnsigned() || !seq || !projected || *projected > seq.value_or(0) ||
      !store::HashFromBytes(lease.At(3).text()) || !bytes_sound) {
    Add("LEASE_DAMAGED", keys_.Lease(), "it does not hold what it should",
        "restore the last backup; until then no router can lead the domain");
  }
  lease_.seq = seq.value_or(entry ? entry->seq : 0);
  lease_.hash = std::string(lease.At(3).text());
  lease_.projected = projected.value_or(0);
  report_.last_seq = lease_.seq;
  if (entry && seq && entry->seq > *seq) {
    Add("LOG_BEYOND_LEASE", keys_.Log(),
        "it ends with commit " + std::to_string(entry->seq) + ", and the lease says " +
            std::to_string(*seq),
        "the two were brought back from different moments: restore both from one backup");
  }
  if (alive.IsText() && alive.text() != lease.At(1).text()) {
    Add("LEASE_DISAGREES", keys_.Alive(),
        "it names another router than the lease, so none can commit",
        "it ends by itself in seconds; if it stays, something else writes to this Redis");
  }
}

Result<void> DomainAudit::ReadNotes() {
  const Result<RedisReply> notes =
      redis_.Call({"HGETALL", keys_.Checkpoints()}, "reading the checkpoints");
  if (!notes) return notes.error();
  for (std::size_t i = 0; i + 1 < notes->items().size(); i += 2) {
    const std::string_view record = notes->At(i + 1).text();
    if (record.empty()) continue;  // being made, or begun by a router that is gone
    const std::string name = keys_.Checkpoints() + ' ' + std::string(notes->At(i).text());
    const std::optional<CheckpointNote> note =
        Decode<CheckpointNote>(RecordKind::kCheckpoint, name, record);
    if (!note) continue;
    if (std::to_string(note->seq) != notes->At(i).text() || note->seq > lease_.seq) {
      Add("CHECKPOINT_MISPLACED", name, "it is the note of commit " + std::to_string(note->seq),
          kStepDown);
    } else {
      notes_.emplace(note->seq, *note);
    }
  }
  return {};
}

// --- The log ------------------------------------------------------------------------------------

Result<void> DomainAudit::FoldTo(CommitSeq seq) {
  return log_.ReadTo(
      seq, [this](CommitSeq at, const StoredCommit* commit) { return TakeCommit(at, commit); });
}

Result<void> DomainAudit::TakeCommit(CommitSeq seq, const StoredCommit* commit) {
  // Of a gap only the last number is told; what can be begun from within it cannot be reached.
  if (commit == nullptr) {
    engine_.reset();
  } else {
    std::uint32_t index = 0;
    for (const engine::Event& event : commit->batch.events) {
      if (const auto* closed = std::get_if<engine::Closed>(&event.body)) {
        closed_.insert_or_assign(closed->contact.value(), ClosedContact{event.at, *closed});
      }
      if (engine_) {
        plan_.Take(*engine_, seq, index, event);
        engine_->Evolve(event);
        ++report_.counts.events;
      }
      ++index;
    }
    if (engine_) plan_.Cover(seq);
  }
  report_.last_seq = std::max(report_.last_seq, seq);
  CheckHash(seq);
  return TakeCheckpoint(seq);
}

Result<void> DomainAudit::TakeCheckpoint(CommitSeq seq) {
  const auto note = notes_.find(seq);
  if (note == notes_.end()) return {};
  engine::DomainRow domain;
  std::vector<engine::QueueRow> queues;
  std::vector<engine::AgentRow> agents;
  std::vector<engine::ContactRow> contacts;
  const Result<bool> sound = ReadCheckpoint(note->second, domain, queues, agents, contacts);
  if (!sound) return sound.error();
  if (failure_) return *failure_;
  if (!*sound) return {};
  const std::string key = keys_.Checkpoint(seq);
  const std::vector<engine::RowFault> faults = CheckRows(domain, queues, agents, contacts);
  for (const engine::RowFault& fault : faults) {
    const std::string whose = fault.contact ? NameOf(fault.contact)
                              : fault.agent ? "agent " + fault.agent.value()
                                            : "queue " + fault.queue.value();
    Add("CHECKPOINT_UNSOUND", key, whose + ": " + fault.what, kReport);
  }
  if (engine_) return CompareCheckpoint(key, domain, queues, agents, contacts), Result<void>();
  if (!faults.empty()) return {};
  engine_ =
      Engine::Restore(std::move(domain), std::move(queues), std::move(agents), std::move(contacts));
  return {};
}

// False where there is a finding, or where it was dropped meanwhile.
Result<bool> DomainAudit::ReadCheckpoint(const CheckpointNote& note, engine::DomainRow& domain,
                                         std::vector<engine::QueueRow>& queues,
                                         std::vector<engine::AgentRow>& agents,
                                         std::vector<engine::ContactRow>& contacts) {
  const std::string key = keys_.Checkpoint(note.seq);
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  bool is_sound = true;
  std::optional<StoredCounters> counters;
  std::optional<StoredConfig> config;
  while (rows < note.rows) {
    const Result<RedisReply> page =
        redis_.Call({"LRANGE", key, std::to_string(rows), std::to_string(rows + kRowPage - 1)},
                    "reading a checkpoint");
    if (!page) return page.error();
    if (page->items().empty()) break;
    for (const RedisReply& item : page->items()) {
      const std::string name = key + ' ' + std::to_string(rows);
      const std::string_view record = item.text();
      bytes += record.size();
      const auto take = [&](auto& into, RecordKind kind) {
        using Row = typename std::decay_t<decltype(into)>::value_type;
        std::optional<Row> row = Decode<Row>(kind, name, record);
        is_sound = is_sound && row;
        if (row) into.push_back(*std::move(row));
      };
      const auto kind = static_cast<RecordKind>(store::ClaimedKind(record));
      if (rows == 0) {
        counters = Decode<StoredCounters>(RecordKind::kCounters, name, record);
      } else if (rows == 1) {
        config = Decode<StoredConfig>(RecordKind::kConfig, name, record);
      } else if (kind == RecordKind::kQueue) {
        take(queues, kind);
      } else if (kind == RecordKind::kAgent) {
        take(agents, kind);
      } else {
        take(contacts, RecordKind::kContact);
      }
      ++rows;
    }
  }
  const Result<RedisReply> still =
      redis_.Call({"HGET", keys_.Checkpoints(), std::to_string(note.seq)}, "reading a checkpoint");
  if (!still) return still.error();
  if (still->IsNil() || still->text().empty()) return false;  // dropped meanwhile
  ++report_.counts.checkpoints;
  const Result<RedisReply> length = redis_.Call({"LLEN", key}, "reading a checkpoint");
  if (!length) return length.error();
  if (rows != note.rows || bytes != note.bytes ||
      length->AsUnsigned() != std::optional<std::uint64_t>(note.rows)) {
    Add("CHECKPOINT_INCOMPLETE", key,
        "its note speaks of " + std::to_string(note.rows) + " rows and " +
            std::to_string(note.bytes) + " bytes, and it has " +
            std::to_string(length->AsUnsigned().value_or(0)) + " and " + std::to_string(bytes),
        "nothing routes by it; what lies before the next one cannot be explained");
    return false;
  }
  if (!counters || !config) return false;
  domain = ToDomainRow(*std::move(config), *counters);
  return is_sound;
}

void DomainAudit::CompareCheckpoint(const std::string& key, const engine::DomainRow& domain,
                                    const std::vector<engine::QueueRow>& queues,
                                    const std::vector<engine::AgentRow>& agents,
                                    const std::vector<engine::ContactRow>& contacts) {
  const Engine& engine = *engine_;
  const auto differs = [&](const std::string& whose) {
    Add("CHECKPOINT_DIFFERS", key, whose + " is not what the events before it make", kReport);
  };
  if (!(domain == engine.Row())) differs("the domain's record");
  for (const engine::QueueRow& row : queues) {
    if (engine.domain().FindQueue(row.id) == nullptr || !(engine.Row(row.id) == row)) {
      differs("the record of queue " + row.id.value());
    }
  }
  for (const engine::AgentRow& row : agents) {
    if (engine.FindAgent(row.id) != row) differs("the record of agent " + row.id.value());
  }
  for (const engine::ContactRow& row : contacts) {
    if (engine.FindContact(row.id) != row) differs(NameOf(row.id));
  }
  if (queues.size() != engine.domain().queues.size() || agents.size() != engine.Agents().size() ||
      contacts.size() != engine.contact_count()) {
    differs("the number of its rows");
  }
}

void DomainAudit::CheckHash(CommitSeq seq) {
  if (seq != lease_.seq || lease_.hash.size() != store::CommitHash{}.size()) return;
  if (log_.hash_is_known() && store::ToBytes(log_.hash()) != lease_.hash) {
    Add("LOG_END_DIFFERS", keys_.Lease(),
        "the hash of commit " + std::to_string(lease_.seq) + " is another than the log's",
        "the two were brought back from different moments: restore both from one backup");
  }
}

void DomainAudit::CheckState() {
  if (!engine_) {
    report_.Note("rows and queues were not compared with the log: nothing sound leads to its end");
    return;
  }
  const std::uint64_t work = engine_->contact_count() * engine_->Agents().size();
  if (work > options_.state_check_max) {
    report_.Note("the engine's invariants were not checked: too many contacts and agents");
    return;
  }
  // Timers that change nothing leave no event: a fold has yet to fire those that are due.
  std::vector<engine::Event> events;
  engine_->Advance(engine_->now(), events);
  for (const engine::Event& event : events) {
    const std::string name(NameOf(event));
    Add("STATE_UNSOUND", keys_.Log() + ' ' + std::to_string(log_.at()) + ' ' + name,
        "something is due that no router has done: " + name, kReport);
  }
  for (const std::string& broken : engine_->CheckState()) {
    Add("STATE_UNSOUND", keys_.Log() + ' ' + std::to_string(log_.at()) + ' ' + broken, broken,
        kReport);
  }
}

// --- The rows -----------------------------------------------------------------------------------

Result<void> DomainAudit::CheckHead() {
  Result<StillRows> rows = ReadStill(
      redis_, keys_, std::vector<KeyWalk::Words>{{"GET", keys_.Config()}, {"GET", keys_.Domain()}},
      "reading the domain");
  if (!rows) return rows.error();
  if (const Result<void> folded = FoldTo(rows->seq); !folded) return folded;
  const RedisReply& config_record = rows->replies[0];
  const RedisReply& counters_record = rows->replies[1];
  if (rows->seq == 0 && config_record.IsNil() && counters_record.IsNil()) return {};
  std::optional<StoredConfig> config =
      Decode<StoredConfig>(RecordKind::kConfig, keys_.Config(), config_record.text());
  const std::optional<StoredCounters> counters =
      Decode<StoredCounters>(RecordKind::kCounters, keys_.Domain(), counters_record.text());
  if (!config || !counters) return {};
  if (config->version != counters->version) {
    Add("ROW_DIFFERS", keys_.Domain(),
        "it belongs to version " + std::to_string(counters->version) +
            " of the configuration, which is at " + std::to_string(config->version),
        "restore the last backup; until then no router can load the domain");
    return {};
  }
  if (engine_ && !(ToDomainRow(*std::move(config), *counters) == engine_->Row())) {
    Add("ROW_DIFFERS", keys_.Domain(), "it is not what the events make", kReport);
  }
  return {};
}

Result<void> DomainAudit::CheckQueueRecords() {
  const Result<StillRows> rows = ReadStill(
      redis_, keys_, std::vector<KeyWalk::Words>{{"HGETALL", keys_.Queues()}}, "reading queues");
  if (!rows) return rows.error();
  if (const Result<void> folded = FoldTo(rows->seq); !folded) return folded;
  const RedisReply& records = rows->replies[0];
  std::set<QueueId> found;
  for (std::size_t i = 0; i + 1 < records.items().size(); i += 2) {
    const std::string id(records.At(i).text());
    const std::string key = keys_.Queues() + ' ' + id;
    ++report_.counts.queues;
    found.insert(QueueId{id});
    queues_seen_.insert(QueueId{id});
    const std::optional<engine::QueueRow> row =
        Decode<engine::QueueRow>(RecordKind::kQueue, key, records.At(i + 1).text());
    if (!row) continue;
    if (row->id.value() != id) {
      Add("ROW_MISPLACED", key, "it is the record of queue " + row->id.value(), kStepDown);
    } else if (engine_ && engine_->domain().FindQueue(row->id) == nullptr) {
      Add("ROW_GHOST", key, "the configuration has no such queue", kRebuild);
    } else if (engine_ && !(engine_->Row(row->id) == *row)) {
      Add("ROW_DIFFERS", key, "it is not what the events make", kReport);
    }
  }
  if (!engine_) return {};
  for (const engine::Queue& queue : engine_->domain().queues) {
    queues_seen_.insert(queue.id);
    if (rows->seq > 0 && !found.contains(queue.id)) {
      Add("ROW_MISSING", keys_.Queues() + ' ' + queue.id.value(), "the queue has no record",
          kStepDown);
    }
  }
  return {};
}

Result<void> DomainAudit::CheckAgents() {
  const Result<StillRows> listed = ReadStill(
      redis_, keys_, std::vector<KeyWalk::Words>{{"SMEMBERS", keys_.Agents()}}, "reading agents");
  if (!listed) return listed.error();
  if (const Result<void> folded = FoldTo(listed->seq); !folded) return folded;
  std::set<AgentId> ids;
  for (const RedisReply& id : listed->replies[0].items())
    ids.insert(AgentId{std::string(id.text())});
  if (engine_) {
    for (const AgentId& id : engine_->Agents()) {
      if (!ids.contains(id)) {
        Add("ROW_MISSING", keys_.Agent(id), "the agent is not listed in " + keys_.Agents(),
            kStepDown);
      }
    }
  }
  const std::vector<AgentId> all(ids.begin(), ids.end());
  for (std::size_t at = 0; at < all.size(); at += kRowPage) {
    std::vector<KeyWalk::Words> calls;
    const std::size_t end = std::min(at + kRowPage, all.size());
    for (std::size_t i = at; i < end; ++i) {
      calls.push_back({"GET", keys_.Agent(all[i])});
      calls.push_back({"SISMEMBER", keys_.Agents(), all[i].value()});
    }
    const Result<StillRows> rows = ReadStill(redis_, keys_, calls, "reading agents");
    if (!rows) return rows.error();
    if (const Result<void> folded = FoldTo(rows->seq); !folded) return folded;
    for (std::size_t i = at; i < end; ++i) {
      const RedisReply& record = rows->replies[2 * (i - at)];
      const std::string key = keys_.Agent(all[i]);
      if (rows->replies[2 * (i - at) + 1].integer() == 0) continue;  // removed meanwhile
      ++report_.counts.agents;
      if (engine_ && !engine_->FindAgent(all[i])) {
        Add("ROW_GHOST", key, "the configuration has no such agent, and she has no work", kRebuild);
        continue;
      }
      if (record.IsNil()) {
        Add("ROW_MISSING", key, "the agent has no record", kStepDown);
        continue;
      }
      const auto row = Decode<engine::AgentRow>(RecordKind::kAgent, key, record.text());
      if (row && row->id != all[i]) {
        Add("ROW_MISPLACED", key, "it is the record of agent " + row->id.value(), kStepDown);
      } else if (row && engine_ && engine_->FindAgent(all[i]) != row) {
        Add("ROW_DIFFERS", key, "it is not what the events make", kReport);
      }
    }
  }
  return {};
}

Result<void> DomainAudit::CheckAway() {
  const Result<StillRows> rows =
      ReadStill(redis_, keys_, std::vector<KeyWalk::Words>{{"SMEMBERS", keys_.Away()}},
                "reading the contacts away");
  if (!rows) return rows.error();
  if (const Result<void> folded = FoldTo(rows->seq); !folded) return folded;
  if (!engine_) return {};
  std::vector<std::string> found;
  for (const RedisReply& member : rows->replies[0].items()) found.emplace_back(member.text());
  std::vector<std::string> expected;
  for (const ContactId id : engine_->Contacts()) {
    if (!store::PlaceOf(engine_->Row(id)).queue) expected.push_back(std::to_string(id.value()));
  }
  std::ranges::sort(found);
  std::ranges::sort(expected);
  ComparePage(keys_.Away(), expected, found, "", true);
  return {};
}

// By the text of the members, not by rank: what comes or goes before a page does not move it.
Result<void> DomainAudit::CheckQueue(const QueueId& queue) {
  const std::string key = keys_.Queue(queue);
  std::string after;
  std::vector<std::string> expected;
  CommitSeq expected_at = 0;
  for (bool is_first = true;; is_first = false) {
    const std::vector<KeyWalk::Words> calls = {{"ZRANGE", key, is_first ? "-" : '(' + after, "+",
                                                "BYLEX", "LIMIT", "0", std::to_string(kMemberPage)},
                                               {"ZCARD", key},
                                               {"ZCOUNT", key, "0", "0"}};
    const Result<StillRows> rows = ReadStill(redis_, keys_, calls, "reading a queue");
    if (!rows) return rows.error();
    if (const Result<void> folded = FoldTo(rows->seq); !folded) return folded;
    if (rows->replies[1].integer() != rows->replies[2].integer()) {
      Add("MEMBER_SCORED", key, "a place in it has a score, which puts it out of order", kStepDown);
      return {};
    }
    std::vector<std::string> found;
    for (const RedisReply& member : rows->replies[0].items()) found.emplace_back(member.text());
    report_.counts.members += found.size();
    const bool is_last = found.size() < kMemberPage;
    if (engine_) {
      if (is_first || expected_at != rows->seq) {
        expected.clear();
        for (const ContactId id : engine_->WaitingIn(queue)) {
          expected.push_back(store::QueueMember(engine_->Row(id).key, id));
        }
        std::ranges::sort(expected);
        expected_at = rows->seq;
      }
      ComparePage(key, expected, found, after, is_last);
    }
    if (is_last) return {};
    after = found.back();
  }
}

// `found` are the members behind `after`, all of them on the last page.
void DomainAudit::ComparePage(const std::string& key, const std::vector<std::string>& expected,
                              const std::vector<std::string>& found, const std::string& after,
                              bool is_last) {
  const auto from = std::ranges::upper_bound(expected, after);
  const auto to = is_last ? expected.end() : std::ranges::upper_bound(expected, found.back());
  std::vector<std::string> ghosts;
  std::ranges::set_difference(found, std::ranges::subrange(from, to), std::back_inserter(ghosts));
  std::vector<std::string> missing;
  std::ranges::set_difference(std::ranges::subrange(from, to), found, std::back_inserter(missing));
  for (const std::string& member : ghosts) {
    Add("MEMBER_GHOST", key + ' ' + member, WhyGhost(member), kRebuild);
  }
  for (const std::string& member : missing) {
    const auto contact = key == keys_.Away() ? std::optional(ContactId{*ReadNumber(member)})
                                             : store::ContactOfMember(member);
    Add("MEMBER_MISSING", key + ' ' + member,
        NameOf(*contact) + " is not where the events put it: a load would not find it there",
        kRebuild);
  }
}

std::string DomainAudit::WhyGhost(const std::string& member) const {
  const std::optional<std::uint64_t> number = ReadNumber(member);
  const std::optional<ContactId> contact =
      number ? std::optional(ContactId{*number}) : store::ContactOfMember(member);
  if (!contact) return "it names no contact";
  const std::optional<engine::ContactRow> row = engine_->FindContact(*contact);
  if (!row) return NameOf(*contact) + " is not open";
  const store::ContactPlace place = store::PlaceOf(*row);
  if (!place.queue) {
    return NameOf(*contact) + " does not wait: it is " + std::string(ToString(row->state));
  }
  return NameOf(*contact) + " waits in queue " + place.queue.value() + " as " +
         store::QueueMember(place.key, *contact);
}

// --- Keys of their own --------------------------------------------------------------------------

Result<void> DomainAudit::CheckKeys() {
  static const std::set<std::string_view> known = {
      "lease",  "alive",  "log",          "config",      "domain",    "queues",   "away",
      "agents", "parked", "parked-notes", "checkpoints", "customers", "fed",      "versions",
      "find",   "merges", "shards",       "open_cases",  "promises",  "erasures", "erasing"};
  std::set<std::string> unknown;
  const Result<void> walked = redis_.Walk(
      store::PatternOfDomain(domain_), [&](std::span<const std::string> keys) -> Result<void> {
        std::vector<std::string> contacts;
        for (const std::string& key : keys) {
          const std::optional<store::KeyName> name = store::ParseKeyName(key);
          if (!name || !name->owner.empty()) continue;
          const std::size_t colon = name->what.find(':');
          const std::string_view noun = name->what.substr(0, colon);
          const std::string id(colon == std::string_view::npos ? "" : name->what.substr(colon + 1));
          if (noun == "contact" && !id.empty()) {
            contacts.push_back(key);
          } else if (noun == "queue" && !id.empty()) {
            queues_seen_.insert(QueueId{id});
          } else if (noun == "agent" && !id.empty()) {
            if (engine_ && !engine_->FindAgent(AgentId{id})) {
              // Unlisted, so nobody loads it; she may also have been removed since.
              unknown.insert(key);
            }
          } else if (noun == "checkpoint" && !id.empty()) {
            continue;
          } else if (!known.contains(name->what)) {
            unknown.insert(key);
          }
        }
        return CheckContacts(contacts);
      });
  if (!walked) return walked;
  if (!unknown.empty()) {
    report_.Note(std::to_string(unknown.size()) + " keys are of no kind that is known, such as " +
                 *unknown.begin());
  }
  return {};
}

Result<void> DomainAudit::CheckContacts(const std::vector<std::string>& keys) {
  for (std::size_t at = 0; at < keys.size(); at += 100) {
    std::vector<KeyWalk::Words> calls;
    const std::size_t end = std::min(at + 100, keys.size());
    for (std::size_t i = at; i < end; ++i) {
      calls.push_back({"GET", keys[i]});
      calls.push_back({"PTTL", keys[i]});
    }
    const Result<StillRows> rows = ReadStill(redis_, keys_, calls, "reading contacts");
    if (!rows) return rows.error();
    if (const Result<void> folded = FoldTo(rows->seq); !folded) return folded;
    for (std::size_t i = at; i < end; ++i) {
      CheckContact(keys[i], rows->replies[2 * (i - at)], rows->replies[2 * (i - at) + 1]);
    }
    if (failure_) return *failure_;
  }
  return {};
}

void DomainAudit::CheckContact(const std::string& key, const RedisReply& record,
                               const RedisReply& ttl) {
  const std::string text = key.substr(keys_.prefix().size() + std::string_view("contact:").size());
  const std::optional<std::uint64_t> number = ReadNumber(text);
  if (!number || std::to_string(*number) != text) {
    return Add("ROW_MISPLACED", key, "its key names no contact", kReport);
  }
  if (record.IsNil()) return;  // gone meanwhile; an open one that has no row is found later
  const ContactId id{*number};
  const auto kind = static_cast<RecordKind>(store::ClaimedKind(record.text()));
  if (kind == RecordKind::kClosedContact && !(engine_ && engine_->FindContact(id))) {
    return CheckClosedContact(key, id, record.text(), ttl);
  }
  CheckOpenContact(key, id, record.text());
}

void DomainAudit::CheckOpenContact(const std::string& key, ContactId id, std::string_view bytes) {
  ++report_.counts.open_contacts;
  rows_seen_.insert(id.value());
  const auto row = Decode<engine::ContactRow>(RecordKind::kContact, key, bytes);
  if (!row) return;
  if (row->id != id) {
    Add("ROW_MISPLACED", key, "it is the record of " + NameOf(row->id), kStepDown);
  } else if (engine_ && !engine_->FindContact(id)) {
    Add("ROW_GHOST", key, "by the events the contact is not open", kRebuild);
  } else if (engine_ && engine_->FindContact(id) != row) {
    Add("ROW_DIFFERS", key, "it is not what the events make", kReport);
  }
}

void DomainAudit::CheckClosedContact(const std::string& key, ContactId id, std::string_view bytes,
                                     const RedisReply& ttl) {
  ++report_.counts.closed_contacts;
  const auto closed = Decode<ClosedContact>(RecordKind::kClosedContact, key, bytes);
  if (!closed) return;
  if (closed->closed.contact != id) {
    return Add("ROW_MISPLACED", key, "it is the record of " + NameOf(closed->closed.contact),
               kReport);
  }
  if (ttl.integer() == -1) {
    Add("ROW_FOREVER", key, "it tells how the contact closed, and never expires",
        "redis-cli PEXPIRE it as --closed-contacts-kept says");
  }
  const auto told = closed_.find(id.value());
  if (told != closed_.end() &&
      !(told->second.closed == closed->closed && told->second.at == closed->at)) {
    Add("ROW_DIFFERS", key, "it is not what the event says that closed the contact", kReport);
  }
}

// Contacts that are open by the events and had no row when their key was asked for, or none at all.
Result<void> DomainAudit::CheckMissingContacts() {
  if (!engine_) return {};
  std::vector<ContactId> unseen;
  for (const ContactId id : engine_->Contacts()) {
    if (!rows_seen_.contains(id.value())) unseen.push_back(id);
  }
  for (std::size_t at = 0; at < unseen.size(); at += kRowPage) {
    const std::size_t end = std::min(at + kRowPage, unseen.size());
    std::vector<KeyWalk::Words> calls;
    for (std::size_t i = at; i < end; ++i) calls.push_back({"GET", keys_.Contact(unseen[i])});
    const Result<StillRows> rows = ReadStill(redis_, keys_, calls, "reading contacts");
    if (!rows) return rows.error();
    if (const Result<void> folded = FoldTo(rows->seq); !folded) return folded;
    for (std::size_t i = at; i < end && engine_; ++i) {
      if (!engine_->FindContact(unseen[i])) continue;  // closed meanwhile
      const std::string key = keys_.Contact(unseen[i]);
      if (rows->replies[i - at].IsNil()) {
        Add("ROW_MISSING", key, "the contact is open and has no record", kStepDown);
      } else {
        CheckOpenContact(key, unseen[i], rows->replies[i - at].text());
      }
    }
  }
  return {};
}

Result<void> DomainAudit::CheckParked() {
  const Result<RedisReply> parked =
      redis_.Call({"HKEYS", keys_.Parked()}, "reading parked records");
  if (!parked) return parked.error();
  for (const RedisReply& key : parked->items()) {
    ++report_.counts.parked;
    Add("PARKED", std::string(key.text()),
        "the record was damaged, and is set aside since a router found it so",
        "usher parked show KEY, then requeue or drop");
  }
  return {};
}

Result<DomainReport> DomainAudit::Run(bool newest_only) {
  if (const Result<void> read = ReadLease(); !read) return read.error();
  if (const Result<void> read = ReadNotes(); !read) return read.error();
  // Before the first commit a domain is empty, and the log may still tell everything since.
  const Result<RedisReply> first =
      redis_.Call({"XRANGE", keys_.Log(), "-", "+", "COUNT", "1"}, "reading the log");
  if (!first) return first.error();
  const Result<store::LogEntry> oldest = store::ToLogEntry(first->At(0));
  if (newest_only && !notes_.empty()) {
    notes_.erase(notes_.begin(), std::prev(notes_.end()));
    log_.StartAt(notes_.begin()->first);
    report_.first_seq = notes_.begin()->first;
    report_.Note("the log was cut faster than it could be gone through: only what follows commit " +
                 std::to_string(report_.first_seq) + " was");
  } else if (oldest ? oldest->seq == 1 : lease_.seq == 0) {
    engine_.emplace();
  } else if (oldest && oldest->seq > 1) {
    // A checkpoint may stand right before the oldest commit.
    if (const Result<void> taken = TakeCheckpoint(oldest->seq - 1); !taken) return taken.error();
  }
  using Step = Result<void> (DomainAudit::*)();
  // The rows first: they stand behind the end of the log, and a fold goes forward only.
  for (const Step step :
       {&DomainAudit::CheckHead, &DomainAudit::CheckQueueRecords, &DomainAudit::CheckAgents,
        &DomainAudit::CheckAway, &DomainAudit::CheckKeys}) {
    if (const Result<void> done = (this->*step)(); !done) return done.error();
    if (failure_) return *failure_;
  }
  for (const QueueId& queue : queues_seen_) {
    if (const Result<void> done = CheckQueue(queue); !done) return done.error();
  }
  if (const Result<void> done = CheckMissingContacts(); !done) return done.error();
  if (const Result<void> folded = FoldTo(lease_.seq); !folded) return folded.error();
  if (failure_) return *failure_;
  CheckState();
  if (const Result<void> done = CheckParked(); !done) return done.error();
  ContextAudit context(redis_, domain_, plan_, std::min<CommitSeq>(lease_.fed, log_.at()), report_);
  if (lease_.fed > report_.last_seq) {
    Add("FED_AHEAD", "usher:{" + domain_.value() + "}:fed",
        "timelines are said to be fed up to commit " + std::to_string(lease_.fed) +
            ", which there is not",
        "the two were brought back from different moments: restore both from one backup");
  }
  if (const Result<void> done = context.Run(); !done) return done.error();
  return std::move(report_);
}

}  // namespace

Result<DomainReport> AuditDomain(KeyWalk& redis, const DomainId& domain,
                                 const AuditOptions& options) {
  for (int attempt = 1;; ++attempt) {
    Result<DomainReport> report = DomainAudit(redis, domain, options).Run(attempt > 2);
    if (report || report.error().reason != "HISTORY_MOVED" || attempt == kAttempts) return report;
  }
}

}  // namespace usher::audit
