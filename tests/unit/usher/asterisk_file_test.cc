// SPDX-License-Identifier: Apache-2.0
#include "usher/asterisk_file.h"

#include <cstdlib>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace usher::app {
namespace {

using std::filesystem::perms;

class AsteriskFileTest : public ::testing::Test {
 protected:
  AsteriskFileTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "usher-file-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    Write("ari.secret", "of-this-test\n");
    std::filesystem::permissions(folder_ / "ari.secret", perms::owner_read | perms::owner_write);
  }
  ~AsteriskFileTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
  }
  Result<asterisk::AsteriskConfig> Read(const std::string& text) {
    Write("asterisk.yaml", text);
    return ReadAsteriskFile(folder_ / "asterisk.yaml");
  }
  // What is wrong with it, without the folder.
  std::string Complaint(const std::string& text) {
    const auto read = Read(text);
    if (read.ok()) return "nothing";
    std::string message = read.error().message;
    const std::string folder = folder_.string() + '/';
    for (std::size_t at; (at = message.find(folder)) != std::string::npos;) {
      message.erase(at, folder.size());
    }
    return message;
  }

  std::filesystem::path folder_;
};

constexpr const char* kServer =
    "servers:\n"
    "  main: {url: \"http://127.0.0.1:8088/\", user: usher, password_file: ari.secret}\n";

TEST_F(AsteriskFileTest, ReadsServersNumbersAndQueues) {
  const auto read = Read(std::string(kServer) +
                         "numbers:\n"
                         "  \"+4930*\": support\n"
                         "  \"*\": {queue: front, priority: 2, attributes: {line: main}}\n"
                         "queues:\n"
                         "  support: {answer: false, ring: on-accept, ring_timeout: 12s,\n"
                         "            digits: {1: callback, 2: voicemail, 3: queue front}}\n"
                         "agents: {address: \"PJSIP/{agent}\", addresses: {ben: PJSIP/desk-7}}\n"
                         "outside: {address: \"PJSIP/{number}@trunk\", ring: 40s}\n");
  ASSERT_TRUE(read.ok()) << read.error().message;
  ASSERT_EQ(read->servers.size(), 1U);
  EXPECT_EQ(read->servers[0].url, "http://127.0.0.1:8088");
  EXPECT_EQ(read->servers[0].password, "of-this-test");
  EXPECT_EQ(read->rules.Find("+49301")->queue, "support");
  EXPECT_EQ(read->rules.Find("1")->priority, 2);
  EXPECT_EQ(read->rules.Find("1")->attributes.at("line"), "main");
  const phone::QueueRules& support = read->rules.Of("support");
  EXPECT_FALSE(support.answer);
  EXPECT_EQ(support.ring, phone::Ring::kOnAccept);
  EXPECT_EQ(support.ring_timeout, Duration{12'000});
  EXPECT_EQ(support.digits.at('1').action, phone::DigitRule::Action::kCallback);
  EXPECT_EQ(support.digits.at('3').queue, "front");
  EXPECT_TRUE(read->rules.Of("front").answer);
  EXPECT_EQ(read->rules.AddressOf("ben"), "PJSIP/desk-7");
  EXPECT_EQ(read->rules.outside_ring, Duration{40'000});
}

TEST_F(AsteriskFileTest, NamesEachLineThatIsWrong) {
  EXPECT_EQ(
      Complaint(std::string(kServer) +
                "numbers: {abc: support}\n"
                "queues:\n"
                "  support: {ring: sometimes, digits: {12: callback, 1: dance}}\n"
                "agents: {address: PJSIP/all}\n"),
      "asterisk.yaml:3: number \"abc\" must be digits, with + before and * at its end for any "
      "rest\n"
      "asterisk.yaml:5: queue support: ring must be on-offer or on-accept, not \"sometimes\"\n"
      "asterisk.yaml:5: queue support: digits: \"12\" is no key of a telephone\n"
      "asterisk.yaml:5: queue support: digits: 1 must be callback, voicemail or `queue NAME`, "
      "not \"dance\"\n"
      "asterisk.yaml:6: agents: address must hold {agent}, such as PJSIP/{agent}");
}

TEST_F(AsteriskFileTest, GivesAnApplicationToOneServer) {
  EXPECT_EQ(
      Complaint(std::string(kServer) +
                "  too: {url: \"http://127.0.0.1:8088\", user: usher, password_file: "
                "ari.secret}\nnumbers: {\"*\": support}\n"),
      "asterisk.yaml:3: server too is the application of server main again; each needs one of "
      "its own");
}

TEST_F(AsteriskFileTest, WantsAServerAndNumbers) {
  EXPECT_EQ(Complaint("numbers: {\"*\": support}\n"),
            "asterisk.yaml: servers is missing: the Asterisk that calls come from");
  EXPECT_EQ(Complaint(kServer),
            "asterisk.yaml: numbers is missing: which queue the calls of a number wait in");
}

TEST_F(AsteriskFileTest, TakesNoPasswordThatOthersMayRead) {
  std::filesystem::permissions(folder_ / "ari.secret", perms::owner_read | perms::others_read);
  const std::string said = Complaint(std::string(kServer) + "numbers: {\"*\": support}\n");
  EXPECT_NE(said.find("ari.secret can be read by others"), std::string::npos) << said;
  EXPECT_NE(said.find("chmod 600"), std::string::npos) << said;
}

}  // namespace
}  // namespace usher::app
