// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "base/io/random_id.h"
#include "channels/phone/external_id.h"
#include "channels/phone/phone_domain.h"

namespace usher::phone {

using agents::v1::AgentCommand;
using agents::v1::AgentResult;
using routing::v1::ContactResult;

// What people want done with calls, and calls that they want placed.

void PhoneDomain::AnswerOrder(std::uint64_t tag, const Result<void>& done,
                              const std::string& contact) {
  routing::v1::CallOrderResult result;
  result.set_tag(tag);
  result.set_contact_id(contact);
  if (!done.ok()) {
    result.set_code(static_cast<std::uint32_t>(done.error().code));
    result.set_reason(done.error().reason);
    result.set_message(done.error().message + "; " + done.error().next_step);
  }
  routing_.AnswerOrder(std::move(result));
}

void PhoneDomain::OnOrder(const routing::v1::CallOrder& order) {
  if (order.has_place()) return Place(order);
  Entry* entry = FindContact(order.contact_id());
  if (entry == nullptr) {
    return AnswerOrder(order.tag(), Error{Code::kNotFound, "NO_SUCH_CALL",
                                          "no call stands for contact " + order.contact_id(),
                                          "look whether the contact is over"});
  }
  if (!entry->line->there) {
    return AnswerOrder(
        order.tag(), Error{Code::kUnavailable, "SWITCH_AWAY",
                           "the telephone switch cannot be reached", "try again in a few seconds"});
  }
  AnswerOrder(order.tag(), entry->call->Control(order.by(), order.control()), order.contact_id());
}

void PhoneDomain::Place(const routing::v1::CallOrder& order) {
  const routing::v1::PlaceCall& place = order.place();
  const auto line = std::find_if(lines_.begin(), lines_.end(),
                                 [](const auto& each) { return each.second.there; });
  if (line == lines_.end()) {
    return AnswerOrder(
        order.tag(), Error{Code::kUnavailable, "SWITCH_AWAY",
                           "the telephone switch cannot be reached", "try again in a few seconds"});
  }
  if (!IsNumber(place.number()) || rules_.outside_address.empty()) {
    return AnswerOrder(
        order.tag(),
        Error{Code::kInvalidArgument, "BAD_NUMBER", "the number cannot be called from here",
              "give digits, with + or * or # where needed; outside_address must be "
              "set in the phone file"});
  }
  const std::string external_id = line->first + "/place." + order.request_id();
  if (const auto known = by_external_.find(external_id); known != by_external_.end()) {
    return AnswerOrder(order.tag(), {}, known->second->call->contact());
  }
  const EntryPtr entry = MakeEntry(line->second, external_id);
  entry->queue = place.queue();
  entry->call->SetNumber(place.number());
  placing_[external_id] = {.tag = order.tag(), .agent = order.by()};
  routing::v1::SubmitContactRequest request;
  request.set_request_id(external_id.substr(0, 64));
  request.set_channel(type::v1::CHANNEL_VOICE);
  request.set_queue(place.queue());
  request.set_external_id(external_id);
  request.set_customer_id(place.customer_id());
  request.set_subject(place.subject());
  request.set_prefer(order.by());
  request.mutable_prefer_for()->set_seconds(10);
  auto& attributes = *request.mutable_attributes();
  attributes["direction"] = "outbound";
  attributes["caller"] = place.number();
  attributes["server"] = line->first;
  entry->submitting = true;
  routing_.Submit(std::move(request),
                  [this, entry, alive = std::weak_ptr<void>(alive_)](Result<ContactResult> result) {
                    if (alive.expired()) return;
                    entry->submitting = false;
                    if (!result.ok()) {
                      Placed(entry->external_id, result.error());
                      return Drop(entry);
                    }
                    const std::string contact = result->contact_id();
                    if (entry->call->contact().empty()) {
                      Bind(entry, contact);
                      entry->call->OnSubmitted(contact);
                    }
                    const auto placing = placing_.find(entry->external_id);
                    if (placing == placing_.end()) return;  // offered and accepted already
                    placing->second.contact = contact;
                    AgentCommand command;
                    command.mutable_pull()->set_request_id(io::RandomId());
                    command.mutable_pull()->set_agent_id(placing->second.agent);
                    command.mutable_pull()->set_contact_id(contact);
                    Command(std::move(command), [this, entry](const Result<AgentResult>& pulled) {
                      if (pulled.ok() || pulled.error().reason == "OFFERED")
                        return;  // she is being asked
                      if (!placing_.contains(entry->external_id)) return;
                      Placed(entry->external_id, pulled.error());
                    });
                  });
}

void PhoneDomain::Placed(const std::string& external_id, Result<void> done) {
  const auto placing = placing_.extract(external_id);
  const auto entry = by_external_.find(external_id);
  if (placing.empty()) return;
  const std::string contact =
      entry == by_external_.end() ? placing.mapped().contact : entry->second->call->contact();
  AnswerOrder(placing.mapped().tag, done, contact);
  if (!done.ok() && !contact.empty()) Cancel(contact, "not placed");
}

}  // namespace usher::phone
