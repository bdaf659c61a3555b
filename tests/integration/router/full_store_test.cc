// SPDX-License-Identifier: Apache-2.0
// Redis without memory: what is new is refused, what is under way is finished.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "router/store/server_vitals.h"
#include "tests/integration/router/router_fixture.h"
#include "tests/integration/store/store_fixture.h"

namespace usher {
namespace {

using routing::v1::Contact;

constexpr std::uint64_t kMiB = 1u << 20;

class FullStoreTest : public RouterTest {
 protected:
  FullStoreTest()
      : operator_redis_(std::make_unique<store::WaitingClient>(redis_address())),
        resolve_before_(ResolveNew("known@example.com")) {
    ApplyDomain();
    SignIn("ann");
  }

  store::ServerVitals Vitals() {
    return store::ParseServerVitals(operator_redis_->Call({"INFO"}).text());
  }
  void SetMaxmemory(std::uint64_t bytes) {
    operator_redis_->Call({"CONFIG", "SET", "maxmemory", std::to_string(bytes)});
  }
  bool TakesWrites() { return !operator_redis_->Call({"SET", "other:k", "v"}).IsError(); }

  // Rows are written behind the log, and take memory too.
  bool RowsAreWritten() {
    const store::RedisReply lease =
        operator_redis_->Call({"HMGET", "usher:{test}:lease", "seq", "projected"});
    return lease.At(0).text() == lease.At(1).text();
  }

  // Half of the reserve is left, and stays so.
  void LeaveLittle() {
    Eventually([&] { return RowsAreWritten(); });
    SetMaxmemory(Vitals().used_memory / 7 * 8);
    Eventually([&] { return Exposes("usher_store_full{domain=\"test\"} 1"); });
    ASSERT_TRUE(TakesWrites());
  }
  // Redis refuses every write that is not marked as one that must go through.
  void LeaveNothing() {
    SetMaxmemory(Vitals().used_memory / 2);
    ASSERT_FALSE(TakesWrites());
  }

