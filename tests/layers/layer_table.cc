// SPDX-License-Identifier: Apache-2.0
#include "tests/layers/layer_table.h"

#include <algorithm>
#include <sstream>
#include <vector>

namespace usher::layers {
namespace {

std::string Trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

// The cells of `| a | b |`; none when the line is no table row.
std::vector<std::string> Cells(const std::string& line) {
  const std::string row = Trim(line);
  if (row.size() < 2 || row.front() != '|') return {};
  std::vector<std::string> cells;
  std::istringstream rest(row.substr(1));
  for (std::string cell; std::getline(rest, cell, '|');) cells.push_back(Trim(cell));
  return cells;
}

std::string WithoutParentheses(const std::string& text) {
  std::string kept;
  int depth = 0;
  for (const char c : text) {
    if (c == '(') ++depth;
    if (depth == 0) kept += c;
    if (c == ')' && depth > 0) --depth;
  }
  return kept;
}

std::string FolderName(std::string name) {
  while (name.ends_with('/')) name.pop_back();
  return name.starts_with("proto/") ? "proto" : name;
}

std::set<std::string> FoldersInBackticks(const std::string& cell) {
  std::set<std::string> folders;
  std::istringstream parts(WithoutParentheses(cell));
  std::string part;
  for (bool quoted = false; std::getline(parts, part, '`'); quoted = !quoted) {
    if (quoted) folders.insert(FolderName(part));
  }
  return folders;
}

}  // namespace

LayerTable TableFromLines(std::string_view text) {
  LayerTable table;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(':');
    if (line.starts_with('#') || colon == std::string::npos) continue;
    Permission& permission = table[Trim(line.substr(0, colon))];
    std::istringstream names(line.substr(colon + 1));
    for (std::string name; names >> name;) {
      if (name == "all") {
        permission.all = true;
      } else {
        permission.folders.insert(name);
      }
    }
  }
  return table;
}

LayerTable TableFromMarkdown(std::string_view text) {
  LayerTable table;
  std::istringstream lines{std::string(text)};
  std::size_t folder = 0;
  std::size_t may_include = 0;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    const auto cells = Cells(line);
    if (!inside) {
      folder = std::ranges::find(cells, "folder") - cells.begin();
      may_include = std::ranges::find(cells, "may include") - cells.begin();
      inside = folder < cells.size() && may_include < cells.size();
      continue;
    }
    if (cells.size() <= std::max(folder, may_include)) break;
    const Permission permission{Trim(cells[may_include]) == "all",
                                FoldersInBackticks(cells[may_include])};
    for (const auto& name : FoldersInBackticks(cells[folder])) table[name] = permission;
  }
  return table;
}

std::string FolderOf(const LayerTable& table, std::string_view path) {
  std::string longest;
  for (const auto& [folder, permission] : table) {
    if (path.starts_with(folder + "/") && folder.size() > longest.size()) longest = folder;
  }
  return longest;
}

}  // namespace usher::layers
