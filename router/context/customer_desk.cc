// SPDX-License-Identifier: Apache-2.0
#include "router/context/customer_desk.h"

#include <algorithm>
#include <utility>

#include "router/context/customer_fields.h"
#include "router/context/customer_id.h"
#include "router/context/functions.h"
#include "router/context/identity.h"
#include "router/context/keys.h"

namespace usher::context {

namespace {

using store::RedisReply;

Error Taken(const v1::Identity& identity, const std::string& owner) {
  return {Code::kAlreadyExists, "IDENTITY_TAKEN",
          identity.kind() + ' ' + identity.value() + " is an address of customer " + owner,
          "remove it from " + owner + " first, or merge the two"};
}

Error TooMany() {
  return {Code::kResourceExhausted, "TOO_MANY_IDENTITIES",
          "a customer has at most " + std::to_string(kIdentitiesMax) + " addresses",
          "remove one that is no longer used"};
}

Error Unknown(const v1::Identity& identity, const CustomerId& customer) {
  return {Code::kNotFound, "UNKNOWN_IDENTITY",
          "customer " + customer.value() + " has no " + identity.kind() + ' ' + identity.value(),
          "read the customer for the addresses"};
}

Result<void> Give(v1::Customer& customer, const v1::Identity& identity) {
  if (v1::Identity* known = FindIdentity(customer, identity)) {
    if (identity.verified()) known->set_verified(true);
    return {};
  }
  if (customer.identities_size() >= kIdentitiesMax) return TooMany();
  *customer.add_identities() = identity;
  return {};
}

// What the record lacks of what was wanted; nothing that it has is changed.
Result<void> Fill(v1::Customer& customer, const v1::Customer& wanted) {
  if (customer.name().empty()) customer.set_name(wanted.name());
  if (customer.tier().empty()) customer.set_tier(wanted.tier());
  if (customer.language().empty()) customer.set_language(wanted.language());
  if (customer.relationship_owner().empty()) {
    customer.set_relationship_owner(wanted.relationship_owner());
  }
  if (customer.type() == 0) customer.set_type(wanted.type());
  if (customer.value() == 0) customer.set_value(wanted.value());
  if (customer.stage() == 0) customer.set_stage(wanted.stage());
  if (customer.tags().empty()) *customer.mutable_tags() = wanted.tags();
  if (customer.consents().empty()) *customer.mutable_consents() = wanted.consents();
  for (const auto& fact : wanted.attributes()) customer.mutable_attributes()->insert(fact);
  for (const auto& fact : wanted.fields()) customer.mutable_fields()->insert(fact);
  for (const v1::Identity& identity : wanted.identities()) {
    if (Result<void> given = Give(customer, identity); !given.ok()) return given;
  }
  return {};
}

// Takes it by value: it leaves its line while it runs.
void Run(std::function<void()> step) { step(); }

}  // namespace

struct CustomerDesk::Creating {
  Who who;
  v1::Customer wanted;
  Change change;
  Done done;
};

struct CustomerDesk::Reverting {
  Who who;
  Change change;
  v1::CustomerChange reverted;
  v1::Customer before;  // as it is when this begins
  Done done;
};

struct CustomerDesk::Claiming {
  Who who;
  std::vector<v1::Identity> left;
  std::vector<v1::Identity> claimed;
  bool has_released = false;  // the address was on its way out of another record
  std::function<void(Result<void>)> done;
};

void CustomerDesk::InLine(const Who& who, Done done, Step step) {
  auto& line = lines_[who];
  if (line.size() > kWaitingMax) {
    return done(Error{Code::kAborted, "CUSTOMER_BUSY",
                      "too many changes of " + who.second.value() + " wait", "try again"});
  }
  line.push_back([this, who, done = std::move(done), step = std::move(step)] {
    step([this, who, done](Result<v1::Customer> result) {
      done(std::move(result));
      RunNext(who);
    });
  });
  if (line.size() == 1) Run(line.front());
}

void CustomerDesk::RunNext(const Who& who) {
  const auto line = lines_.find(who);
  line->second.pop_front();
  if (line->second.empty()) {
    lines_.erase(line);
  } else {
    Run(line->second.front());
  }
}

void CustomerDesk::Create(const DomainId& domain, v1::Customer wanted, const Change& change,
                          const std::string& request_id, Done done) {
  v1::Customer told = wanted;
  wanted.clear_identities();
  for (const v1::Identity& identity : told.identities()) {
    Result<v1::Identity> normalised = Normalised(identity, customers_.CountryOf(domain));
    if (!normalised.ok()) return done(normalised.error());
    if (Result<void> given = Give(wanted, *normalised); !given.ok()) return done(given.error());
  }
  const CustomerId id = request_id.empty() ? NewCustomerId() : CustomerIdOf(domain, request_id);
  const Who who{domain, id};
  InLine(who, std::move(done), [this, who, wanted, change](Done over) {
    const auto creating =
        std::make_shared<Creating>(Creating{who, wanted, change, std::move(over)});
    customers_.Get(who.first, who.second, [this, creating](Result<v1::Customer> known) {
      if (known.ok()) return Complete(creating);
      if (known.error().code != Code::kNotFound) return creating->done(known.error());
      CreateNew(creating);
    });
  });
}

// Addresses, the list of customers, the record: in the order of CustomerStore::Resolve.
void CustomerDesk::CreateNew(const std::shared_ptr<Creating>& creating) {
  const auto& [domain, id] = creating->who;
  if (Result<void> room = customers_.Admit(domain); !room.ok()) {
    return creating->done(room.error());
  }
  const std::vector<v1::Identity> identities(creating->wanted.identities().begin(),
                                             creating->wanted.identities().end());
  Claim(creating->who, identities, [this, creating](Result<void> claimed) {
    if (!claimed.ok()) return creating->done(claimed.error());
    const Change& change = creating->change;
    customers_.Enlist(
        creating->who.first, creating->who.second, change.at,
        [this, creating](Result<void> listed) {
          if (!listed.ok()) return creating->done(listed.error());
          v1::Customer nobody;
          nobody.set_id(creating->who.second.value());
          v1::Customer fresh = creating->wanted;
          fresh.set_id(creating->who.second.value());
          const std::int64_t ms = ToUnixMs(creating->change.at);
          fresh.mutable_created_at()->set_seconds(ms / 1000);
          fresh.mutable_created_at()->set_nanos(static_cast<std::int32_t>(ms % 1000 * 1'000'000));
          customers_.Replace(creating->who.first, creating->change, {nobody, ""}, fresh,
                             [this, creating](Result<bool> written) {
                               if (!written.ok()) return creating->done(written.error());
                               // Somebody who came from one of the addresses was faster.
                               if (!*written) return Complete(creating);
                               customers_.Get(creating->who.first, creating->who.second,
                                              creating->done);
                             });
        });
  });
}

// The record is there: this request made it, or claimed the addresses, died, and somebody came from
// one of them, so that the record has this address and no more.
void CustomerDesk::Complete(const std::shared_ptr<Creating>& creating) {
  const auto& [domain, id] = creating->who;
  customers_.FindRequest(
      domain, id, creating->change.request, [this, creating](Result<bool> repeated) {
        const auto& [domain, id] = creating->who;
        if (!repeated.ok()) return creating->done(repeated.error());
        if (*repeated) return customers_.Get(domain, id, creating->done);
        const std::vector<v1::Identity> identities(creating->wanted.identities().begin(),
                                                   creating->wanted.identities().end());
        Claim(creating->who, identities, [this, creating](Result<void> claimed) {
          if (!claimed.ok()) return creating->done(claimed.error());
          customers_.Edit(
              creating->who.first, creating->who.second, creating->change,
              [creating](v1::Customer& customer) { return Fill(customer, creating->wanted); },
              creating->done);
        });
      });
}

void CustomerDesk::AddIdentity(const DomainId& domain, const CustomerId& customer,
                               const v1::Identity& identity, const Change& change, Done done) {
  const Result<v1::Identity> normalised = Normalised(identity, customers_.CountryOf(domain));
  if (!normalised.ok()) return done(normalised.error());
  const Who who{domain, customer};
  InLine(who, std::move(done), [this, who, identity = *normalised, change](Done over) {
    GiveTo(who, identity, change, std::move(over));
  });
}

void CustomerDesk::GiveTo(const Who& who, const v1::Identity& identity, const Change& change,
                          Done done) {
  customers_.FindRequest(
      who.first, who.second, change.request,
      [this, who, identity, change, done = std::move(done)](Result<bool> repeated) {
        if (!repeated.ok()) return done(repeated.error());
        if (*repeated) return customers_.Get(who.first, who.second, done);
        customers_.Get(
            who.first, who.second, [this, who, identity, change, done](Result<v1::Customer> known) {
              if (!known.ok()) return done(known.error());
              const bool has = FindIdentity(*known, identity) != nullptr;
              if (!has && known->identities_size() >= kIdentitiesMax) return done(TooMany());
              const auto write = [this, who, identity, change, done](Result<void> claimed) {
                if (!claimed.ok()) return done(claimed.error());
                customers_.Edit(
                    who.first, who.second, change,
                    [identity](v1::Customer& customer) { return Give(customer, identity); }, done);
              };
              if (has) return write({});
              Claim({who.first, CustomerId{known->id()}}, {identity}, write);
            });
      });
}

void CustomerDesk::RemoveIdentity(const DomainId& domain, const CustomerId& customer,
                                  const v1::Identity& identity, const Change& change, Done done) {
  const Result<v1::Identity> normalised = Normalised(identity, customers_.CountryOf(domain));
  if (!normalised.ok()) return done(normalised.error());
  const Who who{domain, customer};
  InLine(who, std::move(done), [this, who, identity = *normalised, change](Done over) {
    TakeFrom(who, identity, change, std::move(over));
  });
}

void CustomerDesk::TakeFrom(const Who& who, const v1::Identity& identity, const Change& change,
                            Done done) {
  const std::vector<std::string> former =
      FormerValues(identity, identity, customers_.CountryOf(who.first));
  const auto erase = [who, identity, former](v1::Customer& customer) -> Result<void> {
    bool erased = EraseIdentity(customer, identity);
    for (const std::string& value : former) {
      v1::Identity other = identity;
      other.set_value(value);
      erased = EraseIdentity(customer, other) || erased;
    }
    if (!erased) return Unknown(identity, who.second);
    return {};
  };
  customers_.Edit(who.first, who.second, change, erase,
                  [this, who, identity, done = std::move(done)](Result<v1::Customer> after) {
                    if (!after.ok()) return done(after.error());
                    // Given back since by another call, where this one is a repeated one.
                    if (FindIdentity(*after, identity) != nullptr) return done(std::move(after));
                    customers_.Release(who.first, CustomerId{after->id()}, {identity},
                                       [after = *std::move(after), done](Result<void> released) {
                                         if (!released.ok()) return done(released.error());
                                         done(after);
                                       });
                  });
}

void CustomerDesk::Revert(const DomainId& domain, const CustomerId& customer,
                          const std::string& change_id, const Change& change, Done done) {
  const Who who{domain, customer};
  InLine(who, std::move(done), [this, who, change_id, change](Done over) {
    const auto reverting = std::make_shared<Reverting>();
    reverting->who = who;
    reverting->change = change;
    reverting->change.reverts = change_id;
    reverting->done = std::move(over);
    customers_.FindRequest(
        who.first, who.second, change.request, [this, reverting](Result<bool> repeated) {
          const auto& [domain, id] = reverting->who;
          if (!repeated.ok()) return reverting->done(repeated.error());
          if (*repeated) return customers_.Get(domain, id, reverting->done);
          customers_.GetChange(domain, id, reverting->change.reverts,
                               [this, reverting](Result<v1::CustomerChange> reverted) {
                                 if (!reverted.ok()) return reverting->done(reverted.error());
                                 reverting->reverted = *std::move(reverted);
                                 RevertNow(reverting);
                               });
        });
  });
}

void CustomerDesk::RevertNow(const std::shared_ptr<Reverting>& reverting) {
  const auto& [domain, id] = reverting->who;
  customers_.Get(domain, id, [this, reverting](Result<v1::Customer> now) {
    if (!now.ok()) return reverting->done(now.error());
    const CustomerId& asked = reverting->who.second;
    if (now->id() != asked.value()) {
      return reverting->done(Error{Code::kFailedPrecondition, "MERGED",
                                   asked.value() + " was merged into " + now->id(),
                                   "undo the merge first"});
    }
    reverting->before = *now;
    v1::Customer after = *now;
    if (Result<void> taken = TakeBack(reverting->reverted, after); !taken.ok()) {
      return reverting->done(taken.error());
    }
    const std::vector<v1::Identity> coming = IdentitiesMissing(*now, after);
    Claim(reverting->who, coming, [this, reverting, coming](Result<void> claimed) {
      if (!claimed.ok()) return reverting->done(claimed.error());
      const auto take_back = [reverting](v1::Customer& customer) {
        return TakeBack(reverting->reverted, customer);
      };
      customers_.Edit(
          reverting->who.first, reverting->who.second, reverting->change, take_back,
          [this, reverting](Result<v1::Customer> done) {
            if (!done.ok()) return reverting->done(done.error());
            const std::vector<v1::Identity> leaving = IdentitiesMissing(*done, reverting->before);
            customers_.Release(reverting->who.first, reverting->who.second, leaving,
                               [reverting, done = *std::move(done)](Result<void> released) {
                                 if (!released.ok()) return reverting->done(released.error());
                                 reverting->done(done);
                               });
          });
    });
  });
}

void CustomerDesk::Claim(const Who& who, std::vector<v1::Identity> identities,
                         std::function<void(Result<void>)> done) {
  const auto claiming = std::make_shared<Claiming>();
  claiming->who = who;
  claiming->left = std::move(identities);
  claiming->done = std::move(done);
  ClaimNext(claiming);
}

void CustomerDesk::ClaimNext(const std::shared_ptr<Claiming>& claiming) {
  if (claiming->left.empty()) return claiming->done({});
  // Whoever has it may have it in an earlier form.
  customers_.Find(claiming->who.first, claiming->left.back(),
                  [this, claiming](Result<v1::Customer> owner) {
                    if (owner.ok() && owner->id() != claiming->who.second.value()) {
                      return ClaimFrom(claiming, *owner);
                    }
                    if (!owner.ok() && owner.error().code != Code::kNotFound) {
                      return GiveUp(claiming, owner.error());
                    }
                    ClaimKey(claiming);
                  });
}

// Another customer's, unless it is on its way out of that record.
void CustomerDesk::ClaimFrom(const std::shared_ptr<Claiming>& claiming, const v1::Customer& owner) {
  const v1::Identity& identity = claiming->left.back();
  const CustomerId other{owner.id()};
  if (claiming->has_released || FindIdentity(owner, identity) != nullptr) {
    return GiveUp(claiming, Taken(identity, owner.id()));
  }
  redis_.Call({"SISMEMBER", CustomerKey(claiming->who.first, other, "releases"),
               identity.kind() + ':' + identity.value()},
              [this, claiming, other](Result<RedisReply> reply) {
                if (!reply.ok()) return GiveUp(claiming, reply.error());
                if (reply->IsError()) {
                  return GiveUp(claiming, store::ToError(*reply, "claim an address"));
                }
                if (reply->integer() != 1) {
                  return GiveUp(claiming, Taken(claiming->left.back(), other.value()));
                }
                claiming->has_released = true;
                customers_.Release(claiming->who.first, other, {claiming->left.back()},
                                   [this, claiming](Result<void> released) {
                                     if (!released.ok()) return GiveUp(claiming, released.error());
                                     ClaimNext(claiming);
                                   });
              });
}

void CustomerDesk::ClaimKey(const std::shared_ptr<Claiming>& claiming) {
  const v1::Identity& identity = claiming->left.back();
  redis_.Call({"SET", IdentityKey(claiming->who.first, identity.kind(), identity.value()),
               claiming->who.second.value(), "NX", "GET"},
              [this, claiming](Result<RedisReply> reply) {
                if (!reply.ok()) return GiveUp(claiming, reply.error());
                if (reply->IsError()) {
                  return GiveUp(claiming, store::ToError(*reply, "claim an address"));
                }
                if (reply->IsText() && reply->text() != claiming->who.second.value()) {
                  return GiveUp(claiming, Taken(claiming->left.back(), std::string(reply->text())));
                }
                if (!reply->IsText()) claiming->claimed.push_back(claiming->left.back());
                claiming->left.pop_back();
                claiming->has_released = false;
                ClaimNext(claiming);
              });
}

// Lets go of what was claimed here, so that nothing leads to a record that was not written.
void CustomerDesk::GiveUp(const std::shared_ptr<Claiming>& claiming, Error why) {
  if (claiming->claimed.empty()) return claiming->done(std::move(why));
  const v1::Identity identity = claiming->claimed.back();
  claiming->claimed.pop_back();
  redis_.Call({"FCALL", ContextFunctionsByName().pass_on, "1",
               IdentityKey(claiming->who.first, identity.kind(), identity.value()),
               claiming->who.second.value(), ""},
              [this, claiming, why](const Result<RedisReply>&) { GiveUp(claiming, why); });
}

}  // namespace usher::context
