// SPDX-License-Identifier: Apache-2.0
#include "router/store/domain_store.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/check.h"
#include "base/failpoint.h"
#include "base/io/event_loop.h"
#include "base/io/log.h"
#include "router/store/domain_link.h"
#include "router/store/loader.h"
#include "router/store/log_writer.h"
#include "router/store/projector.h"
#include "router/store/record.h"
#include "router/store/redis_slot.h"
#include "router/store/reply_reader.h"
#include "router/store/server_vitals.h"

namespace usher::store {

// Holds the leadership and what hangs on it; the parts do the work.
class DomainStore::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(io::EventLoop& loop, DomainStoreOptions options)
      : options_(std::move(options)),
        loop_(loop),
        link_(loop, ClientOptions(), options_.domain, options_.router_id, options_.memory_reserve),
        log_(
            link_, options_, [this](Error error) { Depose(std::move(error)); },
            [this] { OnProgress(); }),
        projector_(link_, log_, options_, [this](Error error) { Depose(std::move(error)); }),
        renew_timer_(loop),
        reconnect_timer_(loop),
        look_timer_(loop) {}

  void Start() {
    link_.SetOwner(weak_from_this());
    link_.client.Start();
    ScheduleLook();
  }

  // The owner goes; a callback of ours may be what let it go, and still be on the stack.
  void Close() {
    state_ = State::kClosed;
    if (loader_) loader_->Abandon();
    log_.Abandon();
    projector_.Abandon();
    renew_timer_.Cancel();
    reconnect_timer_.Cancel();
    look_timer_.Cancel();
    resigned_ = nullptr;
  }

  void Load(Takeover takeover, LoadCallback callback) {
    USHER_CHECK(state_ == State::kIdle, "one load at a time, and none while leading");
    state_ = State::kLoading;
    sure_until_ = {};
    const auto done = [this, callback = std::move(callback)](Result<Loaded> loaded) {
      OnLoaded(std::move(loaded), callback);
    };
    loader_ = std::make_shared<Loader>(link_, options_, takeover, seen_, done);
    if (link_.client.IsConnected()) return loader_->Start();
    const Error why = link_.client.WhyNotConnected();
    if (why.code == Code::kUnavailable) return AwaitConnection();
    loop_.Post([weak = weak_from_this(), loader = loader_, why] {
      if (const auto keep = weak.lock()) loader->Fail(why);
    });
  }

  CommitSeq Commit(const CommitBatch& batch, CommitCallback callback) {
    if (state_ != State::kLeading) {
      Refuse(NotLeading(), std::move(callback));
      return 0;
    }
    if (log_.full()) {
      Refuse({Code::kResourceExhausted, "COMMITS_WAITING",
              "too many commits of domain " + options_.domain.value() + " wait for Redis",
              "slow down, and look why Redis is slow"},
             std::move(callback));
      return 0;
    }
    projector_.NoteCommit(log_.last_seq() + 1, batch.events);
    return log_.Commit(batch, std::move(callback));
  }

  bool HasRoom() { return link_.memory.HasRoom(log_.given_bytes()); }
  Duration WaitingFor() const { return link_.client.WaitingFor(); }

  bool CanCommit() const { return state_ == State::kLeading && !log_.full(); }

  void Project(const RowChanges& changes, CommitSeq seq, DoneCallback callback) {
    if (state_ != State::kLeading) return Refuse(NotLeading(), std::move(callback));
    USHER_CHECK(seq <= log_.last_seq(), "rows of a commit that was never given to Commit");
    projector_.Project(changes, seq, std::move(callback));
  }

  void CutHistory(HistoryCut cut) {
    if (state_ != State::kLeading) return cut.done(NotLeading());
    projector_.CutHistory(std::move(cut));
  }

  void ReadCommits(CommitSeq after, std::size_t limit, PageCallback callback);

  void ReadClosed(ContactId contact, ClosedCallback callback);
  void Park(const engine::RowFault& fault);

  void Resign(DoneCallback callback) {
    if (state_ != State::kLeading) return Refuse(NotLeading(), std::move(callback));
    state_ = State::kResigning;
    resigned_ = std::move(callback);
    OnProgress();
  }

  bool leads() const { return state_ == State::kLeading; }
  bool LeadsSurely() const {
    return state_ == State::kLeading && std::chrono::steady_clock::now() < sure_until_;
  }
  std::uint64_t epoch() const { return epoch_; }
  const LogWriter& log() const { return log_; }
  const Projector& projector() const { return projector_; }
  RedisClient& client() { return link_.client; }

 private:
  enum class State { kIdle, kLoading, kLeading, kResigning, kClosed };

