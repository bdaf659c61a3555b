// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/io/metrics.h"
#include "router/store/checkpoint_book.h"

namespace usher::runtime {

// What is kept of a domain's past, shown to Prometheus by the router that leads it. Loop thread.
class HistoryGauges {
 public:
  HistoryGauges(io::Metrics& metrics, const std::string& domain);

  void Show(const store::HistoryFigures& figures);
  // Another router leads: it shows them.
  void Clear() { Show({}); }

 private:
  io::Gauge& log_commits_;
  io::Gauge& log_bytes_;
  io::Gauge& log_oldest_;
  io::Gauge& checkpoints_;
  io::Gauge& checkpoint_bytes_;
};

}  // namespace usher::runtime
