// SPDX-License-Identifier: Apache-2.0
#include "router/runtime/domain_runtime.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <map>
#include <set>
#include <type_traits>
#include <utility>

#include "base/check.h"
#include "base/failpoint.h"
#include "base/io/log.h"
#include "base/io/metrics.h"
#include "router/runtime/remade_state.h"

namespace usher::runtime {

namespace {

using std::chrono::steady_clock;

constexpr Duration kClockSet{1'000};  // nothing but somebody who sets it moves a clock so far

double SecondsSince(steady_clock::time_point start) {
  return std::chrono::duration<double>(steady_clock::now() - start).count();
}

// The contact that watchers are shown with an event; none for events that show only themselves.
std::optional<ContactId> ShownContact(const engine::Event& event) {
  return std::visit(
      [](const auto& body) -> std::optional<ContactId> {
        using Body = std::decay_t<decltype(body)>;
        if constexpr (std::is_same_v<Body, engine::Queued> ||
                      std::is_same_v<Body, engine::Offered> ||
                      std::is_same_v<Body, engine::Assigned> ||
                      std::is_same_v<Body, engine::HeldByAgent> ||
                      std::is_same_v<Body, engine::Resumed> ||
                      std::is_same_v<Body, engine::WrapUpStarted> ||
                      std::is_same_v<Body, engine::Claimed> ||
                      std::is_same_v<Body, engine::Updated>) {
          return body.contact;
        } else {
          return std::nullopt;
        }
      },
      event.body);
}

ContactId ContactOf(const engine::Event& event) {
  return std::visit(
      [](const auto& body) {
        if constexpr (requires { body.contact; }) {
          return body.contact;
        } else {
          return ContactId{};
        }
      },
      event.body);
}

// Rows by the names that a load parked them under: "usher:{acme}:contact:42",
// "usher:{acme}:agent:ann", "usher:{acme}:queues/billing".
engine::DirtyRows RowsNamed(const std::vector<std::string>& keys) {
  engine::DirtyRows rows;
  for (const std::string& key : keys) {
    const std::string what = key.substr(std::min(key.find("}:") + 2, key.size()));
    const std::string id = what.substr(std::min(what.find_first_of(":/") + 1, what.size()));
    if (what.starts_with("agent:")) rows.agents.emplace_back(id);
    if (what.starts_with("queues/")) rows.queues.emplace_back(id);
    std::uint64_t number = 0;
    const bool is_number =
        std::from_chars(id.data(), id.data() + id.size(), number).ec == std::errc{};
    if (what.starts_with("contact:") && is_number) rows.contacts.emplace_back(number);
  }
  return rows;
}

std::shared_ptr<const engine::Event> FindClosed(ContactId contact,
                                                const std::vector<engine::Event>& events) {
  for (const engine::Event& event : events) {
    const auto* closed = std::get_if<engine::Closed>(&event.body);
    if (closed != nullptr && closed->contact == contact) {
      return std::make_shared<const engine::Event>(event);
    }
  }
  return nullptr;
}

}  // namespace

struct DomainRuntime::Gauges {
  Gauges(io::Metrics& metrics, const std::string& domain)
      : commit_seconds(metrics.AddHistogram(
            "usher_commit_seconds", "From the first decision of a batch to its being durable.",
            io::LatencyBounds(), {{"domain", domain}})),
        batch_events(metrics.AddHistogram("usher_commit_events", "Events in one commit.",
                                          {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024},
                                          {{"domain", domain}})),
        commands(metrics.AddCounter("usher_commands_total", "Commands decided, refused ones too.",
                                    {{"domain", domain}})),
        refusals(metrics.AddCounter("usher_commands_refused_total", "Commands that were refused.",
                                    {{"domain", domain}})),
        leading(metrics.AddGauge("usher_router_leading", "1 while this router leads the domain.",
                                 {{"domain", domain}})),
        standing_by(metrics.AddGauge("usher_router_standing_by",
                                     "1 while another router leads the domain and this one waits "
                                     "to take over.",
                                     {{"domain", domain}})),
        commits_lost(metrics.AddCounter("usher_commits_lost_total",
                                        "Commits that were told and that Redis no longer has.",
                                        {{"domain", domain}})),
        clock_ahead(metrics.AddGauge("usher_clock_ahead_seconds",
                                     "How far the machine's clock is ahead of the domain's time, "
                                     "which goes to meet it slowly.",
                                     {{"domain", domain}})),
        parked(metrics.AddGauge("usher_parked_records",
                                "Records that were set aside as damaged, when this router loaded "
                                "the domain.",
                                {{"domain", domain}})) {}

