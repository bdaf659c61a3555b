// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "usher/agents/v1/agent.pb.h"
#include "usher/context/v1/conversation.pb.h"
#include "usher/routing/v1/event.pb.h"

namespace usher::gateway {

class Session;

// What the gateway knows of one agent whose console is here: what is on the desk (for what it may
// say and for conversations to follow), the last events (to resume from), and the one session. Loop
// thread only.
class AgentDesk {
 public:
  struct Limits {
    std::size_t events_kept = 512;
  };
  struct Hooks {
    // The agent is offered this contact or has it from now on, or no longer: its events and its
    // conversation are to be followed. From the offer on, for what the customer writes meanwhile is
    // what the agent decides by.
    std::function<void(AgentDesk&, const std::string& contact_id, bool wanted)> on_interest;
  };

  AgentDesk(std::string agent_id, Limits limits, Hooks hooks);
  AgentDesk(const AgentDesk&) = delete;
  AgentDesk& operator=(const AgentDesk&) = delete;

  const std::string& agent_id() const { return agent_id_; }
  // The name that customers see; the id until a desk has told it.
  const std::string& name() const { return name_.empty() ? agent_id_ : name_; }

  Session* session() { return session_; }
  void SetSession(Session* session) { session_ = session; }

  // The desk as the router has it; what was known is replaced.
  void Take(const agents::v1::Desk& desk);
  // The console is gone from here, or the router: nothing is known any more.
  void Forget();
  bool known() const { return known_; }

  // Changes the desk; events up to Take's sequence are no news and give false. Of each call the
  // last word is kept.
  bool Apply(const routing::v1::Event& event);

  // True when all events after this commit are still kept.
  bool CanResume(std::uint64_t after_sequence) const;
  // Those after it, in order.
  std::vector<routing::v1::Event> EventsAfter(std::uint64_t sequence) const;

  // How calls stand that the agent is in, as hints.
  const std::map<std::string, routing::v1::Event>& calls() const { return calls_; }

  // Whether the agent has the contact and its customer is still there.
  bool MayTalk(const std::string& contact_id) const;
  bool Has(const std::string& contact_id) const { return has_.contains(contact_id); }
  // Contacts that the agent has, and with them those that are offered.
  std::vector<std::string> contacts() const;
  const std::set<std::string>& followed() const { return interest_; }

 private:
  enum class Holding { kAssigned, kHeld, kWrapping, kWrappingGiven };

  void ApplyKind(const routing::v1::Event& event, bool mine);
  bool ApplyCall(const routing::v1::Event& hint);
  void Offer(const std::string& contact_id);
  void DropOffer(const std::string& contact_id);
  void Hold(const std::string& contact_id, Holding holding);
  void Drop(const std::string& contact_id);
  void SetInterest(const std::string& contact_id);

  const std::string agent_id_;
  const Limits limits_;
  const Hooks hooks_;
  std::string name_;
  Session* session_ = nullptr;

  bool known_ = false;
  std::uint64_t kept_after_ = 0;  // every event after this commit is in events_
  std::deque<routing::v1::Event> events_;
  std::map<std::string, routing::v1::Event> calls_;  // by contact
  std::set<std::string> offered_;
  std::map<std::string, Holding> has_;
  std::set<std::string> interest_;
};

}  // namespace usher::gateway
