// SPDX-License-Identifier: Apache-2.0
#include "channels/phone/leg_note.h"

#include <gtest/gtest.h>

namespace usher::phone {
namespace {

TEST(LegNoteTest, ReadsWhatItWrote) {
  const LegNote note{
      .recording = "usher-c42-17-1-1795283281",
      .recordings = 2,
      .recording_paused = true,
      .joined = true,
      .muted = true,
      .passing = true,
      .address = "+4940999",
      .mode = routing::v1::SUPERVISION_MODE_WHISPER,
      .lasting = {routing::v1::CallLeg::STATE_UP, InstantFromUnixMs(1795283281123)},
      .customer = {routing::v1::CallLeg::STATE_HELD, InstantFromUnixMs(1795283299000)}};
  EXPECT_EQ(ToText(note),
            "r=usher-c42-17-1-1795283281;n=2;p;j;m;x;a=+4940999;s=2;t=2@1795283281123;"
            "c=3@1795283299000");
  EXPECT_EQ(ParseLegNote(ToText(note)), note);
}

TEST(LegNoteTest, IsEmptyWhereThereIsNothingToSay) {
  EXPECT_EQ(ToText({}), "");
  EXPECT_EQ(ParseLegNote(""), LegNote{});
}

TEST(LegNoteTest, PassesOverWhatDoesNotReadSo) {
  EXPECT_EQ(ParseLegNote("q=1;;=;s=99;n=x;a=sip:evil;m;t=99@5;c=2"), LegNote{.muted = true});
}

}  // namespace
}  // namespace usher::phone
