// SPDX-License-Identifier: Apache-2.0
#include "router/service/slow_readers.h"

#include <string>

#include "base/io/log.h"

namespace usher::service {

namespace {

constexpr std::string_view kCut = "cut";
constexpr std::string_view kResynchronised = "resynchronised";

}  // namespace

io::Counter& SlowReaders::CounterOf(const DomainId& domain, std::string_view stream,
                                    std::string_view outcome) {
  return metrics_.AddCounter("usher_slow_readers_total",
                             "Streams whose reader was too slow, by what became of it.",
                             {{"domain", domain.value()},
                              {"stream", std::string(stream)},
                              {"outcome", std::string(outcome)}});
}

void SlowReaders::AddDomain(const DomainId& domain) {
  for (const std::string_view stream :
       {"route_contacts", "watch_contacts", "serve_agents", "watch_agent", "converse",
        "watch_conversation", "watch_timeline"}) {
    CounterOf(domain, stream, kCut);
  }
  for (const std::string_view stream : {"serve_agents", "watch_agent"}) {
    CounterOf(domain, stream, kResynchronised);
  }
}

void SlowReaders::CountCut(const DomainId& domain, std::string_view stream) {
  CounterOf(domain, stream, kCut).Increment();
  io::Log(io::LogLevel::kWarning, "slow_reader_cut",
          {{"domain", domain.value()}, {"stream", stream}});
}

void SlowReaders::CountResynchronised(const DomainId& domain, std::string_view stream) {
  CounterOf(domain, stream, kResynchronised).Increment();
  io::Log(io::LogLevel::kWarning, "slow_reader_resynchronised",
          {{"domain", domain.value()}, {"stream", stream}});
}

}  // namespace usher::service
