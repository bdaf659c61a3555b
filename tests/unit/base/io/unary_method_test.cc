// SPDX-License-Identifier: Apache-2.0
#include "base/io/unary_method.h"

#include <atomic>
#include <optional>
#include <thread>

#include <grpcpp/client_context.h>
#include <grpcpp/server_context.h>
#include <gtest/gtest.h>

#include "base/io/client_call.h"
#include "tests/unit/base/io/echo_server.h"

namespace usher::io {
namespace {

class UnaryTest : public testing::TestWithParam<Road> {
 protected:
  UnaryTest() : stub_(EchoService::NewStub(echo_.Connect(GetParam()))) {
    echo_.say = [](const CallContext& call, const SayRequest& request, Reply<SayResponse> reply) {
      SayResponse response;
      response.set_text(request.text());
      response.set_subject(call.claims.subject);
      response.set_request_id(call.request_id);
      response.set_has_deadline(call.deadline.has_value());
      reply.Send(std::move(response));
    };
  }

  Result<SayResponse> Call(const CallOptions& options, const std::string& text = "hello") {
    Awaited<Result<SayResponse>> answer;
    Start(options, text, [&](Result<SayResponse> result) { answer.Set(std::move(result)); });
    return answer.Get();
  }
  CallHandle Start(const CallOptions& options, const std::string& text,
                   std::function<void(Result<SayResponse>)> done) {
    SayRequest request;
    request.set_text(text);
    return CallUnary<SayRequest, SayResponse>(
        echo_.client_loop, options, std::move(request),
        [&](auto* context, auto* req, auto* resp, auto answered) {
          stub_->async()->Say(context, req, resp, std::move(answered));
        },
        std::move(done));
  }
  std::string ReasonOf(const CallOptions& options) {
    const auto answer = Call(options);
    return answer.ok() ? "OK" : answer.error().reason;
  }

