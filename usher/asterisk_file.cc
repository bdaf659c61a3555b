// SPDX-License-Identifier: Apache-2.0
#include "usher/asterisk_file.h"

#include <algorithm>
#include <string>
#include <utility>

#include "usher/phone_file.h"

namespace usher::app {

namespace {

using asterisk::AsteriskConfig;
using asterisk::AsteriskServerConfig;
using configuration::Diagnostics;
using configuration::MappingReader;
using configuration::YamlNode;

AsteriskServerConfig ReadServer(const std::string& name, const YamlNode& node,
                                const std::filesystem::path& folder, Diagnostics& diagnostics) {
  AsteriskServerConfig server;
  server.name = name;
  MappingReader reader(node, "server " + name, diagnostics);
  reader.Read("url", server.url);
  if (server.url.rfind("http://", 0) != 0 && server.url.rfind("https://", 0) != 0) {
    reader.Complain(node,
                    "url must be that of Asterisk's HTTP server, such as http://127.0.0.1:8088");
  }
  while (!server.url.empty() && server.url.back() == '/') server.url.pop_back();
  reader.Read("user", server.user);
  if (server.user.empty()) reader.Complain(node, "user is missing: a user of ari.conf");
  std::string ca_file;
  reader.Read("ca_file", ca_file);
  if (!ca_file.empty()) server.ca_file = (folder / ca_file).string();
  reader.Read("recordings_url", server.recordings_url);
  const bool fits = server.recordings_url.rfind("https://", 0) == 0 &&
                    server.recordings_url.find("{recording}") != std::string::npos;
  if (!server.recordings_url.empty() && !fits) {
    reader.Complain(node,
                    "recordings_url must be an https address with {recording} in it, such as "
                    "https://recordings.example/{recording}.wav");
  }
  ReadServerBasics(reader, node, folder, "the password of ari.conf's user",
                   {server.domain, server.application, server.password, server.calls_max,
                    server.hang_up_unknown});
  reader.Finish();
  return server;
}

// Two clients of one application would take it from each other.
const AsteriskServerConfig* FindSame(const AsteriskConfig& config,
                                     const AsteriskServerConfig& server) {
  const auto same = std::find_if(
      config.servers.begin(), config.servers.end(), [&](const AsteriskServerConfig& other) {
        return other.url == server.url && other.application == server.application;
      });
  return same == config.servers.end() ? nullptr : &*same;
}

}  // namespace

Result<AsteriskConfig> ReadAsteriskFile(const std::filesystem::path& file) {
  AsteriskConfig config;
  const PhoneFileKind kind{.title = "asterisk file",
                           .reason = "BAD_ASTERISK_FILE",
                           .server = "the Asterisk that calls come from",
                           .agent_example = "PJSIP/{agent}",
                           .outside_example = "PJSIP/{number}@trunk"};
  Result<phone::PhoneRules> rules = ReadPhoneFile(
      file, kind,
      [&config](const std::string& name, const YamlNode& node, const std::filesystem::path& folder,
                Diagnostics& diagnostics) {
        AsteriskServerConfig server = ReadServer(name, node, folder, diagnostics);
        if (const AsteriskServerConfig* same = FindSame(config, server)) {
          diagnostics.Add(node.line, "server " + name + " is the application of server " +
                                         same->name + " again; each needs one of its own");
        }
        config.servers.push_back(std::move(server));
      });
  if (!rules.ok()) return rules.error();
  config.rules = *std::move(rules);
  return config;
}

}  // namespace usher::app
