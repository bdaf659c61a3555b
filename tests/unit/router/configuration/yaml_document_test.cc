// SPDX-License-Identifier: Apache-2.0
#include "router/configuration/yaml_document.h"

#include <gtest/gtest.h>

namespace usher::configuration {
namespace {

using Kind = YamlNode::Kind;

YamlNode::Ptr Read(std::string_view text) {
  Diagnostics diagnostics("test.yaml");
  const auto documents = ReadYaml(text, diagnostics);
  EXPECT_TRUE(diagnostics.empty())
      << (diagnostics.empty() ? "" : ToString(diagnostics.list().front()));
  return documents.size() == 1 ? documents.front() : nullptr;
}

std::string Complaint(std::string_view text, const YamlBounds& bounds = {}) {
  Diagnostics diagnostics("test.yaml");
  EXPECT_TRUE(ReadYaml(text, diagnostics, bounds).empty());
  return diagnostics.empty() ? "accepted" : ToString(diagnostics.list().front());
}

TEST(YamlDocumentTest, ScalarsStayTheTextThatWasWritten) {
  const auto node = Read("{a: no, b: on, c: 1:30, d: +1, e: 010, f: \"7\", g: 1_000}");
  ASSERT_NE(node, nullptr);
  EXPECT_EQ(node->Find("a")->text, "no");
  EXPECT_EQ(node->Find("b")->text, "on");
  EXPECT_EQ(node->Find("c")->text, "1:30");
  EXPECT_EQ(node->Find("d")->text, "+1");
  EXPECT_EQ(node->Find("e")->text, "010");
  EXPECT_FALSE(node->Find("d")->quoted);
  EXPECT_TRUE(node->Find("f")->quoted);
  EXPECT_EQ(node->Find("g")->text, "1_000");
}

TEST(YamlDocumentTest, OnlyNullAndNothingAreNull) {
  const auto node = Read("a:\nb: ~\nc: null\nd: \"null\"\ne: none\n");
  ASSERT_NE(node, nullptr);
  for (const char* key : {"a", "b", "c"}) EXPECT_EQ(node->Find(key)->kind, Kind::kNull) << key;
  for (const char* key : {"d", "e"}) EXPECT_EQ(node->Find(key)->kind, Kind::kScalar) << key;
}

TEST(YamlDocumentTest, ArrowsNeedNoQuotes) {
  const auto node = Read("offered: [c1 -> ann, c2 -> bob]");
  ASSERT_NE(node, nullptr);
  EXPECT_EQ(node->Find("offered")->items[1]->text, "c2 -> bob");
}

TEST(YamlDocumentTest, NodesKnowTheirLines) {
  const auto node = Read("a: 1\nb:\n  - x\n  - {c: y}\n");
  ASSERT_NE(node, nullptr);
  EXPECT_EQ(node->entries[1].line, 2);
  EXPECT_EQ(node->Find("b")->items[1]->Find("c")->line, 4);
}

TEST(YamlDocumentTest, AFileMayHoldSeveralDocuments) {
  Diagnostics diagnostics("test.yaml");
  EXPECT_EQ(ReadYaml("a: 1\n---\nb: 2\n---\n# nothing\n", diagnostics).size(), 2u);
  EXPECT_TRUE(ReadYaml("# nothing\n", diagnostics).empty());
  EXPECT_TRUE(diagnostics.empty());
}

TEST(YamlDocumentTest, AliasesStandForWhatTheyName) {
  const auto node = Read("a: &x {k: v}\nb: *x\n");
  ASSERT_NE(node, nullptr);
  EXPECT_EQ(node->Find("b")->Find("k")->text, "v");
}

TEST(YamlDocumentTest, BrokenDocumentsAreRefusedWithTheirLine) {
  EXPECT_TRUE(Complaint("a: 1\nb: [1, 2\nc: 3\n").starts_with("test.yaml:")) << Complaint("a: [");
  EXPECT_EQ(Complaint("a: 1\nb: 2\na: 3\n"),
            "test.yaml:3: the key \"a\" stands twice, first in line 1");
  EXPECT_EQ(Complaint("[a]: 1\n"), "test.yaml:1: a key must be a plain word");
  EXPECT_EQ(Complaint("a: !!int 5\n"),
            "test.yaml:1: tags such as tag:yaml.org,2002:int are not read");
  EXPECT_NE(Complaint("a: *nobody\n"), "accepted");
}

TEST(YamlDocumentTest, DeepDocumentsAreRefused) {
  EXPECT_EQ(Complaint(std::string(25, '[') + std::string(25, ']')),
            "test.yaml:1: nested more than 24 deep");
  EXPECT_NE(Complaint(std::string(100'000, '[')), "accepted");
}

TEST(YamlDocumentTest, AliasBombsAreRefused) {
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c < 'k'; ++c) {
    const char before = static_cast<char>(c - 1);
    bomb += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 10; ++i) bomb += std::string(i == 0 ? "" : ", ") + "*" + before;
    bomb += "]\n";
  }
  EXPECT_NE(Complaint(bomb).find("aliases counted as what they stand for"), std::string::npos);
  EXPECT_EQ(Complaint("a: &a [*a]\n"), "test.yaml:1: an alias cannot hold itself");
}

// yaml-cpp 0.7 gives values without end here; the bound of a large document would only stop it
// after four million of them.
TEST(YamlDocumentTest, AListWithoutEndIsRefusedAtOnce) {
  EXPECT_EQ(Complaint(",s[uppiuppi"), "test.yaml:1: not valid YAML: a list without end");
}

TEST(YamlDocumentTest, LargeDocumentsAreRefused) {
  EXPECT_EQ(Complaint("aaaa", {.bytes_max = 3, .nodes_max = 10, .depth_max = 2}),
            "test.yaml: larger than 3 bytes");
  EXPECT_NE(Complaint("[1, 2, 3]", {.bytes_max = 99, .nodes_max = 3, .depth_max = 2}), "accepted");
}

}  // namespace
}  // namespace usher::configuration
