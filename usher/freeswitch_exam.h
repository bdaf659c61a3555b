// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "channels/freeswitch/freeswitch_config.h"
#include "usher/finding.h"

namespace usher::app {

// What `usher doctor freeswitch` asks one FreeSWITCH, the way in which the adapter asks it.
struct FreeswitchExam {
  freeswitch::FreeswitchServerConfig server{};
  std::vector<std::string> telephones{};  // "user/ann": those that the file names
  std::string context = "public";         // of the dialplan, where calls come in
};

// Looks at the connection, its password and its way, the version, the modules, the conference
// profile, the dialplan's way to Usher and back, the folder of recordings, whether somebody serves
// the application, and the telephones. Only asks: nothing is called and nothing changed, and a
// running Usher keeps its calls. Blocks for some seconds at most; ends early where nothing more can
// be seen.
std::vector<Finding> ExamineFreeswitch(const FreeswitchExam& exam);

}  // namespace usher::app
