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
// record: a stream that stays open is one read. The right is looked for anew before each message:
// the stream ends with NOT_CONCERNED when there is something to tell and the right is gone. Loop
// thread only.
template <class Request, class Response>
class GuardedFeed final : public io::FeedHandler<Response> {
 public:
  using Feed = io::ServerFeed<Response>;
  using Handler = io::FeedHandler<Response>;
  using Make = std::function<Result<std::unique_ptr<Handler>>()>;

  // `method` has a row of FindAccessRule; `make` begins the stream itself.
  GuardedFeed(ContextNode& node, const std::function<Instant()>& now, const io::CallContext& call,
              std::string_view method, const Request& request, Feed& feed, Make make)
      : node_(node),
        now_(now),
        call_(call),
        rule_(FindAccessRule(method)),
        feed_(feed),
        make_(std::move(make)),
        request_(request) {
    USHER_CHECK(rule_ != nullptr, method);
    Admit([this](const Admission& admission) {
      const Result<DomainNode*> still = LedDomain(node_, call_);
      if (!still.ok()) return feed_.Finish(still.error());
      RecordRead(node_, **still, call_, now_(), *rule_, admission,
                 [this, weak = std::weak_ptr(alive_)](const Result<void>& recorded) {
                   if (!weak.expired()) Begin(recorded);
                 });
    });
  }

  bool Fill(Response& message) override {
    if (!handler_ || !MayTell()) return false;
    is_admitted_ = false;
    return handler_->Fill(message);
  }
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
    is_admitted_ = true;
    feed_.Wake();
  }

  // Where this is not known at once, the feed is woken when it is.
  bool MayTell() {
    if (is_admitted_ || is_asking_) return is_admitted_;
    is_asking_ = true;
    const auto is_later = std::make_shared<bool>(false);
    Admit([this, is_later](const Admission&) {
      is_asking_ = false;
      is_admitted_ = true;
      if (*is_later) feed_.Wake();
    });
    *is_later = true;
    return is_admitted_;
  }

  void Admit(std::function<void(const Admission&)> then) {
    const Result<DomainNode*> led = LedDomain(node_, call_);
    if (!led.ok()) return feed_.Finish(led.error());
    AdmitRequest(node_, **led, call_, now_(), *rule_, request_,
                 [this, then = std::move(then),
                  weak = std::weak_ptr(alive_)](const Result<Admission>& admitted) {
                   if (weak.expired()) return;
                   if (!admitted.ok()) return feed_.Finish(admitted.error());
                   then(*admitted);
                 });
  }

  ContextNode& node_;
  const std::function<Instant()> now_;
  const io::CallContext call_;
  const AccessRule* const rule_;
  Feed& feed_;
  const Make make_;
  const Request request_;
  std::unique_ptr<Handler> handler_;
  bool is_admitted_ = false;  // to tell one message
  bool is_asking_ = false;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace usher::service
