// SPDX-License-Identifier: Apache-2.0
#include "agents/gateway/agent_desk.h"

#include <algorithm>
#include <utility>

namespace usher::gateway {

using routing::v1::Contact;
using routing::v1::Event;

AgentDesk::AgentDesk(std::string agent_id, Limits limits, Hooks hooks)
    : agent_id_(std::move(agent_id)), limits_(limits), hooks_(std::move(hooks)) {}

void AgentDesk::Take(const agents::v1::Desk& desk) {
  name_ = desk.agent().name();
  std::map<std::string, Holding> has;
  for (const Contact& contact : desk.contacts()) {
    const bool given = contact.state() != Contact::STATE_ASSIGNED &&
                       contact.state() != Contact::STATE_HELD &&
                       contact.state() != Contact::STATE_WRAPPING;
    has[contact.id()] = given || contact.agent() != agent_id_        ? Holding::kWrappingGiven
                        : contact.state() == Contact::STATE_HELD     ? Holding::kHeld
                        : contact.state() == Contact::STATE_WRAPPING ? Holding::kWrapping
                                                                     : Holding::kAssigned;
  }
  std::set<std::string> offered;
  for (const agents::v1::OfferedContact& offer : desk.offers()) {
    offered.insert(offer.offer().contact_id());
  }
  for (const std::string& contact_id : contacts()) {
    if (!has.contains(contact_id)) Drop(contact_id);
  }
  for (const std::string& contact_id : std::set<std::string>(offered_)) {
    if (!offered.contains(contact_id)) DropOffer(contact_id);
  }
  for (const std::string& contact_id : offered) Offer(contact_id);
  for (const auto& [contact_id, holding] : has) Hold(contact_id, holding);
  events_.clear();
  calls_.clear();  // told anew behind the desk
  kept_after_ = desk.sequence();
  known_ = true;
}

void AgentDesk::Forget() {
  known_ = false;
  events_.clear();
  calls_.clear();
  for (const std::string& contact_id : contacts()) Drop(contact_id);
  for (const std::string& contact_id : std::set<std::string>(offered_)) DropOffer(contact_id);
}

bool AgentDesk::Apply(const Event& event) {
  const bool hint = event.sequence() == 0;
  if (!known_ || (!hint && event.sequence() <= kept_after_)) return false;
  if (event.has_call()) return ApplyCall(event);
  ApplyKind(event, event.agent_id() == agent_id_);
  if (hint) return true;
  events_.push_back(event);
  if (events_.size() > limits_.events_kept) {
    kept_after_ = events_.front().sequence();
    // The rest of that commit is of no use without its beginning.
    while (!events_.empty() && events_.front().sequence() == kept_after_) events_.pop_front();
  }
  return true;
}

bool AgentDesk::ApplyCall(const Event& hint) {
  if (hint.call().legs().empty()) {
    calls_.erase(hint.contact_id());
  } else {
    calls_[hint.contact_id()] = hint;
  }
  return true;
}

void AgentDesk::ApplyKind(const Event& event, bool mine) {
  const std::string& contact_id = event.contact_id();
  const auto held = has_.find(contact_id);
  switch (event.kind_case()) {
    case Event::kOffered:
      if (!mine) return;
      return Offer(contact_id);
    case Event::kOfferEnded:
      if (mine) DropOffer(contact_id);
      return;
    case Event::kAssigned:
      // Taken before the offer is dropped: the conversation is followed all along.
      if (mine) {
        Hold(contact_id, Holding::kAssigned);
        return DropOffer(contact_id);
      }
      DropOffer(contact_id);
      if (held != has_.end() && held->second == Holding::kAssigned) Drop(contact_id);
      return;
    case Event::kHeld:
      if (mine) Hold(contact_id, Holding::kHeld);
      return;
    case Event::kResumed:
      if (mine) Hold(contact_id, Holding::kAssigned);
      return;
    case Event::kTransferred:
      if (held == has_.end() || held->second == Holding::kWrappingGiven) return;
      if (held->second == Holding::kWrapping) return Hold(contact_id, Holding::kWrappingGiven);
      return Drop(contact_id);
    case Event::kQueued:  // it waits again: its agent is gone, or its customer came back
      if (held != has_.end() &&
          (held->second == Holding::kAssigned || held->second == Holding::kHeld)) {
        Drop(contact_id);
      }
      return;
    case Event::kWrapUpStarted:
      if (!mine) return;
      return Hold(contact_id, held == has_.end() ? Holding::kWrappingGiven : Holding::kWrapping);
    case Event::kWrapUpEnded:
      if (mine) Drop(contact_id);
      return;
    case Event::kClosed:
      DropOffer(contact_id);
      // The after-contact work of one who passed it on goes on by itself.
      if (held != has_.end() && held->second != Holding::kWrappingGiven) Drop(contact_id);
      return;
    default:
      return;
  }
}

// A console that knows of more than the desk may know of another history: that of before a restore.
bool AgentDesk::CanResume(std::uint64_t after_sequence) const {
  const std::uint64_t newest = events_.empty() ? kept_after_ : events_.back().sequence();
  return known_ && after_sequence >= kept_after_ && after_sequence <= newest;
}

std::vector<Event> AgentDesk::EventsAfter(std::uint64_t sequence) const {
  std::vector<Event> events;
  for (const Event& event : events_) {
    if (event.sequence() > sequence) events.push_back(event);
  }
  return events;
}

bool AgentDesk::MayTalk(const std::string& contact_id) const {
  const auto held = has_.find(contact_id);
  return held != has_.end() &&
         (held->second == Holding::kAssigned || held->second == Holding::kHeld);
}

std::vector<std::string> AgentDesk::contacts() const {
  std::vector<std::string> ids;
  for (const auto& [contact_id, holding] : has_) ids.push_back(contact_id);
  return ids;
}

void AgentDesk::Offer(const std::string& contact_id) {
  offered_.insert(contact_id);
  SetInterest(contact_id);
}

void AgentDesk::DropOffer(const std::string& contact_id) {
  // A copy: the id may be that of the set's own element.
  const std::string id = contact_id;
  if (offered_.erase(id) > 0) SetInterest(id);
}

void AgentDesk::Hold(const std::string& contact_id, Holding holding) {
  has_.insert_or_assign(contact_id, holding);
  SetInterest(contact_id);
}

void AgentDesk::Drop(const std::string& contact_id) {
  const std::string id = contact_id;
  if (has_.erase(id) == 0) return;
  calls_.erase(id);
  SetInterest(id);
}

void AgentDesk::SetInterest(const std::string& contact_id) {
  const bool wanted = offered_.contains(contact_id) || has_.contains(contact_id);
  const bool changed =
      wanted ? interest_.insert(contact_id).second : interest_.erase(contact_id) > 0;
  if (changed) hooks_.on_interest(*this, contact_id, wanted);
}

}  // namespace usher::gateway