  EchoServer echo_;
  std::unique_ptr<EchoService::Stub> stub_;
};

TEST_P(UnaryTest, AnswersAndTellsTheHandlerWhoCalls) {
  const auto answer =
      Call({.token = echo_.Token(), .timeout = Duration{20'000}, .request_id = "r-1"});
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->text(), "hello");
  EXPECT_EQ(answer->subject(), "ann");
  EXPECT_EQ(answer->request_id(), "r-1");
  EXPECT_TRUE(answer->has_deadline());
  EXPECT_FALSE(Call({.token = echo_.Token()})->has_deadline());
}

TEST_P(UnaryTest, TellsTheHandlerForWhomAGatewayCalls) {
  echo_.say = [](const CallContext& call, const SayRequest&, Reply<SayResponse> reply) {
    SayResponse response;
    response.set_subject(call.acting_subject());
    response.set_text(std::string(ToText(call.acting_role())));
    reply.Send(std::move(response));
  };
  const auto answer =
      Call({.token = echo_.ActingToken({Role::kAgent}), .acting = Acting{"ben", Role::kAgent}});
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->subject(), "ben");
  EXPECT_EQ(answer->text(), "agent");
  EXPECT_EQ(ReasonOf({.token = echo_.Token(Role::kAdapter), .acting = Acting{"ben", Role::kAgent}}),
            "BAD_ACTING_FOR");
}

TEST_P(UnaryTest, NeverReachesTheHandlerWithoutAGoodTokenOfAnAllowedRole) {
  echo_.say = [](const CallContext&, const SayRequest&, Reply<SayResponse>) { FAIL(); };
  EXPECT_EQ(ReasonOf({}), "TOKEN_MISSING");
  EXPECT_EQ(ReasonOf({.token = "x"}), "TOKEN_MALFORMED");
  EXPECT_EQ(ReasonOf({.token = echo_.Token(Role::kAgent, Duration{-60'000})}), "TOKEN_EXPIRED");
  EXPECT_EQ(ReasonOf({.token = echo_.Token(Role::kVisitor)}), "ROLE_NOT_ALLOWED");
}

TEST_P(UnaryTest, RefusesTwoAuthorizations) {
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + echo_.Token());
  context.AddMetadata("authorization", "Bearer " + echo_.Token(Role::kVisitor));
  SayResponse response;
  const auto status = stub_->Say(&context, SayRequest(), &response);
  EXPECT_EQ(FromGrpcStatus(status).reason, "TOKEN_SCHEME");
}

TEST_P(UnaryTest, DropsRequestIdsThatAreNotPrintable) {
  EXPECT_EQ(Call({.token = echo_.Token(), .request_id = std::string(129, 'x')})->request_id(), "");
  EXPECT_EQ(Call({.token = echo_.Token(), .request_id = "a b"})->request_id(), "");
}

TEST_P(UnaryTest, CarriesAnErrorInDetailsAndInTrailers) {
  echo_.say = [](const CallContext&, const SayRequest&, Reply<SayResponse> reply) {
    reply.Fail({Code::kNotFound, "UNKNOWN_QUEUE", "no queue billing", "Wähle eine andere\n100%."});
  };
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + echo_.Token());
  SayResponse response;
  const auto status = stub_->Say(&context, SayRequest(), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(FromGrpcStatus(status).next_step, "Wähle eine andere\n100%.");
  const auto& trailers = context.GetServerTrailingMetadata();
  const auto text = [&](const char* name) {
    const auto found = trailers.find(name);
    return found == trailers.end() ? "" : std::string(found->second.data(), found->second.size());
  };
  EXPECT_EQ(text("usher-reason"), "UNKNOWN_QUEUE");
  EXPECT_EQ(text("usher-next-step"), "W%C3%A4hle eine andere%0A100%25.");
}

TEST_P(UnaryTest, MayBeAnsweredLaterFromAnotherThread) {
  Awaited<std::function<void()>> work;
  echo_.say = [&](const CallContext&, const SayRequest& request, Reply<SayResponse> reply) {
    work.Set([&request, reply] {
      SayResponse response;
      response.set_text(request.text() + "!");
      reply.Send(std::move(response));
    });
  };
  std::thread worker([&] { work.Get()(); });
  EXPECT_EQ(Call({.token = echo_.Token()})->text(), "hello!");
  worker.join();
}

TEST_P(UnaryTest, ADroppedReplyIsAnErrorAndNotASilence) {
  echo_.say = [](const CallContext&, const SayRequest&, const Reply<SayResponse>&) {};
  EXPECT_EQ(ReasonOf({.token = echo_.Token()}), "NO_REPLY");
}

TEST_P(UnaryTest, ACallerMayGiveUp) {
  std::optional<Reply<SayResponse>> kept;
  Awaited<int> begun;
  echo_.say = [&](const CallContext&, const SayRequest&, Reply<SayResponse> reply) {
    kept = std::move(reply);
    begun.Set(0);
  };
  Awaited<Result<SayResponse>> answer;
  auto handle = Start({.token = echo_.Token()}, "hello",
                      [&](Result<SayResponse> result) { answer.Set(std::move(result)); });
  begun.Get();
  handle.Cancel();
  EXPECT_EQ(answer.Get().error().reason, "RPC_CANCELLED");
  kept->Send({});  // too late, and harmless
  kept.reset();
}

TEST_P(UnaryTest, IsNotBegunWhenNobodyWaitsForItAnyMore) {
  std::atomic<int> begun = 0;
  echo_.say = [&](const CallContext&, const SayRequest&, Reply<SayResponse> reply) {
    ++begun;
    reply.Send({});
  };
  Awaited<int> blocked, gone;
  echo_.server_loop.Post([&] {
    blocked.Set(0);
    gone.Get();
  });
  blocked.Get();
  Awaited<Result<SayResponse>> answer;
  auto handle = Start({.token = echo_.Token()}, "hello",
                      [&](Result<SayResponse> result) { answer.Set(std::move(result)); });
  // The server's loop is busy until the caller has given up and the server has heard of it.
  while (echo_.say_context == nullptr) std::this_thread::yield();
  handle.Cancel();
  EXPECT_EQ(answer.Get().error().reason, "RPC_CANCELLED");
  while (!echo_.say_context.load()->IsCancelled()) std::this_thread::yield();
  gone.Set(0);
  echo_.server_loop.Call([] {});
  EXPECT_EQ(begun, 0);
}

TEST_P(UnaryTest, IsRefusedInProcessOnceTheServerHasStopped) {
  const auto gate = echo_.server->call_gate();
  echo_.server->Shutdown(Duration{0});
  EXPECT_EQ(ReasonOf({.token = echo_.Token(), .gate = gate}), "SERVER_STOPPED");
}

TEST(MethodTableDeathTest, RefusesWhatTheProtoOrThePolicyDoNotKnow) {
  EventLoop loop;
  TokenVerifier verifier(PublicKeys(), {});
  AccessPolicy policy;
  policy.Allow(kSay, {Role::kAgent});
  const AccessGate gate(verifier, policy, [] { return kTestNow; });
  MethodTable table(loop, gate);
  const auto add = [&](const char* method) {
    table.Add<SayRequest, SayResponse>(
        method, [](const CallContext&, const SayRequest&, const Reply<SayResponse>&) {});
  };
  EXPECT_DEATH(add("/usher.test.v1.EchoService/Sing"), "Sing");
  EXPECT_DEATH(add(kTalk), "Talk") << "its messages are others";
  EXPECT_DEATH((table.Add<SayRequest, SayRequest>(kSay, nullptr)), "Say");
  add(kSay);
  EXPECT_DEATH(add(kSay), "Say") << "twice";
  AccessPolicy nothing;
  const AccessGate closed(verifier, nothing, [] { return kTestNow; });
  MethodTable unlisted(loop, closed);
  EXPECT_DEATH((unlisted.Add<SayRequest, SayResponse>(kSay, nullptr)), "Say") << "no row";
}

TEST(PendingReplyDeathTest, AnsweringTwiceIsABug) {
  SayResponse response;
  PendingReply pending(response, [](const Result<void>&) {});
  pending.Finish({});
  EXPECT_DEATH(pending.Finish({}), "answered twice");
}

INSTANTIATE_TEST_SUITE_P(Roads, UnaryTest, testing::Values(Road::kTcp, Road::kInProcess),
                         [](const auto& test) {
                           return test.param == Road::kTcp ? "Tcp" : "InProcess";
                         });

}  // namespace
}  // namespace usher::io