  // The client calls these only while the store lives, and on the loop.
  RedisClientOptions ClientOptions() {
    RedisClientOptions client;
    client.address = options_.address;
    client.locator = options_.locator;
    client.slot = SlotOfKey(Keys(options_.domain).Lease());
    client.libraries = {DomainFunctions()};
    client.on_connected = [this](const ServerFacts& facts) {
      const auto keep = shared_from_this();
      OnConnected(facts);
    };
    client.on_lost = [this](const Error& error) {
      const auto keep = shared_from_this();
      OnLost(error);
    };
    client.on_refused = [this](const Error& error) {
      const auto keep = shared_from_this();
      OnRefused(error);
    };
    return client;
  }

  Error NotLeading() const {
    return {Code::kUnavailable, "NOT_LEADING",
            "this router does not lead domain " + options_.domain.value(),
            "ask the router that does, or try again"};
  }

  template <class Callback>
  void Refuse(Error error, Callback callback) {
    loop_.Post([weak = weak_from_this(), error = std::move(error), callback = std::move(callback)] {
      if (const auto keep = weak.lock(); keep && callback) callback(error);
    });
  }

  // --- the connection ---------------------------------------------------------------------------

  void OnConnected(const ServerFacts& facts) {
    reconnect_timer_.Cancel();
    answered_ = false;
    Look();
    if (state_ == State::kLoading && !loader_->started()) return loader_->Start();
    if (state_ != State::kLeading && state_ != State::kResigning) return;
    if (facts.replication_id != led_on_.replication_id || facts.run_id != led_on_.run_id) {
      return Depose(
          {Code::kAborted, "HISTORY_CHANGED",
           "Redis restarted or failed over while this router led domain " + options_.domain.value(),
           "this router loads again what Redis holds now"});
    }
    log_.Pump();
    projector_.Pump();
  }

  void OnLost(const Error& error) {
    log_.ConnectionLost();
    projector_.ConnectionLost();
    io::LogError(io::LogLevel::kWarning, "redis_connection_lost", error,
                 {{"domain", options_.domain.value()}});
    if (state_ == State::kLeading || state_ == State::kResigning) AwaitConnection();
  }

  void OnRefused(const Error& error) {
    io::LogError(io::LogLevel::kError, "redis_refused", error,
                 {{"domain", options_.domain.value()}});
    // Waiting would not help: somebody has to mend the server.
    if (state_ == State::kLoading) loader_->Fail(error);
    if (state_ == State::kLeading || state_ == State::kResigning) Depose(error);
  }

  void AwaitConnection() {
    reconnect_timer_.Start(options_.reconnect_within, [this] {
      const auto keep = shared_from_this();
      const Error error = link_.client.WhyNotConnected();
      if (state_ == State::kLoading) return loader_->Fail(error);
      Depose({Code::kUnavailable, "STORE_UNREACHABLE", error.message, error.next_step});
    });
  }

  // --- the server's condition -------------------------------------------------------------------

  void ScheduleLook() {
    look_timer_.Start(options_.look_every, [this] {
      const auto keep = shared_from_this();
      ScheduleLook();
      Look();
      if (options_.on_look) {
        options_.on_look({link_.memory.vitals(), answered_, link_.memory.closed(),
                          link_.memory.reserve_bytes(), WaitingFor()});
      }
    });
  }

  // What is sent before the question is in the answer.
  void Look() {
    if (!link_.client.IsConnected() || looking_) return;
    looking_ = true;
    link_.Call({"INFO", "memory", "persistence", "replication"},
               [this, given = log_.sent_bytes()](Result<RedisReply> reply) {
                 looking_ = false;
                 if (!reply || reply->IsError()) return;
                 const ServerVitals vitals = ParseServerVitals(reply->text());
                 if (!std::exchange(answered_, true)) WarnOfNoLimit(vitals);
                 if (!link_.memory.Observe(vitals, given)) return;
                 LogRoom();
               });
  }

  void WarnOfNoLimit(const ServerVitals& vitals) const {
    if (vitals.maxmemory != 0 || vitals.used_memory / 4 < vitals.limit() / 5) return;
    io::Log(io::LogLevel::kWarning, "redis_memory_short",
            {{"domain", options_.domain.value()},
             {"used_memory", vitals.used_memory},
             {"system_memory", vitals.system_memory},
             {"message", "Redis has no maxmemory and uses most of the memory of its machine"},
             {"next_step", "set maxmemory there, or give it a larger machine"}});
  }

