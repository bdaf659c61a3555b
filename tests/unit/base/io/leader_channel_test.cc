// SPDX-License-Identifier: Apache-2.0
#include "base/io/leader_channel.h"

#include <gtest/gtest.h>

#include "base/io/event_loop.h"
#include "tests/unit/base/io/echo.grpc.pb.h"

namespace usher::io {
namespace {

using Echo = test::v1::EchoService;

TEST(LeaderChannelTest, KeepsToOneRouterUntilItIsToldToMoveOn) {
  EventLoop loop;
  LeaderChannel road(loop, {}, {"127.0.0.1:1", "127.0.0.1:2"});
  LeaderChannel::Place first = 7;
  LeaderChannel::Place again = 7;
  auto* stub = &road.Stub<Echo>(first);
  EXPECT_EQ(&road.Stub<Echo>(again), stub);
  EXPECT_EQ(first, 0u);
  EXPECT_EQ(again, 0u);
}

TEST(LeaderChannelTest, MovesOnOnceForAllWhoTriedTheSamePlace) {
  EventLoop loop;
  LeaderChannel road(loop, {}, {"127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"});
  LeaderChannel::Place tried = 7;
  road.Stub<Echo>(tried);
  road.MoveOn(tried);
  road.MoveOn(tried);  // another stream of the same place
  road.Stub<Echo>(tried);
  EXPECT_EQ(tried, 1u);
}

TEST(LeaderChannelTest, ComesBackToTheFirstAfterTheLast) {
  EventLoop loop;
  LeaderChannel road(loop, {}, {"127.0.0.1:1", "127.0.0.1:2"});
  road.MoveOn(0);
  road.MoveOn(1);
  LeaderChannel::Place tried = 7;
  road.Stub<Echo>(tried);
  EXPECT_EQ(tried, 0u);
}

TEST(LeaderChannelTest, StaysWhereThereIsOnlyOne) {
  EventLoop loop;
  LeaderChannel road(loop, {}, {"127.0.0.1:1"});
  LeaderChannel::Place tried = 7;
  auto* stub = &road.Stub<Echo>(tried);
  road.MoveOn(tried);
  EXPECT_EQ(&road.Stub<Echo>(tried), stub);
  EXPECT_EQ(tried, 0u);
}

}  // namespace
}  // namespace usher::io
