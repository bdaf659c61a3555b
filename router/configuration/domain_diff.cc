// SPDX-License-Identifier: Apache-2.0
#include "router/configuration/domain_diff.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <initializer_list>
#include <map>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "router/configuration/scalar.h"

namespace usher::configuration {
namespace {

// A value as the file would spell it.
std::string Spell(Duration value) { return FormatDuration(value); }
std::string Spell(bool value) { return value ? "true" : "false"; }
std::string Spell(std::int32_t value) { return std::to_string(value); }
std::string Spell(std::uint64_t value) { return std::to_string(value); }
std::string Spell(const std::string& value) { return value.empty() ? "none" : value; }
std::string Spell(engine::Strategy value) { return std::string(engine::ToString(value)); }
std::string Spell(engine::Preference value) { return std::string(engine::ToString(value)); }
std::string Spell(engine::FieldType value) { return std::string(engine::ToString(value)); }
std::string Spell(engine::AfterMisses value) {
  return value == engine::AfterMisses::kKeep ? "keep" : "not-ready";
}
std::string Spell(engine::EmptyAction value) {
  if (value == engine::EmptyAction::kLeave) return "leave";
  return value == engine::EmptyAction::kRefuse ? "refuse" : "keep";
}
template <class Value, class Tag>
std::string Spell(const StrongId<Value, Tag>& value) {
  return Spell(value.value());
}
std::string Spell(const engine::ChannelSet& value) {
  if (value == engine::ChannelSet::All()) return "all";
  std::string text;
  for (const engine::Channel channel : engine::kChannels) {
    if (!value.Has(channel)) continue;
    text += (text.empty() ? "" : ", ") + std::string(engine::ToString(channel));
  }
  return "[" + text + "]";
}
std::string Spell(const engine::OpenSpan& span) {
  constexpr std::array<std::string_view, 7> kDays = {"mon", "tue", "wed", "thu",
                                                     "fri", "sat", "sun"};
  const auto clock = [](std::int32_t minute) {
    const auto two = [](std::int32_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
    return two(minute / 60) + ":" + two(minute % 60);
  };
  return std::string(kDays.at(static_cast<std::size_t>(span.weekday))) + " " +
         clock(span.start_minute) + "-" + clock(span.end_minute);
}
template <class T>
std::string Spell(const std::vector<T>& values) {
  std::string text;
  for (const T& value : values) text += (text.empty() ? "" : ", ") + Spell(value);
  return "[" + text + "]";
}
std::string SpellDay(std::int64_t day) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  const auto two = [](unsigned n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  return std::to_string(static_cast<int>(date.year())) + "-" +
         two(static_cast<unsigned>(date.month())) + "-" + two(static_cast<unsigned>(date.day()));
}

// The file's own key where the field is called otherwise.
std::string KeyOf(std::string_view field) {
  static const std::map<std::string_view, std::string_view> keys = {
      {"requirement", "requires"},
      {"alongside", "while"},
      {"target_bp", "target"},
      {"wrap_up_of", "wrap_up"},
      {"breaker_agents", "breaker.agents"},
      {"breaker_within", "breaker.within"}};
  const auto other = keys.find(field);
  return std::string(other == keys.end() ? field : other->second);
}

// Key paths of one part and the spelling of their values, in the order of the fields.
class Flattener {
 public:
  using Lines = std::vector<std::pair<std::string, std::string>>;

  template <class Struct>
  static Lines Flatten(const Struct& value) {
    Flattener flattener;
    Struct::VisitFields(value, flattener);
    return std::move(flattener.lines_);
  }

  template <class Field>
  void operator()(int, const char* name, const Field& field) {
    if (std::string_view(name) == "id") return;
    if constexpr (std::is_same_v<Field, bool>) {
      if (std::string_view(name) == "give_up") return Put("close", field ? "timed-out" : "none");
    }
    Visit(prefix_ + KeyOf(name), field);
  }

 private:
  void Put(const std::string& path, std::string value) {
    lines_.emplace_back(path, std::move(value));
  }

  template <class Field>
  void Visit(const std::string& path, const Field& field) {
    if constexpr (requires { Spell(field); }) {
      Put(path, Spell(field));
    } else {
      const std::string outer = std::exchange(prefix_, path + ".");
      Field::VisitFields(field, *this);
      prefix_ = outer;
    }
  }
  template <class T>
  void Visit(const std::string& path, const std::optional<T>& field) {
    if (!field) return Put(path, "none");
    if (path.ends_with("target")) {
      if constexpr (std::is_same_v<T, std::int32_t>) return Put(path, FormatPercent(*field));
    }
    Visit(path, *field);
  }
  template <class Key, class T>
  void Visit(const std::string& path, const std::map<Key, T>& field) {
    for (const auto& [key, value] : field) {
      if constexpr (std::is_same_v<Key, engine::Channel>) {
        const std::string channel(engine::ToString(key));
        Visit(path == "channels" ? channel : path + "." + channel, value);
      } else {
        Visit(path + "." + Spell(key), value);
      }
    }
  }
  void Visit(const std::string& path, const std::vector<std::int64_t>& days) {
    for (const std::int64_t day : days) Put(path + " " + SpellDay(day), "closed");
  }
  void Visit(const std::string& path, const std::vector<engine::CustomerField>& fields) {
    for (const engine::CustomerField& field : fields) {
      const std::string outer = std::exchange(prefix_, path + "." + field.id + ".");
      engine::CustomerField::VisitFields(field, *this);
      prefix_ = outer;
    }
  }
  void Visit(const std::string&, const std::vector<engine::Step>& steps) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
      Put("step " + std::to_string(i + 1), SpellChanged(steps[i], engine::Step{}));
    }
  }

