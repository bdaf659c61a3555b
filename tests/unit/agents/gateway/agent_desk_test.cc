// SPDX-License-Identifier: Apache-2.0
#include "agents/gateway/agent_desk.h"

#include <gtest/gtest.h>

namespace usher::gateway {
namespace {

using routing::v1::Contact;
using routing::v1::Event;

struct AgentDeskTest : ::testing::Test {
  AgentDeskTest() { desk.Take(Desk(10)); }

  static agents::v1::Desk Desk(std::uint64_t sequence) {
    agents::v1::Desk told;
    told.mutable_agent()->set_id("ann");
    told.mutable_agent()->set_name("Ann");
    told.set_sequence(sequence);
    return told;
  }
  Event Next(const std::string& contact_id, const std::string& agent_id = "ann") {
    Event event;
    event.set_sequence(++sequence);
    event.set_contact_id(contact_id);
    event.set_agent_id(agent_id);
    return event;
  }
  void Assign(const std::string& contact_id) {
    Event event = Next(contact_id);
    event.mutable_assigned()->mutable_contact()->set_customer_id("u-" + contact_id);
    desk.Apply(event);
  }

  std::uint64_t sequence = 10;
  std::vector<std::string> followed;  // "+c1", "-c1"
  AgentDesk desk{"ann",
                 {.events_kept = 4},
                 {.on_interest = [this](AgentDesk&, const std::string& contact_id, bool wanted) {
                   followed.push_back((wanted ? "+" : "-") + contact_id);
                 }}};
};

TEST_F(AgentDeskTest, TakesContactsAndNameFromTheRouter) {
  agents::v1::Desk told = Desk(20);
  Contact& contact = *told.add_contacts();
  contact.set_id("c1");
  contact.set_agent("ann");
  contact.set_state(Contact::STATE_ASSIGNED);
  contact.set_customer_id("u1");
  told.add_offers()->mutable_offer()->set_contact_id("c2");
  desk.Take(told);
  EXPECT_EQ(desk.name(), "Ann");
  EXPECT_TRUE(desk.MayTalk("c1"));
  EXPECT_FALSE(desk.MayTalk("c2"));
  EXPECT_EQ(followed, (std::vector<std::string>{"+c2", "+c1"}));
}

TEST_F(AgentDeskTest, FollowsFromTheOfferOnWithoutABreak) {
  Event offered = Next("c1");
  offered.mutable_offered();
  desk.Apply(offered);
  EXPECT_EQ(followed, (std::vector<std::string>{"+c1"}));
  Assign("c1");
  EXPECT_EQ(followed, (std::vector<std::string>{"+c1"}));
  EXPECT_TRUE(desk.MayTalk("c1"));
}

TEST_F(AgentDeskTest, LetsGoOfAnOfferThatEnded) {
  Event offered = Next("c1");
  offered.mutable_offered();
  desk.Apply(offered);
  Event ended = Next("c1");
  ended.mutable_offer_ended();
  desk.Apply(ended);
  EXPECT_EQ(followed, (std::vector<std::string>{"+c1", "-c1"}));
}

TEST_F(AgentDeskTest, MayTalkFromAssignmentToWrapUp) {
  EXPECT_FALSE(desk.MayTalk("c1"));
  Assign("c1");
  EXPECT_TRUE(desk.MayTalk("c1"));
  Event held = Next("c1");
  held.mutable_held();
  desk.Apply(held);
  EXPECT_TRUE(desk.MayTalk("c1"));
  Event wrap_up = Next("c1");
  wrap_up.mutable_wrap_up_started();
  desk.Apply(wrap_up);
  EXPECT_FALSE(desk.MayTalk("c1"));
  EXPECT_TRUE(desk.Has("c1"));
  Event over = Next("c1");
  over.mutable_wrap_up_ended();
  desk.Apply(over);
  EXPECT_FALSE(desk.Has("c1"));
  EXPECT_EQ(followed, (std::vector<std::string>{"+c1", "-c1"}));
}

TEST_F(AgentDeskTest, WrapsUpWhatWasPassedOnAfterItsContactIsClosed) {
  Assign("c1");
  Event transferred = Next("c1");
  transferred.mutable_transferred()->set_from_agent("ann");
  desk.Apply(transferred);
  EXPECT_FALSE(desk.Has("c1"));
  Event wrap_up = Next("c1");
  wrap_up.mutable_wrap_up_started();
  desk.Apply(wrap_up);
  Event closed = Next("c1", "bob");
  closed.mutable_closed();
  desk.Apply(closed);
  EXPECT_TRUE(desk.Has("c1"));
}

TEST_F(AgentDeskTest, LosesAContactThatWaitsAgain) {
  Assign("c1");
  Event queued = Next("c1", "");
  queued.mutable_queued()->set_cause("agent-lost");
  desk.Apply(queued);
  EXPECT_FALSE(desk.MayTalk("c1"));
}

TEST_F(AgentDeskTest, RefusesEventsThatItsDeskHoldsAlready) {
  Event old = Next("c1");
  old.set_sequence(10);
  old.mutable_assigned();
  EXPECT_FALSE(desk.Apply(old));
  EXPECT_FALSE(desk.Has("c1"));
}

TEST_F(AgentDeskTest, ResumesWhileAllEventsAreKept) {
  for (int i = 0; i < 4; ++i) Assign("c" + std::to_string(i));  // commits 11 to 14
  EXPECT_TRUE(desk.CanResume(10));
  EXPECT_FALSE(desk.CanResume(9));
  EXPECT_EQ(desk.EventsAfter(12).size(), 2U);
  Assign("c9");
  EXPECT_FALSE(desk.CanResume(10));
  EXPECT_TRUE(desk.CanResume(11));
}

TEST_F(AgentDeskTest, DoesNotResumeWhatItNeverHeardOf) {
  EXPECT_TRUE(desk.CanResume(10));
  EXPECT_FALSE(desk.CanResume(11));
  Assign("c1");
  EXPECT_TRUE(desk.CanResume(11));
  EXPECT_FALSE(desk.CanResume(5'000));  // of before a restore
}

TEST_F(AgentDeskTest, DoesNotResumeIntoTheMiddleOfACommit) {
  Event first = Next("c1");
  first.mutable_offer_ended();
  Event second = first;
  desk.Apply(first);
  desk.Apply(second);
  for (int i = 0; i < 3; ++i) Assign("c" + std::to_string(i));
  EXPECT_FALSE(desk.CanResume(10));
  EXPECT_TRUE(desk.CanResume(11));
  EXPECT_EQ(desk.EventsAfter(10).size(), 3U);
}

TEST_F(AgentDeskTest, KeepsHintsOutOfWhatIsResumed) {
  Assign("c1");
  Event hint = Next("c1");
  hint.set_sequence(0);
  hint.mutable_place();
  EXPECT_TRUE(desk.Apply(hint));
  EXPECT_EQ(desk.EventsAfter(0).size(), 1U);
}

}  // namespace
}  // namespace usher::gateway
