// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "base/result.h"
#include "router/service/case_desk.h"
#include "router/service/contact_sink.h"

namespace usher::service {

// What becomes of the tasks that offer cases: who accepts one that gives ownership owns the case,
// and one that ends is the case's no more. Nothing happens twice: a task is told from all others by
// its external id, and gives ownership once.
class CaseTasks final : public ContactSink {
 public:
  explicit CaseTasks(CaseDesk& desk) : desk_(desk) {}

  bool Follows(const FedContact& contact) const override;
  void Take(const FedContact& contact, const context::FeedPosition& position,
            const engine::Event& event, std::function<void(Result<void>)> done) override;

 private:
  CaseDesk& desk_;
};

}  // namespace usher::service
