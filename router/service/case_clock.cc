// SPDX-License-Identifier: Apache-2.0
#include "router/service/case_clock.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/io/log.h"

namespace usher::service {

namespace {

constexpr std::size_t kDueAtOnce = 100;
constexpr std::size_t kSweepPage = 200;
constexpr Duration kAgainAfter{1'000};
// The timer follows a clock that nobody sets: so often it is compared with the one on the wall.
constexpr Duration kTimerMax = std::chrono::hours{1};

}  // namespace

struct CaseClock::Round {
  std::size_t left = 0;
  std::optional<Error> error;
};

CaseClock::CaseClock(runtime::DomainRuntime& runtime, context::CaseStore& store, CaseDesk& desk)
    : runtime_(runtime),
      store_(store),
      desk_(desk),
      timer_(runtime.loop()),
      alive_(std::make_shared<int>(0)) {
  runtime_.Watch(*this);
}

CaseClock::~CaseClock() { runtime_.Unwatch(*this); }

void CaseClock::OnLeading() {
  ++term_;
  looking_ = false;
  Sweep("");
  Look();
}

void CaseClock::OnDeposed(const Error&) {
  ++term_;
  looking_ = false;
  timer_.Cancel();
  timer_at_ = kNever;
}

void CaseClock::Expect(Instant at) {
  // A look that is under way sets the timer by what it finds then.
  if (looking_ || at >= timer_at_ || !runtime_.leading()) return;
  timer_at_ = at;
  const Duration in = std::clamp(at - runtime_.Now(), Duration{0}, kTimerMax);
  timer_.Start(in, [this] {
    timer_at_ = kNever;
    if (runtime_.leading()) Look();
  });
}

void CaseClock::Sweep(const std::string& before) {
  store_.ReadList(
      runtime_.domain(), {}, before, kSweepPage,
      [this, term = term_, weak = std::weak_ptr(alive_)](Result<context::CasePage> page) {
        if (weak.expired() || term != term_) return;
        if (page.ok()) return SweepPage(*std::move(page));
        io::LogError(io::LogLevel::kWarning, "cases_not_swept", page.error(),
                     {{"domain", runtime_.domain().value()}});
      });
}

void CaseClock::SweepPage(context::CasePage page) {
  for (const context::v1::Case& one : page.cases) {
    context::v1::CaseRecord record;
    *record.mutable_case_() = one;
    // Who waits for an owner has a task: whether it is there only its record says.
    const std::optional<Instant> at = one.owner().empty()
                                          ? std::optional(runtime_.Now())
                                          : NextDueOf(record, runtime_.engine().domain().cases);
    if (!at) continue;
    // What is among the promises with an earlier instant stays as it is.
    store_.Watch(
        runtime_.domain(), one.id(), *at,
        [this, term = term_, at, weak = std::weak_ptr(alive_)](const Result<std::string>& watched) {
          if (weak.expired() || term != term_ || !watched.ok()) return;
          Expect(*at);
        });
  }
  if (!page.next.empty()) Sweep(page.next);
}

void CaseClock::Look() {
  if (looking_) return;
  looking_ = true;
  using Due = std::vector<context::CaseStore::DueCase>;
  store_.ReadDue(runtime_.domain(), runtime_.Now(), kDueAtOnce,
                 [this, term = term_, weak = std::weak_ptr(alive_)](const Result<Due>& due) {
                   if (weak.expired() || term != term_) return;
                   if (!due.ok()) return LookAgainSoon(due.error());
                   if (due->empty()) return SetNext();
                   Attend(*due);
                 });
}

void CaseClock::Attend(const std::vector<context::CaseStore::DueCase>& due) {
  const auto round = std::make_shared<Round>();
  round->left = due.size();
  for (const context::CaseStore::DueCase& one : due) {
    desk_.Attend(
        one.case_id, one.watched,
        [this, round, term = term_, weak = std::weak_ptr(alive_)](const Result<void>& attended) {
          if (weak.expired() || term != term_) return;
          if (!attended.ok()) round->error = attended.error();
          if (--round->left == 0) EndRound(*round);
        });
  }
}

void CaseClock::EndRound(const Round& round) {
  if (round.error) return LookAgainSoon(*round.error);
  looking_ = false;
  Look();
}

void CaseClock::SetNext() {
  store_.ReadNextDue(runtime_.domain(), [this, term = term_, weak = std::weak_ptr(alive_)](
                                            const Result<std::optional<Instant>>& next) {
    if (weak.expired() || term != term_) return;
    if (!next.ok()) return LookAgainSoon(next.error());
    looking_ = false;
    timer_.Cancel();
    timer_at_ = kNever;
    if (*next) Expect(**next);
  });
}

void CaseClock::LookAgainSoon(const Error& why) {
  io::LogError(io::LogLevel::kWarning, "promises_not_attended", why,
               {{"domain", runtime_.domain().value()}});
  looking_ = false;
  timer_at_ = kNever;
  Expect(runtime_.Now() + kAgainAfter);
}

}  // namespace usher::service
