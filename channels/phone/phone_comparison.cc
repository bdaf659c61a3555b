// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "base/io/client_call.h"
#include "base/io/log.h"
#include "channels/phone/external_id.h"
#include "channels/phone/phone_domain.h"
#include "usher/routing/v1/routing_service.grpc.pb.h"

namespace usher::phone {

using routing::v1::Contact;
using routing::v1::ContactResult;
using routing::v1::Event;

// Truth after trouble: what stands at a switch, what routing knows, and what is here made one.

namespace {

constexpr Duration kListTimeout{5'000};
constexpr std::uint32_t kContactsInPage = 500;

}  // namespace

void PhoneDomain::LineLost(const std::string& name) {
  lines_.at(name).there = false;
  ++lines_.at(name).round;
}

void PhoneDomain::LineBack(const std::string& name, std::vector<StandingLeg> legs,
                           std::function<void()> compared) {
  const std::uint64_t round = ++lines_.at(name).round;
  auto found = std::make_shared<Contacts>();
  auto compare = [this, name, round, legs = std::move(legs), compared = std::move(compared)] {
    Line& line = lines_.at(name);
    if (line.round != round) return;
    line.there = true;
    CompareLine(line, legs);
    compared();
  };
  ListOthers(name, round, {}, found, [this, name, found, compare = std::move(compare)] {
    ClaimAll(name, std::move(*found), compare);
  });
}

// Open contacts of the line that another process has: it stood in for this one, or this one for it.
void PhoneDomain::ListOthers(const std::string& name, std::uint64_t round,
                             const std::string& page_token, std::shared_ptr<Contacts> found,
                             std::function<void()> done) {
  using routing::v1::ListContactsRequest;
  using routing::v1::ListContactsResponse;
  ListContactsRequest request;
  request.mutable_page()->set_page_size(kContactsInPage);
  request.mutable_page()->set_page_token(page_token);
  io::CallOptions options;
  options.token = token_();
  options.timeout = kListTimeout;
  io::CallUnary<ListContactsRequest, ListContactsResponse>(
      loop_, options, std::move(request),
      [stub = &road_.Stub<routing::v1::RoutingService>()](auto* context, auto* req, auto* resp,
                                                          auto finished) {
        stub->async()->ListContacts(context, req, resp, std::move(finished));
      },
      [this, name, round, found, done = std::move(done),
       alive = std::weak_ptr<void>(alive_)](Result<ListContactsResponse> answer) {
        if (alive.expired() || lines_.at(name).round != round) return;
        if (!answer.ok()) {
          io::LogError(io::LogLevel::kWarning, "phone_others_not_listed", answer.error());
          return done();
        }
        std::set<std::string> taken;
        for (const Contact& contact : *found) taken.insert(contact.id());
        for (const Contact& contact : answer->contacts()) {
          if (contact.adapter() == routing_.adapter()) continue;
          const bool of_line = contact.external_id().rfind(name + '/', 0) == 0;
          if (of_line || taken.contains(contact.consults())) found->push_back(contact);
        }
        if (answer->page().next_page_token().empty()) return done();
        ListOthers(name, round, answer->page().next_page_token(), found, done);
      });
}

void PhoneDomain::ClaimAll(const std::string& name, Contacts contacts, std::function<void()> done) {
  if (contacts.empty()) return done();
  io::Log(io::LogLevel::kInfo, "phone_contacts_taken_over",
          {{"line", name}, {"contacts", contacts.size()}});
  auto left = std::make_shared<std::size_t>(contacts.size());
  for (Contact& contact : contacts) {
    routing::v1::ClaimContactRequest claim;
    claim.set_contact_id(contact.id());
    routing_.Claim(std::move(claim), [this, contact = std::move(contact), left,
                                      done](const Result<ContactResult>& claimed) {
      if (claimed.ok()) {
        unmet_.try_emplace(contact.id(), contact);
      } else {
        LogRefusal("call_not_taken_over", claimed.error(), contact.id());
      }
      if (--*left == 0) done();
    });
  }
}

void PhoneDomain::OnClaimed(const Event& event) {
  const std::string& id = event.contact_id();
  if (event.claimed().adapter() == routing_.adapter()) {
    if (FindContact(id) == nullptr && event.claimed().has_contact()) {
      unmet_[id] = event.claimed().contact();
    }
    return;
  }
  // Goes on at another process, with everybody who talks.
  unmet_.erase(id);
  const auto found = by_contact_.find(id);
  if (found != by_contact_.end()) Drop(EntryPtr(found->second));
}

void PhoneDomain::CompareLine(Line& line, const std::vector<StandingLeg>& legs) {
  std::map<std::string, const StandingLeg*> standing;
  std::map<std::string, Call::Standing> states;
  for (const StandingLeg& leg : legs) {
    standing[leg.id] = &leg;
    states[leg.id] = {leg.up, leg.bridge};
  }
  for (const EntryPtr& entry : std::set<EntryPtr>(entries_)) {
    if (entry->line != &line) continue;
    entry->call->Compare(states);
    if (!entry->call->contact().empty()) {
      Changed(entry->call->contact());
    } else if (!entry->call->has_customer()) {
      Drop(entry);
    }
  }
  std::vector<Contact> unmet;
  for (const auto& [id, contact] : unmet_) {
    if (LineOf(contact.external_id()) == line.name && contact.consults().empty()) {
      unmet.push_back(contact);
    }
  }
  for (const Contact& contact : unmet) Adopt(line, contact, standing);
  for (auto it = unmet_.begin(); it != unmet_.end();) {
    const auto main = by_contact_.find(it->second.consults());
    if (it->second.consults().empty() || main == by_contact_.end()) {
      ++it;
      continue;
    }
    by_contact_[it->first] = main->second;
    main->second->call->OnConsult(it->second);
    it = unmet_.erase(it);
  }
  AdoptLegs(line, legs);
  io::Log(io::LogLevel::kInfo, "phone_line_compared",
          {{"line", line.name}, {"legs", legs.size()}, {"calls", entries_.size()}});
}

// A contact of this process's former life.
void PhoneDomain::Adopt(Line& line, const Contact& contact,
                        const std::map<std::string, const StandingLeg*>& standing) {
  const auto caller = standing.find(LegOf(contact.external_id()));
  const bool there = caller != standing.end();
  const bool called = std::any_of(standing.begin(), standing.end(), [&](const auto& each) {
    const auto name = ParseLegName(line.application, each.first);
    return name && name->contact == contact.id();
  });
  const auto direction = contact.attributes().find("direction");
  const bool ours = contact.channel() == type::v1::CHANNEL_CALLBACK ||
                    (direction != contact.attributes().end() && direction->second == "outbound");
  unmet_.erase(contact.id());
  const bool assigned =
      contact.state() == Contact::STATE_ASSIGNED || contact.state() == Contact::STATE_HELD;
  if (contact.state() == Contact::STATE_WRAPPING) return;
  if (!there && !(ours && (called || !assigned))) {
    if (ours && !assigned) return;
    return Left(contact.id(), assigned);
  }
  const EntryPtr entry = MakeEntry(line, contact.external_id());
  entry->queue = contact.queue();
  if (there) {
    const StandingLeg& leg = *caller->second;
    if (leg.arrival) entry->arrival = *leg.arrival;
    const bool talking = leg.bridge == BridgeName(line.application, contact.id());
    Call::Leg customer{.id = leg.id, .address = entry->arrival.number};
    customer.ours = false;
    customer.up = leg.up;
    entry->call->MeetLeg(std::move(customer), talking);
  }
  Bind(entry, contact.id());
  entry->call->OnContact(contact);
}

// Legs that no call knows: of adopted calls, of callers whom routing does not know, or of nobody.
void PhoneDomain::AdoptLegs(Line& line, const std::vector<StandingLeg>& legs) {
  using routing::v1::CallLeg;
  for (const StandingLeg& leg : legs) {
    if (leg.arrival) {
      if (by_leg_.contains(ExternalId(line.name, leg.id))) continue;
      const std::string contact = ContactOfBridge(line.application, leg.bridge);
      if (contact.empty()) {
        if (!Arrived(line.name, *leg.arrival)) line.line->SendBack(leg.id, "unknown-number");
        continue;
      }
      // Talks in a conversation that routing knows no more: goes on, and ends as it will.
      const EntryPtr entry = MakeEntry(line, ExternalId(line.name, leg.id));
      Call::Leg customer{.id = leg.id, .address = leg.arrival->number};
      customer.ours = false;
      customer.up = leg.up;
      entry->call->OnSubmitted(contact);
      entry->call->MeetLeg(std::move(customer), true);
      by_contact_[contact] = entry;
      entry->call->Detach();
    }
  }
  for (const StandingLeg& leg : legs) {
    const auto name = ParseLegName(line.application, leg.id);
    if (!name || leg.arrival) continue;
    Entry* entry = FindContact(name->contact);
    if (entry == nullptr || name->kind == LegName::Kind::kSnoop) {
      line.line->HangUp(leg.id);
      continue;
    }
    Call& call = *entry->call;
    const auto known = std::any_of(call.legs().begin(), call.legs().end(),
                                   [&](const Call::Leg& each) { return each.id == leg.id; });
    if (known) continue;
    Call::Leg met{.id = leg.id, .contact = name->contact};
    met.up = leg.up;
    switch (name->kind) {
      case LegName::Kind::kCustomer:
        met.party = CallLeg::PARTY_CUSTOMER;
        break;
      case LegName::Kind::kOutside:
        met.party = CallLeg::PARTY_OUTSIDE;
        break;
      case LegName::Kind::kSupervisor:
        // How the supervisor heard is not known any more.
        line.line->HangUp(leg.id);
        continue;
      default:
        met.agent = name->who;
        met.party = name->contact == call.contact() || name->who == call.agent()
                        ? CallLeg::PARTY_AGENT
                        : CallLeg::PARTY_COLLEAGUE;
        if (met.party == CallLeg::PARTY_AGENT) met.contact = call.contact();
        break;
    }
    call.MeetLeg(std::move(met), leg.bridge == BridgeName(line.application, call.contact()));
    // Answered while nobody was here: it accepts now.
    if (leg.up) call.OnMetUp(leg.id);
    Changed(call.contact());
  }
}

}  // namespace usher::phone
