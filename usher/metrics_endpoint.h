// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "base/io/event_loop.h"
#include "base/io/http_server.h"
#include "base/io/metrics.h"
#include "base/io/token.h"
#include "base/result.h"

namespace usher::app {

// `/metrics`, `/healthz` and `/readyz` on a listener of their own: what operators see, apart from
// what agents and customers reach. On a loopback address it is open to this machine; on any other
// `/metrics` needs a token of role metrics or admin.
class MetricsEndpoint {
 public:
  // `is_ready` is asked on the endpoint's loop and may block for a moment. Listening errors name
  // the address.
  static Result<std::unique_ptr<MetricsEndpoint>> Start(
      io::EventLoop& loop, const std::string& address, io::Metrics& metrics,
      io::TokenVerifier& verifier, std::function<bool()> is_ready, io::TlsFiles tls = {});
  std::uint16_t port() const { return server_->port(); }

 private:
  MetricsEndpoint() = default;
  std::unique_ptr<io::HttpServer> server_;
};

// Adds what Prometheus expects of every process: CPU seconds, resident bytes, open descriptors, the
// start time, and which build this is.
void AddProcessMetrics(io::Metrics& metrics);

}  // namespace usher::app
