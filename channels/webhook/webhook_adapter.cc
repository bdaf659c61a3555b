// SPDX-License-Identifier: Apache-2.0
#include "channels/webhook/webhook_adapter.h"

#include <map>
#include <utility>

#include "base/check.h"
#include "base/io/client_call.h"
#include "base/io/log.h"
#include "channels/cloudevents/signature.h"
#include "channels/webhook/customer_event.h"
#include "usher/context/v1/context_service.grpc.pb.h"

namespace usher::webhook {

using context::v1::ContextService;
using context::v1::RecordEventsRequest;
using context::v1::RecordEventsResponse;

namespace {

constexpr std::size_t kBodyBytesMax = 1 << 20;
constexpr Duration kAnswerWithin{10'000};

}  // namespace

namespace {

// One source with its way to the router.
struct Mounted {
  Source source;
  Route route;
};

Error Stopping() {
  return {Code::kUnavailable, "SHUTTING_DOWN", "the server is stopping", "send it again"};
}

}  // namespace

struct WebhookAdapter::State : std::enable_shared_from_this<State> {
  State(io::EventLoop& on, std::function<Instant()> clock, io::Metrics& counted)
      : loop(on),
        now(std::move(clock)),
        recorded(Count(counted, "recorded")),
        repeated(Count(counted, "repeated")),
        refused(Count(counted, "refused")) {}

  static io::Counter& Count(io::Metrics& metrics, const char* outcome) {
    return metrics.AddCounter("usher_webhook_events_total",
                              "Events of webhooks: recorded, known already (repeated), or in a "
                              "request that was refused.",
                              {{"outcome", outcome}});
  }

  void Take(const Mounted& mounted, const io::HttpRequest& request, io::HttpResponder responder);
  void Record(const Mounted& mounted, RecordEventsRequest request, io::HttpResponder responder);
  void Answer(const RecordEventsResponse& response, io::HttpResponder& responder);
  void Refuse(const Mounted& mounted, const Error& error, io::HttpResponder& responder);

  io::EventLoop& loop;
  const std::function<Instant()> now;
  io::Counter& recorded;
  io::Counter& repeated;
  io::Counter& refused;
  std::size_t under_way = 0;
};

void WebhookAdapter::State::Take(const Mounted& mounted, const io::HttpRequest& request,
                                 io::HttpResponder responder) {
  const Result<void> checked = cloudevents::CheckSignature(request, mounted.source.secrets, now());
  if (!checked.ok()) return Refuse(mounted, checked.error(), responder);
  auto events = ReadCustomerEvents(request, mounted.source.id);
  if (!events.ok()) return Refuse(mounted, events.error(), responder);
  if (under_way >= kRequestsMax) {
    return Refuse(mounted,
                  {Code::kUnavailable, "OVERLOADED", "too many webhooks wait for the router",
                   "send it again"},
                  responder);
  }
  RecordEventsRequest record;
  for (context::v1::CustomerEvent& event : *events) *record.add_events() = std::move(event);
  Record(mounted, std::move(record), std::move(responder));
}

void WebhookAdapter::State::Record(const Mounted& mounted, RecordEventsRequest request,
                                   io::HttpResponder responder) {
  ++under_way;
  io::CallOptions options;
  options.token = mounted.route.token();
  options.timeout = kAnswerWithin;
  io::LeaderChannel::Place tried = 0;
  auto& stub = mounted.route.road.Stub<ContextService>(tried);
  const auto answering = std::make_shared<io::HttpResponder>(std::move(responder));
  io::CallUnary<RecordEventsRequest, RecordEventsResponse>(
      loop, options, std::move(request),
      [&stub](auto* context, auto* sent, auto* received, auto finished) {
        stub.async()->RecordEvents(context, sent, received, std::move(finished));
      },
      [weak = weak_from_this(), &mounted, tried, answering](Result<RecordEventsResponse> answer) {
        const std::shared_ptr<State> state = weak.lock();
        if (!state) return answering->Fail(Stopping());
        --state->under_way;
        if (answer.ok()) return state->Answer(*answer, *answering);
        // Another router may lead by now; the sender comes again.
        if (answer.error().code == Code::kUnavailable) mounted.route.road.MoveOn(tried);
        state->Refuse(mounted, answer.error(), *answering);
      });
}

void WebhookAdapter::State::Answer(const RecordEventsResponse& response,
                                   io::HttpResponder& responder) {
  int known = 0;
  for (const auto& event : response.events()) known += event.repeated_event() ? 1 : 0;
  const int fresh = response.events_size() - known;
  repeated.Increment(known);
  recorded.Increment(fresh);
  responder.Send(io::JsonResponse(200, "{\"recorded\":" + std::to_string(fresh) +
                                           ",\"repeated\":" + std::to_string(known) + "}"));
}

void WebhookAdapter::State::Refuse(const Mounted& mounted, const Error& error,
                                   io::HttpResponder& responder) {
  refused.Increment();
  io::LogError(io::LogLevel::kWarning, "webhook_refused", error, {{"source", mounted.source.id}});
  io::HttpResponse response = io::ErrorResponse(error);
  if (error.code == Code::kUnavailable || error.code == Code::kResourceExhausted) {
    response.headers.emplace_back("Retry-After", "1");
  }
  responder.Send(std::move(response));
}

WebhookAdapter::WebhookAdapter(io::EventLoop& loop, io::HttpServer& server,
                               const std::vector<Route>& routes, const std::vector<Source>& sources,
                               std::function<Instant()> now, io::Metrics& metrics)
    : state_(std::make_shared<State>(loop, std::move(now), metrics)) {
  std::map<DomainId, const Route*> by_domain;
  for (const Route& route : routes) by_domain[route.domain] = &route;
  for (const Source& source : sources) {
    const auto route = by_domain.find(source.domain);
    USHER_CHECK(route != by_domain.end(), "a webhook source is of a domain without a route");
    // The handler keeps it, and the server its handlers until no answer can come any more.
    const auto mounted = std::make_shared<const Mounted>(Mounted{source, *route->second});
    server.Handle("POST", "/events/v1/" + source.id,
                  [weak = std::weak_ptr(state_), mounted](const io::HttpRequest& request,
                                                          io::HttpResponder responder) {
                    const std::shared_ptr<State> state = weak.lock();
                    if (!state) return responder.Fail(Stopping());
                    state->Take(*mounted, request, std::move(responder));
                  },
                  {.body_bytes_max = kBodyBytesMax});
  }
}

WebhookAdapter::~WebhookAdapter() {
  io::EventLoop& loop = state_->loop;
  loop.Call([this] { state_.reset(); });
}

}  // namespace usher::webhook
