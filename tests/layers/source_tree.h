// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace usher::layers {

struct Include {
  std::string path;
  bool system = false;  // <path> rather than "path"
  int line = 0;
};

struct SourceFile {
  std::string path;  // from the repository root
  std::vector<Include> includes;
  std::vector<std::string> code;  // its lines, with comments and what stands in quotes blanked
};

// `text` as SourceFile; the path is taken as it is.
SourceFile ParseSource(std::string path, std::string_view text);

// Every .h and .cc below these folders of `root`, ordered by path. A folder may be missing.
std::vector<SourceFile> ReadTree(const std::filesystem::path& root,
                                 const std::vector<std::string>& folders);

}  // namespace usher::layers
