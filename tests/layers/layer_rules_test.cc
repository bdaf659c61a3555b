// SPDX-License-Identifier: Apache-2.0
// The rules themselves: each has to see what is planted, and to leave good code alone.
#include "tests/layers/layer_rules.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace usher::layers {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const LayerTable& Table() {
  static const LayerTable kTable = TableFromLines(
      "# lowest first\n"
      "proto:\n"
      "base:\n"
      "base/io: base\n"
      "router/engine: base\n"
      "router/store: base base/io router/engine\n"
      "usher: all\n");
  return kTable;
}

TEST(ForbiddenIncludesTest, AllowsWhatTheTableNames) {
  EXPECT_THAT(ForbiddenIncludes({ParseSource("router/store/log.cc",
                                             "#include \"router/store/log.h\"\n"
                                             "#include <boost/asio.hpp>\n"
                                             "#include \"base/id.h\"\n"
                                             "#include \"base/io/loop.h\"\n"),
                                 ParseSource("usher/main.cc", "#include \"router/store/log.h\"\n")},
                                Table()),
              IsEmpty());
}

TEST(ForbiddenIncludesTest, FlagsAnUpwardInclude) {
  EXPECT_THAT(ForbiddenIncludes({ParseSource("router/engine/offer.h",
                                             "#pragma once\n"
                                             "#include \"router/store/log.h\"\n")},
                                Table()),
              ElementsAre("router/engine/offer.h:2: includes router/store/log.h, but router/engine "
                          "may include only base"));
}

TEST(ForbiddenIncludesTest, AFolderDoesNotInheritItsParentsPermission) {
  EXPECT_THAT(
      ForbiddenIncludes({ParseSource("router/engine/offer.cc", "#include \"base/io/loop.h\"\n")},
                        Table()),
      ElementsAre(HasSubstr("includes base/io/loop.h")));
}

TEST(ForbiddenIncludesTest, CountsGeneratedHeadersAsProtoThoughTheirPathBeginsWithUsher) {
  EXPECT_THAT(ForbiddenIncludes({ParseSource("router/store/log.cc",
                                             "#include \"usher/routing/v1/routing.grpc.pb.h\"\n")},
                                Table()),
              ElementsAre(HasSubstr("routing.grpc.pb.h")));
}

TEST(ForbiddenIncludesTest, FlagsAPathThatDoesNotStartAtTheRoot) {
  EXPECT_THAT(ForbiddenIncludes({ParseSource("base/id.cc", "#include \"id.h\"\n")}, Table()),
              ElementsAre(HasSubstr("\"id.h\" is no path from the repository root")));
}

TEST(ForbiddenIncludesTest, FlagsAFolderThatTheTableDoesNotName) {
  EXPECT_THAT(ForbiddenIncludes({ParseSource("router/extra/a.h", "")}, Table()),
              ElementsAre(HasSubstr("router/extra/a.h: the table names no folder")));
}

TEST(IncludeCyclesTest, FlagsACycleOfFiles) {
  EXPECT_THAT(IncludeCycles({ParseSource("base/a.h", "#include \"base/b.h\"\n"),
                             ParseSource("base/b.h", "#include \"base/c.h\"\n"),
                             ParseSource("base/c.h", "#include \"base/a.h\"\n")}),
              ElementsAre("file cycle: base/a.h -> base/b.h -> base/c.h -> base/a.h"));
}

TEST(IncludeCyclesTest, FlagsACycleOfFoldersWithoutACycleOfFiles) {
  EXPECT_THAT(IncludeCycles({ParseSource("base/a.h", "#include \"base/io/b.h\"\n"),
                             ParseSource("base/io/b.h", ""),
                             ParseSource("base/io/c.h", "#include \"base/d.h\"\n")}),
              ElementsAre("folder cycle: base -> base/io -> base"));
}

TEST(IncludeCyclesTest, AllowsADiamond) {
  EXPECT_THAT(IncludeCycles({ParseSource("usher/a.h",
                                         "#include \"router/b.h\"\n"
                                         "#include \"agents/c.h\"\n"),
                             ParseSource("router/b.h", "#include \"base/d.h\"\n"),
                             ParseSource("agents/c.h", "#include \"base/d.h\"\n")}),
              IsEmpty());
}

TEST(ImpureCodeTest, FlagsLibrariesAndThreadsInTheEngineAndLibrariesInBase) {
  EXPECT_THAT(ImpureCode({ParseSource("router/engine/a.h",
                                      "#include <map>\n"
                                      "#include <boost/asio.hpp>\n"
                                      "#include <thread>\n"),
                          ParseSource("base/b.h", "#include <grpcpp/grpcpp.h>\n"),
                          ParseSource("base/io/c.h", "#include <grpcpp/grpcpp.h>\n")}),
              UnorderedElementsAre(HasSubstr("router/engine/a.h:2: <boost/asio.hpp>"),
                                   HasSubstr("router/engine/a.h:3: <thread>"),
                                   HasSubstr("base/b.h:1: <grpcpp/grpcpp.h>")));
}

