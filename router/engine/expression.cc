// SPDX-License-Identifier: Apache-2.0
#include "router/engine/expression.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <iterator>
#include <optional>

#include "router/engine/expression_parser.h"
#include "router/engine/nearest_name.h"
#include "router/engine/text_pattern.h"

namespace usher::engine {
namespace {

using expression_detail::Compare;
using expression_detail::Complaint;
using expression_detail::EvaluateTree;
using expression_detail::IsPattern;
using expression_detail::Leaf;
using expression_detail::Literal;
using expression_detail::Node;
using expression_detail::Op;
using expression_detail::OpText;
using expression_detail::ParseExpression;
using expression_detail::PrintExpression;

constexpr std::string_view kBadRequirement = "BAD_REQUIREMENT";
constexpr std::string_view kBadCondition = "BAD_CONDITION";

Result<Node> MakeSkillLeaf(const Leaf& leaf, const std::vector<std::string>& skills) {
  const auto skill = std::find(skills.begin(), skills.end(), leaf.name);
  if (skill == skills.end()) {
    const std::string name(leaf.name);
    return Complaint(kBadRequirement, leaf.name_column,
                     "no skill \"" + name + "\"" + DidYouMeanAtAll(name, skills),
                     "Declare it under skills, or correct the name.");
  }
  if (leaf.op != Op::kHas && leaf.literal.type != Literal::Type::kNumber) {
    return Complaint(kBadRequirement, leaf.literal_column,
                     "a skill's level is a number, not " +
                         (leaf.literal.type == Literal::Type::kText ? "a text" : leaf.literal.text),
                     "Compare with a whole number from 0 to 100.");
  }
  return Node{.op = leaf.op,
              .name = static_cast<std::int32_t>(skill - skills.begin()),
              .number = leaf.literal.number};
}

bool IsOr(const std::vector<Node>& nodes) { return nodes.back().op == Op::kOr; }

std::optional<std::int64_t> ToNumber(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool IsTruthy(std::string_view text) { return !text.empty() && text != "0" && text != "false"; }

bool IsOrdering(Op op) { return op == Op::kLt || op == Op::kLe || op == Op::kGt || op == Op::kGe; }

}  // namespace

SkillLevels LevelsOf(const Agent& agent, const std::vector<std::string>& skills) {
  SkillLevels levels;
  levels.reserve(skills.size());
  for (const std::string& skill : skills) {
    const auto held = agent.skills.find(skill);
    levels.push_back(held == agent.skills.end() ? kNotHeld
                                                : static_cast<std::int16_t>(held->second));
  }
  return levels;
}

Result<Requirement> Requirement::Compile(std::string_view text,
                                         const std::vector<std::string>& skills) {
  Requirement requirement;
  auto nodes = ParseExpression(text, kBadRequirement, [&](const Leaf& leaf) -> Result<Node> {
    auto node = MakeSkillLeaf(leaf, skills);
    if (node && !leaf.inside_not) requirement.named_.push_back(node->name);
    return node;
  });
  if (!nodes) return nodes.error();
  requirement.nodes_ = *std::move(nodes);
  std::vector<std::int32_t>& named = requirement.named_;
  std::sort(named.begin(), named.end());
  named.erase(std::unique(named.begin(), named.end()), named.end());
  requirement.canonical_ = PrintExpression(requirement.nodes_, [&](const Node& node) {
    const std::string& skill = skills[static_cast<std::size_t>(node.name)];
    if (node.op == Op::kHas) return skill;
    return skill + " " + std::string(OpText(node.op)) + " " + std::to_string(node.number);
  });
  return requirement;
}

Requirement Requirement::And(const Requirement& a, const Requirement& b) {
  if (a.IsEmpty()) return b;
  if (b.IsEmpty()) return a;
  Requirement both = a;
  const auto shift = static_cast<std::int32_t>(a.nodes_.size());
  for (Node node : b.nodes_) {
    if (node.left >= 0) node.left += shift;
    if (node.right >= 0) node.right += shift;
    both.nodes_.push_back(node);
  }
  both.nodes_.push_back(Node{.op = Op::kAnd,
                             .left = shift - 1,
                             .right = static_cast<std::int32_t>(both.nodes_.size()) - 1});
  both.named_.clear();
  std::set_union(a.named_.begin(), a.named_.end(), b.named_.begin(), b.named_.end(),
                 std::back_inserter(both.named_));
  const auto part = [](const Requirement& of) {
    return IsOr(of.nodes_) ? "(" + of.canonical_ + ")" : of.canonical_;
  };
  both.canonical_ = part(a) + " and " + part(b);
  return both;
}

bool Requirement::Evaluate(std::span<const std::int16_t> levels) const {
  if (nodes_.empty()) return true;
  return EvaluateTree(nodes_, nodes_.size() - 1, [&](const Node& node) {
    const std::int64_t level = levels[static_cast<std::size_t>(node.name)];
    if (node.op == Op::kHas) return level > 0;
    return level != kNotHeld && Compare(node.op, level, node.number);
  });
}

namespace {

std::optional<std::int64_t> WeekdayOf(std::string_view text) {
  static constexpr std::array<std::string_view, 7> days = {"mon", "tue", "wed", "thu",
                                                           "fri", "sat", "sun"};
  const auto day = std::find(days.begin(), days.end(), text);
  if (day == days.end()) return std::nullopt;
  return day - days.begin();
}

// The digits of `text` at `at`, so many; nothing where something else stands there.
std::optional<std::int64_t> DigitsOf(std::string_view text, std::size_t at, std::size_t count) {
  const std::string_view digits = text.substr(at, count);
  if (digits.front() < '0' || digits.front() > '9') return std::nullopt;
  return ToNumber(digits);
}

// "2026-11-27" as days since 1970-01-01.
std::optional<std::int64_t> DateOf(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = DigitsOf(text, 0, 4);
  const auto month = DigitsOf(text, 5, 2);
  const auto day = DigitsOf(text, 8, 2);
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(*year)},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date}.time_since_epoch().count();
}

// "09:30" as minutes since midnight.
std::optional<std::int64_t> MinuteOfDayOf(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hour = DigitsOf(text, 0, 2);
  const auto minute = DigitsOf(text, 3, 2);
  if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
  return *hour * 60 + *minute;
}

}  // namespace

