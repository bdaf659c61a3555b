// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/result.h"
#include "router/runtime/domain_runtime.h"
#include "router/runtime/told.h"
#include "router/service/domain_node.h"

namespace usher::service {

// A stream that stands by for an adapter's name.
class Standby {
 public:
  virtual ~Standby() = default;
  // The name is its own to take.
  virtual void OnTurn() = 0;
  // The domain is not led here any more: the stream ends with the error.
  virtual void OnCut(const Error& why) = 0;
};

// Which stream of one domain has each adapter's name, and which wait for it: first come, first
// served. Who waits is here once, and forgotten before it is called. Loop thread.
class AdapterStandbys final : public runtime::Watcher {
 public:
  // Of one name: a second process for when the first one ends, and some to spare.
  static constexpr std::size_t kStandbysMax = 8;

  // The runtime must outlive it.
  explicit AdapterStandbys(runtime::DomainRuntime& runtime);
  ~AdapterStandbys() override;
  AdapterStandbys(const AdapterStandbys&) = delete;
  AdapterStandbys& operator=(const AdapterStandbys&) = delete;

  bool HasName(const std::string& adapter) const { return holders_.contains(adapter); }
  // The stream has the name from now on, whoever had it before.
  void Take(const std::string& adapter, const void* stream);
  // The stream has ended, and all that this means is done. Where it had the name, the next of those
  // who wait has its turn.
  void Leave(const std::string& adapter, const void* stream);

  // RESOURCE_EXHAUSTED/TOO_MANY_STAND_BY.
  Result<void> Add(const std::string& adapter, Standby& standby);
  void Remove(const Standby& standby);

  void OnTold(const std::shared_ptr<const runtime::Told>&) override {}
  void OnDeposed(const Error& why) override;

 private:
  runtime::DomainRuntime& runtime_;
  std::unordered_map<std::string, const void*> holders_;
  std::unordered_map<std::string, std::deque<Standby*>> waiting_;  // by adapter, none empty
};

// Of all domains. Filled at start-up, then only read.
class Standbys {
 public:
  explicit Standbys(const Domains& domains);

  AdapterStandbys& Of(const DomainNode& node) const { return *standbys_.at(&node); }

 private:
  std::unordered_map<const DomainNode*, std::unique_ptr<AdapterStandbys>> standbys_;
};

}  // namespace usher::service
