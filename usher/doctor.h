// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "usher/print.h"

namespace usher::app {

struct AsteriskDoctorOptions {
  std::string file;  // that of `usher serve --asterisk`
  std::string context = "usher-inbound";
  std::string number = "+4930123456";
  std::string fallback_queue = "usher-fallback";
};

// `usher doctor asterisk FILE`: looks at every Asterisk of the file and prints what is good, what
// could be better and what is wrong, each with the next step. Gives the exit code: 0 nothing is
// wrong, 1 something is, 2 the file is.
int ExamineAsterisks(const AsteriskDoctorOptions& options, Output output);

struct FreeswitchDoctorOptions {
  std::string file;  // that of `usher serve --freeswitch`
  std::string context = "public";
};

// `usher doctor freeswitch FILE`: the same of every FreeSWITCH of the file.
int ExamineFreeswitches(const FreeswitchDoctorOptions& options, Output output);

// `usher doctor email FILE`: the same of every mailbox of a file of `usher serve --email`.
int ExamineMailboxes(const std::string& file, Output output);

}  // namespace usher::app
