// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/router/engine/naive_matcher.h"
#include "tests/unit/router/engine/routing_table.h"
#include "tests/unit/router/engine/storm.h"

// Explanations against what happens in storms: another engine follows the events, and before each
// it is asked why.

namespace usher::engine {
namespace {

using ::testing::ContainerEq;

constexpr int kCommands = 400;

// The agents whom the table holds for candidates, by id.
std::vector<AgentId> CandidatesIn(const StandingTable& table) {
  std::vector<AgentId> ids;
  for (const AgentStanding& standing : table.agents) {
    if (standing.hurdle.kind == HurdleKind::kNone) ids.push_back(standing.agent);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::size_t Sum(const std::map<HurdleKind, std::size_t>& counts) {
  std::size_t sum = 0;
  for (const auto& [kind, count] : counts) sum += count;
  return sum;
}

// The word of point 41 that the counts of a table amount to.
Refusal FurthestOf(const std::map<HurdleKind, std::size_t>& counts) {
  constexpr std::array<std::pair<HurdleKind, Refusal>, 9> kWords = {
      {{HurdleKind::kNoRoom, Refusal::kNoRoom},
       {HurdleKind::kRejectDelay, Refusal::kRejectDelay},
       {HurdleKind::kConsoleLost, Refusal::kConsoleLost},
       {HurdleKind::kNotReady, Refusal::kNotReady},
       {HurdleKind::kTierClosed, Refusal::kTierClosed},
       {HurdleKind::kWrongSkill, Refusal::kWrongSkill},
       {HurdleKind::kWrongChannel, Refusal::kWrongChannel},
       {HurdleKind::kOffline, Refusal::kNoAgents},
       {HurdleKind::kNotMember, Refusal::kNoAgents}}};
  for (const auto& [kind, word] : kWords) {
    if (counts.contains(kind)) return word;
  }
  return Refusal::kNoAgents;
}

Refusal IdleWordOf(const std::map<HurdleKind, std::size_t>& counts) {
  constexpr std::array<std::pair<HurdleKind, Refusal>, 6> kWords = {
      {{HurdleKind::kRetryWait, Refusal::kRetryWait},
       {HurdleKind::kPreferredWait, Refusal::kPreferredWait},
       {HurdleKind::kNoRoom, Refusal::kNoRoom},
       {HurdleKind::kTierClosed, Refusal::kTierClosed},
       {HurdleKind::kWrongSkill, Refusal::kWrongSkill},
       {HurdleKind::kWrongChannel, Refusal::kWrongChannel}}};
  for (const auto& [kind, word] : kWords) {
    if (counts.contains(kind)) return word;
  }
  return Refusal::kNoContacts;
}

class ExplainStormTest : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  ExplainStormTest() : storm_(GetParam()), table_(StormDomain(GetParam() % 4)) {
    for (const Agent& agent : table_.engine.domain().agents) table_.SignIn(agent.id.value());
  }

  void Step() {
    table_.now = storm_.NextInstant(table_.engine, table_.now);
    table_.Do(storm_.Next(table_.engine, table_.now));
  }

  // Evolves what is new in the replica, each offer after `visit(offered, event)`.
  template <class Visit>
  void Follow(Visit&& visit) {
    for (; seen_ < table_.all.size(); ++seen_) {
      const Event& event = table_.all[seen_];
      if (const Offered* offered = std::get_if<Offered>(&event.body)) visit(*offered, event);
      replica_.Evolve(event);
    }
  }
  void Follow() {
    Follow([](const Offered&, const Event&) {});
  }

  Storm storm_;
  RoutingTable table_;
  Engine replica_;
  std::size_t seen_ = 0;
};

TEST_P(ExplainStormTest, NamesTheAgentOfEveryOffer) {
  std::size_t offers = 0;
  for (int i = 0; i < 4 * kCommands; ++i) {
    Step();
    Follow([&](const Offered& offered, const Event& event) {
      const auto explained = replica_.ExplainOffer(offered, event.at);
      ASSERT_TRUE(explained) << "event " << seen_;
      ASSERT_EQ(explained->best, offered.agent) << "event " << seen_;
      ASSERT_EQ(explained->way == OfferWay::kTransfer, offered.alone) << "event " << seen_;
      ASSERT_EQ(Sum(explained->table.counts) + explained->table.candidates,
                explained->table.members);
      ++offers;
      if (offered.alone) return;
      ASSERT_EQ(explained->table.agents.front().rank->tier, offered.tier) << "event " << seen_;
      ASSERT_THAT(CandidatesIn(explained->table),
                  ContainerEq(CandidatesFor(replica_, offered.contact, event.at)))
          << "event " << seen_;
      // Law 1: nothing ahead of it could have been hers.
      ASSERT_FALSE(explained->ahead.counts.contains(HurdleKind::kNone)) << "event " << seen_;
    });
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(offers, 100u);
}

TEST_P(ExplainStormTest, ShowsNoCandidateWhileAContactWaits) {
  for (int i = 0; i < kCommands; ++i) {
    Step();
    for (const ContactId id : table_.engine.Contacts()) {
      const auto explained = table_.engine.ExplainContact(id, table_.now);
      ASSERT_TRUE(explained);
      ASSERT_EQ(explained->why, table_.engine.WhyWaiting(id)) << "command " << i;
      ASSERT_EQ(explained->table.candidates, 0u) << "command " << i << " contact " << id.value();
      const bool is_plain = explained->contact.state == ContactState::kWaiting &&
                            explained->why != Refusal::kRetryWait &&
                            explained->why != Refusal::kPreferredWait;
      if (is_plain) {
        ASSERT_EQ(explained->why, FurthestOf(explained->table.counts)) << "command " << i;
      }
      ASSERT_FALSE(explained->ends.empty() && explained->contact.state == ContactState::kWaiting)
          << "command " << i;
    }
  }
}

TEST_P(ExplainStormTest, ShowsNothingThatAnIdleAgentCouldTake) {
  for (int i = 0; i < kCommands; ++i) {
    Step();
    for (const Agent& agent : table_.engine.domain().agents) {
      const auto explained = table_.engine.ExplainAgent(agent.id, table_.now);
      ASSERT_TRUE(explained);
      ASSERT_EQ(explained->why, table_.engine.WhyIdle(agent.id)) << "command " << i;
      ASSERT_FALSE(explained->waiting.counts.contains(HurdleKind::kNone)) << "command " << i;
      ASSERT_EQ(Sum(explained->waiting.counts), explained->waiting.total);
      const bool is_ready = explained->presence == Presence::kAvailable && !explained->grace_ends &&
                            !explained->reject_delay_ends;
      if (is_ready) {
        ASSERT_EQ(explained->why, IdleWordOf(explained->waiting.counts)) << "command " << i;
      }
    }
  }
}

TEST_P(ExplainStormTest, ExplainsAlikeFromTheLogAndFromTheRows) {
  for (int i = 0; i < kCommands; ++i) {
    Step();
    Follow();
    if (i % 7 != 0) continue;
    const Engine restored = RestoreFrom(RowsOf(replica_));
    for (const ContactId id : table_.engine.Contacts()) {
      const auto explained = table_.engine.ExplainContact(id, table_.now);
      ASSERT_EQ(replica_.ExplainContact(id, table_.now), explained) << "command " << i;
      ASSERT_EQ(restored.ExplainContact(id, table_.now), explained) << "command " << i;
    }
    for (const AgentId& id : table_.engine.Agents()) {
      const auto explained = table_.engine.ExplainAgent(id, table_.now);
      ASSERT_EQ(replica_.ExplainAgent(id, table_.now), explained) << "command " << i;
      ASSERT_EQ(restored.ExplainAgent(id, table_.now), explained) << "command " << i;
    }
  }
}

bool Foretells(const ContactExplanation& explained, Instant at) {
  return std::any_of(explained.ends.begin(), explained.ends.end(), [&](const WaitEnd& end) {
    return end.at == at || std::any_of(end.holdings.begin(), end.holdings.end(),
                                       [&](const Holding& holding) { return holding.ends == at; });
  });
}

// Nobody does anything, and yet a contact is offered: its explanation just before names the
// instant. Where room came free because another contact closed by its own limit, it names the agent
// whose room that was. Left out is what a missed offer does to the other offers of its agent.
TEST_P(ExplainStormTest, ForetellsTheInstantOfEveryOfferThatNoCommandMakes) {
  std::size_t foretold = 0;
  for (int i = 0; i < 4 * kCommands; ++i) {
    Step();
    const Instant next = table_.engine.NextDeadline();
    if (next == kNever || next <= table_.now || i % 2 == 0) continue;
    std::map<ContactId, ContactExplanation> before;
    for (const ContactId id : table_.engine.Contacts()) {
      before.emplace(id, *table_.engine.ExplainContact(id, table_.now));
    }
    table_.Wait(next - table_.now);
    if (!table_.Told("presence").empty()) continue;
    for (const Event& event : table_.last) {
      const Offered* offered = std::get_if<Offered>(&event.body);
      if (offered == nullptr || !before.contains(offered->contact)) continue;
      const ContactExplanation& explained = before.at(offered->contact);
      if (explained.why == Refusal::kNotWaiting) continue;
      const bool is_room_foretold =
          !table_.Told("closed").empty() &&
          std::any_of(explained.ends.begin(), explained.ends.end(), [&](const WaitEnd& end) {
            return end.kind == WaitEndKind::kRoomFrees && end.agent == offered->agent;
          });
      ASSERT_TRUE(Foretells(explained, next) || is_room_foretold)
          << "command " << i << " contact " << offered->contact.value();
      ++foretold;
    }
  }
  EXPECT_GT(foretold, 10u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ExplainStormTest, ::testing::Range<std::uint64_t>(1, 5));

}  // namespace
}  // namespace usher::engine
