// SPDX-License-Identifier: Apache-2.0
// What is known of a customer decides how the newcomer is classified, and whom its queue prefers.
#include <string>
#include <vector>

#include "tests/integration/router/router_fixture.h"

namespace usher {
namespace {

class FactsTest : public RouterTest {
 protected:
  FactsTest() {
    Apply(R"(
domain: test
queues:
  support: {prefer: [owner, last-agent], wrap_up: 0s}
  vip: {}
agents:
  ann: {queues: [support, vip]}
  ben: {queues: [support, vip]}
rules:
  - {when: 'customer.tier == "gold"', set: {queue: vip, priority: 3}}
)");
  }

  void Apply(const char* yaml) {
    admin::v1::ApplyDomainRequest request;
    request.set_yaml(yaml);
    admin::v1::ApplyDomainResponse response;
    const grpc::Status status = admin().ApplyDomain(Admin().get(), request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }

  routing::v1::Contact SubmitFrom(const std::string& external_id, const std::string& address,
                                  const std::string& name = {}) {
    routing::v1::SubmitContactRequest request;
    request.set_channel(type::v1::CHANNEL_CHAT);
    request.set_queue("support");
    request.set_external_id(external_id);
    request.mutable_from()->mutable_identity()->set_kind("chat");
    request.mutable_from()->mutable_identity()->set_value(address);
    request.mutable_from()->set_name(name);
    routing::v1::SubmitContactResponse response;
    const grpc::Status status = routing().SubmitContact(Adapter().get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.contact();
  }

  std::string Customer(const std::string& address, const std::string& tier = {}) {
    context::v1::ResolveCustomerRequest request;
    request.mutable_identity()->set_kind("chat");
    request.mutable_identity()->set_value(address);
    context::v1::ResolveCustomerResponse response;
    EXPECT_TRUE(context().ResolveCustomer(Adapter().get(), request, &response).ok());
    const std::string id = response.customer().id();
    if (tier.empty()) return id;
    context::v1::UpdateCustomerRequest update;
    update.set_customer_id(id);
    update.set_tier(tier);
    context::v1::UpdateCustomerResponse updated;
    const grpc::Status status = context().UpdateCustomer(Admin().get(), update, &updated);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return id;
  }
};

TEST_F(FactsTest, ATierIsKnownToTheRules) {
  const routing::v1::Contact gold = Submit("one", Customer("mei", "gold"));
  EXPECT_EQ(gold.queue(), "vip");
  EXPECT_EQ(gold.priority(), 3);
  const routing::v1::Contact plain = Submit("two", Customer("lee"));
  EXPECT_EQ(plain.queue(), "support");
}

TEST_F(FactsTest, ACustomerWhoIsNotThereKeepsNobodyOut) {
  EXPECT_EQ(Submit("one", "cu_nobody").queue(), "support");
}

TEST_F(FactsTest, WhoAnAdapterNamesIsFoundOrMadeAndKnownToTheRules) {
  const std::string gold = Customer("mei", "gold");
  const routing::v1::Contact known = SubmitFrom("one", "mei");
  EXPECT_EQ(known.customer_id(), gold);
  EXPECT_EQ(known.queue(), "vip");
  const routing::v1::Contact first = SubmitFrom("two", "lee", "Lee Wong");
  EXPECT_EQ(first.queue(), "support");
  const std::string lee = first.customer_id();
  ASSERT_NE(lee, "");
  EXPECT_EQ(SubmitFrom("three", "lee").customer_id(), lee);
  context::v1::GetCustomerRequest request;
  request.set_customer_id(lee);
  context::v1::GetCustomerResponse response;
  ASSERT_TRUE(context().GetCustomer(Admin().get(), request, &response).ok());
  EXPECT_EQ(response.customer().name(), "Lee Wong");
  ASSERT_EQ(response.customer().identities_size(), 1);
  EXPECT_EQ(response.customer().identities(0).value(), "lee");
}

TEST_F(FactsTest, ASenderWhoMakesNoSenseKeepsNobodyOut) {
  EXPECT_EQ(SubmitFrom("one", "").customer_id(), "");
  // A name that may not stand in a record is left out, the rest is not.
  EXPECT_NE(SubmitFrom("two", "lee", "Lee\nWong").customer_id(), "");
}

TEST_F(FactsTest, CommandsOfOneStreamAreDecidedInTheirOrder) {
  const std::string gold = Customer("mei", "gold");
  const auto context = Adapter();
  const auto stream = routing().RouteContacts(context.get());
  routing::v1::RouteContactsRequest request;
  request.mutable_hello()->set_adapter("phones");
  std::uint64_t tag = 0;
  for (int i = 0; i < 50; ++i) {
    routing::v1::ContactCommand& command = *request.add_commands();
    command.set_tag(++tag);
    routing::v1::SubmitContactRequest& submit = *command.mutable_submit();
    submit.set_channel(type::v1::CHANNEL_CHAT);
    submit.set_queue("support");
    submit.set_external_id("call-" + std::to_string(i));
    if (i % 3 == 0) submit.set_customer_id(gold);
    if (i % 3 == 1) submit.mutable_from()->mutable_identity()->set_kind("chat");
    if (i % 3 == 1) submit.mutable_from()->mutable_identity()->set_value("lee");
    // The others are looked up nowhere.
  }
  ASSERT_TRUE(stream->Write(request));
  std::vector<std::string> contacts;
  routing::v1::RouteContactsResponse response;
  while (contacts.size() < 50 && stream->Read(&response)) {
    for (const routing::v1::ContactResult& result : response.results()) {
      EXPECT_EQ(result.code(), 0u) << result.message();
      EXPECT_EQ(result.tag(), contacts.size() + 1);
      contacts.push_back(result.contact_id());
    }
  }
  ASSERT_EQ(contacts.size(), 50u);
  // Ids are given in the order of decision.
  for (std::size_t i = 1; i < contacts.size(); ++i) {
    EXPECT_EQ(std::stoi(contacts[i].substr(1)), std::stoi(contacts[i - 1].substr(1)) + 1);
  }
  EXPECT_EQ(Get(contacts[0]).queue(), "vip");
  EXPECT_EQ(Get(contacts[1]).queue(), "support");
  stream->WritesDone();
  context->TryCancel();
  stream->Finish();
}

TEST_F(FactsTest, TheRelationshipOwnerIsAskedFirst) {
  const std::string customer = Customer("mei");
  context::v1::UpdateCustomerRequest update;
  update.set_customer_id(customer);
  update.set_relationship_owner("ben");
  context::v1::UpdateCustomerResponse updated;
  ASSERT_TRUE(context().UpdateCustomer(Admin().get(), update, &updated).ok());
  SignIn("ann");
  SignIn("ben");
  const routing::v1::Contact contact = Submit("one", customer);
  ASSERT_EQ(contact.offers_size(), 1);
  EXPECT_EQ(contact.offers(0).agent_id(), "ben");
}

}  // namespace
}  // namespace usher
