// SPDX-License-Identifier: Apache-2.0
#include "usher/freeswitch_file.h"

#include <cstdlib>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace usher::app {
namespace {

using std::filesystem::perms;

class FreeswitchFileTest : public ::testing::Test {
 protected:
  FreeswitchFileTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "usher-file-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    Write("esl.secret", "of-this-test\n");
    std::filesystem::permissions(folder_ / "esl.secret", perms::owner_read | perms::owner_write);
  }
  ~FreeswitchFileTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
  }
  Result<freeswitch::FreeswitchConfig> Read(const std::string& text) {
    Write("freeswitch.yaml", text);
    return ReadFreeswitchFile(folder_ / "freeswitch.yaml");
  }
  // Whether what is wrong with it says so.
  bool Complains(const std::string& text, const std::string& part) {
    const auto read = Read(text);
    return !read.ok() && read.error().reason == "BAD_FREESWITCH_FILE" &&
           read.error().message.find(part) != std::string::npos;
  }

  std::filesystem::path folder_;
};

constexpr const char* kNumbers = "numbers: {\"+4930*\": support}\n";

TEST_F(FreeswitchFileTest, HasTheDefaultsOfFreeswitch) {
  const auto config = Read(std::string("servers:\n  main: {password_file: esl.secret}\n") +
                           kNumbers + "queues: {support: {announce: {position: true}}}\n");
  ASSERT_TRUE(config.ok()) << config.error().message;
  const freeswitch::FreeswitchServerConfig& server = config->servers.front();
  EXPECT_EQ(server.name, "main");
  EXPECT_EQ(server.host, "127.0.0.1");
  EXPECT_EQ(server.port, 8021);
  EXPECT_EQ(server.password, "of-this-test");
  EXPECT_EQ(config->rules.AddressOf("ann"), "user/ann");
  EXPECT_EQ(config->rules.Of("support").music, "moh");
  EXPECT_EQ(config->rules.Of("another").music, "moh");
  EXPECT_EQ(config->rules.Of("support").announce.next.front(), "ivr/ivr-you_are_number_one.wav");
}

TEST_F(FreeswitchFileTest, TakesNothingThatCouldBeACommand) {
  for (const char* bad : {"host: \"127.0.0.1 x\"", "recordings: \"/var/$(id)\"",
                          "give_back_extension: \"a b\"", "conference_profile: \"a,park\""}) {
    EXPECT_TRUE(Complains(
        std::string("servers:\n  main: {password_file: esl.secret, ") + bad + "}\n" + kNumbers,
        "must be letters, digits"))
        << bad;
  }
}

TEST_F(FreeswitchFileTest, SaysWhatIsMissing) {
  EXPECT_TRUE(Complains("numbers: {\"*\": support}\n", "servers is missing"));
  EXPECT_TRUE(Complains("servers:\n  main: {password_file: esl.secret}\n", "numbers is missing"));
  EXPECT_TRUE(
      Complains(std::string("servers:\n  main: {}\n") + kNumbers, "password_file is missing"));
  EXPECT_TRUE(Complains(std::string("servers:\n  main: {password_file: esl.secret}\n") + kNumbers +
                            "queues: {support: {announce: {wait: true}}}\n",
                        "announces the wait without a sound"));
}

TEST_F(FreeswitchFileTest, APasswordThatOthersCanReadIsRefused) {
  std::filesystem::permissions(folder_ / "esl.secret", perms::group_read,
                               std::filesystem::perm_options::add);
  EXPECT_TRUE(Complains(std::string("servers:\n  main: {password_file: esl.secret}\n") + kNumbers,
                        "can be read by others"));
}

}  // namespace
}  // namespace usher::app
