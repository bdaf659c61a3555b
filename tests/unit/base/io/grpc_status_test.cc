// SPDX-License-Identifier: Apache-2.0
#include "base/io/grpc_status.h"

#include <gtest/gtest.h>

#include "tests/unit/base/io/status_mirror.pb.h"
#include "usher/type/v1/error.pb.h"

namespace usher::io {
namespace {

const Error kError{Code::kFailedPrecondition, "NO_ROOM", "agent ann has no room on chat",
                   "Wait until a chat has ended — 请稍候."};

TEST(GrpcStatusTest, GoesThereAndBack) {
  const auto back = FromGrpcStatus(ToGrpcStatus(kError));
  EXPECT_EQ(back.code, kError.code);
  EXPECT_EQ(back.reason, kError.reason);
  EXPECT_EQ(back.message, kError.message);
  EXPECT_EQ(back.next_step, kError.next_step);
}

// The mirror has the fields of google.rpc.Status.
TEST(GrpcStatusTest, TheDetailsAreAGoogleRpcStatusWithOneErrorDetail) {
  const auto status = ToGrpcStatus(kError);
  test::v1::StatusMirror mirror;
  ASSERT_TRUE(mirror.ParseFromString(status.error_details()));
  EXPECT_EQ(mirror.code(), status.error_code());
  EXPECT_EQ(mirror.message(), kError.message);
  ASSERT_EQ(mirror.details_size(), 1);
  EXPECT_EQ(mirror.details(0).type_url(), "type.googleapis.com/usher.type.v1.ErrorDetail");
  type::v1::ErrorDetail detail;
  ASSERT_TRUE(detail.ParseFromString(mirror.details(0).value()));
  EXPECT_EQ(detail.reason(), kError.reason);
  EXPECT_EQ(detail.next_step(), kError.next_step);
}

TEST(GrpcStatusTest, FindsItsDetailAmongOthersAndUnknownFields) {
  test::v1::StatusMirror mirror;
  mirror.set_code(5);
  mirror.add_details()->set_type_url("type.googleapis.com/google.rpc.RetryInfo");
  auto* any = mirror.add_details();
  any->set_type_url("type.googleapis.com/usher.type.v1.ErrorDetail");
  type::v1::ErrorDetail detail;
  detail.set_reason("FOUND");
  any->set_value("\x78\x07" + detail.SerializeAsString());  // and field 15, of a later version
  EXPECT_EQ(FromGrpcStatus({grpc::StatusCode::NOT_FOUND, "", mirror.SerializeAsString()}).reason,
            "FOUND");
}

TEST(GrpcStatusTest, AStatusOfGrpcItselfGetsAReason) {
  const auto unavailable = FromGrpcStatus({grpc::StatusCode::UNAVAILABLE, "connection refused"});
  EXPECT_EQ(unavailable.code, Code::kUnavailable);
  EXPECT_EQ(unavailable.reason, "RPC_UNAVAILABLE");
  EXPECT_FALSE(unavailable.next_step.empty());
  EXPECT_EQ(FromGrpcStatus({grpc::StatusCode::CANCELLED, ""}).code, Code::kAborted);
  EXPECT_EQ(FromGrpcStatus({grpc::StatusCode::UNIMPLEMENTED, ""}).code, Code::kInternal);
  EXPECT_EQ(FromGrpcStatus({grpc::StatusCode::OUT_OF_RANGE, ""}).code, Code::kInvalidArgument);
  EXPECT_EQ(FromGrpcStatus({static_cast<grpc::StatusCode>(99), ""}).reason, "RPC_UNKNOWN");
}

TEST(GrpcStatusTest, BrokenDetailsAreNoDetails) {
  for (const std::string& bytes :
       {std::string("\xff\xff\xff"), std::string("\x1a\x7f"), std::string(1'000, '\x1a')})
    EXPECT_EQ(FromGrpcStatus({grpc::StatusCode::INTERNAL, "", bytes}).reason, "RPC_INTERNAL");
}

TEST(GrpcStatusTest, CutsLongTextBetweenCharacters) {
  Error error = kError;
  error.message = std::string(1'023, 'x') + "é";
  EXPECT_EQ(ToGrpcStatus(error).error_message(), std::string(1'023, 'x'));
  error.message = std::string(1'022, 'x') + "é" + std::string(9'000, 'y');
  EXPECT_EQ(ToGrpcStatus(error).error_message(), std::string(1'022, 'x') + "é");
}

}  // namespace
}  // namespace usher::io
