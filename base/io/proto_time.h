// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include "base/time.h"

namespace usher::io {

// Between our integer milliseconds and protobuf's times. What is finer than a millisecond is cut
// towards the past.

inline google::protobuf::Duration ToProto(Duration span) {
  google::protobuf::Duration proto;
  proto.set_seconds(span.count() / 1'000);
  proto.set_nanos(static_cast<std::int32_t>(span.count() % 1'000) * 1'000'000);
  return proto;
}

inline google::protobuf::Timestamp ToProto(Instant instant) {
  const std::int64_t ms = ToUnixMs(instant);
  const std::int64_t rest = ((ms % 1'000) + 1'000) % 1'000;
  google::protobuf::Timestamp proto;
  proto.set_seconds((ms - rest) / 1'000);
  proto.set_nanos(static_cast<std::int32_t>(rest) * 1'000'000);
  return proto;
}

}  // namespace usher::io
