// SPDX-License-Identifier: Apache-2.0
#include "router/engine/check_rows.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "router/engine/expression.h"

namespace usher::engine {
namespace {

bool IsChannel(Channel channel) { return static_cast<std::size_t>(channel) < kChannels.size(); }

bool WithAgent(const ContactRow& row) {
  return row.state == ContactState::kAssigned || row.state == ContactState::kHeld ||
         row.state == ContactState::kWrapping;
}

bool Waits(const ContactRow& row) {
  return row.state == ContactState::kWaiting || row.state == ContactState::kOffered;
}

class RowCheck {
 public:
  explicit RowCheck(const DomainRow& domain) : domain_(domain) {
    for (const Queue& queue : domain.domain.queues) queues_.emplace(queue.id, &queue);
  }

  std::vector<RowFault> Run(const std::vector<QueueRow>& queues,
                            const std::vector<AgentRow>& agents,
                            const std::vector<ContactRow>& contacts) {
    for (const AgentRow& row : agents) rows_of_agents_.try_emplace(row.id, &row);
    for (const ContactRow& row : contacts) {
      std::string what = FaultOf(row);
      if (what.empty()) {
        if (row.state == ContactState::kWrapping) wrapping_.emplace(row.id, row.agent);
        continue;
      }
      faulty_.insert(row.id.value());
      faults_.push_back({.contact = row.id, .what = std::move(what)});
    }
    seen_.clear();
    for (const AgentRow& row : agents) {
      std::string what = FaultOf(row);
      if (!what.empty()) faults_.push_back({.agent = row.id, .what = std::move(what)});
    }
    std::set<QueueId> seen_queues;
    for (const QueueRow& row : queues) {
      std::string what = FaultOf(row);
      if (!seen_queues.insert(row.id).second) what = "there are two of it";
      if (!what.empty()) faults_.push_back({.queue = row.id, .what = std::move(what)});
    }
    return std::move(faults_);
  }

 private:
  std::string FaultOf(const ContactRow& row) {
    if (!row.id) return "it has no number";
    if (!seen_.insert(row.id.value()).second) return "there are two of it";
    if (row.id.value() >= domain_.next_contact) return "its number was never given out";
    if (row.state >= ContactState::kClosed) return "its state is none of an open contact";
    if (!IsChannel(row.channel)) return "its channel is unknown";
    const auto queue = queues_.find(row.queue);
    if (queue == queues_.end()) return "its queue \"" + row.queue.value() + "\" is not configured";
    if (row.steps_fired > row.steps_in_force || row.steps_in_force > queue->second->steps.size()) {
      return "it is past more steps than its queue has";
    }
    if (!Compiles(row.requirement)) return "its requirement does not compile";
    if (WithAgent(row) && !row.agent) return "it is with an agent, and with nobody";
    if (Waits(row) != row.waiting_since.has_value()) return "its waiting clock is wrong";
    if (Waits(row) && (row.key.sequence == 0 || row.key.sequence >= domain_.next_sequence)) {
      return "its place in the order was never given out";
    }
    if (row.consults && !row.consulter) return "it is a consult of nobody";
    if (row.state == ContactState::kWrapping && !IsWrappedUpBy(row)) {
      return "its agent does not wrap it up";
    }
    return FaultOfOffers(row);
  }

  // An agent without a row at all is another matter: hers may be parked.
  bool IsWrappedUpBy(const ContactRow& row) const {
    const auto agent = rows_of_agents_.find(row.agent);
    if (agent == rows_of_agents_.end()) return true;
    return std::ranges::any_of(agent->second->wrap_ups, [&](const WrapUp& wrap_up) {
      return wrap_up.contact == row.id && wrap_up.closes;
    });
  }

