// SPDX-License-Identifier: Apache-2.0
#include "router/configuration/warning_list.h"

#include <charconv>
#include <utility>

namespace usher::configuration {

void WarningList::Add(const Path& path, std::string message) {
  if (warnings_.size() == kMax) {
    ++left_out_;
    return;
  }
  warnings_.emplace(Find(path).line, std::move(message));
}

bool WarningList::Says(const Path& path) const { return Find(path).whole; }

std::vector<Diagnostic> WarningList::Take() && {
  std::vector<Diagnostic> list;
  for (auto& [line, message] : warnings_) list.push_back({reading_.file, line, std::move(message)});
  if (left_out_ > 0) list.push_back({reading_.file, 0, Count(left_out_, "more warning")});
  return list;
}

WarningList::Place WarningList::Find(const Path& path) const {
  const YamlNode* node = reading_.document.get();
  Place place;
  if (node == nullptr) return place;
  place.line = node->line;
  for (const std::string& part : path) {
    const YamlNode* next = nullptr;
    for (const YamlNode::Entry& entry : node->entries) {
      if (entry.key != part) continue;
      next = entry.value.get();
      place.line = entry.line;
    }
    std::size_t index = 0;
    const auto parsed = std::from_chars(part.data(), part.data() + part.size(), index);
    if (parsed.ec == std::errc{} && index < node->items.size()) {
      next = node->items[index].get();
      place.line = next->line;
    }
    if (next == nullptr) return place;
    node = next;
  }
  place.whole = true;
  return place;
}

std::string Count(std::size_t number, std::string_view thing) {
  return std::to_string(number) + " " + std::string(thing) + (number == 1 ? "" : "s");
}

}  // namespace usher::configuration
