// SPDX-License-Identifier: Apache-2.0
#include "usher/metrics_endpoint.h"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include <sys/resource.h>
#include <unistd.h>

#include "base/io/clock.h"
#include "usher/version.h"

namespace usher::app {

namespace {

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  statm >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double OpenDescriptors() {
  std::error_code error;
  std::filesystem::directory_iterator entries("/proc/self/fd", error);
  return static_cast<double>(std::distance(entries, std::filesystem::directory_iterator()));
}

double DescriptorsMax() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<double>(limit.rlim_cur);
}

Result<void> MayScrape(const io::HttpRequest& request, io::TokenVerifier& verifier) {
  const Result<io::Claims> claims = verifier.Verify(request.BearerToken(), io::WallClock().Now());
  if (!claims.ok()) return claims.error();
  if (claims->role == io::Role::kMetrics || claims->role == io::Role::kAdmin) return {};
  return Error{Code::kPermissionDenied, "ROLE_NOT_ALLOWED", "this token may not read metrics",
               "use a token of role metrics: usher token --role metrics"};
}

}  // namespace

void AddProcessMetrics(io::Metrics& metrics) {
  io::Gauge& resident =
      metrics.AddGauge("process_resident_memory_bytes", "Resident memory in bytes.");
  io::Gauge& descriptors = metrics.AddGauge("process_open_fds", "Open file descriptors.");
  metrics.AddGauge("process_max_fds", "The most file descriptors that may be open.")
      .Set(DescriptorsMax());
  io::Counter& cpu =
      metrics.AddCounter("process_cpu_seconds_total", "User and system time in seconds.");
  const auto start = std::chrono::system_clock::now().time_since_epoch();
  metrics.AddGauge("process_start_time_seconds", "Start of the process since the Unix epoch.")
      .Set(std::chrono::duration<double>(start).count());
  metrics
      .AddGauge("usher_build_info", "1; which build runs stands in the labels.",
                {{"version", kVersion}})
      .Set(1);
  metrics.OnExpose([&resident, &descriptors, &cpu] {
    resident.Set(ResidentBytes());
    descriptors.Set(OpenDescriptors());
    cpu.Increment(CpuSeconds() - cpu.Value());
  });
}

Result<std::unique_ptr<MetricsEndpoint>> MetricsEndpoint::Start(
    io::EventLoop& loop, const std::string& address, io::Metrics& metrics,
    io::TokenVerifier& verifier, std::function<bool()> is_ready, io::TlsFiles tls) {
  Result<io::ListenAddress> listen = io::ParseListenAddress(address);
  if (!listen.ok()) return listen.error();
  const bool open = listen->is_loopback();
  io::HttpServerOptions options;
  options.address = *std::move(listen);
  options.connections_max = 100;
  options.tls = std::move(tls);
  std::unique_ptr<MetricsEndpoint> endpoint(new MetricsEndpoint);
  endpoint->server_ = std::make_unique<io::HttpServer>(loop, std::move(options));
  endpoint->server_->Handle(
      "GET", "/metrics",
      [open, &metrics, &verifier](const io::HttpRequest& request, io::HttpResponder responder) {
        if (!open) {
          if (const auto allowed = MayScrape(request, verifier); !allowed.ok()) {
            return responder.Fail(allowed.error());
          }
        }
        io::HttpResponse response = io::TextResponse(200, metrics.Expose());
        for (auto& [name, value] : response.headers) {
          if (name == "Content-Type") value = io::Metrics::kContentType;
        }
        responder.Send(std::move(response));
      });
  endpoint->server_->Handle("GET", "/healthz",
                            [](const io::HttpRequest&, io::HttpResponder responder) {
                              responder.Send(io::TextResponse(200, "ok\n"));
                            });
  endpoint->server_->Handle(
      "GET", "/readyz",
      [is_ready = std::move(is_ready)](const io::HttpRequest&, io::HttpResponder responder) {
        const bool ready = is_ready();
        responder.Send(io::TextResponse(ready ? 200 : 503, ready ? "ready\n" : "not ready\n"));
      });
  if (Result<void> listening = endpoint->server_->Listen(); !listening.ok()) {
    return listening.error();
  }
  return endpoint;
}

}  // namespace usher::app
