// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"
#include "router/context/case_store.h"
#include "router/runtime/domain_runtime.h"
#include "router/service/case_rules.h"

namespace usher::service {

// Changes the cases of one domain, at the router that leads it: one change of a case at a time, and
// with each all that follows from it: the customer's timeline, the lists, the tasks in the engine.
//
// Everything happens exactly once, whatever fails between two steps:
// - The case is due at once in the domain's promises before it is changed. So after a crash at any
//   step the clock of whoever leads next attends to it, and finds in the record what is missing.
// - The record says by which change (settled) everything was done. What is done again until then
//   does nothing: an entry of the timeline by its position in the case, a list because it says the
//   same, a task by its external id while it is open, and by the id of the request after that.
// - What time brings (a reminder, a miss) is written into the record in the same change that asks
//   for its task. A second attempt finds it there.
//
// Loop thread.
class CaseDesk {
 public:
  using Edit = std::function<Result<void>(CaseEdit&)>;
  using Done = std::function<void(Result<context::v1::Case>)>;
  // Changes under way and waiting, of all cases; more are refused CASES_BUSY.
  static constexpr std::size_t kChangesMax = 10'000;

  struct Hooks {
    // There is something new in the customer's timeline.
    std::function<void(const CustomerId&)> told;
    // The case has to be attended to then.
    std::function<void(Instant)> due;
  };

  CaseDesk(runtime::DomainRuntime& runtime, context::CaseStore& store)
      : runtime_(runtime), store_(store), alive_(std::make_shared<int>(0)) {}
  CaseDesk(const CaseDesk&) = delete;
  CaseDesk& operator=(const CaseDesk&) = delete;

  void SetHooks(Hooks hooks) { hooks_ = std::move(hooks); }

  // `edit` changes the case as it is now, or refuses; it may be called again. `done` hears of the
  // case as it is when all that follows was done, or, where the store or the engine fails at that,
  // when the change is durable: the rest comes by itself. INVALID_ARGUMENT/REQUEST_ID_REUSED.
  void Open(const std::string& case_id, const CaseActor& actor, context::CaseRequest request,
            Edit edit, Done done);
  // NOT_FOUND/UNKNOWN_CASE.
  void Change(const std::string& case_id, const CaseActor& actor, context::CaseRequest request,
              Edit edit, Done done);
  // Does what is due and what is missing. `watched` is CaseStore::DueCase's.
  void Attend(const std::string& case_id, const std::string& watched,
              std::function<void(Result<void>)> done);

 private:
  struct Work;
  using WorkPtr = std::shared_ptr<Work>;

  void Enqueue(WorkPtr work);
  void Find(const WorkPtr& work);
  void OnFound(const WorkPtr& work, context::FoundCase found);
  void OnDamaged(const WorkPtr& work, const Error& why);
  void Apply(const WorkPtr& work, context::StoredCase stored);
  void Watch(const WorkPtr& work, std::function<void()> then);
  void Write(const WorkPtr& work, const std::string& before, context::v1::CaseRecord after,
             const context::v1::CaseStep& step);
  void Settle(const WorkPtr& work, context::StoredCase stored);
  void TellFrom(const WorkPtr& work, std::uint64_t after);
  void List(const WorkPtr& work);
  void WithdrawTasks(const WorkPtr& work);
  void OfferTask(const WorkPtr& work);
  void WriteSettled(const WorkPtr& work);
  void Leave(const WorkPtr& work, std::optional<Instant> next);
  void Fail(const WorkPtr& work, const Error& why);
  void Finish(const WorkPtr& work, Result<context::v1::Case> result);
  std::optional<Instant> NextDue(const context::v1::CaseRecord& record) const;
  // `call`, unless this is gone by then.
  template <class Call>
  auto WhileAlive(Call call) {
    return [weak = std::weak_ptr(alive_), call = std::move(call)](auto&&... arguments) mutable {
      if (!weak.expired()) call(std::forward<decltype(arguments)>(arguments)...);
    };
  }

  runtime::DomainRuntime& runtime_;
  context::CaseStore& store_;
  Hooks hooks_;
  std::unordered_map<std::string, std::deque<WorkPtr>> lines_;  // by case; the first is under way
  std::size_t works_ = 0;
  std::shared_ptr<int> alive_;
};

}  // namespace usher::service
