// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/io/clock.h"
#include "base/io/event_loop.h"
#include "base/result.h"
#include "router/engine/check_rows.h"
#include "router/engine/command.h"
#include "router/engine/engine.h"
#include "router/runtime/history_gauges.h"
#include "router/runtime/remembered_replies.h"
#include "router/runtime/store_gauges.h"
#include "router/runtime/told.h"
#include "router/store/domain_store.h"
#include "router/store/redis_target.h"

namespace usher::io {
class Metrics;
}

namespace usher::runtime {

// What became of a command, told once it is durable.
struct Answer {
  engine::Outcome outcome;
  // The contact right after the decision, when it was asked for and is still open.
  std::shared_ptr<const engine::ContactRow> contact;
  // Its last event, when it was asked for and the decision closed it.
  std::shared_ptr<const engine::Event> closed;
  // The commit that holds it, or the last one before it when it changed nothing.
  store::CommitSeq sequence = 0;
};

// A command to decide.
struct Request {
  engine::Command command;
  // Makes it idempotent: the same id with the same fingerprint is answered again, with another
  // fingerprint it is refused (REQUEST_ID_REUSED). Empty: only the engine's own rules hold.
  std::string request_id;
  std::uint64_t fingerprint = 0;
  bool want_contact = false;
  std::function<void(Result<Answer>)> done;  // on the loop, never inside Execute
};

struct DomainRuntimeOptions {
  store::DomainStoreOptions store;  // its on_deposed is set by the runtime
  store::Takeover takeover = store::Takeover::kWhenVacant;
  Duration project_every{250};     // rows are written this much behind the log, at most
  Duration load_again_after{500};  // after a failed load, and after being deposed
  Duration standby_poll{100};      // while another router leads
  // How much longer a standby waits before it asks again, for one that leads less to be first;
  // asked anew when the time is over. Empty: no longer.
  std::function<Duration()> yield;
  Duration stay_away{3'000};                  // after stepping down, for others to take over
  std::size_t answers_waiting_max = 200'000;  // commands decided and not yet durable
  // Something decided has waited so long to be durable: further commands are refused, STORE_SLOW.
  Duration durable_within{5'000};
  // From here on the router says that it is not well (healthy()).
  Duration slow_after{2'000};
  std::size_t batches_under_way_max = 2;  // the next batch gathers meanwhile
  std::size_t batch_events_max = 2'000;   // a batch is told in one message: within 4 MiB
  std::size_t replies_remembered_max = 65'536;
  // Where rows that fail their check are made anew from; without it they stay out.
  std::optional<store::RedisTarget> past;
  Duration remake_within{60'000};
};

// The loop of one domain: stamp the time, decide, commit, tell.
//
// Commands are decided at once, in the order in which they come, against the state in memory. What
// they changed gathers while earlier commits are under way and goes to the store as one batch; only
// when that is durable are the answers given and the watchers told. Nothing can be seen from
// outside that a crash could undo: reading for an answer is done through Read().
//
// When the store is lost to us (another router leads, Redis is gone) the memory is dropped, all
// that waits is answered with the error, the watchers hear OnDeposed, and the runtime tries to lead
// again until it is stopped.
//
// Everything on the thread of `loop`. Needs the loop to run until Stop() has called back.
class DomainRuntime {
 public:
  DomainRuntime(io::EventLoop& loop, io::Metrics& metrics, DomainRuntimeOptions options);
  ~DomainRuntime();
  DomainRuntime(const DomainRuntime&) = delete;
  DomainRuntime& operator=(const DomainRuntime&) = delete;

  // Loads the domain and leads it. `first_attempt` hears how the first try went; further tries
  // follow by themselves.
  void Start(std::function<void(Result<void>)> first_attempt);

  // Writes the rows, gives the leadership back and calls `done`. Nothing is decided from here on.
  void Stop(std::function<void()> done);

  // Gives the leadership to whoever stands by, without ending: commits what was decided, writes the
  // rows, resigns, and asks for the leadership again only after `stay_away`. The watchers hear
  // OnDeposed. FAILED_PRECONDITION/NO_STANDBY when no other router can lead (Takeover::kForce).
  void StepDown(std::function<void(Result<void>)> done);

  bool leading() const { return state_ == State::kLeading; }
  // Another router leads, and this one waits to take over.
  bool standing_by() const { return state_ == State::kLoading && led_elsewhere_; }
  std::uint64_t epoch() const { return store_.epoch(); }
  // Leads, and what it decides becomes durable in good time; or stands by.
  bool healthy() const;
  // Whether there is memory for what is new: RESOURCE_EXHAUSTED/STORE_FULL, counted as refused,
  // while Redis has only what contacts under way need to be finished. On standbys too.
  Result<void> AdmitNew();
  // NOT_LEADING with the last reason, for those who ask while it is not.
  Error WhyNotLeading() const;

  // Refused without being decided: NOT_LEADING, OVERLOADED, STORE_SLOW; a submit of a contact that
  // is not open yet also STORE_FULL.
  void Execute(Request request);

  // Whether one more may wait for what has been decided to be durable: OVERLOADED, STORE_SLOW.
  // Execute asks for itself.
  Result<void> MayWait() const;

  // Calls `deliver` once all that has been decided so far is durable; with the error if it never
  // will be. What is told was computed now, on the newest state.
  void AfterCommit(std::function<void(Result<void>)> deliver);

  // The newest state, possibly ahead of what is durable: see AfterCommit. Only while leading.
  const engine::Engine& engine() const;
  // Where a snapshot taken now is exact: what is decided later may still come into the commit that
  // gathers.
  LogPosition decided() const;
  // The last commit that watchers were told.
  store::CommitSeq told_sequence() const { return told_sequence_; }

  // Older commits, for watchers that resume.
  void ReadCommits(store::CommitSeq after, std::size_t limit,
                   store::DomainStore::PageCallback callback);

  // Forgets the domain's past: after it, nothing that was decided before this call is in the log or
  // in a checkpoint; only the rows tell what came of it. The log goes on with a commit without
  // events.
  void CutHistory(store::HistoryCut cut);

  // Asks the server that holds the domain something that is not about a key.
  void AskServer(std::initializer_list<std::string_view> arguments,
                 std::function<void(Result<store::RedisReply>)> callback) {
    store_.AskServer(arguments, std::move(callback));
  }

  // `watcher` must be unwatched before it is destroyed. Both are allowed from within OnTold.
  void Watch(Watcher& watcher);
  void Unwatch(Watcher& watcher);

  // How a contact ended that is not open any more: NOT_FOUND/UNKNOWN_CONTACT when there was none,
  // or when it is no longer kept.
  void ReadClosed(ContactId contact, store::DomainStore::ClosedCallback callback);

  // The instant that the next command would be decided at.
  Instant Now() { return clock_.Now(); }

  const DomainId& domain() const { return options_.store.domain; }
  io::EventLoop& loop() { return loop_; }

 private:
  enum class State { kIdle, kLoading, kLeading, kHandingOver, kStopping, kStopped };
  using Waiting = std::function<void(const Error* failure)>;

  // What gathers while earlier batches are under way.
  struct Gathering {
    std::shared_ptr<Told> told = std::make_shared<Told>();
    std::vector<Waiting> waiting;
    std::chrono::steady_clock::time_point since;
  };

  void Load(std::function<void(Result<void>)> attempt);
  void CountLost(store::CommitSeq last);
  using Attempt = std::function<void(Result<void>)>;
  void OnLoaded(store::LoadedState state, const Attempt& attempt);
  // Some rows are not to be trusted: makes the state from the past, or leaves them out.
  void Remake(store::LoadedState state, const std::vector<engine::RowFault>& faults,
              Attempt attempt);
  void OnRemade(store::LoadedState state, Result<engine::Engine> remade, const Attempt& attempt);
  void Settle(Result<void> result, const Attempt& attempt);
  engine::Engine EngineOf(store::LoadedState& state) const;
  Result<void> TakeOver(const store::LoadedState& state, engine::Engine engine);
  void RewriteParked(engine::DirtyRows& dirty);
  void LoseConsoles();
  void LoseAdapters();
  Result<void> MayDecide(const engine::Command& command);
  bool IsNew(const engine::Command& command) const;
  Duration UndurableFor() const;
  void BeginDecision();
  void Absorb(std::vector<engine::Event> events);
  void AnswerAgain(const store::ReplyRecord& reply, Request request);
  std::shared_ptr<const engine::ContactRow> RowOf(ContactId contact) const;
  void OnTimer();
  void SetTimer();
  void ScheduleFlush();
  void Flush();
  void CommitGathered(Gathering gathering);
  void CommitEverything();
  void OnCommitted(const Gathering& batch, const Result<store::CommitSeq>& result);
  void Tell(const std::shared_ptr<const Told>& told);
  void OnNotLoaded(const Error& why);
  void LoadAfter(Duration pause, Duration yielded);
  // The number of the newest decision's commit.
  store::CommitSeq DecidedSequence() const;
  void Depose(const Error& why);
  // Drops the memory and asks for the leadership again later.
  void Leave(const Error& why, Duration load_after);
  void FailAll(const Error& why);
  void Project(std::function<void()> done);
  void CutUpTo(store::CommitSeq projected);
  void ScheduleProject();
  void WatchClock();
  template <class Call>
  void ForWatchers(Call call);

  io::EventLoop& loop_;
  DomainRuntimeOptions options_;
  store::DomainStore store_;
  io::WallClock clock_;
  bool clock_set_ = false;  // the wall clock was, and this one has not met it yet
  State state_ = State::kIdle;
  std::optional<engine::Engine> engine_;
  engine::DirtyRows rewrite_;  // whose rows in Redis are gone or wrong
  std::jthread remaking_;
  RememberedReplies replies_;
  Error last_error_;
  bool led_elsewhere_ = false;

  std::deque<Gathering> full_;       // batches that take no more, oldest first
  Gathering gathering_;              // the one that takes
  std::vector<Waiting> after_last_;  // wait for batches under way and changed nothing themselves
  std::size_t batches_under_way_ = 0;
  std::deque<std::chrono::steady_clock::time_point> under_way_since_;  // of each of these
  std::size_t answers_waiting_ = 0;
  store::CommitSeq told_sequence_ = 0;
  std::uint64_t term_ = 0;  // grows with every loss of leadership; callbacks of old terms are stale
  bool flush_posted_ = false;

  io::Timer deadline_;
  Instant deadline_at_ = kNever;
  io::Timer project_;
  bool projecting_ = false;
  // Cuts that wait until the rows are as of this commit.
  struct Cut {
    store::CommitSeq sequence = 0;
    store::HistoryCut of;
  };
  std::vector<Cut> cuts_;
  io::Timer reload_;
  std::vector<Watcher*> watchers_;  // null: unwatched while being told
  bool telling_ = false;

  struct Gauges;
  std::unique_ptr<Gauges> gauges_;
  StoreGauges store_gauges_;
  HistoryGauges history_gauges_;
  std::shared_ptr<bool> alive_;  // for functions posted to the loop
};

}  // namespace usher::runtime
