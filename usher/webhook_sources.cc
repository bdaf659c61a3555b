// SPDX-License-Identifier: Apache-2.0
#include "usher/webhook_sources.h"

#include <string>
#include <utility>

#include "channels/webhook/signature.h"
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
  return webhook::ParseSecret(*text);
}

webhook::Source ReadSource(const std::string& id, const YamlNode& node,
                           const std::filesystem::path& folder, Diagnostics& diagnostics) {
  webhook::Source source;
  source.id = id;
  MappingReader reader(node, "source " + id, diagnostics);
  std::string domain;
  reader.Read("domain", domain);
  source.domain = DomainId{domain};
  const YamlNode* files = reader.Find("secret_file");
  if (files == nullptr) {
    reader.Complain(node, "secret_file is missing: what the sender signs with");
  } else {
    for (const YamlNode* item : configuration::ItemsOf(*files)) {
      Result<std::string> secret = ReadSecret(folder / item->text);
      if (secret.ok()) {
        source.secrets.push_back(*std::move(secret));
      } else {
        reader.Complain(*item, "secret_file: " + configuration::Sentences(secret.error()));
      }
    }
    if (source.secrets.size() > kSecretsMax) {
      reader.Complain(*files, "secret_file: at most " + std::to_string(kSecretsMax));
    }
  }
  reader.Finish();
  return source;
}

}  // namespace

Result<std::vector<webhook::Source>> ReadWebhookSources(const std::filesystem::path& file) {
  Result<std::string> text = configuration::ReadTextFile(file.string());
  if (!text.ok()) return text.error();
  Diagnostics diagnostics(file.string());
  std::vector<webhook::Source> sources;
  for (const YamlNode::Ptr& document : configuration::ReadYaml(*text, diagnostics)) {
    MappingReader reader(*document, "webhook file", diagnostics);
    const YamlNode* list = reader.Find("sources");
    reader.Finish();
    if (list == nullptr) continue;
    if (list->entries.size() > kSourcesMax) {
      reader.Complain(*list, "sources: at most " + std::to_string(kSourcesMax));
      continue;
    }
    for (const YamlNode::Entry& entry : list->entries) {
      if (!configuration::IsId(entry.key)) {
        diagnostics.Add(entry.line, "source \"" + entry.key + "\" is no id");
        continue;
      }
      sources.push_back(ReadSource(entry.key, *entry.value, file.parent_path(), diagnostics));
    }
  }
  if (diagnostics.empty()) return sources;
  std::string message;
  for (const auto& diagnostic : diagnostics.list()) {
    message += (message.empty() ? "" : "\n") + configuration::ToString(diagnostic);
  }
  return Error{Code::kInvalidArgument, "BAD_WEBHOOK_FILE", message, "correct the file"};
}

}  // namespace usher::app
