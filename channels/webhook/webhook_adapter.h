// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/io/event_loop.h"
#include "base/io/http_server.h"
#include "base/io/leader_channel.h"
#include "base/io/metrics.h"
#include "base/result.h"
#include "base/time.h"

namespace usher::webhook {

// A system that tells what happens to customers: a shop, a carrier, a billing system.
struct Source {
  std::string id;                    // stands in the path and in every event
  DomainId domain;                   // whose customers
  std::vector<std::string> secrets;  // as ParseSecret gives them; two while one replaces the other
};

// The way to the router of one domain.
struct Route {
  DomainId domain;
  io::LeaderChannel& road;
  std::function<std::string()> token;  // a valid token of role adapter whenever it is asked
};

// Signed webhooks: `POST /events/v1/<source>` takes CloudEvents (customer_event.h) into
// the timelines of customers. It keeps nothing: 200 is answered when the events are recorded for
// good, and a sender that got no answer sends again, for each event is recorded once.
//
// 400 says what is wrong with the request, 401 with its signature, 404 that there is no such
// source, 429 and 503 (with Retry-After) that the sender should come again.
class WebhookAdapter {
 public:
  // Requests that wait for the router, of all sources; beyond it they are answered 503.
  static constexpr std::size_t kRequestsMax = 1'000;

  // Mounts the routes; call it before `server` listens. Each source's domain must have a route.
  // Loop, server, roads and metrics must outlive the adapter.
  WebhookAdapter(io::EventLoop& loop, io::HttpServer& server, const std::vector<Route>& routes,
                 const std::vector<Source>& sources, std::function<Instant()> now,
                 io::Metrics& metrics);
  // Waits for the loop's thread when on another. What was not answered is answered 503.
  ~WebhookAdapter();
  WebhookAdapter(const WebhookAdapter&) = delete;
  WebhookAdapter& operator=(const WebhookAdapter&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace usher::webhook
