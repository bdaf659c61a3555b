// SPDX-License-Identifier: Apache-2.0
#include "router/backup/domain_copier.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/io/clock.h"
#include "router/store/loader.h"
#include "router/store/record.h"

namespace usher::backup {

namespace {

using store::CheckpointNote;
using store::CommitSeq;
using store::KeyName;
using store::RecordKind;
using store::RedisReply;

constexpr const char* kLogPage = "200";
constexpr std::size_t kRowPage = 200;
// The leader makes a checkpoint with its next projection when there is none.
constexpr int kCheckpointTries = 50;
constexpr std::chrono::milliseconds kCheckpointPause{200};
// The clocks of routers and of this machine may differ by so much.
constexpr Duration kClockSlack = std::chrono::minutes{10};
// Of contacts that are read again; beyond it the conversations are as old as their first copy.
constexpr std::size_t kTouchedMax = 1'000'000;

// What the rows and the log of the domain make anew, or what only holds for a living router.
bool IsMadeAnew(const KeyName& name) {
  static const std::set<std::string_view> kMadeAnew = {
      "lease",  "alive",       "log", "config",    "domain",     "queues",  "away",
      "agents", "checkpoints", "fed", "customers", "open_cases", "promises"};
  return name.owner.empty() &&
         (kMadeAnew.contains(name.what) || name.what.starts_with("queue:") ||
          name.what.starts_with("agent:") || name.what.starts_with("checkpoint:"));
}

bool IsContact(const KeyName& name) {
  return name.owner.empty() && name.what.starts_with("contact:");
}

bool IsAddress(const KeyName& name) { return name.owner.starts_with("id/"); }

bool IsClosedContact(std::string_view record) {
  return store::ClaimedKind(record) == static_cast<std::uint8_t>(RecordKind::kClosedContact);
}

ContactId ContactIn(const engine::Event& event) {
  return std::visit(
      [](const auto& body) {
        if constexpr (requires { body.contact; }) {
          if constexpr (std::is_same_v<std::remove_cvref_t<decltype(body.contact)>, ContactId>) {
            return body.contact;
          }
        }
        return ContactId{};
      },
      event.body);
}

Error LogDamaged(const std::string& key, CommitSeq seq) {
  return {Code::kDataLoss, "LOG_DAMAGED",
          "commit " + std::to_string(seq) + " of " + key + " fails its check",
          "see `usher verify` for what is wrong; a backup of damaged data would not restore"};
}

}  // namespace

DomainCopier::DomainCopier(store::KeyWalk& redis, BackupWriter& file, const DomainId& domain)
    : redis_(redis),
      file_(file),
      domain_(domain),
      keys_(domain),
      copier_(redis, file, "usher:{" + domain.value()) {}

std::string DomainCopier::Text(const char* what) const {
  return std::string(what) + " of domain " + domain_.value();
}

Result<DomainEnd> DomainCopier::Copy() {
  began_ = io::WallClock().Now();
  Result<LogState> now = ReadLogState();
  if (!now.ok()) return now.error();
  began_seq_ = now->seq;
  if (Result<void> chosen = ChooseOldest(); !chosen.ok()) return chosen.error();
  const DomainBegin begin{domain_.value(), began_seq_};
  if (Result<void> begun = file_.Write(BlockKind::kDomainBegin, begin); !begun.ok()) {
    return begun.error();
  }
  for (auto step : {&DomainCopier::CopyKeysAtWork, &DomainCopier::CopyCheckpoints}) {
    if (Result<void> done = (this->*step)(); !done.ok()) return done.error();
  }
  now = ReadLogState();
  if (!now.ok()) return now.error();
  if (Result<void> followed = FollowLog(now->seq); !followed.ok()) return followed.error();
  if (now->seq > 0 && hash_ != now->hash) return LogDamaged(keys_.Log(), now->seq);
  const Instant at = io::WallClock().Now();
  if (Result<void> copied = CopyLateKeys(); !copied.ok()) return copied.error();

  DomainEnd end;
  end.epoch = now->epoch;
  end.seq = now->seq;
  end.hash = store::ToBytes(now->hash);
  if (rows_) end.rows = rows_->seq;
  if (rows_) end.log_bytes = rows_->log_bytes;
  end.oldest = oldest_;
  end.keys = copier_.copied();
  end.at = at;
  if (Result<void> ended = file_.Write(BlockKind::kDomainEnd, end); !ended.ok()) {
    return ended.error();
  }
  return end;
}

Result<DomainCopier::LogState> DomainCopier::ReadLogState() {
  Result<RedisReply> held = redis_.Call(
      {"HMGET", keys_.Lease(), "epoch", "seq", "hash", "restoring"}, Text("reading the lease"));
  if (!held.ok()) return held.error();
  if (held->At(0).IsNil()) {
    return Error{Code::kNotFound, "UNKNOWN_DOMAIN", "there is no domain " + domain_.value(),
                 "name one that has been led here, or all of them with --domain all"};
  }
  if (!held->At(3).IsNil()) {
    return Error{Code::kFailedPrecondition, "RESTORE_INCOMPLETE",
                 "domain " + domain_.value() + " is half restored", "run the restore again"};
  }
  LogState state;
  state.epoch = held->At(0).AsUnsigned().value_or(0);
  state.seq = held->At(1).AsUnsigned().value_or(0);
  const Result<store::CommitHash> hash = store::HashFromBytes(held->At(2).text());
  if (!hash.ok()) return LogDamaged(keys_.Lease(), state.seq);
  state.hash = *hash;
  return state;
}

// Those that are complete, oldest first.
Result<std::vector<CheckpointNote>> DomainCopier::ReadNotes() {
  Result<RedisReply> reply =
      redis_.Call({"HGETALL", keys_.Checkpoints()}, Text("reading the checkpoints"));
  if (!reply.ok()) return reply.error();
  std::vector<CheckpointNote> notes;
  for (std::size_t i = 1; i < reply->items().size(); i += 2) {
    const std::string_view record = reply->At(i).text();
    if (record.empty()) continue;  // being made
    const Result<CheckpointNote> note =
        store::FromRecord<CheckpointNote>(RecordKind::kCheckpoint, record);
    if (!note.ok()) return note.error();
    notes.push_back(*note);
  }
  std::ranges::sort(notes, {}, &CheckpointNote::seq);
  return notes;
}

// Where the log is followed from: what is before that cannot be explained either.
Result<void> DomainCopier::ChooseOldest() {
  if (began_seq_ == 0) return {};
  for (int tries = 0; tries < kCheckpointTries; ++tries) {
    if (tries > 0) std::this_thread::sleep_for(kCheckpointPause);
    Result<RedisReply> first =
        redis_.Call({"XRANGE", keys_.Log(), "-", "+", "COUNT", "1"}, Text("reading the log"));
    if (!first.ok()) return first.error();
    const Result<store::LogEntry> entry = store::ToLogEntry(first->At(0));
    if (!entry.ok()) return LogDamaged(keys_.Log(), 1);
    if (entry->seq == 1) return {};
    const Result<std::vector<CheckpointNote>> notes = ReadNotes();
    if (!notes.ok()) return notes.error();
    if (notes->empty() || notes->front().seq < entry->seq) continue;
    next_ = oldest_ = notes->front().seq;
    return {};
  }
  return Error{Code::kUnavailable, "NO_CHECKPOINT",
               "no complete state of domain " + domain_.value() + " is kept to begin from",
               "see that a router leads it: it makes one at once"};
}

// --- the log ------------------------------------------------------------------------------------

Result<void> DomainCopier::FollowLog(CommitSeq to) {
  while (next_ <= to) {
    Result<RedisReply> page =
        redis_.Call({"XRANGE", keys_.Log(), std::to_string(next_) + "-0", "+", "COUNT", kLogPage},
                    Text("reading the log"));
    if (!page.ok()) return page.error();
    if (page->items().empty()) return LogDamaged(keys_.Log(), next_);
    if (Result<void> taken = TakeEntries(*page, to); !taken.ok()) return taken;
  }
  return {};
}

// Between other things, so that the log is not cut before it was read.
Result<void> DomainCopier::KeepUp() {
  Result<RedisReply> seq = redis_.Call({"HGET", keys_.Lease(), "seq"}, Text("reading the log"));
  if (!seq.ok()) return seq.error();
  return FollowLog(seq->AsUnsigned().value_or(0));
}

Result<void> DomainCopier::TakeEntries(RedisReply& page, CommitSeq to) {
  CommitsPart part;
  for (const RedisReply& item : page.items()) {
    const Result<store::LogEntry> entry = store::ToLogEntry(item);
    if (!entry.ok()) return LogDamaged(keys_.Log(), next_);
    if (entry->seq > next_ && part.entries.empty()) {
      return Error{Code::kAborted, "BACKUP_OVERTAKEN",
                   "the log of domain " + domain_.value() + " was cut before it could be read",
                   "try again, nearer to Redis or in a quieter hour"};
    }
    if (entry->seq != next_) return LogDamaged(keys_.Log(), next_);
    if (entry->seq > to) break;
    // The first of a log that was cut vouches for those after it, and nothing for it.
    if (next_ == 1) hash_ = store::FirstHash(domain_);
    if (hash_ && store::NextHash(*hash_, next_, entry->record) != entry->hash) {
      return LogDamaged(keys_.Log(), next_);
    }
    hash_ = entry->hash;
    const Result<store::CommitBatch> batch =
        store::FromRecord<store::CommitBatch>(RecordKind::kCommit, entry->record);
    if (!batch.ok()) {
      return batch.error().reason == "RECORD_TOO_NEW" ? batch.error()
                                                      : LogDamaged(keys_.Log(), next_);
    }
    for (const engine::Event& event : batch->events) {
      const ContactId contact = ContactIn(event);
      if (next_ > began_seq_ && contact && touched_.size() < kTouchedMax) touched_.insert(contact);
    }
    part.entries.push_back(
        {next_, std::string(store::ToBytes(entry->hash)), std::string(entry->record)});
    ++next_;
  }
  if (part.entries.empty()) return {};
  return file_.Write(BlockKind::kCommits, part);
}

// --- everything else ----------------------------------------------------------------------------

Result<void> DomainCopier::CopyKeysAtWork() {
  if (Result<void> kept_up = KeepUp(); !kept_up.ok()) return kept_up;
  // Before the timelines: what they have more than this is known to them.
  const std::string fed[] = {keys_.prefix() + "fed"};
  if (Result<void> copied = copier_.Copy(fed); !copied.ok()) return copied;
  const auto take = [this](std::span<const std::string> page) -> Result<void> {
    std::vector<std::string> contacts;
    std::vector<std::string> others;
    for (const std::string& key : page) {
      const std::optional<KeyName> name = store::ParseKeyName(key);
      if (!name || name->domain != domain_.value()) continue;
      if (IsMadeAnew(*name) || IsAddress(*name)) continue;
      (IsContact(*name) ? contacts : others).push_back(key);
    }
    if (Result<void> copied = copier_.Copy(contacts, IsClosedContact); !copied.ok()) return copied;
    if (Result<void> copied = copier_.Copy(others); !copied.ok()) return copied;
    return KeepUp();
  };
  for (const std::string& pattern :
       {store::PatternOfDomain(domain_), store::PatternOfOwners(domain_)}) {
    if (Result<void> walked = redis_.Walk(pattern, take); !walked.ok()) return walked;
  }
  return copier_.Flush();
}

Result<void> DomainCopier::CopyCheckpoints() {
  const Result<std::vector<CheckpointNote>> notes = ReadNotes();
  if (!notes.ok()) return notes.error();
  for (const CheckpointNote& note : *notes) {
    if (note.seq < oldest_) continue;
    const Result<bool> copied = CopyCheckpoint(note);
    if (!copied.ok()) return copied.error();
    if (*copied) rows_ = note;
    if (Result<void> kept_up = KeepUp(); !kept_up.ok()) return kept_up;
  }
  if (rows_ || oldest_ == 1) return {};
  return Error{Code::kAborted, "BACKUP_OVERTAKEN",
               "every checkpoint of domain " + domain_.value() + " was dropped while it was read",
               "try again, nearer to Redis or in a quieter hour"};
}

// False when the leader dropped it meanwhile.
Result<bool> DomainCopier::CopyCheckpoint(const CheckpointNote& note) {
  CheckpointPart part;
  part.seq = note.seq;
  part.begins = true;
  const std::string key = keys_.Checkpoint(note.seq);
  std::size_t bytes = 0;
  for (std::uint64_t at = 0; at < note.rows; at += kRowPage) {
    const std::uint64_t last = std::min<std::uint64_t>(at + kRowPage, note.rows) - 1;
    Result<RedisReply> page = redis_.Call({"LRANGE", key, std::to_string(at), std::to_string(last)},
                                          Text("reading a checkpoint"));
    if (!page.ok()) return page.error();
    if (page->items().size() != last - at + 1) return false;
    for (RedisReply& record : page->items()) {
      bytes += record.text().size();
      part.records.push_back(record.TakeText());
    }
    if (bytes < kBlockBytesWanted) continue;
    if (Result<void> written = file_.Write(BlockKind::kCheckpoint, part); !written.ok()) {
      return written.error();
    }
    part.begins = false;
    part.records.clear();
    bytes = 0;
  }
  part.note = note;
  if (Result<void> written = file_.Write(BlockKind::kCheckpoint, part); !written.ok()) {
    return written.error();
  }
  return true;
}

Result<void> DomainCopier::CopyLateKeys() {
  const std::string prefix = "usher:{" + domain_.value() + '/';
  std::vector<std::string> late;
  for (const ContactId contact : touched_) {
    // What was said last is in the index of client ids before it could be missed in the messages.
    for (const char* what : {"said", "messages", "marks", "draft"}) {
      late.push_back(prefix + 'c' + std::to_string(contact.value()) + "}:" + what);
    }
  }
  const std::string customers = keys_.prefix() + "customers";
  Result<RedisReply> created = redis_.Call(
      {"ZRANGE", customers, std::to_string(ToUnixMs(began_ - kClockSlack)), "+inf", "BYSCORE"},
      Text("reading the customers"));
  if (!created.ok()) return created.error();
  for (const RedisReply& customer : created->items()) {
    for (const char* what : {"record", "audit"}) {
      late.push_back(prefix + std::string(customer.text()) + "}:" + what);
    }
  }
  late.push_back(customers);
  // What was promised meanwhile is in them; what is in them and was not copied is left out by who
  // reads it. The router that leads first after the restore looks at every open case.
  late.push_back(keys_.prefix() + "open_cases");
  late.push_back(keys_.prefix() + "promises");
  if (Result<void> copied = copier_.Copy(late); !copied.ok()) return copied;
  const auto take = [this](std::span<const std::string> page) -> Result<void> {
    std::vector<std::string> addresses;
    for (const std::string& key : page) {
      const std::optional<KeyName> name = store::ParseKeyName(key);
      if (name && name->domain == domain_.value() && IsAddress(*name)) addresses.push_back(key);
    }
    return copier_.Copy(addresses);
  };
  if (Result<void> walked = redis_.Walk(store::PatternOfOwners(domain_), take); !walked.ok()) {
    return walked;
  }
  return copier_.Flush();
}

}  // namespace usher::backup
