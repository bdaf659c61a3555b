// SPDX-License-Identifier: Apache-2.0
#include "usher/freeswitch_file.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "usher/phone_file.h"

namespace usher::app {

namespace {

using configuration::Diagnostics;
using configuration::MappingReader;
using configuration::YamlNode;
using freeswitch::FreeswitchConfig;
using freeswitch::FreeswitchServerConfig;
using freeswitch::IsPlain;

void ReadPlain(MappingReader& reader, const YamlNode& node, const char* key, std::string& out) {
  reader.Read(key, out);
  if (out.empty() || !IsPlain(out)) {
    reader.Complain(node, std::string(key) + " must be letters, digits and ._/:@+*#;=%~-");
  }
}

FreeswitchServerConfig ReadServer(const std::string& name, const YamlNode& node,
                                  const std::filesystem::path& folder, Diagnostics& diagnostics) {
  FreeswitchServerConfig server;
  server.name = name;
  MappingReader reader(node, "server " + name, diagnostics);
  ReadPlain(reader, node, "host", server.host);
  std::int32_t port = server.port;
  reader.Read("port", {.min = 1, .max = 65'535}, port);
  server.port = static_cast<std::uint16_t>(port);
  ReadPlain(reader, node, "give_back_extension", server.give_back_extension);
  ReadPlain(reader, node, "give_back_context", server.give_back_context);
  ReadPlain(reader, node, "conference_profile", server.conference_profile);
  ReadPlain(reader, node, "recordings", server.recordings);
  while (server.recordings.size() > 1 && server.recordings.back() == '/') {
    server.recordings.pop_back();
  }
  ReadPlain(reader, node, "language", server.language);
  ReadServerBasics(reader, node, folder, "the password of event_socket.conf",
                   {server.domain, server.application, server.password, server.calls_max,
                    server.hang_up_unknown});
  reader.Finish();
  return server;
}

// The sounds that come with FreeSWITCH; of the wait there are none.
phone::PhoneRules Defaults() {
  phone::PhoneRules rules;
  rules.agent_address = "user/{agent}";
  rules.other_queues.music = "moh";
  phone::Announcements& announce = rules.other_queues.announce;
  announce.position_before = {"ivr/ivr-you_are_number.wav"};
  announce.position_behind = {"ivr/ivr-in_line.wav"};
  announce.next = {"ivr/ivr-you_are_number_one.wav"};
  announce.wait_before.clear();
  announce.wait_behind.clear();
  return rules;
}

}  // namespace

Result<FreeswitchConfig> ReadFreeswitchFile(const std::filesystem::path& file) {
  FreeswitchConfig config;
  const PhoneFileKind kind{.title = "freeswitch file",
                           .reason = "BAD_FREESWITCH_FILE",
                           .server = "the FreeSWITCH that calls come from",
                           .agent_example = "user/{agent}",
                           .outside_example = "sofia/gateway/trunk/{number}",
                           .defaults = Defaults()};
  Result<phone::PhoneRules> rules =
      ReadPhoneFile(file, kind,
                    [&config](const std::string& name, const YamlNode& node,
                              const std::filesystem::path& folder, Diagnostics& diagnostics) {
                      config.servers.push_back(ReadServer(name, node, folder, diagnostics));
                    });
  if (!rules.ok()) return rules.error();
  for (const auto& [queue, own] : rules->queues) {
    if (own.announce.wait && own.announce.wait_before.empty()) {
      return Error{Code::kInvalidArgument, "BAD_FREESWITCH_FILE",
                   "queue " + queue + " announces the wait without a sound before the minutes",
                   "name sounds as announce's wait_before and wait_behind"};
    }
  }
  config.rules = *std::move(rules);
  return config;
}

}  // namespace usher::app
