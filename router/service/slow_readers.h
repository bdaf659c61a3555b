// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/id.h"
#include "base/io/metrics.h"

namespace usher::service {

// Tells operators of streams whose peer reads slower than the domain moves: one log line and one
// count each. Any thread.
class SlowReaders {
 public:
  explicit SlowReaders(io::Metrics& metrics) : metrics_(metrics) {}

  // The streams of a domain exist at zero from the start: an increase from nothing would go unseen.
  void AddDomain(const DomainId& domain);

  // The stream was ended; its peer comes back and resumes. `stream` is the method in lower_snake.
  void CountCut(const DomainId& domain, std::string_view stream);
  // What waited was dropped, and the peer is shown the present state instead.
  void CountResynchronised(const DomainId& domain, std::string_view stream);

 private:
  io::Counter& CounterOf(const DomainId& domain, std::string_view stream, std::string_view outcome);

  io::Metrics& metrics_;
};

}  // namespace usher::service
