// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace usher::layers {

// Which folders the files of a folder may include, besides their own.
struct Permission {
  bool all = false;
  std::set<std::string> folders;

  bool operator==(const Permission&) const = default;
};

// By folder, as from the repository root: "router/engine".
using LayerTable = std::map<std::string, Permission>;

// Reads `folder: folder folder` lines; `all` stands for every folder, `#` begins a comment.
LayerTable TableFromLines(std::string_view text);

// Reads the table of ARCHITECTURE.md: the rows below a header that names the columns "folder" and
// "may include". A cell's folders are what stands in backticks outside of parentheses; the bare
// word `all` stands for every folder. Everything below proto/ counts as "proto". Empty when there
// is no such table.
LayerTable TableFromMarkdown(std::string_view text);

// The longest folder of the table that holds `path`, or "" when none does.
std::string FolderOf(const LayerTable& table, std::string_view path);

}  // namespace usher::layers
