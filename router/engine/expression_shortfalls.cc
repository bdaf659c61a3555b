// SPDX-License-Identifier: Apache-2.0
#include "router/engine/expression.h"
#include "router/engine/expression_parser.h"

// Why a requirement does not hold.

namespace usher::engine {
namespace {

using expression_detail::Compare;
using expression_detail::Node;
using expression_detail::Op;

// Walks only what keeps the tree from being `wanted`; a `not` wants the opposite of its child.
class ShortfallWalk {
 public:
  ShortfallWalk(const std::vector<Node>& nodes, std::span<const std::int16_t> levels,
                const std::vector<std::string>& skills)
      : nodes_(nodes), levels_(levels), skills_(skills) {}

  std::vector<SkillShortfall> Take(std::size_t root) {
    Visit(root, true);
    return std::move(found_);
  }

 private:
  bool Holds(std::size_t at) const {
    return expression_detail::EvaluateTree(nodes_, at,
                                           [&](const Node& leaf) { return LeafHolds(leaf); });
  }

  bool LeafHolds(const Node& leaf) const {
    const std::int64_t level = LevelOf(leaf);
    if (leaf.op == Op::kHas) return level > 0;
    return level != kNotHeld && Compare(leaf.op, level, leaf.number);
  }

  std::int16_t LevelOf(const Node& leaf) const {
    return levels_[static_cast<std::size_t>(leaf.name)];
  }

  void Visit(std::size_t at, bool wanted) {
    if (Holds(at) == wanted) return;
    const Node& node = nodes_[at];
    switch (node.op) {
      case Op::kNot:
        return Visit(static_cast<std::size_t>(node.left), !wanted);
      case Op::kAnd:
      case Op::kOr:
        Visit(static_cast<std::size_t>(node.left), wanted);
        return Visit(static_cast<std::size_t>(node.right), wanted);
      default:
        return Add(node, wanted);
    }
  }

  void Add(const Node& leaf, bool wanted) {
    SkillShortfall shortfall;
    shortfall.skill = skills_[static_cast<std::size_t>(leaf.name)];
    shortfall.comparison = shortfall.skill;
    if (leaf.op != Op::kHas) {
      shortfall.comparison +=
          " " + std::string(expression_detail::OpText(leaf.op)) + " " + std::to_string(leaf.number);
    }
    shortfall.forbidden = !wanted;
    if (LevelOf(leaf) != kNotHeld) shortfall.level = LevelOf(leaf);
    found_.push_back(std::move(shortfall));
  }

  const std::vector<Node>& nodes_;
  std::span<const std::int16_t> levels_;
  const std::vector<std::string>& skills_;
  std::vector<SkillShortfall> found_;
};

}  // namespace

std::vector<SkillShortfall> Requirement::ShortfallsOf(
    std::span<const std::int16_t> levels, const std::vector<std::string>& skills) const {
  if (nodes_.empty()) return {};
  return ShortfallWalk(nodes_, levels, skills).Take(nodes_.size() - 1);
}

}  // namespace usher::engine
