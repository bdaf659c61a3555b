// SPDX-License-Identifier: Apache-2.0
#include "tests/layers/layer_rules.h"

#include <algorithm>
#include <functional>
#include <map>
#include <regex>
#include <set>
#include <string_view>

namespace usher::layers {
namespace {

std::string At(const SourceFile& file, int line) {
  return file.path + ":" + std::to_string(line) + ": ";
}

std::string DirectoryOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

// Both usher/routing/v1/routing.pb.h, which protoc makes, and usher/cli.h begin alike.
bool IsGenerated(std::string_view path) { return path.ends_with(".pb.h"); }

std::string Names(const std::set<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "nothing of ours" : text;
}

// Arrows from a name to the names that it needs.
using Graph = std::map<std::string, std::set<std::string>>;

// One finding for each arrow that closes a cycle in a depth-first walk.
Findings CyclesOf(const Graph& graph, std::string_view kind) {
  Findings findings;
  std::set<std::string> done;
  std::vector<std::string> path;
  const std::function<void(const std::string&)> visit = [&](const std::string& node) {
    const auto seen = std::ranges::find(path, node);
    if (seen != path.end()) {
      std::string cycle;
      for (auto it = seen; it != path.end(); ++it) cycle += *it + " -> ";
      findings.push_back(std::string(kind) + " cycle: " + cycle + node);
      return;
    }
    if (done.contains(node)) return;
    path.push_back(node);
    if (const auto needs = graph.find(node); needs != graph.end()) {
      for (const auto& next : needs->second) visit(next);
    }
    path.pop_back();
    done.insert(node);
  };
  for (const auto& [node, needs] : graph) visit(node);
  return findings;
}

bool IsEngine(const SourceFile& file) { return file.path.starts_with("router/engine/"); }

bool IsBase(const SourceFile& file) {
  return file.path.starts_with("base/") && !file.path.starts_with("base/io/");
}

void FindForeignHeaders(const SourceFile& file, Findings& findings) {
  static const std::set<std::string> kNotForTheEngine = {
      "atomic", "condition_variable", "csignal",    "cstdio",   "cstdlib", "ctime",
      "future", "filesystem",         "fstream",    "iostream", "mutex",   "random",
      "regex",  "shared_mutex",       "stop_token", "thread"};
  for (const auto& include : file.includes) {
    if (!include.system) continue;
    const bool standard = include.path.find_first_of("/.") == std::string::npos;
    if (!standard || (IsEngine(file) && kNotForTheEngine.contains(include.path))) {
      findings.push_back(At(file, include.line) + "<" + include.path +
                         "> may not be included here");
    }
  }
}

// The variables and members that are declared as unordered containers in `line`.
void CollectUnordered(const std::string& line, std::set<std::string>& names) {
  static const std::regex kDeclaration(
      R"(unordered_(multi)?(map|set)\s*<.*>\s*[&*]?\s*(\w+)\s*[;{=,)])");
  std::smatch match;
  if (std::regex_search(line, match, kDeclaration)) names.insert(match[3]);
}

void FindHashOrder(const SourceFile& file, const std::set<std::string>& unordered,
                   Findings& findings) {
  static const std::regex kRangeFor(R"(for\s*\(.*[^:]:\s*(\w+(\.|->))*(\w+)\s*\))");
  static const std::regex kBegin(R"((\w+)\s*(\.|->)\s*c?begin\s*\()");
  std::smatch match;
  for (std::size_t i = 0; i < file.code.size(); ++i) {
    const bool loops =
        std::regex_search(file.code[i], match, kRangeFor) && unordered.contains(match[3]);
    const bool begins =
        !loops && std::regex_search(file.code[i], match, kBegin) && unordered.contains(match[1]);
    if (loops || begins) {
      findings.push_back(At(file, static_cast<int>(i) + 1) + "walks an unordered container");
    }
  }
}

void FindOutsideWorld(const SourceFile& file, Findings& findings) {
  static const std::regex kForbidden(
      R"(\b(float|double|random_device|mt19937(_64)?|system_clock|steady_clock|high_resolution_clock|uintptr_t|thread_local)\b|[cC]lock::now\b|\b(s?rand|getenv|gettimeofday|clock_gettime)\s*\()");
  std::smatch match;
  for (std::size_t i = 0; i < file.code.size(); ++i) {
    if (std::regex_search(file.code[i], match, kForbidden)) {
      findings.push_back(At(file, static_cast<int>(i) + 1) + "the engine may not use " +
                         match.str());
    }
  }
}

}  // namespace

Findings ForbiddenIncludes(const std::vector<SourceFile>& files, const LayerTable& table) {
  Findings findings;
  for (const auto& file : files) {
    const std::string from = FolderOf(table, file.path);
    if (from.empty()) {
      findings.push_back(file.path + ": the table names no folder for this file");
      continue;
    }
    const Permission& permission = table.at(from);
    for (const auto& include : file.includes) {
      if (include.system) continue;
      const std::string to = IsGenerated(include.path) ? "proto" : FolderOf(table, include.path);
      if (to.empty()) {
        findings.push_back(At(file, include.line) + "\"" + include.path +
                           "\" is no path from the repository root into a known folder");
      } else if (to != from && !permission.all && !permission.folders.contains(to)) {
        findings.push_back(At(file, include.line) + "includes " + include.path + ", but " + from +
                           " may include only " + Names(permission.folders));
      }
    }
  }
  return findings;
}

Findings IncludeCycles(const std::vector<SourceFile>& files) {
  Graph between_files;
  Graph between_folders;
  for (const auto& file : files) {
    for (const auto& include : file.includes) {
      if (include.system || IsGenerated(include.path)) continue;
      between_files[file.path].insert(include.path);
      const std::string from = DirectoryOf(file.path);
      const std::string to = DirectoryOf(include.path);
      if (from != to) between_folders[from].insert(to);
    }
  }
  Findings findings = CyclesOf(between_files, "file");
  for (auto& finding : CyclesOf(between_folders, "folder")) findings.push_back(std::move(finding));
  return findings;
}

Findings ImpureCode(const std::vector<SourceFile>& files) {
  Findings findings;
  std::set<std::string> unordered;
  for (const auto& file : files) {
    if (!IsEngine(file)) continue;
    for (const auto& line : file.code) CollectUnordered(line, unordered);
  }
  for (const auto& file : files) {
    if (IsEngine(file) || IsBase(file)) FindForeignHeaders(file, findings);
    if (!IsEngine(file)) continue;
    FindHashOrder(file, unordered, findings);
    FindOutsideWorld(file, findings);
  }
  return findings;
}

}  // namespace usher::layers
