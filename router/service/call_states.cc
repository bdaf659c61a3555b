// SPDX-License-Identifier: Apache-2.0
#include "router/service/call_states.h"

#include <algorithm>
#include <variant>

#include "router/service/text_ids.h"
#include "router/service/wire.h"

namespace usher::service {

namespace {

using routing::v1::CallLeg;
using routing::v1::CallState;

Error BadState(const std::string& what) {
  return {Code::kInvalidArgument, "BAD_CALL_STATE", "a call's state " + what,
          "see usher.routing.v1.CallState for its bounds"};
}

}  // namespace

CallStates::CallStates(DomainNode& node) : node_(node) { node_.runtime.Watch(*this); }

CallStates::~CallStates() { node_.runtime.Unwatch(*this); }

Result<void> CallStates::Check(const CallState& state) {
  if (state.legs_size() > kLegsMax) {
    return BadState("has " + std::to_string(state.legs_size()) + " legs, more than " +
                    std::to_string(kLegsMax));
  }
  if (state.cannot_size() > kCannotMax) return BadState("has too many words in `cannot`");
  for (const std::string& word : state.cannot()) {
    if (word.size() > kIdBytesMax) return BadState("has a word of `cannot` that is too long");
  }
  std::set<std::string> ids;
  for (const CallLeg& leg : state.legs()) {
    if (leg.id().empty() || leg.id().size() > kIdBytesMax || leg.agent_id().size() > kIdBytesMax ||
        leg.address().size() > kAddressBytesMax) {
      return BadState("has a leg without id, or with a text that is too long");
    }
    if (!ids.insert(leg.id()).second) return BadState("has two legs of one id");
  }
  return {};
}

Result<void> CallStates::Tell(const std::string& adapter, CallState state) {
  const Result<ContactId> contact = ParseContactId(state.contact_id());
  if (!contact.ok()) return contact.error();
  const IndexedContact* open = node_.hub.index().Find(*contact);
  if (open == nullptr || open->adapter != adapter) {
    return Error{Code::kPermissionDenied, "NOT_YOUR_CONTACT",
                 "contact " + ToText(*contact) + " is not an open one of adapter " + adapter,
                 "tell the states of own open contacts only"};
  }
  if (Result<void> checked = Check(state); !checked.ok()) return checked;
  Call call;
  for (const CallLeg& leg : state.legs()) {
    if (leg.agent_id().empty()) continue;
    call.named.insert(AgentId{leg.agent_id()});
    if (leg.party() == CallLeg::PARTY_SUPERVISOR) call.supervisors.insert(AgentId{leg.agent_id()});
  }
  call.state = std::move(state);
  Replace(*contact, std::move(call));
  return {};
}

void CallStates::Replace(ContactId contact, Call call) {
  Call& known = calls_[contact];
  const Call before = std::exchange(known, std::move(call));
  Name(contact, before.named, known.named);
  People concerned = before.named;
  concerned.insert(known.named.begin(), known.named.end());
  if (AgentId agent = AgentOfContact(contact)) concerned.insert(std::move(agent));
  Announce(contact, concerned);
  for (const AgentId& supervisor : before.supervisors) {
    if (!known.supervisors.contains(supervisor) && on_left_) on_left_(contact, supervisor);
  }
}

// The contact's agent knows that it is over; others in the call know nothing of the contact.
void CallStates::Drop(ContactId contact) {
  const auto found = calls_.find(contact);
  if (found == calls_.end()) return;
  const Call call = std::move(found->second);
  calls_.erase(found);
  Name(contact, call.named, {});
  Announce(contact, call.named);
  for (const AgentId& supervisor : call.supervisors) {
    if (on_left_) on_left_(contact, supervisor);
  }
}

void CallStates::Name(ContactId contact, const People& before, const People& now) {
  for (const AgentId& person : before) {
    if (now.contains(person)) continue;
    const auto found = named_in_.find(person);
    if (found == named_in_.end()) continue;
    found->second.erase(contact);
    if (found->second.empty()) named_in_.erase(found);
  }
  for (const AgentId& person : now) named_in_[person].insert(contact);
}

// Whom it is with, as decided; none while it waits or is wrapped up.
AgentId CallStates::AgentOfContact(ContactId contact) const {
  if (!node_.runtime.leading()) return {};
  const auto row = node_.runtime.engine().FindContact(contact);
  const bool with_agent = row && (row->state == engine::ContactState::kAssigned ||
                                  row->state == engine::ContactState::kHeld);
  return with_agent ? row->agent : AgentId{};
}

void CallStates::Announce(ContactId contact, const People& people) {
  for (const AgentId& person : people) {
    if (node_.hub.FindAgent(person) == nullptr) {
      for (CallFollower* follower : of_guests_) follower->OnCall(contact, person);
      continue;
    }
    const auto found = followers_.find(person);
    if (found == followers_.end()) continue;
    for (CallFollower* follower : found->second) follower->OnCall(contact, person);
  }
}

const CallState* CallStates::Find(ContactId contact) const {
  const auto found = calls_.find(contact);
  return found == calls_.end() ? nullptr : &found->second.state;
}

std::vector<ContactId> CallStates::CallsOf(const AgentId& person) const {
  std::set<ContactId> calls;
  if (const auto found = named_in_.find(person); found != named_in_.end()) calls = found->second;
  if (!calls_.empty() && node_.runtime.leading()) {
    const engine::AgentWork work = node_.runtime.engine().WorkOf(person);
    for (const auto* contacts : {&work.assigned, &work.held}) {
      for (const ContactId contact : *contacts) {
        if (calls_.contains(contact)) calls.insert(contact);
      }
    }
  }
  return {calls.begin(), calls.end()};
}

void CallStates::FillHint(ContactId contact, const AgentId& person,
                          routing::v1::Event& hint) const {
  hint.set_contact_id(ToText(contact));
  hint.set_agent_id(person.value());
  if (const IndexedContact* open = node_.hub.index().Find(contact)) {
    hint.set_queue(open->queue.value());
  }
  if (node_.runtime.leading()) *hint.mutable_at() = ToTimestamp(node_.runtime.engine().now());
  const auto found = calls_.find(contact);
  const bool concerned = found != calls_.end() && (found->second.named.contains(person) ||
                                                   AgentOfContact(contact) == person);
  if (concerned) {
    *hint.mutable_call() = found->second.state;
  } else {
    hint.mutable_call()->set_contact_id(ToText(contact));
  }
}

void CallStates::Follow(const AgentId& person, CallFollower& follower) {
  std::vector<CallFollower*>& followers = followers_[person];
  if (std::find(followers.begin(), followers.end(), &follower) == followers.end()) {
    followers.push_back(&follower);
  }
}

void CallStates::Unfollow(const AgentId& person, const CallFollower& follower) {
  const auto found = followers_.find(person);
  if (found == followers_.end()) return;
  std::erase(found->second, &follower);
  if (found->second.empty()) followers_.erase(found);
}

void CallStates::FollowGuests(CallFollower& follower) { of_guests_.push_back(&follower); }

void CallStates::UnfollowGuests(const CallFollower& follower) { std::erase(of_guests_, &follower); }

void CallStates::OnTold(const std::shared_ptr<const runtime::Told>& told) {
  if (calls_.empty()) return;
  for (const engine::Event& event : told->batch.events) {
    if (const auto* assigned = std::get_if<engine::Assigned>(&event.body)) {
      if (calls_.contains(assigned->contact)) Announce(assigned->contact, {assigned->agent});
    } else if (const auto* closed = std::get_if<engine::Closed>(&event.body)) {
      Drop(closed->contact);
    }
  }
}

void CallStates::OnDeposed(const Error&) { Clear(); }

void CallStates::Clear() {
  calls_.clear();
  named_in_.clear();
}

}  // namespace usher::service