  void LogRoom() const {
    const ServerVitals& vitals = link_.memory.vitals();
    io::Log(io::LogLevel::kWarning, link_.memory.closed() ? "store_full" : "store_has_room",
            {{"domain", options_.domain.value()},
             {"used_memory", vitals.used_memory},
             {"limit", vitals.limit()},
             {"reserve", link_.memory.reserve_bytes()},
             {"message", link_.memory.closed()
                             ? "Redis is nearly full: new contacts are refused, those under way "
                               "are finished"
                             : "Redis has room again: new contacts are taken"},
             {"next_step", link_.memory.closed() ? "raise maxmemory there; see "
                                                   "docs/operate/durability.md"
                                                 : ""}});
  }

  // --- the leadership ---------------------------------------------------------------------------

  void OnLoaded(Result<Loaded> loaded, const LoadCallback& callback) {
    reconnect_timer_.Cancel();
    const std::shared_ptr<Loader> done = std::exchange(loader_, nullptr);
    if (!loaded) {
      seen_.domain |= loaded.error().reason == "DOMAIN_LED_ELSEWHERE";
      state_ = State::kIdle;
      LeaveInDoubt(loaded.error());
      return callback(loaded.error());
    }
    LoadedState& state = loaded->state;
    epoch_ = state.epoch;
    seen_ = {.domain = true, .epoch = epoch_};
    led_on_ = link_.client.facts();
    log_.Begin(state.last_seq, loaded->last_hash, loaded->log_bytes);
    projector_.Begin(std::move(loaded->projected));
    for (const StoredCommit& commit : state.commits) {
      projector_.NoteCommit(commit.seq, commit.batch.events);
    }
    state_ = State::kLeading;
    // Sure from the first renewal on: how long ago the lease was taken is not known here.
    Renew();
    callback(std::move(state));
  }

  void Depose(Error error) {
    if (state_ != State::kLeading && state_ != State::kResigning) return;
    state_ = State::kIdle;
    link_.epoch.clear();
    renew_timer_.Cancel();
    reconnect_timer_.Cancel();
    io::LogError(io::LogLevel::kWarning, "domain_deposed", error,
                 {{"domain", options_.domain.value()}, {"epoch", epoch_}});
    const DoneCallback resigned = std::exchange(resigned_, nullptr);
    log_.Fail(error);
    projector_.Fail(error);
    if (resigned) resigned(error);
    LeaveInDoubt(error);
    if (options_.on_deposed && state_ != State::kClosed) options_.on_deposed(error);
  }

  // A primary whose replicas do not confirm may have been replaced by one of them. Whoever can be
  // asked about that is, before it is written to again.
  void LeaveInDoubt(const Error& error) {
    if (!options_.locator || state_ == State::kClosed) return;
    if (error.reason == "NOT_REPLICATED" || error.reason == "EPOCH_NOT_REPLICATED" ||
        error.reason == "REDIS_TOO_FEW_REPLICAS") {
      link_.client.Reconnect("its replicas do not confirm");
    }
  }

  void ScheduleRenewal() {
    renew_timer_.Start(options_.lease / 3, [this] { Renew(); });
  }

  void CallLead(std::string_view how, RedisClient::ReplyCallback callback) {
    const std::string lease = link_.keys.Lease();
    const std::string alive = link_.keys.Alive();
    const std::string ms = std::to_string(options_.lease.count());
    link_.Call(
        {"FCALL", link_.functions.lead, "2", lease, alive, how, link_.epoch, link_.router_id, ms},
        std::move(callback));
  }

  // A renewal that fails for another reason than the fence costs only the hint: commits go on until
  // somebody deposes this router.
  void Renew() {
    ScheduleRenewal();
    if (!link_.client.IsConnected()) return;
    Reach(Failpoint::kLeaseRenew);
    CountReplicas();
    const auto asked = std::chrono::steady_clock::now();
    CallLead("renew", [this, asked, led = epoch_](Result<RedisReply> reply) {
      if (!reply || led != epoch_) return;
      if (!reply->IsError()) return OnRenewed(asked);
      const Error error = ToStoreError(*reply, "renewing the lease");
      if (error.reason == "FENCED") return Depose(error);
      if (IsFunctionMissing(*reply)) return link_.LoadFunctions([](Result<void>) {});
      io::LogError(io::LogLevel::kWarning, "lease_not_renewed", error,
                   {{"domain", options_.domain.value()}});
    });
  }

  // One that has joined may be promoted too. One that has gone is only done without after a load.
  void CountReplicas() {
    if (options_.durability != Durability::kReplicated) return;
    link_.Call({"INFO", "replication"}, [this, led = epoch_](Result<RedisReply> reply) {
      if (!reply || reply->IsError() || led != epoch_) return;
      link_.replicas_awaited =
          std::max(link_.replicas_awaited, ParseServerFacts(reply->text()).replicas_in_step);
    });
  }

