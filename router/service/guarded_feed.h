// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "base/check.h"
#include "base/io/server_stream.h"
#include "router/service/context_call.h"
#include "router/service/customer_access.h"

namespace usher::service {

// A stream of one customer's, which begins once its person may see the customer and that is on
// record: a stream that stays open is one read. Loop thread only.
template <class Request, class Response>
class GuardedFeed final : public io::FeedHandler<Response> {
 public:
  using Feed = io::ServerFeed<Response>;
  using Handler = io::FeedHandler<Response>;
  using Make = std::function<Result<std::unique_ptr<Handler>>()>;

  // `method` has a row of FindAccessRule; `make` begins the stream itself.
  GuardedFeed(ContextNode& node, const std::function<Instant()>& now, const io::CallContext& call,
              std::string_view method, const Request& request, Feed& feed, Make make)
      : feed_(feed), make_(std::move(make)), request_(request) {
    const AccessRule* rule = FindAccessRule(method);
    USHER_CHECK(rule != nullptr, method);
    const Result<DomainNode*> led = LedDomain(node, call);
    if (!led.ok()) {
      feed_.Finish(led.error());
      return;
    }
    const Instant at = now();
    AdmitRequest(node, **led, call, at, *rule, request_,
                 [this, &node, call, at, rule,
                  weak = std::weak_ptr(alive_)](const Result<Admission>& admitted) {
                   if (weak.expired()) return;
                   if (!admitted.ok()) return feed_.Finish(admitted.error());
                   const Result<DomainNode*> still = LedDomain(node, call);
                   if (!still.ok()) return feed_.Finish(still.error());
                   RecordRead(node, **still, call, at, *rule, *admitted,
                              [this, weak](const Result<void>& recorded) {
                                if (!weak.expired()) Begin(recorded);
                              });
                 });
  }

  bool Fill(Response& message) override { return handler_ && handler_->Fill(message); }
  void OnStalled() override {
    if (handler_) handler_->OnStalled();
  }
  void OnDone() override {
    if (handler_) handler_->OnDone();
  }

 private:
  void Begin(const Result<void>& recorded) {
    if (!recorded.ok()) return feed_.Finish(recorded.error());
    Result<std::unique_ptr<Handler>> made = make_();
    if (!made.ok()) return feed_.Finish(made.error());
    handler_ = *std::move(made);
    feed_.Wake();
  }

  Feed& feed_;
  const Make make_;
  const Request request_;
  std::unique_ptr<Handler> handler_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace usher::service