// Gives each leaf of a condition its field and value, checking their types.
class ConditionParser {
 public:
  ConditionParser(Condition& condition, const std::vector<std::string>& hours)
      : condition_(condition), hours_(hours) {}

  Result<Node> operator()(const Leaf& leaf) {
    auto field = FieldOf(leaf);
    if (!field) return field.error();
    if (auto typed = CheckTypes(leaf, *field); !typed) return typed.error();
    condition_.fields_.push_back(*field);
    Node node{.op = leaf.op,
              .name = static_cast<std::int32_t>(condition_.fields_.size()) - 1,
              .number = leaf.literal.number};
    if (const auto moment = MomentOf(*field, leaf.literal)) node.number = *moment;
    if (leaf.op != Op::kHas && leaf.literal.type != Literal::Type::kNumber) {
      condition_.texts_.push_back(leaf.literal.text);
      node.text = static_cast<std::int32_t>(condition_.texts_.size()) - 1;
    }
    return node;
  }

 private:
  using Field = Condition::Field;

  Result<Field> FieldOf(const Leaf& leaf) const {
    if (leaf.name.starts_with("time.")) return TimeFieldOf(leaf);
    if (leaf.name.starts_with("hours.")) return HoursFieldOf(leaf);
    for (const auto& [prefix, of] : {std::pair{"contact.", Field::Of::kContact},
                                     std::pair{"customer.", Field::Of::kCustomer}}) {
      if (!leaf.name.starts_with(prefix)) continue;
      const std::string_view key = leaf.name.substr(std::string_view(prefix).size());
      if (key.empty()) break;
      if (of == Field::Of::kCustomer) return Field{of, std::string(key)};
      if (key == "channel") return Field{Field::Of::kChannel, "channel"};
      if (key == "queue") return Field{Field::Of::kQueue, "queue"};
      if (key == "priority") return Field{Field::Of::kPriority, "priority"};
      return Field{of, std::string(key)};
    }
    return Complaint(kBadCondition, leaf.name_column,
                     "\"" + std::string(leaf.name) + "\" is no field of a contact or a customer",
                     "Name a field as contact.x, customer.x, time.x or hours.x.");
  }

  static Result<Field> TimeFieldOf(const Leaf& leaf) {
    static const std::vector<std::string> names = {"hour", "minute", "weekday", "date", "of_day"};
    static constexpr std::array fields = {Field::Of::kHour, Field::Of::kMinute, Field::Of::kWeekday,
                                          Field::Of::kDate, Field::Of::kTimeOfDay};
    const std::string key(leaf.name.substr(std::string_view("time.").size()));
    const auto known = std::find(names.begin(), names.end(), key);
    if (known != names.end()) return Field{fields[std::size_t(known - names.begin())], key};
    return Complaint(kBadCondition, leaf.name_column, "no time." + key + DidYouMean(key, names),
                     "There are time.hour, minute, weekday, date and of_day.");
  }

