// SPDX-License-Identifier: Apache-2.0
// Holds this repository to its layer table.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layers/layer_rules.h"

namespace usher::layers {
namespace {

using ::testing::IsEmpty;

const std::filesystem::path kRoot = USHER_SOURCE_DIR;

std::string Read(const std::filesystem::path& path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

bool Exists(const std::string& name) { return std::filesystem::exists(kRoot / name); }

constexpr const char* kLines = "tests/layers/layers.txt";
constexpr const char* kPage = "ARCHITECTURE.md";

LayerTable TheTable() {
  return Exists(kPage) ? TableFromMarkdown(Read(kRoot / kPage))
                       : TableFromLines(Read(kRoot / kLines));
}

const std::vector<SourceFile>& TheSources() {
  static const auto kFiles = ReadTree(kRoot, {"base", "router", "agents", "channels", "usher"});
  return kFiles;
}

TEST(LayersTest, TheTableAndTheSourcesAreFound) {
  EXPECT_GE(TheTable().size(), 5u) << "no table `| folder | holds | may include |`";
  EXPECT_GE(TheSources().size(), 5u);
}

TEST(LayersTest, ArchitecturePageAndListAgree) {
  if (!Exists(kPage) || !Exists(kLines)) return;  // one truth cannot differ from itself
  const auto page = TableFromMarkdown(Read(kRoot / kPage));
  for (const auto& [folder, permission] : TableFromLines(Read(kRoot / kLines))) {
    const auto row = page.find(folder);
    EXPECT_TRUE(row != page.end() && row->second == permission)
        << folder << " differs between " << kPage << " and " << kLines;
  }
}

TEST(LayersTest, NoIncludePointsUpward) {
  EXPECT_THAT(ForbiddenIncludes(TheSources(), TheTable()), IsEmpty());
}

TEST(LayersTest, NoIncludesFormACycle) { EXPECT_THAT(IncludeCycles(TheSources()), IsEmpty()); }

TEST(LayersTest, TheEngineDependsOnItsCommandsAlone) {
  EXPECT_THAT(ImpureCode(TheSources()), IsEmpty());
}

}  // namespace
}  // namespace usher::layers
