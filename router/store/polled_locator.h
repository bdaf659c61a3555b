// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/io/clock.h"
#include "base/io/event_loop.h"
#include "base/time.h"
#include "router/store/inquiry.h"
#include "router/store/redis_locator.h"
#include "router/store/redis_panel.h"
#include "router/store/server_map.h"

namespace usher::store {

struct PolledLocatorOptions {
  RedisTarget target;          // kSentinel or kCluster
  Duration poll_every{1'000};  // while nobody waits
  Duration retry_every{50};    // while somebody does
  Duration round_limit{400};   // a server that has not answered then has no say
  Duration patience{2'000};    // then Locate fails
};

// Learns who takes the writes from the Sentinels, or from the nodes of a cluster: all of them are
// asked at once, every second and whenever somebody wants to know. Polling, unlike a subscription,
// needs no second kind of connection, misses nothing while it was cut off, and hears a majority.
// Made, used and destroyed on the loop.
class PolledLocator final : public RedisLocator {
 public:
  PolledLocator(io::EventLoop& loop, PolledLocatorOptions options);

  void Locate(std::uint16_t slot, Found found) override;
  std::optional<RedisAddress> LastHeard(std::uint16_t slot) const override;

  // What was heard last; nobody has any slot before the first answer.
  const ServerMap& servers() const { return servers_; }
  // Asks now, for somebody who saw that servers() is old.
  void Refresh();
  // `heard` is called after each answer, also when nothing changed, until its owner is gone.
  void Follow(std::weak_ptr<void> owner, std::function<void()> heard);

 private:
  struct Waiting {
    std::uint16_t slot = 0;
    int tries = 0;
    Found found;
  };
  struct Follower {
    std::weak_ptr<void> owner;
    std::function<void()> heard;
  };

  void OnAnswers(const std::vector<InquiryAnswer>& answers);
  void Take(Finding finding);
  void Settle(const std::optional<Error>& failure);
  void Schedule();

  const PolledLocatorOptions options_;
  const Inquiry inquiry_;
  ServerMap servers_;
  std::vector<Waiting> waiting_;
  std::vector<Follower> followers_;
  bool asking_ = false;
  io::Timer timer_;
  RedisPanel panel_;
};

// The locator that a target needs; none for a single server. On the loop.
std::shared_ptr<PolledLocator> MakeLocator(io::EventLoop& loop, const RedisTarget& target);

}  // namespace usher::store
