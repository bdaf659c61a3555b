// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "router/engine/event.h"
#include "router/engine/explain.h"
#include "router/store/commit.h"

// What can be asked of a domain's past, and the answers.
namespace usher::history {

// Why this agent was asked.
struct AskOffer {
  OfferId offer;
};

// What became of a contact until `at`, and why it waited then, or why the agent who took it did.
struct AskContact {
  ContactId contact;
  Instant at{};
};

// Why an agent had nothing to do at `at`.
struct AskAgent {
  AgentId agent;
  Instant at{};
};

using Question = std::variant<AskOffer, AskContact, AskAgent>;

// An event and the commit that holds it.
struct PastEvent {
  store::CommitSeq sequence = 0;
  engine::Event event;
};

struct OfferAnswer {
  engine::OfferExplanation explanation;
  PastEvent made;
  std::optional<PastEvent> ended;  // none: it was still outstanding when the past was read
};

struct ContactAnswer {
  ContactId contact;
  Instant at{};
  // Its events, oldest first; at most kLifeMax, the latest of them.
  std::vector<PastEvent> life;
  bool life_is_whole = true;  // false: what came before `life` is no longer kept, or left out
  // Of a contact that was open at `at`.
  std::optional<engine::ContactExplanation> open;
  // The offer that it was last accepted by, else its last one, as far as that is kept.
  std::optional<OfferAnswer> offer;
};

struct AgentAnswer {
  engine::AgentExplanation explanation;
};

using Answer = std::variant<OfferAnswer, ContactAnswer, AgentAnswer>;

inline constexpr std::size_t kLifeMax = 1'000;

}  // namespace usher::history
