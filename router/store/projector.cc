// SPDX-License-Identifier: Apache-2.0
#include "router/store/projector.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/failpoint.h"
#include "base/io/log.h"
#include "router/store/record.h"
#include "router/store/reply_reader.h"

namespace usher::store {

// The writes of one projection, straight in the wire form: keys and arguments stand apart there.
class Projector::Writes {
 public:
  void Add(std::string_view verb, std::string_view key, std::string_view first = {},
           std::string_view second = {}) {
    AppendArgument(key, keys_);
    AppendArgument(verb, arguments_);
    AppendArgument(first, arguments_);
    AppendArgument(second, arguments_);
    ++count_;
  }

  std::string ToCall(const DomainLink& link, CommitSeq from, const LogEnd& to) const {
    std::string call;
    call.reserve(keys_.size() + arguments_.size() + 256);
    DomainLink::AppendCall(link.functions.project, 1 + count_, 5 + 3 * count_, call);
    AppendArgument(link.keys.Lease(), call);
    call += keys_;
    link.AppendFence(call);
    AppendArgument(std::to_string(from), call);
    AppendArgument(std::to_string(to.seq), call);
    AppendArgument(std::to_string(to.bytes), call);
    call += arguments_;
    return call;
  }

 private:
  std::string keys_;
  std::string arguments_;
  std::size_t count_ = 0;
};

namespace {

Error CutInterrupted() {
  return {Code::kUnavailable, "CUT_INTERRUPTED", "Redis was lost while the log was cut",
          "try again"};
}

}  // namespace

Projector::Projector(DomainLink& link, const LogWriter& log, const DomainStoreOptions& options,
                     std::function<void(Error)> on_failed)
    : link_(link),
      log_(log),
      options_(options),
      on_failed_(std::move(on_failed)),
      book_(options.history),
      checkpointer_(link) {}

void Projector::Begin(ProjectedState state) {
  ++generation_;
  watermark_ = state.watermark;
  config_version_ = state.config_version;
  checkpointer_.Begin();
  rows_ = std::move(state.rows);
  strays_ = std::move(state.strays);
  closing_.clear();
  projected_at_ = state.at;
  book_.Begin(std::move(state.checkpoints), state.oldest,
              {log_.committed_seq(), log_.committed_bytes()}, state.oldest_at);
  gathered_.reset();
  sending_.reset();
  loading_functions_ = false;
  loaded_functions_ = false;
  trimming_ = false;
}

void Projector::NoteCommit(CommitSeq seq, const std::vector<engine::Event>& events) {
  for (const engine::Event& event : events) {
    const auto* closed = std::get_if<engine::Closed>(&event.body);
    if (closed == nullptr) continue;
    closing_.push_back({seq, closed->contact,
                        ToRecord(RecordKind::kClosedContact, ClosedContact{event.at, *closed})});
  }
}

const std::string* Projector::FindClosing(ContactId contact) const {
  const auto found = std::find_if(closing_.begin(), closing_.end(), [&](const Closing& closing) {
    return closing.contact == contact;
  });
  return found == closing_.end() ? nullptr : &found->record;
}

void Projector::Project(const RowChanges& changes, CommitSeq seq,
                        DomainStore::DoneCallback callback) {
  if (!gathered_) gathered_ = std::make_unique<Gathered>();
  Gather(changes, seq);
  gathered_->callbacks.push_back(std::move(callback));
  Pump();
}

void Projector::Gather(const RowChanges& changes, CommitSeq seq) {
  Gathered& into = *gathered_;
  USHER_CHECK(seq >= into.seq && seq >= watermark_, "projections go forward");
  into.seq = seq;
  if (changes.domain != nullptr) {
    into.at = changes.domain->now;
    into.counters = ToRecord(RecordKind::kCounters, CountersOf(*changes.domain));
    if (changes.domain->version != config_version_) {
      into.config = ToRecord(RecordKind::kConfig,
                             StoredConfig{changes.domain->version, changes.domain->domain});
      config_version_ = changes.domain->version;
    }
  }
  for (const engine::QueueRow& row : changes.queues) {
    into.queues[row.id] = ToRecord(RecordKind::kQueue, row);
  }
  for (const engine::AgentRow& row : changes.agents) {
    into.agents[row.id] = ToRecord(RecordKind::kAgent, row);
  }
  for (const engine::ContactRow& row : changes.contacts) {
    into.contacts[row.id] = {ToRecord(RecordKind::kContact, row), PlaceOf(row)};
  }
  for (const QueueId& queue : changes.removed_queues) into.queues[queue].clear();
  for (const AgentId& agent : changes.removed_agents) into.agents[agent].clear();
  for (const ContactId contact : changes.closed_contacts) into.contacts[contact] = {};
}

void Projector::Pump() {
  if (loading_functions_ || checkpointer_.busy() || !link_.client.IsConnected()) return;
  if (!sending_ && gathered_ && gathered_->seq <= log_.committed_seq()) Compose();
  if (!sending_ || sending_->sent) return;
  link_.client.Unsent() += sending_->call;
  sending_->sent = true;
  Reach(Failpoint::kProjectSend);
  link_.Send([this, generation = generation_](Result<RedisReply> reply) {
    if (reply && generation == generation_) OnProjected(*reply);
  });
}

void Projector::Compose() {
  Writes writes;
  // Before the rows: one that was made anew may stand again where it strayed.
  for (const StrayMember& stray : std::exchange(strays_, {})) {
    writes.Add(stray.in_queue ? "zrem" : "srem", stray.key, stray.member);
  }
  ComposeRows(writes);
  ComposeAgents(writes);
  ComposeClosed(writes);
  ComposeContacts(writes);
  sending_ = std::make_unique<Sending>();
  sending_->seq = gathered_->seq;
  sending_->at = gathered_->at;
  sending_->call = writes.ToCall(link_, watermark_, {gathered_->seq, log_.committed_bytes()});
  sending_->callbacks = std::move(gathered_->callbacks);
  gathered_.reset();
}

void Projector::ComposeRows(Writes& writes) {
  if (!gathered_->config.empty()) writes.Add("set", link_.keys.Config(), gathered_->config);
  if (!gathered_->counters.empty()) writes.Add("set", link_.keys.Domain(), gathered_->counters);
  for (const auto& [queue, record] : gathered_->queues) {
    if (record.empty()) {
      rows_.queues.erase(queue);
      writes.Add("hdel", link_.keys.Queues(), queue.value());
    } else {
      rows_.queues.insert(queue);
      writes.Add("hset", link_.keys.Queues(), queue.value(), record);
    }
  }
}

void Projector::ComposeAgents(Writes& writes) {
  for (const auto& [agent, record] : gathered_->agents) {
    if (!record.empty()) {
      writes.Add("set", link_.keys.Agent(agent), record);
      if (rows_.agents.insert(agent).second) writes.Add("sadd", link_.keys.Agents(), agent.value());
    } else if (rows_.agents.erase(agent) > 0) {
      writes.Add("del", link_.keys.Agent(agent));
      writes.Add("srem", link_.keys.Agents(), agent.value());
    }
  }
}

void Projector::ComposeContacts(Writes& writes) {
  for (const auto& [contact, state] : gathered_->contacts) {
    if (state.record.empty()) {
      Move(contact, nullptr, writes);
      writes.Add("del", link_.keys.Contact(contact));
    } else {
      Move(contact, &state.place, writes);
      writes.Add("set", link_.keys.Contact(contact), state.record);
    }
  }
}

void Projector::ComposeClosed(Writes& writes) {
  const std::string kept_ms = std::to_string(options_.closed_contact_kept.count());
  while (!closing_.empty() && closing_.front().seq <= gathered_->seq) {
    const Closing& closing = closing_.front();
    Move(closing.contact, nullptr, writes);
    gathered_->contacts.erase(closing.contact);
    writes.Add("setpx", link_.keys.Contact(closing.contact), closing.record, kept_ms);
    closing_.pop_front();
  }
}

void Projector::Move(ContactId contact, const ContactPlace* to, Writes& writes) {
  const std::string id = std::to_string(contact.value());
  const auto from = rows_.contacts.find(contact.value());
  if (from != rows_.contacts.end()) {
    if (to != nullptr && from->second == *to) return;
    if (from->second.queue) {
      writes.Add("zrem", link_.keys.Queue(from->second.queue),
                 QueueMember(from->second.key, contact));
    } else {
      writes.Add("srem", link_.keys.Away(), id);
    }
    if (to == nullptr) rows_.contacts.erase(from);
  }
  if (to == nullptr) return;
  rows_.contacts.insert_or_assign(contact.value(), *to);
  if (to->queue) {
    writes.Add("zadd", link_.keys.Queue(to->queue), QueueMember(to->key, contact));
  } else {
    writes.Add("sadd", link_.keys.Away(), id);
  }
}

void Projector::OnProjected(const RedisReply& reply) {
  Reach(Failpoint::kProjectReplied);
  if (IsFunctionMissing(reply) && !loaded_functions_) {
    loading_functions_ = true;
    loaded_functions_ = true;
    sending_->sent = false;
    return link_.LoadFunctions([this, generation = generation_](Result<void> loaded) {
      if (generation != generation_) return;
      loading_functions_ = false;
      if (!loaded) return on_failed_(loaded.error());
      Pump();
    });
  }
  if (reply.IsError()) return on_failed_(ToStoreError(reply, "a projection"));
  loaded_functions_ = false;
  watermark_ = sending_->seq;
  if (sending_->at != Instant{}) projected_at_ = sending_->at;
  const std::vector<DomainStore::DoneCallback> done = std::move(sending_->callbacks);
  sending_.reset();
  if (!GoOnCutting()) {
    Trim();
    MakeCheckpointIfDue();
  }
  Pump();
  const std::uint64_t generation = generation_;
  for (const DomainStore::DoneCallback& callback : done) {
    if (callback) callback({});
    if (generation != generation_) return;
  }
}

// Commits that are not in the rows yet are counted by their bytes, not by their number.
LogEnd Projector::ProjectedEnd() const {
  return {watermark_, log_.committed_bytes(), projected_at_};
}

void Projector::Trim() {
  if (trimming_ || !link_.client.IsConnected()) return;
  const CheckpointBook::Cut cut = book_.FindCut(ProjectedEnd());
  if (cut.start.seq == 0) return;
  trimming_ = true;
  Reach(Failpoint::kTrimSend);
  const auto trimmed = [this, generation = generation_, cut](Result<RedisReply> reply) {
    if (generation != generation_) return;
    trimming_ = false;
    if (!reply) return;
    if (!reply->IsError()) return book_.Apply(cut);
    // Not fatal: the log is only longer than it need be, and the next projection tries again.
    io::LogError(io::LogLevel::kWarning, "log_not_trimmed", ToStoreError(*reply, "a trim"),
                 {{"keys", link_.keys.prefix()}});
  };
  link_.Trim(cut.start.seq, DomainLink::TrimTo::kWholeNodes, cut.dropped, trimmed);
}

void Projector::CutHistory(HistoryCut cut) {
  cuts_.push_back(std::move(cut));
  GoOnCutting();
}

// Rows that are being written, or copied, come first: then this is called again.
bool Projector::GoOnCutting() {
  if (cuts_.empty() || checkpointer_.busy() || sending_ || !link_.client.IsConnected()) {
    return !cuts_.empty();
  }
  const LogEnd end = ProjectedEnd();
  if (!strays_.empty() || end.seq == 0) {
    FailCuts({Code::kUnavailable, "ROWS_NOT_WRITTEN", "the domain's rows are being mended",
              "try again in a second"});
    return false;
  }
  if (book_.last() < end.seq) {
    MakeCheckpoint(end);
    return true;
  }
  for (HistoryCut& cut : std::exchange(cuts_, {})) {
    cut.ready(end.seq, [this, seq = end.seq, generation = generation_,
                        done = std::move(cut.done)](const Result<void>& go) {
      if (!go.ok()) return done(go.error());
      if (generation != generation_) return done(CutInterrupted());
      DropBefore(seq, done);
    });
  }
  return false;
}

void Projector::DropBefore(CommitSeq seq, const std::function<void(Result<CommitSeq>)>& done) {
  const CheckpointBook::Cut cut = book_.CutBefore(seq);
  Reach(Failpoint::kTrimSend);
  link_.Trim(cut.start.seq, DomainLink::TrimTo::kExactly, cut.dropped,
             [this, generation = generation_, cut, done](Result<RedisReply> reply) {
               if (!reply) return done(reply.error());
               if (generation != generation_) return done(CutInterrupted());
               if (reply->IsError()) return done(ToStoreError(*reply, "a cut of the log"));
               book_.Apply(cut);
               done(cut.start.seq);
             });
}

void Projector::FailCuts(const Error& error) {
  for (const HistoryCut& cut : std::exchange(cuts_, {})) cut.done(error);
}

void Projector::MakeCheckpointIfDue() {
  const LogEnd end = ProjectedEnd();
  // Rows that stray members point at are not rows; the projection that removes them comes first.
  if (!strays_.empty() || !link_.client.IsConnected() || !book_.IsDue(end)) return;
  if (!link_.memory.HasRoomFor(book_.NextBytes())) {
    book_.NoteFailure(end);
    io::Log(io::LogLevel::kWarning, "checkpoint_put_off",
            {{"keys", link_.keys.prefix()},
             {"message", "Redis has too little memory left for a copy of the rows"},
             {"next_step", "raise maxmemory there; until then less of the past is kept"}});
    return;
  }
  MakeCheckpoint(end);
}

void Projector::MakeCheckpoint(const LogEnd& end) {
  checkpointer_.Start(end, rows_, [this, end](Result<CheckpointNote> made) {
    if (made) {
      book_.Add(*made);
    } else {
      // Not fatal either: nothing routes by it.
      book_.NoteFailure(end);
      io::LogError(io::LogLevel::kWarning, "checkpoint_not_made", made.error(),
                   {{"keys", link_.keys.prefix()}});
      FailCuts(made.error());
    }
    GoOnCutting();
    Pump();
  });
}

void Projector::ConnectionLost() {
  ++generation_;
  loading_functions_ = false;
  trimming_ = false;
  checkpointer_.Abandon();
  if (sending_) sending_->sent = false;
  FailCuts(CutInterrupted());
}

void Projector::Abandon() {
  ++generation_;
  checkpointer_.Abandon();
  cuts_.clear();
  gathered_.reset();
  sending_.reset();
}

void Projector::Fail(const Error& error) {
  ++generation_;
  checkpointer_.Abandon();
  FailCuts(error);
  std::vector<DomainStore::DoneCallback> failed;
  if (sending_) failed = std::move(sending_->callbacks);
  if (gathered_) {
    std::move(gathered_->callbacks.begin(), gathered_->callbacks.end(), std::back_inserter(failed));
  }
  sending_.reset();
  gathered_.reset();
  const std::uint64_t generation = generation_;
  for (const DomainStore::DoneCallback& callback : failed) {
    if (callback) callback(error);
    if (generation != generation_) return;
  }
}

}  // namespace usher::store
