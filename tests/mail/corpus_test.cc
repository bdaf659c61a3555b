// SPDX-License-Identifier: Apache-2.0
// Each tests/mail/corpus/NAME.eml reads as NAME.golden says. After a change that is meant, make
// them anew and review the difference:
//
//   USHER_UPDATE_GOLDEN=1 build/release/bin/mail_corpus_test && git diff tests/mail/corpus

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "channels/email/mail_charset.h"
#include "channels/email/mime_reader.h"
#include "tests/mail/render_mail.h"

namespace usher::email {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> CorpusNames() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(USHER_MAIL_CORPUS)) {
    if (entry.path().extension() == ".eml") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class CorpusTest : public testing::TestWithParam<std::string> {
 protected:
  fs::path Path(const char* extension) const {
    return fs::path(USHER_MAIL_CORPUS) / (GetParam() + extension);
  }
  MailMessage Read() const {
    return ReadMail(std::make_shared<const std::string>(ReadFile(Path(".eml"))));
  }
};

TEST_P(CorpusTest, ReadsAsItsGoldenResultSays) {
  const std::string rendered = RenderMail(Read());
  // Set by whoever runs the test, before it starts.
  if (std::getenv("USHER_UPDATE_GOLDEN") != nullptr) {  // NOLINT(concurrency-mt-unsafe)
    std::ofstream(Path(".golden"), std::ios::binary) << rendered;
  }
  EXPECT_EQ(rendered, ReadFile(Path(".golden")));
  EXPECT_TRUE(IsUtf8(rendered));
}

TEST_P(CorpusTest, KeepsItsBytesAndOpensItsParts) {
  const MailMessage mail = Read();
  EXPECT_EQ(*mail.raw, ReadFile(Path(".eml")));
  for (const MailPart& part : mail.parts) {
    const auto bytes = ReadPart(*mail.raw, part.id, 1'000'000);
    ASSERT_TRUE(bytes.ok()) << part.id;
    EXPECT_EQ(bytes->size(), part.bytes) << part.id;
  }
}

INSTANTIATE_TEST_SUITE_P(Mail, CorpusTest, testing::ValuesIn(CorpusNames()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace usher::email
