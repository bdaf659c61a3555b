// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "router/runtime/domain_runtime.h"
#include "usher/routing/v1/routing_service.pb.h"

namespace usher::service {

// Compares what an adapter says that it still has with what the router has of it: contacts that it
// does not name end `lost`, and it is told which of those it names are not its own any more. Only
// contacts that were open before the first part of the list came are judged, for the adapter cannot
// have listed later ones; consults are not, for they end with what they are about. Loop thread.
class Reconciliation {
 public:
  static constexpr std::size_t kNamedMax = 200'000;
  static constexpr std::size_t kNamedInMessageMax = 1'000;
  static constexpr std::size_t kLostAtOnce = 500;  // in one turn of the loop

  // `wake` is called when there is something to tell.
  Reconciliation(runtime::DomainRuntime& runtime, std::string adapter, std::function<void()> wake);

  // A part of the list. RESOURCE_EXHAUSTED/TOO_MANY_HELD above the bounds, FAILED_PRECONDITION/
  // STILL_RECONCILING before the list before it was answered, or BAD_CONTACT_ID.
  Result<void> Take(const routing::v1::HeldContacts& held);
  void Fill(routing::v1::RouteContactsResponse& message);

 private:
  bool IsHeld(const engine::ContactRow& row) const;
  void Compare();
  void FindUnknown();
  void LoseSome();
  void Tell();

  runtime::DomainRuntime& runtime_;
  const std::string adapter_;
  const std::function<void()> wake_;
  bool begun_ = false;
  bool comparing_ = false;
  ContactId last_judged_{};
  std::unordered_set<ContactId> ids_;
  std::unordered_set<std::string> external_ids_;
  std::vector<ContactId> lost_;  // to be closed yet
  std::uint32_t lost_count_ = 0;
  std::vector<std::string> unknown_ids_;
  std::vector<std::string> unknown_external_ids_;
  bool due_ = false;  // the comparison is durable and may be told
  std::shared_ptr<void> alive_ = std::make_shared<int>(0);
};

}  // namespace usher::service
