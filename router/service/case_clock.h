// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/io/event_loop.h"
#include "base/time.h"
#include "router/context/case_store.h"
#include "router/runtime/domain_runtime.h"
#include "router/service/case_desk.h"

namespace usher::service {

// Sees that what was promised is attended to when it is due: only at the router that leads the
// domain, by one timer for the earliest instant in the domain's promises. Nothing is polled, and
// nothing but that instant is in memory: who leads next reads it from Redis, and with it whatever a
// crash has left unfinished.
//
// When the domain comes to be led here, every open case is looked at once, in pages: what it has
// promised is put among the promises where it is missing there, as after a restore.
//
// Loop thread.
class CaseClock final : public runtime::Watcher {
 public:
  CaseClock(runtime::DomainRuntime& runtime, context::CaseStore& store, CaseDesk& desk);
  ~CaseClock() override;

  // Something is due at `at`: the timer must not be later.
  void Expect(Instant at);

  void OnTold(const std::shared_ptr<const runtime::Told>&) override {}
  void OnLeading() override;
  void OnDeposed(const Error& why) override;

 private:
  struct Round;

  void Sweep(const std::string& before);
  void SweepPage(context::CasePage page);
  void Look();
  void Attend(const std::vector<context::CaseStore::DueCase>& due);
  void EndRound(const Round& round);
  void SetNext();
  void LookAgainSoon(const Error& why);

  runtime::DomainRuntime& runtime_;
  context::CaseStore& store_;
  CaseDesk& desk_;
  io::Timer timer_;
  Instant timer_at_ = kNever;
  bool looking_ = false;
  std::uint64_t term_ = 0;  // grows with every change of the leader; answers of old terms are stale
  std::shared_ptr<int> alive_;
};

}  // namespace usher::service
