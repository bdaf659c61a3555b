// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <set>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "tests/integration/store/store_fixture.h"

namespace usher::store {

inline CommitBatch OneSignIn(int number) {
  CommitBatch batch;
  const std::string text = std::to_string(number);
  batch.events.push_back(
      {InstantFromUnixMs(1'000 + number), engine::SignedIn{AgentId{"a" + text}}});
  batch.replies.push_back({"req-" + text, static_cast<std::uint64_t>(number), {}, ""});
  return batch;
}

// Commits without end, sixteen at a time, until one fails; counts what was acknowledged. Answers
// come in order, so the number of the last one says it all.
class AcknowledgedLoad {
 public:
  explicit AcknowledgedLoad(WaitingStore& store) {
    store.Run([this](DomainStore& domain) {
      for (int i = 0; i < kAtOnce; ++i) Next(domain, i);
    });
  }

  CommitSeq last() const { return last_; }
  void WaitFor(CommitSeq count) const {
    Eventually([this, count] { return last_ >= count; }, "commits are acknowledged");
  }

  static constexpr int kAtOnce = 16;

 private:
  void Next(DomainStore& domain, int number) {
    domain.Commit(OneSignIn(number), [this, &domain, number](Result<CommitSeq> done) {
      if (!done.ok()) return;
      last_ = *done;
      Next(domain, number + kAtOnce);
    });
  }

  std::atomic<CommitSeq> last_ = 0;
};

// Loads until it succeeds, as a router does, for as long as what fails may pass.
inline LoadedState LoadEventually(WaitingStore& store) {
  const auto limit = std::chrono::steady_clock::now() + kPatience;
  while (true) {
    Result<LoadedState> state = store.Load();
    if (state.ok()) return *std::move(state);
    if (state.error().code != Code::kUnavailable || std::chrono::steady_clock::now() > limit) {
      ADD_FAILURE() << state.error().reason << ": " << state.error().message;
      return {};
    }
    std::this_thread::yield();
  }
}

// Commits, and loads again first where the leadership was lost; gives the commit's number.
inline CommitSeq CommitEventually(WaitingStore& store, int number) {
  Result<CommitSeq> done = store.Commit(OneSignIn(number));
  while (!done.ok()) {
    LoadEventually(store);
    if (testing::Test::HasFailure()) return 0;
    done = store.Commit(OneSignIn(number));
  }
  return *done;
}

// What must hold whatever happened between: nothing acknowledged is missing, nothing but what was
// under way is there besides, every commit is there once and in its place.
inline void ExpectNothingLost(const LoadedState& state, CommitSeq acknowledged) {
  EXPECT_GE(state.last_seq, acknowledged);
  EXPECT_LE(state.last_seq, acknowledged + AcknowledgedLoad::kAtOnce);
  ASSERT_EQ(state.commits.size(), state.last_seq);
  std::set<std::string> seen;
  for (const StoredCommit& commit : state.commits) {
    for (const ReplyRecord& reply : commit.batch.replies) {
      EXPECT_TRUE(seen.insert(reply.request_id).second) << reply.request_id << " is there twice";
    }
  }
  EXPECT_EQ(seen.size(), state.last_seq);
}

}  // namespace usher::store
