// SPDX-License-Identifier: Apache-2.0
#include "router/engine/domain.h"

#include <algorithm>

namespace usher::engine {
namespace {

// By the numbers of the enums.
constexpr std::array<std::string_view, kChannels.size()> kChannelNames = {
    "voice", "chat", "email", "message", "callback", "task"};
constexpr std::array<std::string_view, kStrategyCount> kStrategyNames = {
    "longest-idle", "round-robin", "least-loaded", "fewest-contacts", "least-busy", "best-skill",
    "least-skill",  "ordered",     "random",       "weighted-random", "broadcast",  "progressive"};

constexpr std::array<std::string_view, 2> kPreferenceNames = {"owner", "last-agent"};
constexpr std::array<std::string_view, kFieldTypeCount> kFieldTypeNames = {
    "text", "number", "boolean", "date", "choice"};

template <class Enum, std::size_t n>
std::optional<Enum> FindByName(const std::array<std::string_view, n>& names,
                               std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

template <class List, class Id>
auto FindById(const List& list, const Id& id) -> const typename List::value_type* {
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const auto& entry) { return entry.id == id; });
  return found == list.end() ? nullptr : &*found;
}

}  // namespace

std::string_view ToString(Channel channel) {
  return kChannelNames.at(static_cast<std::size_t>(channel));
}

std::optional<Channel> FindChannel(std::string_view name) {
  return FindByName<Channel>(kChannelNames, name);
}

Duration& AdapterGrace::Of(Channel channel) {
  switch (channel) {
    case Channel::kVoice:
      return voice;
    case Channel::kChat:
      return chat;
    case Channel::kEmail:
      return email;
    case Channel::kMessage:
      return message;
    case Channel::kCallback:
      return callback;
    case Channel::kTask:
      break;
  }
  return task;
}

std::string_view ToString(Strategy strategy) {
  return kStrategyNames.at(static_cast<std::size_t>(strategy));
}

std::optional<Strategy> FindStrategy(std::string_view name) {
  return FindByName<Strategy>(kStrategyNames, name);
}

std::string_view ToString(Preference preference) {
  return kPreferenceNames.at(static_cast<std::size_t>(preference));
}

std::optional<Preference> FindPreference(std::string_view name) {
  return FindByName<Preference>(kPreferenceNames, name);
}

std::string_view ToString(FieldType type) {
  return kFieldTypeNames.at(static_cast<std::size_t>(type));
}

std::optional<FieldType> FindFieldType(std::string_view name) {
  return FindByName<FieldType>(kFieldTypeNames, name);
}

const Queue* Domain::FindQueue(const QueueId& queue) const { return FindById(queues, queue); }
const Profile* Domain::FindProfile(std::string_view profile) const {
  return FindById(profiles, profile);
}
const Hours* Domain::FindHours(std::string_view calendar) const {
  return FindById(hours, calendar);
}
const Agent* Domain::FindAgent(const AgentId& agent) const { return FindById(agents, agent); }

std::vector<std::string> Domain::HoursIds() const {
  std::vector<std::string> ids;
  for (const Hours& each : hours) ids.push_back(each.id);
  return ids;
}

}  // namespace usher::engine
