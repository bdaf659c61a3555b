// SPDX-License-Identifier: Apache-2.0
#include "router/service/wire.h"

#include <string>

#include <gtest/gtest.h>

namespace usher::service {
namespace {

TEST(WireTest, InstantsAndSpansKeepTheirMilliseconds) {
  for (const std::int64_t ms : {0L, 1L, 999L, 1'764'000'000'123L}) {
    EXPECT_EQ(ToUnixMs(*ParseTimestamp(ToTimestamp(InstantFromUnixMs(ms)), "at")), ms);
    EXPECT_EQ(ParseDuration(ToProtoDuration(Duration{ms % 1'000'000}), "span")->count(),
              ms % 1'000'000);
  }
}

TEST(WireTest, RefusesTimesThatAreNone) {
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(-1);
  EXPECT_EQ(ParseTimestamp(timestamp, "due").error().reason, "BAD_TIMESTAMP");
  timestamp.set_seconds(INT64_MAX);
  EXPECT_EQ(ParseTimestamp(timestamp, "due").error().reason, "BAD_TIMESTAMP");
  google::protobuf::Duration duration;
  duration.set_nanos(1'000'000'000);
  EXPECT_EQ(ParseDuration(duration, "head_start").error().reason, "BAD_DURATION");
  duration.set_nanos(-1);
  EXPECT_EQ(ParseDuration(duration, "head_start").error().reason, "BAD_DURATION");
}

TEST(WireTest, ChannelsAreTheSameOnBothSides) {
  for (const engine::Channel channel : engine::kChannels) {
    EXPECT_EQ(*ParseChannel(ToProto(channel)), channel);
  }
  EXPECT_EQ(ParseChannel(type::v1::CHANNEL_UNSPECIFIED).error().reason, "MISSING_CHANNEL");
}

class ParseSubmitTest : public testing::Test {
 protected:
  ParseSubmitTest() {
    request_.set_channel(type::v1::CHANNEL_CHAT);
    request_.set_queue("support");
  }
  std::string Reason() const {
    const auto submit = ParseSubmit(request_, "chat");
    return submit.ok() ? "OK" : submit.error().reason;
  }
  routing::v1::SubmitContactRequest request_;
};

TEST_F(ParseSubmitTest, TakesTextsUpToTheirBoundsAndNoFurther) {
  request_.set_subject(std::string(256, 's'));
  request_.set_external_id(std::string(128, 'e'));
  EXPECT_EQ(Reason(), "OK");
  request_.set_subject(std::string(257, 's'));
  EXPECT_EQ(Reason(), "TOO_LONG");
  request_.clear_subject();
  request_.set_external_id(std::string(129, 'e'));
  EXPECT_EQ(Reason(), "TOO_LONG");
}

TEST_F(ParseSubmitTest, BoundsAttributes) {
  for (int i = 0; i < 64; ++i) (*request_.mutable_attributes())["k" + std::to_string(i)] = "v";
  EXPECT_EQ(Reason(), "OK");
  (*request_.mutable_attributes())["one-too-many"] = "v";
  EXPECT_EQ(Reason(), "TOO_MANY_ATTRIBUTES");
}

TEST_F(ParseSubmitTest, KeepsAbsentApartFromZero) {
  EXPECT_FALSE(ParseSubmit(request_, "chat")->prefer_for.has_value());
  request_.mutable_prefer_for();
  EXPECT_EQ(ParseSubmit(request_, "chat")->prefer_for, Duration{0});
  EXPECT_FALSE(ParseSubmit(request_, "chat")->max_tier.has_value());
  request_.set_max_tier(0);
  EXPECT_EQ(ParseSubmit(request_, "chat")->max_tier, 0);
}

}  // namespace
}  // namespace usher::service
