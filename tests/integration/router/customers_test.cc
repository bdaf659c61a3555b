// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include "router/context/keys.h"
#include "tests/integration/router/router_fixture.h"
#include "tests/integration/store/store_fixture.h"
#include "usher/context/v1/privacy_service.grpc.pb.h"

namespace usher {
namespace {

using namespace context::v1;  // NOLINT(google-build-using-namespace): this file speaks it

constexpr char kDomain[] = R"(
domain: test
queues:
  support: {channels: [chat]}
agents:
  ann: {queues: [support]}
  ben: {queues: [support]}
customers:
  country: CN
  access: open
  tiers: [silver, gold]
  fields:
    account: {type: text}
    height: {type: number}
  refused_words: [fool, 骗子]
)";

// What a call answered, or the reason why not.
template <class Response>
struct Answer {
  std::string reason;
  std::string message;
  Response response;
};

class CustomersTest : public RouterTest {
 protected:
  CustomersTest() { Apply(kDomain); }

  void Apply(const std::string& yaml) {
    admin::v1::ApplyDomainRequest request;
    request.set_yaml(yaml);
    admin::v1::ApplyDomainResponse response;
    const grpc::Status status = admin().ApplyDomain(Admin().get(), request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }

  template <class Response, class Request>
  Answer<Response> Ask(grpc::Status (ContextService::Stub::*method)(grpc::ClientContext*,
                                                                    const Request&, Response*),
                       const Request& request) {
    Answer<Response> answer;
    const grpc::Status status = (context().*method)(Agent("ann").get(), request, &answer.response);
    if (!status.ok()) answer.reason = ReasonOf(status);
    answer.message = status.error_message();
    return answer;
  }

  ResolveCustomerResponse Resolve(const std::string& kind, const std::string& value,
                                  bool verified = false) {
    ResolveCustomerRequest request;
    Fill(*request.mutable_identity(), kind, value);
    request.mutable_identity()->set_verified(verified);
    ResolveCustomerResponse response;
    const grpc::Status status = context().ResolveCustomer(Adapter().get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  static void Fill(Identity& identity, const std::string& kind, const std::string& value) {
    identity.set_kind(kind);
    identity.set_value(value);
  }

  Answer<AddIdentityResponse> Add(const std::string& customer, const std::string& kind,
                                  const std::string& value, const std::string& request_id = "") {
    AddIdentityRequest request;
    request.set_request_id(request_id);
    request.set_customer_id(customer);
    Fill(*request.mutable_identity(), kind, value);
    return Ask(&ContextService::Stub::AddIdentity, request);
  }

  Answer<RemoveIdentityResponse> Remove(const std::string& customer, const std::string& kind,
                                        const std::string& value,
                                        const std::string& request_id = "") {
    RemoveIdentityRequest request;
    request.set_request_id(request_id);
    request.set_customer_id(customer);
    Fill(*request.mutable_identity(), kind, value);
    return Ask(&ContextService::Stub::RemoveIdentity, request);
  }

  Answer<UpdateCustomerResponse> Rename(const std::string& customer, const std::string& name,
                                        const std::string& request_id = "",
                                        std::uint64_t version = 0) {
    UpdateCustomerRequest request;
    request.set_request_id(request_id);
    request.set_customer_id(customer);
    request.set_version(version);
    request.set_name(name);
    return Ask(&ContextService::Stub::UpdateCustomer, request);
  }

  Customer Known(const std::string& customer) {
    GetCustomerRequest request;
    request.set_customer_id(customer);
    return Ask(&ContextService::Stub::GetCustomer, request).response.customer();
  }

  std::unique_ptr<PrivacyService::Stub> Privacy() {
    return PrivacyService::NewStub(
        grpc::CreateChannel(router().address(), grpc::InsecureChannelCredentials()));
  }

  std::vector<CustomerChange> Changes(const std::string& customer, std::uint32_t page_size = 0,
                                      std::string* token = nullptr) {
    ListChangesRequest request;
    request.set_customer_id(customer);
    request.mutable_page()->set_page_size(page_size);
    if (token != nullptr) request.mutable_page()->set_page_token(*token);
    ListChangesResponse response;
    const grpc::Status status =
        Privacy()->ListChanges(As(io::Role::kSupervisor, "sue").get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    if (token != nullptr) *token = response.page().next_page_token();
    return {response.changes().begin(), response.changes().end()};
  }

  Answer<RevertChangeResponse> Revert(const std::string& customer, const std::string& change,
                                      const std::string& request_id = "") {
    RevertChangeRequest request;
    request.set_request_id(request_id);
    request.set_customer_id(customer);
    request.set_change_id(change);
    Answer<RevertChangeResponse> answer;
    const grpc::Status status =
        Privacy()->RevertChange(As(io::Role::kSupervisor, "sue").get(), request, &answer.response);
    if (!status.ok()) answer.reason = ReasonOf(status);
    answer.message = status.error_message();
    return answer;
  }

  // What the timeline tells of changes of the record, oldest first.
  std::vector<TimelineEntry> ProfileEntries(const std::string& customer) {
    ListTimelineRequest request;
    request.set_customer_id(customer);
    std::vector<TimelineEntry> entries;
    const auto answer = Ask(&ContextService::Stub::ListTimeline, request);
    for (const TimelineEntry& entry : answer.response.entries()) {
      if (entry.has_profile()) entries.insert(entries.begin(), entry);
    }
    return entries;
  }

  store::RedisReply Redis(const std::vector<std::string>& words) {
    store::WaitingClient redis(redis_address());
    return redis.Call(words);
  }
  static std::string AddressKey(const std::string& kind, const std::string& value) {
    return context::IdentityKey(DomainId{"test"}, kind, value);
  }
  static std::string KeyOf(const std::string& customer, const char* what) {
    return context::CustomerKey(DomainId{"test"}, CustomerId{customer}, what);
  }
};

TEST_F(CustomersTest, APhoneNumberIsOneCustomerHoweverItIsWritten) {
  const std::string mei = Resolve("phone", "138 0013 8000").customer().id();
  EXPECT_EQ(Known(mei).identities(0).value(), "+8613800138000");
  for (const char* form : {"+8613800138000", "0086 138-0013-8000", "8613800138000"}) {
    const auto again = Resolve("phone", form);
    EXPECT_FALSE(again.created()) << form;
    EXPECT_EQ(again.customer().id(), mei) << form;
  }
  EXPECT_NE(Resolve("phone", "1001").customer().id(), mei);
}

TEST_F(CustomersTest, ANumberThatWasStoredBeforeItWasReadIsFound) {
  // Where the domain names no country, national numbers stay as they are.
  Apply("domain: test\nqueues:\n  support: {channels: [chat]}\n");
  const std::string mei = Resolve("phone", "010 1234 5678").customer().id();
  EXPECT_EQ(Redis({"GET", AddressKey("phone", "01012345678")}).text(), mei);
  Apply(kDomain);
  for (const char* form : {"010-12345678", "+86 10 1234 5678"}) {
    const auto met = Resolve("phone", form);
    EXPECT_FALSE(met.created()) << form;
    EXPECT_EQ(met.customer().id(), mei) << form;
  }
  ASSERT_EQ(Known(mei).identities_size(), 1);
  EXPECT_EQ(Known(mei).identities(0).value(), "+861012345678");
  // Taken away, it is so in every form.
  ASSERT_EQ(Remove(mei, "phone", "010 12345678").reason, "");
  EXPECT_NE(Resolve("phone", "01012345678").customer().id(), mei);
}

TEST_F(CustomersTest, AnAddressThatIsVerifiedStaysSo) {
  const std::string mei = Resolve("email", "mei@example.com").customer().id();
  EXPECT_FALSE(Known(mei).identities(0).verified());
  EXPECT_TRUE(Resolve("email", "mei@example.com", true).customer().identities(0).verified());
  EXPECT_TRUE(Resolve("email", "mei@example.com").customer().identities(0).verified());
}

TEST_F(CustomersTest, ACustomerIsCreatedByHandOnceForEachRequest) {
  CreateCustomerRequest request;
  request.set_request_id("r1");
  Customer& wanted = *request.mutable_customer();
  wanted.set_id("cu_mine");
  wanted.set_name("Mei Lin");
  wanted.set_tier("gold");
  wanted.set_type(CUSTOMER_TYPE_MEMBER);
  wanted.set_relationship_owner("ben");
  (*wanted.mutable_fields())["account"] = "4711";
  Fill(*wanted.add_identities(), "phone", "138 0013 8000");
  wanted.add_consents()->set_purpose("marketing");
  const auto made = Ask(&ContextService::Stub::CreateCustomer, request);
  ASSERT_EQ(made.reason, "") << made.message;
  const Customer& mei = made.response.customer();
  EXPECT_NE(mei.id(), "cu_mine");
  EXPECT_EQ(mei.version(), 1U);
  EXPECT_EQ(mei.fields().at("account"), "4711");
  EXPECT_TRUE(mei.consents(0).has_at());
  EXPECT_EQ(Resolve("phone", "+8613800138000").customer().id(), mei.id());
  EXPECT_EQ(Ask(&ContextService::Stub::CreateCustomer, request).response.customer().id(), mei.id());
  EXPECT_EQ(Changes(mei.id()).size(), 1U);
  // Another request with the same address, and one of nobody's: neither is taken.
  request.set_request_id("r2");
  Fill(*request.mutable_customer()->add_identities(), "email", "new@example.com");
  const auto refused = Ask(&ContextService::Stub::CreateCustomer, request);
  EXPECT_EQ(refused.reason, "IDENTITY_TAKEN");
  EXPECT_NE(refused.message.find(mei.id()), std::string::npos) << refused.message;
  EXPECT_TRUE(Redis({"GET", AddressKey("email", "new@example.com")}).IsNil());
}

TEST_F(CustomersTest, WhatADomainDoesNotDeclareIsRefused) {
  const std::string mei = Resolve("chat", "v1").customer().id();
  UpdateCustomerRequest request;
  request.set_customer_id(mei);
  (*request.mutable_fields())["height"] = "tall";
  EXPECT_EQ(Ask(&ContextService::Stub::UpdateCustomer, request).reason, "BAD_FIELD_VALUE");
  request.clear_fields();
  request.set_tier("golden");
  EXPECT_EQ(Ask(&ContextService::Stub::UpdateCustomer, request).reason, "UNKNOWN_TIER");
  EXPECT_EQ(Rename(mei, "Mei the Fool").reason, "WORD_REFUSED");
  AddNoteRequest note;
  note.set_customer_id(mei);
  note.set_text("他是骗子");
  EXPECT_EQ(Ask(&ContextService::Stub::AddNote, note).reason, "WORD_REFUSED");
  EXPECT_EQ(Known(mei).version(), 1U);
}

TEST_F(CustomersTest, ARequestChangesARecordOnce) {
  const std::string mei = Resolve("chat", "v1").customer().id();
  ASSERT_EQ(Rename(mei, "Mei", "r1", 1).reason, "");
  ASSERT_EQ(Rename(mei, "Mei Lin", "r2").reason, "");
  const auto again = Rename(mei, "Mei", "r1", 1);  // the answer was lost
  EXPECT_EQ(again.reason, "");
  EXPECT_EQ(again.response.customer().name(), "Mei Lin");
  EXPECT_EQ(again.response.customer().version(), 3U);
  EXPECT_EQ(Changes(mei).size(), 3U);
  EXPECT_EQ(ProfileEntries(mei).size(), 2U);
  EXPECT_GT(Redis({"PTTL", KeyOf(mei, "requests")}).integer(), 0);
}

TEST_F(CustomersTest, AChangeThatChangesNothingIsNone) {
  const std::string mei = Resolve("chat", "v1").customer().id();
  ASSERT_EQ(Rename(mei, "Mei").reason, "");
  ASSERT_EQ(Rename(mei, "Mei").reason, "");
  ASSERT_EQ(Rename(mei, "Mei", "r1").reason, "");
  EXPECT_EQ(Known(mei).version(), 2U);
  EXPECT_EQ(Changes(mei).size(), 2U);
}

TEST_F(CustomersTest, AnAddressIsGivenToNobodyWhileSomebodyHasIt) {
  const std::string mei = Resolve("chat", "v1").customer().id();
  const std::string lin = Resolve("chat", "v2").customer().id();
  ASSERT_EQ(Add(mei, "phone", "138 0013 8000", "r1").reason, "");
  ASSERT_EQ(Add(mei, "phone", "138 0013 8000", "r1").reason, "");
  EXPECT_EQ(Changes(mei).size(), 2U);
  EXPECT_EQ(Changes(mei)[0].by(), "ann");
  EXPECT_EQ(Changes(mei)[0].role(), "agent");
  const auto taken = Add(lin, "phone", "+86 138 0013 8000");
  EXPECT_EQ(taken.reason, "IDENTITY_TAKEN");
  EXPECT_NE(taken.message.find(mei), std::string::npos) << taken.message;
  ASSERT_EQ(Remove(mei, "phone", "13800138000", "r2").reason, "");
  ASSERT_EQ(Remove(mei, "phone", "13800138000", "r2").reason, "");
  EXPECT_EQ(Remove(mei, "phone", "13800138000").reason, "UNKNOWN_IDENTITY");
  EXPECT_EQ(Add(lin, "phone", "+86 138 0013 8000").reason, "");
  EXPECT_EQ(Resolve("phone", "13800138000").customer().id(), lin);
  EXPECT_EQ(Add("cu_nobody", "chat", "v3").reason, "UNKNOWN_CUSTOMER");
}

// As a router leaves it that died behind the record: the address is on its way out, its key is
// there.
TEST_F(CustomersTest, AnAddressThatWasHalfTakenIsFreeForOthers) {
  const std::string mei = Resolve("chat", "v1").customer().id();
  const std::string lin = Resolve("chat", "v2").customer().id();
  for (const char* value : {"a@example.com", "b@example.com"}) {
    ASSERT_EQ(Add(mei, "email", value).reason, "");
    ASSERT_EQ(Remove(mei, "email", value).reason, "");
    Redis({"SET", AddressKey("email", value), mei});
    Redis({"SADD", KeyOf(mei, "releases"), std::string("email:") + value});
  }
  EXPECT_EQ(Add(lin, "email", "a@example.com").reason, "");
  const auto met = Resolve("email", "b@example.com");
  EXPECT_TRUE(met.created());
  EXPECT_NE(met.customer().id(), mei);
  EXPECT_EQ(Redis({"EXISTS", KeyOf(mei, "releases")}).integer(), 0);
}

// As a router leaves it that died before the record: the key leads to the customer.
TEST_F(CustomersTest, AnAddressThatWasHalfGivenIsTheCustomersWhenItComes) {
  const std::string mei = Resolve("chat", "v1").customer().id();
  Redis({"SET", AddressKey("email", "a@example.com"), mei});
  const auto met = Resolve("email", "a@example.com");
  EXPECT_EQ(met.customer().id(), mei);
  EXPECT_EQ(met.customer().identities_size(), 2);
}

TEST_F(CustomersTest, ADefacedNameIsSeenAndTakenBackInOneStep) {
  const std::string mei = Resolve("chat", "v1").customer().id();
  ASSERT_EQ(Rename(mei, "Mei Lin").reason, "");
  ASSERT_EQ(Rename(mei, "Shrew").reason, "");
  UpdateCustomerRequest later;
  later.set_customer_id(mei);
  later.set_tier("gold");
  ASSERT_EQ(Ask(&ContextService::Stub::UpdateCustomer, later).reason, "");

  const std::vector<CustomerChange> changes = Changes(mei);
  ASSERT_EQ(changes.size(), 4U);
  const CustomerChange& defaced = changes[1];
  EXPECT_EQ(defaced.before().name(), "Mei Lin");
  EXPECT_EQ(defaced.after().name(), "Shrew");
  EXPECT_EQ(defaced.by(), "ann");

  const auto reverted = Revert(mei, defaced.id(), "r1");
  ASSERT_EQ(reverted.reason, "") << reverted.message;
  EXPECT_EQ(reverted.response.customer().name(), "Mei Lin");
  EXPECT_EQ(reverted.response.customer().tier(), "gold");
  EXPECT_EQ(Revert(mei, defaced.id(), "r1").reason, "");
  EXPECT_EQ(Revert(mei, defaced.id()).reason, "");
  EXPECT_EQ(Changes(mei).size(), 5U);
  EXPECT_EQ(Changes(mei)[0].reverts(), defaced.id());
  EXPECT_EQ(Changes(mei)[0].role(), "supervisor");

  const std::vector<TimelineEntry> told = ProfileEntries(mei);
  ASSERT_EQ(told.size(), 4U);
  EXPECT_EQ(told[1].profile().change_id(), defaced.id());
  EXPECT_EQ(told[1].profile().fields(0), "name");
  EXPECT_EQ(told[3].profile().by(), "sue");
  EXPECT_EQ(told[3].profile().change_id(), Changes(mei)[0].id());

  ASSERT_EQ(Rename(mei, "Lin Mei").reason, "");
  const auto refused = Revert(mei, changes[2].id());
  EXPECT_EQ(refused.reason, "CHANGED_SINCE");
  EXPECT_NE(refused.message.find("name"), std::string::npos);
  EXPECT_EQ(Revert(mei, "1-1").reason, "UNKNOWN_CHANGE");
  EXPECT_EQ(Revert(mei, "first").reason, "BAD_CHANGE_ID");
  EXPECT_EQ(Revert(mei, changes[3].id()).reason, "CREATION");
}

TEST_F(CustomersTest, AddressesComeBackWithAChangeThatIsTakenBack) {
  const std::string mei = Resolve("chat", "v1").customer().id();
  ASSERT_EQ(Add(mei, "email", "mei@example.com").reason, "");
  const std::string added = Changes(mei)[0].id();
  ASSERT_EQ(Revert(mei, added).reason, "");
  EXPECT_TRUE(Redis({"GET", AddressKey("email", "mei@example.com")}).IsNil());
  const std::string reverted = Changes(mei)[0].id();
  ASSERT_EQ(Revert(mei, reverted).reason, "");
  EXPECT_EQ(Redis({"GET", AddressKey("email", "mei@example.com")}).text(), mei);
  ASSERT_EQ(Remove(mei, "email", "mei@example.com").reason, "");
  const std::string removed = Changes(mei)[0].id();
  const std::string lin = Resolve("email", "mei@example.com").customer().id();
  const auto taken = Revert(mei, removed);
  EXPECT_EQ(taken.reason, "IDENTITY_TAKEN");
  EXPECT_NE(taken.message.find(lin), std::string::npos);
}

TEST_F(CustomersTest, ChangesComeInPagesNewestFirst) {
  const std::string mei = Resolve("chat", "v1").customer().id();
  for (const char* name : {"a", "b", "c"}) ASSERT_EQ(Rename(mei, name).reason, "");
  std::string token;
  std::vector<std::string> names;
  do {
    for (const CustomerChange& change : Changes(mei, 2, &token)) {
      names.push_back(change.after().name());
    }
  } while (!token.empty());
  EXPECT_EQ(names, (std::vector<std::string>{"c", "b", "a", ""}));
}

TEST_F(CustomersTest, ARecordIsShownWithWhatIsCountedElsewhere) {
  const std::string mei = Resolve("chat", "v1").customer().id();
  Redis({"HSET", KeyOf(mei, "meta"), "contacts", "3", "last_agent", "ben", "last_contact_at",
         "1763784000123"});
  Redis({"ZADD", KeyOf(mei, "open_cases"), "1", "k1"});
  const Customer known = Known(mei);
  EXPECT_EQ(known.contacts(), 3U);
  EXPECT_EQ(known.last_agent(), "ben");
  EXPECT_EQ(known.last_contact_at().seconds(), 1763784000);
  EXPECT_EQ(known.open_cases(), 1U);
  ASSERT_EQ(Rename(mei, "Mei").reason, "");
  EXPECT_EQ(Changes(mei)[0].after().last_agent(), "");
}

}  // namespace
}  // namespace usher
