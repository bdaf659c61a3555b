// SPDX-License-Identifier: Apache-2.0
#include "router/store/commit.h"

#include <gtest/gtest.h>

#include "router/store/record.h"
#include "tests/unit/router/store/any_value.h"

namespace usher::store {
namespace {

CommitBatch SomeBatch() {
  CommitBatch batch;
  AnyValue any(5);
  for (int i = 0; i < 3; ++i) any.Fill(batch.events.emplace_back());
  batch.replies.push_back({"req-1", 77, {}, "detail"});
  batch.replies.back().outcome.contact = ContactId{9};
  batch.replies.push_back({"req-2", 78, {engine::Refusal::kNoRoom, "ann", {}, {}, true}, ""});
  return batch;
}

TEST(CommitTest, RepliesAreReadWithoutTheEvents) {
  const std::string record = ToRecord(RecordKind::kCommit, SomeBatch());
  const Result<std::vector<ReplyRecord>> replies = RepliesOfRecord(record);
  ASSERT_TRUE(replies.ok());
  ASSERT_EQ(replies->size(), 2u);
  EXPECT_EQ((*replies)[0].request_id, "req-1");
  EXPECT_EQ((*replies)[0].fingerprint, 77u);
  EXPECT_EQ((*replies)[0].outcome.contact, ContactId{9});
  EXPECT_TRUE((*replies)[0].outcome.ok());
  EXPECT_EQ((*replies)[1].outcome.refusal, engine::Refusal::kNoRoom);
  EXPECT_TRUE((*replies)[1].outcome.repeated);
}

TEST(CommitTest, ABatchComesBackByteForByte) {
  const std::string record = ToRecord(RecordKind::kCommit, SomeBatch());
  const Result<CommitBatch> read = FromRecord<CommitBatch>(RecordKind::kCommit, record);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->events.size(), 3u);
  EXPECT_EQ(ToRecord(RecordKind::kCommit, *read), record);
}

TEST(CommitTest, TheHashHangsOnEverythingThatItVouchesFor) {
  const CommitHash first = FirstHash(DomainId{"acme"});
  const CommitHash hash = NextHash(first, 1, "record");
  EXPECT_EQ(NextHash(first, 1, "record"), hash);
  EXPECT_NE(NextHash(first, 2, "record"), hash);
  EXPECT_NE(NextHash(first, 1, "Record"), hash);
  EXPECT_NE(NextHash(FirstHash(DomainId{"other"}), 1, "record"), hash);
}

TEST(CommitTest, AHashOfAnotherLengthIsDamage) {
  const CommitHash hash = FirstHash(DomainId{"acme"});
  EXPECT_EQ(*HashFromBytes(ToBytes(hash)), hash);
  EXPECT_FALSE(HashFromBytes(ToBytes(hash).substr(1)).ok());
  EXPECT_FALSE(HashFromBytes("").ok());
}

}  // namespace
}  // namespace usher::store
