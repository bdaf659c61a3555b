// SPDX-License-Identifier: Apache-2.0
#include "router/simulation/rate_reader.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "router/configuration/scalar.h"
#include "router/simulation/value_reader.h"

namespace usher::simulation {
namespace {

using configuration::MappingReader;
using configuration::Shown;
using configuration::YamlNode;
using Kind = YamlNode::Kind;

constexpr double kHourMs = 3'600'000;
constexpr const char* kRateWanted =
    " must be a number such as 120 or 37.5, from 0 to 10000000, not ";

class RateReader {
 public:
  RateReader(const YamlNode& node, const std::string& where,
             configuration::Diagnostics& diagnostics, const engine::TimeZone& zone, Instant start,
             Duration duration)
      : node_(node),
        reader_(node, where, diagnostics),
        zone_(zone),
        start_(start),
        duration_(duration) {}

  std::vector<RateSpan> Read() {
    const YamlNode* counts = reader_.Find("counts");
    const YamlNode* at = reader_.Find("at");
    if ((counts == nullptr) == (at == nullptr)) {
      reader_.Complain(node_, "needs counts: or at:, one of them");
    } else if (counts != nullptr) {
      ReadCounts(*counts);
    } else {
      ReadTimes(*at);
    }
    reader_.Finish();
    return std::move(spans_);
  }

 private:
  void ReadCounts(const YamlNode& counts) {
    Duration per{0};
    reader_.Read("per", per);
    bool repeat = false;
    reader_.Read("repeat", repeat);
    if (per == Duration{0}) return reader_.Complain(node_, "needs per: 15m, above 0s");
    if (counts.kind != Kind::kSequence || counts.items.empty()) {
      return reader_.Complain(counts, "counts must be a list of numbers, not " + Shown(counts));
    }
    std::vector<double> numbers;
    for (const YamlNode::Ptr& item : counts.items) {
      const auto number = ParseRate(*item);
      if (!number) reader_.Complain(*item, std::string("counts") + kRateWanted + Shown(*item));
      numbers.push_back(number.value_or(0));
    }
    const auto told = static_cast<std::int64_t>(numbers.size()) * per;
    if (!repeat && told < duration_) {
      return reader_.Complain(counts, "counts tell of " + configuration::FormatDuration(told) +
                                          ", but the simulation lasts " +
                                          configuration::FormatDuration(duration_) +
                                          "; add counts, or repeat: true");
    }
    if (duration_ / per >= static_cast<std::int64_t>(kRatesMax)) {
      return reader_.Complain(counts, "more than " + std::to_string(kRatesMax) + " intervals");
    }
    const double an_hour = kHourMs / static_cast<double>(per.count());
    for (std::size_t i = 0; static_cast<std::int64_t>(i) * per < duration_; ++i) {
      const Duration from = static_cast<std::int64_t>(i) * per;
      spans_.push_back(
          {from, std::min(from + per, duration_), numbers[i % numbers.size()] * an_hour});
    }
  }

  void ReadTimes(const YamlNode& at) {
    std::map<std::int32_t, double> times;
    if (at.kind != Kind::kMapping || at.entries.empty()) {
      return reader_.Complain(at, "at must be a mapping such as {\"08:00\": 30}, not " + Shown(at));
    }
    for (const YamlNode::Entry& entry : at.entries) {
      const auto minute = configuration::ParseTimeOfDay(entry.key);
      const auto number = ParseRate(*entry.value);
      if (!minute || *minute == 1440) {
        reader_.Complain(*entry.value, "at: \"" + entry.key + "\" is not a time like 08:30");
      } else if (!number) {
        reader_.Complain(*entry.value, "at." + entry.key + kRateWanted + Shown(*entry.value));
      } else {
        times[*minute] = *number;
      }
    }
    if (times.empty()) return;
    // From midnight on the last rate of the day before holds.
    times.try_emplace(0, times.rbegin()->second);
    const std::int64_t first = zone_.LocalDay(start_);
    const std::int64_t last = zone_.LocalDay(start_ + duration_);
    if (static_cast<std::size_t>(last - first + 1) * times.size() > kRatesMax) {
      return reader_.Complain(at, "more than " + std::to_string(kRatesMax) + " changes of rate");
    }
    for (std::int64_t day = first; day <= last; ++day) {
      for (const auto& [minute, rate] : times) {
        const Instant from = zone_.FromLocal(Duration{day * 86'400'000 + minute * 60'000});
        Begin(from - start_, rate);
      }
    }
    std::erase_if(spans_, [](const RateSpan& span) { return span.start >= span.end; });
  }

  // A rate that holds from `from` until another one begins.
  void Begin(Duration from, double rate) {
    from = std::clamp(from, Duration{0}, duration_);
    if (!spans_.empty()) spans_.back().end = from;
    spans_.push_back({from, duration_, rate});
  }

  const YamlNode& node_;
  MappingReader reader_;
  const engine::TimeZone& zone_;
  Instant start_;
  Duration duration_;
  std::vector<RateSpan> spans_;
};

}  // namespace

std::vector<RateSpan> ReadRate(MappingReader& reader, const engine::TimeZone& zone, Instant start,
                               Duration duration) {
  const YamlNode* node = reader.Find("rate");
  if (node == nullptr) {
    static const YamlNode kNothing;
    YamlNode here = kNothing;
    here.line = reader.line();
    reader.Complain(here, "says no rate; add rate: 120");
    return {};
  }
  if (node->kind != Kind::kMapping) {
    const auto rate = ParseRate(*node);
    if (!rate) reader.Complain(*node, std::string("rate") + kRateWanted + Shown(*node));
    return {{Duration{0}, duration, rate.value_or(0)}};
  }
  return RateReader(*node, reader.where() + ": rate", reader.diagnostics(), zone, start, duration)
      .Read();
}

}  // namespace usher::simulation
