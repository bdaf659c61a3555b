// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <set>

#include "router/engine/expression.h"
#include "router/engine/expression_parser.h"

namespace usher::engine {

// Tries a condition with every combination of the values that its own literals tell apart: for each
// field the texts that it is compared with, the numbers at and beside those, something else, and
// its absence. No other value can make a comparison come out in a way that none of these does, so
// when all trials fail nothing can pass.
class ConditionTrials {
 public:
  ConditionTrials(const Condition& condition, const std::vector<std::string>& queues)
      : condition_(condition) {
    for (const auto& node : condition.nodes_) {
      if (node.name < 0) continue;
      const Field& field = condition.fields_[static_cast<std::size_t>(node.name)];
      AddStandard(field, queues);
      ++comparisons_[field];
      if (expression_detail::IsPattern(node.op)) looks_into_.insert(field);
      if (field.of != Field::Of::kChannel && field.of != Field::Of::kQueue &&
          field.of != Field::Of::kHours) {
        AddFor(node, field);
      }
    }
    for (const auto& [field, values] : values_) fields_.push_back(field);
  }

  std::optional<bool> Run() {
    // What several looks into one text ask for together is more than can be tried.
    for (const Field& field : looks_into_) {
      if (comparisons_[field] > 1) return std::nullopt;
    }
    std::size_t combinations = 1;
    for (const auto& [field, values] : values_) {
      if (values.empty()) return false;
      if (combinations > Condition::kTrialsMax / values.size()) return std::nullopt;
      combinations *= values.size();
    }
    return TryFrom(0);
  }

 private:
  using Field = Condition::Field;
  using Value = std::optional<std::string>;  // nothing: the field is missing

  void AddStandard(const Field& field, const std::vector<std::string>& queues) {
    std::set<Value>& values = values_[field];
    switch (field.of) {
      case Field::Of::kChannel:
        for (const Channel channel : kChannels) values.insert(std::string(ToString(channel)));
        break;
      case Field::Of::kQueue:
        values.insert(queues.begin(), queues.end());
        break;
      case Field::Of::kPriority:
        values.insert("0");
        break;
      case Field::Of::kHours:
        values.insert({"true", "false"});
        break;
      case Field::Of::kHour:
      case Field::Of::kMinute:
      case Field::Of::kWeekday:
      case Field::Of::kDate:
      case Field::Of::kTimeOfDay:
        break;
      case Field::Of::kContact:
      case Field::Of::kCustomer:
        // "false" is there and not truthy; the other equals no literal that people write.
        values.insert({std::nullopt, "false", "\x01other"});
        break;
    }
  }

  void AddFor(const expression_detail::Node& node, const Field& field) {
    std::set<Value>& values = values_[field];
    if (const std::int64_t most = LastOf(field); most != 0) {
      // Clocks and weeks show no more than these.
      for (const std::int64_t number : {node.number - 1, node.number, node.number + 1}) {
        if (number >= 0 && number <= most) values.insert(std::to_string(number));
      }
      return;
    }
    if (node.text >= 0) {
      values.insert(condition_.texts_[static_cast<std::size_t>(node.text)]);
      return;
    }
    for (const std::int64_t number : {node.number - 1, node.number, node.number + 1}) {
      values.insert(std::to_string(number));
    }
  }

  // The last value of a field of time; 0 for any other field.
  static std::int64_t LastOf(const Field& field) {
    switch (field.of) {
      case Field::Of::kHour:
        return 23;
      case Field::Of::kMinute:
        return 59;
      case Field::Of::kWeekday:
        return 6;
      case Field::Of::kTimeOfDay:
        return 1439;
      case Field::Of::kDate:
        return std::int64_t{1} << 40;
      default:
        return 0;
    }
  }

  bool TryFrom(std::size_t index) {
    if (index == fields_.size()) return Holds();
    for (const Value& value : values_[fields_[index]]) {
      trial_[fields_[index]] = value;
      if (TryFrom(index + 1)) return true;
    }
    return false;
  }

  bool Holds() const {
    Channel channel = Channel::kVoice;
    QueueId queue;
    std::int64_t priority = 0;
    Attributes contact;
    Attributes customer;
    RuleTime time;
    std::set<std::string> open;
    for (const auto& [field, value] : trial_) {
      if (!value) continue;
      switch (field.of) {
        case Field::Of::kChannel:
          channel = *FindChannel(*value);
          break;
        case Field::Of::kQueue:
          queue = QueueId{*value};
          break;
        case Field::Of::kPriority:
          priority = std::stoll(*value);
          break;
        case Field::Of::kContact:
          contact[field.key] = *value;
          break;
        case Field::Of::kCustomer:
          customer[field.key] = *value;
          break;
        case Field::Of::kHour:
          time.hour = std::stoll(*value);
          break;
        case Field::Of::kMinute:
          time.minute = std::stoll(*value);
          break;
        case Field::Of::kWeekday:
          time.weekday = std::stoll(*value);
          break;
        case Field::Of::kDate:
          time.date = std::stoll(*value);
          break;
        case Field::Of::kTimeOfDay:
          time.minute_of_day = std::stoll(*value);
          break;
        case Field::Of::kHours:
          if (*value == "true") open.insert(field.key);
          break;
      }
    }
    return condition_.Evaluate(
        {.channel = channel,
         .queue = queue,
         .priority = priority,
         .contact = contact,
         .customer = customer,
         .time = time,
         .is_open = [&](const std::string& id) { return open.contains(id); }});
  }

  const Condition& condition_;
  std::map<Field, std::set<Value>> values_;
  std::map<Field, int> comparisons_;
  std::set<Field> looks_into_;
  std::vector<Field> fields_;
  std::map<Field, Value> trial_;
};

std::optional<bool> Condition::CanHold(const std::vector<std::string>& queues) const {
  return ConditionTrials(*this, queues).Run();
}

}  // namespace usher::engine
