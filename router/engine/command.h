// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>

#include "base/id.h"
#include "base/time.h"
#include "router/engine/domain.h"
#include "router/engine/words.h"

namespace usher::engine {

// What the world may ask of the engine. Plain data: time comes beside a command, never in it, and
// text is checked by the engine where it matters. An empty id means "not given".

struct SignIn {
  AgentId agent{};
};

// Signing out with work is allowed; see Going offline in the semantics. `by` names a supervisor who
// signs her out; empty: she does it herself.
struct SignOut {
  AgentId agent{};
  std::string by{};
};

// `presence` is kAvailable or kNotReady; `reason` is one of the domain's not_ready, or empty. `by`
// names a supervisor who sets it; empty: she does it herself.
struct SetPresence {
  AgentId agent{};
  Presence presence = Presence::kAvailable;
  std::string reason{};
  std::string by{};
};

enum class Connection : std::uint8_t { kBack = 0, kLost = 1 };

// The agent's console was lost or came back; the person is another matter.
struct SetConnection {
  AgentId agent{};
  Connection connection = Connection::kBack;
};

// The same (channel, external_id) again gives the first contact while that is not closed
// (Outcome::repeated). Without an external_id every submit is a new contact.
struct Submit {
  Channel channel = Channel::kVoice;
  QueueId queue{};
  std::int32_t priority = 0;
  Duration head_start{0};
  std::optional<Instant> due{};  // replaces enqueued_at + within
  std::string requirement{};
  AgentId prefer{};
  std::optional<Duration> prefer_for{};  // none: the queue's
  CustomerId customer{};
  std::map<std::string, std::string> customer_facts{};  // `customer.x` of rules; not kept
  std::string external_id{};
  std::string adapter{};  // who submitted it and hears of it
  std::optional<Instant> not_before{};
  std::optional<Duration> wait_limit{};
  std::optional<std::int32_t> max_tier{};
  std::map<std::string, std::string> attributes{};
  std::string subject{};
};

struct Accept {
  ContactId contact{};
  OfferId offer{};  // optional
  AgentId agent{};
};

struct Reject {
  ContactId contact{};
  OfferId offer{};  // optional
  AgentId agent{};
  std::string reason{};
};

// Without an agent it is the adapter's word.
struct Complete {
  ContactId contact{};
  AgentId agent{};
  std::string disposition{};
  std::string note{};
};

struct EndWrapUp {
  ContactId contact{};
  AgentId agent{};
};

struct ExtendWrapUp {
  ContactId contact{};
  AgentId agent{};  // optional while only one agent wraps this contact up
  Duration by{0};
};

struct Hold {
  ContactId contact{};
  AgentId agent{};  // optional
};

// Without an agent it is the customer's return.
struct Resume {
  ContactId contact{};
  AgentId agent{};
};

struct Abandon {
  ContactId contact{};
  // Only while it is of this channel: who hangs up after her call became a callback has not left.
  std::optional<Channel> channel{};
};

struct Cancel {
  ContactId contact{};
};

struct Withdraw {
  ContactId contact{};
  std::string note{};
};

// The contact's medium is gone for good: it ends `lost`, from any open state but wrapping. An agent
// who talks has her wrap-up first.
struct Lose {
  ContactId contact{};
};

// An adapter's stream came, or was lost. Only adapters that once had a stream are known here:
// contacts of others are nobody's to lose.
struct SetAdapter {
  std::string adapter{};
  Connection connection = Connection::kBack;
  // With kLost: when its grace starts; none: now. A router that takes over gives every adapter its
  // whole grace anew, also those that were lost before.
  std::optional<Instant> since{};
};

// The contact goes on at another adapter of its kind: the visitor came back elsewhere.
struct Claim {
  ContactId contact{};
  std::string adapter{};
};

// Exactly one of `to_queue` and `to_agent`.
struct Transfer {
  ContactId contact{};
  QueueId to_queue{};
  AgentId to_agent{};
  AgentId by{};                // optional
  bool by_supervisor = false;  // may move what was escalated
};

// The agent of `contact` asks a colleague about it and stays its agent. Makes a contact of its own
// (Outcome::contact): the same channel, customer and attributes, offered to `to_agent` alone or
// waiting in `to_queue`. Exactly one of the two.
struct Consult {
  ContactId contact{};
  AgentId by{};
  QueueId to_queue{};
  AgentId to_agent{};
};

// What is not set stays. `requirement: ""` removes the contact's own.
struct Update {
  ContactId contact{};
  std::optional<std::int32_t> priority{};
  std::optional<Duration> head_start{};
  std::optional<std::string> requirement{};
  std::optional<QueueId> queue{};
  std::map<std::string, std::string> attributes{};  // each replaces one
  // The customer hangs up and keeps the place: a call becomes a callback. Only while it waits.
  std::optional<Channel> channel{};
};

struct Pull {
  ContactId contact{};
  AgentId agent{};
};

// A supervisor gives the contact to an agent, whatever her queues, tier, skills and presence.
struct Assign {
  ContactId contact{};
  AgentId agent{};
  std::string by{};  // the supervisor
};

struct ApplyDomain {
  Domain domain{};
  std::uint64_t version = 0;
};

using Command =
    std::variant<SignIn, SignOut, SetPresence, SetConnection, Submit, Accept, Reject, Complete,
                 EndWrapUp, ExtendWrapUp, Hold, Resume, Abandon, Cancel, Withdraw, Lose, Transfer,
                 Update, Pull, ApplyDomain, Assign, Consult, SetAdapter, Claim>;

// What became of a command. A refused command made no event, except a submit that was refused by
// hours, a full queue or an empty one: it leaves a closed contact, named here.
struct Outcome {
  std::optional<Refusal> refusal{};
  std::string text{};  // names the thing that stood in the way; empty on success
  ContactId contact{};
  OfferId offer{};
  bool repeated = false;  // it had been done before; nothing happened now

  bool ok() const { return !refusal.has_value(); }
};

}  // namespace usher::engine
