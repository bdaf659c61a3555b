// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tests/integration/router/router_fixture.h"
#include "tests/integration/store/acl_user.h"
#include "tests/integration/store/redis_cluster.h"

namespace usher {
namespace {

using namespace context::v1;  // NOLINT(google-build-using-namespace): this file speaks it

// The whole router on a Redis Cluster of three primaries: the domain on one of them, customers and
// conversations on all.
class SpreadTest : public RouterTest {
 protected:
  SpreadTest() : RouterTest(OnAnotherRedis{}), cluster_(Options()) {
    StartOn(store::AsAclUser(cluster_.Target()), store::Durability::kEverySec);
    ApplyDomain();
  }
  ~SpreadTest() override { StopRouter(); }

  store::RedisCluster::Options Options() const {
    store::RedisCluster::Options options;
    options.dir = folder();
    options.server_arguments = {"--aclfile", store::WriteAclFile(folder())};
    return options;
  }

  ResolveCustomerResponse Resolve(const std::string& value) {
    ResolveCustomerRequest request;
    request.mutable_identity()->set_kind("chat");
    request.mutable_identity()->set_value(value);
    request.add_also()->set_kind("email");
    request.mutable_also(0)->set_value(value + "@example.com");
    ResolveCustomerResponse response;
    const grpc::Status status = context().ResolveCustomer(Adapter().get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(response.conflicts_size(), 0);
    return response;
  }

  std::vector<TimelineEntry> Timeline(const std::string& customer) {
    ListTimelineRequest request;
    request.set_customer_id(customer);
    ListTimelineResponse response;
    const grpc::Status status = context().ListTimeline(Adapter().get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return {response.entries().begin(), response.entries().end()};
  }

  // That the customer's timeline tells of.
  std::int64_t ContactsIn(const std::string& customer) {
    const std::vector<TimelineEntry> entries = Timeline(customer);
    return std::ranges::count_if(entries, [](const auto& entry) { return entry.has_opened(); });
  }

  std::int64_t KeysOn(std::size_t node) { return cluster_.client(node).Call({"DBSIZE"}).integer(); }

  store::RedisCluster cluster_;
};

TEST_F(SpreadTest, CustomersTheirTimelinesAndConversationsAreOnAllNodes) {
  constexpr int kCustomers = 30;
  std::vector<std::string> customers;
  for (int i = 0; i < kCustomers; ++i) {
    const std::string visitor = "v" + std::to_string(i);
    const auto resolved = Resolve(visitor);
    EXPECT_TRUE(resolved.created());
    EXPECT_EQ(Resolve(visitor).customer().id(), resolved.customer().id());
    customers.push_back(resolved.customer().id());
    const std::string contact = Submit("chat-" + std::to_string(i), customers.back()).id();
    AppendMessagesRequest request;
    Message& message = *request.add_messages();
    message.set_contact_id(contact);
    message.set_client_id("m1");
    message.set_text("hello");
    message.mutable_author()->set_side(Author::SIDE_CUSTOMER);
    message.mutable_author()->set_id(visitor);
    AppendMessagesResponse response;
    const grpc::Status status = context().AppendMessages(Adapter().get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(response.messages(0).id(), 1U);
  }
  for (const std::string& customer : customers) {
    Eventually([&] { return ContactsIn(customer) == 1; });
  }
  for (std::size_t node = 0; node < cluster_.size(); ++node) EXPECT_GT(KeysOn(node), 10) << node;

  ListCustomersRequest list;
  list.mutable_page()->set_page_size(kCustomers);
  ListCustomersResponse listed;
  ASSERT_TRUE(context().ListCustomers(Adapter().get(), list, &listed).ok());
  std::vector<std::string> newest_first;
  for (const Customer& customer : listed.customers()) newest_first.push_back(customer.id());
  EXPECT_EQ(std::set(newest_first.begin(), newest_first.end()),
            std::set(customers.begin(), customers.end()));
}

// A new router on the same cluster finds it all, wherever it lies.
TEST_F(SpreadTest, ARestartFindsItAllAgain) {
  const std::string customer = Resolve("v1").customer().id();
  const std::string contact = Submit("chat-1", customer).id();
  Eventually([&] { return ContactsIn(customer) == 1; });
  Restart();
  EXPECT_EQ(Get(contact).id(), contact);
  EXPECT_EQ(Resolve("v1").customer().id(), customer);
  Submit("chat-2", customer);
  Eventually([&] { return ContactsIn(customer) == 2; });
}

}  // namespace
}  // namespace usher
