// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "router/context/framed_message.h"
#include "router/context/keys.h"
#include "router/context/timeline_store.h"
#include "router/store/record.h"
#include "tests/integration/router/router_fixture.h"
#include "tests/integration/store/store_fixture.h"

namespace usher {
namespace {

using namespace context::v1;  // NOLINT(google-build-using-namespace): this file speaks it

constexpr char kDomain[] = R"(
domain: test
not_ready: [break]
queues:
  support: {channels: [chat, voice], offer_timeout: 1h, wrap_up: 0s}
agents:
  ann: {queues: [support]}
  ben: {queues: [support]}
customers:
  access: open
  retention: {chat: 1h}
)";

class TimelineTest : public RouterTest {
 protected:
  TimelineTest() {
    admin::v1::ApplyDomainRequest request;
    request.set_yaml(kDomain);
    admin::v1::ApplyDomainResponse response;
    const grpc::Status status = admin().ApplyDomain(Admin().get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }

  std::string Resolve(const std::string& email) {
    ResolveCustomerRequest request;
    request.mutable_identity()->set_kind("email");
    request.mutable_identity()->set_value(email);
    ResolveCustomerResponse response;
    const grpc::Status status = context().ResolveCustomer(Adapter().get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.customer().id();
  }

  static CustomerEvent Delivered(const std::string& customer, const std::string& event_id) {
    CustomerEvent event;
    event.set_customer_id(customer);
    event.mutable_event()->set_source("shop");
    event.mutable_event()->set_event_id(event_id);
    event.mutable_event()->set_type("order.delivered");
    event.mutable_event()->set_summary("Order " + event_id + " was delivered");
    event.mutable_event()->set_reference(event_id);
    event.mutable_event()->set_url("https://shop.example/" + event_id);
    event.mutable_event()->mutable_occurred_at()->set_seconds(1'700'000'000);
    return event;
  }

  RecordEventsResponse Record(const std::vector<CustomerEvent>& events) {
    RecordEventsRequest request;
    for (const CustomerEvent& event : events) *request.add_events() = event;
    RecordEventsResponse response;
    const grpc::Status status = context().RecordEvents(Adapter().get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  std::string ReasonOfRecording(const CustomerEvent& event) {
    RecordEventsRequest request;
    *request.add_events() = event;
    RecordEventsResponse response;
    return ReasonOf(context().RecordEvents(Adapter().get(), request, &response));
  }

  TimelineEntry Note(const std::string& customer, const std::string& text) {
    AddNoteRequest request;
    request.set_customer_id(customer);
    request.set_text(text);
    request.set_author("ann");
    AddNoteResponse response;
    const grpc::Status status = context().AddNote(Adapter().get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.entry();
  }

  // Page by page, as words: the note's text, the event's id, or the kind.
  std::vector<std::string> Timeline(ListTimelineRequest request, std::uint32_t page_size = 500) {
    std::vector<std::string> words;
    request.mutable_page()->set_page_size(page_size);
    ListTimelineResponse response;
    do {
      request.mutable_page()->set_page_token(response.page().next_page_token());
      const grpc::Status status = context().ListTimeline(Adapter().get(), request, &response);
      EXPECT_TRUE(status.ok()) << status.error_message();
      for (const TimelineEntry& entry : response.entries()) words.push_back(WordOf(entry));
    } while (!response.page().next_page_token().empty());
    return words;
  }
  std::vector<std::string> Timeline(const std::string& customer, std::uint32_t page_size = 500) {
    ListTimelineRequest request;
    request.set_customer_id(customer);
    return Timeline(request, page_size);
  }

  static std::string WordOf(const TimelineEntry& entry) {
    if (entry.has_note()) return entry.note().text();
    if (entry.has_outside()) return entry.outside().event_id();
    return std::string(context::KindOf(entry));
  }

  // A contact of the customer's from beginning to end with this agent.
  std::string Serve(const std::string& agent, const std::string& external_id,
                    const std::string& customer) {
    const std::string contact = Accept(agent, external_id, customer);
    Complete(agent, contact);
    return contact;
  }
  std::string Accept(const std::string& agent, const std::string& external_id,
                     const std::string& customer) {
    SignIn(agent);
    const std::string contact = Submit(external_id, customer).id();
    agents::v1::AcceptOfferRequest accept;
    accept.set_contact_id(contact);
    agents::v1::AcceptOfferResponse accepted;
    const grpc::Status status = agents().AcceptOffer(Agent(agent).get(), accept, &accepted);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return contact;
  }
  void Complete(const std::string& agent, const std::string& contact) {
    agents::v1::CompleteContactRequest complete;
    complete.set_contact_id(contact);
    agents::v1::CompleteContactResponse completed;
    const grpc::Status status = agents().CompleteContact(Agent(agent).get(), complete, &completed);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }

  Message Written(const std::string& contact, const std::string& text, bool internal = false) {
    Message message;
    message.set_contact_id(contact);
    message.set_client_id(text);
    message.set_text(text);
    message.set_internal(internal);
    message.mutable_author()->set_side(internal ? Author::SIDE_AGENT : Author::SIDE_CUSTOMER);
    message.mutable_author()->set_id(internal ? "ann" : "visitor");
    return message;
  }
  grpc::Status Append(const Message& message) {
    AppendMessagesRequest request;
    *request.add_messages() = message;
    AppendMessagesResponse response;
    return context().AppendMessages(Adapter().get(), request, &response);
  }
  void Say(const std::string& contact, const std::string& text, bool internal = false) {
    const grpc::Status status = Append(Written(contact, text, internal));
    EXPECT_TRUE(status.ok()) << status.error_message();
  }
  ListMessagesResponse Messages(const std::string& contact, bool with_internal,
                                std::uint32_t limit = 0) {
    ListMessagesRequest request;
    request.set_contact_id(contact);
    request.set_with_internal(with_internal);
    request.set_limit(limit);
    ListMessagesResponse response;
    EXPECT_TRUE(context().ListMessages(Adapter().get(), request, &response).ok());
    return response;
  }

  store::WaitingClient& redis() {
    if (!redis_) {
      redis_ = std::make_unique<store::WaitingClient>(OptionsOfNext().redis.addresses.front());
    }
    return *redis_;
  }
  std::string Meta(const std::string& customer, const std::string& field) {
    const store::RedisReply reply = redis().Call(
        {"HGET", context::CustomerKey(DomainId{"test"}, CustomerId{customer}, "meta"), field});
    return std::string(reply.text());
  }
  std::uint64_t FedPosition() {
    return redis().Call({"GET", context::FedKey(DomainId{"test"})}).AsUnsigned().value_or(0);
  }

  // As a merge leaves it: the records of `others` are read with this one.
  void MergeInto(const std::string& customer, const std::vector<std::string>& others) {
    const std::string key = context::CustomerKey(DomainId{"test"}, CustomerId{customer}, "record");
    Customer record;
    ASSERT_TRUE(
        context::FromFramed(store::RecordKind::kCustomer, redis().Call({"GET", key}).text(), record)
            .ok());
    for (const std::string& other : others) record.add_merged(other);
    redis().Call({"SET", key, context::ToFramed(store::RecordKind::kCustomer, record)});
  }

 private:
  std::unique_ptr<store::WaitingClient> redis_;
};

// One call of WatchTimeline, read as far as a test asks for.
class Watching {
 public:
  Watching(ContextService::Stub& stub, std::unique_ptr<grpc::ClientContext> call,
           const std::string& whom, const std::string& after)
      : call_(std::move(call)) {
    WatchTimelineRequest request;
    request.set_customer_id(whom);
    request.set_after_entry(after);
    reader_ = stub.WatchTimeline(call_.get(), request);
  }
  ~Watching() {
    call_->TryCancel();
    if (!ended_) End();
  }

  bool Read() {
    if (!reader_->Read(&response_)) return false;
    for (const TimelineEntry& entry : response_.entries()) entries.push_back(entry);
    if (response_.has_customer()) customer = response_.customer();
    return true;
  }
  grpc::Status End() {
    while (Read()) {
    }
    ended_ = true;
    return reader_->Finish();
  }

  std::vector<TimelineEntry> entries;
  Customer customer;

 private:
  std::unique_ptr<grpc::ClientContext> call_;
  std::unique_ptr<grpc::ClientReader<WatchTimelineResponse>> reader_;
  WatchTimelineResponse response_;
  bool ended_ = false;
};

TEST_F(TimelineTest, WhoIsNotConcernedAnyMoreIsToldNothingMore) {
  std::string yaml = kDomain;
  const std::string open = "access: open";
  yaml.replace(yaml.find(open), open.size(), "access_grace: 0s");
  admin::v1::ApplyDomainRequest apply;
  apply.set_yaml(yaml);
  admin::v1::ApplyDomainResponse applied;
  ASSERT_TRUE(admin().ApplyDomain(Admin().get(), apply, &applied).ok());

  const std::string customer = Resolve("mei@example.com");
  const std::string contact = Accept("ann", "chat-1", customer);
  Watching watching(context(), Agent("ann"), customer, "");
  ASSERT_TRUE(watching.Read());
  Record({Delivered(customer, "o-1")});
  const auto has = [&](const std::string& event) {
    return std::ranges::any_of(watching.entries, [&](const TimelineEntry& entry) {
      return entry.outside().event_id() == event;
    });
  };
  while (!has("o-1")) ASSERT_TRUE(watching.Read());

  Complete("ann", contact);
  Record({Delivered(customer, "o-2")});
  EXPECT_EQ(ReasonOf(watching.End()), "NOT_CONCERNED");
  EXPECT_FALSE(has("o-2"));
}

TEST_F(TimelineTest, AnOutsideEventIsRecordedOnceAndInOrder) {
  const std::string customer = Resolve("mei@example.com");
  const auto first = Record({Delivered(customer, "o-1"), Delivered(customer, "o-2")});
  ASSERT_EQ(first.events_size(), 2);
  EXPECT_FALSE(first.events(0).repeated_event());
  EXPECT_LT(first.events(0).entry().id(), first.events(1).entry().id());
  EXPECT_GT(first.events(0).entry().at().seconds(), 1'700'000'000);
  EXPECT_EQ(first.events(0).entry().outside().occurred_at().seconds(), 1'700'000'000);

  CustomerEvent changed = Delivered(customer, "o-1");
  changed.mutable_event()->set_summary("something else");
  const auto again = Record({changed, Delivered(customer, "o-3"), Delivered(customer, "o-3")});
  EXPECT_TRUE(again.events(0).repeated_event());
  EXPECT_EQ(again.events(0).entry().id(), first.events(0).entry().id());
  EXPECT_EQ(again.events(0).entry().outside().summary(), "Order o-1 was delivered");
  EXPECT_FALSE(again.events(1).repeated_event());
  EXPECT_TRUE(again.events(2).repeated_event());
  EXPECT_EQ(Timeline(customer), (std::vector<std::string>{"o-3", "o-2", "o-1"}));
}

TEST_F(TimelineTest, AnOutsideEventOfAnAddressCreatesItsCustomerOnce) {
  CustomerEvent event = Delivered("", "o-1");
  event.mutable_identity()->set_kind("email");
  event.mutable_identity()->set_value("new@example.com");
  const auto first = Record({event});
  EXPECT_EQ(first.events(0).customer_id(), Resolve("new@example.com"));
  EXPECT_TRUE(Record({event}).events(0).repeated_event());
}

TEST_F(TimelineTest, OutsideEventsBeyondTheirBoundsAreRefused) {
  const std::string customer = Resolve("mei@example.com");
  const CustomerEvent good = Delivered(customer, "o-1");
  const auto with = [&](const auto& change) {
    CustomerEvent event = good;
    change(*event.mutable_event());
    return ReasonOfRecording(event);
  };
  EXPECT_EQ(with([](OutsideEvent& e) { e.set_source("two words"); }), "BAD_EVENT");
  EXPECT_EQ(with([](OutsideEvent& e) { e.clear_event_id(); }), "BAD_EVENT");
  EXPECT_EQ(with([](OutsideEvent& e) { e.set_summary(std::string(257, 's')); }), "BAD_EVENT");
  EXPECT_EQ(with([](OutsideEvent& e) { e.set_url("http://shop.example"); }), "BAD_EVENT");
  EXPECT_EQ(with([](OutsideEvent& e) { (*e.mutable_data())["k"] = std::string(1'025, 'v'); }),
            "BAD_EVENT");
  EXPECT_EQ(with([](OutsideEvent& e) { e.mutable_occurred_at()->set_nanos(-1); }), "BAD_EVENT");
  EXPECT_EQ(ReasonOfRecording(Delivered("", "o-1")), "MISSING_CUSTOMER_ID");
  EXPECT_EQ(ReasonOfRecording(Delivered("cu_nobody", "o-1")), "UNKNOWN_CUSTOMER");
  EXPECT_TRUE(Timeline(customer).empty());
}

TEST_F(TimelineTest, AWatchTellsWhatWasAndWhatComesOnceEach) {
  const std::string customer = Resolve("mei@example.com");
  const TimelineEntry first = Note(customer, "one");
  Note(customer, "two");
  Watching watching(context(), Adapter(), customer, first.id());
  while (watching.entries.empty() && watching.Read()) {
  }
  EXPECT_EQ(watching.customer.id(), customer);
  Note(customer, "three");
  Record({Delivered(customer, "o-1")});
  Submit("chat-1", customer);
  while (watching.entries.size() < 4 && watching.Read()) {
  }
  std::vector<std::string> words;
  for (const TimelineEntry& entry : watching.entries) words.push_back(WordOf(entry));
  EXPECT_EQ(words, (std::vector<std::string>{"two", "three", "o-1", "opened"}));
}

TEST_F(TimelineTest, AWatchFromNowOnBeginsWithTheRecordAndTellsNothingOfThePast) {
  const std::string customer = Resolve("mei@example.com");
  Note(customer, "one");
  Watching watching(context(), Adapter(), customer, "");
  ASSERT_TRUE(watching.Read());
  EXPECT_EQ(watching.customer.id(), customer);
  EXPECT_TRUE(watching.entries.empty());
  Note(customer, "two");
  while (watching.entries.empty() && watching.Read()) {
  }
  ASSERT_EQ(watching.entries.size(), 1U);
  EXPECT_EQ(watching.entries[0].note().text(), "two");
}

TEST_F(TimelineTest, AWatchOfNobodyOrFromNowhereIsRefused) {
  Watching nobody(context(), Adapter(), "cu_nobody", "");
  EXPECT_EQ(ReasonOf(nobody.End()), "UNKNOWN_CUSTOMER");
  Watching nowhere(context(), Adapter(), Resolve("mei@example.com"), "yesterday");
  EXPECT_EQ(ReasonOf(nowhere.End()), "BAD_ENTRY_ID");
}

TEST_F(TimelineTest, KindsAndChannelsAreFoundBehindPagesWithoutAny) {
  const std::string customer = Resolve("mei@example.com");
  Record({Delivered(customer, "o-1")});
  for (int i = 0; i < 5; ++i) Note(customer, "note " + std::to_string(i));
  Submit("chat-1", customer);
  Eventually([&] { return Timeline(customer).size() == 7; });
  ListTimelineRequest request;
  request.set_customer_id(customer);
  request.add_kinds("outside");
  EXPECT_EQ(Timeline(request, 2), (std::vector<std::string>{"o-1"}));
  request.set_channel(type::v1::CHANNEL_CHAT);
  EXPECT_TRUE(Timeline(request).empty());
  request.clear_kinds();
  EXPECT_EQ(Timeline(request), (std::vector<std::string>{"opened"}));
  request.add_kinds("gossip");
  ListTimelineResponse response;
  EXPECT_EQ(ReasonOf(context().ListTimeline(Adapter().get(), request, &response)), "BAD_KIND");
}

// Records of one millisecond have no order between them.
void UntilTheNextMillisecond() {
  const auto now = [] {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  };
  for (const auto begin = now(); now() == begin;) std::this_thread::yield();
}

TEST_F(TimelineTest, MergedRecordsAreReadAsOneWhateverThePage) {
  const std::string mei = Resolve("mei@example.com");
  const std::string other = Resolve("other@example.com");
  const std::string third = Resolve("third@example.com");
  std::vector<std::string> expected;
  for (int i = 0; i < 9; ++i) {
    const std::string text = "note " + std::to_string(i);
    Note(i % 3 == 0 ? mei : i % 3 == 1 ? other : third, text);
    UntilTheNextMillisecond();
    expected.insert(expected.begin(), text);
  }
  MergeInto(mei, {other, third});
  for (const std::uint32_t page_size : {1U, 2U, 4U, 500U}) {
    EXPECT_EQ(Timeline(mei, page_size), expected) << page_size;
  }
  // What was recorded before the merge is not recorded again.
  Record({Delivered(other, "o-1")});
  EXPECT_TRUE(Record({Delivered(mei, "o-1")}).events(0).repeated_event());
}

TEST_F(TimelineTest, TheCustomersSideGetsNoInternalMessageAndKnowsTheGapsFromLosses) {
  const std::string contact = Submit("chat-1").id();
  Say(contact, "hello");
  Say(contact, "she is angry", true);
  Say(contact, "be kind", true);
  Say(contact, "anybody there?");
  Say(contact, "on my way", true);
  const auto seen = Messages(contact, false);
  ASSERT_EQ(seen.messages_size(), 2);
  EXPECT_EQ(seen.messages(0).hidden_before(), 0U);
  EXPECT_EQ(seen.messages(1).id(), 4U);
  EXPECT_EQ(seen.messages(1).hidden_before(), 2U);
  EXPECT_FALSE(seen.more());
  const auto page = Messages(contact, false, 1);
  ASSERT_EQ(page.messages_size(), 1);
  EXPECT_TRUE(page.more());
  EXPECT_EQ(Messages(contact, true).messages_size(), 5);

  auto call = Adapter();
  WatchConversationRequest request;
  request.set_contact_id(contact);
  auto reader = context().WatchConversation(call.get(), request);
  std::vector<Message> told;
  WatchConversationResponse response;
  while (told.size() < 2 && reader->Read(&response)) {
    for (const auto& event : response.events()) {
      if (event.has_message()) told.push_back(event.message());
    }
  }
  Say(contact, "still internal", true);
  Say(contact, "thanks");
  while (told.size() < 3 && reader->Read(&response)) {
    for (const auto& event : response.events()) {
      if (event.has_message()) told.push_back(event.message());
    }
  }
  call->TryCancel();
  reader->Finish();
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[2].text(), "thanks");
  EXPECT_EQ(told[2].id(), 7U);
  EXPECT_EQ(told[2].hidden_before(), 2U);
}

TEST_F(TimelineTest, ACustomersMessageIsNeverInternal) {
  const std::string contact = Submit("chat-1").id();
  Message message = Written(contact, "psst");
  message.set_internal(true);
  EXPECT_EQ(ReasonOf(Append(message)), "BAD_INTERNAL");
}

TEST_F(TimelineTest, AgentsSendOnFilesOfTheSameConversationOnly) {
  const auto with_file = [this](const std::string& contact, const std::string& name,
                                Author::Side side, const std::string& url) {
    Message message = Written(contact, name);
    message.mutable_author()->set_side(side);
    Attachment& file = *message.add_attachments();
    file.set_name("terms.pdf");
    file.set_media_type("application/pdf");
    file.set_url(url);
    return message;
  };
  const std::string contact = Submit("mail-1").id();
  const std::string other = Submit("mail-2").id();
  ASSERT_TRUE(
      Append(with_file(contact, "came", Author::SIDE_CUSTOMER, "x-mail:support/47/2")).ok());
  ASSERT_TRUE(Append(with_file(other, "came", Author::SIDE_CUSTOMER, "x-mail:support/48/2")).ok());
  for (int i = 0; i < 250; ++i) {  // more than one page ago
    ASSERT_TRUE(Append(Written(contact, "m" + std::to_string(i))).ok());
  }
  const auto send = [&](const std::string& name, const std::string& url) {
    return ReasonOf(Append(with_file(contact, name, Author::SIDE_AGENT, url)));
  };
  EXPECT_EQ(send("a1", "x-mail:support/47/2"), "OK");
  EXPECT_EQ(send("a2", "x-mail:support/48/2"), "BAD_ATTACHMENT") << "another customer's";
  EXPECT_EQ(send("a3", "x-mail:support/47/3"), "BAD_ATTACHMENT");
  EXPECT_EQ(send("a4", "x-mail:support/47/source"), "BAD_ATTACHMENT");
  EXPECT_EQ(send("a5", "x-mail:support/file-" + std::string(64, 'a') + "/1"), "OK");
}

TEST_F(TimelineTest, AttachmentsComeByReferenceAlsoWithoutText) {
  const std::string contact = Submit("chat-1").id();
  Message message = Written(contact, "photo");
  message.clear_text();
  Attachment& photo = *message.add_attachments();
  photo.set_name("meter.jpg");
  photo.set_media_type("image/jpeg");
  photo.set_size_bytes(70'000);
  photo.set_url("https://files.example/meter.jpg");
  EXPECT_TRUE(Append(message).ok());
  EXPECT_EQ(Messages(contact, false).messages(0).attachments(0).name(), "meter.jpg");

  for (const char* url : {"http://files.example/a", "javascript:alert(1)", "data:text/html,x",
                          "x-:a", "https://", "https://a b", "//files.example/a"}) {
    message.set_client_id(url);
    message.mutable_attachments(0)->set_url(url);
    EXPECT_EQ(ReasonOf(Append(message)), "BAD_ATTACHMENT") << url;
  }
  message.mutable_attachments(0)->set_url("x-wechat:media/47");
  while (message.attachments_size() < 21) *message.add_attachments() = message.attachments(0);
  EXPECT_EQ(ReasonOf(Append(message)), "TOO_MANY_ATTACHMENTS");
  message.clear_attachments();
  EXPECT_EQ(ReasonOf(Append(message)), "EMPTY_TEXT");
}

TEST_F(TimelineTest, AMailKeepsItsHeadAndTellsTheCustomersSideNoHiddenCopies) {
  const std::string customer = Resolve("mei@example.com");
  const std::string contact = Submit("mail-1", customer).id();
  Message came = Written(contact, "where is it?");
  came.mutable_author()->set_id(customer);
  came.mutable_mail()->mutable_from()->set_address("mei@example.com");
  came.mutable_mail()->set_subject("Order 4711");
  came.mutable_mail()->set_html_url("x-mail:support/47/html");
  ASSERT_TRUE(Append(came).ok());
  Message answer = Written(contact, "on its way");
  answer.mutable_author()->set_side(Author::SIDE_AGENT);
  answer.mutable_author()->set_id("ann");
  answer.mutable_mail()->add_cc()->set_address("depot@shop.example");
  answer.mutable_mail()->add_bcc()->set_address("boss@shop.example");
  ASSERT_TRUE(Append(answer).ok());

  const auto inside = Messages(contact, true);
  ASSERT_EQ(inside.messages_size(), 2);
  EXPECT_EQ(inside.messages(0).mail().SerializeAsString(), came.mail().SerializeAsString());
  EXPECT_EQ(inside.messages(1).mail().bcc(0).address(), "boss@shop.example");
  const auto outside = Messages(contact, false);
  EXPECT_EQ(outside.messages(1).mail().cc_size(), 1);
  EXPECT_EQ(outside.messages(1).mail().bcc_size(), 0);

  // As it is read from the store, and as it is told live.
  auto call = Adapter();
  WatchConversationRequest request;
  request.set_contact_id(contact);
  auto reader = context().WatchConversation(call.get(), request);
  std::vector<Message> told;
  WatchConversationResponse response;
  const auto read = [&](std::size_t count) {
    while (told.size() < count && reader->Read(&response)) {
      for (const auto& event : response.events()) {
        if (event.has_message()) told.push_back(event.message());
      }
    }
  };
  read(2);
  answer.set_client_id("again");
  ASSERT_TRUE(Append(answer).ok());
  read(3);
  call->TryCancel();
  reader->Finish();
  ASSERT_EQ(told.size(), 3U);
  for (const Message& message : told) EXPECT_EQ(message.mail().bcc_size(), 0);
  EXPECT_EQ(told[2].mail().cc(0).address(), "depot@shop.example");

  Eventually([&] { return Timeline(customer).size() == 1; });
  SearchMessagesRequest search;
  search.set_customer_id(customer);
  search.set_query("order 47");
  SearchMessagesResponse found;
  ASSERT_TRUE(context().SearchMessages(Adapter().get(), search, &found).ok());
  ASSERT_EQ(found.hits_size(), 1);
  EXPECT_EQ(found.hits(0).message().mail().subject(), "Order 4711");
}

TEST_F(TimelineTest, AMailOutsideItsBoundsIsRefused) {
  const std::string contact = Submit("mail-1").id();
  Message message = Written(contact, "see below");
  message.mutable_author()->set_side(Author::SIDE_AGENT);
  message.mutable_mail()->add_to()->set_address("a@shop.example\nBcc: b@shop.example");
  EXPECT_EQ(ReasonOf(Append(message)), "BAD_MAIL");
  message.mutable_mail()->mutable_to(0)->set_address("a@shop.example");
  message.mutable_mail()->set_kind(MailHead::KIND_FORWARD);
  message.mutable_mail()->set_about_message(1);
  message.clear_text();
  EXPECT_TRUE(Append(message).ok()) << "a forward needs no word of its own";
  message.mutable_mail()->set_html_url("x-mail:support/48/html");
  EXPECT_EQ(ReasonOf(Append(message)), "BAD_MAIL");
}

TEST_F(TimelineTest, WhatWasSaidAndWrittenIsFoundPageByPageWhateverItsCase) {
  const std::string customer = Resolve("mei@example.com");
  const std::string contact = Submit("chat-1", customer).id();
  for (int i = 0; i < 4; ++i) Say(contact, "GRÜN " + std::to_string(i));
  Say(contact, "something else");
  Eventually([&] { return Timeline(customer).size() == 1; });
  Note(customer, "likes grün");
  Record({Delivered(customer, "o-1")});
  Eventually([&] { return Timeline(customer).size() == 3; });
  SearchMessagesRequest request;
  request.set_customer_id(customer);
  request.set_query("grün");
  for (const std::uint32_t page_size : {1U, 3U, 50U}) {
    request.mutable_page()->set_page_size(page_size);
    request.mutable_page()->clear_page_token();
    std::vector<std::string> found;
    SearchMessagesResponse response;
    do {
      ASSERT_TRUE(context().SearchMessages(Adapter().get(), request, &response).ok());
      for (const MessageHit& hit : response.hits()) {
        found.push_back(hit.has_message() ? hit.message().text() : WordOf(hit.entry()));
      }
      request.mutable_page()->set_page_token(response.page().next_page_token());
    } while (!response.page().next_page_token().empty());
    EXPECT_EQ(found,
              (std::vector<std::string>{"likes grün", "GRÜN 3", "GRÜN 2", "GRÜN 1", "GRÜN 0"}))
        << page_size;
  }
  SearchMessagesResponse response;
  request.mutable_page()->clear_page_token();
  request.set_query("DELIVERED");
  ASSERT_TRUE(context().SearchMessages(Adapter().get(), request, &response).ok());
  ASSERT_EQ(response.hits_size(), 1);
  EXPECT_EQ(response.hits(0).entry().outside().event_id(), "o-1");
  request.set_query("g");
  EXPECT_EQ(ReasonOf(context().SearchMessages(Adapter().get(), request, &response)),
            "QUERY_TOO_SHORT");
  request.set_query("gr");
  request.mutable_page()->set_page_token("nonsense");
  EXPECT_EQ(ReasonOf(context().SearchMessages(Adapter().get(), request, &response)),
            "BAD_PAGE_TOKEN");
}

TEST_F(TimelineTest, WhatWasSaidIsKeptForTheChannelsSpanAfterTheEnd) {
  const std::string customer = Resolve("mei@example.com");
  const std::string contact = Accept("ann", "chat-1", customer);
  Say(contact, "hello");
  const std::string messages = context::ConversationKey(DomainId{"test"}, contact, "messages");
  const std::string said = context::ConversationKey(DomainId{"test"}, contact, "said");
  EXPECT_EQ(redis().Call({"PTTL", messages}).integer(), -1);
  Complete("ann", contact);
  Eventually([&] { return redis().Call({"PTTL", messages}).integer() > 0; });
  EXPECT_LE(redis().Call({"PTTL", messages}).integer(), 3'600'000);
  EXPECT_EQ(redis().Call({"PEXPIRETIME", messages}).integer(),
            redis().Call({"PEXPIRETIME", said}).integer());
  ListTimelineRequest list;
  list.set_customer_id(customer);
  list.add_kinds("closed");
  ListTimelineResponse closed;
  ASSERT_TRUE(context().ListTimeline(Adapter().get(), list, &closed).ok());
  const auto& at = closed.entries(0).at();
  EXPECT_EQ(redis().Call({"PEXPIRETIME", messages}).integer(),
            at.seconds() * 1000 + at.nanos() / 1'000'000 + 3'600'000);

  // As if the hour were over.
  redis().Call({"PEXPIREAT", messages, "1"});
  redis().Call({"PEXPIREAT", said, "1"});
  EXPECT_EQ(Messages(contact, true).messages_size(), 0);
  EXPECT_EQ(Timeline(customer), (std::vector<std::string>{"closed", "assigned", "opened"}));
}

TEST_F(TimelineTest, TheMetaSaysWhoHadTheLastContactAndWhoseEndedWhen) {
  const std::string customer = Resolve("mei@example.com");
  const std::string first = Serve("ann", "chat-1", customer);
  Eventually([&] { return !Meta(customer, "seen:ann").empty(); });
  EXPECT_EQ(Meta(customer, "last_agent"), "ann");
  EXPECT_TRUE(Meta(customer, "had:" + first).empty());
  const std::string came = Meta(customer, "last_contact_at");
  EXPECT_FALSE(came.empty());
  agents::v1::SetPresenceRequest pause;
  pause.set_presence(agents::v1::Agent::PRESENCE_NOT_READY);
  pause.set_reason("break");
  agents::v1::SetPresenceResponse paused;
  ASSERT_TRUE(agents().SetPresence(Agent("ann").get(), pause, &paused).ok());
  const std::string second = Accept("ben", "chat-2", customer);
  Eventually([&] { return Meta(customer, "last_agent") == "ben"; });
  EXPECT_GE(Meta(customer, "last_contact_at"), came);
  EXPECT_TRUE(Meta(customer, "seen:ben").empty());
  EXPECT_EQ(Meta(customer, "had:" + second), "\nben\n");
}

// The contact came before the position, was taken in the first part of what is read, and ended in
// the second: only its end says whose it was.
TEST_F(TimelineTest, AnAssignmentIsFedHoweverFarTheFeedIsBehind) {
  const std::string customer = Resolve("mei@example.com");
  SignIn("ann");
  const std::string contact = Submit("chat-1", customer).id();
  Eventually([&] { return Timeline(customer).size() == 1; });
  Eventually([&] { return FedPosition() >= 3; });
  const std::uint64_t before = FedPosition();
  const std::string meta = context::CustomerKey(DomainId{"test"}, CustomerId{customer}, "meta");
  const std::string fed = Meta(customer, "fed");
  agents::v1::AcceptOfferRequest accept;
  accept.set_contact_id(contact);
  agents::v1::AcceptOfferResponse accepted;
  ASSERT_TRUE(agents().AcceptOffer(Agent("ann").get(), accept, &accepted).ok());
  SignIn("ben");
  agents::v1::SetPresenceRequest presence;
  agents::v1::SetPresenceResponse present;
  for (int i = 0; i < 5'100; ++i) {
    presence.set_presence(i % 2 == 0 ? agents::v1::Agent::PRESENCE_NOT_READY
                                     : agents::v1::Agent::PRESENCE_AVAILABLE);
    presence.set_reason(i % 2 == 0 ? "break" : "");
    ASSERT_TRUE(agents().SetPresence(Agent("ben").get(), presence, &present).ok());
  }
  Complete("ann", contact);
  Eventually([&] { return Timeline(customer).size() == 3; });
  StopRouter();
  // As if nothing had been fed since the contact came.
  redis().Call({"SET", context::FedKey(DomainId{"test"}), std::to_string(before)});
  redis().Call({"HSET", meta, "fed", fed});
  const std::string timeline =
      context::CustomerKey(DomainId{"test"}, CustomerId{customer}, "timeline");
  redis().Call({"XTRIM", timeline, "MAXLEN", "0"});
  StartRouter();
  Eventually([&] { return Timeline(customer).size() == 2; });
  EXPECT_EQ(Timeline(customer), (std::vector<std::string>{"closed", "assigned"}));
}

}  // namespace
}  // namespace usher
