// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "base/id.h"
#include "base/result.h"
#include "channels/phone/phone_rules.h"
#include "router/configuration/diagnostic.h"
#include "router/configuration/mapping_reader.h"
#include "router/configuration/yaml_document.h"

namespace usher::app {

// What the files of telephone switches have in common: `numbers`, `queues`, `agents` and `outside`
// are read here, the same for every kind of switch, and `servers` by the kind.

// Of one kind of switch.
struct PhoneFileKind {
  std::string title;            // `asterisk file`, as diagnostics call it
  std::string reason;           // of what is wrong in it: BAD_ASTERISK_FILE
  std::string server;           // what a server of it is: `the Asterisk that calls come from`
  std::string agent_example;    // of an agent's address, with {agent}
  std::string outside_example;  // of an address outside, with {number}
  phone::PhoneRules defaults{};
};

// Reads one entry of `servers` with what is wrong in it.
using ServerReader =
    std::function<void(const std::string& name, const configuration::YamlNode& node,
                       const std::filesystem::path& folder, configuration::Diagnostics&)>;

// The kind's reason with each line that is wrong.
Result<phone::PhoneRules> ReadPhoneFile(const std::filesystem::path& file,
                                        const PhoneFileKind& kind, const ServerReader& read_server);

// What every server has: whose it is, who may come in, and how many. References to the server's own
// configuration.
struct ServerBasics {
  DomainId& domain;
  std::string& application;
  std::string& password;
  std::size_t& calls_max;
  bool& hang_up_unknown;
};
// `whose_password` completes `a file with `.
void ReadServerBasics(configuration::MappingReader& reader, const configuration::YamlNode& node,
                      const std::filesystem::path& folder, const std::string& whose_password,
                      ServerBasics basics);

}  // namespace usher::app
