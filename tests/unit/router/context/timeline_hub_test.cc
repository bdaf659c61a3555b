// SPDX-License-Identifier: Apache-2.0
#include "router/context/timeline_hub.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace usher::context {
namespace {

class Listener final : public TimelineSink {
 public:
  void OnTimelineChanged(const CustomerId& customer) override { heard.push_back(customer.value()); }
  void OnTimelinesCut(const Error& why) override { heard.push_back(why.reason); }
  std::vector<std::string> heard;
};

TEST(TimelineHubTest, TellsThoseWhoFollowTheCustomerInTheDomain) {
  const DomainId acme{"acme"};
  TimelineHub hub;
  Listener listener;
  hub.Subscribe(acme, CustomerId{"cu_a"}, listener);
  hub.Publish(acme, CustomerId{"cu_a"});
  hub.Publish(acme, CustomerId{"cu_b"});
  hub.Publish(DomainId{"other"}, CustomerId{"cu_a"});
  hub.Unsubscribe(acme, CustomerId{"cu_a"}, listener);
  hub.Publish(acme, CustomerId{"cu_a"});
  EXPECT_EQ(listener.heard, std::vector<std::string>{"cu_a"});
}

TEST(TimelineHubTest, ACutIsHeardUntilOneLeaves) {
  const DomainId acme{"acme"};
  TimelineHub hub;
  Listener listener;
  hub.Join(acme, listener);
  EXPECT_EQ(hub.Count(acme), 1U);
  hub.Cut(acme, {Code::kUnavailable, "NOT_LEADING", "led elsewhere", "ask there"});
  hub.Leave(acme, listener);
  hub.Cut(acme, {Code::kUnavailable, "NOT_LEADING", "led elsewhere", "ask there"});
  EXPECT_EQ(listener.heard, std::vector<std::string>{"NOT_LEADING"});
  EXPECT_EQ(hub.Count(acme), 0U);
}

}  // namespace
}  // namespace usher::context
