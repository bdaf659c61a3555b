// SPDX-License-Identifier: Apache-2.0
#include "router/service/contact_index.h"

#include <gtest/gtest.h>

namespace usher::service {
namespace {

using engine::ContactState;

class ContactIndexTest : public testing::Test {
 protected:
  ContactIndexTest() {
    engine::Submitted submitted;
    submitted.contact = kContact;
    submitted.queue = kSupport;
    submitted.adapter = "chat";
    submitted.customer = CustomerId{"cu_1"};
    Apply(submitted);
    engine::Queued queued;
    queued.contact = kContact;
    queued.queue = kSupport;
    Apply(queued);
  }

  template <class Body>
  const IndexedContact* Apply(Body body) {
    return index_.Apply({Instant{}, std::move(body)});
  }
  void Offer(const char* agent) {
    engine::Offered offered;
    offered.contact = kContact;
    offered.agent = AgentId{agent};
    Apply(offered);
  }
  std::int64_t Count(const QueueId& queue, ContactState state) const {
    const auto found = index_.counts().find(queue);
    return found == index_.counts().end() ? 0 : found->second[static_cast<std::size_t>(state)];
  }

  const ContactId kContact{1};
  const QueueId kSupport{"support"};
  ContactIndex index_;
};

TEST_F(ContactIndexTest, CountsAContactInOneStateOfOneQueue) {
  EXPECT_EQ(Count(kSupport, ContactState::kScheduled), 0);
  EXPECT_EQ(Count(kSupport, ContactState::kWaiting), 1);
  Offer("ann");
  EXPECT_EQ(Count(kSupport, ContactState::kWaiting), 0);
  EXPECT_EQ(Count(kSupport, ContactState::kOffered), 1);
  engine::Overflowed moved;
  moved.contact = kContact;
  moved.from = kSupport;
  moved.queue = QueueId{"general"};
  Apply(moved);
  EXPECT_EQ(Count(kSupport, ContactState::kOffered), 0);
  EXPECT_EQ(Count(QueueId{"general"}, ContactState::kOffered), 1);
}

TEST_F(ContactIndexTest, WithdrawalsAfterAnAssignmentLeaveItAssigned) {
  Offer("ann");
  Offer("ben");
  engine::Assigned assigned;
  assigned.contact = kContact;
  assigned.agent = AgentId{"ann"};
  Apply(assigned);
  engine::Withdrawn withdrawn;
  withdrawn.contact = kContact;
  withdrawn.agent = AgentId{"ben"};
  Apply(withdrawn);
  EXPECT_EQ(index_.Find(kContact)->state, ContactState::kAssigned);
}

TEST_F(ContactIndexTest, AMissLeavesItWaiting) {
  Offer("ann");
  engine::Missed missed;
  missed.contact = kContact;
  missed.agent = AgentId{"ann"};
  Apply(missed);
  EXPECT_EQ(index_.Find(kContact)->state, ContactState::kWaiting);
}

TEST_F(ContactIndexTest, AClosedContactIsShownOnceMoreAndThenGone) {
  engine::Closed closed;
  closed.contact = kContact;
  const IndexedContact* last = Apply(closed);
  ASSERT_NE(last, nullptr);
  EXPECT_EQ(last->adapter, "chat");
  EXPECT_EQ(last->customer, CustomerId{"cu_1"});
  EXPECT_EQ(index_.Find(kContact), nullptr);
  EXPECT_EQ(index_.size(), 0U);
  EXPECT_EQ(Count(kSupport, ContactState::kWaiting), 0);
}

TEST_F(ContactIndexTest, FindsTheLatestContactByHowItsExternalIdBegins) {
  const auto come = [&](std::uint64_t id, const char* external_id) {
    engine::Submitted submitted;
    submitted.contact = ContactId{id};
    submitted.channel = engine::Channel::kChat;
    submitted.queue = kSupport;
    submitted.external_id = external_id;
    Apply(submitted);
  };
  come(2, "v1:a");
  come(3, "v1:b");
  come(4, "v10:a");
  come(5, "v2:a");
  const auto find = [&](const char* prefix) {
    return index_.FindByPrefix(engine::Channel::kChat, prefix).value();
  };
  EXPECT_EQ(find("v1:"), 3u);
  EXPECT_EQ(find("v10:"), 4u);
  EXPECT_EQ(find("v3:"), 0u);
  EXPECT_FALSE(index_.FindByPrefix(engine::Channel::kVoice, "v1:"));
  engine::WrapUpStarted wrapping;
  wrapping.contact = ContactId{3};
  wrapping.closes = true;
  Apply(wrapping);
  EXPECT_EQ(find("v1:"), 2u) << "who is being wrapped up is not there any more";
  engine::Closed closed;
  closed.contact = ContactId{2};
  Apply(closed);
  EXPECT_EQ(find("v1:"), 0u);
}

TEST_F(ContactIndexTest, AClaimedContactBelongsToItsNewAdapter) {
  engine::Claimed claimed;
  claimed.contact = kContact;
  claimed.from = "chat";
  claimed.adapter = "chat@b";
  EXPECT_EQ(Apply(claimed)->adapter, "chat@b");
}

}  // namespace
}  // namespace usher::service
