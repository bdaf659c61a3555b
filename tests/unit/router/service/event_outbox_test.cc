// SPDX-License-Identifier: Apache-2.0
#include "router/service/event_outbox.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace usher::service {
namespace {

using Events = google::protobuf::RepeatedPtrField<routing::v1::Event>;

// A commit of `count` queued contacts, each with an attribute of so many bytes.
std::shared_ptr<const runtime::Told> Commit(store::CommitSeq sequence, std::size_t count,
                                            std::size_t attribute_bytes = 0) {
  auto told = std::make_shared<runtime::Told>();
  told->sequence = sequence;
  for (std::size_t i = 0; i < count; ++i) {
    engine::Event event;
    engine::Queued queued;
    queued.contact = ContactId{sequence * 10'000 + i};
    queued.queue = QueueId{"support"};
    event.body = queued;
    told->batch.events.push_back(std::move(event));
    auto row = std::make_shared<engine::ContactRow>();
    row->id = queued.contact;
    row->attributes["a"] = std::string(attribute_bytes, 'x');
    told->contacts.push_back(std::move(row));
  }
  return told;
}

bool PushAll(EventOutbox& outbox, const std::shared_ptr<const runtime::Told>& told) {
  const std::size_t bytes = ApproximateBytes(*told);
  for (std::size_t i = 0; i < told->batch.events.size(); ++i) {
    if (!outbox.Push({told, i, bytes})) return false;
  }
  return true;
}

TEST(EventOutboxTest, TakesEventsUpToItsBoundAndNoneMore) {
  EventOutbox outbox(5);
  EXPECT_TRUE(PushAll(outbox, Commit(1, 5)));
  EXPECT_FALSE(PushAll(outbox, Commit(2, 1)));
  outbox.Clear();
  EXPECT_TRUE(PushAll(outbox, Commit(2, 1)));
}

TEST(EventOutboxTest, RefusesWhatWouldKeepMoreMemoryThanItsBound) {
  EventOutbox outbox;
  store::CommitSeq sequence = 1;
  while (sequence < 200 && PushAll(outbox, Commit(sequence, 1, 1 << 20))) ++sequence;
  EXPECT_GE(outbox.bytes(), EventOutbox::kBytesMax);
  EXPECT_LT(outbox.bytes(), EventOutbox::kBytesMax + (2 << 20));
  EXPECT_LT(sequence, 70U);
}

TEST(EventOutboxTest, CountsACommitOnceHoweverManyOfItsEventsAreKept) {
  EventOutbox outbox;
  const auto told = Commit(1, 100, 1'000);
  ASSERT_TRUE(PushAll(outbox, told));
  EXPECT_EQ(outbox.bytes(), ApproximateBytes(*told));
  Events events;
  EXPECT_FALSE(outbox.Fill(events));
  EXPECT_EQ(outbox.bytes(), 0U);
}

TEST(EventOutboxTest, EndsAMessageBehindTheCommitThatFillsIt) {
  EventOutbox outbox;
  for (store::CommitSeq sequence = 1; sequence <= 4; ++sequence) {
    ASSERT_TRUE(PushAll(outbox, Commit(sequence, 10, 60'000)));
  }
  Events events;
  EXPECT_TRUE(outbox.Fill(events));
  EXPECT_EQ(events.size(), 20);  // the second commit reaches 1 MiB
  EXPECT_EQ(outbox.last_sequence(), 2U);
  events.Clear();
  EXPECT_FALSE(outbox.Fill(events));
  EXPECT_EQ(events.size(), 20);
  EXPECT_EQ(outbox.last_sequence(), 4U);
}

TEST(EventOutboxTest, TellsACommitThatIsLargerThanAMessageInPartsAndItsNumberWithTheLast) {
  EventOutbox outbox;
  ASSERT_TRUE(PushAll(outbox, Commit(6, 1)));
  ASSERT_TRUE(PushAll(outbox, Commit(7, 100, 60'000)));
  int told = 0;
  Events events;
  while (outbox.Fill(events)) {
    EXPECT_EQ(outbox.last_sequence(), 6U);
    std::size_t bytes = 0;
    for (const auto& event : events) bytes += event.ByteSizeLong();
    EXPECT_LT(bytes, 3U << 20) << "the message must stay within gRPC's 4 MiB";
    told += events.size();
    events.Clear();
  }
  EXPECT_EQ(told + events.size(), 101);
  EXPECT_EQ(outbox.last_sequence(), 7U);
}

}  // namespace
}  // namespace usher::service
