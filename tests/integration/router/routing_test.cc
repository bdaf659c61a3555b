// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <gmock/gmock.h>

#include "tests/integration/router/router_fixture.h"

namespace usher {
namespace {

using routing::v1::Contact;
using routing::v1::Event;

class RoutingTest : public RouterTest {
 protected:
  RoutingTest() { ApplyDomain(); }

  // Reads a watch until `count` events have come.
  static std::vector<Event> Take(grpc::ClientReader<routing::v1::WatchContactsResponse>& reader,
                                 std::size_t count) {
    std::vector<Event> events;
    routing::v1::WatchContactsResponse response;
    while (events.size() < count && reader.Read(&response)) {
      for (const Event& event : response.events()) events.push_back(event);
    }
    return events;
  }
};

TEST_F(RoutingTest, SubmitAnswersTheSameToTheSameRequestId) {
  routing::v1::SubmitContactRequest request;
  request.set_request_id("r-1");
  request.set_channel(type::v1::CHANNEL_CHAT);
  request.set_queue("support");
  routing::v1::SubmitContactResponse first;
  routing::v1::SubmitContactResponse second;
  ASSERT_TRUE(routing().SubmitContact(Adapter().get(), request, &first).ok());
  ASSERT_TRUE(routing().SubmitContact(Adapter().get(), request, &second).ok());
  EXPECT_FALSE(first.repeated_submit());
  EXPECT_TRUE(second.repeated_submit());
  EXPECT_EQ(first.contact().id(), second.contact().id());

  request.set_subject("another request");
  EXPECT_EQ(ReasonOf(routing().SubmitContact(Adapter().get(), request, &second)),
            "REQUEST_ID_REUSED");
}

TEST_F(RoutingTest, ARequestIdIsRememberedAcrossARestart) {
  routing::v1::SubmitContactRequest request;
  request.set_request_id("r-1");
  request.set_channel(type::v1::CHANNEL_CHAT);
  request.set_queue("support");
  routing::v1::SubmitContactResponse first;
  ASSERT_TRUE(routing().SubmitContact(Adapter().get(), request, &first).ok());
  Restart();
  routing::v1::SubmitContactResponse second;
  ASSERT_TRUE(routing().SubmitContact(Adapter().get(), request, &second).ok());
  EXPECT_EQ(first.contact().id(), second.contact().id());
  EXPECT_TRUE(second.repeated_submit());
}

TEST_F(RoutingTest, AnExternalIdNamesOneOpenContact) {
  const Contact first = Submit("call-7");
  EXPECT_EQ(Submit("call-7").id(), first.id());
  EXPECT_NE(Submit("call-8").id(), first.id());
}

TEST_F(RoutingTest, WaitingContactsKeepTheirOrderAcrossARestart) {
  std::vector<std::string> ids;
  for (const char* name : {"a", "b", "c"}) ids.push_back(Submit(name).id());
  Restart();
  routing::v1::GetQueueRequest request;
  request.set_queue("support");
  routing::v1::GetQueueResponse queue;
  ASSERT_TRUE(routing().GetQueue(Adapter().get(), request, &queue).ok());
  std::vector<std::string> waiting;
  for (const Contact& contact : queue.waiting()) waiting.push_back(contact.id());
  EXPECT_EQ(waiting, ids);
}

TEST_F(RoutingTest, AWatchResumesAfterASequenceWithoutGapOrRepetition) {
  auto context = Adapter();
  routing::v1::WatchContactsRequest request;
  request.set_after_sequence(0);
  auto reader = routing().WatchContacts(context.get(), request);
  Submit("a");
  const std::vector<Event> first = Take(*reader, 2);  // applied, queued
  ASSERT_EQ(first.size(), 2U);
  context->TryCancel();
  reader->Finish();

  Submit("b");
  Submit("c");
  auto again = Adapter();
  request.set_after_sequence(first.back().sequence());
  auto resumed = routing().WatchContacts(again.get(), request);
  const std::vector<Event> second = Take(*resumed, 2);
  again->TryCancel();
  resumed->Finish();
  ASSERT_EQ(second.size(), 2U);
  EXPECT_EQ(second[0].sequence(), first.back().sequence() + 1);
  EXPECT_EQ(second[1].sequence(), first.back().sequence() + 2);
}

// What is replayed takes several messages; each may be the last that arrives.
TEST_F(RoutingTest, NoMessageOfALongReplayNamesACommitThatALaterOneTells) {
  auto context = Adapter();
  auto stream = routing().RouteContacts(context.get());
  routing::v1::RouteContactsRequest submits;
  submits.mutable_hello()->set_adapter("phones");
  for (int i = 0; i < 2'100; ++i) {
    routing::v1::SubmitContactRequest& submit = *submits.add_commands()->mutable_submit();
    submit.set_channel(type::v1::CHANNEL_CHAT);
    submit.set_queue("support");
  }
  ASSERT_TRUE(stream->Write(submits));
  int results = 0;
  std::uint64_t end = 0;
  routing::v1::RouteContactsResponse response;
  while (results < 2'100 && stream->Read(&response)) {
    results += response.results_size();
    for (const Event& event : response.events()) end = std::max(end, event.sequence());
  }
  ASSERT_EQ(results, 2'100);
  context->TryCancel();
  stream->Finish();
  Submit("last");

  const auto follows = [](auto& reader, auto& message, std::uint64_t until) {
    std::uint64_t told = 0;
    while (told < until && reader.Read(&message)) {
      for (const Event& event : message.events()) EXPECT_GT(event.sequence(), told);
      told = message.sequence();
    }
    EXPECT_GE(told, until);
  };
  auto watch_context = Adapter();
  routing::v1::WatchContactsRequest request;
  request.set_after_sequence(0);
  auto watch = routing().WatchContacts(watch_context.get(), request);
  routing::v1::WatchContactsResponse watched;
  follows(*watch, watched, end);
  watch_context->TryCancel();
  watch->Finish();

  auto again = Adapter();
  auto resumed = routing().RouteContacts(again.get());
  routing::v1::RouteContactsRequest hello;
  hello.mutable_hello()->set_adapter("phones");
  hello.mutable_hello()->set_after_sequence(0);
  ASSERT_TRUE(resumed->Write(hello));
  follows(*resumed, response, end);
  again->TryCancel();
  resumed->Finish();
}

TEST_F(RoutingTest, AnAdaptersStreamTellsResultsAndThenWhatItMissed) {
  auto context = Adapter();
  auto stream = routing().RouteContacts(context.get());
  routing::v1::RouteContactsRequest hello;
  hello.mutable_hello()->set_adapter("phones");
  routing::v1::ContactCommand& command = *hello.add_commands();
  command.set_tag(7);
  command.mutable_submit()->set_channel(type::v1::CHANNEL_CHAT);
  command.mutable_submit()->set_queue("support");
  ASSERT_TRUE(stream->Write(hello));
  std::string contact;
  std::uint64_t sequence = 0;
  bool queued = false;
  routing::v1::RouteContactsResponse response;
  while ((contact.empty() || !queued) && stream->Read(&response)) {
    for (const auto& result : response.results()) {
      EXPECT_EQ(result.tag(), 7U);
      EXPECT_EQ(result.code(), 0U) << result.message();
      contact = result.contact_id();
    }
    for (const Event& event : response.events()) queued = queued || event.has_queued();
    sequence = response.sequence();
  }
  ASSERT_TRUE(queued);
  context->TryCancel();
  stream->Finish();

  routing::v1::AbandonContactRequest abandon;
  abandon.set_contact_id(contact);
  routing::v1::AbandonContactResponse abandoned;
  ASSERT_TRUE(routing().AbandonContact(Adapter().get(), abandon, &abandoned).ok());
  EXPECT_EQ(abandoned.contact().outcome(), Contact::OUTCOME_ABANDONED);

  auto again = Adapter();
  auto resumed = routing().RouteContacts(again.get());
  hello.clear_commands();
  hello.mutable_hello()->set_after_sequence(sequence);
  ASSERT_TRUE(resumed->Write(hello));
  std::vector<Event> missed;
  bool welcome = false;
  while (missed.empty() && resumed->Read(&response)) {
    welcome = welcome || response.welcome().resumed();
    for (const Event& event : response.events()) missed.push_back(event);
  }
  again->TryCancel();
  resumed->Finish();
  EXPECT_TRUE(welcome);
  ASSERT_EQ(missed.size(), 1U);
  EXPECT_TRUE(missed[0].has_closed());
  EXPECT_EQ(missed[0].contact_id(), contact);
}

TEST_F(RoutingTest, AFreshStreamStartsWithTheAdaptersOpenContacts) {
  const Contact mine = Submit("mine");
  auto context = Adapter();
  auto stream = routing().RouteContacts(context.get());
  routing::v1::RouteContactsRequest hello;
  hello.mutable_hello()->set_adapter("phones");
  ASSERT_TRUE(stream->Write(hello));
  routing::v1::RouteContactsResponse response;
  ASSERT_TRUE(stream->Read(&response));
  context->TryCancel();
  stream->Finish();
  EXPECT_FALSE(response.welcome().resumed());
  ASSERT_EQ(response.welcome().contacts_size(), 1);
  EXPECT_EQ(response.welcome().contacts(0).id(), mine.id());
}

TEST_F(RoutingTest, ASecondStreamOfAnAdapterTakesOver) {
  auto first_context = Adapter();
  auto first = routing().RouteContacts(first_context.get());
  routing::v1::RouteContactsRequest hello;
  hello.mutable_hello()->set_adapter("phones");
  ASSERT_TRUE(first->Write(hello));
  routing::v1::RouteContactsResponse response;
  ASSERT_TRUE(first->Read(&response));
  auto second_context = Adapter();
  auto second = routing().RouteContacts(second_context.get());
  ASSERT_TRUE(second->Write(hello));
  ASSERT_TRUE(second->Read(&response));
  while (first->Read(&response)) {
  }
  EXPECT_EQ(ReasonOf(first->Finish()), "TAKEN_OVER");
  second_context->TryCancel();
  second->Finish();
}

TEST_F(RoutingTest, AStreamSpeaksForTheTokensSubjectOnly) {
  auto context = Adapter();
  auto stream = routing().RouteContacts(context.get());
  routing::v1::RouteContactsRequest hello;
  hello.mutable_hello()->set_adapter("mail");
  stream->Write(hello);
  routing::v1::RouteContactsResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(ReasonOf(stream->Finish()), "NOT_YOUR_NAME");
}

TEST_F(RoutingTest, RefusalsNameTheThing) {
  routing::v1::SubmitContactRequest request;
  routing::v1::SubmitContactResponse response;
  EXPECT_EQ(ReasonOf(routing().SubmitContact(Adapter().get(), request, &response)),
            "MISSING_CHANNEL");
  request.set_channel(type::v1::CHANNEL_CHAT);
  request.set_queue("nowhere");
  EXPECT_EQ(ReasonOf(routing().SubmitContact(Adapter().get(), request, &response)),
            "UNKNOWN_QUEUE");
  request.set_queue("support");
  request.set_requirement("juggling > 3");
  EXPECT_EQ(ReasonOf(routing().SubmitContact(Adapter().get(), request, &response)),
            "BAD_REQUIREMENT");
  routing::v1::GetContactRequest get;
  routing::v1::GetContactResponse got;
  get.set_contact_id("c404");
  EXPECT_EQ(ReasonOf(routing().GetContact(Adapter().get(), get, &got)), "UNKNOWN_CONTACT");
  get.set_contact_id("404");
  EXPECT_EQ(ReasonOf(routing().GetContact(Adapter().get(), get, &got)), "BAD_CONTACT_ID");
  EXPECT_EQ(
      ReasonOf(routing().GetContact(As(io::Role::kAdapter, "phones", "other").get(), get, &got)),
      "UNKNOWN_DOMAIN");
}

}  // namespace
}  // namespace usher
