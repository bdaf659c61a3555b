// SPDX-License-Identifier: Apache-2.0
#include "channels/telephony_webhook/command_sender.h"

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "channels/cloudevents/signature.h"
#include "tests/support/inbox.h"

namespace usher::telephony_webhook {
namespace {

using cloudevents::CloudEvent;
using Answer = std::function<void(Result<io::HttpResponse>)>;

constexpr Instant kNow = InstantFromUnixMs(1'800'000'000'000);
const std::string kSecret(32, 's');

// A telephone system that answers when the test says so.
class CommandSenderTest : public ::testing::Test {
 protected:
  struct Request {
    io::HttpClientRequest request;
    Answer answer;
  };

  CommandSenderTest() {
    loop_.Start("sender");
    Make(CommandSender::kTriedFor);
  }
  ~CommandSenderTest() override {
    loop_.Call([this] { sender_.reset(); });
    loop_.Stop(Duration{1'000});
  }

  void Make(Duration tried_for) {
    CommandSender::Options options;
    options.url = "http://pbx.example/usher";
    options.secret = kSecret;
    options.backoff = {Duration{2}, Duration{4}};
    options.tried_for = tried_for;
    loop_.Call([&] {
      sender_ = std::make_unique<CommandSender>(
          loop_, options,
          [this](io::HttpClientRequest request, Answer answer) {
            requests_.Push(
                std::make_shared<Request>(Request{std::move(request), std::move(answer)}));
          },
          [] { return kNow; },
          [this](const CloudEvent& command, CommandSender::Outcome outcome) {
            outcomes_.Push(command.id + ' ' + CommandSender::ToWord(outcome));
          });
    });
  }
  void Send(const std::string& call, const std::string& id, const std::string& type = "call.bridge",
            CommandSender::Keep keep = CommandSender::Keep::kEach) {
    loop_.Call([&] {
      CloudEvent command;
      command.id = id;
      command.type = type;
      command.subject = call;
      sender_->Send(std::move(command), keep);
    });
  }
  // The next request, which is answered so.
  std::string Next(int status) {
    const auto next = requests_.Next();
    if (!next) return "nothing was sent";
    io::HttpResponse response;
    response.status = status;
    loop_.Call([&] { (*next)->answer(response); });
    return std::string(*io::FindHeader((*next)->request.headers, "webhook-id"));
  }

  io::EventLoop loop_;
  testing::Inbox<std::shared_ptr<Request>> requests_;
  testing::Inbox<std::string> outcomes_;
  std::unique_ptr<CommandSender> sender_;
};

TEST_F(CommandSenderTest, ACommandIsASignedCloudEvent) {
  Send("call-1", "c1/bridge/1");
  const auto sent = requests_.Next();
  ASSERT_TRUE(sent);
  io::HttpRequest request;
  request.headers = (*sent)->request.headers;
  request.body = (*sent)->request.body;
  EXPECT_EQ((*sent)->request.method, "POST");
  EXPECT_TRUE(cloudevents::CheckSignature(request, {kSecret}, kNow).ok());
  const auto events = cloudevents::ReadCloudEvents(request);
  ASSERT_TRUE(events.ok()) << events.error().message;
  EXPECT_EQ(events->front().type, "call.bridge");
  EXPECT_EQ(events->front().subject, "call-1");
  loop_.Call([&] { (*sent)->answer(io::HttpResponse{.status = 204}); });
  EXPECT_EQ(outcomes_.Next(), "c1/bridge/1 taken");
  loop_.Call([&] { EXPECT_EQ(sender_->calls(), 0U); });
}

TEST_F(CommandSenderTest, CommandsOfACallAreOneAfterTheOtherAndThoseOfOthersMeanwhile) {
  Send("call-1", "a1");
  Send("call-1", "a2");
  Send("call-2", "b1");
  EXPECT_EQ(Next(200), "a1");
  EXPECT_EQ(Next(200), "b1");
  EXPECT_EQ(Next(200), "a2");
}

TEST_F(CommandSenderTest, WhatWasNotTakenIsSentAgainUnderItsId) {
  Send("call-1", "a1");
  Send("call-1", "a2");
  EXPECT_EQ(Next(503), "a1");
  EXPECT_EQ(Next(429), "a1");
  EXPECT_EQ(Next(200), "a1");
  EXPECT_EQ(Next(200), "a2");
  EXPECT_EQ(outcomes_.Next(), "a1 taken");
}

TEST_F(CommandSenderTest, WhatIsRefusedOrTriedForTooLongIsGivenUp) {
  Send("call-1", "a1");
  Send("call-2", "b1");
  EXPECT_EQ(Next(400), "a1");
  EXPECT_EQ(Next(410), "b1");
  EXPECT_EQ(outcomes_.Next(), "a1 given-up");
  EXPECT_EQ(outcomes_.Next(), "b1 unknown-call");
  Make(Duration{0});
  Send("call-3", "c1");
  EXPECT_EQ(Next(503), "c1");
  EXPECT_EQ(outcomes_.Next(), "c1 given-up");
}

TEST_F(CommandSenderTest, OfPlacesOnlyTheNewestWaits) {
  Send("call-1", "a1", "call.announce", CommandSender::Keep::kNewest);
  Send("call-1", "a2", "call.announce", CommandSender::Keep::kNewest);
  Send("call-1", "a3", "call.announce", CommandSender::Keep::kNewest);
  EXPECT_EQ(Next(200), "a1");
  EXPECT_EQ(Next(200), "a3");
}

TEST_F(CommandSenderTest, MoreThanASystemTakesIsGivenUp) {
  for (std::size_t i = 0; i <= CommandSender::kPerCallMax; ++i) {
    Send("call-1", "a" + std::to_string(i));
  }
  EXPECT_EQ(outcomes_.Next(), "a" + std::to_string(CommandSender::kPerCallMax) + " given-up");
}

}  // namespace
}  // namespace usher::telephony_webhook
