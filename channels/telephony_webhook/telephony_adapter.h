// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/io/event_loop.h"
#include "base/io/http_server.h"
#include "base/io/metrics.h"
#include "base/time.h"
#include "channels/telephony_webhook/telephony_config.h"
#include "channels/telephony_webhook/webhook_calls.h"

namespace usher::telephony_webhook {

// Telephone calls of systems that speak webhooks: `POST /calls/v1/<system>` takes one signed
// CloudEvent (call.ring, call.answer, call.hangup) and is answered when it is recorded; what the
// system is to do is posted to its URL, signed the same way.
//
// 200 names the contact; 400 says what is wrong with the request, 401 with its signature, 404 that
// there is no such system or number, 503 (with Retry-After) that it should be sent again.
class TelephonyAdapter {
 public:
  // Mounts the routes; call it before `server` listens. Each system's domain must have a route.
  // Loop, server, roads and metrics must outlive the adapter.
  TelephonyAdapter(io::EventLoop& loop, io::HttpServer& server,
                   const std::vector<TelephonyRoute>& routes,
                   const std::vector<TelephonySystem>& systems, std::function<Instant()> now,
                   io::Metrics& metrics);
  // Waits for the loop's thread when on another. What was not answered is answered 503.
  ~TelephonyAdapter();
  TelephonyAdapter(const TelephonyAdapter&) = delete;
  TelephonyAdapter& operator=(const TelephonyAdapter&) = delete;

  // Any thread.
  void Start();
  void Stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace usher::telephony_webhook
