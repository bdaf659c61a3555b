// SPDX-License-Identifier: Apache-2.0
#include "router/store/loader.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/failpoint.h"
#include "base/io/log.h"
#include "router/store/epoch_file.h"
#include "router/store/record.h"
#include "router/store/reply_reader.h"

namespace usher::store {

namespace {

constexpr std::size_t kQueuePage = 5'000;
constexpr std::size_t kRowPage = 500;
constexpr std::size_t kPagesAhead = 4;
constexpr const char* kLogPage = "200";
// Replies matter for as long as clients retry, so a bound on what is read for them costs little.
constexpr std::size_t kReplyBytesMax = 64u << 20;

Error Damaged(std::string reason, std::string message) {
  return {Code::kDataLoss, std::move(reason), std::move(message),
          "restore the append-only file of Redis from a backup"};
}

}  // namespace

Result<LogEntry> ToLogEntry(const RedisReply& entry) {
  LogEntry result;
  const std::string_view id = entry.At(0).text();
  const auto [stop, error] = std::from_chars(id.data(), id.data() + id.size(), result.seq);
  const RedisReply& fields = entry.At(1);
  const bool shaped =
      error == std::errc{} && id.substr(static_cast<std::size_t>(stop - id.data())) == "-0" &&
      fields.items().size() == 4 && fields.At(0).text() == "h" && fields.At(2).text() == "c";
  const Result<CommitHash> hash = HashFromBytes(fields.At(1).text());
  if (!shaped || !hash) return RecordError(DecodeFault::kDamaged);
  result.hash = *hash;
  result.record = fields.At(3).text();
  return result;
}

Loader::Loader(DomainLink& link, const DomainStoreOptions& options, Takeover takeover,
               SeenBefore seen, Callback callback)
    : link_(link),
      options_(options),
      callback_(std::move(callback)),
      takeover_(takeover),
      seen_(seen) {}

RedisClient::ReplyCallback Loader::Then(const char* doing, Step step) {
  return [self = shared_from_this(), doing, step](Result<RedisReply> reply) {
    if (!self->callback_) return;
    if (!reply) return self->Fail(reply.error());
    if (reply->IsError()) return self->Fail(ToStoreError(*reply, doing));
    ((*self).*step)(*reply);
  };
}

void Loader::Ask(std::initializer_list<std::string_view> arguments, const char* doing, Step step) {
  link_.Call(arguments, Then(doing, step));
}

void Loader::Fail(Error error) {
  if (!callback_) return;
  const Callback callback = std::exchange(callback_, nullptr);
  callback(std::move(error));
}

void Loader::FailLog(const std::string& what) {
  Fail(Damaged("LOG_DAMAGED", "the log " + link_.keys.Log() + " is damaged: " + what));
}

// --- leadership ---------------------------------------------------------------------------------

void Loader::Start() {
  Reach(Failpoint::kLoadBegin);
  started_ = true;
  // Not as it was at connect: replicas come and go.
  Ask({"INFO", "replication"}, "looking for replicas", &Loader::OnReplication);
}

void Loader::OnReplication(const RedisReply& reply) {
  replicas_ = ParseServerFacts(reply.text()).replicas_in_step;
  link_.replicas_awaited = std::max(replicas_, options_.replicas);
  if (options_.durability == Durability::kReplicated && replicas_ < options_.replicas) {
    return Fail(
        {Code::kUnavailable, "REDIS_TOO_FEW_REPLICAS",
         "Redis at " + ToText(link_.client.address()) + " has " + std::to_string(replicas_) +
             " replicas in step, and durability replicated:" + std::to_string(options_.replicas) +
             " needs " + std::to_string(options_.replicas),
         "attach replicas (replicaof), or choose another durability"});
  }
  // A user without CONFIG cannot see it; then the operator's word stands.
  link_.Call({"CONFIG", "GET", "appendfsync"},
             [self = shared_from_this()](Result<RedisReply> fsync) {
               if (!self->callback_) return;
               if (!fsync) return self->Fail(fsync.error());
               self->OnFsyncMode(*fsync);
             });
}

void Loader::OnFsyncMode(const RedisReply& reply) {
  const std::string_view mode = reply.At(1).text();
  fsync_unknown_ = mode.empty();
  if (mode == "no" ||
      (!mode.empty() && options_.durability == Durability::kAlways && mode != "always")) {
    return Fail({Code::kFailedPrecondition, "REDIS_FSYNC",
                 "Redis runs with appendfsync " + std::string(mode) +
                     ", which does not keep the promised durability",
                 options_.durability == Durability::kAlways
                     ? "run CONFIG SET appendfsync always there, or choose durability everysec"
                     : "run CONFIG SET appendfsync everysec there"});
  }
  const std::string ms = std::to_string(options_.lease.count());
  std::uint64_t highest = seen_.epoch;
  if (!options_.epoch_folder.empty()) {
    const Result<std::uint64_t> kept = EpochFile(options_.epoch_folder, options_.domain).Read();
    if (!kept) return Fail(kept.error());
    highest = std::max(highest, *kept);
  }
  const std::string floor = std::to_string(highest);
  const CommitHash first = FirstHash(options_.domain);
  const std::string lease = link_.keys.Lease();
  const std::string alive = link_.keys.Alive();
  Ask({"FCALL", link_.functions.lead, "2", lease, alive,
       takeover_ == Takeover::kForce ? "force" : "take", "", link_.router_id, ms, floor,
       ToBytes(first), seen_.domain ? "seen" : ""},
      "taking the leadership", &Loader::OnLeading);
}

void Loader::OnLeading(const RedisReply& reply) {
  Reach(Failpoint::kLoadLead);
  const auto epoch = reply.At(0).AsUnsigned();
  const auto seq = reply.At(1).AsUnsigned();
  const auto projected = reply.At(3).AsUnsigned();
  const Result<CommitHash> hash = HashFromBytes(reply.At(2).text());
  if (!epoch || !seq || !hash || !projected || *projected > *seq) {
    return Fail(Damaged("LEASE_DAMAGED", link_.keys.Lease() + " does not hold what it should"));
  }
  link_.epoch = std::to_string(*epoch);
  loaded_.state.epoch = *epoch;
  loaded_.state.last_seq = *seq;
  loaded_.state.watermark = *projected;
  loaded_.projected.watermark = *projected;
  loaded_.log_bytes = reply.At(4).AsUnsigned().value_or(0);
  end_hash_ = *hash;
  // An epoch that a failover could take back must not be used: the number would be given twice.
  const bool replicated = options_.durability == Durability::kReplicated;
  if (!replicated && replicas_ == 0) return ReadRows();
  const std::string count = std::to_string(replicated ? link_.replicas_awaited : 1);
  const std::string ms = std::to_string(options_.replica_wait.count());
  Ask({"WAIT", count, ms}, "waiting for replicas", &Loader::OnEpochReplicated);
}

void Loader::OnEpochReplicated(const RedisReply& reply) {
  const std::uint32_t wanted =
      options_.durability == Durability::kReplicated ? link_.replicas_awaited : 1;
  if (reply.integer() < std::int64_t{wanted}) {
    return Fail({Code::kUnavailable, "EPOCH_NOT_REPLICATED",
                 "no replica confirmed the new epoch in time", "look at the replicas of Redis"});
  }
  ReadRows();
}

// --- rows ---------------------------------------------------------------------------------------

// Before the epoch is used for anything. A sync of a small file, once a leadership.
bool Loader::KeepEpoch() {
  if (options_.epoch_folder.empty()) return true;
  const EpochFile file(options_.epoch_folder, options_.domain);
  const Result<void> kept = file.Raise(loaded_.state.epoch);
  if (!kept) Fail(kept.error());
  return kept.ok();
}

// Told by the one who leads, not by all who would like to.
void Loader::WarnOfUnknownFsync() const {
  io::Log(io::LogLevel::kWarning, "redis_fsync_unknown",
          {{"domain", options_.domain.value()},
           {"message",
            "the user may not read the setting appendfsync: whether Redis writes to "
            "disk before it answers cannot be checked"},
           {"next_step", options_.durability == Durability::kAlways
                             ? "see that redis.conf says appendfsync always"
                             : "see that redis.conf does not say appendfsync no"}});
}

void Loader::ReadRows() {
  if (!KeepEpoch()) return;
  if (fsync_unknown_) WarnOfUnknownFsync();
  Reach(Failpoint::kLoadRows);
  const std::string config = link_.keys.Config();
  const std::string domain = link_.keys.Domain();
  Ask({"MGET", config, domain}, "reading the domain", &Loader::OnDomainRecords);
}

void Loader::OnDomainRecords(const RedisReply& reply) {
  const RedisReply& config_record = reply.At(0);
  const RedisReply& counters_record = reply.At(1);
  if (counters_record.IsNil() && config_record.IsNil()) {
    if (loaded_.state.watermark > 0) {
      return Fail(Damaged("DOMAIN_RECORD_DAMAGED", link_.keys.Domain() + " is missing"));
    }
  } else {
    Result<StoredConfig> config =
        FromRecord<StoredConfig>(RecordKind::kConfig, config_record.text());
    const Result<StoredCounters> counters =
        FromRecord<StoredCounters>(RecordKind::kCounters, counters_record.text());
    if (!config || !counters || config->version != counters->version) {
      const Error cause = !config     ? config.error()
                          : !counters ? counters.error()
                                      : RecordError(DecodeFault::kDamaged);
      if (cause.reason == "RECORD_TOO_NEW") return Fail(cause);
      return Fail(Damaged("DOMAIN_RECORD_DAMAGED",
                          link_.keys.Config() + " or " + link_.keys.Domain() + " is damaged"));
    }
    loaded_.state.empty = false;
    for (const engine::Queue& queue : config->domain.queues) queue_ids_.push_back(queue.id);
    loaded_.projected.config_version = config->version;
    loaded_.state.domain = ToDomainRow(std::move(*config), *counters);
  }
  const std::string queues = link_.keys.Queues();
  Ask({"HGETALL", queues}, "reading the queues", &Loader::OnQueueRecords);
}

void Loader::OnQueueRecords(const RedisReply& reply) {
  for (std::size_t i = 0; i + 1 < reply.items().size(); i += 2) {
    const std::string id(reply.At(i).text());
    Result<engine::QueueRow> row =
        FromRecord<engine::QueueRow>(RecordKind::kQueue, reply.At(i + 1).text());
    queue_ids_.push_back(QueueId{id});
    if (row && row->id.value() == id) {
      loaded_.projected.rows.queues.insert(row->id);
      loaded_.state.queues.push_back(std::move(*row));
    } else {
      Park(link_.keys.Queues(), id, row ? RecordError(DecodeFault::kDamaged) : row.error());
    }
  }
  std::ranges::sort(queue_ids_);
  const auto repeated = std::ranges::unique(queue_ids_);
  queue_ids_.erase(repeated.begin(), repeated.end());
  ReadQueuePage();
}

void Loader::ReadQueuePage() {
  if (queue_index_ == queue_ids_.size()) {
    const std::string away = link_.keys.Away();
    return Ask({"SMEMBERS", away}, "reading the contacts away", &Loader::OnAway);
  }
  const std::string queue = link_.keys.Queue(queue_ids_[queue_index_]);
  const std::string first = std::to_string(queue_offset_);
  const std::string last = std::to_string(queue_offset_ + kQueuePage - 1);
  Ask({"ZRANGE", queue, first, last}, "reading a queue", &Loader::OnQueuePage);
}

void Loader::OnQueuePage(const RedisReply& reply) {
  const std::string queue = link_.keys.Queue(queue_ids_[queue_index_]);
  for (const RedisReply& member : reply.items()) {
    const std::optional<ContactId> contact = ContactOfMember(member.text());
    const Listed listed{contact.value_or(ContactId{}), queue, std::string(member.text())};
    contact ? listed_.push_back(listed) : AddStray(listed);
  }
  queue_offset_ += kQueuePage;
  if (reply.items().size() < kQueuePage) {
    ++queue_index_;
    queue_offset_ = 0;
  }
  ReadQueuePage();
}

void Loader::OnAway(const RedisReply& reply) {
  for (const RedisReply& member : reply.items()) {
    const std::optional<std::uint64_t> id = member.AsUnsigned();
    const Listed listed{ContactId{id.value_or(0)}, "", std::string(member.text())};
    id ? listed_.push_back(listed) : AddStray(listed);
  }
  // By id, so that what is handed on does not hang on the order in which Redis keeps a set. A
  // contact that is listed twice keeps the place that its row names.
  std::ranges::sort(listed_);
  const std::string agents = link_.keys.Agents();
  Ask({"SMEMBERS", agents}, "reading the agents", &Loader::OnAgentIds);
}

void Loader::OnAgentIds(const RedisReply& reply) {
  for (const RedisReply& id : reply.items()) agent_ids_.emplace_back(id.text());
  std::ranges::sort(agent_ids_);
  ReadAgentPage();
}

void Loader::ReadAgentPage() {
  const std::size_t end = std::min(agent_index_ + kRowPage, agent_ids_.size());
  if (agent_index_ == end) return ReadContactPages();
  std::vector<std::string> keys{"MGET"};
  for (std::size_t i = agent_index_; i < end; ++i) {
    keys.push_back(link_.keys.Agent(AgentId{agent_ids_[i]}));
  }
  const std::vector<std::string_view> arguments(keys.begin(), keys.end());
  link_.Call(arguments, Then("reading agents", &Loader::OnAgentPage));
}

void Loader::OnAgentPage(const RedisReply& reply) {
  for (const RedisReply& record : reply.items()) {
    const std::string& id = agent_ids_[agent_index_++];
    Result<engine::AgentRow> row = FromRecord<engine::AgentRow>(RecordKind::kAgent, record.text());
    if (row && row->id.value() == id) {
      loaded_.projected.rows.agents.insert(row->id);
      loaded_.state.agents.push_back(std::move(*row));
      continue;
    }
    loaded_.projected.strays.push_back({false, link_.keys.Agents(), id});
    Park(link_.keys.Agent(AgentId{id}), "", row ? RecordError(DecodeFault::kDamaged) : row.error());
  }
  ReadAgentPage();
}

// Redis looks up the next pages while one is decoded here.
void Loader::ReadContactPages() {
  while (asked_index_ < listed_.size() && asked_index_ < listed_index_ + kPagesAhead * kRowPage) {
    const std::size_t end = std::min(asked_index_ + kRowPage, listed_.size());
    std::vector<std::string> keys{"MGET"};
    for (; asked_index_ < end; ++asked_index_) {
      keys.push_back(link_.keys.Contact(listed_[asked_index_].contact));
    }
    const std::vector<std::string_view> arguments(keys.begin(), keys.end());
    link_.Call(arguments, Then("reading contacts", &Loader::OnContactPage));
  }
  if (listed_index_ < listed_.size()) return;
  listed_.clear();
  for (const ContactId contact : misplaced_) {
    if (!loaded_.projected.rows.contacts.contains(contact.value())) ParkMisplaced(contact);
  }
  if (loaded_.state.watermark == 0) {
    hash_ = FirstHash(options_.domain);
    return ReadLogPage();
  }
  const std::string log = link_.keys.Log();
  const std::string id = std::to_string(loaded_.state.watermark) + "-0";
  Ask({"XRANGE", log, id, id}, "reading the log", &Loader::OnWatermarkEntry);
}

void Loader::OnContactPage(const RedisReply& reply) {
  for (const RedisReply& record : reply.items()) TakeContact(listed_[listed_index_++], record);
  ReadContactPages();
}

void Loader::TakeContact(const Listed& listed, const RedisReply& record) {
  const std::string key = link_.keys.Contact(listed.contact);
  Result<engine::ContactRow> row =
      FromRecord<engine::ContactRow>(RecordKind::kContact, record.text());
  if (!row && FromRecord<ClosedContact>(RecordKind::kClosedContact, record.text())) {
    return AddStray(listed);  // closed, and forgotten in an index
  }
  if (!row || row->id != listed.contact) {
    AddStray(listed);
    return Park(key, "", row ? RecordError(DecodeFault::kDamaged) : row.error());
  }
  const ContactPlace place = PlaceOf(*row);
  const std::string queue_key = place.queue ? link_.keys.Queue(place.queue) : "";
  const bool listed_there =
      listed.queue_key == queue_key &&
      (queue_key.empty() || listed.member == QueueMember(place.key, listed.contact));
  // The row is the truth; a member elsewhere is only an entry of an index.
  if (!listed_there) {
    misplaced_.insert(listed.contact);
    return AddStray(listed);
  }
  loaded_.projected.rows.contacts.insert_or_assign(listed.contact.value(), place);
  loaded_.state.contacts.push_back(std::move(*row));
}

// Its own place has lost it: an index that is damaged makes its row as doubtful as itself.
void Loader::ParkMisplaced(ContactId contact) {
  Park(link_.keys.Contact(contact), "",
       {Code::kDataLoss, "ROW_MISPLACED", "the contact does not stand where its record says",
        "run usher verify"});
}

void Loader::AddStray(const Listed& listed) {
  loaded_.projected.strays.push_back(
      {!listed.queue_key.empty(), listed.queue_key.empty() ? link_.keys.Away() : listed.queue_key,
       listed.member});
}

void Loader::Park(const std::string& key, const std::string& field, const Error& why) {
  if (why.reason == "RECORD_TOO_NEW") return Fail(why);
  const std::string name = field.empty() ? key : key + "/" + field;
  io::LogError(io::LogLevel::kError, "row_parked", why, {{"key", name}});
  loaded_.state.parked.push_back(name);
  std::string& out = link_.BeginCall(link_.functions.park, 3, field.empty() ? 2 : 3);
  AppendArgument(link_.keys.Lease(), out);
  AppendArgument(key, out);
  AppendArgument(link_.keys.Parked(), out);
  link_.AppendFence(out);
  if (!field.empty()) AppendArgument(field, out);
  link_.Send([self = shared_from_this()](Result<RedisReply> reply) {
    if (!reply) return self->Fail(reply.error());
    if (reply->IsError()) self->Fail(ToStoreError(*reply, "parking a damaged row"));
  });
}

// --- the log ------------------------------------------------------------------------------------

void Loader::OnWatermarkEntry(const RedisReply& reply) {
  const Result<LogEntry> entry = ToLogEntry(reply.At(0));
  if (!entry) return FailLog("commit " + std::to_string(loaded_.state.watermark) + " is missing");
  hash_ = entry->hash;
  ReadLogPage();
}

void Loader::ReadLogPage() {
  const CommitSeq next = loaded_.state.watermark + loaded_.state.commits.size() + 1;
  const std::string log = link_.keys.Log();
  if (next > loaded_.state.last_seq) {
    if (hash_ != end_hash_) return FailLog("its last hash is not the one that was committed");
    loaded_.last_hash = hash_;
    return Ask({"XRANGE", log, "-", "+", "COUNT", "1"}, "reading the log", &Loader::OnOldestEntry);
  }
  const std::string from = std::to_string(next) + "-0";
  Ask({"XRANGE", log, from, "+", "COUNT", kLogPage}, "reading the log", &Loader::OnLogPage);
}

void Loader::OnLogPage(const RedisReply& reply) {
  Reach(Failpoint::kLoadLog);
  if (reply.items().empty()) {
    return FailLog("it ends before commit " + std::to_string(loaded_.state.last_seq));
  }
  for (const RedisReply& entry : reply.items()) {
    if (!TakeLogEntry(entry)) return;
  }
  ReadLogPage();
}

bool Loader::TakeLogEntry(const RedisReply& entry) {
  const CommitSeq next = loaded_.state.watermark + loaded_.state.commits.size() + 1;
  const std::string name = "commit " + std::to_string(next);
  const Result<LogEntry> taken = ToLogEntry(entry);
  if (!taken || taken->seq != next) {
    FailLog(name + " is missing");
    return false;
  }
  hash_ = NextHash(hash_, next, taken->record);
  Result<CommitBatch> batch = FromRecord<CommitBatch>(RecordKind::kCommit, taken->record);
  if (!batch && batch.error().reason == "RECORD_TOO_NEW") {
    Fail(batch.error());
    return false;
  }
  if (!batch || hash_ != taken->hash) {
    FailLog(name + " fails its check");
    return false;
  }
  loaded_.state.commits.push_back({next, std::move(*batch)});
  loaded_.log_bytes += taken->record.size();
  return true;
}

void Loader::OnOldestEntry(const RedisReply& reply) {
  const Result<LogEntry> oldest = ToLogEntry(reply.At(0));
  loaded_.projected.oldest = oldest ? oldest->seq : 1;
  loaded_.projected.at = loaded_.state.domain.now;
  if (oldest) {
    const Result<CommitBatch> batch = FromRecord<CommitBatch>(RecordKind::kCommit, oldest->record);
    if (batch && !batch->events.empty()) loaded_.projected.oldest_at = batch->events.front().at;
  }
  const std::string checkpoints = link_.keys.Checkpoints();
  Ask({"HGETALL", checkpoints}, "reading the checkpoints", &Loader::OnCheckpoints);
}

// One without a note was never finished; one with a damaged note is of no use either.
void Loader::OnCheckpoints(const RedisReply& reply) {
  std::vector<CommitSeq> unfinished;
  for (std::size_t i = 0; i + 1 < reply.items().size(); i += 2) {
    const Result<CheckpointNote> note =
        FromRecord<CheckpointNote>(RecordKind::kCheckpoint, reply.At(i + 1).text());
    if (note && std::to_string(note->seq) == reply.At(i).text()) {
      loaded_.projected.checkpoints.push_back(*note);
    } else if (const auto seq = reply.At(i).AsUnsigned()) {
      unfinished.push_back(*seq);
    }
  }
  std::ranges::sort(loaded_.projected.checkpoints, {}, &CheckpointNote::seq);
  if (!unfinished.empty()) {
    link_.Trim(0, DomainLink::TrimTo::kWholeNodes, unfinished,
               [self = shared_from_this()](Result<RedisReply> dropped) {
                 if (!dropped) return self->Fail(dropped.error());
                 if (dropped->IsError())
                   self->Fail(ToStoreError(*dropped, "dropping half a checkpoint"));
               });
  }
  reply_from_ = loaded_.state.watermark;
  const std::string parked = link_.keys.Parked();
  Ask({"HKEYS", parked}, "reading what is parked", &Loader::OnParked);
}

void Loader::OnParked(const RedisReply& reply) {
  loaded_.state.parked_in_all = reply.items().size();
  ReadReplyPage();
}

void Loader::ReadReplyPage() {
  if (reply_from_ == 0 || reply_commits_ >= options_.reply_commits_scanned ||
      reply_bytes_ >= kReplyBytesMax) {
    return Finish();
  }
  const std::string log = link_.keys.Log();
  const std::string from = std::to_string(reply_from_) + "-0";
  Ask({"XREVRANGE", log, from, "-", "COUNT", kLogPage}, "reading replies", &Loader::OnReplyPage);
}

void Loader::OnReplyPage(const RedisReply& reply) {
  if (reply.items().empty()) return Finish();
  for (const RedisReply& item : reply.items()) {
    if (reply_commits_ == options_.reply_commits_scanned) break;
    ++reply_commits_;
    const Result<LogEntry> entry = ToLogEntry(item);
    Result<std::vector<ReplyRecord>> replies =
        entry ? RepliesOfRecord(entry->record) : Result<std::vector<ReplyRecord>>(entry.error());
    if (replies) {
      reply_bytes_ += entry->record.size();
      if (!replies->empty()) replies_.push_back(std::move(*replies));
    } else {
      // Behind the watermark nothing hangs on it but the answer to a very late retry.
      io::LogError(io::LogLevel::kError, "old_commit_damaged", replies.error(),
                   {{"log", link_.keys.Log()}, {"entry", item.At(0).text()}});
    }
    reply_from_ = entry ? entry->seq - 1 : reply_from_ - 1;
  }
  ReadReplyPage();
}

void Loader::Finish() {
  Reach(Failpoint::kLoadDone);
  for (auto commit = replies_.rbegin(); commit != replies_.rend(); ++commit) {
    std::move(commit->begin(), commit->end(), std::back_inserter(loaded_.state.replies));
  }
  if (!callback_) return;
  const Callback callback = std::exchange(callback_, nullptr);
  callback(std::move(loaded_));
}

}  // namespace usher::store