TEST(ImpureCodeTest, FlagsClocksRandomnessEnvironmentAndFloats) {
  EXPECT_THAT(
      ImpureCode({ParseSource("router/engine/a.cc",
                              "auto t = DomainClock::now();\n"
                              "int r = rand();\n"
                              "auto* e = std::getenv(\"HOME\");\n"
                              "double share = 0;\n"
                              "std::chrono::steady_clock::time_point p;\n")}),
      ElementsAre(HasSubstr("a.cc:1: the engine may not use Clock::now"), HasSubstr("a.cc:2: "),
                  HasSubstr("a.cc:3: "), HasSubstr("double"), HasSubstr("steady_clock")));
}

TEST(ImpureCodeTest, LeavesCommentsTextAndItsOwnTimeAlone) {
  EXPECT_THAT(ImpureCode({ParseSource("router/engine/a.cc",
                                      "// never a double\n"
                                      "/* nor\n a float */\n"
                                      "const char* text = \"double \\\" float\";\n"
                                      "auto raw = R\"(double)\";\n"
                                      "char quote = '\"'; int n = 1'000'000;\n"
                                      "Instant Engine::now() const { return clock_; }\n")}),
              IsEmpty());
}

TEST(ImpureCodeTest, FlagsAWalkInHashOrderButNoLookup) {
  EXPECT_THAT(ImpureCode({ParseSource("router/engine/a.h",
                                      "std::unordered_map<ContactId, Row> rows_;\n"
                                      "std::map<ContactId, Row> ordered_;\n"),
                          ParseSource("router/engine/a.cc",
                                      "auto it = rows_.find(id);\n"
                                      "for (const auto& [id, row] : rows_) Use(row);\n"
                                      "for (const auto& [id, row] : state->rows_) Use(row);\n"
                                      "auto first = rows_.begin();\n"
                                      "for (const auto& [id, row] : ordered_) Use(row);\n")}),
              ElementsAre(HasSubstr("a.cc:2: "), HasSubstr("a.cc:3: "), HasSubstr("a.cc:4: ")));
}

TEST(LayerTableTest, ReadsTheMarkdownTable) {
  const auto table = TableFromMarkdown(
      "# Layers\n"
      "| folder | holds | may include |\n"
      "|---|---|---|\n"
      "| `proto/usher/*/v1` | the contract | — |\n"
      "| `base/` | ids, `Result` | std |\n"
      "| `router/engine` | the engine | `base` (never `base/io`) |\n"
      "| `agents/gateway`, `channels/client` | sessions | `base`, `base/io`, `proto` |\n"
      "| `usher` | main | all |\n"
      "\n"
      "| `other` | a second table | all |\n");
  EXPECT_EQ(table, TableFromLines("proto:\n"
                                  "base:\n"
                                  "router/engine: base\n"
                                  "agents/gateway: base base/io proto\n"
                                  "channels/client: base base/io proto\n"
                                  "usher: all\n"));
}

TEST(LayerTableTest, IsEmptyWithoutSuchATable) {
  EXPECT_THAT(TableFromMarkdown("# Layers\n| a | b |\n|---|---|\n| `base` | `io` |\n"), IsEmpty());
}

// On disk, as the real check reads it.
TEST(ReadTreeTest, FindsAPlantedUpwardIncludeAndAPlantedCycle) {
  namespace fs = std::filesystem;
  std::string root = (fs::temp_directory_path() / "usher-layers-XXXXXX").string();
  ASSERT_NE(mkdtemp(root.data()), nullptr);
  fs::create_directories(root + "/base/io");
  fs::create_directories(root + "/base/node_modules");
  std::ofstream(root + "/base/a.h") << "#pragma once\n#include \"base/io/b.h\"\n";
  std::ofstream(root + "/base/io/b.h") << "#pragma once\n#include \"base/a.h\"\n";
  std::ofstream(root + "/base/notes.txt") << "#include \"base/io/b.h\"\n";
  std::ofstream(root + "/base/node_modules/c.h") << "#include \"base/io/b.h\"\n";

  const auto files = ReadTree(root, {"base", "missing"});
  fs::remove_all(root);

  EXPECT_THAT(ForbiddenIncludes(files, Table()), ElementsAre(HasSubstr("base/a.h:2: ")));
  EXPECT_THAT(IncludeCycles(files), ElementsAre("file cycle: base/a.h -> base/io/b.h -> base/a.h",
                                                "folder cycle: base -> base/io -> base"));
}

}  // namespace
}  // namespace usher::layers
