// SPDX-License-Identifier: Apache-2.0
#include "channels/asterisk/ari_event.h"

#include <array>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace usher::asterisk {

namespace json = boost::json;

namespace {

using Kind = AriEvent::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 15> kKinds{{
    {"StasisStart", Kind::kStasisStart},
    {"StasisEnd", Kind::kStasisEnd},
    {"ChannelDestroyed", Kind::kChannelDestroyed},
    {"ChannelHangupRequest", Kind::kHangupRequest},
    {"ChannelStateChange", Kind::kRinging},
    {"Dial", Kind::kRinging},
    {"ChannelDtmfReceived", Kind::kDigit},
    {"ChannelHold", Kind::kHold},
    {"ChannelUnhold", Kind::kUnhold},
    {"ChannelTransfer", Kind::kTransfer},
    {"PlaybackFinished", Kind::kPlaybackFinished},
    {"RecordingFinished", Kind::kRecordingFinished},
    {"RecordingFailed", Kind::kRecordingFailed},
    {"ApplicationReplaced", Kind::kReplaced},
    {"RESTResponse", Kind::kAnswer},
}};

Kind KindOf(std::string_view type) {
  for (const auto& [name, kind] : kKinds) {
    if (name == type) return kind;
  }
  return Kind::kOther;
}

// Asterisk nests a handful of levels; a document that nests more is none of its.
json::value Parse(std::string_view text) {
  json::parse_options options;
  options.max_depth = 32;
  json::error_code failed;
  json::value value = json::parse({text.data(), text.size()}, failed, {}, options);
  return failed ? json::value() : value;
}

const json::object* ObjectOf(const json::value& value) { return value.if_object(); }

const json::object* Part(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  return value == nullptr ? nullptr : value->if_object();
}

std::string Text(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

int Number(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  const std::int64_t* number = value == nullptr ? nullptr : value->if_int64();
  if (number == nullptr || *number < 0 || *number > 1'000'000'000) return 0;
  return static_cast<int>(*number);
}

std::vector<std::string> Texts(const json::object& object, std::string_view key) {
  std::vector<std::string> texts;
  const json::value* value = object.if_contains({key.data(), key.size()});
  const json::array* items = value == nullptr ? nullptr : value->if_array();
  if (items == nullptr) return texts;
  for (const json::value& item : *items) {
    if (const json::string* text = item.if_string()) texts.emplace_back(text->data(), text->size());
  }
  return texts;
}

AriChannel ToChannel(const json::object& object) {
  AriChannel channel;
  channel.id = Text(object, "id");
  channel.name = Text(object, "name");
  channel.state = Text(object, "state");
  if (const json::object* caller = Part(object, "caller")) {
    channel.caller_number = Text(*caller, "number");
    channel.caller_name = Text(*caller, "name");
  }
  if (const json::object* dialplan = Part(object, "dialplan")) {
    channel.dialled = Text(*dialplan, "exten");
    channel.app_name = Text(*dialplan, "app_name");
    channel.app_data = Text(*dialplan, "app_data");
  }
  if (const json::object* variables = Part(object, "channelvars")) {
    for (const auto& entry : *variables) {
      const json::string* text = entry.value().if_string();
      if (text == nullptr || text->empty()) continue;
      channel.variables.emplace(entry.key(), std::string(text->data(), text->size()));
    }
  }
  return channel;
}

void ReadTransfer(const json::object& object, AriEvent& event) {
  const json::object* refer = Part(object, "refer_to");
  const json::object* wanted = refer == nullptr ? nullptr : Part(*refer, "requested_destination");
  if (wanted != nullptr) event.destination = Text(*wanted, "destination");
  const json::object* by = Part(object, "referred_by");
  const json::object* channel = by == nullptr ? nullptr : Part(*by, "source_channel");
  if (channel != nullptr) event.channel = ToChannel(*channel);
}

// A change of state to `Ringing`, or the sound that some telephones send instead.
void ReadRinging(const json::object& object, AriEvent& event) {
  if (const json::object* peer = Part(object, "peer")) event.channel = ToChannel(*peer);
  const bool rings = event.channel.state == "Ringing" || Text(object, "dialstatus") == "PROGRESS";
  if (!rings) event.kind = Kind::kOther;
}

void ReadAnswer(const json::object& object, AriEvent& event) {
  event.request_id = Text(object, "request_id");
  event.status = Number(object, "status_code");
  event.body = Text(object, "message_body");
}

}  // namespace

std::optional<AriEvent> ParseAriEvent(std::string_view text) {
  const json::value document = Parse(text);
  const json::object* object = ObjectOf(document);
  if (object == nullptr) return std::nullopt;
  AriEvent event;
  event.type = Text(*object, "type");
  if (event.type.empty()) return std::nullopt;
  event.kind = KindOf(event.type);
  if (const json::object* channel = Part(*object, "channel")) event.channel = ToChannel(*channel);
  event.arguments = Texts(*object, "args");
  if (const json::object* replaced = Part(*object, "replace_channel")) {
    event.replaces = Text(*replaced, "id");
  }
  event.cause = Number(*object, "cause");
  event.sip_status = Number(*object, "tech_cause");
  event.digit = Text(*object, "digit");
  if (event.kind == Kind::kTransfer) ReadTransfer(*object, event);
  if (event.kind == Kind::kAnswer) ReadAnswer(*object, event);
  if (event.kind == Kind::kRinging) ReadRinging(*object, event);
  if (const json::object* playback = Part(*object, "playback")) event.media = Text(*playback, "id");
  if (const json::object* recording = Part(*object, "recording")) {
    event.media = Text(*recording, "name");
    event.duration_s = Number(*recording, "duration");
  }
  return event;
}

std::vector<AriChannel> ParseAriChannels(std::string_view text) {
  std::vector<AriChannel> channels;
  const json::value document = Parse(text);
  const json::array* list = document.if_array();
  if (list == nullptr) return channels;
  for (const json::value& item : *list) {
    if (const json::object* object = ObjectOf(item)) channels.push_back(ToChannel(*object));
    if (!channels.empty() && channels.back().id.empty()) channels.pop_back();
  }
  return channels;
}

std::vector<AriBridge> ParseAriBridges(std::string_view text) {
  std::vector<AriBridge> bridges;
  const json::value document = Parse(text);
  const json::array* list = document.if_array();
  if (list == nullptr) return bridges;
  for (const json::value& item : *list) {
    const json::object* object = ObjectOf(item);
    if (object == nullptr || Text(*object, "id").empty()) continue;
    bridges.push_back({Text(*object, "id"), Texts(*object, "channels")});
  }
  return bridges;
}

std::vector<std::string> ParseAriRecordings(std::string_view text) {
  std::vector<std::string> names;
  const json::value document = Parse(text);
  const json::array* list = document.if_array();
  if (list == nullptr) return names;
  for (const json::value& item : *list) {
    const json::object* object = ObjectOf(item);
    std::string name = object == nullptr ? std::string() : Text(*object, "name");
    if (!name.empty()) names.push_back(std::move(name));
  }
  return names;
}

std::string ParseAriText(std::string_view text, const std::vector<std::string_view>& path) {
  const json::value document = Parse(text);
  const json::object* object = ObjectOf(document);
  for (std::size_t i = 0; object != nullptr && i + 1 < path.size(); ++i) {
    object = Part(*object, path[i]);
  }
  return object == nullptr || path.empty() ? std::string() : Text(*object, path.back());
}

}  // namespace usher::asterisk
