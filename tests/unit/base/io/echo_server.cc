// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/base/io/echo_server.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

namespace usher::io {
namespace {

PublicKeys Known(const KeyPair& key) {
  PublicKeys keys;
  USHER_CHECK(keys.AddJwks(key.PublicJwks()).ok());
  return keys;
}

}  // namespace

EchoServer::EchoServer(GrpcServerOptions options)
    : key(*KeyPair::Make()),
      verifier(Known(key), {}),
      gate(verifier, policy, [] { return kTestNow; }),
      table(server_loop, gate) {
  for (const auto* method : {kSay, kTalk, kCount}) policy.Allow(method, {Role::kAgent});
  table.Add<SayRequest, SayResponse>(
      kSay, [this](const CallContext& call, const SayRequest& request, Reply<SayResponse> reply) {
        say(call, request, std::move(reply));
      });
  auto started = GrpcServer::Start(options, {this});
  USHER_CHECK(started.ok(), started.ok() ? "" : started.error().message);
  server = *std::move(started);
  server_loop.Start("server");
  client_loop.Start("client");
}

EchoServer::~EchoServer() {
  server.reset();
  client_loop.Stop(Duration{20'000});
  server_loop.Stop(Duration{20'000});
}

std::string EchoServer::Token(Role role, Duration lifetime) const {
  Claims claims;
  claims.subject = "ann";
  claims.role = role;
  claims.domain = DomainId("acme");
  claims.expires_at = kTestNow + lifetime;
  return *MintToken(key, {}, claims, std::min(kTestNow, claims.expires_at - Duration{1000}));
}

std::string EchoServer::ActingToken(std::vector<Role> acts_for) const {
  Claims claims;
  claims.subject = "gateway";
  claims.role = Role::kAdapter;
  claims.domain = DomainId("acme");
  claims.acts_for = std::move(acts_for);
  claims.expires_at = kTestNow + Duration{600'000};
  return *MintToken(key, {}, claims, kTestNow);
}

std::shared_ptr<grpc::Channel> EchoServer::Connect(Road road) {
  if (road == Road::kInProcess) return server->InProcessChannel();
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // Keeps the window at 64 KiB, so that large messages do block.
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  return grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(server->port()),
                                   grpc::InsecureChannelCredentials(), arguments);
}

grpc::ServerUnaryReactor* EchoServer::Say(grpc::CallbackServerContext* context,
                                          const SayRequest* request, SayResponse* response) {
  auto* call = ServeUnary(table, kSay, *context, *request, *response);
  say_context = context;
  return call;
}

grpc::ServerBidiReactor<TalkRequest, TalkResponse>* EchoServer::Talk(
    grpc::CallbackServerContext* context) {
  return ServeStream<TalkRequest, TalkResponse>(server_loop, *context,
                                                AuthorizeCall(gate, kTalk, *context), talk);
}

grpc::ServerWriteReactor<CountResponse>* EchoServer::Count(grpc::CallbackServerContext* context,
                                                           const CountRequest* request) {
  return ServeFeed<CountResponse>(
      server_loop, *context, AuthorizeCall(gate, kCount, *context),
      [this, request](const CallContext& call, ServerFeed<CountResponse>& feed) {
        return count(call, *request, feed);
      });
}

}  // namespace usher::io
