// SPDX-License-Identifier: Apache-2.0
#include "router/service/case_rules.h"

#include <algorithm>
#include <utility>

#include "router/configuration/scalar.h"
#include "router/engine/nearest_name.h"
#include "router/engine/open_time.h"
#include "router/service/context_call.h"
#include "router/service/wire.h"

namespace usher::service {

namespace {

using namespace context::v1;  // NOLINT(google-build-using-namespace): this file speaks it

Instant At(const google::protobuf::Timestamp& timestamp) {
  return InstantFromUnixMs(timestamp.seconds() * 1000 + timestamp.nanos() / 1'000'000);
}

std::string StatusWord(Case::Status status) {
  switch (status) {
    case Case::STATUS_OPEN:
      return "open";
    case Case::STATUS_PENDING:
      return "pending";
    case Case::STATUS_RESOLVED:
      return "resolved";
    case Case::STATUS_CLOSED:
      return "closed";
    default:
      return "";
  }
}

// --- what goes into the timeline ---

CaseChanged& Tell(CaseEdit& edit, const CaseActor& actor, const char* change) {
  const Case& now = edit.record.case_();
  TimelineEntry& entry = edit.entries.emplace_back();
  *entry.mutable_at() = ToTimestamp(actor.at);
  CaseChanged& told = *entry.mutable_case_changed();
  told.set_case_id(now.id());
  told.set_change(change);
  told.set_subject(now.subject());
  told.set_by(actor.subject);
  told.set_owner(now.owner());
  told.set_status(StatusWord(now.status()));
  return told;
}

void TellPromise(CaseEdit& edit, const CaseActor& actor, const char* change) {
  const Promise& promise = edit.record.case_().promise();
  TimelineEntry& entry = edit.entries.emplace_back();
  *entry.mutable_at() = ToTimestamp(actor.at);
  PromiseChanged& told = *entry.mutable_promise();
  told.set_case_id(edit.record.case_().id());
  told.set_change(change);
  told.set_text(promise.text());
  *told.mutable_due() = promise.due();
  told.set_by(actor.subject);
}

// --- texts ---

Result<void> CheckLine(const char* field, const std::string& text, std::size_t bytes_max) {
  if (text.size() > bytes_max) return TooLong(field, text.size(), bytes_max);
  const bool is_line = std::none_of(text.begin(), text.end(),
                                    [](char c) { return c >= 0 && (c < 0x20 || c == 0x7f); });
  if (is_line) return {};
  return Error{Code::kInvalidArgument, "BAD_TEXT", std::string(field) + " has a control character",
               "send one line of text"};
}

Result<void> CheckSubject(const std::string& subject) {
  if (subject.empty()) {
    return Error{Code::kInvalidArgument, "MISSING_SUBJECT", "the case has no subject",
                 "say in one line what it is about"};
  }
  return CheckLine("subject", subject, kCaseSubjectBytesMax);
}

Result<void> CheckText(const char* field, const std::string& text) {
  if (text.size() <= kCaseTextBytesMax) return {};
  return TooLong(field, text.size(), kCaseTextBytesMax);
}

Result<void> CheckComplaintLevel(std::uint32_t level) {
  if (level <= kComplaintLevelMax) return {};
  return Error{Code::kInvalidArgument, "BAD_COMPLAINT_LEVEL",
               "complaint_level is " + std::to_string(level), "send 0 (none) to 5"};
}

Result<void> CheckCategory(const std::string& category, const engine::CasePolicy& policy) {
  const auto& known = policy.categories;
  if (category.empty() || std::find(known.begin(), known.end(), category) != known.end()) return {};
  return Error{
      Code::kInvalidArgument, "UNKNOWN_CATEGORY",
      "the domain has no category \"" + category + '"' + engine::DidYouMeanAtAll(category, known),
      "use one of cases.categories of the domain file, or declare it there"};
}

Result<void> CheckAgent(const std::string& agent, const engine::Domain& domain) {
  if (domain.FindAgent(AgentId{agent}) != nullptr) return {};
  return Error{Code::kNotFound, "UNKNOWN_AGENT",
               "the domain file declares no agent \"" + agent + '"', "list the agents"};
}

Result<void> CheckVersion(std::uint64_t wanted, const Case& now) {
  if (wanted == 0 || wanted == now.version()) return {};
  return Error{
      Code::kAborted, "VERSION_CHANGED",
      "the case is at version " + std::to_string(now.version()) + ", not " + std::to_string(wanted),
      "read the case and change it again"};
}

Result<void> CheckRoom(const CaseEdit& edit) {
  const Case& now = edit.record.case_();
  if (now.version() < kCaseChangesMax && now.hops_size() < kCaseHopsMax) return {};
  return Error{Code::kResourceExhausted, "CASE_FULL",
               "case " + now.id() + " was changed " + std::to_string(now.version()) +
                   " times and had " + std::to_string(now.hops_size()) + " owners",
               "close it and open another"};
}

Error CaseEnded(const Case& now) {
  return {Code::kFailedPrecondition, "CASE_ENDED",
          "case " + now.id() + " is " + StatusWord(now.status()), "open it again first"};
}

// --- tasks ---

// The task that there was is not wanted any more.
void Unoffer(CaseEdit& edit) {
  CaseRecord& record = edit.record;
  record.clear_offer_again_at();
  record.mutable_case_()->clear_task_contact_id();
  if (!record.has_task()) return;
  *record.add_withdrawn() = record.task();
  record.clear_task();
}

void Offer(CaseEdit& edit, CaseTask task) {
  Unoffer(edit);
  if (task.queue().empty()) {
    edit.unoffered = "cases.queue of the domain is not set";
    return;
  }
  CaseRecord& record = edit.record;
  record.set_tasks(record.tasks() + 1);
  task.set_external_id("case/" + record.case_().id() + '/' + std::to_string(record.tasks()));
  task.clear_contact_id();
  *record.mutable_task() = std::move(task);
}

// To whoever is there; who accepts it owns the case.
CaseTask ToAnybody(const std::string& queue, const char* why) {
  CaseTask task;
  task.set_queue(queue);
  task.set_why(why);
  task.set_gives_ownership(true);
  return task;
}

// To the owner.
CaseTask ToOwner(const CaseEdit& edit, const engine::CasePolicy& policy, const char* why,
                 Instant hers_until) {
  CaseTask task;
  task.set_queue(policy.queue.value());
  task.set_prefer(edit.record.case_().owner());
  *task.mutable_prefer_until() = ToTimestamp(hers_until);
  task.set_why(why);
  return task;
}

constexpr Duration kOwnersFor = std::chrono::hours{24};

// What was offered on account of the promise is done with. A case without an owner must not be
// without a task.
void UnofferPromise(CaseEdit& edit) {
  if (!edit.record.has_task() || edit.record.task().promise() == 0) return;
  Unoffer(edit);
  const Case& now = edit.record.case_();
  if (now.owner().empty() && !HasEnded(now)) Offer(edit, ToAnybody(now.queue(), "passed-on"));
}

// --- owners ---

void AddHop(CaseEdit& edit, const CaseActor& actor, const std::string& reason) {
  Case& now = *edit.record.mutable_case_();
  Hop& hop = *now.add_hops();
  hop.set_owner(now.owner());
  hop.set_queue(now.queue());
  *hop.mutable_at() = ToTimestamp(actor.at);
  hop.set_by(actor.subject);
  hop.set_reason(reason);
}

struct Place {
  std::string owner{};
  std::string queue{};  // where it waits for one
};

void Move(CaseEdit& edit, const Place& place) {
  Case& now = *edit.record.mutable_case_();
  if (!now.owner().empty() && now.owner() != place.owner) {
    edit.record.add_former_owners(now.owner());
  }
  now.set_owner(place.owner);
  now.set_queue(place.queue);
}

// --- status ---

bool IsEnd(Case::Status status) {
  return status == Case::STATUS_RESOLVED || status == Case::STATUS_CLOSED;
}

// What was promised by a time that is not over has been done in time when the case ends.
void KeepAtEnd(CaseEdit& edit, const CaseActor& actor) {
  Case& now = *edit.record.mutable_case_();
  if (!now.has_promise() || now.promise().has_kept_at() || now.promise().has_missed_at()) return;
  *now.mutable_promise()->mutable_kept_at() = ToTimestamp(actor.at);
  TellPromise(edit, actor, "kept");
}

Result<void> SetStatus(Case::Status wanted, const CaseActor& actor, CaseEdit& edit) {
  Case& now = *edit.record.mutable_case_();
  const Case::Status before = now.status();
  if (wanted == Case::STATUS_UNSPECIFIED || wanted == before) return {};
  const bool is_known =
      wanted == Case::STATUS_OPEN || wanted == Case::STATUS_PENDING || IsEnd(wanted);
  const bool is_allowed =
      is_known && (!IsEnd(before) || wanted == Case::STATUS_OPEN ||
                   (before == Case::STATUS_RESOLVED && wanted == Case::STATUS_CLOSED));
  if (!is_allowed) {
    return Error{Code::kFailedPrecondition, "BAD_TRANSITION",
                 "a case that is " + StatusWord(before) + " cannot become " +
                     (is_known ? StatusWord(wanted) : "that"),
                 IsEnd(before) ? "open it again first" : "use open, pending, resolved or closed"};
  }
  if (IsEnd(wanted) && now.resolution().empty()) {
    return Error{Code::kInvalidArgument, "MISSING_RESOLUTION",
                 "case " + now.id() + " would end without a resolution", "say how it ended"};
  }
  now.set_status(wanted);
  if (IsEnd(wanted)) {
    *now.mutable_ended_at() = ToTimestamp(actor.at);
    KeepAtEnd(edit, actor);
    Unoffer(edit);
    Tell(edit, actor, wanted == Case::STATUS_CLOSED ? "closed" : "resolved")
        .set_reason(now.resolution());
    return {};
  }
  if (IsEnd(before)) {
    now.clear_ended_at();
    if (now.owner().empty()) Offer(edit, ToAnybody(now.queue(), "passed-on"));
    Tell(edit, actor, "reopened");
    return {};
  }
  Tell(edit, actor, "changed");
  return {};
}

Result<void> Link(const std::string& contact, const CaseActor& actor, CaseEdit& edit) {
  Case& now = *edit.record.mutable_case_();
  if (contact.empty() ||
      std::find(now.contacts().begin(), now.contacts().end(), contact) != now.contacts().end()) {
    return {};
  }
  if (now.contacts_size() >= kCaseContactsMax) {
    return Error{Code::kResourceExhausted, "TOO_MANY_CONTACTS",
                 "case " + now.id() + " has " + std::to_string(kCaseContactsMax) + " contacts",
                 "open another case"};
  }
  now.add_contacts(contact);
  Tell(edit, actor, "linked");
  edit.entries.back().set_contact_id(contact);
  return {};
}

}  // namespace

bool HasEnded(const Case& case_now) { return IsEnd(case_now.status()); }

bool HasOpenPromise(const Case& case_now) {
  return !HasEnded(case_now) && case_now.has_promise() && !case_now.promise().has_kept_at() &&
         !case_now.promise().has_missed_at();
}

Result<void> OpenCase(const OpenCaseRequest& request, const CustomerId& customer,
                      const engine::Domain& domain, const CaseActor& actor, CaseEdit& edit) {
  if (auto sound = CheckSubject(request.subject()); !sound.ok()) return sound;
  if (auto sound = CheckCategory(request.category(), domain.cases); !sound.ok()) return sound;
  if (auto sound = CheckLine("product", request.product(), kCaseProductBytesMax); !sound.ok()) {
    return sound;
  }
  if (auto sound = CheckComplaintLevel(request.complaint_level()); !sound.ok()) return sound;
  const std::string& owner = request.owner().empty() ? actor.subject : request.owner();
  if (request.owner().empty() && domain.FindAgent(AgentId{owner}) == nullptr) {
    return Error{Code::kInvalidArgument, "MISSING_OWNER",
                 "the caller is no agent of the domain, and no owner is named",
                 "name the agent who answers for the case"};
  }
  if (auto known = CheckAgent(owner, domain); !known.ok()) return known;
  Case& now = *edit.record.mutable_case_();
  now.set_customer_id(customer.value());
  now.set_subject(request.subject());
  now.set_status(Case::STATUS_OPEN);
  now.set_category(request.category());
  now.set_product(request.product());
  now.set_complaint_level(request.complaint_level());
  if (!request.contact_id().empty()) now.add_contacts(request.contact_id());
  *now.mutable_opened_at() = ToTimestamp(actor.at);
  now.set_opened_by(actor.subject);
  Move(edit, {.owner = owner});
  AddHop(edit, actor, "");
  // Who opens it for another tells her.
  if (owner != actor.subject) {
    Offer(edit, ToOwner(edit, domain.cases, "passed-on", actor.at + kOwnersFor));
  }
  Tell(edit, actor, "opened");
  edit.entries.back().set_contact_id(request.contact_id());
  return {};
}

Result<void> UpdateCase(const UpdateCaseRequest& request, const engine::Domain& domain,
                        const CaseActor& actor, CaseEdit& edit) {
  Case& now = *edit.record.mutable_case_();
  if (auto same = CheckVersion(request.version(), now); !same.ok()) return same;
  if (auto room = CheckRoom(edit); !room.ok()) return room;
  if (request.has_subject()) {
    if (auto sound = CheckSubject(request.subject()); !sound.ok()) return sound;
  }
  if (auto sound = CheckCategory(request.category(), domain.cases); !sound.ok()) return sound;
  if (auto sound = CheckLine("product", request.product(), kCaseProductBytesMax); !sound.ok()) {
    return sound;
  }
  if (auto sound = CheckComplaintLevel(request.complaint_level()); !sound.ok()) return sound;
  if (auto sound = CheckText("resolution", request.resolution()); !sound.ok()) return sound;
  const Case before = now;
  if (request.has_subject()) now.set_subject(request.subject());
  if (request.has_category()) now.set_category(request.category());
  if (request.has_product()) now.set_product(request.product());
  if (request.has_complaint_level()) now.set_complaint_level(request.complaint_level());
  if (request.has_resolution()) now.set_resolution(request.resolution());
  const bool has_changed =
      before.subject() != now.subject() || before.category() != now.category() ||
      before.product() != now.product() || before.complaint_level() != now.complaint_level() ||
      before.resolution() != now.resolution();
  if (auto set = SetStatus(request.status(), actor, edit); !set.ok()) return set;
  if (has_changed && edit.entries.empty()) Tell(edit, actor, "changed");
  return Link(request.link_contact_id(), actor, edit);
}

Result<void> TransferCase(const TransferCaseRequest& request, const engine::Domain& domain,
                          const CaseActor& actor, CaseEdit& edit) {
  Case& now = *edit.record.mutable_case_();
  if (auto same = CheckVersion(request.version(), now); !same.ok()) return same;
  if (auto room = CheckRoom(edit); !room.ok()) return room;
  if (auto sound = CheckText("reason", request.reason()); !sound.ok()) return sound;
  Place to{request.agent_id(), request.queue()};
  if (to.owner.empty() && to.queue.empty()) {
    return Error{Code::kInvalidArgument, "MISSING_TARGET", "neither agent_id nor queue is set",
                 "name the agent or the queue that the case should go to"};
  }
  if (!to.owner.empty()) {
    if (auto known = CheckAgent(to.owner, domain); !known.ok()) return known;
  } else if (domain.FindQueue(QueueId{to.queue}) == nullptr) {
    return Error{Code::kNotFound, "UNKNOWN_QUEUE",
                 "the domain file declares no queue \"" + to.queue + '"', "list the queues"};
  }
  if (HasEnded(now)) return CaseEnded(now);
  if (now.owner() == to.owner && now.queue() == to.queue) {
    return Error{Code::kFailedPrecondition, "SAME_OWNER", "case " + now.id() + " is there already",
                 "choose another agent or queue"};
  }
  bool escalates = false;
  if (!actor.IsSupervisor()) {
    if (now.escalated()) {
      return Error{Code::kPermissionDenied, "ESCALATED",
                   "case " + now.id() + " escalated: it is passed on no more",
                   "only a supervisor may move an escalated case"};
    }
    escalates = static_cast<std::int64_t>(now.transfers()) >= domain.cases.max_transfers;
    if (escalates && !domain.cases.escalate_to) {
      return Error{Code::kFailedPrecondition, "TRANSFER_LIMIT",
                   "case " + now.id() + " was passed on " + std::to_string(now.transfers()) +
                       " times already",
                   "keep the case, or ask a supervisor to move it"};
    }
  }
  if (escalates) {
    to = {.queue = domain.cases.escalate_to.value()};
    now.set_escalated(true);
  }
  now.set_transfers(now.transfers() + 1);
  Move(edit, to);
  AddHop(edit, actor, request.reason());
  const char* const change = escalates ? "escalated" : "passed-on";
  Offer(edit, to.owner.empty() ? ToAnybody(to.queue, change)
                               : ToOwner(edit, domain.cases, change, actor.at + kOwnersFor));
  Tell(edit, actor, change).set_reason(request.reason());
  return {};
}

Result<void> MakePromise(const std::string& text, Instant due, const CaseActor& actor,
                         CaseEdit& edit) {
  Case& now = *edit.record.mutable_case_();
  if (auto room = CheckRoom(edit); !room.ok()) return room;
  if (text.empty()) {
    return Error{Code::kInvalidArgument, "MISSING_TEXT", "the promise says nothing",
                 "say what was promised"};
  }
  if (auto sound = CheckText("text", text); !sound.ok()) return sound;
  if (HasEnded(now)) return CaseEnded(now);
  if (due <= actor.at) {
    return Error{Code::kInvalidArgument, "PROMISE_IN_PAST", "the promise would be due already",
                 "promise something by a later time"};
  }
  if (due > actor.at + kPromiseAheadMax) {
    return Error{Code::kInvalidArgument, "PROMISE_TOO_FAR",
                 "the promise would be due in more than a year",
                 "promise something by a time within a year"};
  }
  const bool replaces = HasOpenPromise(now);
  Promise promise;
  promise.set_text(text);
  *promise.mutable_due() = ToTimestamp(due);
  promise.set_by(actor.subject);
  *promise.mutable_made_at() = ToTimestamp(actor.at);
  promise.set_number(now.promise().number() + 1);
  *now.mutable_promise() = std::move(promise);
  UnofferPromise(edit);
  TellPromise(edit, actor, replaces ? "changed" : "made");
  return {};
}

Result<void> KeepPromise(const CaseActor& actor, CaseEdit& edit) {
  Case& now = *edit.record.mutable_case_();
  if (!now.has_promise()) {
    return Error{Code::kFailedPrecondition, "NO_PROMISE",
                 "nothing was promised in case " + now.id(), "promise something first"};
  }
  if (now.promise().has_kept_at()) return {};
  *now.mutable_promise()->mutable_kept_at() = ToTimestamp(actor.at);
  UnofferPromise(edit);
  TellPromise(edit, actor, "kept");
  return {};
}

// --- by when ---

namespace {

Result<Instant> AfterBusinessTime(Duration open_time, const engine::Domain& domain, Instant now) {
  if (domain.cases.hours.empty()) return now + open_time;
  const engine::Hours* hours = domain.FindHours(domain.cases.hours);
  const std::optional<Instant> due =
      hours == nullptr ? std::nullopt
                       : engine::AfterOpenTime(domain.timezone, *hours, now, open_time);
  if (due) return *due;
  return Error{Code::kFailedPrecondition, "NEVER_OPEN",
               "hours \"" + domain.cases.hours + "\" are not open for so long within a year",
               "promise something by an instant, or correct the hours of the domain file"};
}

}  // namespace

Result<Instant> DueOf(const MakePromiseRequest& request, const engine::Domain& domain,
                      Instant now) {
  switch (request.by_case()) {
    case MakePromiseRequest::kDue:
      return ParseTimestamp(request.due(), "due");
    case MakePromiseRequest::kLocalTime: {
      const std::optional<Duration> local = configuration::ParseLocalTime(request.local_time());
      if (local) return domain.timezone.FromLocal(*local);
      return Error{Code::kInvalidArgument, "BAD_LOCAL_TIME",
                   "local_time \"" + request.local_time().substr(0, 32) + "\" is no time",
                   "write it as 2026-11-23T18:00"};
    }
    case MakePromiseRequest::kBusinessTime: {
      const Result<Duration> open_time = ParseDuration(request.business_time(), "business_time");
      if (!open_time.ok()) return open_time.error();
      return AfterBusinessTime(*open_time, domain, now);
    }
    case MakePromiseRequest::BY_NOT_SET:
      break;
  }
  return Error{Code::kInvalidArgument, "MISSING_DUE", "the promise says no time",
               "set due, local_time or business_time"};
}

// --- what time brings ---

namespace {

Instant RemindAt(const Promise& promise, const engine::CasePolicy& policy) {
  const Instant made = At(promise.made_at());
  const Instant due = At(promise.due());
  return std::max(due - policy.due_soon, made + (due - made) / 2);
}

void Remind(const engine::CasePolicy& policy, const CaseActor& system, CaseEdit& edit) {
  Case& now = *edit.record.mutable_case_();
  *now.mutable_promise()->mutable_reminded_at() = ToTimestamp(system.at);
  TellPromise(edit, system, "due-soon");
  // Who waits for an owner is offered to somebody already.
  const bool is_offered = edit.record.has_task() && edit.record.task().gives_ownership();
  if (now.owner().empty() || is_offered) return;
  CaseTask task = ToOwner(edit, policy, "due-soon", At(now.promise().due()));
  task.set_promise(now.promise().number());
  Offer(edit, std::move(task));
}

void Escalate(const engine::CasePolicy& policy, const CaseActor& system, CaseEdit& edit) {
  Case& now = *edit.record.mutable_case_();
  *now.mutable_promise()->mutable_missed_at() = ToTimestamp(system.at);
  now.set_escalated(true);
  TellPromise(edit, system, "missed");
  if (policy.escalate_to) {
    if (now.owner().empty() && now.queue() != policy.escalate_to.value()) {
      Move(edit, {.queue = policy.escalate_to.value()});
      if (now.hops_size() < kCaseHopsMax) AddHop(edit, system, "promise missed");
    }
    CaseTask task = ToAnybody(policy.escalate_to.value(), "missed");
    task.set_promise(now.promise().number());
    Offer(edit, std::move(task));
  } else if (!now.owner().empty()) {
    CaseTask task = ToOwner(edit, policy, "missed", system.at + kOwnersFor);
    task.set_promise(now.promise().number());
    Offer(edit, std::move(task));
  }
  Tell(edit, system, "escalated").set_reason("promise missed");
}

}  // namespace

void AttendCase(const engine::Domain& domain, Instant now, CaseEdit& edit) {
  const Case& as_is = edit.record.case_();
  const CaseActor system{.at = now};
  if (HasEnded(as_is)) return;
  if (HasOpenPromise(as_is)) {
    const Promise& promise = as_is.promise();
    if (At(promise.due()) <= now) return Escalate(domain.cases, system, edit);
    if (!promise.has_reminded_at() && RemindAt(promise, domain.cases) <= now) {
      return Remind(domain.cases, system, edit);
    }
  }
  if (edit.record.has_offer_again_at() && At(edit.record.offer_again_at()) <= now &&
      edit.record.has_task()) {
    CaseTask again = edit.record.task();
    Offer(edit, std::move(again));
    edit.is_noted = true;
  }
}

std::optional<Instant> NextDueOf(const CaseRecord& record, const engine::CasePolicy& policy) {
  const Case& now = record.case_();
  if (HasEnded(now)) return std::nullopt;
  std::optional<Instant> next;
  if (record.has_offer_again_at()) next = At(record.offer_again_at());
  if (HasOpenPromise(now)) {
    const Promise& promise = now.promise();
    const Instant at = promise.has_reminded_at() ? At(promise.due()) : RemindAt(promise, policy);
    next = next ? std::min(*next, at) : at;
  }
  return next;
}

void TakeTask(const std::string& external_id, const AgentId& agent, Instant at, CaseEdit& edit) {
  CaseRecord& record = edit.record;
  if (!record.has_task() || record.task().external_id() != external_id) return;
  if (!record.task().gives_ownership() || HasEnded(record.case_())) return;
  const CaseActor system{.at = at};
  const std::string queue = record.task().queue();
  record.mutable_task()->set_gives_ownership(false);
  Move(edit, {.owner = agent.value()});
  if (record.case_().hops_size() < kCaseHopsMax) {
    AddHop(edit, system, "accepted the task");
    record.mutable_case_()->mutable_hops(record.case_().hops_size() - 1)->set_queue(queue);
  }
  Tell(edit, system, "taken");
}

void EndTask(const std::string& external_id, Instant at, CaseEdit& edit) {
  CaseRecord& record = edit.record;
  if (!record.has_task() || record.task().external_id() != external_id) return;
  edit.is_noted = true;
  record.mutable_case_()->clear_task_contact_id();
  if (record.task().gives_ownership()) {
    NoteRefused(external_id, at, record);
  } else {
    record.clear_task();
  }
}

void NoteOffered(const std::string& external_id, const std::string& contact_id,
                 CaseRecord& record) {
  if (record.task().external_id() != external_id) return;
  record.mutable_task()->set_contact_id(contact_id);
  record.mutable_case_()->set_task_contact_id(contact_id);
}

void NoteRefused(const std::string& external_id, Instant at, CaseRecord& record) {
  if (record.task().external_id() != external_id) return;
  *record.mutable_offer_again_at() = ToTimestamp(at + kOfferCaseAgainAfter);
}

bool WantsOffer(const CaseRecord& record) {
  return record.has_task() && record.task().contact_id().empty() && !record.has_offer_again_at();
}

bool IsSettled(const CaseRecord& record) {
  return record.settled() == record.case_().version() && !WantsOffer(record) &&
         record.withdrawn().empty() && record.former_owners().empty();
}

}  // namespace usher::service
