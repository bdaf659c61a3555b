// SPDX-License-Identifier: Apache-2.0
#include "router/scenario/run_scenarios.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace usher::scenario {
namespace {

namespace fs = std::filesystem;

class RunScenariosTest : public testing::Test {
 protected:
  RunScenariosTest() {
    std::string name = (fs::temp_directory_path() / "usher-scenario-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~RunScenariosTest() override { fs::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& text) {
    const fs::path path = folder_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path.string();
  }

  int Run(const std::vector<std::string>& files, ReportFormat format = ReportFormat::kText) {
    std::ostringstream out;
    const int code = RunScenarios(files, {}, format, out);
    out_ = out.str();
    return code;
  }

  fs::path folder_;
  std::string out_;
};

constexpr const char* kPassing =
    "name: Good\ndomain: {queues: {a: }}\n"
    "steps: [{at: 0s, submit: c1, queue: a}, {at: 0s, expect: {waiting: {a: [c1]}}}]\n";
constexpr const char* kFailing =
    "name: Bad\ndomain: {queues: {a: }}\nsteps: [{at: 0s, expect: {queued: [c1 -> a]}}]\n";

TEST_F(RunScenariosTest, AFileMayHoldSeveralScenarios) {
  const std::string file = Write("s.yaml", std::string(kPassing) + "---\n" + kFailing);
  const std::vector<ScenarioResult> results = RunFile(file, {});
  ASSERT_EQ(results.size(), 2u);
  EXPECT_TRUE(results[0].passed());
  EXPECT_EQ(results[1].name, "Bad");
  EXPECT_FALSE(results[1].passed());
}

TEST_F(RunScenariosTest, TheFileOfADomainNeedNotSayItsName) {
  Write("acme.yaml", "queues: {a: }\n");
  const std::string file =
      Write("s.yaml", "name: N\ndomain_file: acme.yaml\nsteps: [{at: 0s, submit: c, queue: a}]\n");
  EXPECT_EQ(Run({file}), 0) << out_;
}

TEST_F(RunScenariosTest, ARefusalNamesTheContactAsTheFileDoes) {
  const std::string file =
      Write("s.yaml",
            "name: N\ndomain: {queues: {a: }}\nsteps:\n  - {at: 0s, cancel: c1}\n"
            "---\nname: M\ndomain: {queues: {a: }}\nsteps:\n  - {at: 0s, submit: c1, queue: a}\n"
            "  - {at: 0s, cancel: c1}\n  - {at: 0s, cancel: c1}\n");
  EXPECT_EQ(Run({file}), 1);
  EXPECT_THAT(out_, testing::HasSubstr("UNKNOWN_CONTACT: no contact was submitted as c1\n"));
  EXPECT_THAT(out_, testing::HasSubstr("CONTACT_CLOSED: contact c1 is closed\n"));
}

TEST_F(RunScenariosTest, EndsWithTheCountsAndTheExitCode) {
  const std::string good = Write("good.yaml", kPassing);
  const std::string bad = Write("bad.yaml", kFailing);
  EXPECT_EQ(Run({good}), 0);
  EXPECT_EQ(out_, "PASS Good\n1 passed, 0 failed\n");
  EXPECT_EQ(Run({good, bad}), 1);
  EXPECT_THAT(out_, testing::StartsWith("PASS Good\nFAIL Bad\n  " + bad + ":3: queued\n"));
  EXPECT_THAT(out_, testing::EndsWith("1 passed, 1 failed\n"));
}

TEST_F(RunScenariosTest, JsonIsOneObjectAScenario) {
  EXPECT_EQ(Run({Write("good.yaml", kPassing), Write("bad.yaml", kFailing)}, ReportFormat::kJson),
            1);
  std::istringstream lines(out_);
  std::string line;
  int objects = 0;
  while (std::getline(lines, line)) {
    ++objects;
    EXPECT_THAT(line, testing::StartsWith("{\"name\": "));
    EXPECT_THAT(line, testing::EndsWith("}"));
  }
  EXPECT_EQ(objects, 2);
}

TEST_F(RunScenariosTest, ADomainFileIsFoundBesideTheScenario) {
  Write("acme.yaml", "domain: acme\nqueues: {a: }\n");
  EXPECT_EQ(Run({Write("cases/s.yaml",
                       "domain_file: ../acme.yaml\n"
                       "steps: [{at: 0s, submit: c1, queue: a},"
                       " {at: 1s, apply: ../acme.yaml}]\n")}),
            0)
      << out_;
  EXPECT_EQ(Run({Write("cases/t.yaml", "domain_file: ../nowhere.yaml\nsteps: []\n")}), 1);
  EXPECT_THAT(out_, testing::HasSubstr("there is no file"));
}

TEST_F(RunScenariosTest, AMistakeInADomainFileNamesThatFile) {
  const std::string domain = Write("acme.yaml", "domain: acme\nqueus: {}\n");
  EXPECT_EQ(Run({Write("s.yaml", "domain_file: acme.yaml\nsteps: []\n")}), 1);
  EXPECT_THAT(out_, testing::HasSubstr(domain + ":2: unknown key \"queus\""));
}

TEST_F(RunScenariosTest, WhatCannotBeReadFails) {
  EXPECT_EQ(Run({(folder_ / "nothing.yaml").string()}), 1);
  EXPECT_THAT(out_, testing::EndsWith("0 passed, 1 failed\n"));
  EXPECT_EQ(Run({folder_.string()}), 1);
  EXPECT_EQ(Run({Write("empty.yaml", "# nothing\n")}), 1);
  EXPECT_EQ(Run({Write("broken.yaml", "a: [\n")}), 1);
  EXPECT_EQ(Run({Write("list.yaml", "- a\n")}), 1);
}

}  // namespace
}  // namespace usher::scenario
