// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <vector>

#include "base/id.h"
#include "base/io/server_stream.h"
#include "base/result.h"
#include "base/time.h"
#include "router/runtime/domain_runtime.h"
#include "router/service/domain_hub.h"
#include "router/service/event_outbox.h"
#include "router/service/intake.h"
#include "router/service/slow_readers.h"

namespace usher::service {

// How far the reader of a stream may fall behind.
struct ReaderLimits {
  std::size_t events_max = EventOutbox::kEventsMax;  // that wait for it
  Duration stall_limit = io::kStallLimit;            // for which it may leave a message untaken
};

// One domain as the services see it.
struct DomainNode {
  DomainNode(io::EventLoop& loop, io::Metrics& metrics, runtime::DomainRuntimeOptions options,
             ReaderLimits limits = {})
      : runtime(loop, metrics, std::move(options)),
        intake(runtime),
        hub(runtime),
        slow_readers(metrics),
        readers(limits) {
    slow_readers.AddDomain(runtime.domain());
  }

  runtime::DomainRuntime runtime;
  Intake intake;
  DomainHub hub;
  SlowReaders slow_readers;
  const ReaderLimits readers;
};

// The domains that this router may lead. Filled at start-up, then only read.
class Domains {
 public:
  void Add(std::unique_ptr<DomainNode> node) {
    const DomainId id = node->runtime.domain();
    nodes_[id] = std::move(node);
  }

  // NOT_FOUND/UNKNOWN_DOMAIN, or UNAVAILABLE/NOT_LEADING.
  // A token that names no domain (an administrator's may) means the only one there is.
  Result<DomainNode*> FindLed(const DomainId& domain) const {
    const auto found = !domain && nodes_.size() == 1 ? nodes_.begin() : nodes_.find(domain);
    if (found == nodes_.end()) {
      return Error{Code::kNotFound, "UNKNOWN_DOMAIN",
                   "domain \"" + domain.value() + "\" is not served by this router",
                   "start the router with --domain " + domain.value() +
                       ", or use a token of a domain that it serves"};
    }
    if (!found->second->runtime.leading()) return found->second->runtime.WhyNotLeading();
    return found->second.get();
  }

  const std::map<DomainId, std::unique_ptr<DomainNode>>& nodes() const { return nodes_; }

 private:
  std::map<DomainId, std::unique_ptr<DomainNode>> nodes_;
};

}  // namespace usher::service
