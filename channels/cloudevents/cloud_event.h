// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include "base/io/http_message.h"
#include "base/result.h"

// CloudEvents 1.0 over HTTP, as other systems send them and are sent them.
namespace usher::cloudevents {

inline constexpr int kEventsMax = 200;  // of one request

struct CloudEvent {
  std::string id{};
  std::string type{};
  std::string subject{};
  std::optional<google::protobuf::Timestamp> time{};
  google::protobuf::Struct data{};

  // A text of `data`, or "" where there is none of that name.
  std::string Text(const std::string& key) const;
};

// The events of a request, at least one, in any of the three ways: structured
// (`application/cloudevents+json`), batched (`application/cloudevents-batch+json`) or binary
// (attributes as `ce-` headers, `data` as the JSON body). `id` and `type` are there; what an event
// calls its `source` is left out, for only a signature says who sent it.
//
// INVALID_ARGUMENT: BAD_CONTENT_TYPE, BAD_CLOUD_EVENT with what is wrong, TOO_MANY_EVENTS.
Result<std::vector<CloudEvent>> ReadCloudEvents(const io::HttpRequest& request);

// One event as a structured body.
std::string WriteCloudEvent(const CloudEvent& event, const std::string& source);
inline constexpr char kContentType[] = "application/cloudevents+json";

Error BadCloudEvent(std::string what);

}  // namespace usher::cloudevents
