// SPDX-License-Identifier: Apache-2.0
#include "router/store/checkpoint_book.h"

#include <gtest/gtest.h>

namespace usher::store {
namespace {

constexpr HistoryLimits kLimits{
    .commits_kept = 1'000, .log_bytes_kept = 1'000'000, .checkpoint_log_bytes = 10'000};

CheckpointNote NoteAt(CommitSeq seq, std::uint64_t log_bytes, std::uint64_t bytes = 100) {
  return {.seq = seq, .rows = 2, .bytes = bytes, .log_bytes = log_bytes};
}

CheckpointBook BookOf(std::vector<CheckpointNote> notes, CommitSeq oldest, LogEnd end) {
  CheckpointBook book(kLimits);
  book.Begin(std::move(notes), oldest, end);
  return book;
}

TEST(CheckpointBookTest, ANewDomainNeedsNoneUntilItsLogHasGrown) {
  const CheckpointBook book = BookOf({}, 1, {});
  EXPECT_FALSE(book.IsDue({0, 0}));
  EXPECT_FALSE(book.IsDue({5, 9'999}));
  EXPECT_TRUE(book.IsDue({5, 10'000}));
}

TEST(CheckpointBookTest, ALogThatWasCutBeforeThereWereCheckpointsNeedsOneAtOnce) {
  EXPECT_TRUE(BookOf({}, 70, {90, 0}).IsDue({90, 0}));
  EXPECT_TRUE(BookOf({}, 1, {90, 0}).IsDue({90, 0}));  // its bytes were never counted
}

TEST(CheckpointBookTest, IsDueWhenTheLogGrewByTwiceTheLastOne) {
  const CheckpointBook book = BookOf({NoteAt(10, 50'000, 20'000)}, 10, {10, 50'000});
  EXPECT_FALSE(book.IsDue({11, 89'999}));
  EXPECT_TRUE(book.IsDue({11, 90'000}));
}

TEST(CheckpointBookTest, IsDueAfterHalfOfEitherLimitHoweverLargeTheLastOneWas) {
  const CheckpointBook book = BookOf({NoteAt(10, 50'000, 9'000'000)}, 10, {10, 50'000});
  EXPECT_FALSE(book.IsDue({509, 549'999}));
  EXPECT_TRUE(book.IsDue({510, 60'000}));
  EXPECT_TRUE(book.IsDue({20, 550'000}));
}

TEST(CheckpointBookTest, IsNeverDueTwiceAtOneCommit) {
  CheckpointBook book = BookOf({}, 70, {90, 0});
  book.Add(NoteAt(90, 0));
  EXPECT_FALSE(book.IsDue({90, 2'000'000}));
}

TEST(CheckpointBookTest, AfterAFailureWaitsUntilTheLogHasGrownAgain) {
  CheckpointBook book = BookOf({}, 1, {});
  ASSERT_TRUE(book.IsDue({5, 10'000}));
  book.NoteFailure({5, 10'000});
  EXPECT_FALSE(book.IsDue({6, 19'999}));
  EXPECT_TRUE(book.IsDue({6, 20'000}));
}

TEST(CheckpointBookTest, TheLogIsCutAtTheNewestThatCoversALimit) {
  CheckpointBook book = BookOf({NoteAt(400, 1), NoteAt(800, 2), NoteAt(1'200, 3)}, 1, {1'300, 10});
  EXPECT_EQ(book.FindCut({1'300, 10}).start.seq, 0u);
  EXPECT_EQ(book.FindCut({1'399, 10}).start.seq, 0u);
  const CheckpointBook::Cut cut = book.FindCut({1'800, 10});
  EXPECT_EQ(cut.start.seq, 800u);
  EXPECT_EQ(cut.dropped, std::vector<CommitSeq>{400});
  book.Apply(cut);
  EXPECT_EQ(book.FindCut({1'800, 10}).start.seq, 0u);
  EXPECT_EQ(book.FindCut({2'200, 10}).dropped, std::vector<CommitSeq>{800});
}

TEST(CheckpointBookTest, BytesCoverAsWellAsCommits) {
  const CheckpointBook book = BookOf({NoteAt(4, 500'000), NoteAt(9, 900'000)}, 1, {10, 1'000'000});
  EXPECT_EQ(book.FindCut({10, 1'499'999}).start.seq, 0u);
  EXPECT_EQ(book.FindCut({10, 1'500'000}).start.seq, 4u);
}

TEST(CheckpointBookTest, TheLastOneIsKeptUnlessTheNextKeepsFailing) {
  CheckpointBook book = BookOf({NoteAt(400, 1)}, 400, {400, 1});
  EXPECT_EQ(book.FindCut({4'399, 10}).start.seq, 0u);
  EXPECT_EQ(book.FindCut({4'400, 10}).start.seq, 2'400u);
  book.NoteFailure({1'000, 5});
  EXPECT_EQ(book.FindCut({2'399, 10}).start.seq, 0u);
  EXPECT_EQ(book.FindCut({2'400, 10}).start.seq, 1'400u);
}

TEST(CheckpointBookTest, ALogThatNoCheckpointCoversIsHalvedAtTwiceItsLimits) {
  CheckpointBook book = BookOf({NoteAt(400, 1)}, 400, {400, 1});
  book.NoteFailure({1'000, 5});
  const CheckpointBook::Cut cut = book.FindCut({2'400, 101});
  EXPECT_EQ(cut.start.seq, 1'400u);
  EXPECT_EQ(cut.dropped, std::vector<CommitSeq>{400});
  book.Apply(cut);
  EXPECT_EQ(book.FindCut({2'400, 101}).start.seq, 0u);
  EXPECT_TRUE(book.IsDue({2'400, 101}));
}

}  // namespace
}  // namespace usher::store
