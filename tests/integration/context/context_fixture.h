// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/io/event_loop.h"
#include "router/context/customer_duplicates.h"
#include "router/context/customer_index.h"
#include "router/context/customer_merge.h"
#include "router/context/customer_search.h"
#include "router/context/customer_store.h"
#include "router/context/functions.h"
#include "router/context/index_builder.h"
#include "router/context/timeline_hub.h"
#include "router/context/timeline_store.h"
#include "tests/integration/store/store_fixture.h"

namespace usher::context {

// The stores of a router, on a loop of their own; as if its process had ended when they go.
struct Stores {
  Stores(io::EventLoop& loop, const store::RedisAddress& address, std::vector<std::string> fields)
      : redis(store::MakeKeyspace(loop, OptionsFor(address), nullptr)),
        index(*redis, [fields = std::move(fields)](const DomainId&) { return fields; }),
        customers(
            *redis, index, [](const DomainId&) { return Result<void>(); },
            [](const DomainId&) { return std::string(); }),
        timelines(*redis, hub),
        search(index, customers),
        duplicates(*redis, index, customers),
        merges(*redis, customers, timelines),
        builder(*redis, index, customers) {}

  static store::RedisKeyspaceOptions OptionsFor(const store::RedisAddress& address) {
    store::RedisKeyspaceOptions options;
    options.target = store::ToTarget(address);
    options.libraries = {ContextFunctions()};
    return options;
  }

  std::unique_ptr<store::RedisKeyspace> redis;
  TimelineHub hub;
  CustomerIndex index;
  CustomerStore customers;
  TimelineStore timelines;
  CustomerSearch search;
  CustomerDuplicates duplicates;
  CustomerMerge merges;
  IndexBuilder builder;
};

class CustomersTest : public store::StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    loop_.Start("context");
    Renew();
  }
  void TearDown() override {
    loop_.Call([this] { stores_.reset(); });
  }

  // The process that had the stores ended, and another one goes on.
  void Renew(std::vector<std::string> fields = {"account"}) {
    loop_.Call([&] {
      stores_.reset();
      stores_ =
          std::make_unique<Stores>(loop_, store::AsAclUser(redis_->address()), std::move(fields));
    });
    store::Eventually(
        [&] {
          bool connected = false;
          loop_.Call([&] { connected = stores_->redis->IsConnected(); });
          return connected;
        },
        "a connection to Redis");
  }

  // Calls `start` on the loop and waits for what it gives.
  template <class T, class Start>
  Result<T> Wait(Start start) {
    auto arrival = std::make_shared<store::Arrival<Result<T>>>();
    loop_.Call([&] { start([arrival](Result<T> result) { arrival->Set(std::move(result)); }); });
    return arrival->Wait();
  }

  v1::Customer Resolve(const std::string& kind, const std::string& value,
                       const std::string& name = {}, const std::vector<v1::Identity>& also = {}) {
    v1::ResolveCustomerRequest request;
    request.mutable_identity()->set_kind(kind);
    request.mutable_identity()->set_value(value);
    request.set_name(name);
    for (const v1::Identity& one : also) *request.add_also() = one;
    Result<Resolved> resolved =
        Wait<Resolved>([&](auto done) { stores_->customers.Resolve(domain_, request, by_, done); });
    EXPECT_TRUE(resolved.ok()) << resolved.error().message;
    return resolved.ok() ? resolved->customer : v1::Customer{};
  }

  v1::Customer Edit(const v1::Customer& customer, std::function<void(v1::Customer&)> edit) {
    Result<v1::Customer> edited = Wait<v1::Customer>([&](auto done) {
      stores_->customers.Edit(
          domain_, CustomerId{customer.id()}, by_,
          [edit](v1::Customer& record) -> Result<void> {
            edit(record);
            return {};
          },
          done);
    });
    EXPECT_TRUE(edited.ok()) << edited.error().message;
    return edited.ok() ? *edited : v1::Customer{};
  }

  v1::Customer Get(const v1::Customer& customer) {
    Result<v1::Customer> got = Wait<v1::Customer>(
        [&](auto done) { stores_->customers.Get(domain_, CustomerId{customer.id()}, done); });
    EXPECT_TRUE(got.ok()) << got.error().message;
    return got.ok() ? *got : v1::Customer{};
  }

  v1::SearchCustomersResponse Search(const std::string& text, std::size_t limit = 20,
                                     const std::string& calling_code = {}) {
    auto found = Wait<v1::SearchCustomersResponse>(
        [&](auto done) { stores_->search.Search({domain_, text, limit, calling_code}, done); });
    EXPECT_TRUE(found.ok()) << found.error().message;
    return found.ok() ? *found : v1::SearchCustomersResponse{};
  }
  // The ids of those who fit, in the order of the answer.
  std::vector<std::string> Find(const std::string& text, const std::string& calling_code = {}) {
    std::vector<std::string> ids;
    const v1::SearchCustomersResponse found = Search(text, 20, calling_code);
    for (const v1::SearchHit& hit : found.hits()) {
      ids.push_back(hit.customer().id());
    }
    return ids;
  }

  store::RedisReply Redis(const std::vector<std::string>& words) {
    store::WaitingClient client(redis_->address());
    return client.Call(words);
  }

  const DomainId domain_{"acme"};
  const Change by_{.by = "ann", .role = "supervisor", .at = InstantFromUnixMs(1'764'000'000'000)};
  io::EventLoop loop_;
  std::unique_ptr<Stores> stores_;
};

}  // namespace usher::context
