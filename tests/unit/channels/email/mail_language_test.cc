// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_language.h"

#include <string>

#include <gtest/gtest.h>

namespace usher::email {
namespace {

TEST(MailLanguageTest, TellsWhatIsPlainlyWritten) {
  EXPECT_EQ(RecogniseLanguage("Where is my parcel? I ordered it two weeks ago."), "en");
  EXPECT_EQ(RecogniseLanguage("Wo bleibt mein Paket? Ich warte seit zwei Wochen."), "de");
  EXPECT_EQ(RecogniseLanguage("Bonjour, je n'ai pas reçu ma commande."), "fr");
  EXPECT_EQ(RecogniseLanguage("你好，我的订单还没有收到，请问什么时候发货？"), "zh");
  EXPECT_EQ(RecogniseLanguage("訂單一直沒有收到怎麼辦"), "zh-Hant");
  EXPECT_EQ(RecogniseLanguage("ご注文の商品がまだ届いていません。"), "ja");
  EXPECT_EQ(RecogniseLanguage("Здравствуйте, где мой заказ?"), "ru");
}

TEST(MailLanguageTest, SaysNothingWhereItIsNotSure) {
  for (const char* text : {"", "hello", "8841 8842", "Guten Tag", "\n\n"}) {
    EXPECT_EQ(RecogniseLanguage(text), "") << text;
  }
}

TEST(MailLanguageTest, LongTextsAreCutBetweenCharacters) {
  std::string text;
  while (text.size() < 100'000) text += "我的订单还没有收到。";
  EXPECT_EQ(RecogniseLanguage(text), "zh");
}

}  // namespace
}  // namespace usher::email
