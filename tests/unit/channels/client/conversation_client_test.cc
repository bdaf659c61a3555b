// SPDX-License-Identifier: Apache-2.0
#include "channels/client/conversation_client.h"

#include <grpcpp/channel.h>
#include <gtest/gtest.h>

#include "base/io/conversation_cursor.h"
#include "base/io/grpc_channel.h"
#include "tests/support/inbox.h"
#include "tests/support/scripted_router.h"

namespace usher::channels {
namespace {

using context::v1::Author;
using context::v1::ConversationEvent;
using context::v1::ListMessagesResponse;
using context::v1::Message;
using testing::Inbox;
using testing::ScriptedRouter;

class ConversationClientTest : public ::testing::Test {
 protected:
  ConversationClientTest()
      : road_(
            loop_,
            {io::OpenChannel({.address = router_.address(), .reconnect_wait_max = Duration{200}})}),
        client_(MakeConversationClient(
            loop_, road_, [] { return std::string("secret"); },
            {.on_event = [this](const ConversationEvent& event) { events_.Push(event); }})) {
    loop_.Start("adapter");
    loop_.Call([this] { client_->Start(); });
  }
  ~ConversationClientTest() override {
    loop_.Call([this] { client_->Stop(); });
    router_.Stop();
    loop_.Stop(Duration{2'000});
  }

  void Watch(std::uint64_t after) {
    loop_.Call([&] { client_->Watch("c1", after); });
  }
  void Append(const std::string& client_id) {
    Message message;
    message.set_contact_id("c1");
    message.set_client_id(client_id);
    message.set_text(client_id);
    loop_.Call([&] {
      client_->Append(message,
                      [this](Result<Message> result) { appended_.Push(std::move(result)); });
    });
  }
  std::vector<std::uint64_t> MessageIds() const {
    std::vector<std::uint64_t> ids;
    for (const ConversationEvent& event : events_.all()) {
      if (event.has_message()) ids.push_back(event.message().id());
    }
    return ids;
  }

  ScriptedRouter router_;
  io::EventLoop loop_;
  Inbox<ConversationEvent> events_;
  Inbox<Result<Message>> appended_;
  io::LeaderChannel road_;
  std::unique_ptr<ConversationClient> client_;
};

TEST_F(ConversationClientTest, TellsWhatWasSaidBeforeAndWhatIsSaidNow) {
  router_.Say("c1", Author::SIDE_AGENT, "before");
  Watch(0);
  ASSERT_TRUE(events_.AwaitCount(1));
  Append("now");
  ASSERT_TRUE(events_.AwaitCount(2));
  EXPECT_EQ(MessageIds(), (std::vector<std::uint64_t>{1, 2}));
  const auto appended = appended_.Next();
  ASSERT_TRUE(appended && appended->ok());
  EXPECT_EQ((*appended)->id(), 2U);
}

TEST_F(ConversationClientTest, GoesOnAfterTheLastMessageWhenTheRouterComesBack) {
  Watch(0);
  router_.Say("c1", Author::SIDE_AGENT, "one");
  ASSERT_TRUE(events_.AwaitCount(1));
  router_.Stop();
  router_.Say("c1", Author::SIDE_AGENT, "two");
  Append("three");
  router_.Restart();
  ASSERT_TRUE(events_.AwaitCount(3));
  EXPECT_EQ(MessageIds(), (std::vector<std::uint64_t>{1, 2, 3}));
  ASSERT_TRUE(appended_.AwaitCount(1));
}

TEST_F(ConversationClientTest, TellsNothingOfWhatItFollowsNoLonger) {
  Watch(0);
  router_.Say("c1", Author::SIDE_AGENT, "one");
  ASSERT_TRUE(events_.AwaitCount(1));
  loop_.Call([&] { client_->Unwatch("c1"); });
  Append("two");
  ASSERT_TRUE(appended_.AwaitCount(1));  // answered behind whatever would have been told
  EXPECT_EQ(events_.all().size(), 1U);
}

TEST_F(ConversationClientTest, KeepsTheOrderWhenAnAppendHasToBeSentAgain) {
  router_.With([](ScriptedRouter::State& state) { state.unavailable_appends = 1; });
  Append("one");
  Append("two");
  ASSERT_TRUE(appended_.AwaitCount(2));
  router_.With([](ScriptedRouter::State& state) {
    ASSERT_EQ(state.conversations["c1"].size(), 2U);
    EXPECT_EQ(state.conversations["c1"][0].text(), "one");
    EXPECT_EQ(state.conversations["c1"][1].text(), "two");
  });
}

using Cursor = io::ConversationCursor<Message, ListMessagesResponse>;

Message Numbered(std::uint64_t id) {
  Message message;
  message.set_id(id);
  return message;
}

struct CursorTest : ::testing::Test {
  Cursor::Hooks Hooks() {
    return {.read =
                [this](std::uint64_t after, Cursor::PageDone done) {
                  asked.push_back(after);
                  answer = std::move(done);
                },
            .deliver = [this](const Message& message) { delivered.push_back(message.id()); }};
  }
  static ListMessagesResponse Page(std::uint64_t from, std::uint64_t to, bool more) {
    ListMessagesResponse page;
    for (std::uint64_t id = from; id <= to; ++id) *page.add_messages() = Numbered(id);
    page.set_more(more);
    return page;
  }
  std::vector<std::uint64_t> asked;
  std::vector<std::uint64_t> delivered;
  Cursor::PageDone answer;
};

TEST_F(CursorTest, PassesLiveMessagesOnOnceEach) {
  Cursor cursor(0, Hooks());
  cursor.OnLive(Numbered(1));
  cursor.OnLive(Numbered(1));
  cursor.OnLive(Numbered(2));
  EXPECT_EQ(delivered, (std::vector<std::uint64_t>{1, 2}));
  EXPECT_TRUE(asked.empty());
}

TEST_F(CursorTest, ReadsWhatIsMissingBeforeItGoesOn) {
  Cursor cursor(0, Hooks());
  cursor.OnLive(Numbered(3));
  EXPECT_TRUE(delivered.empty());
  ASSERT_EQ(asked, (std::vector<std::uint64_t>{0}));
  Cursor::PageDone first = std::move(answer);
  first(Page(1, 2, true));
  ASSERT_EQ(asked, (std::vector<std::uint64_t>{0, 2}));
  Cursor::PageDone second = std::move(answer);
  second(Page(3, 3, false));
  EXPECT_EQ(delivered, (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST_F(CursorTest, PassesAMessageOnBehindOnesThatItsReaderDoesNotGet) {
  Cursor cursor(0, Hooks());
  cursor.OnLive(Numbered(1));
  Message behind_hidden = Numbered(4);
  behind_hidden.set_hidden_before(2);
  cursor.OnLive(behind_hidden);
  EXPECT_EQ(delivered, (std::vector<std::uint64_t>{1, 4}));
  EXPECT_TRUE(asked.empty());
  Message behind_a_loss = Numbered(7);
  behind_a_loss.set_hidden_before(1);
  cursor.OnLive(behind_a_loss);
  EXPECT_EQ(delivered, (std::vector<std::uint64_t>{1, 4}));
  EXPECT_EQ(asked, (std::vector<std::uint64_t>{4}));
}

TEST_F(CursorTest, DropsAPageThatComesAfterItsEnd) {
  auto cursor = std::make_unique<Cursor>(0, Hooks());
  cursor->CatchUp();
  cursor.reset();
  answer(Page(1, 2, false));
  EXPECT_TRUE(delivered.empty());
}

}  // namespace
}  // namespace usher::channels
