// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"
#include "router/engine/check_rows.h"
#include "router/engine/rows.h"
#include "router/store/checkpoint_book.h"
#include "router/store/commit.h"
#include "router/store/memory_gate.h"
#include "router/store/redis_address.h"
#include "router/store/redis_locator.h"
#include "router/store/redis_reply.h"
#include "router/store/row_records.h"

namespace usher::io {
class EventLoop;
}

namespace usher::store {

// When a commit counts as done.
enum class Durability : std::uint8_t {
  kAlways,      // on the disk (`appendfsync always`)
  kEverySec,    // in Redis' memory and the kernel: a power cut may cost the last one or two seconds
  kReplicated,  // and every replica in step, at least `replicas` of them, has received it (WAIT)
};

// What is known of the server that holds a domain, once a second.
struct StoreCondition {
  ServerVitals vitals;
  bool answered = false;      // since it was connected: `vitals` are of this server
  bool full = false;          // no room for what is new
  std::uint64_t reserve = 0;  // bytes of its memory that are kept for what is under way
  Duration waiting_for{0};    // how long the oldest call has had no answer
};

struct DomainStoreOptions {
  DomainId domain;
  // Unique to this run of this router ("host-4f1c…"); half of the fence.
  std::string router_id;
  RedisAddress address;
  std::shared_ptr<RedisLocator> locator;  // where the server can change; then without `address`
  Durability durability = Durability::kAlways;
  std::uint32_t replicas = 1;    // with kReplicated
  Duration replica_wait{2'000};  // then the commit fails, NOT_REPLICATED

  // Where the highest epoch that this machine has seen is kept (EpochFile): none up to it is ever
  // minted, whatever a promoted replica of Redis has forgotten. Empty: nowhere.
  std::filesystem::path epoch_folder;

  Duration lease{3'000};             // renewed at a third
  Duration reconnect_within{5'000};  // a lost connection: commits wait this long, then fail

  Duration look_every{1'000};  // at the server's memory, disk and replicas
  MemoryReserve memory_reserve;

  HistoryLimits history;                       // of the log and its checkpoints
  std::size_t reply_commits_scanned = 65'536;  // behind the watermark, for LoadedState::replies
  Duration closed_contact_kept = std::chrono::hours{24 * 30};

  std::size_t commits_waiting_max = 4'096;      // without an answer yet
  std::size_t commit_calls_max = 4;             // under way at once; the others gather meanwhile
  std::size_t commit_call_bytes_max = 1 << 20;  // a call gathers no further beyond this

  // Once, when this store leads no more: reasons FENCED (another router leads), HISTORY_CHANGED
  // (Redis restarted or failed over), LOG_DIVERGED, PROJECTION_DIVERGED, STORE_UNREACHABLE, or that
  // of the commit that failed. Everything that waited has been answered with the same error
  // before. Only Load() makes the store usable again.
  std::function<void(const Error&)> on_deposed;

  // The lease was renewed after a time in which it may have ended: LeadsSurely() again.
  std::function<void()> on_sure;

  // Every `look_every`, whether this store leads or not, and whether the server answers or not.
  std::function<void(const StoreCondition&)> on_look;
};

// A domain's past that is to go: commits and checkpoints, to the last byte. What happened before
// can be neither replayed nor explained any more.
struct HistoryCut {
  // The checkpoint of commit `seq` is made; nothing is dropped before `go` is called without an
  // error.
  std::function<void(CommitSeq seq, std::function<void(Result<void>)> go)> ready;
  std::function<void(Result<CommitSeq>)> done;  // gives the oldest commit that is left
};

enum class Takeover : std::uint8_t {
  kWhenVacant,  // refused with DOMAIN_LED_ELSEWHERE while another router's lease is alive
  kForce,       // depose whoever leads: after a crash, when it is known that nobody else runs
};

// Everything that an engine needs to go on where the last leader stopped.
struct LoadedState {
  std::uint64_t epoch = 0;  // ours from now on
  bool empty = true;        // the domain has never been applied: there are no rows

  // The state at `watermark`; hand to Engine::Restore, then evolve `commits`.
  engine::DomainRow domain;
  std::vector<engine::QueueRow> queues;
  std::vector<engine::AgentRow> agents;
  std::vector<engine::ContactRow> contacts;
  CommitSeq watermark = 0;

  std::vector<StoredCommit> commits;  // watermark + 1 … last_seq
  CommitSeq last_seq = 0;

  // Replies of the last commits at and behind the watermark, oldest first. Those of `commits` are
  // not repeated here.
  std::vector<ReplyRecord> replies;

  // Keys of rows that failed their check: moved to `usher:{…}:parked`, logged, and not above.
  std::vector<std::string> parked;
  std::size_t parked_in_all = 0;  // with those of earlier loads
};

// The rows that changed between two projections, as they are at one commit.
struct RowChanges {
  const engine::DomainRow* domain = nullptr;  // null: unchanged. Its `domain` is only read when its
                                              // `version` differs from the last projected one.
  std::vector<engine::QueueRow> queues;
  std::vector<engine::AgentRow> agents;
  std::vector<engine::ContactRow> contacts;
  std::vector<QueueId> removed_queues;
  std::vector<AgentId> removed_agents;
  std::vector<ContactId> closed_contacts;
};

struct CommitPage {
  std::vector<StoredCommit> commits;  // ascending, without gaps; empty at the end of the log
  CommitSeq last_seq = 0;             // of the log, when it was read
};

// One domain in Redis: its log, its rows, its leadership.
//
// The log is the truth: Commit appends to it, in order, and answers when it is durable. Project
// writes rows behind it, which save the next Load from folding the whole log. Every write is one
// call of a Redis function that first compares the fence (epoch, router id), so a router that lost
// its leadership can change nothing, however late its bytes arrive.
//
//   store.Load(Takeover::kWhenVacant, [&](Result<LoadedState> state) { … restore … });
//   CommitSeq seq = store.Commit(batch, [](Result<CommitSeq> done) { … tell … });
//   store.Project(changes, seq, [](Result<void> done) { … });
//
// When the connection is lost, commits without an answer are sent again: each carries its number
// and hash, so one that had arrived is recognised and answered, not applied twice. When Redis' own
// history may have changed meanwhile (another replication id), they fail instead. The first failure
// fails every commit after it; the store is then deposed (see on_deposed).
//
// All methods on the loop's thread. Callbacks run on it, never inside the method that takes them,
// and not after the store was destroyed.
class DomainStore {
 public:
  using LoadCallback = std::function<void(Result<LoadedState>)>;
  using CommitCallback = std::function<void(Result<CommitSeq>)>;
  using DoneCallback = std::function<void(Result<void>)>;
  using ClosedCallback = std::function<void(Result<ClosedContact>)>;
  using PageCallback = std::function<void(Result<CommitPage>)>;

  DomainStore(io::EventLoop& loop, DomainStoreOptions options);
  ~DomainStore();
  DomainStore(const DomainStore&) = delete;
  DomainStore& operator=(const DomainStore&) = delete;

  // Takes the leadership with a new epoch, makes that durable, and reads everything. One load at a
  // time; allowed again after the store was deposed. Reasons: DOMAIN_LED_ELSEWHERE, those of
  // CheckServerFacts, REDIS_UNREACHABLE (not connected within `reconnect_within`), LOG_DAMAGED,
  // RESTORE_INCOMPLETE, those of EpochFile, STORE_WIPED (the domain was there since this store was
  // made, and is gone).
  void Load(Takeover takeover, LoadCallback callback);

  // Appends a batch and returns its number at once; `callback` gets it when the batch is durable.
  // Needs a successful Load. Answers come in order. RESOURCE_EXHAUSTED/COMMITS_WAITING at the bound
  // (the batch then has no number and 0 is returned; nothing else fails), so look at CanCommit().
  CommitSeq Commit(const CommitBatch& batch, CommitCallback callback);
  bool CanCommit() const;

  // False: the server's memory is nearly taken, and what is new must be refused. What is under way
  // may still be committed: Redis takes it whatever its maxmemory says.
  bool HasRoom();

  // How long the oldest call to the server has had no answer; 0 when none waits.
  Duration WaitingFor() const;

  // Writes rows behind the log: `changes` are all rows that changed since the last Project, as they
  // are after commit `seq`, which must have been given to Commit. While a projection is under way,
  // later ones are merged into one, and their callbacks are answered together. Sees to the
  // checkpoints and trims the log; while a checkpoint is made, projections wait.
  void Project(const RowChanges& changes, CommitSeq seq, DoneCallback callback);

  // At most `limit` commits after `after`, for watchers. FAILED_PRECONDITION/SEQUENCE_TRIMMED names
  // the oldest number that can still be given; INVALID_ARGUMENT/SEQUENCE_AHEAD when `after` is
  // beyond the log. Works without leading.
  void ReadCommits(CommitSeq after, std::size_t limit, PageCallback callback);

  // Makes a checkpoint of the rows as they are projected, and drops all that is older once its
  // owner says so. A failure leaves what there was, or less.
  void CutHistory(HistoryCut cut);

  // Asks the server that holds the domain something that is not about a key.
  void AskServer(std::initializer_list<std::string_view> arguments,
                 std::function<void(Result<RedisReply>)> callback);

  // How a contact ended in a commit that was given to Commit, durable or not. NOT_FOUND/
  // UNKNOWN_CONTACT when it is open, expired or never was. May answer at once.
  void ReadClosed(ContactId contact, ClosedCallback callback);

  // Sets rows aside, as a load does with those that fail their check: rows with a sound checksum
  // that contradict others. What stands in memory is the caller's affair.
  void Park(const std::vector<engine::RowFault>& faults);

  // Gives the leadership back, so that a standby need not wait for the lease to end. Commits under
  // way are answered first; no further ones are taken.
  void Resign(DoneCallback callback);

  bool leads() const;
  // Leads, and nobody else can: the lease, counted on this machine's steady clock from before it
  // was asked for, still runs. False after this process was stopped for long, or while Redis does
  // not answer: what is in memory may be history by then. Commits need no such care, the fence
  // refuses them.
  bool LeadsSurely() const;
  std::uint64_t epoch() const;
  CommitSeq last_seq() const;       // given to Commit
  CommitSeq committed_seq() const;  // durable
  CommitSeq projected_seq() const;
  HistoryFigures history() const;  // as of the last projection
  std::size_t commits_waiting() const;

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace usher::store
