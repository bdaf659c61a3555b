// SPDX-License-Identifier: Apache-2.0
#include "router/history/history_desk.h"

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace usher::history {
namespace {

TEST(HistoryDeskTest, AnswersEveryQuestionOnceAlsoWhatItHasNoRoomForAndAtItsEnd) {
  std::mutex mutex;
  std::vector<std::string> reasons;
  {
    // Nobody listens there, so the first question takes as long as it may.
    HistoryOptions options;
    options.redis = *store::ParseRedisTarget("unix:/nonexistent/redis.sock");
    options.waiting_max = 1;
    options.time_limit = Duration{100};
    HistoryDesk desk(options);
    for (int i = 0; i < 3; ++i) {
      desk.Ask(DomainId{"acme"}, InstantFromUnixMs(1), AskOffer{OfferId{1}},
               [&](Result<Answer> answer) {
                 ASSERT_FALSE(answer.ok());
                 const std::lock_guard lock(mutex);
                 reasons.push_back(answer.error().reason);
               });
    }
  }
  ASSERT_EQ(reasons.size(), 3u);
  // One is under way or waits, one may wait behind it; there is no room for a third.
  const auto busy = std::ranges::count(reasons, "HISTORY_BUSY");
  EXPECT_GE(busy, 1);
  EXPECT_LE(busy, 2);
  for (const std::string& reason : reasons) {
    EXPECT_TRUE(reason == "HISTORY_BUSY" || reason == "STOPPING" || reason == "REDIS_UNREACHABLE")
        << reason;
  }
}

}  // namespace
}  // namespace usher::history
