// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include "base/io/leader_channel.h"
#include "channels/client/conversation_client.h"
#include "channels/client/routing_client.h"
#include "tests/integration/router/router_fixture.h"
#include "tests/support/inbox.h"

// Adapters that come and go, and what becomes of their contacts and of commands on their way.

namespace usher {
namespace {

using channels::RoutingClient;
using routing::v1::Contact;
using routing::v1::ContactResult;
using routing::v1::Event;
using testing::Inbox;

// One adapter, following whichever router leads.
class LiveAdapter {
 public:
  LiveAdapter(std::vector<std::string> routers, const std::string& name, const std::string& token)
      : road_(loop_, {}, std::move(routers)),
        client_(loop_, road_, [token] { return token; }, {.adapter = name},
                {.on_event = [this](const Event& event) { events.Push(event); },
                 .on_snapshot = [this](const std::vector<Contact>& open) { open_.Push(open); }}),
        conversations_(
            channels::MakeConversationClient(loop_, road_, [token] { return token; }, {})) {
    loop_.Start(name);
    loop_.Call([this] {
      client_.Start();
      conversations_->Start();
    });
    open_.Next();
  }
  ~LiveAdapter() {
    loop_.Call([this] {
      client_.Stop();
      conversations_->Stop();
      conversations_.reset();
    });
    loop_.Stop(Duration{2'000});
  }

  void Submit(const std::string& external_id) {
    routing::v1::SubmitContactRequest request;
    request.set_channel(type::v1::CHANNEL_CHAT);
    request.set_queue("support");
    request.set_external_id(external_id);
    loop_.Call([&] { client_.Submit(std::move(request), Told()); });
  }
  std::string SubmitAndWait(const std::string& external_id) {
    Submit(external_id);
    const auto result = results.Next();
    EXPECT_TRUE(result && result->ok());
    return result && result->ok() ? (*result)->contact_id() : std::string();
  }
  Result<ContactResult> Claim(const std::string& prefix) {
    routing::v1::ClaimContactRequest request;
    request.set_channel(type::v1::CHANNEL_CHAT);
    request.set_external_id_prefix(prefix);
    loop_.Call([&] { client_.Claim(std::move(request), Told()); });
    const auto result = results.Next();
    return result ? *result : Error{Code::kUnavailable, "NO_ANSWER", "", ""};
  }
  RoutingClient::Reconciled Reconcile(std::vector<std::string> ids,
                                      std::vector<std::string> external_ids) {
    Inbox<RoutingClient::Reconciled> compared;
    loop_.Call([&] {
      client_.Reconcile(std::move(ids), std::move(external_ids),
                        [&](const RoutingClient::Reconciled& result) { compared.Push(result); });
    });
    const auto result = compared.Next();
    EXPECT_TRUE(result) << "no answer to what is held";
    return result.value_or(RoutingClient::Reconciled{});
  }
  void Say(const std::string& contact_id, const std::string& client_id) {
    context::v1::Message message;
    message.set_contact_id(contact_id);
    message.set_client_id(client_id);
    message.set_text(client_id);
    message.mutable_author()->set_side(context::v1::Author::SIDE_CUSTOMER);
    loop_.Call([&] {
      conversations_->Append(std::move(message), [this](Result<context::v1::Message> said) {
        said_.Push(said.ok() ? said->text() : said.error().reason);
      });
    });
  }
  bool AwaitSaid(std::size_t count) { return said_.AwaitCount(count); }

  Inbox<Result<ContactResult>> results;
  Inbox<Event> events;

 private:
  RoutingClient::Done Told() {
    return [this](Result<ContactResult> result) { results.Push(std::move(result)); };
  }

  io::EventLoop loop_;
  Inbox<std::vector<Contact>> open_;
  Inbox<std::string> said_;
  io::LeaderChannel road_;
  RoutingClient client_;
  std::unique_ptr<channels::ConversationClient> conversations_;
};

class AdaptersTest : public RouterTest {
 protected:
  std::unique_ptr<LiveAdapter> Connect(const std::string& name) {
    std::vector<std::string> routers = {router().address()};
    if (standby_) routers.push_back(standby_->address());
    return std::make_unique<LiveAdapter>(routers, name, TokenOf(io::Role::kAdapter, name));
  }
  void StartStandby() {
    standby_ = std::make_unique<LiveRouter>();
    const Result<void> started = standby_->Start(metrics(), gate(), OptionsOfNext());
    ASSERT_TRUE(started.ok()) << started.error().message;
    const auto channel =
        grpc::CreateChannel(standby_->address(), grpc::InsecureChannelCredentials());
    agents_of_standby_ = agents::v1::AgentService::NewStub(channel);
    routing_of_standby_ = routing::v1::RoutingService::NewStub(channel);
    context_of_standby_ = context::v1::ContextService::NewStub(channel);
  }
  void Apply(const std::string& grace) {
    admin::v1::ApplyDomainRequest request;
    admin::v1::ApplyDomainResponse response;
    request.set_yaml("domain: test\nadapter_grace: {chat: " + grace +
                     "}\nqueues: {support: {offer_timeout: 1h, wrap_up: 1h}, other: {}}\n"
                     "agents: {ann: {queues: [support]}}\n");
    const grpc::Status applied = admin().ApplyDomain(Admin().get(), request, &response);
    ASSERT_TRUE(applied.ok()) << applied.error_message();
  }
  // As long as the standby is on its way to lead.
  template <class Call>
  void AtTheStandby(Call call) {
    Eventually([&] { return call().error_code() != grpc::StatusCode::UNAVAILABLE; });
  }

  std::unique_ptr<LiveRouter> standby_;
  std::unique_ptr<agents::v1::AgentService::Stub> agents_of_standby_;
  std::unique_ptr<routing::v1::RoutingService::Stub> routing_of_standby_;
  std::unique_ptr<context::v1::ContextService::Stub> context_of_standby_;
};

TEST_F(AdaptersTest, ContactsOfAnAdapterThatStaysAwayAreLost) {
  Apply("200ms");
  auto web = Connect("web-1");
  auto other = Connect("web-2");
  const std::string gone = web->SubmitAndWait("v-1:a");
  const std::string stays = other->SubmitAndWait("v-2:a");
  const std::string of_nobody = Submit("by-hand").id();  // by a single call
  web.reset();
  Eventually([&] { return Get(gone).state() == Contact::STATE_CLOSED; });
  EXPECT_EQ(Get(gone).outcome(), Contact::OUTCOME_LOST);
  EXPECT_EQ(Get(stays).state(), Contact::STATE_WAITING);
  EXPECT_EQ(Get(of_nobody).state(), Contact::STATE_WAITING);
}

TEST_F(AdaptersTest, WhatIsNotHeldAnyMoreIsLostAndTheAgentWrapsUp) {
  Apply("1h");
  auto web = Connect("web-1");
  SignIn("ann");
  const std::string talk = web->SubmitAndWait("v-1:a");
  agents::v1::AcceptOfferRequest accept;
  accept.set_agent_id("ann");
  accept.set_contact_id(talk);
  agents::v1::AcceptOfferResponse accepted;
  ASSERT_TRUE(agents().AcceptOffer(Agent("ann").get(), accept, &accepted).ok());
  const std::string held = web->SubmitAndWait("v-2:a");
  const std::string named = web->SubmitAndWait("v-3:a");
  const std::string ghost = web->SubmitAndWait("v-4:a");
  const auto result = web->Reconcile({held, "c999"}, {"v-3:a", "v-9:a"});
  EXPECT_EQ(result.lost, 2u);
  EXPECT_EQ(result.unknown_contact_ids, (std::vector<std::string>{"c999"}));
  EXPECT_EQ(result.unknown_external_ids, (std::vector<std::string>{"v-9:a"}));
  EXPECT_EQ(Get(ghost).outcome(), Contact::OUTCOME_LOST);
  EXPECT_EQ(Get(talk).state(), Contact::STATE_WRAPPING);
  EXPECT_EQ(Get(held).state(), Contact::STATE_WAITING);
  EXPECT_EQ(Get(named).state(), Contact::STATE_WAITING);
  const auto told = web->events.Next(
      [&](const Event& event) { return event.has_closed() && event.contact_id() == ghost; });
  EXPECT_TRUE(told) << "the adapter hears of each";
}

TEST_F(AdaptersTest, ALongListIsComparedAsOne) {
  Apply("1h");
  auto web = Connect("web-1");
  constexpr std::size_t kContacts = 2'500;  // three messages
  for (std::size_t i = 0; i < kContacts; ++i) web->Submit("v-" + std::to_string(i) + ":a");
  ASSERT_TRUE(web->results.AwaitCount(kContacts));
  std::vector<std::string> held;
  std::vector<std::string> gone;
  for (const auto& result : web->results.all()) {
    ASSERT_TRUE(result.ok()) << result.error().message;
    (held.size() < 2'000 ? held : gone).push_back(result->contact_id());
  }
  EXPECT_EQ(web->Reconcile(held, {}).lost, gone.size());
  EXPECT_EQ(Get(held.back()).state(), Contact::STATE_WAITING);
  for (const std::string& contact : {gone.front(), gone.back()}) {
    EXPECT_EQ(Get(contact).outcome(), Contact::OUTCOME_LOST);
  }
}

TEST_F(AdaptersTest, AContactGoesOnAtTheAdapterThatClaimsIt) {
  Apply("200ms");
  auto first = Connect("web-1");
  auto second = Connect("web-2");
  const std::string contact = first->SubmitAndWait("visitor-1:a");
  const auto claimed = second->Claim("visitor-1:");
  ASSERT_TRUE(claimed.ok()) << claimed.error().message;
  EXPECT_EQ(claimed->contact_id(), contact);
  for (LiveAdapter* told : {first.get(), second.get()}) {
    const auto event = told->events.Next([](const Event& e) { return e.has_claimed(); });
    ASSERT_TRUE(event);
    EXPECT_EQ(event->claimed().from_adapter(), "web-1");
    EXPECT_EQ(event->claimed().adapter(), "web-2");
    EXPECT_EQ(event->claimed().contact().external_id(), "visitor-1:a");
  }
  first.reset();
  const std::string left = Connect("web-1")->SubmitAndWait("visitor-2:a");  // and gone again
  Eventually([&] { return Get(left).outcome() == Contact::OUTCOME_LOST; });
  EXPECT_EQ(Get(contact).state(), Contact::STATE_WAITING) << "it is the second's now";
  EXPECT_EQ(second->Claim("visitor-2:").error().reason, "UNKNOWN_CONTACT");
  EXPECT_EQ(second->Claim("v").error().reason, "PREFIX_TOO_SHORT");
}

TEST_F(AdaptersTest, AfterAFailoverTheGraceStartsAnew) {
  Apply("1500ms");
  StartStandby();
  auto web = Connect("web-1");
  auto away = Connect("web-2");
  const std::string kept = web->SubmitAndWait("v-1:a");
  const std::string lost = away->SubmitAndWait("v-2:a");
  away.reset();
  CrashRouter();  // its lease alone takes longer than the grace
  Contact contact;
  const auto read = [&](const std::string& id) {
    routing::v1::GetContactRequest request;
    routing::v1::GetContactResponse response;
    request.set_contact_id(id);
    const auto status = routing_of_standby_->GetContact(Adapter().get(), request, &response);
    contact = response.contact();
    return status;
  };
  AtTheStandby([&] { return read(lost); });
  EXPECT_EQ(contact.state(), Contact::STATE_WAITING) << "not closed at once";
  Eventually([&] { return read(lost).ok() && contact.outcome() == Contact::OUTCOME_LOST; });
  ASSERT_TRUE(read(kept).ok());
  EXPECT_EQ(contact.state(), Contact::STATE_WAITING) << "its adapter came back";
}

// ----------------------------------------------------------- commands on their way at a failover

TEST_F(AdaptersTest, SubmitsAndMessagesOnTheirWayTakeEffectOnce) {
  Apply("1h");
  StartStandby();
  auto web = Connect("web-1");
  const std::string talk = web->SubmitAndWait("talk:0");
  constexpr std::size_t kEach = 200;
  for (std::size_t i = 0; i < kEach; ++i) {
    web->Submit("many:" + std::to_string(i));
    web->Say(talk, "m" + std::to_string(i));
    if (i == kEach / 2) CrashRouter();
  }
  ASSERT_TRUE(web->results.AwaitCount(1 + kEach));
  ASSERT_TRUE(web->AwaitSaid(kEach));
  std::set<std::string> contacts;
  for (const auto& result : web->results.all()) {
    ASSERT_TRUE(result.ok()) << result.error().message;
    contacts.insert(result->contact_id());
  }
  EXPECT_EQ(contacts.size(), 1 + kEach);
  routing::v1::ListContactsRequest list;
  list.mutable_page()->set_page_size(1'000);
  routing::v1::ListContactsResponse open;
  ASSERT_TRUE(routing_of_standby_->ListContacts(Adapter().get(), list, &open).ok());
  EXPECT_EQ(static_cast<std::size_t>(open.contacts_size()), 1 + kEach) << "none lost, none doubled";
  context::v1::ListMessagesRequest messages;
  messages.set_contact_id(talk);
  messages.set_limit(1'000);
  context::v1::ListMessagesResponse said;
  ASSERT_TRUE(context_of_standby_->ListMessages(Adapter().get(), messages, &said).ok());
  ASSERT_EQ(static_cast<std::size_t>(said.messages_size()), kEach);
  for (std::size_t i = 0; i < kEach; ++i) {
    EXPECT_EQ(said.messages(static_cast<int>(i)).text(), "m" + std::to_string(i));
  }
}

TEST_F(AdaptersTest, AnAgentsCommandsAskedAgainElsewhereTakeEffectOnce) {
  Apply("1h");
  StartStandby();
  SignIn("ann");
  const std::string moved = Submit("one").id();
  agents::v1::AcceptOfferRequest accept;
  accept.set_request_id("accept-1");
  accept.set_contact_id(moved);
  agents::v1::AcceptOfferResponse accepted;
  ASSERT_TRUE(agents().AcceptOffer(Agent("ann").get(), accept, &accepted).ok());
  agents::v1::TransferContactRequest transfer;
  transfer.set_request_id("transfer-1");
  transfer.set_contact_id(moved);
  transfer.set_to_queue("other");
  agents::v1::TransferContactResponse transferred;
  ASSERT_TRUE(agents().TransferContact(Agent("ann").get(), transfer, &transferred).ok());
  agents::v1::EndWrapUpRequest wrapped;
  wrapped.set_request_id("wrapped-1");
  wrapped.set_contact_id(moved);
  agents::v1::EndWrapUpResponse ended;
  ASSERT_TRUE(agents().EndWrapUp(Agent("ann").get(), wrapped, &ended).ok());
  const std::string done = Submit("two").id();
  accept.set_request_id("accept-2");
  accept.set_contact_id(done);
  ASSERT_TRUE(agents().AcceptOffer(Agent("ann").get(), accept, &accepted).ok());
  agents::v1::CompleteContactRequest complete;
  complete.set_request_id("complete-2");
  complete.set_contact_id(done);
  agents::v1::CompleteContactResponse completed;
  ASSERT_TRUE(agents().CompleteContact(Agent("ann").get(), complete, &completed).ok());
  CrashRouter();
  AtTheStandby([&] {
    return agents_of_standby_->CompleteContact(Agent("ann").get(), complete, &completed);
  });
  grpc::Status again =
      agents_of_standby_->CompleteContact(Agent("ann").get(), complete, &completed);
  EXPECT_TRUE(again.ok()) << again.error_message();
  again = agents_of_standby_->TransferContact(Agent("ann").get(), transfer, &transferred);
  EXPECT_TRUE(again.ok()) << again.error_message();
  again = agents_of_standby_->AcceptOffer(Agent("ann").get(), accept, &accepted);
  EXPECT_TRUE(again.ok()) << again.error_message();
  routing::v1::GetContactRequest read;
  routing::v1::GetContactResponse response;
  read.set_contact_id(moved);
  ASSERT_TRUE(routing_of_standby_->GetContact(Adapter().get(), read, &response).ok());
  EXPECT_EQ(response.contact().transfers(), 1u);
  EXPECT_EQ(response.contact().queue(), "other");
  read.set_contact_id(done);
  ASSERT_TRUE(routing_of_standby_->GetContact(Adapter().get(), read, &response).ok());
  EXPECT_EQ(response.contact().state(), Contact::STATE_WRAPPING);
}

}  // namespace
}  // namespace usher
