// SPDX-License-Identifier: Apache-2.0
#include "usher/freeswitch_exam.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/channels/freeswitch/scripted_switch.h"

namespace usher::app {
namespace {

// What deploy/freeswitch makes of a FreeSWITCH.
constexpr const char* kPublic =
    R"(<context name="public"><extension name="usher"><condition field="destination_number" expression="^(1)$">
<action application="set" data="usher_application=usher"/>
<action application="sched_transfer" data="+4 usher-given-back XML usher"/>
<action application="park"/></condition></extension></context>)";

class FreeswitchExamTest : public ::testing::Test {
 protected:
  FreeswitchExamTest() {
    switch_.Refuse("version", "FreeSWITCH Version 1.10.12-release~64bit (-release 64bit)\n");
    switch_.Refuse("module_exists", "true");
    switch_.Refuse("file_exists /var/lib/freeswitch/recordings", "true");
    switch_.Refuse("xml_locate configuration configuration name conference.conf",
                   R"(<configuration name="conference.conf"><profiles><profile name="usher">)");
    switch_.Refuse("xml_locate dialplan context name public", kPublic);
    switch_.Refuse("xml_locate dialplan context name usher",
                   R"(<context name="usher"><condition expression="^usher-given-back$"/>)");
    switch_.Refuse("sofia_contact", "error/user_not_registered");
    exam_.server.name = "main";
    exam_.server.port = switch_.port();
    exam_.server.password = "secret";
  }

  // "good: …", of each finding about the thing.
  std::string Look(const std::string& about) {
    std::string text;
    for (const Finding& one : ExamineFreeswitch(exam_)) {
      EXPECT_EQ(one.next_step.empty(), one.verdict == Verdict::kGood) << one.text;
      if (one.about != about) continue;
      text += one.verdict == Verdict::kGood     ? "good: "
              : one.verdict == Verdict::kAdvice ? "advice: "
                                                : "wrong: ";
      text += one.text + '\n';
    }
    return text;
  }

  freeswitch::ScriptedSwitch switch_;
  FreeswitchExam exam_;
};

TEST_F(FreeswitchExamTest, FindsAllWellButThatNobodyServes) {
  for (const Finding& one : ExamineFreeswitch(exam_)) {
    EXPECT_EQ(one.verdict, one.about == "application" ? Verdict::kAdvice : Verdict::kGood)
        << one.about << ": " << one.text;
  }
  EXPECT_EQ(switch_.Count("uuid_"), 0U);
  EXPECT_EQ(switch_.Count("global_setvar"), 0U);
}

TEST_F(FreeswitchExamTest, SaysThatThePasswordIsWrong) {
  exam_.server.password = "guessed";
  EXPECT_NE(Look("connection").find("the password is wrong"), std::string::npos);
}

TEST_F(FreeswitchExamTest, SaysThatNothingIsThere) {
  exam_.server.port = 1;
  EXPECT_EQ(Look("connection").rfind("wrong: 127.0.0.1:1: ", 0), 0U);
}

TEST_F(FreeswitchExamTest, NamesTheModuleThatIsMissingAndWhatItIsFor) {
  switch_.Refuse("module_exists mod_conference", "false");
  EXPECT_EQ(Look("modules"), "wrong: mod_conference is not loaded; talking needs it\n");
}

TEST_F(FreeswitchExamTest, RefusesAnOldReleaseAndTheDefaultPassword) {
  switch_.Refuse("version", "FreeSWITCH Version 1.6.20~64bit\n");
  EXPECT_EQ(Look("version").rfind("wrong: FreeSWITCH 1.6 ", 0), 0U);
  EXPECT_EQ(Look("password").rfind("good", 0), 0U);
}

TEST_F(FreeswitchExamTest, SeesADialplanWithoutAWayOnAndOneWithoutAWayBack) {
  std::string without = kPublic;
  without.erase(without.find("<action application=\"sched_transfer"),
                without.find("<action application=\"park") -
                    without.find("<action application=\"sched_transfer"));
  switch_.Refuse("xml_locate dialplan context name public", without);
  switch_.Refuse("xml_locate dialplan context name usher", "-ERR can't find anything\n");
  EXPECT_EQ(Look("dialplan").rfind("wrong: callers are parked", 0), 0U);
  EXPECT_EQ(Look("fallback").rfind("wrong: there is no context usher", 0), 0U);
  exam_.context = "elsewhere";
  EXPECT_EQ(Look("dialplan").rfind("advice: nothing in context elsewhere", 0), 0U);
}

TEST_F(FreeswitchExamTest, SeesAConferenceProfileThatIsMissing) {
  exam_.server.conference_profile = "mine";
  EXPECT_EQ(Look("conference"), "wrong: conference.conf has no profile mine: nobody can talk\n");
}

TEST_F(FreeswitchExamTest, TellsWhichTelephonesAreNotRegistered) {
  switch_.Refuse("sofia_contact ann", "sofia/internal/sip:ann@192.0.2.7:5060");
  exam_.telephones = {"user/ann", "user/ben"};
  EXPECT_EQ(Look("phones"), "advice: user/ben is not registered\ngood: registered: 1\n");
}

}  // namespace
}  // namespace usher::app
