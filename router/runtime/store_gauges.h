// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/io/metrics.h"
#include "router/store/domain_store.h"

namespace usher::runtime {

// What Prometheus is told of the Redis behind one domain. Loop thread.
class StoreGauges {
 public:
  // `replicas_required`: by the durability; 0 where it asks for none.
  StoreGauges(io::Metrics& metrics, const std::string& domain, std::uint32_t replicas_required);

  void Show(const store::StoreCondition& condition);
  // Something new was refused because Redis is nearly full.
  void CountRefusal() { refusals_.Increment(); }
  // The leadership was lost, or could not be taken, for a reason of the store's.
  void CountFailure() { failures_.Increment(); }

 private:
  io::Gauge& memory_used_;
  io::Gauge& memory_limit_;
  io::Gauge& full_;
  io::Counter& refusals_;
  io::Counter& failures_;
  io::Counter& delayed_fsyncs_;
  io::Gauge& append_ok_;
  io::Gauge& rewrite_ok_;
  io::Gauge& replicas_in_step_;
  io::Gauge& waiting_seconds_;
  std::optional<std::uint64_t> delayed_before_;
};

}  // namespace usher::runtime
