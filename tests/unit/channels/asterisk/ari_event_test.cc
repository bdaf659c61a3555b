// SPDX-License-Identifier: Apache-2.0
#include "channels/asterisk/ari_event.h"

#include <gtest/gtest.h>

namespace usher::asterisk {
namespace {

using Kind = AriEvent::Kind;

TEST(AriEventTest, ReadsACallerWhoComesIn) {
  const auto event = ParseAriEvent(
      R"({"type":"StasisStart","args":["inbound","+15558000123"],"channel":{"id":"1795283281.48",)"
      R"("name":"PJSIP/trunk-00000025","state":"Ring","caller":{"name":"ACME","number":"+15557"},)"
      R"("dialplan":{"exten":"+15558000123","app_name":"Stasis","app_data":"usher,inbound"},)"
      R"("channelvars":{"USHER_DID":"+15558000123","USHER_LANG":""}},"application":"usher"})");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->kind, Kind::kStasisStart);
  EXPECT_EQ(event->channel.id, "1795283281.48");
  EXPECT_EQ(event->channel.caller_number, "+15557");
  EXPECT_EQ(event->arguments, (std::vector<std::string>{"inbound", "+15558000123"}));
  // What is empty says nothing.
  EXPECT_EQ(event->channel.variables,
            (std::map<std::string, std::string>{{"USHER_DID", "+15558000123"}}));
}

TEST(AriEventTest, ReadsWhyATelephoneDidNotAnswer) {
  const auto event = ParseAriEvent(
      R"({"type":"ChannelDestroyed","cause":17,"tech_cause":486,"channel":{"id":"x"}})");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->kind, Kind::kChannelDestroyed);
  EXPECT_EQ(event->cause, 17);
  EXPECT_EQ(event->sip_status, 486);
}

TEST(AriEventTest, CountsOnlyTheRingingAmongChangesOfState) {
  EXPECT_EQ(ParseAriEvent(R"({"type":"ChannelStateChange","channel":{"id":"x","state":"Ringing"}})")
                ->kind,
            Kind::kRinging);
  EXPECT_EQ(
      ParseAriEvent(R"({"type":"ChannelStateChange","channel":{"id":"x","state":"Up"}})")->kind,
      Kind::kOther);
}

TEST(AriEventTest, TakesSoundBeforeTheAnswerForRinging) {
  const auto event =
      ParseAriEvent(R"({"type":"Dial","dialstatus":"PROGRESS","peer":{"id":"x","state":"Down"}})");
  EXPECT_EQ(event->kind, Kind::kRinging);
  EXPECT_EQ(event->channel.id, "x");
  EXPECT_EQ(
      ParseAriEvent(R"({"type":"Dial","dialstatus":"","peer":{"id":"x","state":"Down"}})")->kind,
      Kind::kOther);
}

TEST(AriEventTest, ReadsAnAnswerAmongTheEvents) {
  const auto event = ParseAriEvent(
      R"({"type":"RESTResponse","request_id":"7","status_code":404,"message_body":"{}"})");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->kind, Kind::kAnswer);
  EXPECT_EQ(event->request_id, "7");
  EXPECT_EQ(event->status, 404);
}

TEST(AriEventTest, ReadsWhereATelephoneWantsToSendItsCall) {
  const auto event = ParseAriEvent(
      R"({"type":"ChannelTransfer","refer_to":{"requested_destination":{"destination":"ben"}},)"
      R"("referred_by":{"source_channel":{"id":"usher.a.c1.ann.0"}}})");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->destination, "ben");
  EXPECT_EQ(event->channel.id, "usher.a.c1.ann.0");
}

TEST(AriEventTest, SkipsWhatIsNoEvent) {
  EXPECT_FALSE(ParseAriEvent(""));
  EXPECT_FALSE(ParseAriEvent("[]"));
  EXPECT_FALSE(ParseAriEvent("{\"type\":7}"));
  EXPECT_FALSE(ParseAriEvent("{\"type\":\"StasisStart\""));
  EXPECT_FALSE(ParseAriEvent(std::string(100'000, '[')));
}

TEST(AriEventTest, TakesFieldsOfTheWrongTypeForAbsent) {
  const auto event = ParseAriEvent(
      R"({"type":"StasisStart","args":{"a":1},"channel":{"id":7,"caller":[]},"cause":"17"})");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->channel.id, "");
  EXPECT_TRUE(event->arguments.empty());
  EXPECT_EQ(event->cause, 0);
}

TEST(AriEventTest, ReadsListsOfChannelsAndBridges) {
  const auto channels = ParseAriChannels(R"([{"id":"a","state":"Up"},{"name":"no id"},3])");
  ASSERT_EQ(channels.size(), 1U);
  EXPECT_EQ(channels[0].id, "a");
  const auto bridges = ParseAriBridges(R"([{"id":"b","channels":["a","c"]},{"id":""}])");
  ASSERT_EQ(bridges.size(), 1U);
  EXPECT_EQ(bridges[0].channels, (std::vector<std::string>{"a", "c"}));
  EXPECT_TRUE(ParseAriChannels("{}").empty());
}

}  // namespace
}  // namespace usher::asterisk
