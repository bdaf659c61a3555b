// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/io/event_loop.h"
#include "base/time.h"
#include "router/runtime/domain_runtime.h"
#include "router/service/context_node.h"
#include "router/service/erasure.h"

namespace usher::service {

// What the router that leads a domain does for its context by itself: it finishes the merges and
// erasures of customers that a crash cut short, and builds the index of customers where it lacks
// something, a little at a time. Loop thread.
class ContextCare final : public runtime::Watcher {
 public:
  ContextCare(runtime::DomainRuntime& runtime, ContextNode& node);
  ~ContextCare() override;

  void OnTold(const std::shared_ptr<const runtime::Told>&) override {}
  void OnLeading() override;
  void OnDeposed(const Error& why) override;

 private:
  void CompleteMerges();
  void CompleteErasures();
  void Erase(std::vector<Erasure::Wish> unfinished);
  void Build();
  // Calls `step` a while later, unless the domain is led elsewhere by then.
  void Later(Duration wait, void (ContextCare::*step)());

  runtime::DomainRuntime& runtime_;
  ContextNode& node_;
  io::Timer timer_;
  std::uint64_t term_ = 0;  // answers of old terms are stale
  bool built_ = false;
  bool erased_ = true;   // no erasure is known to be unfinished
  bool failed_ = false;  // said once for each time that it begins to fail
  std::shared_ptr<int> alive_;
};

}  // namespace usher::service
