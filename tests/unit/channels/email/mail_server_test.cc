// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_server.h"

#include <gtest/gtest.h>

#include "channels/email/base64.h"
#include "channels/email/imap_client.h"

namespace usher::email {
namespace {

TEST(MailServerTest, SecretsGoWithoutTlsOnlyWhereThatIsAllowed) {
  MailServer server{.host = "mail.example", .security = MailSecurity::kNone};
  EXPECT_EQ(CheckPlaintext(server).error().reason, "PLAINTEXT_REFUSED");
  server.allow_plaintext = true;
  EXPECT_TRUE(CheckPlaintext(server).ok());
  for (const char* host : {"localhost", "127.0.0.1", "127.3.2.1", "::1"}) {
    EXPECT_TRUE(CheckPlaintext({.host = host, .security = MailSecurity::kNone}).ok()) << host;
  }
  EXPECT_FALSE(CheckPlaintext({.host = "localhost.evil", .security = MailSecurity::kNone}).ok());
  EXPECT_TRUE(CheckPlaintext({.host = "mail.example"}).ok());
}

TEST(MailServerTest, SaslResponsesAreAsTheirRfcsHaveThem) {
  const MailServer server{.host = "mail.example", .port = 993, .user = "a,b=c"};
  EXPECT_EQ(FromBase64Loosely(SaslResponse("PLAIN", server, "pw")), std::string("\0a,b=c\0pw", 9));
  EXPECT_EQ(FromBase64Loosely(SaslResponse("XOAUTH2", server, "tok")),
            "user=a,b=c\x01"
            "auth=Bearer tok\x01\x01");
  EXPECT_EQ(FromBase64Loosely(SaslResponse("OAUTHBEARER", server, "tok")),
            "n,a=a=2Cb=3Dc,\x01host=mail.example\x01port=993\x01"
            "auth=Bearer tok\x01\x01");
}

TEST(MailServerTest, NamesAndSetsAreAsImapHasThem) {
  EXPECT_EQ(ToImapMailboxName("Fertig \"a\""), "\"Fertig \\\"a\\\"\"");
  EXPECT_EQ(ToImapMailboxName("Übrig & 台北"), "\"&ANw-brig &- &U,BTFw-\"");
  EXPECT_EQ(ToImapMailboxName("a\r\nb").find('\n'), std::string::npos);
  EXPECT_EQ(ToUidSet({1, 2, 3, 5, 9, 10}), "1:3,5,9:10");
  EXPECT_EQ(ToUidSet({}), "");
}

}  // namespace
}  // namespace usher::email