  void OnRenewed(std::chrono::steady_clock::time_point asked) {
    Reach(Failpoint::kLeaseRenewed);
    const bool was_sure = LeadsSurely();
    sure_until_ = asked + options_.lease;
    if (!was_sure && LeadsSurely() && options_.on_sure) options_.on_sure();
  }

  void OnProgress() {
    projector_.Pump();
    if (state_ != State::kResigning || log_.waiting() > 0 || !resigned_) return;
    const auto done = std::exchange(resigned_, nullptr);
    CallLead("resign", [this, done](Result<RedisReply> reply) {
      const bool failed = !reply || reply->IsError();
      const Error error =
          failed ? reply ? ToStoreError(*reply, "resigning") : reply.error() : Error{};
      if (state_ != State::kResigning) return;
      state_ = State::kIdle;
      link_.epoch.clear();
      renew_timer_.Cancel();
      reconnect_timer_.Cancel();
      projector_.Fail(NotLeading());
      if (done) done(failed ? Result<void>(error) : Result<void>());
    });
  }

  const DomainStoreOptions options_;
  io::EventLoop& loop_;
  DomainLink link_;
  LogWriter log_;
  Projector projector_;
  io::Timer renew_timer_;
  io::Timer reconnect_timer_;
  io::Timer look_timer_;
  bool looking_ = false;
  bool answered_ = false;

  State state_ = State::kIdle;
  std::uint64_t epoch_ = 0;
  std::chrono::steady_clock::time_point sure_until_{};
  ServerFacts led_on_;
  SeenBefore seen_;
  std::shared_ptr<Loader> loader_;
  DoneCallback resigned_;
};

namespace {

Result<CommitPage> ToPage(CommitSeq after, CommitSeq last, const RedisReply& entries) {
  CommitPage page;
  page.last_seq = last;
  for (const RedisReply& item : entries.items()) {
    const Result<LogEntry> entry = ToLogEntry(item);
    if (!entry) return entry.error();
    if (entry->seq != after + page.commits.size() + 1) break;
    Result<CommitBatch> batch = FromRecord<CommitBatch>(RecordKind::kCommit, entry->record);
    if (!batch) return batch.error();
    page.commits.push_back({entry->seq, std::move(*batch)});
  }
  return page;
}

Error Trimmed(CommitSeq after, const RedisReply& oldest_entries) {
  const Result<LogEntry> oldest = ToLogEntry(oldest_entries.At(0));
  const std::string number = oldest ? std::to_string(oldest->seq) : "none";
  return {Code::kFailedPrecondition, "SEQUENCE_TRIMMED",
          "commits after " + std::to_string(after) + " are no longer kept; the oldest is " + number,
          "read the present state, then watch from its sequence number"};
}

}  // namespace

// The end of the log is read first, so that a page is never taken for complete when it is not.
void DomainStore::Core::ReadCommits(CommitSeq after, std::size_t limit, PageCallback callback) {
  const std::string lease = link_.keys.Lease();
  const std::string log = link_.keys.Log();
  const std::string from = std::to_string(after + 1) + "-0";
  const std::string count = std::to_string(limit);
  auto last = std::make_shared<CommitSeq>(0);
  link_.Call({"HGET", lease, "seq"}, [last](Result<RedisReply> reply) {
    if (reply) *last = reply->AsUnsigned().value_or(0);
  });
  link_.Call({"XRANGE", log, from, "+", "COUNT", count},
             [this, after, last, callback = std::move(callback)](Result<RedisReply> reply) {
               if (!reply) return callback(reply.error());
               if (reply->IsError()) return callback(ToStoreError(*reply, "reading the log"));
               if (after > *last) {
                 return callback(Error{Code::kInvalidArgument, "SEQUENCE_AHEAD",
                                       "commit " + std::to_string(after) +
                                           " does not exist; the last is " + std::to_string(*last),
                                       "read the present state, then watch from its number"});
               }
               Result<CommitPage> page = ToPage(after, *last, *reply);
               if (!page || !page->commits.empty() || after == *last) return callback(page);
               const std::string key = link_.keys.Log();
               link_.Call({"XRANGE", key, "-", "+", "COUNT", "1"},
                          [after, callback](Result<RedisReply> oldest) {
                            if (!oldest) return callback(oldest.error());
                            callback(Trimmed(after, *oldest));
                          });
             });
}

