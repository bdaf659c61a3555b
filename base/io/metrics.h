// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

namespace prometheus {
class Registry;
}

namespace usher::io {

using Counter = prometheus::Counter;
using Gauge = prometheus::Gauge;
using Histogram = prometheus::Histogram;
using MetricLabels = std::map<std::string, std::string>;

// What the process tells Prometheus. Names follow its customs: `usher_contacts_total`,
// `usher_wait_seconds`. Adding a metric locks and hashes, so it is done once and the reference is
// kept; the reference lives as long as this object, and counting through it is lock-free and
// allowed on any thread.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The same name and labels give the same metric again.
  Counter& AddCounter(const std::string& name, const std::string& help,
                      const MetricLabels& labels = {});
  Gauge& AddGauge(const std::string& name, const std::string& help,
                  const MetricLabels& labels = {});
  // `bounds` are the upper bounds of the buckets, ascending.
  Histogram& AddHistogram(const std::string& name, const std::string& help,
                          const std::vector<double>& bounds, const MetricLabels& labels = {});

  // `fn` runs at the start of every Expose, on the caller's thread, to set gauges that are cheaper
  // to read when asked than to keep.
  void OnExpose(std::function<void()> fn);

  // Everything in Prometheus' text format 0.0.4.
  std::string Expose();
  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

 private:
  std::shared_ptr<prometheus::Registry> registry_;
  std::vector<std::function<void()>> on_expose_;
};

// Seconds, for latencies of requests and commits: 100 µs to 10 s.
const std::vector<double>& LatencyBounds();

// Keeps the number of distinct label values bounded, whatever clients send: the first `values_max`
// stand for themselves, later ones are `other`. Not thread-safe.
//
//   BoundedLabel queue(200);
//   metrics.AddCounter("usher_contacts_total", "...", {{"queue", queue.Of(id)}});
class BoundedLabel {
 public:
  explicit BoundedLabel(std::size_t values_max) : values_max_(values_max) {}

  const std::string& Of(std::string_view value);
  std::size_t size() const { return values_.size(); }

 private:
  std::size_t values_max_;
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace usher::io
