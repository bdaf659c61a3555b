// SPDX-License-Identifier: Apache-2.0
#include "tests/layers/source_tree.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <utility>

namespace usher::layers {
namespace {

bool IsWord(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Where the literal or comment that begins at `at` ends, or `at` when none begins there.
std::size_t SkipQuoted(std::string_view text, std::size_t at) {
  const auto rest = text.substr(at);
  const auto past = [&](std::string_view end, std::size_t from) {
    const auto found = text.find(end, from);
    return found == std::string_view::npos ? text.size() : found + end.size();
  };
  if (rest.starts_with("//")) return std::min(text.find('\n', at), text.size());
  if (rest.starts_with("/*")) return past("*/", at + 2);
  const bool after_word = at > 0 && IsWord(text[at - 1]);
  if (rest.starts_with("R\"") && !after_word) {
    const auto open = std::min(text.find('(', at), text.size() - 1);
    return past(")" + std::string(text.substr(at + 2, open - at - 2)) + "\"", open);
  }
  // An apostrophe after a digit parts digits: 1'000.
  if (rest.front() != '"' && (rest.front() != '\'' || after_word)) return at;
  std::size_t end = at + 1;
  while (end < text.size() && text[end] != rest.front() && text[end] != '\n') {
    end += text[end] == '\\' ? 2 : 1;
  }
  return std::min(end + 1, text.size());
}

std::vector<std::string> CodeLines(std::string_view text) {
  std::string code;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = SkipQuoted(text, at);
    if (end == at) {
      code += text[at++];
    } else {
      for (; at < end; ++at) code += text[at] == '\n' ? '\n' : ' ';
    }
  }
  std::vector<std::string> lines;
  std::istringstream stream(code);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace

SourceFile ParseSource(std::string path, std::string_view text) {
  static const std::regex kInclude(R"(^\s*#\s*include\s*([<"])([^">]+)[">])");
  SourceFile file{.path = std::move(path), .includes = {}, .code = CodeLines(text)};
  std::istringstream lines{std::string(text)};
  std::smatch match;
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (std::regex_search(line, match, kInclude)) {
      file.includes.push_back({match[2], match[1] == "<", number});
    }
  }
  return file;
}

std::vector<SourceFile> ReadTree(const std::filesystem::path& root,
                                 const std::vector<std::string>& folders) {
  std::vector<SourceFile> files;
  for (const auto& folder : folders) {
    if (!std::filesystem::exists(root / folder)) continue;
    std::filesystem::recursive_directory_iterator entries(root / folder);
    for (auto entry = begin(entries); entry != end(entries); ++entry) {
      if (entry->path().filename() == "node_modules") entry.disable_recursion_pending();
      const auto extension = entry->path().extension();
      if (extension != ".h" && extension != ".cc") continue;
      std::ifstream stream(entry->path());
      const std::string text(std::istreambuf_iterator<char>(stream), {});
      files.push_back(ParseSource(entry->path().lexically_relative(root).generic_string(), text));
    }
  }
  std::ranges::sort(files, {}, &SourceFile::path);
  return files;
}

}  // namespace usher::layers
