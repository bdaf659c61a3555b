// SPDX-License-Identifier: Apache-2.0
#include "usher/chat_sites.h"

#include <string>
#include <utility>

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

chat::ChatSite ReadSite(const std::string& key, const YamlNode& node, Diagnostics& diagnostics) {
  chat::ChatSite site;
  site.key = key;
  site.title = key;
  MappingReader reader(node, "site " + key, diagnostics);
  reader.Read("title", site.title);
  reader.Read("greeting", site.greeting);
  reader.Read("queue", site.queue);
  std::string domain;
  reader.Read("domain", domain);
  site.domain = DomainId{domain};
  reader.Read("subject", site.subject);
  if (const YamlNode* origins = reader.Find("origins")) {
    for (const YamlNode* origin : configuration::ItemsOf(*origins)) {
      site.allowed_origins.push_back(origin->text);
    }
  }
  if (site.queue.empty()) reader.Complain(node, "queue is missing: where its contacts wait");
  reader.Finish();
  return site;
}

}  // namespace

Result<std::vector<chat::ChatSite>> ReadChatSites(const std::filesystem::path& file) {
  Result<std::string> text = configuration::ReadTextFile(file.string());
  if (!text.ok()) return text.error();
  Diagnostics diagnostics(file.string());
  std::vector<chat::ChatSite> sites;
  for (const YamlNode::Ptr& document : configuration::ReadYaml(*text, diagnostics)) {
    MappingReader reader(*document, "chat file", diagnostics);
    if (const YamlNode* list = reader.Find("sites")) {
      for (const YamlNode::Entry& entry : list->entries) {
        if (!configuration::IsId(entry.key)) {
          diagnostics.Add(entry.line, "site \"" + entry.key + "\" is no id");
          continue;
        }
        sites.push_back(ReadSite(entry.key, *entry.value, diagnostics));
      }
    }
    reader.Finish();
  }
  if (diagnostics.empty()) return sites;
  std::string message;
  for (const auto& diagnostic : diagnostics.list()) {
    message += (message.empty() ? "" : "\n") + configuration::ToString(diagnostic);
  }
  return Error{Code::kInvalidArgument, "BAD_CHAT_FILE", message, "correct the file"};
}

}  // namespace usher::app
