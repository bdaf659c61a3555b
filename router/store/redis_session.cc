// SPDX-License-Identifier: Apache-2.0
#include "router/store/redis_session.h"

#include <future>
#include <optional>
#include <utility>

#include "base/io/event_loop.h"
#include "router/store/polled_locator.h"
#include "router/store/redis_client.h"
#include "router/store/redis_slot.h"

namespace usher::store {

namespace {

Error TooLate() {
  return {Code::kDeadlineExceeded, "HISTORY_TIMEOUT", "reading the past took longer than it may",
          "ask for something nearer to now, or ask again when Redis has less to do"};
}

}  // namespace

class RedisSession::Wire {
 public:
  Wire(const RedisTarget& target, std::string_view key, Patience patience)
      : patience_(std::move(patience)) {
    RedisClientOptions options;
    options.address = WithAccess(target.addresses.front(), target);
    options.slot = SlotOfKey(key);
    options.on_connected = [this](const ServerFacts&) { Settle({}); };
    options.on_refused = [this](const Error& error) { Settle(error); };
    loop_.Start("usher-history");
    loop_.Call([&] {
      options.locator = MakeLocator(loop_, target);
      client_.emplace(loop_, std::move(options));
      client_->Start();
    });
  }
  ~Wire() {
    loop_.Call([this] { client_.reset(); });
  }

  Result<void> AwaitConnection() {
    auto settled = settled_.get_future();
    if (settled.wait_until(patience_.deadline) == std::future_status::ready) return settled.get();
    Error why = TooLate();
    loop_.Call([&] { why = client_->WhyNotConnected(); });
    return why;
  }

  Result<RedisReply> Call(const std::vector<std::string>& words) {
    if (patience_.stop.stop_requested()) {
      return Error{Code::kUnavailable, "STOPPING", "this router is being stopped",
                   "ask another, or later"};
    }
    if (std::chrono::steady_clock::now() >= patience_.deadline) return TooLate();
    const auto answer = std::make_shared<std::promise<Result<RedisReply>>>();
    auto answered = answer->get_future();
    loop_.Call([&] {
      const std::vector<std::string_view> arguments(words.begin(), words.end());
      client_->Call(arguments,
                    [answer](Result<RedisReply> reply) { answer->set_value(std::move(reply)); });
    });
    if (answered.wait_until(patience_.deadline) != std::future_status::ready) return TooLate();
    return answered.get();
  }

 private:
  // The first word counts; later ones are of reconnects.
  void Settle(Result<void> result) {
    if (std::exchange(is_settled_, true)) return;
    settled_.set_value(std::move(result));
  }

  const Patience patience_;
  std::promise<Result<void>> settled_;
  bool is_settled_ = false;  // on the loop
  io::EventLoop loop_;
  std::optional<RedisClient> client_;  // on the loop
};

RedisSession::RedisSession(std::unique_ptr<Wire> wire) : wire_(std::move(wire)) {}
RedisSession::~RedisSession() = default;

Result<std::unique_ptr<RedisSession>> RedisSession::Open(const RedisTarget& target,
                                                         std::string_view key, Patience patience) {
  auto wire = std::make_unique<Wire>(target, key, std::move(patience));
  if (const Result<void> connected = wire->AwaitConnection(); !connected) {
    return connected.error();
  }
  return std::unique_ptr<RedisSession>(new RedisSession(std::move(wire)));
}

Result<RedisReply> RedisSession::Call(const std::vector<std::string>& words,
                                      std::string_view doing) {
  Result<RedisReply> reply = wire_->Call(words);
  if (reply && reply->IsError()) return ToError(*reply, doing);
  return reply;
}

}  // namespace usher::store
