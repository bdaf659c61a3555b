// SPDX-License-Identifier: Apache-2.0
#include "router/context/index_builder.h"

#include <charconv>
#include <memory>
#include <string_view>
#include <utility>

#include "router/context/keys.h"

namespace usher::context {

namespace {

using store::RedisReply;

// Grows when customers are found by other terms than before.
constexpr char kVersion[] = "1";
constexpr char kWhole[] = "whole";

}  // namespace

// "<version> <fields> whole" or "<version> <fields> <since> <skip>". What was built by another
// version or for other fields is built anew.
IndexBuilder::Place IndexBuilder::ToPlace(const std::string& text, const std::string& fields) {
  Place place;
  place.fields = fields;
  const std::string head = std::string(kVersion) + ' ' + fields + ' ';
  if (!text.starts_with(head)) return place;
  const std::string_view rest = std::string_view(text).substr(head.size());
  if (rest == kWhole) {
    place.whole = true;
    return place;
  }
  const std::size_t blank = rest.find(' ');
  if (blank == std::string_view::npos) return place;
  place.since = rest.substr(0, blank);
  std::from_chars(rest.data() + blank + 1, rest.data() + rest.size(), place.skip);
  return place;
}

std::string IndexBuilder::ToText(const Place& place) {
  const std::string head = std::string(kVersion) + ' ' + place.fields + ' ';
  return head + (place.whole ? kWhole : place.since + ' ' + std::to_string(place.skip));
}

void IndexBuilder::Step(const DomainId& domain, std::function<void(Result<bool>)> done) {
  std::string fields = ",";  // never empty
  for (const std::string& field : index_.FieldsOf(domain)) fields += field + ',';
  redis_.Call({"GET", FindKey(domain)},
              [this, domain, fields, done = std::move(done)](Result<RedisReply> reply) {
                if (!reply.ok()) return done(reply.error());
                if (reply->IsError())
                  return done(store::ToError(*reply, "read how far the index is"));
                const Place place = ToPlace(std::string(reply->text()), fields);
                if (place.whole) return done(true);
                ReadPage(domain, place, done);
              });
}

void IndexBuilder::ReadPage(const DomainId& domain, const Place& place,
                            std::function<void(Result<bool>)> done) {
  redis_.Call({"ZRANGE", CustomersKey(domain), place.since, "+inf", "BYSCORE", "LIMIT",
               std::to_string(place.skip), std::to_string(kCustomersAtOnce), "WITHSCORES"},
              [this, domain, place, done = std::move(done)](Result<RedisReply> reply) {
                if (!reply.ok()) return done(reply.error());
                if (reply->IsError()) return done(store::ToError(*reply, "list customers"));
                std::vector<CustomerId> ids;
                Place next = place;
                for (std::size_t i = 0; i + 1 < reply->items().size(); i += 2) {
                  ids.emplace_back(std::string(reply->At(i).text()));
                  const std::string at(reply->At(i + 1).text());
                  next.skip = at == next.since ? next.skip + 1 : 1;
                  next.since = at;
                }
                next.whole = ids.size() < kCustomersAtOnce;
                AddPage(domain, ids, next, done);
              });
}

// The place is kept when all are in: what a crash cuts short is done again.
void IndexBuilder::AddPage(const DomainId& domain, const std::vector<CustomerId>& ids,
                           const Place& next, std::function<void(Result<bool>)> done) {
  if (ids.empty()) return Keep(domain, next, std::move(done));
  struct Adding {
    std::size_t left = 0;
    Result<void> result;
  };
  const auto adding = std::make_shared<Adding>();
  adding->left = ids.size();
  const auto end = [this, domain, next, adding, done = std::move(done)](Result<void> added) {
    if (!added.ok()) adding->result = std::move(added);
    if (--adding->left > 0) return;
    if (!adding->result.ok()) return done(adding->result.error());
    Keep(domain, next, done);
  };
  for (const CustomerId& id : ids) {
    customers_.GetOwn(domain, id, [this, domain, end](Result<v1::Customer> customer) {
      if (customer.ok()) return index_.AddAll(domain, *customer, end);
      const bool is_passed_over =
          customer.error().code == Code::kNotFound || customer.error().code == Code::kDataLoss;
      end(is_passed_over ? Result<void>() : Result<void>(customer.error()));
    });
  }
}

void IndexBuilder::Keep(const DomainId& domain, const Place& place,
                        std::function<void(Result<bool>)> done) {
  redis_.Call({"SET", FindKey(domain), ToText(place)},
              [place, done = std::move(done)](Result<RedisReply> reply) {
                if (!reply.ok()) return done(reply.error());
                if (reply->IsError())
                  return done(store::ToError(*reply, "keep how far the index is"));
                done(place.whole);
              });
}

}  // namespace usher::context
