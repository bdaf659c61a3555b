// SPDX-License-Identifier: Apache-2.0
#include "router/runtime/store_gauges.h"

#include <chrono>

namespace usher::runtime {

StoreGauges::StoreGauges(io::Metrics& metrics, const std::string& domain,
                         std::uint32_t replicas_required)
    : memory_used_(metrics.AddGauge("usher_store_memory_used_bytes",
                                    "Memory that the domain's Redis uses, as it counts it.",
                                    {{"domain", domain}})),
      memory_limit_(metrics.AddGauge("usher_store_memory_limit_bytes",
                                     "Its maxmemory; where none is set, three quarters of the "
                                     "memory of its machine.",
                                     {{"domain", domain}})),
      full_(metrics.AddGauge("usher_store_full",
                             "1 while new contacts are refused because that memory is nearly "
                             "taken.",
                             {{"domain", domain}})),
      refusals_(metrics.AddCounter("usher_store_full_refusals_total",
                                   "New contacts and customers refused because Redis is nearly "
                                   "full.",
                                   {{"domain", domain}})),
      failures_(metrics.AddCounter("usher_store_failures_total",
                                   "Times that the leadership of the domain was lost or could not "
                                   "be taken; the log says why.",
                                   {{"domain", domain}})),
      delayed_fsyncs_(metrics.AddCounter("usher_store_delayed_fsyncs_total",
                                         "Times that Redis went on writing beside an fsync that "
                                         "took over two seconds.",
                                         {{"domain", domain}})),
      append_ok_(metrics.AddGauge("usher_store_append_ok",
                                  "1 while Redis can write its append-only file; 0: the disk is "
                                  "full or failing.",
                                  {{"domain", domain}})),
      rewrite_ok_(metrics.AddGauge("usher_store_rewrite_ok",
                                   "1 unless the last rewrite of the append-only file failed.",
                                   {{"domain", domain}})),
      replicas_in_step_(metrics.AddGauge("usher_store_replicas_in_step",
                                         "Replicas that were heard of within the last two seconds.",
                                         {{"domain", domain}})),
      waiting_seconds_(metrics.AddGauge("usher_store_waiting_seconds",
                                        "How long the oldest call to Redis has had no answer.",
                                        {{"domain", domain}})) {
  append_ok_.Set(1);
  rewrite_ok_.Set(1);
  metrics
      .AddGauge("usher_store_replicas_required",
                "Replicas that --durability asks for; 0: it asks for none.", {{"domain", domain}})
      .Set(replicas_required);
}

void StoreGauges::Show(const store::StoreCondition& condition) {
  waiting_seconds_.Set(std::chrono::duration<double>(condition.waiting_for).count());
  if (!condition.answered) return;
  const store::ServerVitals& vitals = condition.vitals;
  memory_used_.Set(static_cast<double>(vitals.used_memory));
  memory_limit_.Set(static_cast<double>(vitals.limit()));
  full_.Set(condition.full ? 1 : 0);
  append_ok_.Set(vitals.append_ok ? 1 : 0);
  rewrite_ok_.Set(vitals.rewrite_ok ? 1 : 0);
  replicas_in_step_.Set(vitals.replicas_in_step);
  // Redis counts from its own start; what it counted before we looked is not ours to report.
  const std::uint64_t before = delayed_before_.value_or(vitals.delayed_fsyncs);
  delayed_before_ = vitals.delayed_fsyncs;
  const std::uint64_t from = vitals.delayed_fsyncs < before ? 0 : before;
  delayed_fsyncs_.Increment(static_cast<double>(vitals.delayed_fsyncs - from));
}

}  // namespace usher::runtime
