// SPDX-License-Identifier: Apache-2.0
#include "channels/telephony_webhook/telephony_adapter.h"

#include <map>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/io/http_client.h"
#include "base/io/log.h"
#include "channels/cloudevents/cloud_event.h"
#include "channels/cloudevents/signature.h"

namespace usher::telephony_webhook {

namespace {

constexpr std::size_t kBodyBytesMax = 64 << 10;

Error Stopping() {
  return {Code::kUnavailable, "SHUTTING_DOWN", "the server is stopping", "send it again"};
}

}  // namespace

struct TelephonyAdapter::State : std::enable_shared_from_this<State> {
  State(io::EventLoop& on, std::function<Instant()> clock, io::Metrics& registry)
      : loop(on), now(std::move(clock)), metrics(registry) {}

  void Take(const TelephonySystem& system, const io::HttpRequest& request,
            io::HttpResponder responder) {
    const Result<void> checked = cloudevents::CheckSignature(request, system.secrets, now());
    if (!checked.ok()) return Refuse(system, checked.error(), responder);
    auto events = cloudevents::ReadCloudEvents(request);
    if (!events.ok()) return Refuse(system, events.error(), responder);
    if (events->size() > 1) {
      return Refuse(system,
                    {Code::kInvalidArgument, "TOO_MANY_EVENTS",
                     "a request tells of one thing that happened to one call",
                     "send one event at a time, each when the one before was answered"},
                    responder);
    }
    const auto answering = std::make_shared<io::HttpResponder>(std::move(responder));
    domains.at(system.domain)
        ->Take(system.id, events->front(),
               [weak = weak_from_this(), &system, answering](const Result<std::string>& done) {
                 const std::shared_ptr<State> state = weak.lock();
                 if (!state) return answering->Fail(Stopping());
                 if (!done.ok()) return state->Refuse(system, done.error(), *answering);
                 state->metrics.CountEvent("done");
                 // Ids of contacts are letters and digits.
                 answering->Send(io::JsonResponse(200, "{\"contact\":\"" + *done + "\"}"));
               });
  }

  void Refuse(const TelephonySystem& system, const Error& error, io::HttpResponder& responder) {
    metrics.CountEvent("refused");
    io::LogError(io::LogLevel::kWarning, "telephony_event_refused", error, {{"system", system.id}});
    io::HttpResponse response = io::ErrorResponse(error);
    if (error.code == Code::kUnavailable || error.code == Code::kResourceExhausted) {
      response.headers.emplace_back("Retry-After", "1");
    }
    responder.Send(std::move(response));
  }

  io::EventLoop& loop;
  const std::function<Instant()> now;
  TelephonyMetrics metrics;
  std::vector<TelephonySystem> systems;
  std::map<DomainId, std::unique_ptr<WebhookCalls>> domains;
};

TelephonyAdapter::TelephonyAdapter(io::EventLoop& loop, io::HttpServer& server,
                                   const std::vector<TelephonyRoute>& routes,
                                   const std::vector<TelephonySystem>& systems,
                                   std::function<Instant()> now, io::Metrics& metrics)
    : state_(std::make_shared<State>(loop, now, metrics)) {
  state_->systems = systems;
  const CommandSender::Fetch fetch = [&loop](io::HttpClientRequest request, auto done) {
    io::HttpFetch(loop, std::move(request), std::move(done));
  };
  for (const TelephonyRoute& route : routes) {
    state_->domains[route.domain] =
        std::make_unique<WebhookCalls>(loop, route, state_->systems, fetch, now, state_->metrics);
  }
  for (const TelephonySystem& system : state_->systems) {
    USHER_CHECK(state_->domains.contains(system.domain),
                "a telephone system is of a domain without a route");
    // The handler finds the system only while the state lives.
    server.Handle("POST", "/calls/v1/" + system.id,
                  [weak = std::weak_ptr(state_), &system](const io::HttpRequest& request,
                                                          io::HttpResponder responder) {
                    const std::shared_ptr<State> state = weak.lock();
                    if (!state) return responder.Fail(Stopping());
                    state->Take(system, request, std::move(responder));
                  },
                  {.body_bytes_max = kBodyBytesMax});
  }
}

TelephonyAdapter::~TelephonyAdapter() {
  io::EventLoop& loop = state_->loop;
  loop.Call([this] { state_.reset(); });
}

void TelephonyAdapter::Start() {
  state_->loop.Call([this] {
    for (const auto& [id, domain] : state_->domains) domain->Start();
  });
}

void TelephonyAdapter::Stop() {
  state_->loop.Call([this] {
    for (const auto& [id, domain] : state_->domains) domain->Stop();
  });
}

}  // namespace usher::telephony_webhook