void DomainStore::Core::ReadClosed(ContactId contact, ClosedCallback callback) {
  // A projection that is under way goes before what is asked now.
  if (const std::string* record = projector_.FindClosing(contact)) {
    return callback(FromRecord<ClosedContact>(RecordKind::kClosedContact, *record));
  }
  const std::string key = link_.keys.Contact(contact);
  link_.Call({"GET", key}, [contact, callback = std::move(callback)](Result<RedisReply> reply) {
    if (!reply) return callback(reply.error());
    if (reply->IsError()) return callback(ToStoreError(*reply, "reading a contact"));
    if (reply->IsText() &&
        ClaimedKind(reply->text()) == static_cast<std::uint8_t>(RecordKind::kClosedContact)) {
      return callback(FromRecord<ClosedContact>(RecordKind::kClosedContact, reply->text()));
    }
    callback(Error{Code::kNotFound, "UNKNOWN_CONTACT",
                   "there is no contact c" + std::to_string(contact.value()),
                   "list the open contacts; closed ones are kept for a while only"});
  });
}

void DomainStore::Core::Park(const engine::RowFault& fault) {
  const std::string key = fault.contact ? link_.keys.Contact(fault.contact)
                          : fault.agent ? link_.keys.Agent(fault.agent)
                                        : link_.keys.Queues();
  const std::string& field = fault.queue.value();
  const Error why{Code::kDataLoss, "ROW_UNSOUND", fault.what,
                  "run usher verify; report it unless somebody wrote to Redis"};
  io::LogError(io::LogLevel::kError, "row_parked", why,
               {{"key", field.empty() ? key : key + '/' + field}});
  if (!link_.client.IsConnected()) return;  // the next load finds it again
  std::string& out = link_.BeginCall(link_.functions.park, 3, field.empty() ? 2 : 3);
  AppendArgument(link_.keys.Lease(), out);
  AppendArgument(key, out);
  AppendArgument(link_.keys.Parked(), out);
  link_.AppendFence(out);
  if (!field.empty()) AppendArgument(field, out);
  link_.Send([](Result<RedisReply> reply) {
    if (!reply || !reply->IsError()) return;
    io::LogError(io::LogLevel::kError, "row_not_parked", ToStoreError(*reply, "parking a row"));
  });
}

DomainStore::DomainStore(io::EventLoop& loop, DomainStoreOptions options)
    : core_(std::make_shared<Core>(loop, std::move(options))) {
  core_->Start();
}

DomainStore::~DomainStore() { core_->Close(); }

void DomainStore::Load(Takeover takeover, LoadCallback callback) {
  core_->Load(takeover, std::move(callback));
}
CommitSeq DomainStore::Commit(const CommitBatch& batch, CommitCallback callback) {
  return core_->Commit(batch, std::move(callback));
}
bool DomainStore::HasRoom() { return core_->HasRoom(); }
Duration DomainStore::WaitingFor() const { return core_->WaitingFor(); }
bool DomainStore::CanCommit() const { return core_->CanCommit(); }
void DomainStore::Project(const RowChanges& changes, CommitSeq seq, DoneCallback callback) {
  core_->Project(changes, seq, std::move(callback));
}
void DomainStore::CutHistory(HistoryCut cut) { core_->CutHistory(std::move(cut)); }
void DomainStore::AskServer(std::initializer_list<std::string_view> arguments,
                            std::function<void(Result<RedisReply>)> callback) {
  core_->client().Call(arguments, std::move(callback));
}
void DomainStore::ReadCommits(CommitSeq after, std::size_t limit, PageCallback callback) {
  core_->ReadCommits(after, limit, std::move(callback));
}
void DomainStore::ReadClosed(ContactId contact, ClosedCallback callback) {
  core_->ReadClosed(contact, std::move(callback));
}
void DomainStore::Park(const std::vector<engine::RowFault>& faults) {
  for (const engine::RowFault& fault : faults) core_->Park(fault);
}
void DomainStore::Resign(DoneCallback callback) { core_->Resign(std::move(callback)); }
bool DomainStore::leads() const { return core_->leads(); }
bool DomainStore::LeadsSurely() const { return core_->LeadsSurely(); }
std::uint64_t DomainStore::epoch() const { return core_->epoch(); }
CommitSeq DomainStore::last_seq() const { return core_->log().last_seq(); }
CommitSeq DomainStore::committed_seq() const { return core_->log().committed_seq(); }
CommitSeq DomainStore::projected_seq() const { return core_->projector().watermark(); }
HistoryFigures DomainStore::history() const { return core_->projector().history(); }
std::size_t DomainStore::commits_waiting() const { return core_->log().waiting(); }

}  // namespace usher::store