  Result<Field> HoursFieldOf(const Leaf& leaf) const {
    const std::string key(leaf.name.substr(std::string_view("hours.").size()));
    if (std::find(hours_.begin(), hours_.end(), key) != hours_.end()) {
      return Field{Field::Of::kHours, key};
    }
    return Complaint(kBadCondition, leaf.name_column,
                     "no hours \"" + key + "\"" + DidYouMean(key, hours_),
                     "Declare them under hours, or correct the name.");
  }

  // What a time is compared with, as a number; nothing for other fields, and where no clock or
  // calendar shows that.
  static std::optional<std::int64_t> MomentOf(const Field& field, const Literal& literal) {
    const bool is_number = literal.type == Literal::Type::kNumber;
    const auto number_below = [&](std::int64_t bound) -> std::optional<std::int64_t> {
      if (!is_number || literal.number < 0 || literal.number >= bound) return std::nullopt;
      return literal.number;
    };
    switch (field.of) {
      case Field::Of::kHour:
        return number_below(24);
      case Field::Of::kMinute:
        return number_below(60);
      case Field::Of::kWeekday:
        return is_number ? std::nullopt : WeekdayOf(literal.text);
      case Field::Of::kDate:
        return is_number ? std::nullopt : DateOf(literal.text);
      case Field::Of::kTimeOfDay:
        return is_number ? std::nullopt : MinuteOfDayOf(literal.text);
      default:
        return std::nullopt;
    }
  }

  static Result<void> CheckTime(const Leaf& leaf, const Field& field) {
    const std::string name = "time." + field.key;
    if (leaf.op == Op::kHas) {
      return Complaint(kBadCondition, leaf.name_column, name + " stands alone",
                       "Compare it with a value.");
    }
    const auto refuse = [&](const char* what, const char* next_step) {
      return Complaint(kBadCondition, leaf.literal_column, name + " is " + what, next_step);
    };
    if (field.of == Field::Of::kWeekday && IsOrdering(leaf.op)) {
      return refuse("no number, and weeks begin where one likes", "Use == or !=.");
    }
    if (MomentOf(field, leaf.literal)) return {};
    switch (field.of) {
      case Field::Of::kHour:
        return refuse("a number from 0 to 23", "Compare it with one.");
      case Field::Of::kMinute:
        return refuse("a number from 0 to 59", "Compare it with one.");
      case Field::Of::kWeekday:
        return refuse("a day of the week", "Write \"mon\", \"tue\" and so on.");
      case Field::Of::kDate:
        return refuse("a date", "Write it as \"2026-11-27\".");
      default:
        return refuse("a time of day", "Write it as \"09:30\".");
    }
  }

  static Result<void> CheckTypes(const Leaf& leaf, const Field& field) {
    if (IsPattern(leaf.op) && field.of != Field::Of::kContact && field.of != Field::Of::kCustomer) {
      return Complaint(kBadCondition, leaf.literal_column,
                       "only attributes are looked into with " + std::string(OpText(leaf.op)),
                       "Compare it with a value.");
    }
    if (leaf.name.starts_with("time.")) return CheckTime(leaf, field);
    if (leaf.op == Op::kHas) return {};
    if (field.of == Field::Of::kHours &&
        (leaf.literal.type != Literal::Type::kTruth || IsOrdering(leaf.op))) {
      return Complaint(kBadCondition, leaf.literal_column, "hours are open or not",
                       "Name them alone, or compare with true or false.");
    }
    const bool is_number = leaf.literal.type == Literal::Type::kNumber;
    const auto ill_typed = [&](std::string what, std::string next_step) {
      return Complaint(kBadCondition, leaf.literal_column, std::move(what), std::move(next_step));
    };
    if (!is_number && IsOrdering(leaf.op)) {
      return ill_typed("only numbers can be compared with " + std::string(OpText(leaf.op)),
                       "Use == or !=, or compare with a number.");
    }
    if (field.of == Field::Of::kPriority && !is_number) {
      return ill_typed("contact.priority is a number", "Compare it with a whole number.");
    }
    if (field.of != Field::Of::kChannel && field.of != Field::Of::kQueue) return {};
    if (leaf.literal.type != Literal::Type::kText) {
      return ill_typed("contact." + field.key + " is a text", "Put the value in quotes.");
    }
    if (field.of == Field::Of::kChannel && !FindChannel(leaf.literal.text)) {
      std::vector<std::string> names;
      for (const Channel channel : kChannels) names.emplace_back(ToString(channel));
      return ill_typed(
          "no channel \"" + leaf.literal.text + "\"" + DidYouMeanAtAll(leaf.literal.text, names),
          "The channels are voice, chat, email, message, callback and task.");
    }
    return {};
  }

