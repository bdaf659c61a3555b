// SPDX-License-Identifier: Apache-2.0
#include "router/backup/domain_restorer.h"

#include <utility>
#include <variant>
#include <vector>

#include "base/io/clock.h"
#include "router/engine/event.h"
#include "router/engine/rows.h"
#include "router/store/functions.h"
#include "router/store/record.h"
#include "router/store/row_records.h"

namespace usher::backup {

namespace {

using store::KeyName;
using store::RecordKind;
using store::RedisReply;
using Words = store::KeyWalk::Words;

constexpr const char* kDoing = "restoring a domain";
// A try that was broken off keeps the next one waiting for so long.
constexpr const char* kLeaseMs = "5000";
constexpr std::size_t kCallBytes = 256u << 10;
constexpr std::size_t kCallWrites = 500;

// Neither says that there is a domain: a router that found none leaves them behind.
bool IsTrace(const KeyName& name) {
  return name.owner.empty() && (name.what == "lease" || name.what == "alive" || name.what == "fed");
}

}  // namespace

DomainRestorer::DomainRestorer(store::KeyWalk& redis, const DomainSummary& domain, Options options)
    : redis_(redis),
      domain_(domain),
      options_(std::move(options)),
      keys_(options_.as),
      others_(redis, "usher:{" + options_.as.value()) {}

Result<void> DomainRestorer::CheckTarget() {
  const Result<RedisReply> leader = redis_.Call({"GET", keys_.Alive()}, kDoing);
  if (!leader.ok()) return leader.error();
  const std::string name = options_.as.value();
  if (!leader->IsNil()) {
    return Error{Code::kUnavailable, "DOMAIN_LED_ELSEWHERE",
                 "domain " + name + " is led by " + std::string(leader->text()),
                 "stop the routers that lead it or stand by for it, and wait until the lease ends"};
  }
  const Result<RedisReply> held = redis_.Call({"HMGET", keys_.Lease(), "seq", "restoring"}, kDoing);
  if (!held.ok()) return held.error();
  // What a restore that was broken off left behind is nobody's.
  if (options_.replace || !held->At(1).IsNil()) return {};
  const Error not_empty{Code::kFailedPrecondition, "DOMAIN_NOT_EMPTY",
                        "there is a domain " + name + " in this Redis already",
                        "restore it under another name with --as, or give --replace to lose "
                        "what is there"};
  if (held->At(0).AsUnsigned().value_or(0) > 0) return not_empty;
  const auto take = [&](std::span<const std::string> page) -> Result<void> {
    for (const std::string& key : page) {
      const std::optional<KeyName> found = store::ParseKeyName(key);
      if (found && found->domain == name && !IsTrace(*found)) return not_empty;
    }
    return {};
  };
  for (const std::string& pattern :
       {store::PatternOfDomain(options_.as), store::PatternOfOwners(options_.as)}) {
    if (Result<void> walked = redis_.Walk(pattern, take); !walked.ok()) return walked;
  }
  return {};
}

Result<void> DomainRestorer::CallLead(const char* how, std::initializer_list<std::string> arguments,
                                      RedisReply& reply) {
  Words call = {"FCALL",
                store::DomainFunctionsByName().lead,
                "2",
                keys_.Lease(),
                keys_.Alive(),
                how,
                std::to_string(epoch_),
                options_.restorer_id,
                kLeaseMs};
  call.insert(call.end(), arguments);
  Result<RedisReply> answered = redis_.Call(call, kDoing);
  if (!answered.ok()) return answered.error();
  reply = *std::move(answered);
  return {};
}

Result<void> DomainRestorer::Begin() {
  const std::uint64_t floor = std::max(domain_.end.epoch, options_.epoch_floor);
  RedisReply reply;
  Result<void> taken =
      CallLead("restore", {std::to_string(floor), "backup " + options_.backup_id}, reply);
  if (!taken.ok()) return taken;
  epoch_ = reply.At(0).AsUnsigned().value_or(0);
  return RemoveEverything();
}

Result<void> DomainRestorer::RemoveEverything() {
  const auto take = [this](std::span<const std::string> page) -> Result<void> {
    std::vector<Words> calls;
    for (const std::string& key : page) {
      const std::optional<KeyName> found = store::ParseKeyName(key);
      if (!found || found->domain != options_.as.value()) continue;
      if (!found->owner.empty()) {
        calls.push_back({"UNLINK", key});
      } else if (found->what != "lease" && found->what != "alive") {
        Add("unlink", key);
      }
    }
    if (!calls.empty()) {
      const Result<std::vector<RedisReply>> removed = redis_.CallAll(calls, kDoing);
      if (!removed.ok()) return removed.error();
    }
    return Send();
  };
  for (const std::string& pattern :
       {store::PatternOfDomain(options_.as), store::PatternOfOwners(options_.as)}) {
    if (Result<void> walked = redis_.Walk(pattern, take); !walked.ok()) return walked;
  }
  return {};
}

// --- writes under the fence ---------------------------------------------------------------------

void DomainRestorer::Add(const char* verb, std::string key, std::string first, std::string second) {
  write_bytes_ += key.size() + first.size() + second.size();
  write_keys_.push_back(std::move(key));
  write_arguments_.insert(write_arguments_.end(), {verb, std::move(first), std::move(second)});
}

Result<void> DomainRestorer::SendIfLarge() {
  const bool is_large = write_bytes_ >= kCallBytes || write_keys_.size() >= kCallWrites;
  return is_large ? Send() : Result<void>();
}

// Also with nothing to write: it renews the lease, and says whether it is still ours.
Result<void> DomainRestorer::Send() {
  Words call = {"FCALL", store::DomainFunctionsByName().restore,
                std::to_string(2 + write_keys_.size()), keys_.Lease(), keys_.Alive()};
  call.insert(call.end(), std::make_move_iterator(write_keys_.begin()),
              std::make_move_iterator(write_keys_.end()));
  call.insert(call.end(), {std::to_string(epoch_), options_.restorer_id, kLeaseMs});
  call.insert(call.end(), std::make_move_iterator(write_arguments_.begin()),
              std::make_move_iterator(write_arguments_.end()));
  write_keys_.clear();
  write_arguments_.clear();
  write_bytes_ = 0;
  const Result<RedisReply> written = redis_.Call(call, kDoing);
  return written.ok() ? Result<void>() : Result<void>(written.error());
}

// --- parts --------------------------------------------------------------------------------------

Result<void> DomainRestorer::Take(const CommitsPart& part) {
  for (const StoredEntry& entry : part.entries) {
    // A log that holds its first commit is tied to the name of its domain, so under another name
    // its hashes are others. One that was cut is tied to nothing.
    if (entry.seq == 1) hash_ = store::FirstHash(options_.as);
    if (hash_) {
      hash_ = store::NextHash(*hash_, entry.seq, entry.record);
    } else {
      const Result<store::CommitHash> stored = store::HashFromBytes(entry.hash);
      if (!stored.ok()) return stored.error();
      hash_ = *stored;
    }
    std::string value(store::ToBytes(*hash_));
    value += entry.record;
    Add("xadd", keys_.Log(), std::to_string(entry.seq) + "-0", std::move(value));
    if (entry.seq > domain_.begin.seq && entry.seq <= domain_.end.rows) AddClosings(entry);
    if (Result<void> sent = SendIfLarge(); !sent.ok()) return sent;
  }
  return Send();
}

// Contacts that closed while the backup was taken may not have been among its keys. Those behind
// the rows are written by the router that folds them.
void DomainRestorer::AddClosings(const StoredEntry& entry) {
  const Result<store::CommitBatch> batch =
      store::FromRecord<store::CommitBatch>(RecordKind::kCommit, entry.record);
  if (!batch.ok()) return;  // it was checked before
  const Instant now = io::WallClock().Now();
  for (const engine::Event& event : batch->events) {
    const auto* closed = std::get_if<engine::Closed>(&event.body);
    if (closed == nullptr) continue;
    const Duration left = event.at + options_.closed_contact_kept - now;
    if (left <= Duration{0}) continue;
    Add("setpx", keys_.Contact(closed->contact),
        store::ToRecord(RecordKind::kClosedContact, store::ClosedContact{event.at, *closed}),
        std::to_string(left.count()));
  }
}

Result<void> DomainRestorer::Take(const CheckpointPart& part) {
  if (!domain_.checkpoints.contains(part.seq)) return {};
  const bool is_rows = part.seq == domain_.end.rows;
  for (const std::string& record : part.records) {
    Add("rpush", keys_.Checkpoint(part.seq), record);
    if (is_rows) {
      if (Result<void> added = AddRow(record); !added.ok()) return added;
    }
    if (Result<void> sent = SendIfLarge(); !sent.ok()) return sent;
  }
  if (part.note) {
    Add("hset", keys_.Checkpoints(), std::to_string(part.seq),
        store::ToRecord(RecordKind::kCheckpoint, *part.note));
  }
  return Send();
}

Result<void> DomainRestorer::AddRow(const std::string& record) {
  const std::size_t index = rows_++;
  if (index < 2) {
    Add("set", index == 0 ? keys_.Domain() : keys_.Config(), record);
    return {};
  }
  const auto kind = static_cast<RecordKind>(store::ClaimedKind(record));
  if (kind == RecordKind::kQueue) {
    const auto row = store::FromRecord<engine::QueueRow>(kind, record);
    if (!row.ok()) return row.error();
    Add("hset", keys_.Queues(), row->id.value(), record);
  } else if (kind == RecordKind::kAgent) {
    const auto row = store::FromRecord<engine::AgentRow>(kind, record);
    if (!row.ok()) return row.error();
    Add("set", keys_.Agent(row->id), record);
    Add("sadd", keys_.Agents(), row->id.value());
  } else {
    const auto row = store::FromRecord<engine::ContactRow>(RecordKind::kContact, record);
    if (!row.ok()) return row.error();
    const store::ContactPlace place = store::PlaceOf(*row);
    Add("set", keys_.Contact(row->id), record);
    if (place.queue) {
      Add("zadd", keys_.Queue(place.queue), store::QueueMember(place.key, row->id));
    } else {
      Add("sadd", keys_.Away(), std::to_string(row->id.value()));
    }
  }
  return {};
}

Result<void> DomainRestorer::Take(const KeysPart& part) {
  if (Result<void> ours = Send(); !ours.ok()) return ours;
  return others_.Write(part, io::WallClock().Now());
}

Result<void> DomainRestorer::Complete() {
  if (Result<void> sent = Send(); !sent.ok()) return sent;
  const DomainEnd& end = domain_.end;
  const std::string hash(store::ToBytes(hash_.value_or(store::FirstHash(options_.as))));
  RedisReply reply;
  return CallLead(
      "restored",
      {std::to_string(end.seq), hash, std::to_string(end.rows), std::to_string(end.log_bytes)},
      reply);
}

void DomainRestorer::Abandon() {
  if (epoch_ == 0) return;
  write_keys_.clear();
  write_arguments_.clear();
  Add("unlink", keys_.Alive());
  Drop(Send(), "the lease ends by itself");
}

}  // namespace usher::backup
