// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "router/engine/expression.h"

namespace usher::engine::expression_detail {

// What a comparison compares with: a text in quotes, a whole number, or true/false (kept as text).
struct Literal {
  enum class Type { kNumber, kText, kTruth };
  Type type = Type::kNumber;
  std::int64_t number = 0;
  std::string text;
};

// A bare name (op kHas) or a comparison of a name with a literal. Columns count from 1.
struct Leaf {
  std::string_view name;
  std::size_t name_column = 0;
  Op op = Op::kHas;
  Literal literal;
  std::size_t literal_column = 0;
  bool inside_not = false;
};

// Turns a leaf into a node of its language, or refuses it with a message (see Complaint).
using MakeLeaf = std::function<Result<Node>(const Leaf&)>;

// Reads `or`, `and`, `not`, parentheses and leaves into nodes, children first; an empty or blank
// text gives none. Refused with `reason`, a column and a next step.
Result<std::vector<Node>> ParseExpression(std::string_view text, std::string_view reason,
                                          const MakeLeaf& make_leaf);

// The refusal `column 9: <what>`.
Error Complaint(std::string_view reason, std::size_t column, std::string what,
                std::string next_step);

std::string_view OpText(Op op);  // "<=", "contains", for the comparisons

// The canonical text of the tree; `leaf_text` spells one leaf.
std::string PrintExpression(const std::vector<Node>& nodes,
                            const std::function<std::string(const Node&)>& leaf_text);

template <class Number>
bool Compare(Op op, Number a, Number b) {
  switch (op) {
    case Op::kEq:
      return a == b;
    case Op::kNe:
      return a != b;
    case Op::kLt:
      return a < b;
    case Op::kLe:
      return a <= b;
    case Op::kGt:
      return a > b;
    case Op::kGe:
      return a >= b;
    default:
      return false;
  }
}

// Evaluates the tree below `at`, asking `leaf` for each leaf that decides. The recursion is as deep
// as the tree, which has at most kExpressionNodesMax nodes a text.
template <class EvaluateLeaf>
bool EvaluateTree(const std::vector<Node>& nodes, std::size_t at, const EvaluateLeaf& leaf) {
  const Node& node = nodes[at];
  const auto child = [&](std::int32_t which) {
    return EvaluateTree(nodes, static_cast<std::size_t>(which), leaf);
  };
  switch (node.op) {
    case Op::kNot:
      return !child(node.left);
    case Op::kAnd:
      return child(node.left) && child(node.right);
    case Op::kOr:
      return child(node.left) || child(node.right);
    default:
      return leaf(node);
  }
}

}  // namespace usher::engine::expression_detail
