// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace usher::freeswitch {

// An event, or the dump of a channel: names and texts. Variables of the channel have names that
// begin with `variable_`.
struct EslEvent {
  std::map<std::string, std::string, std::less<>> fields{};

  // Empty: there is none.
  const std::string& Get(std::string_view name) const;
  const std::string& name() const { return Get("Event-Name"); }
  const std::string& leg() const { return Get("Unique-ID"); }
  const std::string& body() const { return Get("_body"); }
  const std::string& Variable(std::string_view name) const;
  bool answered() const { return Get("Answer-State") == "answered"; }
};

// Of `event json` and `uuid_dump … json`. Nothing on what is no JSON object; values that are no
// texts read as absent. Never throws.
std::optional<EslEvent> ParseEslEvent(std::string_view json);

// The `uuid`s of `show channels as json`; nothing on what is no such answer.
std::optional<std::vector<std::string>> ParseChannels(std::string_view json);

}  // namespace usher::freeswitch
