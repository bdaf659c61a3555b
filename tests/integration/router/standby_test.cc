// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "router/service/adapter_standbys.h"
#include "tests/integration/router/router_fixture.h"

// Several streams of one adapter's name, of which one works and the others stand by.

namespace usher {
namespace {

using routing::v1::RouteContactsRequest;
using routing::v1::RouteContactsResponse;

// One process's stream. Ends without a word.
class Line {
 public:
  Line(routing::v1::RoutingService::Stub& routing, std::unique_ptr<grpc::ClientContext> context,
       bool standby)
      : context_(std::move(context)), stream_(routing.RouteContacts(context_.get())) {
    RouteContactsRequest hello;
    hello.mutable_hello()->set_adapter("phones");
    hello.mutable_hello()->set_standby(standby);
    stream_->Write(hello);
  }
  ~Line() {
    context_->TryCancel();
    if (!finished_) stream_->Finish();
  }

  bool StandsBy() { return Read() && message_.standing_by() && !message_.has_welcome(); }
  bool IsWelcomed() {
    while (Read()) {
      if (message_.has_welcome()) return true;
    }
    return false;
  }
  const RouteContactsResponse& message() const { return message_; }
  // True once the contact is the router's.
  bool Submits(const std::string& external_id) {
    RouteContactsRequest request;
    routing::v1::SubmitContactRequest& submit = *request.add_commands()->mutable_submit();
    submit.set_channel(type::v1::CHANNEL_CHAT);
    submit.set_queue("support");
    submit.set_external_id(external_id);
    if (!stream_->Write(request)) return false;
    while (Read()) {
      if (message_.results_size() > 0) return message_.results(0).code() == 0;
    }
    return false;
  }
  // Why it ended; blocks until it has.
  grpc::Status End() {
    while (Read()) {
    }
    finished_ = true;
    return stream_->Finish();
  }

 private:
  bool Read() { return stream_->Read(&message_); }

  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReaderWriter<RouteContactsRequest, RouteContactsResponse>> stream_;
  RouteContactsResponse message_;
  bool finished_ = false;
};

class StandbyTest : public RouterTest {
 protected:
  StandbyTest() { ApplyDomain(); }
  std::unique_ptr<Line> Open(bool standby = true) {
    return std::make_unique<Line>(routing(), Adapter(), standby);
  }
};

TEST_F(StandbyTest, TheFirstWorksAndTheSecondIsToldToStandBy) {
  const auto first = Open();
  ASSERT_TRUE(first->IsWelcomed());
  const auto second = Open();
  EXPECT_TRUE(second->StandsBy());
  EXPECT_TRUE(first->Submits("one")) << "the first one is not disturbed";
}

TEST_F(StandbyTest, WhoStandsByGoesOnWhereTheFirstOneEnds) {
  auto first = Open();
  ASSERT_TRUE(first->IsWelcomed());
  const auto second = Open();
  ASSERT_TRUE(second->StandsBy());
  ASSERT_TRUE(first->Submits("one"));
  first.reset();
  ASSERT_TRUE(second->IsWelcomed());
  ASSERT_EQ(second->message().welcome().contacts_size(), 1);
  EXPECT_EQ(second->message().welcome().contacts(0).external_id(), "one");
  EXPECT_TRUE(second->Submits("two"));
}

TEST_F(StandbyTest, WhoCameFirstIsNext) {
  auto first = Open();
  ASSERT_TRUE(first->IsWelcomed());
  auto second = Open();
  ASSERT_TRUE(second->StandsBy());
  const auto third = Open();
  ASSERT_TRUE(third->StandsBy());
  first.reset();
  ASSERT_TRUE(second->IsWelcomed());
  second.reset();
  EXPECT_TRUE(third->IsWelcomed());
}

TEST_F(StandbyTest, OneThatLeavesWhileItStandsByIsPassedOver) {
  auto first = Open();
  ASSERT_TRUE(first->IsWelcomed());
  auto second = Open();
  ASSERT_TRUE(second->StandsBy());
  const auto third = Open();
  ASSERT_TRUE(third->StandsBy());
  second.reset();
  first.reset();
  EXPECT_TRUE(third->IsWelcomed());
}

TEST_F(StandbyTest, AStreamThatDoesNotStandByTakesOver) {
  const auto first = Open();
  ASSERT_TRUE(first->IsWelcomed());
  const auto standby = Open();
  ASSERT_TRUE(standby->StandsBy());
  auto second = Open(false);
  ASSERT_TRUE(second->IsWelcomed());
  EXPECT_EQ(ReasonOf(first->End()), "TAKEN_OVER");
  EXPECT_TRUE(second->Submits("one"));
  second.reset();
  EXPECT_TRUE(standby->IsWelcomed()) << "it is next all the same";
}

TEST_F(StandbyTest, SoManyStandByAndNoMore) {
  auto first = Open();
  ASSERT_TRUE(first->IsWelcomed());
  std::vector<std::unique_ptr<Line>> waiting;
  for (std::size_t i = 0; i < service::AdapterStandbys::kStandbysMax; ++i) {
    waiting.push_back(Open());
    ASSERT_TRUE(waiting.back()->StandsBy());
  }
  const grpc::Status refused = Open()->End();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(refused), "TOO_MANY_STAND_BY");
  first.reset();
  EXPECT_TRUE(waiting.front()->IsWelcomed());
}

TEST_F(StandbyTest, WhoStandsByMayNotCommand) {
  const auto first = Open();
  ASSERT_TRUE(first->IsWelcomed());
  const auto second = Open();
  ASSERT_TRUE(second->StandsBy());
  EXPECT_FALSE(second->Submits("one"));
  const grpc::Status refused = second->End();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(refused), "STANDS_BY");
  EXPECT_TRUE(first->Submits("two"));
}

TEST_F(StandbyTest, AfterARestartOfTheRouterExactlyOneWorks) {
  const auto first = Open();
  ASSERT_TRUE(first->IsWelcomed());
  const auto second = Open();
  ASSERT_TRUE(second->StandsBy());
  Restart();
  EXPECT_FALSE(first->End().ok());
  EXPECT_FALSE(second->End().ok()) << "it did not take over a domain that is led by nobody";
  UntilLed();
  const auto second_again = Open();
  EXPECT_TRUE(second_again->IsWelcomed());
  const auto first_again = Open();
  EXPECT_TRUE(first_again->StandsBy());
}

}  // namespace
}  // namespace usher
