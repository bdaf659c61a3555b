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

void PhoneDomain::OnSnapshot(const std::vector<Contact>& open) {
  unmet_.clear();
  std::set<std::string> ids;
  for (const Contact& contact : open) ids.insert(contact.id());
  for (const Contact& contact : open) {
    if (!contact.consults().empty()) continue;
    const auto known = by_external_.find(contact.external_id());
    if (known == by_external_.end()) {
      unmet_[contact.id()] = contact;
      continue;
    }
    Bind(known->second, contact.id());
    known->second->call->OnContact(contact);
  }
  for (const Contact& contact : open) {
    if (contact.consults().empty()) continue;
    const auto main = by_contact_.find(contact.consults());
    if (main == by_contact_.end()) {
      unmet_[contact.id()] = contact;
      continue;
    }
    by_contact_[contact.id()] = main->second;
    main->second->call->OnConsult(contact);
  }
  for (const EntryPtr& entry : std::set<EntryPtr>(entries_)) {
    const std::string contact = entry->call->contact();
    if (contact.empty() || ids.contains(contact) || entry->submitting) continue;
    if (entry->call->waiting() && entry->call->has_customer()) {
      // The caller is still there: the call comes in once more.
      const Arrival arrival = entry->arrival;
      const std::string line = entry->line->name;
      Drop(entry);
      if (!arrival.leg.empty()) Arrived(line, arrival);
      continue;
    }
    entry->call->Detach();
  }
  io::Log(io::LogLevel::kInfo, "phone_contacts_met", {{"contacts", open.size()}});
  on_contacts_();
}

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
  AdoptCallers(line, legs);
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

// Legs of callers that no call knows: of whom routing does not know, or of nobody.
void PhoneDomain::AdoptCallers(Line& line, const std::vector<StandingLeg>& legs) {
  for (const StandingLeg& leg : legs) {
    if (!leg.arrival || by_leg_.contains(ExternalId(line.name, leg.id))) continue;
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

std::string PhoneDomain::ContactOfNailed(const Line& line, const StandingLeg& leg,
                                         const LegName& name) {
  std::string contact = ContactOfBridge(line.application, leg.bridge);
  if (contact.empty() && !leg.up) contact = name.contact;  // rings with the first call
  if (FindContact(contact) == nullptr && leg.up) contact.clear();
  nailed_.Use(line.name, name.who, leg.id, contact);
  signed_in_.Want();
  return contact;
}

// A supervisor goes on hearing as she did, where both the way and the ear are still there.
void PhoneDomain::AdoptSupervisor(Line& line, Call& call, const StandingLeg& leg,
                                  const std::string& who, const std::vector<StandingLeg>& legs) {
  using routing::v1::SupervisionMode;
  Call::Leg met{.id = leg.id, .party = routing::v1::CallLeg::PARTY_SUPERVISOR, .agent = who};
  const LegNote note = ParseLegNote(leg.note);
  if (note.mode == SupervisionMode::SUPERVISION_MODE_UNSPECIFIED) return line.line->HangUp(leg.id);
  met.mode = note.mode;
  met.up = leg.up;
  if (leg.bridge == ApartName(line.application, call.contact(), who)) {
    met.where = Call::Leg::Where::kApart;
  }
  for (const StandingLeg& other : legs) {
    const auto name = ParseLegName(line.application, other.id);
    if (!name || name->kind != LegName::Kind::kSnoop) continue;
    if (name->contact == call.contact() && name->who == who) met.snoop = other.id;
  }
  call.MeetLeg(std::move(met), leg.bridge == BridgeName(line.application, call.contact()), note);
}

// A leg of ours as its call shall know it.
Call::Leg PhoneDomain::ToMet(const Call& call, const StandingLeg& leg, const LegName& name,
                             const std::string& contact) {
  using routing::v1::CallLeg;
  Call::Leg met{.id = leg.id, .contact = contact};
  met.up = leg.up;
  if (name.kind == LegName::Kind::kCustomer) return met;
  if (name.kind == LegName::Kind::kOutside) {
    met.party = CallLeg::PARTY_OUTSIDE;
    return met;
  }
  met.agent = name.who;
  met.nailed = name.kind == LegName::Kind::kNailed;
  const bool is_agent = name.who == call.agent();
  met.party =
      contact == call.contact() || is_agent ? CallLeg::PARTY_AGENT : CallLeg::PARTY_COLLEAGUE;
  // A telephone that stays up is known by the conversation that it is in: a colleague's, too.
  if (met.nailed && !is_agent && leg.up && !call.consult().empty()) {
    met.party = CallLeg::PARTY_COLLEAGUE;
    met.contact = call.consult();
  }
  if (met.party == CallLeg::PARTY_AGENT) met.contact = call.contact();
  return met;
}

// Legs of ours that no call knows: of adopted calls, of nobody, or telephones that stay up.
void PhoneDomain::AdoptLegs(Line& line, const std::vector<StandingLeg>& legs) {
  std::set<std::string> standing;
  for (const StandingLeg& leg : legs) standing.insert(leg.id);
  nailed_.KeepOnly(line.name, standing);
  for (const StandingLeg& leg : legs) {
    const auto name = ParseLegName(line.application, leg.id);
    if (!name || leg.arrival || name->kind == LegName::Kind::kSnoop) continue;
    std::string contact = name->contact;
    if (name->kind == LegName::Kind::kNailed) {
      const bool known = nailed_.Knows(leg.id);
      contact = known ? nailed_.ContactOf(leg.id) : ContactOfNailed(line, leg, *name);
      if (contact.empty() && leg.up) continue;
    }
    Entry* entry = FindContact(contact);
    if (entry == nullptr) {
      line.line->HangUp(leg.id);
      continue;
    }
    Call& call = *entry->call;
    const auto known = std::any_of(call.legs().begin(), call.legs().end(),
                                   [&](const Call::Leg& each) { return each.id == leg.id; });
    if (known) continue;
    if (name->kind == LegName::Kind::kSupervisor) {
      AdoptSupervisor(line, call, leg, name->who, legs);
    } else {
      call.MeetLeg(ToMet(call, leg, *name, contact),
                   leg.bridge == BridgeName(line.application, call.contact()),
                   ParseLegNote(leg.note));
      // Answered while nobody was here: it accepts now.
      if (leg.up) call.OnMetUp(leg.id);
    }
    Changed(call.contact());
  }
  DropDeafEars(line, legs);
}

// Ears through which no supervisor hears any more.
void PhoneDomain::DropDeafEars(Line& line, const std::vector<StandingLeg>& legs) {
  for (const StandingLeg& snoop : legs) {
    const auto name = ParseLegName(line.application, snoop.id);
    if (!name || name->kind != LegName::Kind::kSnoop) continue;
    const Entry* entry = FindContact(name->contact);
    const bool heard = entry != nullptr &&
                       std::any_of(entry->call->legs().begin(), entry->call->legs().end(),
                                   [&](const Call::Leg& leg) { return leg.snoop == snoop.id; });
    if (!heard) line.line->HangUp(snoop.id);
  }
}

}  // namespace usher::phone
