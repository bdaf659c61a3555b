// SPDX-License-Identifier: Apache-2.0
#include "base/io/http_server.h"

#include <atomic>
#include <cstdlib>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/io/event_loop.h"
#include "base/io/http_client.h"
#include "base/io/log.h"
#include "tests/unit/base/io/raw_client.h"

namespace usher::io {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const ListenAddress kAnyPort{.host = "127.0.0.1", .port = 0};
constexpr Duration kDrain{5'000};

void Echo(const HttpRequest& request, HttpResponder responder) {
  responder.Send(TextResponse(200, request.body));
}

void Hello(const HttpRequest&, HttpResponder responder) {
  responder.Send(TextResponse(200, "hello"));
}

class HttpServerTest : public ::testing::Test {
 protected:
  void SetUp() override { Make({}); }

  void Make(HttpServerOptions options) {
    server_.reset();
    options.address = kAnyPort;
    server_ = std::make_unique<HttpServer>(loop_, std::move(options));
  }

  void Listen() {
    ASSERT_TRUE(server_->Listen().ok());
    loop_.Start("http-test");
  }

  std::string Ask(std::string_view bytes) {
    RawClient client(server_->port());
    client.Send(bytes);
    return client.ReadResponse();
  }

  HttpServerStats Stats() {
    HttpServerStats stats;
    loop_.Call([&] { stats = server_->stats(); });
    return stats;
  }

  EventLoop loop_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AnswersAnExactPath) {
  server_->Handle("GET", "/hello", Hello);
  Listen();
  const std::string response = Ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(StatusOf(response), 200);
  EXPECT_EQ(BodyOf(response), "hello");
  EXPECT_NE(HeaderOf(response, "Date"), "");
}

TEST_F(HttpServerTest, GivesTheHandlerAllOfTheRequest) {
  std::promise<HttpRequest> seen;
  server_->Handle("POST", "/a b", [&](const HttpRequest& request, HttpResponder responder) {
    seen.set_value(request);
    responder.Send(TextResponse(200, ""));
  });
  Listen();
  Ask("POST /a%20b?q=one+two&name=%C3%A9 HTTP/1.1\r\nHost: x\r\nAuthorization: bearer  t0ken\r\n"
      "Content-Length: 4\r\n\r\nbody");
  const HttpRequest request = seen.get_future().get();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/a b");
  EXPECT_EQ(request.query, "q=one+two&name=%C3%A9");
  EXPECT_EQ(request.QueryParameter("q"), "one two");
  EXPECT_EQ(request.QueryParameter("name"), "é");
  EXPECT_EQ(request.QueryParameter("other"), std::nullopt);
  EXPECT_EQ(request.Header("host"), "x");
  EXPECT_EQ(request.BearerToken(), "t0ken");
  EXPECT_EQ(request.body, "body");
  EXPECT_EQ(request.remote_address, "127.0.0.1");
}

TEST_F(HttpServerTest, PrefersTheExactPathThenTheLongestPrefix) {
  const auto say = [](const char* what) {
    return [what](const HttpRequest&, HttpResponder responder) {
      responder.Send(TextResponse(200, what));
    };
  };
  server_->HandlePrefix("GET", "/a", say("short"));
  server_->HandlePrefix("GET", "/a/b", say("long"));
  server_->Handle("GET", "/a/b/c", say("exact"));
  Listen();
  EXPECT_EQ(BodyOf(Ask("GET /a/b/c HTTP/1.1\r\nHost: x\r\n\r\n")), "exact");
  EXPECT_EQ(BodyOf(Ask("GET /a/b/d HTTP/1.1\r\nHost: x\r\n\r\n")), "long");
  EXPECT_EQ(BodyOf(Ask("GET /a/x HTTP/1.1\r\nHost: x\r\n\r\n")), "short");
}

TEST_F(HttpServerTest, ReadsNoBodyOfWhoIsNotAdmitted) {
  RouteOptions options;
  options.admit = [](const HttpRequest& head) -> Result<void> {
    if (head.BearerToken() == "known") return {};
    return Error{Code::kUnauthenticated, "TOKEN_MISSING", "who are you?", "say who you are"};
  };
  server_->Handle("POST", "/echo", Echo, options);
  Listen();
  // The body never comes: it is not waited for.
  const std::string refused =
      Ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
  EXPECT_EQ(StatusOf(refused), 401);
  EXPECT_EQ(HeaderOf(refused, "Connection"), "close");
  const std::string admitted =
      Ask("POST /echo HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer known\r\n"
          "Content-Length: 4\r\n\r\nbody");
  EXPECT_EQ(BodyOf(admitted), "body");
}

TEST_F(HttpServerTest, KeepsTheConnectionForTheNextRequest) {
  server_->Handle("POST", "/echo", Echo);
  Listen();
  RawClient client(server_->port());
  for (const char* body : {"one", "two", "six"}) {
    client.Send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n" + std::string(body));
    EXPECT_EQ(BodyOf(client.ReadResponse()), body);
  }
  EXPECT_EQ(Stats().accepted, 1u);
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  server_->Handle("POST", "/echo", Echo);
  Listen();
  RawClient client(server_->port());
  client.Send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1"
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n2");
  EXPECT_EQ(BodyOf(client.ReadResponse()), "1");
  EXPECT_EQ(BodyOf(client.ReadResponse()), "2");
}

TEST_F(HttpServerTest, ClosesWhenTheClientAsksForIt) {
  server_->Handle("GET", "/hello", Hello);
  Listen();
  RawClient client(server_->port());
  client.Send("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(HeaderOf(client.ReadResponse(), "Connection"), "close");
  EXPECT_TRUE(client.IsClosed());
}

TEST_F(HttpServerTest, AnswersLaterFromTheLoop) {
  std::unique_ptr<HttpResponder> later;
  std::promise<void> asked;
  server_->Handle("GET", "/later", [&](const HttpRequest&, HttpResponder responder) {
    later = std::make_unique<HttpResponder>(std::move(responder));
    asked.set_value();
  });
  Listen();
  RawClient client(server_->port());
  client.Send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
  asked.get_future().wait();
  loop_.Post([&] { later->Send(TextResponse(200, "at last")); });
  EXPECT_EQ(BodyOf(client.ReadResponse()), "at last");
}

TEST_F(HttpServerTest, AnswersAnErrorForARequestThatItsHandlerDropped) {
  server_->Handle("GET", "/dropped", [](const HttpRequest&, HttpResponder) {});
  Listen();
  const std::string response = Ask("GET /dropped HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(StatusOf(response), 500);
  EXPECT_THAT(BodyOf(response), HasSubstr("NOT_ANSWERED"));
}

TEST_F(HttpServerTest, DropsTheAnswerToAClientThatHasGone) {
  std::unique_ptr<HttpResponder> later;
  std::promise<void> asked;
  server_->Handle("GET", "/later", [&](const HttpRequest&, HttpResponder responder) {
    later = std::make_unique<HttpResponder>(std::move(responder));
    asked.set_value();
  });
  server_->Handle("GET", "/hello", Hello);
  Listen();
  RawClient client(server_->port());
  client.Send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
  asked.get_future().wait();
  client.Close();
  loop_.Call([&] { later->Send(TextResponse(200, std::string(1 << 20, 'x'))); });
  EXPECT_EQ(BodyOf(Ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")), "hello");
}

TEST_F(HttpServerTest, RefusesUnknownPathsAndMethodsWithAReasonAndANextStep) {
  server_->Handle("GET", "/hello", Hello);
  Listen();
  const std::string missing = Ask("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(StatusOf(missing), 404);
  EXPECT_EQ(BodyOf(missing), R"({"code":"not_found","reason":"NO_SUCH_PATH",)"
                             R"("message":"nothing is served at this path",)"
                             R"("next_step":"check the path for a typing error"})");
  const std::string method = Ask("DELETE /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(StatusOf(method), 405);
  EXPECT_EQ(HeaderOf(method, "Allow"), "GET, HEAD, OPTIONS");
}

TEST_F(HttpServerTest, AnswersHeadWithTheHeadersOfGetAndNoBody) {
  server_->Handle("GET", "/hello", Hello);
  Listen();
  RawClient client(server_->port());
  client.Send("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string head = client.ReadResponse(/*head_only=*/true);
  EXPECT_EQ(HeaderOf(head, "Content-Length"), "5");
  EXPECT_EQ(BodyOf(client.ReadResponse()), "hello");
}

std::string RequestOfHeaderBytes(std::size_t bytes) {
  const std::string start = "GET /hello HTTP/1.1\r\nHost: x\r\nX-Pad: ";
  return start + std::string(bytes - start.size() - 4, 'p') + "\r\n\r\n";
}

TEST_F(HttpServerTest, TakesHeadersUpToTheLimitAndNoByteMore) {
  Make({.header_bytes_max = 1000});
  server_->Handle("GET", "/hello", Hello);
  Listen();
  EXPECT_EQ(StatusOf(Ask(RequestOfHeaderBytes(1000))), 200);
  const std::string refused = Ask(RequestOfHeaderBytes(1001));
  EXPECT_EQ(StatusOf(refused), 431);
  EXPECT_EQ(HeaderOf(refused, "Connection"), "close");
  EXPECT_THAT(BodyOf(refused), HasSubstr("HEADER_TOO_LARGE"));
}

TEST_F(HttpServerTest, RefusesAHeaderThatNeverEnds) {
  Make({.header_bytes_max = 1000});
  Listen();
  EXPECT_EQ(StatusOf(Ask("GET /" + std::string(5000, 'a'))), 431);
}

std::string PostOf(std::size_t bytes) {
  return "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n" +
         std::string(bytes, 'b');
}

TEST_F(HttpServerTest, TakesBodiesUpToTheRoutesLimitAndNoByteMore) {
  server_->Handle("POST", "/echo", Echo, {.body_bytes_max = 100});
  server_->Handle("POST", "/large", Echo, {.body_bytes_max = 200'000});
  Listen();
  EXPECT_EQ(StatusOf(Ask(PostOf(100))), 200);
  const std::string refused = Ask(PostOf(101));
  EXPECT_EQ(StatusOf(refused), 413);
  EXPECT_THAT(BodyOf(refused), HasSubstr("BODY_TOO_LARGE"));
  const std::string large = "POST /large HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n" +
                            std::string(200'000, 'b');
  EXPECT_EQ(BodyOf(Ask(large)).size(), 200'000u);
}

TEST_F(HttpServerTest, CountsTheBytesOfChunkedBodies) {
  server_->Handle("POST", "/echo", Echo, {.body_bytes_max = 10});
  Listen();
  const std::string head = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(BodyOf(Ask(head + "5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n")), "helloworld");
  EXPECT_EQ(StatusOf(Ask(head + "5\r\nhello\r\n6\r\nworld!\r\n0\r\n\r\n")), 413);
}

TEST_F(HttpServerTest, BoundsTheExtensionsOfAChunk) {
  server_->Handle("POST", "/echo", Echo);
  Listen();
  RawClient client(server_->port());
  client.Send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;");
  client.Send(std::string(200'000, 'x'));
  EXPECT_EQ(StatusOf(client.ReadResponse()), 431);
}

TEST_F(HttpServerTest, TellsTheClientToContinueWhenItWaitsForThat) {
  server_->Handle("POST", "/echo", Echo);
  Listen();
  RawClient client(server_->port());
  client.Send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(StatusOf(client.ReadResponse()), 100);
  client.Send("ok");
  EXPECT_EQ(BodyOf(client.ReadResponse()), "ok");
}

class MalformedRequestTest : public HttpServerTest,
                             public ::testing::WithParamInterface<const char*> {};

TEST_P(MalformedRequestTest, IsAnsweredWith400AndTheConnectionIsClosed) {
  server_->Handle("POST", "/echo", Echo);
  server_->Handle("GET", "/hello", Hello);
  Listen();
  RawClient client(server_->port());
  client.Send(GetParam());
  const std::string response = client.ReadResponse();
  EXPECT_EQ(StatusOf(response), 400) << response;
  EXPECT_THAT(BodyOf(response), HasSubstr("MALFORMED_REQUEST"));
  EXPECT_TRUE(client.IsClosed());
}

INSTANTIATE_TEST_SUITE_P(
    All, MalformedRequestTest,
    ::testing::Values(
        "nonsense\r\n\r\n", "GET /hello\r\n\r\n", "GET /hello HTTP/2.0\r\nHost: x\r\n\r\n",
        "GET /hello HTTP/1.1\r\n\r\n", "GET /hello HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        "GET hello HTTP/1.1\r\nHost: x\r\n\r\n", "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /a%00b HTTP/1.1\r\nHost: x\r\n\r\n", "GET /hello HTTP/1.1\nHost: x\n\n",
        "GET /hello HTTP/1.1\r\nHost : x\r\n\r\n", "GET /hello HTTP/1.1\r\nno colon\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n12",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
        "0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx",
        "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: x\r\nA: b\r\n folded\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: x\r\nA: b\r\n\tfolded\r\n\r\n"));

TEST_F(HttpServerTest, AnswersARequestThatArrivesByteByByte) {
  server_->Handle("POST", "/echo", Echo);
  Listen();
  RawClient client(server_->port());
  for (const char c :
       std::string("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok")) {
    ASSERT_TRUE(client.Send(std::string(1, c)));
  }
  EXPECT_EQ(BodyOf(client.ReadResponse()), "ok");
}

TEST_F(HttpServerTest, EndsARequestThatIsTooSlow) {
  Make({.header_timeout = Duration{50}, .body_timeout = Duration{50}});
  server_->Handle("POST", "/echo", Echo);
  Listen();
  RawClient in_header(server_->port());
  in_header.Send("POST /echo HT");
  const std::string header = in_header.ReadResponse();
  EXPECT_EQ(StatusOf(header), 408) << header;
  RawClient in_body(server_->port());
  in_body.Send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345");
  EXPECT_EQ(StatusOf(in_body.ReadResponse()), 408);
  EXPECT_TRUE(in_body.IsClosed());
}

TEST_F(HttpServerTest, ClosesConnectionsThatSayNothing) {
  Make({.header_timeout = Duration{50}, .keep_alive_timeout = Duration{50}});
  server_->Handle("GET", "/hello", Hello);
  Listen();
  RawClient silent(server_->port());
  EXPECT_TRUE(silent.IsClosed());
  RawClient idle(server_->port());
  idle.Send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(StatusOf(idle.ReadResponse()), 200);
  EXPECT_TRUE(idle.IsClosed());
}

TEST_F(HttpServerTest, ClosesAConnectionWhoseClientDoesNotReadTheAnswer) {
  Make({.write_timeout = Duration{50}});
  server_->Handle("GET", "/large", [](const HttpRequest&, HttpResponder responder) {
    responder.Send(TextResponse(200, std::string(32 << 20, 'x')));
  });
  Listen();
  RawClient client(server_->port(), 4096);
  client.Send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
  while (Stats().accepted == 0 || Stats().connections > 0) std::this_thread::yield();
  EXPECT_LT(client.ReadAll().size(), std::size_t{32} << 20);
}

TEST_F(HttpServerTest, LetsConnectionsAboveTheLimitWaitUntilOneCloses) {
  Make({.connections_max = 2});
  server_->Handle("GET", "/hello", Hello);
  Listen();
  const std::string request = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";
  RawClient first(server_->port());
  RawClient second(server_->port());
  RawClient third(server_->port());
  first.Send(request);
  second.Send(request);
  EXPECT_EQ(StatusOf(first.ReadResponse()), 200);
  EXPECT_EQ(StatusOf(second.ReadResponse()), 200);
  third.Send(request);
  EXPECT_EQ(Stats().connections, 2u);
  first.Close();
  EXPECT_EQ(StatusOf(third.ReadResponse()), 200);
}

TEST_F(HttpServerTest, ClosesConnectionsAboveTheLimitOfOneAddressAtOnce) {
  Make({.connections_per_address_max = 2});
  server_->Handle("GET", "/hello", Hello);
  Listen();
  RawClient first(server_->port());
  RawClient second(server_->port());
  while (Stats().connections < 2) std::this_thread::yield();
  RawClient third(server_->port());
  EXPECT_TRUE(third.IsClosed());
  EXPECT_EQ(Stats().turned_away, 1u);
  second.Close();
  while (Stats().connections > 1) std::this_thread::yield();
  RawClient fourth(server_->port());
  fourth.Send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(StatusOf(fourth.ReadResponse()), 200);
}

TEST_F(HttpServerTest, AnswersPreflightsOfAllowedOriginsOnly) {
  server_->Handle("POST", "/api", Echo, {.allowed_origins = {"https://shop.example"}});
  Listen();
  const auto preflight = [&](const std::string& origin) {
    return Ask("OPTIONS /api HTTP/1.1\r\nHost: x\r\nOrigin: " + origin +
               "\r\nAccess-Control-Request-Method: POST\r\n"
               "Access-Control-Request-Headers: content-type\r\n\r\n");
  };
  const std::string allowed = preflight("https://shop.example");
  EXPECT_EQ(StatusOf(allowed), 204);
  EXPECT_EQ(HeaderOf(allowed, "Access-Control-Allow-Origin"), "https://shop.example");
  EXPECT_EQ(HeaderOf(allowed, "Access-Control-Allow-Headers"), "content-type");
  EXPECT_THAT(HeaderOf(allowed, "Access-Control-Allow-Methods"), HasSubstr("POST"));
  const std::string refused = preflight("https://evil.example");
  EXPECT_EQ(StatusOf(refused), 403);
  EXPECT_EQ(HeaderOf(refused, "Access-Control-Allow-Origin"), "");
}

TEST_F(HttpServerTest, LetsPagesOfAllowedOriginsReadTheAnswer) {
  server_->Handle("GET", "/open", Hello, {.allowed_origins = {"*"}});
  server_->Handle("GET", "/closed", Hello);
  Listen();
  const std::string origin = " HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\r\n\r\n";
  const std::string open = Ask("GET /open" + origin);
  EXPECT_EQ(HeaderOf(open, "Access-Control-Allow-Origin"), "https://a.example");
  EXPECT_EQ(HeaderOf(open, "Vary"), "Origin");
  EXPECT_EQ(HeaderOf(Ask("GET /closed" + origin), "Access-Control-Allow-Origin"), "");
}

TEST_F(HttpServerTest, AddsTheRoutesHeadersToAllItsAnswers) {
  server_->Handle("POST", "/api", Echo,
                  {.body_bytes_max = 1, .headers = {{"X-Frame-Options", "DENY"}}});
  Listen();
  EXPECT_EQ(HeaderOf(Ask("POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1"),
                     "X-Frame-Options"),
            "DENY");
  EXPECT_EQ(HeaderOf(Ask("POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n12"),
                     "X-Frame-Options"),
            "DENY");
}

TEST_F(HttpServerTest, LeavesOutHeadersThatWouldSplitTheAnswer) {
  server_->Handle("GET", "/bad", [](const HttpRequest&, HttpResponder responder) {
    HttpResponse response = TextResponse(200, "ok");
    response.headers.emplace_back("X-Bad", "a\r\nSet-Cookie: stolen=1");
    responder.Send(std::move(response));
  });
  Listen();
  const std::string response = Ask("GET /bad HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(BodyOf(response), "ok");
  EXPECT_THAT(response, Not(HasSubstr("stolen")));
}

TEST_F(HttpServerTest, BelievesForwardedAddressesOfTrustedProxiesOnly) {
  const auto address = [](const HttpRequest& request, HttpResponder responder) {
    responder.Send(TextResponse(200, request.remote_address));
  };
  const std::string request =
      "GET /who HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 6.6.6.6, 10.1.2.3\r\n\r\n";
  server_->Handle("GET", "/who", address);
  Listen();
  EXPECT_EQ(BodyOf(Ask(request)), "127.0.0.1");

  HttpServer behind_proxy(loop_, {.address = kAnyPort, .trusted_proxies = {"127.0.0.1"}});
  behind_proxy.Handle("GET", "/who", address);
  ASSERT_TRUE(behind_proxy.Listen().ok());
  RawClient client(behind_proxy.port());
  client.Send(request);
  EXPECT_EQ(BodyOf(client.ReadResponse()), "10.1.2.3");
}

TEST_F(HttpServerTest, TellsItsObserverTheRouteAndNeverTheClientsPath) {
  std::mutex mutex;
  std::vector<std::string> seen;
  Make({.observer = [&](const HttpObservation& done) {
    const std::lock_guard lock(mutex);
    seen.push_back(std::string(done.method) + " " + std::string(done.route) + " " +
                   std::to_string(done.status));
  }});
  server_->HandlePrefix("GET", "/files/", Hello);
  Listen();
  Ask("GET /files/secret HTTP/1.1\r\nHost: x\r\n\r\n");
  Ask("BREW /nowhere HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::lock_guard lock(mutex);
  EXPECT_THAT(seen, ::testing::ElementsAre("GET /files/ 200", "other none 404"));
}

TEST_F(HttpServerTest, NamesTheAddressWhenThePortIsBusy) {
  Listen();
  HttpServer second(loop_,
                    {.address = ListenAddress{.host = "127.0.0.1", .port = server_->port()}});
  const Result<void> result = second.Listen();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().reason, "ADDRESS_IN_USE");
  EXPECT_THAT(result.error().message, HasSubstr("127.0.0.1:" + std::to_string(server_->port())));
}

TEST_F(HttpServerTest, DrainAnswersWhatIsUnderWayAndClosesTheRest) {
  std::unique_ptr<HttpResponder> later;
  std::promise<void> asked;
  server_->Handle("GET", "/later", [&](const HttpRequest&, HttpResponder responder) {
    later = std::make_unique<HttpResponder>(std::move(responder));
    asked.set_value();
  });
  server_->Handle("GET", "/hello", Hello);
  Listen();
  RawClient idle(server_->port());
  idle.Send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  idle.ReadResponse();
  RawClient busy(server_->port());
  busy.Send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
  asked.get_future().wait();

  std::promise<void> drained;
  loop_.Call([&] { server_->Drain(kDrain, [&] { drained.set_value(); }); });
  EXPECT_TRUE(idle.IsClosed());
  loop_.Post([&] { later->Send(TextResponse(200, "last")); });
  const std::string response = busy.ReadResponse();
  EXPECT_EQ(BodyOf(response), "last");
  EXPECT_EQ(HeaderOf(response, "Connection"), "close");
  busy.Close();
  drained.get_future().wait();
}

TEST_F(HttpServerTest, DrainEndsAtItsLimit) {
  std::unique_ptr<HttpResponder> never;
  std::promise<void> asked;
  server_->Handle("GET", "/never", [&](const HttpRequest&, HttpResponder responder) {
    never = std::make_unique<HttpResponder>(std::move(responder));
    asked.set_value();
  });
  Listen();
  RawClient client(server_->port());
  client.Send("GET /never HTTP/1.1\r\nHost: x\r\n\r\n");
  asked.get_future().wait();
  std::promise<void> drained;
  loop_.Call([&] { server_->Drain(Duration{20}, [&] { drained.set_value(); }); });
  drained.get_future().wait();
  EXPECT_TRUE(client.IsClosed());
}

TEST_F(HttpServerTest, StoppingTheLoopClosesIdleConnectionsWithoutWaiting) {
  server_->Handle("GET", "/hello", Hello);
  Listen();
  RawClient idle(server_->port());
  idle.Send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  idle.ReadResponse();
  const auto start = std::chrono::steady_clock::now();
  loop_.Stop(Duration{60'000});
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
  EXPECT_TRUE(idle.IsClosed());
}

TEST_F(HttpServerTest, SurvivesRunningOutOfFileDescriptorsAndSaysSoOnce) {
  std::mutex mutex;
  int warnings = 0;
  ConfigureLog({.sink = [&](std::string_view line) {
    const std::lock_guard lock(mutex);
    if (line.find("accept_failed") != line.npos) ++warnings;
  }});
  server_->Handle("GET", "/hello", Hello);
  Listen();
  std::vector<std::unique_ptr<RawClient>> clients;
  clients.push_back(std::make_unique<RawClient>(server_->port()));
  clients.push_back(std::make_unique<RawClient>(server_->port()));
  while (Stats().accepted < 2) std::this_thread::yield();

  // A third client's socket is made before nothing more can be opened.
  std::vector<int> taken;
  const int spare = ::dup(0);
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit low{.rlim_cur = static_cast<rlim_t>(spare) + 1, .rlim_max = before.rlim_max};
  ::close(spare);
  ::setrlimit(RLIMIT_NOFILE, &low);
  RawClient third(server_->port());  // takes the last descriptor
  third.Send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  while (Stats().accept_failures < 3) std::this_thread::yield();
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(StatusOf(third.ReadResponse()), 200);
  EXPECT_LT(Stats().accept_failures, 50u);
  ConfigureLog({});
  const std::lock_guard lock(mutex);
  EXPECT_EQ(warnings, 1);
}

TEST_F(HttpServerTest, ServesAUnixSocketAndReplacesAStaleFile) {
  char folder[] = "/tmp/usher-http-XXXXXX";
  ASSERT_NE(::mkdtemp(folder), nullptr);
  const std::string path = std::string(folder) + "/s";
  const int stale = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(stale, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ::close(stale);

  loop_.Start("http-test");
  {
    HttpServer server(loop_, {.address = ListenAddress{.unix_path = path}});
    server.Handle("GET", "/who", [](const HttpRequest& request, HttpResponder responder) {
      responder.Send(TextResponse(200, request.remote_address));
    });
    ASSERT_TRUE(server.Listen().ok());
    HttpServer second(loop_, {.address = ListenAddress{.unix_path = path}});
    EXPECT_EQ(second.Listen().error().reason, "ADDRESS_IN_USE");
    std::promise<Result<HttpResponse>> answer;
    HttpFetch(loop_, {.url = "http://local/who", .unix_path = path},
              [&](Result<HttpResponse> response) { answer.set_value(std::move(response)); });
    const auto response = answer.get_future().get();
    ASSERT_TRUE(response.ok()) << response.error().message;
    EXPECT_EQ(response->body, "unix");
  }
  EXPECT_NE(::access(path.c_str(), F_OK), 0) << "the socket's file is removed at the end";
  ::rmdir(folder);
}

TEST_F(HttpServerTest, AnswersManyClientsAtOnce) {
  server_->Handle("POST", "/echo", Echo);
  Listen();
  constexpr int kRequests = 500;
  std::atomic<int> right = 0;
  std::atomic<int> ended = 0;
  std::promise<void> all;
  for (int i = 0; i < kRequests; ++i) {
    HttpFetch(loop_,
              {.method = "POST",
               .url = "http://127.0.0.1:" + std::to_string(server_->port()) + "/echo",
               .body = std::to_string(i)},
              [&, i](Result<HttpResponse> response) {
                if (response.ok() && response->body == std::to_string(i)) ++right;
                if (++ended == kRequests) all.set_value();
              });
  }
  all.get_future().wait();
  EXPECT_EQ(right, kRequests);
}

}  // namespace
}  // namespace usher::io