  io::Histogram& commit_seconds;
  io::Histogram& batch_events;
  io::Counter& commands;
  io::Counter& refusals;
  io::Gauge& leading;
  io::Gauge& standing_by;
  io::Counter& commits_lost;
  io::Gauge& clock_ahead;
  io::Gauge& parked;
};

DomainRuntime::DomainRuntime(io::EventLoop& loop, io::Metrics& metrics,
                             DomainRuntimeOptions options)
    : loop_(loop),
      options_([this, &options] {
        options.store.on_deposed = [this](const Error& why) { Depose(why); };
        options.store.on_sure = [this] { Flush(); };
        options.store.on_look = [this](const store::StoreCondition& condition) {
          store_gauges_.Show(condition);
        };
        return std::move(options);
      }()),
      store_(loop, options_.store),
      replies_(options_.replies_remembered_max),
      last_error_{Code::kUnavailable, "NOT_STARTED", "the router has not loaded the domain yet",
                  "try again in a second"},
      deadline_(loop),
      project_(loop),
      reload_(loop),
      gauges_(std::make_unique<Gauges>(metrics, options_.store.domain.value())),
      store_gauges_(metrics, options_.store.domain.value(),
                    options_.store.durability == store::Durability::kReplicated
                        ? options_.store.replicas
                        : 0),
      history_gauges_(metrics, options_.store.domain.value()),
      alive_(std::make_shared<bool>(true)) {}

DomainRuntime::~DomainRuntime() { *alive_ = false; }

void DomainRuntime::Start(std::function<void(Result<void>)> first_attempt) {
  USHER_CHECK(state_ == State::kIdle, "a runtime is started once");
  // Its time runs from here on: a clock that is set while others lead is no jump at the takeover.
  clock_.Now();
  Load(std::move(first_attempt));
}

void DomainRuntime::Load(std::function<void(Result<void>)> attempt) {
  state_ = State::kLoading;
  store_.Load(options_.takeover,
              [this, attempt = std::move(attempt)](Result<store::LoadedState> state) {
                if (state_ != State::kLoading) return;
                if (!state.ok()) return Settle(state.error(), attempt);
                OnLoaded(*std::move(state), attempt);
              });
}

void DomainRuntime::Settle(Result<void> result, const Attempt& attempt) {
  if (!result.ok()) OnNotLoaded(result.error());
  if (attempt) attempt(std::move(result));
}

void DomainRuntime::OnLoaded(store::LoadedState state, const Attempt& attempt) {
  std::vector<engine::RowFault> faults;
  if (!state.empty) {
    // What hangs on a row that is out already is no fault of its own.
    if (!state.parked.empty()) DropLooseEnds(state.agents, state.contacts);
    faults = CheckRows(state.domain, state.queues, state.agents, state.contacts);
  }
  rewrite_ = RowsNamed(state.parked);
  gauges_->parked.Set(static_cast<double>(state.parked_in_all + faults.size()));
  if (!state.parked.empty() || !faults.empty()) {
    return Remake(std::move(state), faults, attempt);
  }
  engine::Engine engine = EngineOf(state);
  Settle(TakeOver(state, std::move(engine)), attempt);
}

// A row that contradicts others would end the program at its first use, and at each start again.
void DomainRuntime::Remake(store::LoadedState state, const std::vector<engine::RowFault>& faults,
                           Attempt attempt) {
  store_.Park(faults);
  for (const engine::RowFault& fault : faults) {
    if (fault.contact) rewrite_.contacts.push_back(fault.contact);
    if (fault.agent) rewrite_.agents.push_back(fault.agent);
    if (fault.queue) rewrite_.queues.push_back(fault.queue);
  }
  RemoveFaulty(faults, state.queues, state.agents, state.contacts);
  const Error no_past{Code::kFailedPrecondition, "NO_PAST", "this router reads no past",
                      "look at the parked rows"};
  if (!options_.past) return OnRemade(std::move(state), no_past, attempt);
  const auto shared = std::make_shared<store::LoadedState>(std::move(state));
  remaking_ = std::jthread([this, shared, attempt = std::move(attempt), alive = alive_,
                            last = shared->last_seq](const std::stop_token& stop) {
    const auto deadline = steady_clock::now() + options_.remake_within;
    const auto remade = std::make_shared<Result<engine::Engine>>(
        RemakeState(domain(), *options_.past, last, {.deadline = deadline, .stop = stop}));
    loop_.Post([this, shared, remade, attempt, alive] {
      if (*alive && state_ == State::kLoading) {
        OnRemade(std::move(*shared), std::move(*remade), attempt);
      }
    });
  });
}

void DomainRuntime::OnRemade(store::LoadedState state, Result<engine::Engine> remade,
                             const Attempt& attempt) {
  if (!store_.leads()) {
    return Settle(Error{Code::kUnavailable, "FENCED", "the leadership was lost during the load",
                        "try again in a second"},
                  attempt);
  }
  if (remade.ok()) {
    io::Log(io::LogLevel::kWarning, "rows_remade",
            {{"domain", domain().value()},
             {"message", "damaged rows were set aside and made anew from the log: nothing is lost"},
             {"next_step", "look for faults of disk or memory on the Redis host"}});
    return Settle(TakeOver(state, *std::move(remade)), attempt);
  }
  io::LogError(io::LogLevel::kError, "rows_left_out", remade.error(),
               {{"domain", domain().value()}});
  DropLooseEnds(state.agents, state.contacts);
  engine::Engine engine = EngineOf(state);
  Settle(TakeOver(state, std::move(engine)), attempt);
}

// From the rows and the log behind them. What the log says of contacts whose rows are out has
// nothing to stand upon.
engine::Engine DomainRuntime::EngineOf(store::LoadedState& state) const {
  const std::set<ContactId> out(rewrite_.contacts.begin(), rewrite_.contacts.end());
  engine::Engine engine;
  if (!state.empty) {
    engine = engine::Engine::Restore(std::move(state.domain), std::move(state.queues),
                                     std::move(state.agents), std::move(state.contacts));
  }
  for (const store::StoredCommit& commit : state.commits) {
    for (const engine::Event& event : commit.batch.events) {
      if (!out.contains(ContactOf(event))) engine.Evolve(event);
    }
  }
  return engine;
}

void DomainRuntime::OnNotLoaded(const Error& why) {
  led_elsewhere_ = why.reason == "DOMAIN_LED_ELSEWHERE";
  if (!led_elsewhere_) store_gauges_.CountFailure();
  if (why.reason != last_error_.reason) {
    io::LogError(led_elsewhere_ ? io::LogLevel::kInfo : io::LogLevel::kWarning,
                 led_elsewhere_ ? "standing_by" : "domain_not_loaded", why,
                 {{"domain", domain().value()}});
  }
  gauges_->standing_by.Set(led_elsewhere_ ? 1 : 0);
  last_error_ = why;
  if (!led_elsewhere_) return reload_.Start(options_.load_again_after, [this] { Load(nullptr); });
  const Duration yielded = options_.yield ? options_.yield() : Duration{0};
  LoadAfter(options_.standby_poll + yielded, yielded);
}

// Whoever took another domain meanwhile yields to those who did not.
void DomainRuntime::LoadAfter(Duration pause, Duration yielded) {
  reload_.Start(pause, [this, yielded] {
    const Duration now = options_.yield ? options_.yield() : Duration{0};
    if (now > yielded) return LoadAfter(now - yielded, now);
    Load(nullptr);
  });
}

Result<void> DomainRuntime::TakeOver(const store::LoadedState& state, engine::Engine engine) {
  replies_.Clear();
  for (const store::ReplyRecord& reply : state.replies) replies_.Remember(reply);
  engine_.emplace(std::move(engine));
  for (const store::StoredCommit& commit : state.commits) {
    for (const store::ReplyRecord& reply : commit.batch.replies) replies_.Remember(reply);
  }
  clock_.NotBefore(engine_->now());
  CountLost(state.last_seq);
  told_sequence_ = state.last_seq;
  state_ = State::kLeading;
  led_elsewhere_ = false;
  gauges_->leading.Set(1);
  history_gauges_.Show(store_.history());
  gauges_->standing_by.Set(0);
  io::Log(io::LogLevel::kInfo, "domain_led",
          {{"domain", domain().value()},
           {"epoch", state.epoch},
           {"sequence", state.last_seq},
           {"contacts", engine_->contact_count()}});
  ForWatchers([](Watcher& watcher) { watcher.OnLeading(); });
  LoseConsoles();
  LoseAdapters();
  OnTimer();
  ScheduleProject();
  return {};
}

// Redis cannot lose what it has on disk or on its replicas; it is another one then, with older
// data.
void DomainRuntime::CountLost(store::CommitSeq last) {
  if (last >= told_sequence_) return;
  const store::CommitSeq lost = told_sequence_ - last;
  gauges_->commits_lost.Increment(static_cast<double>(lost));
  io::Log(io::LogLevel::kError, "commits_lost",
          {{"domain", domain().value()},
           {"commits", lost},
           {"message", "Redis has lost commits that were acknowledged"},
           {"next_step", "see docs/operate/running.md, Durability: what each level promises"}});
}

// Nobody is connected to a router that has just loaded. The consoles were lost when the last router
// stopped, so they are marked so at that instant: offers that ran out meanwhile were nobody's miss.
void DomainRuntime::LoseConsoles() {
  const Instant stopped = engine_->now();
  std::vector<engine::Event> events;
  for (const AgentId& id : engine_->Agents()) {
    const auto agent = engine_->FindAgent(id);
    if (!agent || agent->presence == engine::Presence::kOffline || agent->grace_ends) continue;
    engine_->Execute(engine::SetConnection{id, engine::Connection::kLost}, stopped, events);
  }
  Absorb(std::move(events));
}

// Adapters have their whole grace from now on, however long nobody led: they could not come back.
void DomainRuntime::LoseAdapters() {
  const Instant stopped = engine_->now();
  const Instant now = clock_.Now();
  std::vector<engine::Event> events;
  for (const engine::AdapterRow& row : engine_->Adapters()) {
    engine_->Execute(engine::SetAdapter{row.adapter, engine::Connection::kLost, now}, stopped,
                     events);
  }
  Absorb(std::move(events));
}

void DomainRuntime::Stop(std::function<void()> done) {
  if (state_ == State::kStopping || state_ == State::kStopped) return;
  const bool was_leading = state_ == State::kLeading;
  deadline_.Cancel();
  reload_.Cancel();
  project_.Cancel();
  const auto finish = [this, done = std::move(done)] {
    state_ = State::kStopped;
    gauges_->leading.Set(0);
    history_gauges_.Clear();
    done();
  };
  if (!was_leading) {
    state_ = State::kStopping;
    loop_.Post(finish);
    return;
  }
  const auto resign = [this, finish] {
    state_ = State::kStopping;
    store_.Resign([finish](Result<void> resigned) {
      if (!resigned.ok()) io::LogError(io::LogLevel::kWarning, "resign_failed", resigned.error());
      finish();
    });
  };
  // Rows that are up to date save the next start from folding the log.
  Project(resign);
}

void DomainRuntime::StepDown(std::function<void(Result<void>)> done) {
  if (state_ != State::kLeading) return done(WhyNotLeading());
  if (options_.takeover == store::Takeover::kForce) {
    return done(Error{Code::kFailedPrecondition, "NO_STANDBY",
                      "no other router can reach the store of domain " + domain().value(),
                      "run Redis as a server of its own and start a second router on it"});
  }
  Reach(Failpoint::kStepDownProject);
  Project([this, done = std::move(done)] {
    if (state_ != State::kLeading) return done(WhyNotLeading());
    state_ = State::kHandingOver;
    Reach(Failpoint::kStepDownResign);
    deadline_.Cancel();
    store_.Resign([this, done](Result<void> resigned) {
      Reach(Failpoint::kStepDownDone);
      if (state_ == State::kHandingOver) {
        Leave(resigned.ok()
                  ? Error{Code::kUnavailable, "STEPPED_DOWN", "this router handed the domain over",
                          "ask the router that leads"}
                  : resigned.error(),
              options_.stay_away);
        led_elsewhere_ = resigned.ok();
        gauges_->standing_by.Set(led_elsewhere_ ? 1 : 0);
      }
      done(std::move(resigned));
    });
  });
}

Error DomainRuntime::WhyNotLeading() const {
  return {Code::kUnavailable, "NOT_LEADING",
          "domain " + domain().value() + " is not led by this router: " + last_error_.message,
          last_error_.next_step.empty() ? "try again in a second" : last_error_.next_step};
}

const engine::Engine& DomainRuntime::engine() const {
  USHER_CHECK(engine_.has_value(), "the engine is read only while leading");
  return *engine_;
}

LogPosition DomainRuntime::decided() const {
  return {store_.last_seq() + full_.size(), gathering_.told->batch.events.size()};
}

store::CommitSeq DomainRuntime::DecidedSequence() const {
  const LogPosition decided = this->decided();
  return decided.sequence + (decided.events > 0 ? 1 : 0);
}

std::shared_ptr<const engine::ContactRow> DomainRuntime::RowOf(ContactId contact) const {
  auto row = engine_->FindContact(contact);
  return row ? std::make_shared<const engine::ContactRow>(*std::move(row)) : nullptr;
}

// How long the oldest decision has not been durable.
Duration DomainRuntime::UndurableFor() const {
  const auto now = steady_clock::now();
  auto since = now;
  if (!under_way_since_.empty()) {
    since = under_way_since_.front();
  } else if (!full_.empty()) {
    since = full_.front().since;
  } else if (!gathering_.waiting.empty()) {
    since = gathering_.since;
  }
  return std::chrono::duration_cast<Duration>(now - since);
}

bool DomainRuntime::healthy() const {
  if (state_ != State::kLeading) return standing_by();
  return UndurableFor() < options_.slow_after && store_.WaitingFor() < options_.slow_after;
}

Result<void> DomainRuntime::AdmitNew() {
  if (store_.HasRoom()) return {};
  store_gauges_.CountRefusal();
  return Error{
      Code::kResourceExhausted, "STORE_FULL",
      "Redis has just enough memory left to finish what is under way in domain " + domain().value(),
      "try again in some seconds; the operator raises maxmemory"};
}

// A contact that is known already, by its external id, costs nothing.
bool DomainRuntime::IsNew(const engine::Command& command) const {
  const auto* submit = std::get_if<engine::Submit>(&command);
  return submit != nullptr && (submit->external_id.empty() ||
                               !engine_->FindContact(submit->channel, submit->external_id));
}

Result<void> DomainRuntime::MayWait() const {
  if (answers_waiting_ >= options_.answers_waiting_max) {
    return Error{Code::kResourceExhausted, "OVERLOADED",
                 "more commands wait for the store than the router keeps",
                 "send slower, or try again in a second"};
  }
  if (UndurableFor() >= options_.durable_within) {
    return Error{
        Code::kUnavailable, "STORE_SLOW",
        "Redis has not confirmed a commit for " + std::to_string(UndurableFor().count()) + " ms",
        "try again in some seconds; look why Redis is slow"};
  }
  return {};
}

Result<void> DomainRuntime::MayDecide(const engine::Command& command) {
  if (Result<void> may = MayWait(); !may.ok()) return may;
  return IsNew(command) ? AdmitNew() : Result<void>();
}

void DomainRuntime::Execute(Request request) {
  Reach(Failpoint::kCommandRead);
  const auto refuse = [this, &request](Error error) {
    loop_.Post([done = std::move(request.done), error = std::move(error)] { done(error); });
  };
  if (state_ != State::kLeading) return refuse(WhyNotLeading());
  if (!request.request_id.empty()) {
    if (const store::ReplyRecord* reply = replies_.Find(request.request_id)) {
      AnswerAgain(*reply, std::move(request));
      return;
    }
  }
  if (Result<void> may = MayDecide(request.command); !may.ok()) return refuse(may.error());
  BeginDecision();
  std::vector<engine::Event> events;
  Answer answer;
  answer.outcome = engine_->Execute(request.command, clock_.Now(), events);
  Reach(Failpoint::kCommandDecided);
  gauges_->commands.Increment();
  if (!answer.outcome.ok()) gauges_->refusals.Increment();
  if (request.want_contact && answer.outcome.contact) {
    answer.contact = RowOf(answer.outcome.contact);
    if (!answer.contact) answer.closed = FindClosed(answer.outcome.contact, events);
  }
  if (!request.request_id.empty() && answer.outcome.ok()) {
    store::ReplyRecord reply{request.request_id, request.fingerprint, answer.outcome, {}};
    replies_.Remember(reply);
    if (!events.empty()) gathering_.told->batch.replies.push_back(std::move(reply));
  }
  Absorb(std::move(events));
  answer.sequence = DecidedSequence();
  ++answers_waiting_;
  gathering_.waiting.emplace_back(
      [this, done = std::move(request.done), answer = std::move(answer)](const Error* failure) {
        --answers_waiting_;
        if (failure) {
          done(*failure);
        } else {
          done(answer);
        }
      });
  SetTimer();
  ScheduleFlush();
}

void DomainRuntime::AnswerAgain(const store::ReplyRecord& reply, Request request) {
  if (reply.fingerprint != request.fingerprint) {
    loop_.Post([done = std::move(request.done)] {
      done(Error{Code::kInvalidArgument, "REQUEST_ID_REUSED",
                 "this request_id was used for another request",
                 "choose a new request_id for every new request"});
    });
    return;
  }
  Answer answer;
  answer.outcome = reply.outcome;
  answer.outcome.repeated = true;
  if (request.want_contact && answer.outcome.contact) {
    answer.contact = RowOf(answer.outcome.contact);
  }
  answer.sequence = DecidedSequence();
  AfterCommit([done = std::move(request.done), answer = std::move(answer)](Result<void> durable) {
    if (durable.ok()) {
      done(answer);
    } else {
      done(durable.error());
    }
  });
}

void DomainRuntime::AfterCommit(std::function<void(Result<void>)> deliver) {
  if (state_ != State::kLeading) {
    loop_.Post([deliver = std::move(deliver), error = WhyNotLeading()] { deliver(error); });
    return;
  }
  if (gathering_.waiting.empty()) gathering_.since = steady_clock::now();
  ++answers_waiting_;
  gathering_.waiting.emplace_back([this, deliver = std::move(deliver)](const Error* failure) {
    --answers_waiting_;
    if (failure) {
      deliver(*failure);
    } else {
      deliver({});
    }
  });
  ScheduleFlush();
}

// What one decision changes stays in one batch, with those who wait for it.
void DomainRuntime::BeginDecision() {
  if (gathering_.told->batch.events.size() >= options_.batch_events_max) {
    full_.push_back(std::exchange(gathering_, Gathering{}));
  }
  if (gathering_.waiting.empty()) gathering_.since = steady_clock::now();
}

void DomainRuntime::Absorb(std::vector<engine::Event> events) {
  if (events.empty()) return;
  Told& told = *gathering_.told;
  std::map<ContactId, std::shared_ptr<const engine::ContactRow>> rows;
  for (engine::Event& event : events) {
    std::shared_ptr<const engine::ContactRow> row;
    if (const auto contact = ShownContact(event)) {
      const auto [entry, added] = rows.try_emplace(*contact);
      if (added) entry->second = RowOf(*contact);
      row = entry->second;
    }
    told.contacts.push_back(std::move(row));
    told.batch.events.push_back(std::move(event));
  }
  ScheduleFlush();
}

void DomainRuntime::OnTimer() {
  if (state_ != State::kLeading) return;
  deadline_at_ = kNever;
  BeginDecision();
  std::vector<engine::Event> events;
  engine_->Advance(clock_.Now(), events);
  Absorb(std::move(events));
  SetTimer();
}

void DomainRuntime::SetTimer() {
  const Instant next = engine_->NextDeadline();
  if (next == deadline_at_) return;
  deadline_at_ = next;
  if (next == kNever) {
    deadline_.Cancel();
    return;
  }
  const Duration wait = std::max(Duration{0}, next - clock_.Now());
  deadline_.Start(wait, [this] { OnTimer(); });
}

// The batch is closed at the end of the loop's turn, so that all commands of one message share one
// commit.
void DomainRuntime::ScheduleFlush() {
  if (flush_posted_) return;
  flush_posted_ = true;
  loop_.Post([this, alive = alive_] {
    if (!*alive) return;
    flush_posted_ = false;
    Flush();
  });
}

void DomainRuntime::Flush() {
  if (!engine_) return;
  const auto has_room = [this] {
    return batches_under_way_ < options_.batches_under_way_max && store_.CanCommit();
  };
  while (!full_.empty() && has_room()) {
    Gathering oldest = std::move(full_.front());
    full_.pop_front();
    CommitGathered(std::move(oldest));
  }
  if (!gathering_.told->batch.events.empty()) {
    if (full_.empty() && has_room()) CommitGathered(std::exchange(gathering_, Gathering{}));
    return;
  }
  // Nothing changed: these answers only wait for what was decided before them.
  if (batches_under_way_ > 0 || !full_.empty()) {
    std::move(gathering_.waiting.begin(), gathering_.waiting.end(),
              std::back_inserter(after_last_));
    gathering_.waiting.clear();
    return;
  }
  // A process that slept does not know yet whether its memory is history; the store will tell.
  if (!store_.LeadsSurely()) return;
  for (Waiting& waiting : std::exchange(after_last_, {})) waiting(nullptr);
  for (Waiting& waiting : std::exchange(gathering_.waiting, {})) waiting(nullptr);
}

void DomainRuntime::CommitEverything() {
  for (Gathering& gathering : std::exchange(full_, {})) CommitGathered(std::move(gathering));
  if (!gathering_.told->batch.events.empty()) {
    CommitGathered(std::exchange(gathering_, Gathering{}));
  }
}

void DomainRuntime::CommitGathered(Gathering gathering) {
  Reach(Failpoint::kCommitGathered);
  auto batch = std::make_shared<Gathering>(std::move(gathering));
  // Those who wait for earlier batches may as well wait for this one.
  std::move(batch->waiting.begin(), batch->waiting.end(), std::back_inserter(after_last_));
  batch->waiting = std::exchange(after_last_, {});
  ++batches_under_way_;
  under_way_since_.push_back(batch->since);
  batch->told->sequence =
      store_.Commit(batch->told->batch, [this, batch, term = term_](Result<store::CommitSeq> done) {
        if (term == term_) OnCommitted(*batch, done);
      });
  USHER_CHECK(batch->told->sequence != 0, "the store refused a batch that it had room for");
}

void DomainRuntime::OnCommitted(const Gathering& batch, const Result<store::CommitSeq>& result) {
  --batches_under_way_;
  under_way_since_.pop_front();
  if (!result.ok()) {
    // The store deposes itself next. Whether the batch arrived, nobody knows before the next load.
    const Error unknown{Code::kUnavailable, "RESULT_UNKNOWN",
                        "the store was lost before it answered: " + result.error().message,
                        "ask again with the same request_id; it takes effect once"};
    for (const Waiting& waiting : batch.waiting) waiting(&unknown);
    return;
  }
  gauges_->commit_seconds.Observe(SecondsSince(batch.since));
  gauges_->batch_events.Observe(static_cast<double>(batch.told->batch.events.size()));
  told_sequence_ = batch.told->sequence;
  Reach(Failpoint::kAnswerGive);
  for (const Waiting& waiting : batch.waiting) waiting(nullptr);
  Reach(Failpoint::kAnswerGiven);
  Tell(batch.told);
  if (batches_under_way_ == 0 && full_.empty()) {
    for (Waiting& waiting : std::exchange(after_last_, {})) waiting(nullptr);
  }
  Flush();
}

template <class Call>
void DomainRuntime::ForWatchers(Call call) {
  // By index: watchers may come while others are told; those that go leave a gap until the end.
  const bool outermost = !std::exchange(telling_, true);
  const std::size_t count = watchers_.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (watchers_[i] != nullptr) call(*watchers_[i]);
  }
  if (!outermost) return;
  telling_ = false;
  std::erase(watchers_, nullptr);
}

void DomainRuntime::Tell(const std::shared_ptr<const Told>& told) {
  Reach(Failpoint::kTellBegin);
  ForWatchers([&told](Watcher& watcher) { watcher.OnTold(told); });
  Reach(Failpoint::kTellEnd);
}

void DomainRuntime::Watch(Watcher& watcher) { watchers_.push_back(&watcher); }

void DomainRuntime::Unwatch(Watcher& watcher) {
  const auto found = std::find(watchers_.begin(), watchers_.end(), &watcher);
  if (found == watchers_.end()) return;
  if (telling_) {
    *found = nullptr;
  } else {
    watchers_.erase(found);
  }
}

void DomainRuntime::Depose(const Error& why) {
  if (state_ != State::kLeading && state_ != State::kHandingOver) return;
  io::LogError(io::LogLevel::kError, "domain_lost", why, {{"domain", domain().value()}});
  store_gauges_.CountFailure();
  Leave(why, options_.load_again_after);
}

void DomainRuntime::Leave(const Error& why, Duration load_after) {
  last_error_ = why;
  state_ = State::kLoading;
  gauges_->leading.Set(0);
  history_gauges_.Clear();
  ++term_;
  deadline_.Cancel();
  deadline_at_ = kNever;
  project_.Cancel();
  projecting_ = false;
  batches_under_way_ = 0;
  under_way_since_.clear();
  FailAll(WhyNotLeading());
  ForWatchers([&why](Watcher& watcher) { watcher.OnDeposed(why); });
  engine_.reset();
  reload_.Start(load_after, [this] { Load(nullptr); });
}

void DomainRuntime::FailAll(const Error& why) {
  auto waiting = std::exchange(after_last_, {});
  for (const Cut& cut : std::exchange(cuts_, {})) cut.of.done(why);
  auto gathered = std::exchange(full_, {});
  gathered.push_back(std::exchange(gathering_, Gathering{}));
  for (const Waiting& one : waiting) one(&why);
  for (const Gathering& batch : gathered) {
    for (const Waiting& one : batch.waiting) one(&why);
  }
}

void DomainRuntime::ScheduleProject() {
  project_.Start(options_.project_every, [this] {
    Project(nullptr);
    WatchClock();
    ScheduleProject();
  });
}

void DomainRuntime::WatchClock() {
  clock_.Now();
  const Duration ahead = clock_.Ahead();
  gauges_->clock_ahead.Set(static_cast<double>(ahead.count()) / 1'000);
  const bool set = std::chrono::abs(ahead) > kClockSet;
  if (set && !clock_set_) {
    io::Log(io::LogLevel::kWarning, "clock_set",
            {{"domain", domain().value()},
             {"ahead_ms", ahead.count()},
             {"message",
              "this machine's clock was set; the domain's time goes to meet it by a hundredth, so "
              "that nothing is due early or late"},
             {"next_step",
              "see that NTP runs on every router; a router that is started anew takes the time of "
              "its machine at once"}});
  }
  clock_set_ = set;
}

// The rows must be exact at one commit, so what has gathered is committed first.
void DomainRuntime::Project(std::function<void()> done) {
  const bool decided_more = !full_.empty() || !gathering_.told->batch.events.empty();
  const bool possible =
      state_ == State::kLeading && !projecting_ && (!decided_more || store_.CanCommit());
  if (!possible) {
    if (done) done();
    return;
  }
  CommitEverything();
  engine::DirtyRows dirty = engine_->TakeDirty();
  RewriteParked(dirty);
  // A cut needs the rows to be as of the commit that it asked for, changed or not.
  if (dirty.empty() && cuts_.empty()) {
    if (done) done();
    return;
  }
  store::RowChanges changes;
  std::optional<engine::DomainRow> domain_row;
  if (dirty.domain) changes.domain = &domain_row.emplace(engine_->Row());
  for (const QueueId& id : dirty.queues) {
    if (engine_->domain().FindQueue(id) != nullptr) {
      changes.queues.push_back(engine_->Row(id));
    } else {
      changes.removed_queues.push_back(id);
    }
  }
  for (const AgentId& id : dirty.agents) {
    if (auto row = engine_->FindAgent(id)) {
      changes.agents.push_back(*std::move(row));
    } else {
      changes.removed_agents.push_back(id);
    }
  }
  for (const ContactId id : dirty.contacts) {
    if (auto row = engine_->FindContact(id)) {
      changes.contacts.push_back(*std::move(row));
    } else {
      changes.closed_contacts.push_back(id);
    }
  }
  projecting_ = true;
  store_.Project(changes, store_.last_seq(),
                 [this, done = std::move(done), projected = store_.last_seq(),
                  term = term_](Result<void> result) {
                   if (term == term_) {
                     projecting_ = false;
                     history_gauges_.Show(store_.history());
                     if (result.ok()) CutUpTo(projected);
                   }
                   if (!result.ok()) {
                     io::LogError(io::LogLevel::kWarning, "projection_failed", result.error(),
                                  {{"domain", domain().value()}});
                   }
                   if (done) done();
                 });
}

// The commit without events is what the log begins with afterwards: whatever came before it goes.
void DomainRuntime::CutHistory(store::HistoryCut cut) {
  if (state_ != State::kLeading) return cut.done(WhyNotLeading());
  CommitEverything();
  if (!store_.CanCommit()) {
    return cut.done(Error{Code::kUnavailable, "STORE_SLOW",
                          "too much waits to be durable to cut the log now",
                          "try again in a second"});
  }
  Gathering silence;
  silence.since = std::chrono::steady_clock::now();
  CommitGathered(std::move(silence));
  cuts_.push_back({store_.last_seq(), std::move(cut)});
}

void DomainRuntime::CutUpTo(store::CommitSeq projected) {
  std::vector<Cut> ready;
  for (Cut& cut : std::exchange(cuts_, {})) {
    (cut.sequence <= projected ? ready : cuts_).push_back(std::move(cut));
  }
  for (Cut& cut : ready) store_.CutHistory(std::move(cut.of));
}

// What was parked is written again as it is in memory, or taken out of the indexes where it is not.
void DomainRuntime::RewriteParked(engine::DirtyRows& dirty) {
  const engine::DirtyRows parked = std::exchange(rewrite_, {});
  const auto add = [](auto& into, const auto& ids) {
    for (const auto& id : ids) {
      if (std::find(into.begin(), into.end(), id) == into.end()) into.push_back(id);
    }
  };
  add(dirty.contacts, parked.contacts);
  add(dirty.agents, parked.agents);
  add(dirty.queues, parked.queues);
}

void DomainRuntime::ReadCommits(store::CommitSeq after, std::size_t limit,
                                store::DomainStore::PageCallback callback) {
  store_.ReadCommits(after, limit, std::move(callback));
}

void DomainRuntime::ReadClosed(ContactId contact, store::DomainStore::ClosedCallback callback) {
  store_.ReadClosed(contact, std::move(callback));
}

}  // namespace usher::runtime
