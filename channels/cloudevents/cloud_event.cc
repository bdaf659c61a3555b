// SPDX-License-Identifier: Apache-2.0
#include "channels/cloudevents/cloud_event.h"

#include <string_view>
#include <utility>

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/time_util.h>

#include "base/check.h"

namespace usher::cloudevents {

namespace {

using google::protobuf::ListValue;
using google::protobuf::Struct;
using google::protobuf::Value;

constexpr std::string_view kStructured = kContentType;
constexpr std::string_view kBatched = "application/cloudevents-batch+json";

std::string_view MediaType(std::string_view header) {
  const std::string_view type = header.substr(0, header.find(';'));
  const std::size_t end = type.find_last_not_of(' ');
  return end == std::string_view::npos ? std::string_view() : type.substr(0, end + 1);
}

std::string TextOf(const Struct& event, const std::string& key) {
  const auto found = event.fields().find(key);
  if (found == event.fields().end()) return {};
  return found->second.kind_case() == Value::kStringValue ? found->second.string_value() : "";
}

template <class Message>
Result<Message> ReadJson(const std::string& body) {
  Message message;
  if (!google::protobuf::util::JsonStringToMessage(body, &message).ok()) {
    return BadCloudEvent("the body is not the JSON that its content type says");
  }
  return message;
}

// Binary: what is not data stands in the headers.
Result<Struct> ReadBinary(const io::HttpRequest& request) {
  Struct event;
  for (const char* key : {"specversion", "id", "type", "subject", "time"}) {
    const std::string_view text = request.Header(std::string("ce-") + key);
    const auto decoded = io::PercentDecode(text);
    if (!decoded)
      return BadCloudEvent(std::string("header ce-") + key + " is not percent-encoded well");
    if (!decoded->empty()) (*event.mutable_fields())[key].set_string_value(*decoded);
  }
  if (request.body.empty()) return event;
  Result<Struct> data = ReadJson<Struct>(request.body);
  if (!data.ok()) return data.error();
  *(*event.mutable_fields())["data"].mutable_struct_value() = *std::move(data);
  return event;
}

Result<std::vector<Struct>> ReadStructs(const io::HttpRequest& request) {
  const std::string_view type = MediaType(request.Header("content-type"));
  if (type == kBatched) {
    Result<ListValue> list = ReadJson<ListValue>(request.body);
    if (!list.ok()) return list.error();
    if (list->values_size() > kEventsMax) {
      return Error{Code::kInvalidArgument, "TOO_MANY_EVENTS",
                   "the batch holds " + std::to_string(list->values_size()) + " events",
                   "send at most " + std::to_string(kEventsMax) + " at a time"};
    }
    std::vector<Struct> events;
    for (const Value& value : list->values()) {
      if (value.kind_case() != Value::kStructValue)
        return BadCloudEvent("the batch holds no object");
      events.push_back(value.struct_value());
    }
    return events;
  }
  if (type == kStructured) {
    Result<Struct> event = ReadJson<Struct>(request.body);
    if (!event.ok()) return event.error();
    return std::vector<Struct>{*std::move(event)};
  }
  if (type == "application/json" && !request.Header("ce-id").empty()) {
    Result<Struct> event = ReadBinary(request);
    if (!event.ok()) return event.error();
    return std::vector<Struct>{*std::move(event)};
  }
  return Error{Code::kInvalidArgument, "BAD_CONTENT_TYPE", "the request holds no CloudEvent",
               "send application/cloudevents+json, or JSON with ce- headers"};
}

Result<CloudEvent> ToEvent(const Struct& event) {
  if (TextOf(event, "specversion") != "1.0") return BadCloudEvent("specversion is not \"1.0\"");
  CloudEvent out;
  out.id = TextOf(event, "id");
  out.type = TextOf(event, "type");
  out.subject = TextOf(event, "subject");
  if (out.id.empty()) return BadCloudEvent("id is missing");
  if (out.type.empty()) return BadCloudEvent("type is missing");
  const std::string time = TextOf(event, "time");
  if (!time.empty() && !google::protobuf::util::TimeUtil::FromString(time, &out.time.emplace())) {
    return BadCloudEvent("time is not as RFC 3339 has it: " + time.substr(0, 64));
  }
  const auto data = event.fields().find("data");
  if (data == event.fields().end()) return out;
  if (data->second.kind_case() != Value::kStructValue) {
    return BadCloudEvent("data is not an object");
  }
  out.data = data->second.struct_value();
  return out;
}

}  // namespace

Error BadCloudEvent(std::string what) {
  return {Code::kInvalidArgument, "BAD_CLOUD_EVENT", std::move(what),
          "send CloudEvents 1.0; docs/integrate/webhooks.md has an example"};
}

std::string CloudEvent::Text(const std::string& key) const { return TextOf(data, key); }

Result<std::vector<CloudEvent>> ReadCloudEvents(const io::HttpRequest& request) {
  const Result<std::vector<Struct>> structs = ReadStructs(request);
  if (!structs.ok()) return structs.error();
  if (structs->empty()) return BadCloudEvent("the batch is empty");
  std::vector<CloudEvent> events;
  for (const Struct& one : *structs) {
    Result<CloudEvent> event = ToEvent(one);
    if (!event.ok()) return event.error();
    events.push_back(*std::move(event));
  }
  return events;
}

std::string WriteCloudEvent(const CloudEvent& event, const std::string& source) {
  Struct out;
  auto& fields = *out.mutable_fields();
  fields["specversion"].set_string_value("1.0");
  fields["id"].set_string_value(event.id);
  fields["type"].set_string_value(event.type);
  fields["source"].set_string_value(source);
  if (!event.subject.empty()) fields["subject"].set_string_value(event.subject);
  if (event.time) {
    fields["time"].set_string_value(google::protobuf::util::TimeUtil::ToString(*event.time));
  }
  *fields["data"].mutable_struct_value() = event.data;
  std::string json;
  const auto written = google::protobuf::util::MessageToJsonString(out, &json);
  USHER_CHECK(written.ok(), "an event of ours is no JSON");
  return json;
}

}  // namespace usher::cloudevents
