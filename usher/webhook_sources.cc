// SPDX-License-Identifier: Apache-2.0
#include "usher/webhook_sources.h"

#include <string>
#include <utility>

#include "channels/cloudevents/signature.h"
#include "router/configuration/diagnostic.h"
#include "router/configuration/mapping_reader.h"
#include "router/configuration/scalar.h"
#include "router/configuration/text_file.h"
#include "router/configuration/yaml_document.h"

namespace usher::app {

namespace {

using configuration::Diagnostics;
using configuration::MappingReader;
using configuration::YamlNode;

constexpr std::size_t kSourcesMax = 1'000;
constexpr std::size_t kTelephonyMax = 100;
constexpr std::size_t kTextsMax = 100'000;
constexpr std::size_t kSecretsMax = 4;

Result<std::string> ReadSecret(const std::filesystem::path& file) {
  std::error_code failed;
  const auto status = std::filesystem::status(file, failed);
  using std::filesystem::perms;
  if (!failed && (status.permissions() & (perms::group_all | perms::others_all)) != perms::none) {
    return Error{Code::kPermissionDenied, "SECRET_EXPOSED",
                 file.string() + " can be read by others", "chmod 600 " + file.string()};
  }
  const Result<std::string> text = configuration::ReadTextFile(file.string());
  if (!text.ok()) return text.error();
  return cloudevents::ParseSecret(*text);
}

std::vector<std::string> ReadSecrets(MappingReader& reader, const YamlNode& node,
                                     const std::filesystem::path& folder) {
  std::vector<std::string> secrets;
  const YamlNode* files = reader.Find("secret_file");
  if (files == nullptr) {
    reader.Complain(node, "secret_file is missing: what the sender signs with");
  } else {
    for (const YamlNode* item : configuration::ItemsOf(*files)) {
      Result<std::string> secret = ReadSecret(folder / item->text);
      if (secret.ok()) {
        secrets.push_back(*std::move(secret));
      } else {
        reader.Complain(*item, "secret_file: " + configuration::Sentences(secret.error()));
      }
    }
    if (secrets.size() > kSecretsMax) {
      reader.Complain(*files, "secret_file: at most " + std::to_string(kSecretsMax));
    }
  }
  return secrets;
}

webhook::Source ReadSource(const std::string& id, const YamlNode& node,
                           const std::filesystem::path& folder, Diagnostics& diagnostics) {
  webhook::Source source;
  source.id = id;
  MappingReader reader(node, "source " + id, diagnostics);
  std::string domain;
  reader.Read("domain", domain);
  source.domain = DomainId{domain};
  source.secrets = ReadSecrets(reader, node, folder);
  reader.Finish();
  return source;
}

telephony_webhook::TelephonySystem ReadTelephony(const std::string& id, const YamlNode& node,
                                                 const std::filesystem::path& folder,
                                                 Diagnostics& diagnostics) {
  telephony_webhook::TelephonySystem system;
  system.id = id;
  MappingReader reader(node, "telephony " + id, diagnostics);
  std::string domain;
  reader.Read("domain", domain);
  system.domain = DomainId{domain};
  system.secrets = ReadSecrets(reader, node, folder);
  reader.Read("url", system.url);
  if (!system.url.starts_with("https://") && !system.url.starts_with("http://")) {
    reader.Complain(node, "url must begin with https:// (or http://, within one machine)");
  }
  std::string ca_file;
  reader.Read("ca_file", ca_file);
  if (!ca_file.empty()) system.ca_file = (folder / ca_file).string();
  reader.Read("queue", system.queue);
  reader.ReadTexts("numbers", system.numbers);
  reader.ReadTexts("telephones", system.telephones);
  reader.Read("check_after", system.check_after);
  if (system.check_after < Duration{0}) reader.Complain(node, "check_after must not be negative");
  if (system.numbers.size() > kTextsMax || system.telephones.size() > kTextsMax) {
    reader.Complain(node, "numbers and telephones: at most " + std::to_string(kTextsMax) + " each");
  }
  if (system.queue.empty() && system.numbers.empty()) {
    reader.Complain(node, "neither queue nor numbers say where calls go");
  }
  reader.Finish();
  return system;
}

// What stands under ids; `read` gets each.
template <class Read>
void ReadById(MappingReader& reader, const char* key, std::size_t max, Diagnostics& diagnostics,
              Read read) {
  const YamlNode* list = reader.Find(key);
  if (list == nullptr) return;
  if (list->entries.size() > max) {
    return reader.Complain(*list, std::string(key) + ": at most " + std::to_string(max));
  }
  for (const YamlNode::Entry& entry : list->entries) {
    if (configuration::IsId(entry.key)) {
      read(entry);
    } else {
      diagnostics.Add(entry.line, std::string(key) + ": \"" + entry.key + "\" is no id");
    }
  }
}

}  // namespace

Result<WebhookFile> ReadWebhookFile(const std::filesystem::path& file) {
  Result<std::string> text = configuration::ReadTextFile(file.string());
  if (!text.ok()) return text.error();
  Diagnostics diagnostics(file.string());
  WebhookFile out;
  const std::filesystem::path folder = file.parent_path();
  for (const YamlNode::Ptr& document : configuration::ReadYaml(*text, diagnostics)) {
    MappingReader reader(*document, "webhook file", diagnostics);
    ReadById(reader, "sources", kSourcesMax, diagnostics, [&](const YamlNode::Entry& entry) {
      out.sources.push_back(ReadSource(entry.key, *entry.value, folder, diagnostics));
    });
    ReadById(reader, "telephony", kTelephonyMax, diagnostics, [&](const YamlNode::Entry& entry) {
      out.telephony.push_back(ReadTelephony(entry.key, *entry.value, folder, diagnostics));
    });
    reader.Finish();
  }
  if (diagnostics.empty()) return out;
  std::string message;
  for (const auto& diagnostic : diagnostics.list()) {
    message += (message.empty() ? "" : "\n") + configuration::ToString(diagnostic);
  }
  return Error{Code::kInvalidArgument, "BAD_WEBHOOK_FILE", message, "correct the file"};
}

}  // namespace usher::app
