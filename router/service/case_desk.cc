// SPDX-License-Identifier: Apache-2.0
#include "router/service/case_desk.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/failpoint.h"
#include "base/io/log.h"
#include "router/service/text_ids.h"
#include "router/service/wire.h"

namespace usher::service {

namespace {

using context::FoundCase;
using context::StoredCase;
using context::v1::Case;
using context::v1::CaseRecord;
using context::v1::CaseStep;
using context::v1::CaseTask;

constexpr int kTriesMax = 16;
// A record that cannot be read is looked at again after this: a person mends it.
constexpr Duration kDamagedAgainAfter = std::chrono::hours{1};
// What could not be done is tried again after this.
constexpr Duration kUnsettledAgainAfter{1'000};

Error UnknownCase(const std::string& case_id) {
  return {Code::kNotFound, "UNKNOWN_CASE", "there is no case " + case_id, "list the cases"};
}

Error Cut(const char* where) {
  return {Code::kUnavailable, "FAILPOINT", std::string("a failpoint cut the change ") + where,
          "disarm it"};
}

engine::Submit ToSubmit(const Case& now, const CaseTask& task, Instant at) {
  engine::Submit submit;
  submit.channel = engine::Channel::kTask;
  submit.queue = QueueId{task.queue()};
  submit.customer = CustomerId{now.customer_id()};
  submit.external_id = task.external_id();
  submit.adapter = kCaseAdapter;
  submit.subject = now.subject();
  submit.attributes["case"] = now.id();
  submit.attributes["why"] = task.why();
  if (task.promise() > 0) submit.attributes["promise"] = std::to_string(task.promise());
  if (!task.prefer().empty()) {
    submit.prefer = AgentId{task.prefer()};
    const Instant until = InstantFromUnixMs(task.prefer_until().seconds() * 1000 +
                                            task.prefer_until().nanos() / 1'000'000);
    submit.prefer_for = std::max(until - at, Duration{0});
  }
  return submit;
}

bool StillWaits(const engine::ContactRow& row) {
  return row.state == engine::ContactState::kScheduled ||
         row.state == engine::ContactState::kWaiting || row.state == engine::ContactState::kOffered;
}

}  // namespace

struct CaseDesk::Work {
  std::string case_id;
  CaseActor actor;
  context::CaseRequest request;
  Edit edit;
  Done done;
  bool opens = false;
  bool attends = false;
  std::optional<std::string> watched;  // the instant at which it is due while it is worked on
  int tries = 0;
  std::optional<Case> changed;  // what was asked for is durable
  StoredCase settling;
  CaseRecord settled;
};

void CaseDesk::Open(const std::string& case_id, const CaseActor& actor,
                    context::CaseRequest request, Edit edit, Done done) {
  auto work = std::make_shared<Work>();
  work->case_id = case_id;
  work->actor = actor;
  work->request = std::move(request);
  work->edit = std::move(edit);
  work->done = std::move(done);
  work->opens = true;
  Enqueue(std::move(work));
}

void CaseDesk::Change(const std::string& case_id, const CaseActor& actor,
                      context::CaseRequest request, Edit edit, Done done) {
  auto work = std::make_shared<Work>();
  work->case_id = case_id;
  work->actor = actor;
  work->request = std::move(request);
  work->edit = std::move(edit);
  work->done = std::move(done);
  Enqueue(std::move(work));
}

void CaseDesk::Attend(const std::string& case_id, const std::string& watched,
                      std::function<void(Result<void>)> done) {
  auto work = std::make_shared<Work>();
  work->case_id = case_id;
  work->watched = watched;
  work->attends = true;
  work->edit = [this](CaseEdit& edit) -> Result<void> {
    AttendCase(runtime_.engine().domain(), runtime_.Now(), edit);
    return {};
  };
  work->done = [done = std::move(done)](const Result<Case>& result) {
    done(result.ok() ? Result<void>() : Result<void>(result.error()));
  };
  Enqueue(std::move(work));
}

void CaseDesk::Enqueue(WorkPtr work) {
  if (works_ >= kChangesMax) {
    return work->done(Error{Code::kResourceExhausted, "CASES_BUSY",
                            "too many changes of cases are under way", "try again later"});
  }
  ++works_;
  auto& line = lines_[work->case_id];
  line.push_back(work);
  if (line.size() == 1) Find(work);
}

void CaseDesk::Find(const WorkPtr& work) {
  if (++work->tries > kTriesMax) {
    return Finish(
        work, Error{Code::kAborted, "CASE_BUSY",
                    "case " + work->case_id + " was changed by others all the while", "try again"});
  }
  store_.Find(runtime_.domain(), work->case_id, work->request,
              WhileAlive([this, work](Result<FoundCase> found) {
                if (found.ok()) return OnFound(work, *std::move(found));
                if (found.error().code == Code::kDataLoss) return OnDamaged(work, found.error());
                Fail(work, found.error());
              }));
}

void CaseDesk::OnFound(const WorkPtr& work, FoundCase found) {
  // The engine's domain is read below.
  if (!runtime_.leading()) return Fail(work, runtime_.WhyNotLeading());
  if (found.is_reused || (work->opens && found.stored && !found.is_repeated && !work->changed)) {
    return Finish(work, Error{Code::kInvalidArgument, "REQUEST_ID_REUSED",
                              "this request_id was used for another request",
                              "use a fresh request_id for every new request"});
  }
  if (!found.stored) {
    if (work->opens) return Apply(work, {});
    if (!work->attends) return Finish(work, UnknownCase(work->case_id));
    // Its opening was asked for and never came to be.
    return Leave(work, std::nullopt);
  }
  if (!IsSettled(found.stored->record)) {
    return Watch(work, [this, work, stored = *std::move(found.stored)]() mutable {
      Settle(work, std::move(stored));
    });
  }
  if (found.is_repeated || work->changed) {
    return Finish(work, found.stored->record.case_());
  }
  Apply(work, *std::move(found.stored));
}

void CaseDesk::OnDamaged(const WorkPtr& work, const Error& why) {
  if (!work->attends) return Finish(work, why);
  io::LogError(io::LogLevel::kError, "case_damaged", why,
               {{"domain", runtime_.domain().value()}, {"case", work->case_id}});
  Leave(work, runtime_.Now() + kDamagedAgainAfter);
}

void CaseDesk::Apply(const WorkPtr& work, StoredCase stored) {
  CaseEdit edit{.record = stored.record};
  edit.record.mutable_case_()->set_id(work->case_id);
  if (const Result<void> edited = work->edit(edit); !edited.ok()) {
    return Finish(work, edited.error());
  }
  const bool shows = !edit.entries.empty();
  if (!shows && !edit.is_noted) {
    if (work->attends) return Leave(work, NextDue(edit.record));
    return Finish(work, edit.record.case_());
  }
  CaseStep step;
  if (shows) {
    Case& now = *edit.record.mutable_case_();
    now.set_version(now.version() + 1);
    step.set_by(work->actor.subject);
    if (work->actor.role) step.set_role(std::string(io::ToText(*work->actor.role)));
    *step.mutable_at() = ToTimestamp(work->actor.subject.empty() ? runtime_.Now() : work->actor.at);
    for (context::v1::TimelineEntry& entry : edit.entries) {
      *step.add_entries() = std::move(entry);
    }
    *step.mutable_after() = now;
  }
  if (!edit.unoffered.empty()) {
    io::LogError(io::LogLevel::kWarning, "case_task_not_offered",
                 {Code::kFailedPrecondition, "NO_CASE_QUEUE", edit.unoffered,
                  "name a queue for the tasks of cases in the domain file"},
                 {{"domain", runtime_.domain().value()}, {"case", work->case_id}});
  }
  Watch(work, [this, work, before = stored.bytes, after = std::move(edit.record),
               step = std::move(step)] { Write(work, before, after, step); });
}

void CaseDesk::Watch(const WorkPtr& work, std::function<void()> then) {
  if (work->watched) return then();
  store_.Watch(runtime_.domain(), work->case_id, runtime_.Now(),
               WhileAlive([this, work, then = std::move(then)](Result<std::string> watched) {
                 if (!watched.ok()) return Fail(work, watched.error());
                 work->watched = *std::move(watched);
                 if (FailsHere(Failpoint::kCaseWatched)) return Fail(work, Cut("when watched"));
                 then();
               }));
}

void CaseDesk::Write(const WorkPtr& work, const std::string& before, CaseRecord after,
                     const CaseStep& step) {
  context::CaseStore::CaseChange change;
  change.before = before;
  change.step = step.entries().empty() ? nullptr : &step;
  change.request = work->request;
  change.after = after;
  store_.Change(runtime_.domain(), work->case_id, change,
                WhileAlive([this, work, after = std::move(after)](Result<bool> changed) {
                  if (!changed.ok()) return Fail(work, changed.error());
                  if (!*changed) return Find(work);
                  work->changed = after.case_();
                  if (FailsHere(Failpoint::kCaseChanged)) return Fail(work, Cut("when changed"));
                  Settle(work, {after, context::CaseStore::ToBytes(after)});
                }));
}

// --- what follows ---

void CaseDesk::Settle(const WorkPtr& work, StoredCase stored) {
  work->settling = std::move(stored);
  work->settled = work->settling.record;
  const CaseRecord& record = work->settling.record;
  if (record.settled() < record.case_().version()) return TellFrom(work, record.settled());
  List(work);
}

void CaseDesk::TellFrom(const WorkPtr& work, std::uint64_t after) {
  using Steps = std::vector<context::ReadStep>;
  store_.ReadSteps(
      runtime_.domain(), work->case_id, after, WhileAlive([this, work](Result<Steps> steps) {
        if (!steps.ok()) {
          if (steps.error().code == Code::kDataLoss) return OnDamaged(work, steps.error());
          return Fail(work, steps.error());
        }
        const bool is_last = steps->size() < context::CaseStore::kStepsMax;
        const std::uint64_t told = steps->empty() ? 0 : steps->back().version;
        const Case& now = work->settling.record.case_();
        store_.Tell(runtime_.domain(), now, *steps,
                    WhileAlive([this, work, is_last, told](const Result<void>& result) {
                      // Also where the answer was lost it may be there.
                      if (hooks_.told) {
                        hooks_.told(CustomerId{work->settling.record.case_().customer_id()});
                      }
                      if (!result.ok()) return Fail(work, result.error());
                      if (FailsHere(Failpoint::kCaseTold)) return Fail(work, Cut("when told"));
                      if (!is_last) return TellFrom(work, told);
                      List(work);
                    }));
      }));
}

void CaseDesk::List(const WorkPtr& work) {
  store_.List(runtime_.domain(), work->settling.record,
              WhileAlive([this, work](const Result<void>& listed) {
                if (!listed.ok()) return Fail(work, listed.error());
                if (FailsHere(Failpoint::kCaseListed)) return Fail(work, Cut("when listed"));
                WithdrawTasks(work);
              }));
}

// Those that somebody has by now are hers.
void CaseDesk::WithdrawTasks(const WorkPtr& work) {
  if (!runtime_.leading()) return Fail(work, runtime_.WhyNotLeading());
  const engine::Engine& engine = runtime_.engine();
  for (const CaseTask& task : work->settling.record.withdrawn()) {
    const auto contact = engine.FindContact(engine::Channel::kTask, task.external_id());
    const auto row = contact ? engine.FindContact(*contact) : std::nullopt;
    if (!row || !StillWaits(*row)) continue;
    runtime::Request request;
    request.command = engine::Withdraw{.contact = *contact, .note = "no longer wanted"};
    request.done = WhileAlive([this, work](const Result<runtime::Answer>& answer) {
      if (!answer.ok()) return Fail(work, answer.error());
      // Once more: it is gone now, or somebody has it.
      WithdrawTasks(work);
    });
    return runtime_.Execute(std::move(request));
  }
  OfferTask(work);
}

void CaseDesk::OfferTask(const WorkPtr& work) {
  const CaseRecord& record = work->settling.record;
  if (!WantsOffer(record)) return WriteSettled(work);
  if (!runtime_.leading()) return Fail(work, runtime_.WhyNotLeading());
  runtime::Request request;
  request.command = ToSubmit(record.case_(), record.task(), runtime_.Now());
  // No caller's: theirs begin with a subject.
  request.request_id = '/' + record.task().external_id();
  request.fingerprint = 1;
  request.done = WhileAlive([this, work](const Result<runtime::Answer>& answer) {
    if (!answer.ok()) return Fail(work, answer.error());
    const std::string& task = work->settling.record.task().external_id();
    if (answer->outcome.ok()) {
      NoteOffered(task, ToText(answer->outcome.contact), work->settled);
    } else {
      io::LogError(
          io::LogLevel::kWarning, "case_task_refused",
          {Code::kFailedPrecondition, std::string(engine::ToString(*answer->outcome.refusal)),
           answer->outcome.text, "it is offered again later; see cases in the domain file"},
          {{"domain", runtime_.domain().value()}, {"case", work->case_id}});
      NoteRefused(task, runtime_.Now(), work->settled);
    }
    if (FailsHere(Failpoint::kCaseOffered)) return Fail(work, Cut("when offered"));
    WriteSettled(work);
  });
  runtime_.Execute(std::move(request));
}

void CaseDesk::WriteSettled(const WorkPtr& work) {
  CaseRecord& record = work->settled;
  record.set_settled(record.case_().version());
  record.clear_withdrawn();
  record.clear_former_owners();
  context::CaseStore::CaseChange change;
  change.before = work->settling.bytes;
  change.after = record;
  store_.Change(runtime_.domain(), work->case_id, change,
                WhileAlive([this, work](const Result<bool>& changed) {
                  if (!changed.ok()) return Fail(work, changed.error());
                  if (!*changed) return Find(work);
                  if (work->changed) work->changed = work->settled.case_();
                  if (FailsHere(Failpoint::kCaseSettled)) return Fail(work, Cut("when settled"));
                  // When it is due next only the domain says.
                  if (!runtime_.leading()) return Fail(work, runtime_.WhyNotLeading());
                  Leave(work, NextDue(work->settled));
                }));
}

std::optional<Instant> CaseDesk::NextDue(const CaseRecord& record) const {
  return NextDueOf(record, runtime_.engine().domain().cases);
}

// Then what was asked for, where this was only what was missing before.
void CaseDesk::Leave(const WorkPtr& work, std::optional<Instant> next) {
  const std::string watched = work->watched.value_or("");
  store_.Leave(runtime_.domain(), work->case_id, watched, next,
               WhileAlive([this, work, next](const Result<void>& left) {
                 if (!left.ok()) return Fail(work, left.error());
                 if (next && hooks_.due) hooks_.due(*next);
                 work->watched.reset();
                 if (work->changed) return Finish(work, *work->changed);
                 if (work->attends) return Finish(work, Case{});
                 Find(work);
               }));
}

// What is durable is told as it is; the clock goes on with the rest, also where an answer was lost
// and the change may be there.
void CaseDesk::Fail(const WorkPtr& work, const Error& why) {
  if (work->watched && hooks_.due) hooks_.due(runtime_.Now() + kUnsettledAgainAfter);
  if (work->attends || !work->changed) return Finish(work, why);
  io::LogError(io::LogLevel::kWarning, "case_unsettled", why,
               {{"domain", runtime_.domain().value()}, {"case", work->case_id}});
  Finish(work, *work->changed);
}

void CaseDesk::Finish(const WorkPtr& work, Result<Case> result) {
  const auto line = lines_.find(work->case_id);
  line->second.pop_front();
  --works_;
  WorkPtr next;
  if (line->second.empty()) {
    lines_.erase(line);
  } else {
    next = line->second.front();
  }
  const std::weak_ptr<int> alive = alive_;
  work->done(std::move(result));
  if (next && !alive.expired()) Find(next);
}

}  // namespace usher::service
