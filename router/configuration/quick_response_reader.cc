// SPDX-License-Identifier: Apache-2.0
#include "router/configuration/quick_response_reader.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "router/configuration/scalar.h"

namespace usher::configuration {
namespace {

constexpr std::size_t kResponsesMax = 200;
constexpr std::size_t kNameBytesMax = 128;
constexpr std::size_t kLanguageBytesMax = 35;  // as a customer's; RFC 5646, 4.4.1

bool IsLanguage(std::string_view text) {
  return text.size() >= 2 && text.size() <= kLanguageBytesMax && text.front() != '-' &&
         text.back() != '-' && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-';
         });
}

// The first `{{…}}` that nobody fills in; empty: all are known.
std::string UnknownPlaceholder(std::string_view text) {
  constexpr std::string_view kKnown[] = {"{{customer.name}}", "{{agent.name}}", "{{contact.id}}"};
  for (std::size_t at = text.find("{{"); at != text.npos; at = text.find("{{", at + 2)) {
    const std::size_t end = text.find("}}", at);
    if (end == text.npos) return "{{";
    const std::string_view placeholder = text.substr(at, end + 2 - at);
    if (std::ranges::find(kKnown, placeholder) == std::end(kKnown)) {
      return std::string(placeholder.substr(0, 64));
    }
  }
  return {};
}

void CheckText(MappingReader& reader, const YamlNode& node, const std::string& text) {
  const YamlNode* given = node.Find("text");
  const bool is_empty =
      given != nullptr && given->kind == YamlNode::Kind::kScalar && given->text.empty();
  if (given == nullptr || is_empty) return reader.Complain(node, "says no text");
  const std::string unknown = UnknownPlaceholder(text);
  if (unknown.empty()) return;
  reader.Complain(node, "text: nobody fills in " + unknown +
                            "; use {{customer.name}}, {{agent.name}} or {{contact.id}}");
}

engine::QuickResponse ReadQuickResponse(const YamlNode::Entry& entry, const Vocabulary& vocabulary,
                                        Diagnostics& diagnostics) {
  engine::QuickResponse response;
  response.id = entry.key;
  const std::string where = "quick response " + entry.key;
  if (!IsId(entry.key)) {
    diagnostics.Add(entry.line, where + " is not an id; ids match [a-z][a-z0-9_-]*");
  }
  MappingReader reader(*entry.value, where, diagnostics);
  reader.Read("name", response.name);
  if (response.name.size() > kNameBytesMax) {
    reader.Complain(*entry.value, "name: at most " + std::to_string(kNameBytesMax) + " bytes");
  }
  std::vector<std::string> queues;
  reader.Read("queues", vocabulary.queues, queues);
  for (std::string& queue : queues) response.queues.emplace_back(std::move(queue));
  reader.Read("channels", response.channels);
  reader.Read("language", response.language);
  if (!response.language.empty() && !IsLanguage(response.language)) {
    reader.Complain(*entry.value,
                    "language must be a tag such as de or zh-CN, not \"" + response.language + '"');
  }
  reader.Read("text", response.text);
  CheckText(reader, *entry.value, response.text);
  reader.Finish();
  return response;
}

}  // namespace

std::vector<engine::QuickResponse> ReadQuickResponses(const YamlNode& node,
                                                      const Vocabulary& vocabulary,
                                                      Diagnostics& diagnostics) {
  std::vector<engine::QuickResponse> responses;
  if (node.kind != YamlNode::Kind::kMapping || node.entries.size() > kResponsesMax) {
    diagnostics.Add(node.line, "quick_responses must be a mapping of at most " +
                                   std::to_string(kResponsesMax) +
                                   " ids, such as quick_responses: {greeting: {text: Hello}}");
    return responses;
  }
  for (const YamlNode::Entry& entry : node.entries) {
    responses.push_back(ReadQuickResponse(entry, vocabulary, diagnostics));
  }
  return responses;
}

}  // namespace usher::configuration
