// SPDX-License-Identifier: Apache-2.0
#include "router/simulation/value_reader.h"

#include <charconv>
#include <string>

#include "router/configuration/scalar.h"

namespace usher::simulation {
namespace {

using configuration::MappingReader;
using configuration::Names;
using configuration::Shown;
using configuration::YamlNode;
using Kind = YamlNode::Kind;

const YamlNode kNothing;

// Durations that a law cannot do without.
class Parameters {
 public:
  Parameters(MappingReader& outer, std::string_view kind)
      : node_(outer.Find(kind)),
        reader_(node_ == nullptr ? kNothing : *node_, outer.where() + ": " + std::string(kind),
                outer.diagnostics()) {}

  Duration Span(std::string_view key) {
    Duration span{0};
    if (reader_.Find(key) == nullptr) {
      reader_.Complain(node_ == nullptr ? kNothing : *node_, "needs " + std::string(key) + ":");
    }
    reader_.Read(key, span);
    return span;
  }
  MappingReader& reader() { return reader_; }
  void Complain(std::string_view message) { reader_.Complain(*node_, message); }

 private:
  const YamlNode* node_;
  MappingReader reader_;
};

std::optional<Distribution> ReadUniform(MappingReader& outer) {
  Parameters parameters(outer, "uniform");
  const Duration from = parameters.Span("from");
  const Duration to = parameters.Span("to");
  parameters.reader().Finish();
  if (from > to) {
    parameters.Complain("ends before it begins");
    return std::nullopt;
  }
  return Distribution::Uniform(from, to);
}

std::optional<Distribution> ReadLognormal(MappingReader& outer) {
  Parameters parameters(outer, "lognormal");
  const Duration mean = parameters.Span("mean");
  const Duration deviation = parameters.Span("deviation");
  parameters.reader().Finish();
  if (mean == Duration{0}) {
    parameters.Complain("mean must be above 0s");
    return std::nullopt;
  }
  return Distribution::Lognormal(mean, deviation);
}

std::optional<Distribution> ReadErlang(MappingReader& outer) {
  Parameters parameters(outer, "erlang");
  std::int32_t k = 1;
  if (parameters.reader().Find("k") == nullptr) parameters.Complain("needs k:");
  parameters.reader().Read("k", {1, 1000}, k);
  const Duration mean = parameters.Span("mean");
  parameters.reader().Finish();
  return Distribution::Erlang(k, mean);
}

// The law of a mapping with its one key.
std::optional<Distribution> ReadLaw(const YamlNode& node, const std::string& where,
                                    configuration::Diagnostics& diagnostics) {
  MappingReader reader(node, where, diagnostics);
  std::optional<Distribution> law;
  if (reader.Find("exponential") != nullptr) {
    std::optional<Duration> mean;
    reader.Read("exponential", mean);
    if (mean) law = Distribution::Exponential(*mean);
  }
  if (reader.Find("uniform") != nullptr) law = ReadUniform(reader);
  if (reader.Find("lognormal") != nullptr) law = ReadLognormal(reader);
  if (reader.Find("erlang") != nullptr) law = ReadErlang(reader);
  reader.Finish();
  if (node.entries.size() != 1) {
    reader.Complain(node, "must hold one of exponential, uniform, lognormal and erlang");
  }
  return law;
}

}  // namespace

void ReadDistribution(MappingReader& reader, std::string_view key, std::optional<Distribution>& out,
                      Endless endless) {
  const YamlNode* node = reader.Find(key);
  if (node == nullptr) return;
  if (node->kind == Kind::kMapping) {
    const auto law =
        ReadLaw(*node, reader.where() + (reader.where().empty() ? "" : ": ") + std::string(key),
                reader.diagnostics());
    if (law) out = law;
    return;
  }
  if (endless == Endless::kYes && node->kind == Kind::kScalar && node->text == "none") {
    out = Distribution::Never();
    return;
  }
  const auto fixed = node->kind == Kind::kScalar ? configuration::ParseDuration(node->text)
                                                 : std::optional<Duration>();
  if (fixed) {
    out = Distribution::Fixed(*fixed);
    return;
  }
  reader.Complain(*node, std::string(key) +
                             " must be a duration such as 3m, or a law such as {exponential: 3m}" +
                             (endless == Endless::kYes ? ", or none" : "") + ", not " +
                             Shown(*node));
}

void ReadDistribution(MappingReader& reader, std::string_view key, Distribution& out) {
  std::optional<Distribution> read;
  ReadDistribution(reader, key, read);
  if (read) out = *read;
}

void ReadChance(MappingReader& reader, std::string_view key, std::int32_t& out) {
  const YamlNode* node = reader.Find(key);
  if (node == nullptr) return;
  const auto chance = node->kind == Kind::kScalar ? configuration::ParsePercent(node->text)
                                                  : std::optional<std::int32_t>();
  if (chance) {
    out = *chance;
  } else {
    reader.Complain(*node,
                    std::string(key) + " must be a chance from 0% to 100%, not " + Shown(*node));
  }
}

void ReadChosenText(MappingReader& reader, std::string_view key, const Names* names,
                    ChosenText& out) {
  const YamlNode* node = reader.Find(key);
  if (node == nullptr) return;
  const auto check = [&](const YamlNode& at, const std::string& text) {
    if (names == nullptr || names->Has(text)) return true;
    reader.Complain(at, std::string(key) + ": " + names->Missing(text));
    return false;
  };
  if (node->kind == Kind::kScalar) {
    if (check(*node, node->text)) out.options = {{node->text, 10'000}};
    return;
  }
  const std::string where =
      reader.where() + (reader.where().empty() ? "" : ": ") + std::string(key);
  MappingReader outer(*node, where, reader.diagnostics());
  const YamlNode* choose = outer.Find("choose");
  outer.Finish();
  if (choose == nullptr) {
    return outer.Complain(*node, "must be a text or {choose: {text: 10%}}, not " + Shown(*node));
  }
  MappingReader texts(*choose, where + ": choose", reader.diagnostics());
  std::int64_t sum = 0;
  for (const YamlNode::Entry& entry : choose->entries) {
    ChosenText::Option option{.text = entry.key, .chance = 0};
    ReadChance(texts, entry.key, option.chance);
    sum += option.chance;
    if (check(*entry.value, entry.key)) out.options.push_back(std::move(option));
  }
  if (sum > 10'000) texts.Complain(*choose, "the chances add up to more than 100%");
  if (choose->entries.empty()) texts.Complain(*choose, "names nothing to choose from");
}

std::optional<double> ParseRate(const YamlNode& node) {
  if (node.kind != Kind::kScalar || node.quoted || node.text.empty()) return std::nullopt;
  const std::string& text = node.text;
  if (text.find_first_not_of("0123456789.") != std::string::npos) return std::nullopt;
  const std::size_t point = text.find('.');
  if (point != std::string::npos && (point == 0 || text.size() - point > 4)) return std::nullopt;
  double rate = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), rate);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (rate > 10'000'000) return std::nullopt;
  return rate;
}

}  // namespace usher::simulation
