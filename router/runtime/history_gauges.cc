// SPDX-License-Identifier: Apache-2.0
#include "router/runtime/history_gauges.h"

namespace usher::runtime {

HistoryGauges::HistoryGauges(io::Metrics& metrics, const std::string& domain)
    : log_commits_(metrics.AddGauge("usher_log_commits", "Commits that the log holds.",
                                    {{"domain", domain}})),
      log_bytes_(metrics.AddGauge("usher_log_bytes",
                                  "About how many bytes of records the log holds.",
                                  {{"domain", domain}})),
      log_oldest_(metrics.AddGauge(
          "usher_log_oldest_timestamp_seconds",
          "Instant of the oldest event that the log holds since the Unix epoch; 0: not known.",
          {{"domain", domain}})),
      checkpoints_(metrics.AddGauge("usher_checkpoints",
                                    "States of the past that are kept to explain the log from.",
                                    {{"domain", domain}})),
      checkpoint_bytes_(metrics.AddGauge("usher_checkpoint_bytes",
                                         "Bytes of records in all checkpoints together.",
                                         {{"domain", domain}})) {}

void HistoryGauges::Show(const store::HistoryFigures& figures) {
  log_commits_.Set(static_cast<double>(figures.commits));
  log_bytes_.Set(static_cast<double>(figures.log_bytes));
  log_oldest_.Set(static_cast<double>(ToUnixMs(figures.oldest_at)) / 1'000.0);
  checkpoints_.Set(static_cast<double>(figures.checkpoints));
  checkpoint_bytes_.Set(static_cast<double>(figures.checkpoint_bytes));
}

}  // namespace usher::runtime
