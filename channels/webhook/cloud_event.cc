// SPDX-License-Identifier: Apache-2.0
#include "channels/webhook/cloud_event.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/time_util.h>

namespace usher::webhook {

namespace {

using context::v1::CustomerEvent;
using google::protobuf::ListValue;
using google::protobuf::Struct;
using google::protobuf::Value;

constexpr std::string_view kStructured = "application/cloudevents+json";
constexpr std::string_view kBatched = "application/cloudevents-batch+json";

Error Bad(std::string what) {
  return {Code::kInvalidArgument, "BAD_CLOUD_EVENT", std::move(what),
          "send CloudEvents 1.0; docs/integrate/webhooks.md has an example"};
}

std::string_view MediaType(std::string_view header) {
  const std::string_view type = header.substr(0, header.find(';'));
  const std::size_t end = type.find_last_not_of(' ');
  return end == std::string_view::npos ? std::string_view() : type.substr(0, end + 1);
}

std::string TextOf(const Struct& event, const char* key) {
  const auto found = event.fields().find(key);
  if (found == event.fields().end()) return {};
  return found->second.kind_case() == Value::kStringValue ? found->second.string_value() : "";
}

// As people write it: no fraction where there is none.
std::string NumberText(double number) {
  constexpr double kExact = 9'007'199'254'740'992.0;  // 2^53
  if (number == std::floor(number) && std::abs(number) < kExact) {
    return std::to_string(static_cast<std::int64_t>(number));
  }
  std::array<char, 32> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number);
  return {text.data(), error == std::errc{} ? end : text.data()};
}

Result<std::string> FactText(const Value& value) {
  switch (value.kind_case()) {
    case Value::kStringValue:
      return value.string_value();
    case Value::kNumberValue:
      return NumberText(value.number_value());
    case Value::kBoolValue:
      return std::string(value.bool_value() ? "true" : "false");
    case Value::kStructValue:
    case Value::kListValue: {
      std::string json;
      if (!google::protobuf::util::MessageToJsonString(value, &json).ok()) {
        return Bad("data holds something that cannot be written as JSON");
      }
      return json;
    }
    default:
      return std::string();
  }
}

Result<void> ReadSubject(const std::string& subject, CustomerEvent& out) {
  const std::size_t colon = subject.find(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == subject.size()) {
    return Bad("subject does not say whose event it is, as in phone:+8613800138000");
  }
  const std::string kind = subject.substr(0, colon);
  std::string value = subject.substr(colon + 1);
  if (kind == "customer") {
    out.set_customer_id(std::move(value));
  } else {
    out.mutable_identity()->set_kind(kind);
    out.mutable_identity()->set_value(std::move(value));
  }
  return {};
}

Result<void> ReadData(const Struct& data, context::v1::OutsideEvent& out) {
  for (const auto& [key, value] : data.fields()) {
    Result<std::string> text = FactText(value);
    if (!text.ok()) return text.error();
    if (key == "summary") {
      out.set_summary(*std::move(text));
    } else if (key == "reference") {
      out.set_reference(*std::move(text));
    } else if (key == "url") {
      out.set_url(*std::move(text));
    } else if (!text->empty()) {
      (*out.mutable_data())[key] = *std::move(text);
    }
  }
  return {};
}

Result<CustomerEvent> ToEvent(const Struct& event, const std::string& source) {
  if (TextOf(event, "specversion") != "1.0") return Bad("specversion is not \"1.0\"");
  CustomerEvent out;
  context::v1::OutsideEvent& outside = *out.mutable_event();
  outside.set_source(source);
  outside.set_event_id(TextOf(event, "id"));
  outside.set_type(TextOf(event, "type"));
  if (outside.event_id().empty()) return Bad("id is missing");
  if (outside.type().empty()) return Bad("type is missing");
  if (Result<void> read = ReadSubject(TextOf(event, "subject"), out); !read.ok()) {
    return read.error();
  }
  const std::string time = TextOf(event, "time");
  if (!time.empty() &&
      !google::protobuf::util::TimeUtil::FromString(time, outside.mutable_occurred_at())) {
    return Bad("time is not as RFC 3339 has it: " + time.substr(0, 64));
  }
  const auto data = event.fields().find("data");
  if (data != event.fields().end()) {
    if (data->second.kind_case() != Value::kStructValue) return Bad("data is not an object");
    if (Result<void> read = ReadData(data->second.struct_value(), outside); !read.ok()) {
      return read.error();
    }
  }
  if (outside.summary().empty()) outside.set_summary(outside.type());
  return out;
}

template <class Message>
Result<Message> ReadJson(const std::string& body) {
  Message message;
  if (!google::protobuf::util::JsonStringToMessage(body, &message).ok()) {
    return Bad("the body is not the JSON that its content type says");
  }
  return message;
}

// Binary: what is not data stands in the headers.
Result<Struct> ReadBinary(const io::HttpRequest& request) {
  Struct event;
  for (const char* key : {"specversion", "id", "type", "subject", "time"}) {
    const std::string_view text = request.Header(std::string("ce-") + key);
    const auto decoded = io::PercentDecode(text);
    if (!decoded) return Bad(std::string("header ce-") + key + " is not percent-encoded well");
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
      if (value.kind_case() != Value::kStructValue) return Bad("the batch holds no object");
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

}  // namespace

Result<std::vector<CustomerEvent>> ReadCloudEvents(const io::HttpRequest& request,
                                                   const std::string& source) {
  const Result<std::vector<Struct>> structs = ReadStructs(request);
  if (!structs.ok()) return structs.error();
  if (structs->empty()) return Bad("the batch is empty");
  std::vector<CustomerEvent> events;
  for (const Struct& one : *structs) {
    Result<CustomerEvent> event = ToEvent(one, source);
    if (!event.ok()) return event.error();
    events.push_back(*std::move(event));
  }
  return events;
}

}  // namespace usher::webhook
