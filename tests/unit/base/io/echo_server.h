// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>

#include <grpcpp/channel.h>

#include "base/io/access.h"
#include "base/io/event_loop.h"
#include "base/io/grpc_server.h"
#include "base/io/server_stream.h"
#include "base/io/unary_method.h"
#include "tests/unit/base/io/echo.grpc.pb.h"

namespace usher::io {

using test::v1::CountRequest;
using test::v1::CountResponse;
using test::v1::EchoService;
using test::v1::SayRequest;
using test::v1::SayResponse;
using test::v1::TalkRequest;
using test::v1::TalkResponse;

inline constexpr char kSay[] = "/usher.test.v1.EchoService/Say";
inline constexpr char kTalk[] = "/usher.test.v1.EchoService/Talk";
inline constexpr char kCount[] = "/usher.test.v1.EchoService/Count";

inline constexpr Instant kTestNow = InstantFromUnixMs(1'800'000'000'000);

enum class Road { kTcp, kInProcess };

// A server of echo.proto with its keys, its policy (agents may call everything, visitors nothing)
// and one loop for each side. What the methods do is set before they are called.
class EchoServer : public EchoService::CallbackService {
 public:
  explicit EchoServer(GrpcServerOptions options = {});
  ~EchoServer() override;

  std::string Token(Role role = Role::kAgent, Duration lifetime = Duration{600'000}) const;
  // An adapter's that may act as these.
  std::string ActingToken(std::vector<Role> acts_for) const;
  std::shared_ptr<grpc::Channel> Connect(Road road);

  std::function<void(const CallContext&, const SayRequest&, Reply<SayResponse>)> say;
  ServerStream<TalkRequest, TalkResponse>::Factory talk;
  std::function<Result<std::unique_ptr<FeedHandler<CountResponse>>>(
      const CallContext&, const CountRequest&, ServerFeed<CountResponse>&)>
      count;

  EventLoop server_loop;
  EventLoop client_loop;
  KeyPair key;
  AccessPolicy policy;
  TokenVerifier verifier;
  AccessGate gate;
  MethodTable table;
  std::unique_ptr<GrpcServer> server;
  // Of the last call of Say; valid until that is answered.
  std::atomic<grpc::CallbackServerContext*> say_context = nullptr;

 private:
  grpc::ServerUnaryReactor* Say(grpc::CallbackServerContext* context, const SayRequest* request,
                                SayResponse* response) override;
  grpc::ServerBidiReactor<TalkRequest, TalkResponse>* Talk(
      grpc::CallbackServerContext* context) override;
  grpc::ServerWriteReactor<CountResponse>* Count(grpc::CallbackServerContext* context,
                                                 const CountRequest* request) override;
};

// A value that another thread sets once; waiting longer than 20 s fails the test instead of
// hanging.
template <class T>
class Awaited {
 public:
  void Set(T value) { promise_.set_value(std::move(value)); }
  T Get() {
    if (future_.wait_for(std::chrono::seconds(20)) != std::future_status::ready) std::abort();
    return future_.get();
  }

 private:
  std::promise<T> promise_;
  std::future<T> future_ = promise_.get_future();
};

}  // namespace usher::io
