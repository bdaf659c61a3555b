// SPDX-License-Identifier: Apache-2.0
#include "usher/phone_file.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "router/configuration/scalar.h"
#include "router/configuration/text_file.h"

namespace usher::app {

namespace {

using configuration::Diagnostics;
using configuration::MappingReader;
using configuration::YamlNode;

constexpr std::size_t kServersMax = 64;
constexpr std::size_t kNumbersMax = 10'000;
constexpr std::size_t kQueuesMax = 10'000;
constexpr std::size_t kAddressesMax = 100'000;
constexpr std::int32_t kCallsMax = 20'000;

// `whose` is whose password it is.
Result<std::string> ReadPassword(const std::filesystem::path& file, const std::string& whose) {
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
                 "write " + whose + " into it"};
  }
  return text;
}

bool IsWord(const std::string& text) {
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
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
                            const phone::QueueRules& defaults, Diagnostics& diagnostics) {
  phone::QueueRules rules = defaults;
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

// `nailed_up: true`, or the ids of those who have such a telephone.
void ReadNailedUp(MappingReader& reader, phone::PhoneRules& rules) {
  const YamlNode* node = reader.Find("nailed_up");
  if (node == nullptr) return;
  if (node->kind == YamlNode::Kind::kScalar && (node->text == "true" || node->text == "false")) {
    rules.all_nailed_up = node->text == "true";
    return;
  }
  for (const YamlNode* item : configuration::ItemsOf(*node)) {
    if (item->kind == YamlNode::Kind::kScalar && configuration::IsId(item->text)) {
      rules.nailed_up.insert(item->text);
    } else {
      reader.Complain(*item, "nailed_up must be true, false or agents' ids, such as [ann, ben]");
    }
  }
  if (rules.nailed_up.size() > kAddressesMax) {
    reader.Complain(*node, "nailed_up: at most " + std::to_string(kAddressesMax));
  }
}

void ReadAgents(const YamlNode& node, const PhoneFileKind& kind, phone::PhoneRules& rules,
                Diagnostics& diagnostics) {
  MappingReader reader(node, "agents", diagnostics);
  reader.Read("address", rules.agent_address);
  if (rules.agent_address.find("{agent}") == std::string::npos) {
    reader.Complain(node, "address must hold {agent}, such as " + kind.agent_example);
  }
  reader.ReadTexts("addresses", rules.agent_addresses);
  reader.Read("unreachable_after", rules.unreachable_after);
  reader.Read("unreachable_reason", rules.unreachable_reason);
  ReadNailedUp(reader, rules);
  if (rules.agent_addresses.size() > kAddressesMax) {
    reader.Complain(node, "addresses: at most " + std::to_string(kAddressesMax));
  }
  reader.Finish();
}

void ReadOutside(const YamlNode& node, const PhoneFileKind& kind, phone::PhoneRules& rules,
                 Diagnostics& diagnostics) {
  MappingReader reader(node, "outside", diagnostics);
  reader.Read("address", rules.outside_address);
  if (rules.outside_address.find("{number}") == std::string::npos) {
    reader.Complain(node, "address must hold {number}, such as " + kind.outside_example);
  }
  reader.Read("ring", rules.outside_ring);
  reader.Finish();
}

bool WithinBound(MappingReader& reader, const YamlNode& node, const char* key, std::size_t max) {
  if (node.entries.size() <= max) return true;
  reader.Complain(node, std::string(key) + ": at most " + std::to_string(max));
  return false;
}

// How many servers there are.
std::size_t ReadDocument(const YamlNode& document, const std::filesystem::path& folder,
                         const PhoneFileKind& kind, const ServerReader& read_server,
                         phone::PhoneRules& rules, Diagnostics& diagnostics) {
  MappingReader reader(document, kind.title, diagnostics);
  std::size_t count = 0;
  if (const YamlNode* servers = reader.Find("servers");
      servers != nullptr && WithinBound(reader, *servers, "servers", kServersMax)) {
    count = servers->entries.size();
    for (const YamlNode::Entry& entry : servers->entries) {
      if (!configuration::IsId(entry.key)) {
        diagnostics.Add(entry.line, "server \"" + entry.key + "\" is no id");
        continue;
      }
      read_server(entry.key, *entry.value, folder, diagnostics);
    }
  }
  if (const YamlNode* numbers = reader.Find("numbers");
      numbers != nullptr && WithinBound(reader, *numbers, "numbers", kNumbersMax)) {
    for (const YamlNode::Entry& entry : numbers->entries) {
      rules.numbers.push_back(ReadNumber(entry, diagnostics));
    }
  }
  if (const YamlNode* queues = reader.Find("queues");
      queues != nullptr && WithinBound(reader, *queues, "queues", kQueuesMax)) {
    for (const YamlNode::Entry& entry : queues->entries) {
      rules.queues[entry.key] = ReadQueue(entry.key, *entry.value, rules.other_queues, diagnostics);
    }
  }
  if (const YamlNode* agents = reader.Find("agents")) ReadAgents(*agents, kind, rules, diagnostics);
  if (const YamlNode* outside = reader.Find("outside")) {
    ReadOutside(*outside, kind, rules, diagnostics);
  }
  reader.Finish();
  return count;
}

}  // namespace

