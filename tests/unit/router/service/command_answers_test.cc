// SPDX-License-Identifier: Apache-2.0
#include "router/service/command_answers.h"

#include <gtest/gtest.h>

#include "base/io/event_loop.h"
#include "base/io/metrics.h"
#include "usher/routing/v1/routing_service.pb.h"

namespace usher::service {
namespace {

using Answers = CommandAnswers<routing::v1::ContactResult>;

class CommandAnswersTest : public testing::Test {
 protected:
  io::EventLoop loop_;
  io::Metrics metrics_;
  runtime::DomainRuntime runtime_{loop_, metrics_, {}};
  int room_ = 0;
  Intake intake_{runtime_};
  Answers answers_{intake_, {}, {.told = [] {}, .room = [this] { ++room_; }, .note = nullptr}};

  void Answer(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) answers_.AnswerMissingCommand(i);
  }
};

TEST_F(CommandAnswersTest, APeerThatDoesNotReadItsAnswersIsNotReadEither) {
  Answer(Answers::kUnansweredMax - 1);
  EXPECT_TRUE(answers_.MayReadOn());
  Answer(1);
  EXPECT_FALSE(answers_.MayReadOn());
  EXPECT_EQ(room_, 0);
}

TEST_F(CommandAnswersTest, APeerThatHasReadHalfOfThemIsReadOn) {
  Answer(Answers::kUnansweredMax);
  ASSERT_FALSE(answers_.MayReadOn());
  google::protobuf::RepeatedPtrField<routing::v1::ContactResult> results;
  while (answers_.unanswered() >= Answers::kUnansweredMax / 2) {
    EXPECT_EQ(room_, 0);
    results.Clear();
    answers_.Fill(results);
    EXPECT_EQ(results.size(), static_cast<int>(Answers::kPerMessage));
  }
  EXPECT_EQ(room_, 1);
}

}  // namespace
}  // namespace usher::service
