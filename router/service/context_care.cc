// SPDX-License-Identifier: Apache-2.0
#include "router/service/context_care.h"

#include <utility>

#include "base/io/log.h"

namespace usher::service {

namespace {

constexpr Duration kBetweenParts{5};    // of the index: the calls of others come first
constexpr Duration kRetryAfter{1'000};  // when the store failed
constexpr Duration kLookAgain{30'000};  // whether other fields may be searched

}  // namespace

ContextCare::ContextCare(runtime::DomainRuntime& runtime, ContextNode& node)
    : runtime_(runtime), node_(node), timer_(runtime.loop()), alive_(std::make_shared<int>(0)) {
  runtime_.Watch(*this);
}

ContextCare::~ContextCare() { runtime_.Unwatch(*this); }

void ContextCare::OnLeading() {
  ++term_;
  built_ = false;
  failed_ = false;
  CompleteMerges();
}

void ContextCare::OnDeposed(const Error&) {
  ++term_;
  timer_.Cancel();
}

void ContextCare::Later(Duration wait, void (ContextCare::*step)()) {
  timer_.Start(wait, [this, step] {
    if (runtime_.leading()) (this->*step)();
  });
}

void ContextCare::CompleteMerges() {
  node_.merges.Complete(runtime_.domain(), [this, term = term_,
                                            weak = std::weak_ptr(alive_)](Result<void> completed) {
    if (weak.expired() || term != term_) return;
    if (completed.ok()) {
      failed_ = false;
      return CompleteErasures();
    }
    if (!std::exchange(failed_, true)) {
      io::LogError(io::LogLevel::kWarning, "merge_not_completed", completed.error(),
                   {{"domain", runtime_.domain().value()}});
    }
    // What is damaged stays so until somebody mends it; the index does not wait for that.
    if (completed.error().code == Code::kDataLoss) return CompleteErasures();
    Later(kRetryAfter, &ContextCare::CompleteMerges);
  });
}

void ContextCare::CompleteErasures() {
  Erasure::FindUnfinished(
      node_, runtime_.domain(),
      [this, term = term_, weak = std::weak_ptr(alive_)](Result<std::vector<Erasure::Wish>> found) {
        if (weak.expired() || term != term_) return;
        erased_ = found.ok();
        if (found.ok()) return Erase(*std::move(found));
        io::LogError(io::LogLevel::kWarning, "erasure_not_completed", found.error(),
                     {{"domain", runtime_.domain().value()}});
        Build();
      });
}

// One after the other; what fails is tried again a while later.
void ContextCare::Erase(std::vector<Erasure::Wish> unfinished) {
  const Result<DomainNode*> led = node_.find_led(runtime_.domain());
  if (unfinished.empty() || !led.ok()) return Build();
  Erasure::Wish wish = std::move(unfinished.back());
  unfinished.pop_back();
  std::make_shared<Erasure>(
      node_, **led, std::move(wish),
      [this, term = term_, weak = std::weak_ptr(alive_),
       left = std::move(unfinished)](const Result<context::v1::EraseCustomerResponse>& erased) {
        if (weak.expired() || term != term_) return;
        if (!erased.ok()) {
          erased_ = false;
          io::LogError(io::LogLevel::kWarning, "erasure_not_completed", erased.error(),
                       {{"domain", runtime_.domain().value()}});
        }
        Erase(left);
      })
      ->Begin();
}

void ContextCare::Build() {
  node_.index_builder.Step(runtime_.domain(), [this, term = term_,
                                               weak = std::weak_ptr(alive_)](Result<bool> whole) {
    if (weak.expired() || term != term_) return;
    if (!whole.ok()) {
      if (!std::exchange(failed_, true)) {
        io::LogError(io::LogLevel::kWarning, "customer_index_not_built", whole.error(),
                     {{"domain", runtime_.domain().value()}});
      }
      return Later(kRetryAfter, &ContextCare::Build);
    }
    failed_ = false;
    if (!*whole) {
      built_ = true;
      return Later(kBetweenParts, &ContextCare::Build);
    }
    if (std::exchange(built_, false)) {
      io::Log(io::LogLevel::kInfo, "customer_index_built", {{"domain", runtime_.domain().value()}});
    }
    Later(kLookAgain, erased_ ? &ContextCare::Build : &ContextCare::CompleteErasures);
  });
}

}  // namespace usher::service