  std::string FaultOfOffers(const ContactRow& row) {
    if ((row.state == ContactState::kOffered) == row.offers.empty()) {
      return "its state and its offers disagree";
    }
    std::set<AgentId> asked;
    for (const OpenOffer& offer : row.offers) {
      if (!offer.agent || !asked.insert(offer.agent).second) return "it is offered to nobody";
      if (!offer.id || offer.id.value() >= domain_.next_offer) {
        return "an offer of it was never made";
      }
      if (!offers_.insert(offer.id.value()).second) return "its offer is another contact's";
    }
    const bool named = std::ranges::all_of(row.past_offers,
                                           [](const PastOffer& past) { return bool(past.agent); });
    return named ? "" : "it was offered to nobody";
  }

  std::string FaultOf(const AgentRow& row) {
    if (!row.id) return "she has no name";
    if (rows_of_agents_.at(row.id) != &row) return "there are two of her";
    if (row.presence > Presence::kNotReady) return "her presence is unknown";
    std::set<ContactId> wrapped;
    for (const WrapUp& wrap_up : row.wrap_ups) {
      const std::string name = "contact " + std::to_string(wrap_up.contact.value());
      if (!IsChannel(wrap_up.channel)) return "she wraps up on an unknown channel";
      if (!wrapped.insert(wrap_up.contact).second) return "she wraps up " + name + " twice";
      if (!wrap_up.closes || faulty_.contains(wrap_up.contact.value())) continue;
      const auto contact = wrapping_.find(wrap_up.contact);
      if (contact == wrapping_.end() || contact->second != row.id) {
        return "she wraps up " + name + ", which is not hers";
      }
    }
    return "";
  }

  std::string FaultOf(const QueueRow& row) const {
    if (!row.id) return "it has no name";
    if (row.kept_places.size() > kKeptPlacesMax) return "it keeps too many places";
    return "";
  }

  bool Compiles(const std::string& requirement) {
    if (requirement.empty()) return true;
    const auto [known, is_new] = compiles_.try_emplace(requirement, false);
    if (is_new) known->second = Requirement::Compile(requirement, domain_.domain.skills).ok();
    return known->second;
  }

  const DomainRow& domain_;
  std::map<QueueId, const Queue*> queues_;
  std::map<AgentId, const AgentRow*> rows_of_agents_;
  std::map<ContactId, AgentId> wrapping_;
  std::unordered_map<std::string, bool> compiles_;  // never walked
  std::unordered_set<std::uint64_t> seen_;
  std::unordered_set<std::uint64_t> offers_;
  std::unordered_set<std::uint64_t> faulty_;
  std::vector<RowFault> faults_;
};

}  // namespace

std::vector<RowFault> CheckRows(const DomainRow& domain, const std::vector<QueueRow>& queues,
                                const std::vector<AgentRow>& agents,
                                const std::vector<ContactRow>& contacts) {
  return RowCheck(domain).Run(queues, agents, contacts);
}

void DropLooseEnds(std::vector<AgentRow>& agents, std::vector<ContactRow>& contacts) {
  std::set<ContactId> known;
  for (const ContactRow& row : contacts) known.insert(row.id);
  for (AgentRow& row : agents) {
    std::erase_if(row.wrap_ups, [&](const WrapUp& wrap_up) {
      return wrap_up.closes && !known.contains(wrap_up.contact);
    });
  }
  for (ContactRow& row : contacts) {
    if (row.consult && !known.contains(row.consult)) row.consult = {};
  }
}

void RemoveFaulty(const std::vector<RowFault>& faults, std::vector<QueueRow>& queues,
                  std::vector<AgentRow>& agents, std::vector<ContactRow>& contacts) {
  for (const RowFault& fault : faults) {
    std::erase_if(contacts, [&](const ContactRow& row) {
      return fault.agent == AgentId{} && fault.queue == QueueId{} && row.id == fault.contact;
    });
    std::erase_if(agents,
                  [&](const AgentRow& row) { return fault.agent && row.id == fault.agent; });
    std::erase_if(queues,
                  [&](const QueueRow& row) { return fault.queue && row.id == fault.queue; });
  }
}

}  // namespace usher::engine