  Condition& condition_;
  const std::vector<std::string>& hours_;
};

namespace {

std::string Quoted(const std::string& text) {
  const char quote = text.find('"') == std::string::npos ? '"' : '\'';
  return quote + text + quote;
}

bool HoldsOf(const Node& node, std::string_view value, const std::vector<std::string>& texts) {
  if (node.op == Op::kHas) return IsTruthy(value);
  if (IsPattern(node.op)) {
    const std::string& pattern = texts[static_cast<std::size_t>(node.text)];
    return node.op == Op::kContains ? ContainsText(value, pattern) : FitsPattern(value, pattern);
  }
  if (node.text >= 0) {
    return Compare<std::string_view>(node.op, value, texts[static_cast<std::size_t>(node.text)]);
  }
  const auto number = ToNumber(value);
  return number && Compare(node.op, *number, node.number);
}

}  // namespace

RuleTime RuleTime::At(Instant instant, const TimeZone& zone) {
  RuleTime time;
  time.date = zone.LocalDay(instant);
  const Duration local = Duration{ToUnixMs(instant)} + zone.OffsetAt(instant);
  time.minute_of_day = (local - std::chrono::hours{24} * time.date) / std::chrono::minutes{1};
  time.hour = time.minute_of_day / 60;
  time.minute = time.minute_of_day % 60;
  // 1970-01-01 was a Thursday.
  time.weekday = ((time.date + 3) % 7 + 7) % 7;
  return time;
}

std::string_view Condition::PrefixOf(Field::Of of) {
  switch (of) {
    case Field::Of::kCustomer:
      return "customer.";
    case Field::Of::kHour:
    case Field::Of::kMinute:
    case Field::Of::kWeekday:
    case Field::Of::kDate:
    case Field::Of::kTimeOfDay:
      return "time.";
    case Field::Of::kHours:
      return "hours.";
    default:
      return "contact.";
  }
}

Result<Condition> Condition::Compile(std::string_view text, const std::vector<std::string>& hours) {
  Condition condition;
  auto nodes = ParseExpression(text, kBadCondition, ConditionParser(condition, hours));
  if (!nodes) return nodes.error();
  if (nodes->empty()) {
    return Complaint(kBadCondition, 1, "the condition is empty",
                     "Say when the rule applies, as in customer.tier == \"gold\".");
  }
  condition.nodes_ = *std::move(nodes);
  condition.canonical_ = PrintExpression(condition.nodes_, [&](const Node& node) {
    const Field& field = condition.fields_[static_cast<std::size_t>(node.name)];
    std::string name = std::string(PrefixOf(field.of)) + field.key;
    if (node.op == Op::kHas) return name;
    name += " " + std::string(OpText(node.op)) + " ";
    if (node.text < 0) return name + std::to_string(node.number);
    return name + Quoted(condition.texts_[static_cast<std::size_t>(node.text)]);
  });
  return condition;
}

bool Condition::Evaluate(const RuleFacts& facts) const {
  if (nodes_.empty()) return false;
  return EvaluateTree(nodes_, nodes_.size() - 1, [&](const Node& node) {
    const Field& field = fields_[static_cast<std::size_t>(node.name)];
    switch (field.of) {
      case Field::Of::kChannel:
        return HoldsOf(node, ToString(facts.channel), texts_);
      case Field::Of::kQueue:
        return HoldsOf(node, facts.queue.value(), texts_);
      case Field::Of::kPriority:
        return node.op == Op::kHas ? facts.priority != 0
                                   : Compare(node.op, facts.priority, node.number);
      case Field::Of::kHour:
        return Compare(node.op, facts.time.hour, node.number);
      case Field::Of::kMinute:
        return Compare(node.op, facts.time.minute, node.number);
      case Field::Of::kWeekday:
        return Compare(node.op, facts.time.weekday, node.number);
      case Field::Of::kDate:
        return Compare(node.op, facts.time.date, node.number);
      case Field::Of::kTimeOfDay:
        return Compare(node.op, facts.time.minute_of_day, node.number);
      case Field::Of::kHours:
        return HoldsOf(node, facts.is_open && facts.is_open(field.key) ? "true" : "false", texts_);
      case Field::Of::kContact:
      case Field::Of::kCustomer:
        break;
    }
    const Attributes& of = field.of == Field::Of::kCustomer ? facts.customer : facts.contact;
    const auto value = of.find(field.key);
    return value != of.end() && HoldsOf(node, value->second, texts_);
  });
}

}  // namespace usher::engine
