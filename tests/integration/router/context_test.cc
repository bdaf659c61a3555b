// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "router/context/keys.h"
#include "tests/integration/router/router_fixture.h"
#include "tests/integration/store/store_fixture.h"

namespace usher {
namespace {

using namespace context::v1;  // NOLINT(google-build-using-namespace): this file speaks it

class ContextTest : public RouterTest {
 protected:
  ContextTest() { ApplyDomain(); }

  ResolveCustomerResponse Resolve(const std::string& kind, const std::string& value,
                                  const std::vector<std::string>& also_emails = {}) {
    ResolveCustomerRequest request;
    request.mutable_identity()->set_kind(kind);
    request.mutable_identity()->set_value(value);
    for (const std::string& email : also_emails) {
      request.add_also()->set_kind("email");
      request.mutable_also(request.also_size() - 1)->set_value(email);
    }
    ResolveCustomerResponse response;
    const grpc::Status status = context().ResolveCustomer(Adapter().get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  Message Say(const std::string& contact, const std::string& client_id, const std::string& text) {
    AppendMessagesRequest request;
    Message& message = *request.add_messages();
    message.set_contact_id(contact);
    message.set_client_id(client_id);
    message.set_text(text);
    message.mutable_author()->set_side(Author::SIDE_CUSTOMER);
    message.mutable_author()->set_id("visitor");
    AppendMessagesResponse response;
    const grpc::Status status = context().AppendMessages(Adapter().get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.messages(0);
  }

  std::vector<TimelineEntry> Timeline(const std::string& customer) {
    ListTimelineRequest request;
    request.set_customer_id(customer);
    ListTimelineResponse response;
    const grpc::Status status = context().ListTimeline(Adapter().get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return {response.entries().begin(), response.entries().end()};
  }

  // The commit up to which Redis knows the timelines to be fed.
  std::uint64_t FedPosition() {
    store::WaitingClient redis(OptionsOfNext().redis.addresses.front());
    const store::RedisReply reply = redis.Call({"GET", context::FedKey(DomainId{"test"})});
    return reply.AsUnsigned().value_or(0);
  }
};

TEST_F(ContextTest, AnAddressIsAlwaysTheSameCustomer) {
  const auto first = Resolve("email", " Mei.Lin@Example.com ");
  EXPECT_TRUE(first.created());
  const auto again = Resolve("email", "mei.lin@example.com");
  EXPECT_FALSE(again.created());
  EXPECT_EQ(first.customer().id(), again.customer().id());
  EXPECT_NE(Resolve("email", "other@example.com").customer().id(), first.customer().id());
}

TEST_F(ContextTest, FurtherAddressesAreAddedButNeverTakenFromAnother) {
  const auto mei = Resolve("chat", "v1", {"mei@example.com"});
  EXPECT_EQ(Resolve("email", "mei@example.com").customer().id(), mei.customer().id());
  const auto other = Resolve("chat", "v2", {"mei@example.com"});
  EXPECT_NE(other.customer().id(), mei.customer().id());
  ASSERT_EQ(other.conflicts_size(), 1);
  EXPECT_EQ(other.conflicts(0).value(), "mei@example.com");
}

TEST_F(ContextTest, AMessageIsAppendedOnceHoweverOftenItIsSent) {
  const std::string contact = Submit("chat-1").id();
  EXPECT_EQ(Say(contact, "m1", "hello").id(), 1U);
  EXPECT_EQ(Say(contact, "m2", "are you there?").id(), 2U);
  const Message again = Say(contact, "m1", "hello, changed");
  EXPECT_EQ(again.id(), 1U);
  EXPECT_EQ(again.text(), "hello");
  ListMessagesRequest request;
  request.set_contact_id(contact);
  ListMessagesResponse response;
  ASSERT_TRUE(context().ListMessages(Adapter().get(), request, &response).ok());
  ASSERT_EQ(response.messages_size(), 2);
  EXPECT_EQ(response.messages(1).text(), "are you there?");
}

TEST_F(ContextTest, AWatchTellsWhatWasSaidAndWhatIsSaidInOrder) {
  const std::string contact = Submit("chat-1").id();
  Say(contact, "m1", "one");
  Say(contact, "m2", "two");
  auto call = Adapter();
  WatchConversationRequest request;
  request.set_contact_id(contact);
  request.set_after_message(1);
  auto reader = context().WatchConversation(call.get(), request);
  std::vector<std::string> texts;
  WatchConversationResponse response;
  while (texts.empty() && reader->Read(&response)) {
    for (const auto& event : response.events()) texts.push_back(event.message().text());
  }
  Say(contact, "m3", "three");
  while (texts.size() < 2 && reader->Read(&response)) {
    for (const auto& event : response.events()) texts.push_back(event.message().text());
  }
  call->TryCancel();
  reader->Finish();
  EXPECT_EQ(texts, (std::vector<std::string>{"two", "three"}));
}

TEST_F(ContextTest, MarksNeverGoBack) {
  const std::string contact = Submit("chat-1").id();
  auto call = Adapter();
  auto stream = context().Converse(call.get());
  ConverseRequest request;
  for (const std::uint64_t read : {5U, 3U}) {
    ConverseCommand& command = *request.add_commands();
    command.set_tag(read);
    command.mutable_mark()->set_contact_id(contact);
    command.mutable_mark()->mutable_mark()->set_side(Author::SIDE_AGENT);
    command.mutable_mark()->mutable_mark()->set_read_up_to(read);
  }
  ASSERT_TRUE(stream->Write(request));
  int results = 0;
  ConverseResponse response;
  while (results < 2 && stream->Read(&response)) results += response.results_size();
  call->TryCancel();
  stream->Finish();
  ListMessagesRequest list;
  list.set_contact_id(contact);
  ListMessagesResponse messages;
  ASSERT_TRUE(context().ListMessages(Adapter().get(), list, &messages).ok());
  ASSERT_EQ(messages.marks_size(), 1);
  EXPECT_EQ(messages.marks(0).read_up_to(), 5U);
}

TEST_F(ContextTest, TheTimelineHasEachContactOnceAlsoAfterARestart) {
  const std::string customer = Resolve("chat", "v1").customer().id();
  SignIn("ann");
  const std::string contact = Submit("chat-1", customer).id();
  agents::v1::AcceptOfferRequest accept;
  accept.set_contact_id(contact);
  agents::v1::AcceptOfferResponse accepted;
  ASSERT_TRUE(agents().AcceptOffer(Agent("ann").get(), accept, &accepted).ok());
  Eventually([&] { return Timeline(customer).size() == 2; });

  Restart();
  Submit("chat-2", customer);
  Eventually([&] { return Timeline(customer).size() >= 3; });
  const std::vector<TimelineEntry> entries = Timeline(customer);
  ASSERT_EQ(entries.size(), 3U);  // newest first
  EXPECT_TRUE(entries[2].has_opened());
  EXPECT_EQ(entries[2].contact_id(), contact);
  EXPECT_EQ(entries[1].assigned().agent_id(), "ann");
  EXPECT_TRUE(entries[0].has_opened());
  GetCustomerRequest get;
  get.set_customer_id(customer);
  GetCustomerResponse got;
  ASSERT_TRUE(context().GetCustomer(Adapter().get(), get, &got).ok());
  EXPECT_EQ(got.customer().contacts(), 2U);
}

// The end is decided by the router that loads the domain, before it has read how far the timelines
// are: the contact is open neither then nor in what they still lack.
TEST_F(ContextTest, TheTimelineHasAnEndThatCameWhileNoRouterLed) {
  const std::string customer = Resolve("chat", "v1").customer().id();
  routing::v1::SubmitContactRequest submit;
  submit.set_channel(type::v1::CHANNEL_CHAT);
  submit.set_queue("support");
  submit.set_customer_id(customer);
  submit.mutable_wait_limit()->set_seconds(3);
  routing::v1::SubmitContactResponse submitted;
  ASSERT_TRUE(routing().SubmitContact(Adapter().get(), submit, &submitted).ok());
  const auto ends = std::chrono::steady_clock::now() + std::chrono::seconds(3);
  Eventually([&] { return Timeline(customer).size() == 1; });
  Eventually([&] { return FedPosition() >= 2; });  // 1: the domain was applied; 2: the submit

  StopRouter();
  Eventually([&] { return std::chrono::steady_clock::now() > ends; });
  StartRouter();
  Eventually([&] { return Timeline(customer).size() == 2; });
  EXPECT_EQ(Timeline(customer)[0].closed().outcome(), "timed-out");
}

TEST_F(ContextTest, ANoteIsWrittenOnceWithItsAuthor) {
  const std::string customer = Resolve("chat", "v1").customer().id();
  AddNoteRequest request;
  request.set_request_id("n-1");
  request.set_customer_id(customer);
  request.set_text("prefers mornings");
  request.set_author("somebody else");
  AddNoteResponse response;
  ASSERT_TRUE(context().AddNote(Agent("ann").get(), request, &response).ok());
  ASSERT_TRUE(context().AddNote(Agent("ann").get(), request, &response).ok());
  EXPECT_EQ(response.entry().note().author(), "ann");
  EXPECT_EQ(Timeline(customer).size(), 1U);
}

TEST_F(ContextTest, AChangeBasedOnAnOldVersionIsRefused) {
  const std::string customer = Resolve("chat", "v1").customer().id();
  UpdateCustomerRequest request;
  request.set_customer_id(customer);
  request.set_version(1);
  request.set_name("Mei Lin");
  (*request.mutable_attributes())["plan"] = "fibre";
  (*request.mutable_attributes())["since"] = "2019";
  UpdateCustomerResponse response;
  ASSERT_TRUE(context().UpdateCustomer(Agent("ann").get(), request, &response).ok());
  EXPECT_EQ(response.customer().version(), 2U);
  EXPECT_EQ(ReasonOf(context().UpdateCustomer(Agent("ann").get(), request, &response)),
            "VERSION_CHANGED");
  request.set_version(2);
  request.add_add_tags("vip");
  ASSERT_TRUE(context().UpdateCustomer(Agent("ann").get(), request, &response).ok());
  EXPECT_EQ(response.customer().tags(0), "vip");
}

TEST_F(ContextTest, BadAddressesAreRefused) {
  ResolveCustomerRequest request;
  ResolveCustomerResponse response;
  for (const auto& [kind, value] : {std::pair{"email", "no-at-sign"}, std::pair{"phone", "call me"},
                                    std::pair{"Email", "a@b"}, std::pair{"chat", ""}}) {
    request.mutable_identity()->set_kind(kind);
    request.mutable_identity()->set_value(value);
    EXPECT_EQ(ReasonOf(context().ResolveCustomer(Adapter().get(), request, &response)),
              "BAD_IDENTITY")
        << kind << ' ' << value;
  }
}

}  // namespace
}  // namespace usher
