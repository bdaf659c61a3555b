// SPDX-License-Identifier: Apache-2.0
#include "agents/gateway/softphone.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/io/static_files.h"

namespace usher::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr Instant kNow = InstantFromUnixMs(1'800'000'000'000);

TEST(SoftphoneTest, WithoutOneConsolesAreToldNothing) {
  EXPECT_TRUE(CheckSoftphone({}).ok());
  EXPECT_EQ(DescribeSoftphone({}, "ann", kNow), "{}");
}

TEST(SoftphoneTest, TellsServerDomainAndUser) {
  const SoftphoneConfig config{.server = "wss://pbx.example.org:8089/ws",
                               .ice_servers = {"stun:stun.example.org:3478"}};
  ASSERT_TRUE(CheckSoftphone(config).ok());
  EXPECT_EQ(DescribeSoftphone(config, "ann", kNow),
            R"({"server":"wss://pbx.example.org:8089/ws","domain":"pbx.example.org",)"
            R"("user":"ann","iceServers":[{"urls":"stun:stun.example.org:3478"}]})");
}

TEST(SoftphoneTest, TurnPasswordsAreOfTheAgentAndEnd) {
  const SoftphoneConfig config{.server = "wss://pbx.example.org/ws",
                               .domain = "example.org",
                               .ice_servers = {"turns:turn.example.org:5349"},
                               .turn_secret = "north"};
  ASSERT_TRUE(CheckSoftphone(config).ok());
  const std::string told = DescribeSoftphone(config, "ann", kNow);
  // Twelve hours after kNow; the credential as `openssl dgst -sha1 -hmac north -binary | base64`.
  EXPECT_THAT(told, HasSubstr(R"("username":"1800043200:ann")"));
  EXPECT_THAT(told, HasSubstr(R"("credential":"T8damJt7SIS3dPqdZlsf29r+oh0=")"));
  EXPECT_THAT(told, Not(HasSubstr("north")));
}

TEST(SoftphoneTest, RefusesWhatIsNoAddressAndSaysHowToWriteIt) {
  for (const SoftphoneConfig& config : {
           SoftphoneConfig{.server = "https://pbx.example.org/ws"},
           SoftphoneConfig{.server = "wss://"},
           SoftphoneConfig{.server = "wss://pbx.example.org/ws; script-src *"},
           SoftphoneConfig{.server = "wss://pbx.example.org/ws", .domain = "a b"},
           SoftphoneConfig{.server = "wss://pbx.example.org/ws", .ice_servers = {"http://x"}},
           SoftphoneConfig{.server = "wss://pbx.example.org/ws", .ice_servers = {"turn:x"}},
           SoftphoneConfig{.domain = "example.org"},
       }) {
    const Result<void> checked = CheckSoftphone(config);
    ASSERT_FALSE(checked.ok()) << config.server << config.domain;
    EXPECT_EQ(checked.error().reason, "INVALID_SOFTPHONE");
    EXPECT_FALSE(checked.error().next_step.empty());
  }
}

TEST(SoftphoneTest, PagesMayConnectThereAndAskForTheMicrophone) {
  const io::HttpHeaders headers = WithSoftphone(io::SecurityHeaders(io::ConsolePolicy()),
                                                {.server = "wss://pbx.example.org:8089/ws?x"});
  std::string all;
  for (const auto& [name, value] : headers) all += name + ": " + value + "\n";
  EXPECT_THAT(all, HasSubstr("connect-src 'self' wss://pbx.example.org:8089;"));
  EXPECT_THAT(all, HasSubstr("microphone=(self)"));
}

}  // namespace
}  // namespace usher::gateway
