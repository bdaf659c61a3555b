// SPDX-License-Identifier: Apache-2.0
#include "router/simulation/simulate.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace usher::simulation {
namespace {

using testing::HasSubstr;

const std::string kDomain = USHER_DEMO_FOLDER "/domain.yaml";
const std::string kTraffic = USHER_DEMO_FOLDER "/traffic.yaml";

struct Said {
  int code = 0;
  std::string out{};
  std::string err{};
};

Said Simulate(SimulateOptions options) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = SimulateFiles(options, out, err);
  return {code, out.str(), err.str()};
}

// The file names of the test's machine are not what is compared.
std::string WithoutFolders(std::string text) {
  for (std::size_t at = 0; (at = text.find(USHER_DEMO_FOLDER "/")) != std::string::npos;) {
    text.erase(at, std::string(USHER_DEMO_FOLDER "/").size());
  }
  return text;
}

// The stored page was made by another compiler's build: the same bytes on every machine. After a
// change that means to change it, set USHER_WRITE_EXPECTED and look at the difference.
TEST(SimulateFilesTest, TheReportOfADayIsTheSameEverywhere) {
  const std::string file = USHER_EXPECTED_FOLDER "/demo_day.txt";
  std::string made;
  for (const bool json : {false, true}) {
    const Said said = Simulate(
        {.domain_file = kDomain, .traffic_file = kTraffic, .seed = 5, .runs = 3, .json = json});
    EXPECT_EQ(said.code, 0) << said.err;
    made += WithoutFolders(said.out);
  }
  if (std::getenv("USHER_WRITE_EXPECTED") != nullptr) std::ofstream(file) << made;
  std::ifstream in(file);
  std::stringstream stored;
  stored << in.rdbuf();
  EXPECT_EQ(made, stored.str());
}

TEST(SimulateFilesTest, AFileComparedWithItselfDiffersInNothing) {
  const Said said = Simulate({.domain_file = kDomain,
                              .traffic_file = kTraffic,
                              .compare_file = kDomain,
                              .runs = 4,
                              .json = true});
  ASSERT_EQ(said.code, 0) << said.err;
  const std::string difference = said.out.substr(said.out.find("\"difference\""));
  EXPECT_THAT(difference, HasSubstr("\"offered\": {\"mean\": 0, \"half_width\": 0, \"runs\": 4}"));
  // No figure has any digit but that of zero, and the number of runs.
  for (std::size_t at = 0; (at = difference.find("\"mean\": ", at)) != std::string::npos;) {
    at += 8;
    const std::string value = difference.substr(at, difference.find(',', at) - at);
    EXPECT_TRUE(value == "0" || value == "null") << value;
  }
}

TEST(SimulateFilesTest, AWrongFileIsToldWithItsLine) {
  const Said missing = Simulate({.domain_file = kDomain, .traffic_file = "/nowhere.yaml"});
  EXPECT_EQ(missing.code, 2);
  EXPECT_THAT(missing.err, HasSubstr("/nowhere.yaml"));
  EXPECT_EQ(missing.out, "");
  const Said swapped = Simulate({.domain_file = kTraffic, .traffic_file = kTraffic});
  EXPECT_EQ(swapped.code, 2);
  EXPECT_THAT(swapped.err, HasSubstr("traffic.yaml:3: unknown key \"start\""));
}

}  // namespace
}  // namespace usher::simulation
