// SPDX-License-Identifier: Apache-2.0
#include "router/service/text_ids.h"

#include <gtest/gtest.h>

namespace usher::service {
namespace {

TEST(TextIdsTest, ReadsBackWhatItWrites) {
  EXPECT_EQ(ToText(ContactId{42}), "c42");
  EXPECT_EQ(ToText(OfferId{7}), "o7");
  EXPECT_EQ(*ParseContactId("c42"), ContactId{42});
  EXPECT_EQ(*ParseOfferId("o7"), OfferId{7});
  EXPECT_EQ(*ParseContactId("c18446744073709551615"), ContactId{UINT64_MAX});
}

TEST(TextIdsTest, NoIdIsEmptyText) {
  EXPECT_EQ(ToText(ContactId{}), "");
  EXPECT_EQ(*ParseOfferId(""), OfferId{});
  EXPECT_EQ(ParseContactId("").error().reason, "MISSING_CONTACT_ID");
}

TEST(TextIdsTest, RefusesWhatIsNotExactlyAnId) {
  for (const char* text : {"42", "o42", "c", "c0", "c-1", "c042", "c42 ", "c4x", "C42",
                           "c18446744073709551616", "c99999999999999999999999"}) {
    EXPECT_EQ(ParseContactId(text).ok(), false) << text;
  }
  EXPECT_EQ(ParseOfferId("c7").error().reason, "BAD_OFFER_ID");
}

}  // namespace
}  // namespace usher::service
