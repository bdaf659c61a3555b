// SPDX-License-Identifier: Apache-2.0
#include "channels/email/thread_guess.h"

#include <gtest/gtest.h>

namespace usher::email {
namespace {

TEST(ThreadGuessTest, SubjectsAreComparedWithoutWhatProgramsAdd) {
  EXPECT_EQ(SubjectKey("Re: AW: Order  8841 "), "order 8841");
  EXPECT_EQ(SubjectKey("Re: Auto: Order 8841"), "order 8841");
  EXPECT_EQ(SubjectKey("回复：订单 8841"), "订单 8841");
  EXPECT_EQ(SubjectKey(" Re: "), "");
}

TEST(ThreadGuessTest, AGeneralSubjectJoinsNothing) {
  for (const char* general : {"", "hi", "hello", "question", "order", "help me", "(no subject)",
                              "no subject", "ihre anfrage", "你好", "无主题", "订单"}) {
    EXPECT_TRUE(IsTooGeneral(general)) << general;
  }
}

TEST(ThreadGuessTest, AParticularOneDoes) {
  for (const char* particular : {"order 8841", "8841", "parcel damaged", "where is my parcel",
                                 "订单一直没有收到怎么办", "rechnung vom mai", "invoice-2026"}) {
    EXPECT_FALSE(IsTooGeneral(particular)) << particular;
  }
}

}  // namespace
}  // namespace usher::email
