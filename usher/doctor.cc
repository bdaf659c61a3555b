// SPDX-License-Identifier: Apache-2.0
#include "usher/doctor.h"

#include <algorithm>
#include <iostream>
#include <utility>
#include <vector>

#include "base/io/json_text.h"
#include "usher/asterisk_exam.h"
#include "usher/asterisk_file.h"
#include "usher/email_exam.h"
#include "usher/email_file.h"
#include "usher/freeswitch_exam.h"
#include "usher/freeswitch_file.h"

namespace usher::app {

namespace {

const char* ToWord(Verdict verdict) {
  switch (verdict) {
    case Verdict::kGood:
      return "good";
    case Verdict::kAdvice:
      return "advice";
    case Verdict::kWrong:
      return "wrong";
  }
  return "";
}

void PrintFindings(const std::string& server, const std::vector<Finding>& findings) {
  std::vector<std::vector<std::string>> rows;
  for (const Finding& one : findings) {
    rows.push_back({server, ToWord(one.verdict), one.about, one.text});
    if (!one.next_step.empty()) rows.push_back({"", "", "", "  next: " + one.next_step});
  }
  for (auto& row : rows) {
    for (std::string& cell : row) cell = cell.empty() ? " " : cell;
  }
  PrintTable({"server", "verdict", "about", "finding"}, rows);
}

// One object a line.
void PrintFindingsAsJson(const std::string& server, const std::vector<Finding>& findings) {
  for (const Finding& one : findings) {
    std::string line = "{\"server\":";
    io::AppendJsonString(line, server);
    line += ",\"verdict\":";
    io::AppendJsonString(line, ToWord(one.verdict));
    line += ",\"about\":";
    io::AppendJsonString(line, one.about);
    line += ",\"finding\":";
    io::AppendJsonString(line, one.text);
    line += ",\"next_step\":";
    io::AppendJsonString(line, one.next_step);
    std::cout << line << "}\n";
  }
}

// Whether nothing is wrong.
bool Print(const std::string& server, const std::vector<Finding>& findings, Output output) {
  output == Output::kJson ? PrintFindingsAsJson(server, findings) : PrintFindings(server, findings);
  return std::none_of(findings.begin(), findings.end(),
                      [](const Finding& one) { return one.verdict == Verdict::kWrong; });
}

}  // namespace

int ExamineAsterisks(const AsteriskDoctorOptions& options, Output output) {
  const Result<asterisk::AsteriskConfig> config = ReadAsteriskFile(options.file);
  if (!config.ok()) return PrintError(config.error(), output);
  bool is_well = true;
  for (const asterisk::AsteriskServerConfig& server : config->servers) {
    AsteriskExam exam;
    exam.server = {.name = server.name,
                   .url = server.url,
                   .user = server.user,
                   .password = server.password,
                   .application = server.application,
                   .ca_file = server.ca_file};
    exam.context = options.context;
    exam.number = options.number;
    exam.fallback_queue = options.fallback_queue;
    for (const auto& [agent, address] : config->rules.agent_addresses) {
      exam.endpoints.push_back(address);
    }
    is_well = Print(server.name, ExamineAsterisk(exam), output) && is_well;
  }
  return is_well ? 0 : 1;
}

int ExamineFreeswitches(const FreeswitchDoctorOptions& options, Output output) {
  const Result<freeswitch::FreeswitchConfig> config = ReadFreeswitchFile(options.file);
  if (!config.ok()) return PrintError(config.error(), output);
  bool is_well = true;
  for (const freeswitch::FreeswitchServerConfig& server : config->servers) {
    FreeswitchExam exam{.server = server, .context = options.context};
    for (const auto& [agent, address] : config->rules.agent_addresses) {
      exam.telephones.push_back(address);
    }
    is_well = Print(server.name, ExamineFreeswitch(exam), output) && is_well;
  }
  return is_well ? 0 : 1;
}

int ExamineMailboxes(const std::string& file, Output output) {
  const Result<email::EmailConfig> config = ReadEmailFile(file);
  if (!config.ok()) return PrintError(config.error(), output);
  bool is_well = true;
  const auto print = [&](const std::string& name, const std::vector<Finding>& findings) {
    is_well = Print(name, findings, output) && is_well;
  };
  print("this process", {ExamineReplyKeys(config->reply_keys_file)});
  for (const email::EmailMailbox& mailbox : config->mailboxes) {
    print(mailbox.id, ExamineMailbox(mailbox));
  }
  return is_well ? 0 : 1;
}

}  // namespace usher::app
