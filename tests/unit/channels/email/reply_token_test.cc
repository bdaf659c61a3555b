// SPDX-License-Identifier: Apache-2.0
#include "channels/email/reply_token.h"

#include <string>

#include <gtest/gtest.h>

#include "channels/email/ascii.h"

namespace usher::email {
namespace {

const std::string kFirstKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
const std::string kSecondKey = "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=\n";

ReplyTokens Tokens(const std::string& text) { return *ReplyTokens::Parse(text, "keys"); }

TEST(ReplyTokenTest, AMessageIdLeadsBackToItsThread) {
  const ReplyTokens tokens = Tokens(kFirstKey);
  const std::string id = tokens.MakeMessageId("dom1/4711", "shop.example");
  EXPECT_TRUE(id.ends_with("@shop.example"));
  EXPECT_EQ(tokens.FindThread(id), "dom1/4711");
  EXPECT_NE(tokens.MakeMessageId("dom1/4711", "shop.example"), id);
}

TEST(ReplyTokenTest, CaseAndDomainDoNotMatter) {
  const ReplyTokens tokens = Tokens(kFirstKey);
  std::string id = tokens.MakeMessageId("t", "shop.example");
  for (char& c : id) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  EXPECT_EQ(tokens.FindThread(id), "t");
  EXPECT_EQ(tokens.FindThread(id.substr(0, id.find('@')) + "@rewritten.example"), "t");
}

TEST(ReplyTokenTest, OneUniqueTextGivesOneMessageId) {
  const ReplyTokens tokens = Tokens(kFirstKey);
  EXPECT_EQ(tokens.MessageIdFor("t", "c1/2", "x"), tokens.MessageIdFor("t", "c1/2", "x"));
  EXPECT_NE(tokens.MessageIdFor("t", "c1/2", "x"), tokens.MessageIdFor("t", "c1/3", "x"));
  EXPECT_EQ(tokens.FindThread(tokens.MessageIdFor("t", "c1/2", "x")), "t");
}

TEST(ReplyTokenTest, NothingMadeUpIsBelieved) {
  const ReplyTokens tokens = Tokens(kFirstKey);
  const std::string id = tokens.MakeMessageId("dom1/4711", "shop.example");
  for (std::size_t i = 0; i < id.find('@'); ++i) {
    std::string changed = id;
    changed[i] = changed[i] == 'a' ? 'b' : 'a';
    EXPECT_FALSE(tokens.FindThread(changed)) << i;
  }
  EXPECT_FALSE(Tokens(kSecondKey).FindThread(id));
  for (const char* other : {"", "@", "a@b", "u1...@x", "u1.a.b@x", "u1.me.me.me.me@x"}) {
    EXPECT_FALSE(tokens.FindThread(other)) << other;
  }
}

TEST(ReplyTokenTest, AnOlderKeyIsStillBelieved) {
  const std::string id = Tokens(kFirstKey).MakeMessageId("t", "x");
  EXPECT_EQ(Tokens(kSecondKey + kFirstKey).FindThread(id), "t");
}

TEST(ReplyTokenTest, KeysThatAreNoneAreRefused) {
  for (const char* bad :
       {"", "\n", "short\n", "AAEC\n", "not base64 at all, but as long as one is\n"}) {
    EXPECT_EQ(ReplyTokens::Parse(bad, "keys").error().reason, "REPLY_KEYS_INVALID") << bad;
  }
}

}  // namespace
}  // namespace usher::email
