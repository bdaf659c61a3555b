// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/io/token.h"
#include "base/result.h"
#include "base/time.h"
#include "router/engine/domain.h"
#include "usher/context/v1/case_record.pb.h"
#include "usher/context/v1/case_service.pb.h"

// What may happen to a case, and what follows from it: pure functions of the record, the domain and
// the time. An edit that was refused is to be thrown away. What follows elsewhere (timeline,
// tasks) is written into the edit and carried out by CaseDesk.
namespace usher::service {

// As whose contacts the engine knows the tasks of cases.
inline constexpr char kCaseAdapter[] = "cases";

inline constexpr int kCaseContactsMax = 200;
inline constexpr int kCaseHopsMax = 200;
inline constexpr std::uint64_t kCaseChangesMax = 10'000;
inline constexpr std::size_t kCaseSubjectBytesMax = 256;
inline constexpr std::size_t kCaseProductBytesMax = 128;
inline constexpr std::size_t kCaseTextBytesMax = 1024;
inline constexpr std::uint32_t kComplaintLevelMax = 5;
inline constexpr Duration kPromiseAheadMax = std::chrono::hours{366 * 24};
// A task that nobody took is offered again after this.
inline constexpr Duration kOfferCaseAgainAfter = std::chrono::minutes{15};

// A case that is being changed. It changed where it has entries for the customer's timeline.
struct CaseEdit {
  context::v1::CaseRecord record;
  std::vector<context::v1::TimelineEntry> entries{};
  bool is_noted = false;  // something is to be kept that the case does not show
  // Why nobody was offered the task that should be; empty: somebody is, or none should be.
  std::string unoffered{};
};

// Who changes it, and when; without a subject it is the system.
struct CaseActor {
  std::string subject{};
  std::optional<io::Role> role{};
  Instant at{};

  bool IsSupervisor() const { return role == io::Role::kSupervisor || role == io::Role::kAdmin; }
};

bool HasEnded(const context::v1::Case& case_now);
// A promise that is neither kept nor missed, of a case that has not ended.
bool HasOpenPromise(const context::v1::Case& case_now);

// INVALID_ARGUMENT: TOO_LONG, MISSING_SUBJECT, BAD_TEXT, BAD_COMPLAINT_LEVEL, UNKNOWN_CATEGORY;
// NOT_FOUND/UNKNOWN_AGENT. `customer` is the one that the request's was merged into, if any.
Result<void> OpenCase(const context::v1::OpenCaseRequest& request, const CustomerId& customer,
                      const engine::Domain& domain, const CaseActor& actor, CaseEdit& edit);

// As above; ABORTED/VERSION_CHANGED, FAILED_PRECONDITION/BAD_TRANSITION, INVALID_ARGUMENT/
// MISSING_RESOLUTION, RESOURCE_EXHAUSTED/TOO_MANY_CONTACTS, CASE_FULL.
Result<void> UpdateCase(const context::v1::UpdateCaseRequest& request, const engine::Domain& domain,
                        const CaseActor& actor, CaseEdit& edit);

// INVALID_ARGUMENT: MISSING_TARGET, TOO_LONG; NOT_FOUND: UNKNOWN_AGENT, UNKNOWN_QUEUE; ABORTED/
// VERSION_CHANGED; FAILED_PRECONDITION: CASE_ENDED, TRANSFER_LIMIT, SAME_OWNER; PERMISSION_DENIED/
// ESCALATED; RESOURCE_EXHAUSTED/CASE_FULL.
Result<void> TransferCase(const context::v1::TransferCaseRequest& request,
                          const engine::Domain& domain, const CaseActor& actor, CaseEdit& edit);

// INVALID_ARGUMENT: MISSING_TEXT, TOO_LONG, PROMISE_IN_PAST, PROMISE_TOO_FAR; FAILED_PRECONDITION/
// CASE_ENDED; RESOURCE_EXHAUSTED/CASE_FULL.
Result<void> MakePromise(const std::string& text, Instant due, const CaseActor& actor,
                         CaseEdit& edit);

// FAILED_PRECONDITION/NO_PROMISE. One that was kept stays as it is.
Result<void> KeepPromise(const CaseActor& actor, CaseEdit& edit);

// By when: INVALID_ARGUMENT: MISSING_DUE, BAD_INSTANT, BAD_LOCAL_TIME, BAD_DURATION; where
// `cases.hours` do not open for so long: FAILED_PRECONDITION/NEVER_OPEN.
Result<Instant> DueOf(const context::v1::MakePromiseRequest& request, const engine::Domain& domain,
                      Instant now);

// What is due by now: the owner is reminded, a missed promise escalates, a task that came to
// nothing is offered again. Nothing where nothing is.
void AttendCase(const engine::Domain& domain, Instant now, CaseEdit& edit);
// When AttendCase has something to do; none: never. A promise is due soon `cases.due_soon` before
// it is due, but never in the first half of its time: who promises something within the hour is not
// reminded at once.
std::optional<Instant> NextDueOf(const context::v1::CaseRecord& record,
                                 const engine::CasePolicy& policy);

// An agent accepted the task, or it ended. Nothing where the case has another task by now.
void TakeTask(const std::string& external_id, const AgentId& agent, Instant at, CaseEdit& edit);
void EndTask(const std::string& external_id, Instant at, CaseEdit& edit);
// The engine took it, or would not: then it is offered again later.
void NoteOffered(const std::string& external_id, const std::string& contact_id,
                 context::v1::CaseRecord& record);
void NoteRefused(const std::string& external_id, Instant at, context::v1::CaseRecord& record);

// Whether the task is still to be given to the engine, and whether anything is still to be done
// outside the record.
bool WantsOffer(const context::v1::CaseRecord& record);
bool IsSettled(const context::v1::CaseRecord& record);

}  // namespace usher::service
