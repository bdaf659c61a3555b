// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "router/engine/calendar.h"
#include "router/engine/domain.h"

namespace usher::engine {

// Bounds of one expression, so that a text from a client can neither blow the stack nor hold the
// loop: a person's requirement is a hundred characters long.
inline constexpr std::size_t kExpressionTextMax = 2000;
inline constexpr int kExpressionDepthMax = 32;
inline constexpr std::size_t kExpressionNodesMax = 256;

// An agent's level in each skill of the domain, by the skill's position in Domain::skills;
// kNotHeld where the agent lacks it, which is not the same as level 0.
inline constexpr std::int16_t kNotHeld = -1;
using SkillLevels = std::vector<std::int16_t>;
SkillLevels LevelsOf(const Agent& agent, const std::vector<std::string>& skills);

namespace expression_detail {

enum class Op : std::uint8_t {
  kTrue,
  kHas,
  kEq,
  kNe,
  kLt,
  kLe,
  kGt,
  kGe,
  kContains,  // a text
  kMatches,
  kNot,
  kAnd,
  kOr,
};
constexpr bool IsPattern(Op op) { return op == Op::kContains || op == Op::kMatches; }

// One node of a tree kept in a vector; the root is the last. Children stand before their parents.
struct Node {
  Op op = Op::kTrue;
  std::int32_t left = -1;   // kNot, kAnd, kOr
  std::int32_t right = -1;  // kAnd, kOr
  std::int32_t name = -1;   // comparisons: skill number, or index into the rule's fields
  std::int64_t number = 0;
  std::int32_t text = -1;  // index into the rule's texts; -1: compare with `number`

  friend bool operator==(const Node&, const Node&) = default;
};

}  // namespace expression_detail

// Why a requirement does not hold of somebody: one comparison of it.
struct SkillShortfall {
  std::string skill;
  std::string comparison;             // "english >= 50", or "english" where it stands alone
  bool forbidden = false;             // it holds, and stands where it must not: under a `not`
  std::optional<std::int32_t> level;  // hers; none: not held

  friend bool operator==(const SkillShortfall&, const SkillShortfall&) = default;
};

// What a contact asks of its agent: `english >= 50 and (billing or tech > 30) and not trainee`.
// `not` binds tightest, then `and`, then `or`. A bare name holds for those with a level above 0; a
// comparison (`< <= > >= == !=`) with a skill that is not held is false. The empty text, and a
// default-constructed Requirement, hold for everyone.
//
// Compiled against one vocabulary; skill numbers are positions in it, so a requirement must be
// compiled anew when the vocabulary changes.
class Requirement {
 public:
  Requirement() = default;

  // Refuses with BAD_REQUIREMENT what does not parse, is ill-typed, names a skill that `skills`
  // lacks (the message gives the column, from 1, and the nearest skill), or exceeds the bounds.
  static Result<Requirement> Compile(std::string_view text, const std::vector<std::string>& skills);

  // Both at once, as one tree without the bounds of one text.
  static Requirement And(const Requirement& a, const Requirement& b);

  // `levels` has one entry for each skill of the vocabulary. O(nodes), no allocation.
  bool Evaluate(std::span<const std::int16_t> levels) const;

  // The comparisons that make it fail, in the order of the text: of an `and` those that fail, of an
  // `or` all. Empty where it holds. `skills` is the vocabulary that it was compiled against.
  std::vector<SkillShortfall> ShortfallsOf(std::span<const std::int16_t> levels,
                                           const std::vector<std::string>& skills) const;

  bool IsEmpty() const { return nodes_.empty(); }
  // One spelling for all that parse alike: single spaces, no needless parentheses; "" when empty.
  const std::string& Canonical() const { return canonical_; }
  // The distinct skills named outside `not`, rising: what best-skill and least-skill add up.
  const std::vector<std::int32_t>& NamedSkills() const { return named_; }

  friend bool operator==(const Requirement& a, const Requirement& b) {
    return a.canonical_ == b.canonical_;
  }

 private:
  std::vector<expression_detail::Node> nodes_;
  std::vector<std::int32_t> named_;
  std::string canonical_;
};

using Attributes = std::map<std::string, std::string>;

// The instant of a rule, by the clocks of its domain.
struct RuleTime {
  std::int64_t hour = 0;           // 0-23
  std::int64_t minute = 0;         // 0-59
  std::int64_t weekday = 0;        // 0 is Monday
  std::int64_t date = 0;           // TimeZone::LocalDay
  std::int64_t minute_of_day = 0;  // 0-1439

  static RuleTime At(Instant instant, const TimeZone& zone);
};

// What a rule may look at. The references must outlive the call.
struct RuleFacts {
  Channel channel;
  const QueueId& queue;
  std::int64_t priority;
  const Attributes& contact;
  const Attributes& customer;
  RuleTime time{};
  std::function<bool(const std::string&)> is_open{};  // the hours of that id; none: nothing is
};

// The `when` of a classification rule: `customer.tier == "gold"`,
// `contact.intent == "complaint" and customer.open_cases > 0`.
//
// A name is `contact.x` or `customer.x`: an attribute, or the contact's own channel, queue and
// priority; or `time.x`, the domain's local time of the submit: `time.hour` and `time.minute`
// (numbers), `time.weekday` ("mon" to "sun"), `time.date` ("2026-11-27") and `time.of_day`
// ("09:30"), the last two in order; or `hours.x`, whether the domain's hours of that id are open.
// Values are texts in quotes, whole numbers, `true` and `false`. Other texts and truths know only
// `==` and `!=`. A comparison with a field that is missing, or with a number where the field
// holds none, is false. A bare name holds when the field is there and is not "", "0" or "false".
// `contact.mail_subject contains "invoice"` looks for a text anywhere in an attribute, and
// `contact.mail_from matches "*@bank.example"` compares the whole of it, with `*` for anything;
// both take letters of ASCII in either case.
class Condition {
 public:
  Condition() = default;

  // Refuses with BAD_CONDITION, as Requirement does. `contact.channel` must be compared with a
  // channel's name, `contact.priority` with a number, a time with one that clocks show; `hours.x`
  // must be one of `hours`.
  static Result<Condition> Compile(std::string_view text,
                                   const std::vector<std::string>& hours = {});

  bool Evaluate(const RuleFacts& facts) const;

  // Whether some contact of some customer could meet it, given that contacts name one of `queues`;
  // nothing where that would take more than kTrialsMax trials. For warnings, never for routing.
  std::optional<bool> CanHold(const std::vector<std::string>& queues) const;
  static constexpr std::size_t kTrialsMax = 20'000;

  const std::string& Canonical() const { return canonical_; }

 private:
  struct Field {
    enum class Of : std::uint8_t {
      kContact,
      kCustomer,
      kChannel,
      kQueue,
      kPriority,
      kHour,
      kMinute,
      kWeekday,
      kDate,
      kTimeOfDay,
      kHours,
    };
    Of of = Of::kContact;
    std::string key;

    friend auto operator<=>(const Field&, const Field&) = default;
  };
  static std::string_view PrefixOf(Field::Of of);
  friend class ConditionParser;
  friend class ConditionTrials;

  std::vector<expression_detail::Node> nodes_;
  std::vector<Field> fields_;
  std::vector<std::string> texts_;
  std::string canonical_;
};

}  // namespace usher::engine
