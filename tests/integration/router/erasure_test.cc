// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/create_channel.h>

#include "base/failpoint.h"
#include "router/context/framed_message.h"
#include "router/context/keys.h"
#include "tests/integration/router/router_fixture.h"
#include "tests/integration/store/store_fixture.h"
#include "usher/context/v1/case_record.pb.h"
#include "usher/context/v1/case_service.grpc.pb.h"
#include "usher/context/v1/privacy_service.grpc.pb.h"

namespace usher {
namespace {

using namespace context::v1;  // NOLINT(google-build-using-namespace): this file speaks it

constexpr char kDomain[] = R"(
domain: test
queues:
  support: {channels: [chat], offer_timeout: 1h, wrap_up: 0s}
agents:
  ann: {queues: [support]}
customers: {access: open}
)";

class ErasureTest : public RouterTest {
 protected:
  ErasureTest() {
    admin::v1::ApplyDomainRequest request;
    request.set_yaml(kDomain);
    admin::v1::ApplyDomainResponse response;
    const grpc::Status status = admin().ApplyDomain(Admin().get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }
  ~ErasureTest() override { failpoints::Disarm(); }

  template <class Service>
  std::unique_ptr<typename Service::Stub> Of() {
    return Service::NewStub(
        grpc::CreateChannel(router().address(), grpc::InsecureChannelCredentials()));
  }

  // A customer with an address, a contact that is over, a word in it, and a case.
  std::string Plant(const std::string& email) {
    ResolveCustomerRequest resolve;
    resolve.mutable_identity()->set_kind("email");
    resolve.mutable_identity()->set_value(email);
    resolve.set_name("Mei Lin");
    ResolveCustomerResponse resolved;
    EXPECT_TRUE(context().ResolveCustomer(Adapter().get(), resolve, &resolved).ok());
    const std::string customer = resolved.customer().id();
    const std::string contact = Submit(email, customer).id();
    AppendMessagesRequest say;
    Message& message = *say.add_messages();
    message.set_contact_id(contact);
    message.set_client_id("m1");
    message.set_text("good morning");
    message.mutable_author()->set_side(Author::SIDE_CUSTOMER);
    message.mutable_author()->set_id(customer);
    AppendMessagesResponse said;
    EXPECT_TRUE(context().AppendMessages(Adapter().get(), say, &said).ok());
    OpenCaseRequest open;
    open.set_request_id(email);
    open.set_customer_id(customer);
    open.set_subject("The bill is wrong");
    open.set_owner("ann");
    OpenCaseResponse opened;
    const grpc::Status status = Of<CaseService>()->OpenCase(Admin().get(), open, &opened);
    EXPECT_TRUE(status.ok()) << status.error_message();
    routing::v1::CancelContactRequest cancel;
    cancel.set_contact_id(contact);
    routing::v1::CancelContactResponse cancelled;
    EXPECT_TRUE(routing().CancelContact(Adapter().get(), cancel, &cancelled).ok());
    Eventually([&] { return IsOver(customer); });
    return customer;
  }
  bool IsOver(const std::string& customer) {
    ListTimelineRequest request;
    request.set_customer_id(customer);
    ListTimelineResponse response;
    EXPECT_TRUE(context().ListTimeline(Admin().get(), request, &response).ok());
    for (const TimelineEntry& entry : response.entries()) {
      if (entry.has_closed()) return true;
    }
    return false;
  }

  grpc::Status Erase(const std::string& customer) {
    EraseCustomerRequest request;
    request.set_customer_id(customer);
    request.set_reason("asked for");
    EraseCustomerResponse response;
    return Of<PrivacyService>()->EraseCustomer(Admin().get(), request, &response);
  }

  // Names of keys that tell of the customer.
  std::vector<std::string> KeysOf(store::WaitingClient& redis, const std::string& customer) {
    std::vector<std::string> names;
    const store::RedisReply found = redis.Call({"KEYS", '*' + customer + '*'});
    for (const store::RedisReply& key : found.items()) names.emplace_back(key.text());
    return names;
  }
  // Of all erasures that were begun: those that still have something to do.
  int Unfinished(store::WaitingClient& redis) {
    int count = 0;
    const store::RedisReply proofs = redis.Call({"HVALS", context::ErasuresKey(DomainId{"test"})});
    for (const store::RedisReply& proof : proofs.items()) {
      context::v1::Erasure erasure;
      EXPECT_TRUE(context::FromFramed(store::RecordKind::kErasure, proof.text(), erasure).ok());
      if (!erasure.records().empty() || erasure.in_file()) ++count;
    }
    return count +
           static_cast<int>(
               redis.Call({"SMEMBERS", context::ErasingKey(DomainId{"test"})}).items().size());
  }
};

TEST_F(ErasureTest, OneThatIsCutAnywhereIsFinishedByTheNextRouter) {
  store::WaitingClient redis(redis_address());
  int step = 1;
  for (;; ++step) {
    const std::string customer = Plant("mei" + std::to_string(step) + "@example.com");
    ASSERT_TRUE(failpoints::Arm("erase.step=error@" + std::to_string(step)).ok());
    const grpc::Status erased = Erase(customer);
    failpoints::Disarm();
    if (!erased.ok()) {
      EXPECT_EQ(ReasonOf(erased), "FAILPOINT");
      Restart();
      Eventually([&] { return Unfinished(redis) == 0; });
      // Cut before the intent was stored it was not begun, and says so: nothing of it happened.
      if (step == 1) {
        EXPECT_FALSE(KeysOf(redis, customer).empty());
        EXPECT_TRUE(Erase(customer).ok());
      }
    }
    EXPECT_EQ(KeysOf(redis, customer), std::vector<std::string>{}) << "cut at step " << step;
    ListCasesRequest list;
    ListCasesResponse listed;
    EXPECT_TRUE(Of<CaseService>()->ListCases(Admin().get(), list, &listed).ok());
    EXPECT_EQ(listed.cases_size(), 0) << "cut at step " << step;
    if (erased.ok() || HasFailure()) break;
  }
  EXPECT_GT(step, 8) << "steps that it was cut at";
}

}  // namespace
}  // namespace usher
