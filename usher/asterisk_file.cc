// SPDX-License-Identifier: Apache-2.0
#include "usher/asterisk_file.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "router/configuration/diagnostic.h"
#include "router/configuration/mapping_reader.h"
#include "router/configuration/scalar.h"
#include "router/configuration/text_file.h"
#include "router/configuration/yaml_document.h"

namespace usher::app {

namespace {

using asterisk::AsteriskConfig;
using asterisk::AsteriskServerConfig;
using configuration::Diagnostics;
using configuration::MappingReader;
using configuration::YamlNode;

constexpr std::size_t kServersMax = 64;
constexpr std::size_t kNumbersMax = 10'000;
constexpr std::size_t kQueuesMax = 10'000;
constexpr std::size_t kAddressesMax = 100'000;
constexpr std::int32_t kCallsMax = 20'000;

Result<std::string> ReadPassword(const std::filesystem::path& file) {
  std::error_code failed;
  const auto status = std::filesystem::status(file, failed);
  using std::filesystem::perms;
  if (!failed && (status.permissions() & (perms::group_all | perms::others_all)) != perms::none) {
    return Error{Code::kPermissionDenied, "SECRET_EXPOSED",
                 file.string() + " can be read by others", "chmod 600 " + file.string()};
  }
  Result<std::string> text = configuration::ReadTextFile(file.string());
  if (!text.ok()) return text.error();
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
  if (text->empty()) {
    return Error{Code::kInvalidArgument, "SECRET_EMPTY", file.string() + " is empty",
                 "write the password of ari.conf's user into it"};
  }
  return text;
}

bool IsWord(const std::string& text) {
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

AsteriskServerConfig ReadServer(const std::string& name, const YamlNode& node,
                                const std::filesystem::path& folder, Diagnostics& diagnostics) {
  AsteriskServerConfig server;
  server.name = name;
  MappingReader reader(node, "server " + name, diagnostics);
  std::string domain;
  reader.Read("domain", domain);
  server.domain = DomainId{domain};
  reader.Read("url", server.url);
  if (server.url.rfind("http://", 0) != 0 && server.url.rfind("https://", 0) != 0) {
    reader.Complain(node,
                    "url must be that of Asterisk's HTTP server, such as http://127.0.0.1:8088");
  }
  while (!server.url.empty() && server.url.back() == '/') server.url.pop_back();
  reader.Read("user", server.user);
  if (server.user.empty()) reader.Complain(node, "user is missing: a user of ari.conf");
  std::string password;
  reader.Read("password_file", password);
  if (password.empty()) {
    reader.Complain(node, "password_file is missing: a file with the password of ari.conf's user");
  } else {
    Result<std::string> secret = ReadPassword(folder / password);
    if (secret.ok()) {
      server.password = *std::move(secret);
    } else {
      reader.Complain(node, "password_file: " + configuration::Sentences(secret.error()));
    }
  }
  reader.Read("application", server.application);
  if (!IsWord(server.application)) {
    reader.Complain(node, "application must be letters, digits, - and _, up to 32");
  }
  std::string ca_file;
  reader.Read("ca_file", ca_file);
  if (!ca_file.empty()) server.ca_file = (folder / ca_file).string();
  std::int32_t calls = static_cast<std::int32_t>(server.calls_max);
  reader.Read("calls_max", {.min = 1, .max = kCallsMax}, calls);
  server.calls_max = static_cast<std::size_t>(calls);
  std::string unknown = "give-back";
  reader.Read("unknown_numbers", unknown);
  if (unknown != "give-back" && unknown != "hang-up") {
    reader.Complain(node, "unknown_numbers must be give-back or hang-up, not \"" + unknown + '"');
  }
  server.hang_up_unknown = unknown == "hang-up";
  reader.Finish();
  return server;
}

phone::NumberRule ReadNumber(const YamlNode::Entry& entry, Diagnostics& diagnostics) {
  phone::NumberRule rule;
  rule.number = entry.key;
  const bool any = !entry.key.empty() && entry.key.back() == '*';
  const std::string digits = any ? entry.key.substr(0, entry.key.size() - 1) : entry.key;
  if (!digits.empty() && !phone::IsNumber(digits)) {
    diagnostics.Add(entry.line, "number \"" + entry.key +
                                    "\" must be digits, with + before and * at its end for any "
                                    "rest");
  }
  if (entry.value->kind == YamlNode::Kind::kScalar) {
    rule.queue = entry.value->text;
    return rule;
  }
  MappingReader reader(*entry.value, "number " + entry.key, diagnostics);
  reader.Read("queue", rule.queue);
  reader.Read("priority", {.min = -1'000'000, .max = 1'000'000}, rule.priority);
  reader.ReadTexts("attributes", rule.attributes);
  if (rule.queue.empty()) reader.Complain(*entry.value, "queue is missing: where its calls wait");
  reader.Finish();
  return rule;
}

void ReadSounds(MappingReader& reader, const char* key, std::vector<std::string>& out) {
  const YamlNode* node = reader.Find(key);
  if (node == nullptr) return;
  out.clear();
  for (const YamlNode* item : configuration::ItemsOf(*node)) out.push_back(item->text);
}

void ReadAnnouncements(const YamlNode& node, const std::string& where,
                       phone::Announcements& announce, Diagnostics& diagnostics) {
  MappingReader reader(node, where + ": announce", diagnostics);
  reader.Read("position", announce.position);
  reader.Read("wait", announce.wait);
  reader.Read("every", announce.every);
  reader.Read("at_change", announce.at_change);
  ReadSounds(reader, "next", announce.next);
  ReadSounds(reader, "position_before", announce.position_before);
  ReadSounds(reader, "position_behind", announce.position_behind);
  ReadSounds(reader, "wait_before", announce.wait_before);
  ReadSounds(reader, "wait_behind", announce.wait_behind);
  reader.Finish();
}

void ReadDigits(const YamlNode& node, const std::string& where, phone::QueueRules& rules,
                Diagnostics& diagnostics) {
  for (const YamlNode::Entry& entry : node.entries) {
    constexpr std::string_view kDigits = "0123456789*#";
    const std::string& what = entry.value->text;
    if (entry.key.size() != 1 || kDigits.find(entry.key[0]) == std::string_view::npos) {
      diagnostics.Add(entry.line,
                      where + ": digits: \"" + entry.key + "\" is no key of a telephone");
      continue;
    }
    phone::DigitRule rule;
    if (what == "callback") {
      rule.action = phone::DigitRule::Action::kCallback;
    } else if (what == "voicemail") {
      rule.action = phone::DigitRule::Action::kVoicemail;
    } else if (what.rfind("queue ", 0) == 0) {
      rule = {phone::DigitRule::Action::kQueue, what.substr(6)};
    } else {
      diagnostics.Add(entry.line, where + ": digits: " + entry.key +
                                      " must be callback, voicemail or `queue NAME`, not \"" +
                                      what + '"');
      continue;
    }
    rules.digits[entry.key[0]] = rule;
  }
}

phone::QueueRules ReadQueue(const std::string& name, const YamlNode& node,
                            Diagnostics& diagnostics) {
  phone::QueueRules rules;
  const std::string where = "queue " + name;
  MappingReader reader(node, where, diagnostics);
  reader.Read("answer", rules.answer);
  reader.Read("music", rules.music);
  std::string ring = "on-offer";
  reader.Read("ring", ring);
  if (ring != "on-offer" && ring != "on-accept") {
    reader.Complain(node, "ring must be on-offer or on-accept, not \"" + ring + '"');
  }
  rules.ring = ring == "on-accept" ? phone::Ring::kOnAccept : phone::Ring::kOnOffer;
  reader.Read("ring_timeout", rules.ring_timeout);
  if (const YamlNode* announce = reader.Find("announce")) {
    ReadAnnouncements(*announce, where, rules.announce, diagnostics);
  }
  if (const YamlNode* digits = reader.Find("digits")) {
    ReadDigits(*digits, where, rules, diagnostics);
  }
  reader.Read("callback_thanks", rules.callback_thanks);
  reader.Read("record", rules.record);
  reader.Read("record_announce", rules.record_announce);
  std::string farewell = "give-back";
  reader.Read("farewell", farewell);
  if (farewell != "give-back" && farewell != "hang-up") {
    reader.Complain(node, "farewell must be give-back or hang-up, not \"" + farewell + '"');
  }
  rules.farewell = farewell == "hang-up" ? phone::Farewell::kHangUp : phone::Farewell::kContinue;
  reader.Read("closed", rules.closed);
  reader.Read("caller_id", rules.caller_id);
  reader.Read("show_caller", rules.show_caller);
  reader.Finish();
  return rules;
}

void ReadAgents(const YamlNode& node, phone::PhoneRules& rules, Diagnostics& diagnostics) {
  MappingReader reader(node, "agents", diagnostics);
  reader.Read("address", rules.agent_address);
  if (rules.agent_address.find("{agent}") == std::string::npos) {
    reader.Complain(node, "address must hold {agent}, such as PJSIP/{agent}");
  }
  reader.ReadTexts("addresses", rules.agent_addresses);
  reader.Read("unreachable_after", rules.unreachable_after);
  if (rules.agent_addresses.size() > kAddressesMax) {
    reader.Complain(node, "addresses: at most " + std::to_string(kAddressesMax));
  }
  reader.Finish();
}

void ReadOutside(const YamlNode& node, phone::PhoneRules& rules, Diagnostics& diagnostics) {
  MappingReader reader(node, "outside", diagnostics);
  reader.Read("address", rules.outside_address);
  if (rules.outside_address.find("{number}") == std::string::npos) {
    reader.Complain(node, "address must hold {number}, such as PJSIP/{number}@trunk");
  }
  reader.Read("ring", rules.outside_ring);
  reader.Finish();
}

bool WithinBound(MappingReader& reader, const YamlNode& node, const char* key, std::size_t max) {
  if (node.entries.size() <= max) return true;
  reader.Complain(node, std::string(key) + ": at most " + std::to_string(max));
  return false;
}

void ReadDocument(const YamlNode& document, const std::filesystem::path& folder,
                  AsteriskConfig& config, Diagnostics& diagnostics) {
  MappingReader reader(document, "asterisk file", diagnostics);
  if (const YamlNode* servers = reader.Find("servers");
      servers != nullptr && WithinBound(reader, *servers, "servers", kServersMax)) {
    for (const YamlNode::Entry& entry : servers->entries) {
      if (!configuration::IsId(entry.key)) {
        diagnostics.Add(entry.line, "server \"" + entry.key + "\" is no id");
        continue;
      }
      config.servers.push_back(ReadServer(entry.key, *entry.value, folder, diagnostics));
    }
  }
  if (const YamlNode* numbers = reader.Find("numbers");
      numbers != nullptr && WithinBound(reader, *numbers, "numbers", kNumbersMax)) {
    for (const YamlNode::Entry& entry : numbers->entries) {
      config.rules.numbers.push_back(ReadNumber(entry, diagnostics));
    }
  }
  if (const YamlNode* queues = reader.Find("queues");
      queues != nullptr && WithinBound(reader, *queues, "queues", kQueuesMax)) {
    for (const YamlNode::Entry& entry : queues->entries) {
      config.rules.queues[entry.key] = ReadQueue(entry.key, *entry.value, diagnostics);
    }
  }
  if (const YamlNode* agents = reader.Find("agents"))
    ReadAgents(*agents, config.rules, diagnostics);
  if (const YamlNode* outside = reader.Find("outside")) {
    ReadOutside(*outside, config.rules, diagnostics);
  }
  reader.Read("identify_limit", config.rules.identify_limit);
  reader.Finish();
}

}  // namespace

Result<AsteriskConfig> ReadAsteriskFile(const std::filesystem::path& file) {
  Result<std::string> text = configuration::ReadTextFile(file.string());
  if (!text.ok()) return text.error();
  Diagnostics diagnostics(file.string());
  AsteriskConfig config;
  for (const YamlNode::Ptr& document : configuration::ReadYaml(*text, diagnostics)) {
    ReadDocument(*document, file.parent_path(), config, diagnostics);
  }
  if (diagnostics.empty() && config.servers.empty()) {
    diagnostics.Add(0, "servers is missing: the Asterisk that calls come from");
  }
  if (diagnostics.empty() && config.rules.numbers.empty()) {
    diagnostics.Add(0, "numbers is missing: which queue the calls of a number wait in");
  }
  if (diagnostics.empty()) return config;
  std::string message;
  for (const auto& diagnostic : diagnostics.list()) {
    message += (message.empty() ? "" : "\n") + configuration::ToString(diagnostic);
  }
  return Error{Code::kInvalidArgument, "BAD_ASTERISK_FILE", message, "correct the file"};
}

}  // namespace usher::app