Result<phone::PhoneRules> ReadPhoneFile(const std::filesystem::path& file,
                                        const PhoneFileKind& kind,
                                        const ServerReader& read_server) {
  Result<std::string> text = configuration::ReadTextFile(file.string());
  if (!text.ok()) return text.error();
  Diagnostics diagnostics(file.string());
  phone::PhoneRules rules = kind.defaults;
  std::size_t servers = 0;
  for (const YamlNode::Ptr& document : configuration::ReadYaml(*text, diagnostics)) {
    servers += ReadDocument(*document, file.parent_path(), kind, read_server, rules, diagnostics);
  }
  if (diagnostics.empty() && servers == 0) {
    diagnostics.Add(0, "servers is missing: " + kind.server);
  }
  if (diagnostics.empty() && rules.numbers.empty()) {
    diagnostics.Add(0, "numbers is missing: which queue the calls of a number wait in");
  }
  if (diagnostics.empty()) return rules;
  std::string message;
  for (const auto& diagnostic : diagnostics.list()) {
    message += (message.empty() ? "" : "\n") + configuration::ToString(diagnostic);
  }
  return Error{Code::kInvalidArgument, kind.reason, message, "correct the file"};
}

void ReadServerBasics(MappingReader& reader, const YamlNode& node,
                      const std::filesystem::path& folder, const std::string& whose_password,
                      ServerBasics basics) {
  std::string domain;
  reader.Read("domain", domain);
  basics.domain = DomainId{domain};
  std::string password;
  reader.Read("password_file", password);
  if (password.empty()) {
    reader.Complain(node, "password_file is missing: a file with " + whose_password);
  } else {
    Result<std::string> secret = ReadPassword(folder / password, whose_password);
    if (secret.ok()) {
      basics.password = *std::move(secret);
    } else {
      reader.Complain(node, "password_file: " + configuration::Sentences(secret.error()));
    }
  }
  reader.Read("application", basics.application);
  if (!IsWord(basics.application)) {
    reader.Complain(node, "application must be letters, digits, - and _, up to 32");
  }
  std::int32_t calls = static_cast<std::int32_t>(basics.calls_max);
  reader.Read("calls_max", {.min = 1, .max = kCallsMax}, calls);
  basics.calls_max = static_cast<std::size_t>(calls);
  std::string unknown = "give-back";
  reader.Read("unknown_numbers", unknown);
  if (unknown != "give-back" && unknown != "hang-up") {
    reader.Complain(node, "unknown_numbers must be give-back or hang-up, not \"" + unknown + '"');
  }
  basics.hang_up_unknown = unknown == "hang-up";
}

}  // namespace usher::app