  // `{at: 60s, max_tier: 1}`: what differs from the default.
  template <class Struct>
  static std::string SpellChanged(const Struct& value, const Struct& standard) {
    const Lines plain = Flatten(standard);
    std::string text;
    for (const auto& line : Flatten(value)) {
      if (std::find(plain.begin(), plain.end(), line) != plain.end()) continue;
      text += (text.empty() ? "" : ", ") + line.first + ": " + line.second;
    }
    return "{" + text + "}";
  }

  std::string prefix_;
  Lines lines_;
};

std::string Join(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text += part;
  return text;
}

void DiffLines(const std::string& what, const Flattener::Lines& before,
               const Flattener::Lines& after, std::vector<std::string>& out) {
  std::map<std::string, std::string> old_values(before.begin(), before.end());
  const std::string start = what.empty() ? "" : what + ": ";
  for (const auto& [path, value] : after) {
    const auto old_value = old_values.find(path);
    if (old_value == old_values.end()) {
      out.push_back(Join({start, path, " none -> ", value}));
    } else {
      if (old_value->second != value) {
        out.push_back(Join({start, path, " ", old_value->second, " -> ", value}));
      }
      old_values.erase(old_value);
    }
  }
  for (const auto& [path, value] : before) {
    if (old_values.contains(path)) out.push_back(Join({start, path, " ", value, " -> none"}));
  }
}

template <class Part>
void DiffParts(const std::string& kind, const std::vector<Part>& before,
               const std::vector<Part>& after, std::vector<std::string>& out) {
  std::map<decltype(Part::id), const Part*> old_parts;
  for (const Part& part : before) old_parts[part.id] = &part;
  for (const Part& part : after) {
    const std::string what = Join({kind, " ", Spell(part.id)});
    const auto old_part = old_parts.find(part.id);
    if (old_part == old_parts.end()) {
      out.push_back(what + " added");
      continue;
    }
    if (!(*old_part->second == part)) {
      DiffLines(what, Flattener::Flatten(*old_part->second), Flattener::Flatten(part), out);
    }
    old_parts.erase(old_part);
  }
  for (const Part& part : before) {
    if (old_parts.contains(part.id)) out.push_back(Join({kind, " ", Spell(part.id), " removed"}));
  }
}

void DiffWords(const std::string& kind, const std::vector<std::string>& before,
               const std::vector<std::string>& after, std::vector<std::string>& out) {
  const auto has = [](const std::vector<std::string>& list, const std::string& word) {
    return std::find(list.begin(), list.end(), word) != list.end();
  };
  for (const std::string& word : after) {
    if (!has(before, word)) out.push_back(Join({kind, " ", word, " added"}));
  }
  for (const std::string& word : before) {
    if (!has(after, word)) out.push_back(Join({kind, " ", word, " removed"}));
  }
}

template <class T>
void DiffValue(const std::string& key, const T& before, const T& after,
               std::vector<std::string>& out) {
  if (before != after) out.push_back(key + " " + Spell(before) + " -> " + Spell(after));
}

void DiffRules(const std::vector<engine::Rule>& before, const std::vector<engine::Rule>& after,
               std::vector<std::string>& out) {
  for (std::size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
    const std::string what = "rule " + std::to_string(i + 1);
    if (i >= before.size()) {
      out.push_back(what + " added: " + after[i].when);
    } else if (i >= after.size()) {
      out.push_back(what + " removed: " + before[i].when);
    } else {
      DiffLines(what, Flattener::Flatten(before[i]), Flattener::Flatten(after[i]), out);
    }
  }
}

// Whether the order changed of those that both have: it decides the strategy `ordered`.
bool IsReordered(const std::vector<engine::Agent>& before,
                 const std::vector<engine::Agent>& after) {
  std::map<AgentId, std::size_t> places;
  for (std::size_t i = 0; i < before.size(); ++i) places[before[i].id] = i;
  std::optional<std::size_t> last;
  for (const engine::Agent& agent : after) {
    const auto place = places.find(agent.id);
    if (place == places.end()) continue;
    if (last && place->second < *last) return true;
    last = place->second;
  }
  return false;
}

}  // namespace

std::vector<std::string> DiffDomains(const engine::Domain& before, const engine::Domain& after) {
  std::vector<std::string> out;
  DiffValue("domain", before.id, after.id, out);
  DiffValue("timezone", before.timezone.name, after.timezone.name, out);
  DiffValue("disconnect_grace", before.disconnect_grace, after.disconnect_grace, out);
  for (const engine::Channel channel : engine::kChannels) {
    DiffValue("adapter_grace." + std::string(engine::ToString(channel)),
              before.adapter_grace.Of(channel), after.adapter_grace.Of(channel), out);
  }
  DiffValue("seed", before.seed, after.seed, out);
  DiffWords("skill", before.skills, after.skills, out);
  DiffWords("not-ready reason", before.not_ready, after.not_ready, out);
  DiffWords("disposition", before.dispositions, after.dispositions, out);
  DiffParts("hours", before.hours, after.hours, out);
  DiffParts("profile", before.profiles, after.profiles, out);
  DiffParts("queue", before.queues, after.queues, out);
  DiffParts("agent", before.agents, after.agents, out);
  if (IsReordered(before.agents, after.agents)) {
    out.emplace_back("agents stand in another order, which decides the strategy ordered");
  }
  DiffRules(before.rules, after.rules, out);
  DiffLines("customers", Flattener::Flatten(before.customers), Flattener::Flatten(after.customers),
            out);
  DiffParts("quick response", before.quick_responses, after.quick_responses, out);
  DiffLines("cases", Flattener::Flatten(before.cases), Flattener::Flatten(after.cases), out);
  return out;
}

}  // namespace usher::configuration
