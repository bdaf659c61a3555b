// SPDX-License-Identifier: Apache-2.0
#include "router/context/word_list.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace usher::context {
namespace {

std::string Found(const std::vector<std::string>& words, const std::string& text) {
  return WordList(words).Find(text).value_or("");
}

TEST(WordListTest, AWordIsMetWholeWhateverItsCaseAndWidth) {
  EXPECT_EQ(Found({"fool"}, "You FOOL!"), "fool");
  EXPECT_EQ(Found({"Fool"}, "ｆｏｏｌ"), "Fool");
  EXPECT_EQ(Found({"straße"}, "STRASSE"), "straße");
  EXPECT_EQ(Found({"дурак"}, "Дурак."), "дурак");
  EXPECT_EQ(Found({"fool"}, "fo\u200Bol"), "fool");  // a letter that nobody sees
}

TEST(WordListTest, AWordWithinAnotherIsNotIt) {
  EXPECT_EQ(Found({"ass"}, "first class"), "");
  EXPECT_EQ(Found({"ass"}, "an ass, a class"), "ass");
  EXPECT_EQ(Found({"fool"}, "foolish"), "");
}

TEST(WordListTest, WhereWordsHaveNoSpacesOneIsMetAnywhere) {
  EXPECT_EQ(Found({"骗子"}, "他是骗子吗"), "骗子");
  EXPECT_EQ(Found({"バカ"}, "ﾊﾞｶやろう"), "バカ");
  EXPECT_EQ(Found({"บ้า"}, "คนบ้าจริง"), "บ้า");
  EXPECT_EQ(Found({"骗子"}, "骗了子"), "");
}

TEST(WordListTest, APhraseIsItsWordsOneAfterTheOther) {
  EXPECT_EQ(Found({"go away"}, "Go -- AWAY!"), "go away");
  EXPECT_EQ(Found({"go away"}, "go far away"), "");
  EXPECT_EQ(Found({"go away"}, "go"), "");
}

TEST(WordListTest, AWordWithoutLettersIsMetAnywhere) { EXPECT_EQ(Found({"💩"}, "so 💩!"), "💩"); }

TEST(WordListTest, AListWithoutWordsRefusesNothing) {
  EXPECT_TRUE(WordList().empty());
  EXPECT_EQ(Found({}, "fool"), "");
  EXPECT_EQ(Found({"fool"}, ""), "");
}

}  // namespace
}  // namespace usher::context
