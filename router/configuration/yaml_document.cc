// SPDX-License-Identifier: Apache-2.0
#include "router/configuration/yaml_document.h"

#include <algorithm>
#include <map>
#include <sstream>
#include <utility>

#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

namespace usher::configuration {
namespace {

// Thrown by the builder to leave yaml-cpp's parser; caught in ReadYaml.
struct Refused {
  int line;
  std::string message;
};

int LineOf(const YAML::Mark& mark) { return mark.is_null() ? 0 : mark.line + 1; }

// More than the densest text holds: `a:` is a mapping, a key and a null.
constexpr std::size_t kValuesPerByte = 4;

// Builds trees from yaml-cpp's events, under the bounds.
class Builder : public YAML::EventHandler {
 public:
  Builder(const YamlBounds& bounds, std::size_t bytes)
      : bounds_(bounds), made_max_(kValuesPerByte * bytes + kValuesPerByte) {}

  std::vector<YamlNode::Ptr> TakeDocuments() { return std::move(documents_); }

  void OnDocumentStart(const YAML::Mark&) override { anchors_.clear(); }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Put(NewNode(mark, YamlNode::Kind::kNull), anchor, 1);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) throw Refused{LineOf(mark), "an alias cannot hold itself"};
    Count(mark, known->second.nodes);
    Place(known->second.node, LineOf(mark), known->second.nodes);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (tag != "?" && tag != "!")
      throw Refused{LineOf(mark), "tags such as " + tag + " are not read"};
    auto node = NewNode(mark, YamlNode::Kind::kScalar);
    node->text = value;
    node->quoted = tag == "!";
    Put(std::move(node), anchor, 1);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(mark, YamlNode::Kind::kSequence, anchor);
  }
  void OnSequenceEnd() override { Close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(mark, YamlNode::Kind::kMapping, anchor);
  }
  void OnMapEnd() override { Close(); }

 private:
  struct OpenNode {
    std::shared_ptr<YamlNode> node;
    YAML::anchor_t anchor = YAML::NullAnchor;
    std::size_t nodes = 1;  // of this subtree so far
    bool has_key = false;
    std::string key;
    int key_line = 0;
  };
  struct Anchored {
    YamlNode::Ptr node;
    std::size_t nodes = 0;
  };

  void Count(const YAML::Mark& mark, std::size_t nodes) {
    nodes_ += nodes;
    if (nodes_ > bounds_.nodes_max) {
      throw Refused{LineOf(mark), "the document holds more than " +
                                      std::to_string(bounds_.nodes_max) +
                                      " values, aliases counted as what they stand for"};
    }
  }

  // On some broken lists yaml-cpp gives values without end.
  std::shared_ptr<YamlNode> NewNode(const YAML::Mark& mark, YamlNode::Kind kind) {
    if (++made_ > made_max_) throw Refused{LineOf(mark), "not valid YAML: a list without end"};
    Count(mark, 1);
    auto node = std::make_shared<YamlNode>();
    node->kind = kind;
    node->line = LineOf(mark);
    return node;
  }

  void Open(const YAML::Mark& mark, YamlNode::Kind kind, YAML::anchor_t anchor) {
    if (open_.size() == bounds_.depth_max) {
      throw Refused{LineOf(mark),
                    "nested more than " + std::to_string(bounds_.depth_max) + " deep"};
    }
    if (!open_.empty()) CheckKeyIsScalar(open_.back(), LineOf(mark));
    OpenNode opened;
    opened.node = NewNode(mark, kind);
    opened.anchor = anchor;
    open_.push_back(std::move(opened));
  }

  void Close() {
    OpenNode closed = std::move(open_.back());
    open_.pop_back();
    keys_of_.erase(closed.node.get());
    Put(std::move(closed.node), closed.anchor, closed.nodes);
  }

  void Put(std::shared_ptr<YamlNode> node, YAML::anchor_t anchor, std::size_t nodes) {
    const int line = node->line;
    const YamlNode::Ptr finished = std::move(node);
    if (anchor != YAML::NullAnchor) anchors_[anchor] = {finished, nodes};
    Place(finished, line, nodes);
  }

  static void CheckKeyIsScalar(const OpenNode& parent, int line) {
    if (parent.node->kind == YamlNode::Kind::kMapping && !parent.has_key) {
      throw Refused{line, "a key must be a plain word"};
    }
  }

  void Place(const YamlNode::Ptr& node, int line, std::size_t nodes) {
    if (open_.empty()) {
      if (node->kind != YamlNode::Kind::kNull) documents_.push_back(node);
      return;
    }
    OpenNode& parent = open_.back();
    parent.nodes += nodes;
    if (parent.node->kind == YamlNode::Kind::kSequence) {
      parent.node->items.push_back(node);
    } else if (!parent.has_key) {
      TakeKey(parent, *node, line);
    } else {
      parent.has_key = false;
      parent.node->entries.push_back({std::move(parent.key), parent.key_line, node});
    }
  }

  void TakeKey(OpenNode& parent, const YamlNode& key, int line) {
    if (key.kind != YamlNode::Kind::kScalar) throw Refused{line, "a key must be a plain word"};
    parent.has_key = true;
    parent.key = key.text;
    parent.key_line = line;
    if (!keys_of_[parent.node.get()].insert({key.text, line}).second) {
      throw Refused{line, "the key \"" + key.text + "\" stands twice, first in line " +
                              std::to_string(keys_of_[parent.node.get()][key.text])};
    }
  }

  const YamlBounds& bounds_;
  std::vector<YamlNode::Ptr> documents_;
  std::vector<OpenNode> open_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  std::map<const YamlNode*, std::map<std::string, int>> keys_of_;
  std::size_t nodes_ = 0;
  std::size_t made_max_ = 0;
  std::size_t made_ = 0;  // values of the text itself, aliases aside
};

}  // namespace

const YamlNode* YamlNode::Find(std::string_view key) const {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const Entry& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : found->value.get();
}

std::vector<YamlNode::Ptr> ReadYaml(std::string_view text, Diagnostics& diagnostics,
                                    const YamlBounds& bounds) {
  if (text.size() > bounds.bytes_max) {
    diagnostics.Add(0, "larger than " + std::to_string(bounds.bytes_max) + " bytes");
    return {};
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder builder(bounds, text.size());
    while (parser.HandleNextDocument(builder)) {
    }
    return builder.TakeDocuments();
  } catch (const Refused& refused) {
    diagnostics.Add(refused.line, refused.message);
  } catch (const YAML::Exception& broken) {
    diagnostics.Add(LineOf(broken.mark), "not valid YAML: " + broken.msg);
  }
  return {};
}

}  // namespace usher::configuration
