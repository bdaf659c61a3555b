// SPDX-License-Identifier: Apache-2.0
#include "base/io/metrics.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace usher::io {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(MetricsTest, ExposesCountersGaugesAndHistogramsAsText) {
  Metrics metrics;
  metrics.AddCounter("usher_contacts_total", "Contacts.", {{"channel", "chat"}}).Increment(3);
  metrics.AddGauge("usher_agents", "Agents.").Set(2);
  metrics.AddHistogram("usher_wait_seconds", "Waits.", {0.1, 1}).Observe(0.5);
  const std::string text = metrics.Expose();
  EXPECT_THAT(text, HasSubstr("# TYPE usher_contacts_total counter\n"
                              "usher_contacts_total{channel=\"chat\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("usher_agents 2\n"));
  EXPECT_THAT(text, HasSubstr("usher_wait_seconds_bucket{le=\"0.1\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("usher_wait_seconds_bucket{le=\"1\"} 1\n"));
}

TEST(MetricsTest, GivesTheSameMetricForTheSameNameAndLabels) {
  Metrics metrics;
  Counter& first = metrics.AddCounter("usher_a_total", "A.", {{"b", "c"}});
  EXPECT_EQ(&first, &metrics.AddCounter("usher_a_total", "A.", {{"b", "c"}}));
  EXPECT_NE(&first, &metrics.AddCounter("usher_a_total", "A.", {{"b", "d"}}));
}

TEST(MetricsTest, EscapesLabelValues) {
  Metrics metrics;
  metrics.AddGauge("usher_a", "A.", {{"queue", "a\"b\\\n"}});
  EXPECT_THAT(metrics.Expose(), HasSubstr(R"(usher_a{queue="a\"b\\\n"} 0)"));
}

TEST(MetricsTest, AsksItsHooksBeforeEachExpose) {
  Metrics metrics;
  Gauge& gauge = metrics.AddGauge("usher_a", "A.");
  metrics.OnExpose([&] { gauge.Increment(); });
  EXPECT_THAT(metrics.Expose(), HasSubstr("usher_a 1\n"));
  EXPECT_THAT(metrics.Expose(), HasSubstr("usher_a 2\n"));
}

TEST(MetricsDeathTest, AMetricOfTwoKindsIsABug) {
  Metrics metrics;
  metrics.AddCounter("usher_a", "A.");
  EXPECT_DEATH(metrics.AddGauge("usher_a", "A."), "usher_a");
}

TEST(BoundedLabelTest, CallsWhatComesAfterItsLimitOther) {
  BoundedLabel label(2);
  EXPECT_EQ(label.Of("a"), "a");
  EXPECT_EQ(label.Of("b"), "b");
  EXPECT_EQ(label.Of("c"), "other");
  EXPECT_EQ(label.Of("a"), "a");
  EXPECT_EQ(label.size(), 2u);
}

}  // namespace
}  // namespace usher::io