  grpc::Status TrySubmit(const std::string& external_id, routing::v1::SubmitContactResponse& out) {
    routing::v1::SubmitContactRequest request;
    request.set_channel(type::v1::CHANNEL_CHAT);
    request.set_queue("support");
    request.set_external_id(external_id);
    request.set_customer_id("cu_known");
    for (int i = 0; i < 30; ++i) {
      (*request.mutable_attributes())["a" + std::to_string(i)] = std::string(1'000, 'x');
    }
    return routing().SubmitContact(Adapter().get(), request, &out);
  }

  // Contacts until one is refused; tells why.
  std::string SubmitUntilRefused(std::vector<std::string>& contacts) {
    std::string reason;
    Eventually([&] {
      routing::v1::SubmitContactResponse response;
      reason = ReasonOf(TrySubmit("e" + std::to_string(contacts.size()), response));
      if (reason == "OK") contacts.push_back(response.contact().id());
      return reason != "OK";
    });
    return reason;
  }

  std::string ResolveNew(const std::string& email) {
    context::v1::ResolveCustomerRequest request;
    request.mutable_identity()->set_kind("email");
    request.mutable_identity()->set_value(email);
    context::v1::ResolveCustomerResponse response;
    return ReasonOf(context().ResolveCustomer(Adapter().get(), request, &response));
  }

  std::string Say(const std::string& contact) {
    context::v1::AppendMessagesRequest request;
    context::v1::Message& message = *request.add_messages();
    message.set_contact_id(contact);
    message.set_text("hello");
    message.mutable_author()->set_side(context::v1::Author::SIDE_CUSTOMER);
    context::v1::AppendMessagesResponse response;
    return ReasonOf(context().AppendMessages(Adapter().get(), request, &response));
  }

  // Ann is offered it, accepts, completes, and ends her wrap-up.
  void Finish(const std::string& contact) {
    Eventually([&] { return Get(contact).state() == Contact::STATE_OFFERED; });
    agents::v1::AcceptOfferRequest accept;
    accept.set_agent_id("ann");
    accept.set_contact_id(contact);
    agents::v1::AcceptOfferResponse accepted;
    ASSERT_EQ(ReasonOf(agents().AcceptOffer(Agent("ann").get(), accept, &accepted)), "OK");
    agents::v1::CompleteContactRequest complete;
    complete.set_agent_id("ann");
    complete.set_contact_id(contact);
    agents::v1::CompleteContactResponse completed;
    ASSERT_EQ(ReasonOf(agents().CompleteContact(Agent("ann").get(), complete, &completed)), "OK");
    agents::v1::EndWrapUpRequest end;
    end.set_agent_id("ann");
    end.set_contact_id(contact);
    agents::v1::EndWrapUpResponse ended;
    ASSERT_EQ(ReasonOf(agents().EndWrapUp(Agent("ann").get(), end, &ended)), "OK");
  }

  bool Exposes(const std::string& line) {
    return metrics().Expose().find(line) != std::string::npos;
  }

  std::unique_ptr<store::WaitingClient> operator_redis_;
  const std::string resolve_before_;
};

TEST_F(FullStoreTest, NewContactsAreRefusedAndThoseUnderWayAreFinished) {
  ASSERT_EQ(resolve_before_, "OK");
  const std::uint64_t maxmemory = Vitals().used_memory + 6 * kMiB;
  SetMaxmemory(maxmemory);
  Eventually([&] {
    return Exposes("usher_store_memory_limit_bytes{domain=\"test\"} " + std::to_string(maxmemory));
  });
  std::vector<std::string> contacts;
  EXPECT_EQ(SubmitUntilRefused(contacts), "STORE_FULL");
  ASSERT_GT(contacts.size(), 10u);
  EXPECT_TRUE(TakesWrites());

  ASSERT_NO_FATAL_FAILURE(LeaveLittle());
  // Whoever asks again about what was taken is told so; a customer who is known is found.
  routing::v1::SubmitContactResponse again;
  EXPECT_EQ(ReasonOf(TrySubmit("e0", again)), "OK");
  EXPECT_TRUE(again.repeated_submit());
  EXPECT_EQ(ResolveNew("known@example.com"), "OK");
  EXPECT_EQ(ResolveNew("new@example.com"), "STORE_FULL");
  EXPECT_EQ(Say(contacts.front()), "OK");

  // The reserve is not what it hangs on: with every byte taken, all of them are finished.
  ASSERT_NO_FATAL_FAILURE(LeaveNothing());
  EXPECT_EQ(Say(contacts.front()), "REDIS_OUT_OF_MEMORY");
  for (const std::string& contact : contacts) ASSERT_NO_FATAL_FAILURE(Finish(contact));
  EXPECT_FALSE(TakesWrites());
  EXPECT_TRUE(Exposes("usher_store_failures_total{domain=\"test\"} 0")) << "it was deposed";

  SetMaxmemory(Vitals().used_memory * 3);
  routing::v1::SubmitContactResponse taken;
  Eventually([&] { return TrySubmit("later", taken).ok(); });
  Finish(taken.contact().id());
  EXPECT_EQ(ResolveNew("new@example.com"), "OK");
  Eventually([&] { return Exposes("usher_store_full{domain=\"test\"} 0"); });
}

TEST_F(FullStoreTest, ARouterStartsAndLeadsWithoutMemory) {
  const Contact contact = Submit("e1");
  ASSERT_NO_FATAL_FAILURE(LeaveNothing());
  Restart();
  SignIn("ann");
  Finish(contact.id());
  routing::v1::SubmitContactResponse response;
  Eventually([&] { return ReasonOf(TrySubmit("e2", response)) == "STORE_FULL"; });
}

}  // namespace
}  // namespace usher
