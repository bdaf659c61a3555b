// SPDX-License-Identifier: Apache-2.0
#include "channels/freeswitch/esl_event.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace usher::freeswitch {

namespace json = boost::json;

namespace {

const std::string kNone;

// FreeSWITCH nests three levels at most; a document that nests many more is none of its.
json::value Parse(std::string_view text) {
  json::parse_options options;
  options.max_depth = 16;
  json::error_code failed;
  json::value value = json::parse({text.data(), text.size()}, failed, {}, options);
  return failed ? json::value() : value;
}

}  // namespace

const std::string& EslEvent::Get(std::string_view name) const {
  const auto found = fields.find(name);
  return found == fields.end() ? kNone : found->second;
}

const std::string& EslEvent::Variable(std::string_view name) const {
  return Get("variable_" + std::string(name));
}

std::optional<EslEvent> ParseEslEvent(std::string_view text) {
  const json::value document = Parse(text);
  const json::object* object = document.if_object();
  if (object == nullptr) return std::nullopt;
  EslEvent event;
  for (const auto& entry : *object) {
    const json::string* value = entry.value().if_string();
    if (value == nullptr) continue;
    event.fields.emplace(std::string(entry.key()), std::string(value->data(), value->size()));
  }
  return event;
}

std::optional<std::vector<std::string>> ParseChannels(std::string_view text) {
  const json::value document = Parse(text);
  const json::object* object = document.if_object();
  if (object == nullptr || !object->contains("row_count")) return std::nullopt;
  std::vector<std::string> uuids;
  const json::value* rows = object->if_contains("rows");
  const json::array* list = rows == nullptr ? nullptr : rows->if_array();
  if (list == nullptr) return uuids;
  for (const json::value& row : *list) {
    const json::object* channel = row.if_object();
    const json::value* uuid = channel == nullptr ? nullptr : channel->if_contains("uuid");
    const json::string* value = uuid == nullptr ? nullptr : uuid->if_string();
    if (value != nullptr && !value->empty()) uuids.emplace_back(value->data(), value->size());
  }
  return uuids;
}

}  // namespace usher::freeswitch
