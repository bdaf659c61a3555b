// SPDX-License-Identifier: Apache-2.0
#include "channels/webhook/customer_event.h"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include "channels/cloudevents/cloud_event.h"

namespace usher::webhook {

namespace {

using cloudevents::CloudEvent;
using context::v1::CustomerEvent;
using google::protobuf::Struct;
using google::protobuf::Value;

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
        return cloudevents::BadCloudEvent("data holds something that cannot be written as JSON");
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
    return cloudevents::BadCloudEvent(
        "subject does not say whose event it is, as in phone:+8613800138000");
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

Result<CustomerEvent> ToEvent(const CloudEvent& event, const std::string& source) {
  CustomerEvent out;
  context::v1::OutsideEvent& outside = *out.mutable_event();
  outside.set_source(source);
  outside.set_event_id(event.id);
  outside.set_type(event.type);
  if (Result<void> read = ReadSubject(event.subject, out); !read.ok()) return read.error();
  if (event.time) *outside.mutable_occurred_at() = *event.time;
  if (Result<void> read = ReadData(event.data, outside); !read.ok()) return read.error();
  if (outside.summary().empty()) outside.set_summary(outside.type());
  return out;
}

}  // namespace

Result<std::vector<CustomerEvent>> ReadCustomerEvents(const io::HttpRequest& request,
                                                      const std::string& source) {
  const Result<std::vector<CloudEvent>> read = cloudevents::ReadCloudEvents(request);
  if (!read.ok()) return read.error();
  std::vector<CustomerEvent> events;
  for (const CloudEvent& one : *read) {
    Result<CustomerEvent> event = ToEvent(one, source);
    if (!event.ok()) return event.error();
    events.push_back(*std::move(event));
  }
  return events;
}

}  // namespace usher::webhook
