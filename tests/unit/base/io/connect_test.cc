// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <cstdio>
#include <optional>
#include <thread>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include "base/io/connect_handler.h"
#include "base/io/http_client.h"
#include "tests/unit/base/io/echo_server.h"

namespace usher::io {
namespace {

class ConnectTest : public testing::Test {
 protected:
  ConnectTest()
      : http_(std::make_unique<HttpServer>(echo_.server_loop,
                                           HttpServerOptions{.address = {.host = "127.0.0.1"}})) {
    echo_.say = [](const CallContext& call, const SayRequest& request, Reply<SayResponse> reply) {
      SayResponse response;
      response.set_text(request.text());
      response.set_number(request.number());
      response.set_subject(call.claims.subject);
      response.set_request_id(call.request_id);
      response.set_has_deadline(call.deadline.has_value());
      reply.Send(std::move(response));
    };
    echo_.server_loop.Call([this] {
      MountConnect(echo_.table.loop(), *http_, echo_.table, {.body_bytes_max = 100'000});
      const auto listening = http_->Listen();
      USHER_CHECK(listening.ok());
    });
  }

  HttpResponse Fetch(HttpClientRequest request) {
    request.url = "http://127.0.0.1:" + std::to_string(http_->port()) + request.url;
    Awaited<Result<HttpResponse>> answer;
    HttpFetch(echo_.client_loop, std::move(request),
              [&](Result<HttpResponse> response) { answer.Set(std::move(response)); });
    auto response = answer.Get();
    EXPECT_TRUE(response.ok()) << (response.ok() ? "" : response.error().message);
    return response.ok() ? *response : HttpResponse{};
  }
  HttpResponse Post(std::string body, HttpHeaders more = {}, std::string token = "good") {
    if (token == "good") token = echo_.Token();
    more.emplace_back("Authorization", "Bearer " + token);
    if (!FindHeader(more, "Content-Type")) more.emplace_back("Content-Type", "application/json");
    return Fetch({.method = "POST", .url = kSay, .headers = more, .body = std::move(body)});
  }
  static std::string Member(const HttpResponse& response, std::string_view name) {
    boost::system::error_code failed;
    const auto value = boost::json::parse(response.body, failed);
    const auto* object = failed ? nullptr : value.if_object();
    const auto* member = object ? object->if_contains(name) : nullptr;
    return member && member->is_string() ? std::string(member->get_string()) : "";
  }
  // status, code and reason of a refusal.
  static std::string Refusal(const HttpResponse& response) {
    return std::to_string(response.status) + " " + Member(response, "code") + " " +
           Member(response, "reason");
  }

  EchoServer echo_{{.address = ""}};
  std::unique_ptr<HttpServer> http_;
};

TEST_F(ConnectTest, ReadsForWhomAGatewayCallsFromTheSameHeaders) {
  echo_.say = [](const CallContext& call, const SayRequest&, Reply<SayResponse> reply) {
    SayResponse response;
    response.set_subject(call.acting_subject());
    reply.Send(std::move(response));
  };
  const HttpHeaders for_ben = {{"Usher-Acting-For", "ben"}, {"Usher-Acting-Role", "agent"}};
  EXPECT_EQ(Member(Post("{}", for_ben, echo_.ActingToken({Role::kAgent})), "subject"), "ben");
  EXPECT_EQ(Member(Post("{}", for_ben), "reason"), "BAD_ACTING_FOR");
}

TEST_F(ConnectTest, AnswersJsonWithJson) {
  const auto response = Post(R"({"text":"grüß","number":"18446744073709551615"})");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(FindHeader(response.headers, "Content-Type"), "application/json");
  EXPECT_EQ(Member(response, "text"), "grüß");
  EXPECT_EQ(Member(response, "number"), "18446744073709551615");
  EXPECT_EQ(Member(response, "subject"), "ann");
}

TEST_F(ConnectTest, AnswersProtoWithProto) {
  SayRequest request;
  request.set_text("hello");
  const auto response = Post(request.SerializeAsString(), {{"Content-Type", "application/proto"}});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(FindHeader(response.headers, "Content-Type"), "application/proto");
  SayResponse answer;
  ASSERT_TRUE(answer.ParseFromString(response.body));
  EXPECT_EQ(answer.text(), "hello");
}

TEST_F(ConnectTest, TakesTheContentTypesParametersAndCase) {
  EXPECT_EQ(Post("{}", {{"Content-Type", "application/json; charset=utf-8"}}).status, 200);
  EXPECT_EQ(Post("{}", {{"Content-Type", "Application/JSON"}}).status, 200);
}

TEST_F(ConnectTest, RefusesOtherContentTypes) {
  for (const auto* type :
       {"text/plain", "application/jsonp", "application/grpc", "application/x-www-form-urlencoded"})
    EXPECT_EQ(Refusal(Post("{}", {{"Content-Type", type}})), "415 invalid_argument CONTENT_TYPE")
        << type;
}

TEST_F(ConnectTest, NeverReachesTheHandlerWithoutAGoodTokenOfAnAllowedRole) {
  echo_.say = [](const CallContext&, const SayRequest&, Reply<SayResponse>) { FAIL(); };
  EXPECT_EQ(Refusal(Fetch({.method = "POST",
                           .url = kSay,
                           .headers = {{"Content-Type", "application/json"}},
                           .body = "{}"})),
            "401 unauthenticated TOKEN_MISSING");
  EXPECT_EQ(Refusal(Post("{}", {}, "x")), "401 unauthenticated TOKEN_MALFORMED");
  EXPECT_EQ(Refusal(Post("{}", {}, echo_.Token(Role::kAgent, Duration{-60'000}))),
            "401 unauthenticated TOKEN_EXPIRED");
  EXPECT_EQ(Refusal(Post("{}", {}, echo_.Token(Role::kVisitor))),
            "403 permission_denied ROLE_NOT_ALLOWED");
}

TEST_F(ConnectTest, RefusesWhatIsNotTheMessage) {
  for (const auto* body : {"", "[]", "{", R"({"txt":"unknown field"})", R"({"number":-1})",
                           R"({"text":7})", "{}x", "\"\xff\""})
    EXPECT_EQ(Refusal(Post(body)), "400 invalid_argument BODY_MALFORMED") << body;
  EXPECT_EQ(Refusal(Post("\xff", {{"Content-Type", "application/proto"}})),
            "400 invalid_argument BODY_MALFORMED");
  std::string deep(50'000, '[');
  EXPECT_EQ(Refusal(Post(R"({"text":)" + deep)), "400 invalid_argument BODY_MALFORMED");
}

TEST_F(ConnectTest, RefusesLargeBodies) {
  EXPECT_EQ(Post(R"({"text":")" + std::string(200'000, 'x') + "\"}").status, 413);
}

TEST_F(ConnectTest, WantsVersionOneOrNone) {
  EXPECT_EQ(Post("{}", {{"Connect-Protocol-Version", "1"}}).status, 200);
  EXPECT_EQ(Refusal(Post("{}", {{"Connect-Protocol-Version", "2"}})),
            "400 invalid_argument CONNECT_VERSION");
}

TEST_F(ConnectTest, RefusesCompressedBodies) {
  EXPECT_EQ(Refusal(Post("{}", {{"Content-Encoding", "gzip"}})),
            "400 invalid_argument CONTENT_ENCODING");
}

TEST_F(ConnectTest, TellsTheHandlerOfTheTimeoutAndTheRequestId) {
  const auto response = Post("{}", {{"Connect-Timeout-Ms", "20000"}, {"X-Request-Id", "r-1"}});
  EXPECT_NE(response.body.find("\"hasDeadline\":true"), std::string::npos) << response.body;
  EXPECT_EQ(Member(response, "requestId"), "r-1");
  for (const auto* bad : {"-1", "1s", "12345678901", "1.5"})
    EXPECT_EQ(Refusal(Post("{}", {{"Connect-Timeout-Ms", bad}})),
              "400 invalid_argument CONNECT_TIMEOUT")
        << bad;
}

TEST_F(ConnectTest, AnswersForAHandlerThatIsTooLateAndDropsItsAnswer) {
  std::optional<Reply<SayResponse>> kept;
  echo_.say = [&](const CallContext&, const SayRequest&, Reply<SayResponse> reply) {
    kept = std::move(reply);
  };
  EXPECT_EQ(Refusal(Post("{}", {{"Connect-Timeout-Ms", "20"}})), "504 deadline_exceeded TIMED_OUT");
  kept->Send({});
  kept.reset();
}

TEST_F(ConnectTest, ErrorsCarryCodeMessageAndTheDetailThatGrpcCarries) {
  echo_.say = [](const CallContext&, const SayRequest&, Reply<SayResponse> reply) {
    reply.Fail({Code::kResourceExhausted, "QUEUE_FULL", "queue billing is full", "Wait 10 s."});
  };
  const auto response = Post("{}");
  EXPECT_EQ(Refusal(response), "429 resource_exhausted QUEUE_FULL");
  EXPECT_EQ(Member(response, "message"), "queue billing is full");
  const auto body = boost::json::parse(response.body);
  const auto& detail = body.at("details").at(0);
  EXPECT_EQ(detail.at("type").as_string(), "usher.type.v1.ErrorDetail");
  EXPECT_EQ(detail.at("debug").at("nextStep").as_string(), "Wait 10 s.");
  // The first field of the message, in base64: tag 0x0a, length 10, "QUEUE_FULL".
  EXPECT_TRUE(detail.at("value").as_string().starts_with("CgpRVUVVRV9GVUxM"));
}

TEST_F(ConnectTest, MayBeAnsweredLaterFromAnotherThread) {
  Awaited<std::function<void()>> work;
  echo_.say = [&](const CallContext&, const SayRequest& request, Reply<SayResponse> reply) {
    work.Set([&request, reply] {
      SayResponse response;
      response.set_text(request.text() + "!");
      reply.Send(std::move(response));
    });
  };
  std::thread worker([&] { work.Get()(); });
  EXPECT_EQ(Member(Post(R"({"text":"hello"})"), "text"), "hello!");
  worker.join();
}

TEST_F(ConnectTest, ADroppedReplyIsAnError) {
  echo_.say = [](const CallContext&, const SayRequest&, const Reply<SayResponse>&) {};
  EXPECT_EQ(Refusal(Post("{}")), "500 internal NO_REPLY");
}

TEST_F(ConnectTest, KnowsOnlyPostAndOnlyUnaryMethods) {
  EXPECT_EQ(Fetch({.url = kSay}).status, 405);
  EXPECT_EQ(Fetch({.method = "POST", .url = kTalk, .body = "{}"}).status, 404);
  EXPECT_EQ(Fetch({.method = "POST", .url = "/usher.test.v1.EchoService/Sing"}).status, 404);
}

TEST_F(ConnectTest, CurlNeedsNothingButTypeTokenAndJson) {
  const auto command =
      "curl -sS -H 'content-type: application/json' -H 'authorization: Bearer " + echo_.Token() +
      "' -d '{\"text\":\"hi\"}' http://127.0.0.1:" + std::to_string(http_->port()) + kSay;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> curl(::popen(command.c_str(), "r"),
                                                             ::pclose);
  std::string output(1'000, '\0');
  output.resize(std::fread(output.data(), 1, output.size(), curl.get()));
  EXPECT_EQ(output, R"({"text":"hi","subject":"ann"})");
}

}  // namespace
}  // namespace usher::io
