// SPDX-License-Identifier: Apache-2.0
#include "base/io/metrics.h"

#include <exception>
#include <utility>

#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "base/check.h"

namespace usher::io {
namespace {

// prometheus-cpp throws on a malformed name or one that is used for another kind: both are bugs.
template <class Make>
auto& Checked(const std::string& name, Make make) {
  try {
    return make();
  } catch (const std::exception& problem) {
    CheckFailed(__FILE__, __LINE__, "metric is well-formed", name + ": " + problem.what());
  }
}

}  // namespace

Metrics::Metrics() : registry_(std::make_shared<prometheus::Registry>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::AddCounter(const std::string& name, const std::string& help,
                             const MetricLabels& labels) {
  return Checked(name, [&]() -> Counter& {
    return prometheus::BuildCounter().Name(name).Help(help).Register(*registry_).Add(labels);
  });
}

Gauge& Metrics::AddGauge(const std::string& name, const std::string& help,
                         const MetricLabels& labels) {
  return Checked(name, [&]() -> Gauge& {
    return prometheus::BuildGauge().Name(name).Help(help).Register(*registry_).Add(labels);
  });
}

Histogram& Metrics::AddHistogram(const std::string& name, const std::string& help,
                                 const std::vector<double>& bounds, const MetricLabels& labels) {
  return Checked(name, [&]() -> Histogram& {
    return prometheus::BuildHistogram()
        .Name(name)
        .Help(help)
        .Register(*registry_)
        .Add(labels, bounds);
  });
}

void Metrics::OnExpose(std::function<void()> fn) { on_expose_.push_back(std::move(fn)); }

std::string Metrics::Expose() {
  for (const auto& fn : on_expose_) fn();
  return prometheus::TextSerializer().Serialize(registry_->Collect());
}

const std::vector<double>& LatencyBounds() {
  static const std::vector<double> bounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                          0.01,   0.025,   0.05,   0.1,   0.25,   0.5,
                                          1,      2.5,     5,      10};
  return bounds;
}

const std::string& BoundedLabel::Of(std::string_view value) {
  static const std::string other = "other";
  if (const auto known = values_.find(value); known != values_.end()) return known->second;
  if (values_.size() >= values_max_) return other;
  return values_.emplace(value, value).first->second;
}

}  // namespace usher::io
