// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "channels/asterisk/ari_client.h"
#include "usher/finding.h"

namespace usher::app {

// What `usher doctor asterisk` asks one Asterisk, the way in which the adapter asks it.
struct AsteriskExam {
  asterisk::AriClient::Options server{};  // `application`: that which the dialplan names
  std::vector<std::string> endpoints{};   // "PJSIP/ann": the agents' phones
  // Where calls come in, and a number that could be dialled there.
  std::string context = "usher-inbound";
  std::string number = "+4930123456";
  std::string fallback_queue = "usher-fallback";
};

// Looks at the version, the modules, the rights of the ARI user, the encryption, the clock, the
// application, the dialplan's fallback and the phones. Asks as an application of its own,
// `usher-doctor`, so that a running Usher keeps its calls; makes one channel that calls nobody and
// is gone at the end. Blocks for some seconds at most; ends early where nothing more can be seen.
std::vector<Finding> ExamineAsterisk(const AsteriskExam& exam);

}  // namespace usher::app
