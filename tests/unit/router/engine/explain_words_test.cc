// SPDX-License-Identifier: Apache-2.0
#include "router/engine/explain_words.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// docs/concepts/explain.md says what each word means.

namespace usher::engine {
namespace {

using ::testing::ContainerEq;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string Page() {
  std::ifstream file(USHER_SOURCE_DIR "/docs/concepts/explain.md");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The words that the tables of the page explain, in order, section by section.
std::vector<std::string> Explained() {
  std::vector<std::string> words;
  std::istringstream page(Page());
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with("| `")) continue;
    words.push_back(line.substr(3, line.find('`', 3) - 3));
  }
  return words;
}

template <class Kind>
std::vector<std::string> WordsOf(int count) {
  std::vector<std::string> words;
  for (int i = 0; i < count; ++i) words.emplace_back(ToString(static_cast<Kind>(i)));
  return words;
}

// Those of the page's words that are among `known`, in the order of the page.
std::vector<std::string> ExplainedAmong(const std::vector<std::string>& known) {
  std::vector<std::string> words = Explained();
  std::erase_if(words, [&](const std::string& word) {
    return std::find(known.begin(), known.end(), word) == known.end();
  });
  return words;
}

TEST(ExplainWordsTest, ThePageExplainsTheHurdlesInTheOrderInWhichTheyAreMet) {
  std::vector<std::string> in_order;
  for (const HurdleKind kind : kHurdleOrder) in_order.emplace_back(ToString(kind));
  in_order.emplace_back(ToString(HurdleKind::kNone));
  ASSERT_THAT(in_order, SizeIs(kHurdleKindCount));
  std::vector<std::string> explained = ExplainedAmong(in_order);
  ASSERT_GE(explained.size(), in_order.size());
  explained.resize(in_order.size());  // the summaries below repeat some
  EXPECT_THAT(explained, ContainerEq(in_order));
}

TEST(ExplainWordsTest, ThePageExplainsWhatEndsAWaitInTheOrderOfTheirNumbers) {
  const std::vector<std::string> ends = WordsOf<WaitEndKind>(kWaitEndKindCount);
  EXPECT_THAT(ExplainedAmong(ends), ContainerEq(ends));
}

TEST(ExplainWordsTest, ThePageKnowsEveryOtherWord) {
  std::vector<std::string> words = WordsOf<RoomShortage>(kRoomShortageCount);
  words.erase(words.begin());  // none
  for (const auto& list : {WordsOf<HoldingKind>(kHoldingKindCount),
                           WordsOf<OfferWay>(kOfferWayCount), WordsOf<Decider>(kDeciderCount)}) {
    words.insert(words.end(), list.begin(), list.end());
  }
  const std::string page = Page();
  for (const std::string& word : words) EXPECT_THAT(page, HasSubstr("`" + word + "`"));
}

TEST(ExplainWordsTest, ThePageExplainsNoWordThatIsNotThere) {
  std::set<std::string> known;
  for (const auto& list :
       {WordsOf<HurdleKind>(kHurdleKindCount), WordsOf<WaitEndKind>(kWaitEndKindCount),
        WordsOf<RoomShortage>(kRoomShortageCount), WordsOf<Decider>(kDeciderCount)}) {
    known.insert(list.begin(), list.end());
  }
  std::vector<std::string> unknown = Explained();
  ASSERT_GT(unknown.size(), 40u);
  std::erase_if(unknown, [&](const std::string& word) {
    return known.contains(word) || FindRefusal(word).has_value();
  });
  EXPECT_THAT(unknown, IsEmpty());
}

}  // namespace
}  // namespace usher::engine
