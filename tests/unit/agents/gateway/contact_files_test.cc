// SPDX-License-Identifier: Apache-2.0
#include "agents/gateway/contact_files.h"

#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "agents/gateway/agent_gateway.h"
#include "base/io/grpc_channel.h"
#include "base/io/http_client.h"
#include "base/io/http_server.h"
#include "tests/support/scripted_router.h"

namespace usher::gateway {
namespace {

using context::v1::Message;
using io::HttpResponse;
using testing::ScriptedRouter;

constexpr Instant kNow = InstantFromUnixMs(1'800'000'000'000);
constexpr Duration kHour{3'600'000};
constexpr char kAttachment[] =
    R"({"name":"terms.pdf","mediaType":"application/pdf","url":"x-mail:support/file-1/1"})";

// A mail that came: an attachment, a picture in its HTML, both ways to its text.
Message Mail() {
  Message message;
  message.set_id(1);
  message.mutable_mail()->set_html_url("x-mail:support/47/html");
  message.mutable_mail()->set_source_url("x-mail:support/47/source");
  context::v1::Attachment& file = *message.add_attachments();
  file.set_name("r\xC3\xA9sum\xC3\xA9 \"1\".pdf");
  file.set_url("x-mail:support/47/2");
  context::v1::Attachment& picture = *message.add_attachments();
  picture.set_name("logo.png");
  picture.set_url("x-mail:support/47/3");
  picture.set_content_id("logo@shop");
  message.add_attachments()->set_url("https://files.example/a");
  return message;
}

TEST(FindFileTest, NamesWhatAMailHas) {
  EXPECT_EQ(FindFile(Mail(), "0")->url, "x-mail:support/47/2");
  EXPECT_EQ(FindFile(Mail(), "cid:logo@shop")->url, "x-mail:support/47/3");
  EXPECT_EQ(FindFile(Mail(), "html")->url, "x-mail:support/47/html");
  EXPECT_EQ(FindFile(Mail(), "source")->name, "message.eml");
  EXPECT_EQ(FindFile(Mail(), "2").error().reason, "FILE_ELSEWHERE");
  for (const char* what : {"3", "-1", "", "0x1", "cid:", "cid:other", "../0"}) {
    EXPECT_EQ(FindFile(Mail(), what).error().reason, "NO_SUCH_FILE") << what;
  }
  EXPECT_EQ(FindFile(Message(), "html").error().reason, "NO_SUCH_FILE");
}

TEST(FindFileTest, ANameIsNothingButAName) {
  EXPECT_EQ(ToDisposition("a\";\r\n\xC3\xA9.pdf"),
            "attachment; filename*=UTF-8''a%22%3B%0D%0A%C3%A9.pdf");
}

TEST(FileServersTest, AreAddressesWithoutAPath) {
  GatewayConfig config;
  config.file_servers = {"http://10.0.0.7:8080", "https://mail.example"};
  EXPECT_TRUE(CheckFileServers(config).ok());
  for (const char* bad : {"10.0.0.7:8080", "ws://10.0.0.7", "http://10.0.0.7/channels", ""}) {
    config.file_servers = {bad};
    EXPECT_EQ(CheckFileServers(config).error().reason, "INVALID_FILES") << bad;
  }
}

// A channels process: what it was asked, and what it answers.
class ContactFilesTest : public ::testing::Test {
 protected:
  ContactFilesTest() {
    io::PublicKeys keys;
    EXPECT_TRUE(keys.AddJwks(key_.PublicJwks()).ok());
    verifier_ = std::make_unique<io::TokenVerifier>(std::move(keys), io::TokenPolicy{});
    policy_.Allow(kSessionMethod, {io::Role::kAgent, io::Role::kSupervisor});
    gate_ = std::make_unique<io::AccessGate>(*verifier_, policy_, [] { return kNow; });
    router_.With([](ScriptedRouter::State& state) {
      state.agents["ann"].set_id("ann");
      state.contacts["c1"].set_id("c1");
      state.contacts["c1"].set_state(routing::v1::Contact::STATE_ASSIGNED);
      state.contacts["c1"].set_agent("ann");
      state.conversations["c1"].push_back(Mail());
    });
    channels_ = MakeServer();
    for (const char* method : {"GET", "POST"}) {
      channels_->Handle(method, "/channels/v1/files",
                        [this](const io::HttpRequest& request, io::HttpResponder responder) {
                          const std::lock_guard lock(mutex_);
                          asked_.push_back(request);
                          HttpResponse answer = answer_;
                          responder.Send(std::move(answer));
                        },
                        {.body_bytes_max = ContactFiles::kBytesMax});
    }
    EXPECT_TRUE(channels_->Listen().ok());
    empty_ = MakeServer();  // another process, without mailboxes
    EXPECT_TRUE(empty_->Listen().ok());
    http_ = MakeServer();
  }
  ~ContactFilesTest() override {
    gateway_.reset();
    http_.reset();
    channels_.reset();
    empty_.reset();
    loop_.Stop(Duration{2'000});
    router_.Stop();
  }

  std::unique_ptr<io::HttpServer> MakeServer() {
    io::HttpServerOptions options;
    options.address = *io::ParseListenAddress("127.0.0.1:0");
    return std::make_unique<io::HttpServer>(loop_, std::move(options));
  }
  static std::string UrlOf(const io::HttpServer& server) {
    return "http://127.0.0.1:" + std::to_string(server.port());
  }

  void Serve(std::vector<std::string> file_servers) {
    GatewayConfig config;
    config.file_servers = std::move(file_servers);
    road_ = std::make_unique<io::LeaderChannel>(
        loop_, std::vector{io::OpenChannel({.address = router_.address()})});
    const std::vector<GatewayRoute> routes = {
        {DomainId{"acme"}, "gateway", *road_, [] { return std::string("gateway-token"); }}};
    auto made = AgentGateway::Make(loop_, *http_, routes, *gate_, metrics_, std::move(config));
    ASSERT_TRUE(made.ok());
    gateway_ = *std::move(made);
    ASSERT_TRUE(http_->Listen().ok());
    loop_.Start("files");
    gateway_->Start();
  }
  void Serve() { Serve({UrlOf(*empty_), UrlOf(*channels_)}); }

  std::string Token(const std::string& subject, const std::string& domain = "acme") {
    io::Claims claims;
    claims.subject = subject;
    claims.role = io::Role::kAgent;
    claims.domain = DomainId{domain};
    claims.expires_at = kNow + kHour;
    return *io::MintToken(key_, {}, claims, kNow - kHour);
  }

  HttpResponse Ask(const std::string& path, const std::string& token, std::string body = {}) {
    io::HttpClientRequest request;
    request.method = body.empty() ? "GET" : "POST";
    request.url = UrlOf(*http_) + path;
    request.headers = {{"Authorization", "Bearer " + token}};
    if (!body.empty()) request.headers.emplace_back("Content-Type", "application/pdf");
    request.body = std::move(body);
    request.timeout = Duration{60'000};
    std::promise<Result<HttpResponse>> answered;
    io::HttpFetch(loop_, std::move(request),
                  [&](Result<HttpResponse> answer) { answered.set_value(std::move(answer)); });
    Result<HttpResponse> answer = answered.get_future().get();
    EXPECT_TRUE(answer.ok());
    return answer.ok() ? *std::move(answer) : HttpResponse{};
  }
  static bool Says(const HttpResponse& answer, const std::string& reason) {
    return answer.body.find('"' + reason + '"') != std::string::npos;
  }
  static std::string Header(const HttpResponse& answer, const char* name) {
    return std::string(io::FindHeader(answer.headers, name).value_or(""));
  }
  std::vector<io::HttpRequest> Asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  void Answers(HttpResponse answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }

  io::EventLoop loop_;
  ScriptedRouter router_;
  io::KeyPair key_ = *io::KeyPair::Make();
  std::unique_ptr<io::TokenVerifier> verifier_;
  io::AccessPolicy policy_;
  std::unique_ptr<io::AccessGate> gate_;
  io::Metrics metrics_;
  std::unique_ptr<io::HttpServer> channels_;
  std::unique_ptr<io::HttpServer> empty_;
  std::unique_ptr<io::HttpServer> http_;
  std::unique_ptr<io::LeaderChannel> road_;
  std::unique_ptr<AgentGateway> gateway_;

 private:
  std::mutex mutex_;
  std::vector<io::HttpRequest> asked_;
  HttpResponse answer_ = io::TextResponse(200, "bytes");
};

TEST_F(ContactFilesTest, AnAgentGetsAFileFromTheProcessThatHasIt) {
  Serve();
  HttpResponse pdf = io::TextResponse(200, "%PDF");
  pdf.headers = {{"Content-Type", "application/pdf"}};
  Answers(pdf);
  const HttpResponse file = Ask("/agents/v1/files/c1/1/0", Token("ann"));
  EXPECT_EQ(file.status, 200);
  EXPECT_EQ(file.body, "%PDF");
  EXPECT_EQ(Header(file, "Content-Type"), "application/pdf");
  EXPECT_EQ(Header(file, "Content-Disposition"),
            "attachment; filename*=UTF-8''r%C3%A9sum%C3%A9%20%221%22.pdf");
  EXPECT_EQ(Header(file, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(Header(file, "Content-Security-Policy"), "sandbox; default-src 'none'");
  EXPECT_EQ(Header(file, "Cache-Control"), "private, no-store");
  ASSERT_EQ(Asked().size(), 1U);
  EXPECT_EQ(Asked()[0].QueryParameter("url"), "x-mail:support/47/2");
  EXPECT_EQ(Asked()[0].BearerToken(), "gateway-token");
  EXPECT_EQ(Ask("/agents/v1/files/c1/1/cid:logo%40shop", Token("ann")).status, 200);
  EXPECT_EQ(Asked()[1].QueryParameter("url"), "x-mail:support/47/3");
  router_.With([](ScriptedRouter::State& state) {
    EXPECT_EQ(std::ranges::count(state.acting, "ann agent"), 2) << "read with the agent's rights";
  });
}

TEST_F(ContactFilesTest, OnlyWhoIsKnownGetsFilesAndOnlyThoseOfMessages) {
  Serve();
  EXPECT_EQ(Ask("/agents/v1/files/c1/1/0", "forged").status, 401);
  EXPECT_TRUE(Says(Ask("/agents/v1/files/c1/1/0", Token("ann", "other")), "OTHER_DOMAIN"));
  for (const char* path :
       {"/agents/v1/files/c1/2/0", "/agents/v1/files/c1/1/9", "/agents/v1/files/c1/x/0",
        "/agents/v1/files/c1/1", "/agents/v1/files/c1", "/agents/v1/files/"}) {
    const HttpResponse refused = Ask(path, Token("ann"));
    EXPECT_EQ(refused.status, 404) << path;
    EXPECT_TRUE(Says(refused, "NO_SUCH_FILE")) << path;
  }
  EXPECT_TRUE(Says(Ask("/agents/v1/files/c1/1/2", Token("ann")), "FILE_ELSEWHERE"));
  EXPECT_TRUE(Asked().empty());
}

TEST_F(ContactFilesTest, WhatTheChannelRefusesIsToldAsItIs) {
  Serve();
  Answers(io::ErrorResponse(Error{Code::kNotFound, "FILE_GONE", "the mail is gone", "ask again"}));
  const HttpResponse gone = Ask("/agents/v1/files/c1/1/0", Token("ann"));
  EXPECT_EQ(gone.status, 404);
  EXPECT_TRUE(Says(gone, "FILE_GONE"));
  Answers(io::TextResponse(500, "<html>"));
  EXPECT_TRUE(Says(Ask("/agents/v1/files/c1/1/0", Token("ann")), "FILES_UNREACHABLE"));
  // What is wrong with the gateway's token is no agent's matter.
  Answers(io::ErrorResponse(Error{Code::kUnauthenticated, "TOKEN_EXPIRED", "it has", "new one"}));
  EXPECT_TRUE(Says(Ask("/agents/v1/files/c1/1/0", Token("ann")), "FILES_UNREACHABLE"));
}

TEST_F(ContactFilesTest, AMediaTypeThatIsNoneIsPlainBytes) {
  Serve();
  HttpResponse odd = io::TextResponse(200, "x");
  odd.headers = {{"Content-Type", "text/html<script>"}};
  Answers(odd);
  EXPECT_EQ(Header(Ask("/agents/v1/files/c1/1/0", Token("ann")), "Content-Type"),
            "application/octet-stream");
}

TEST_F(ContactFilesTest, WhoHasTheContactGivesFiles) {
  Serve();
  Answers(io::JsonResponse(201, kAttachment));
  const std::string bytes(100'000, 'p');
  const HttpResponse given =
      Ask("/agents/v1/files/c1?name=terms%20%26%20conditions.pdf", Token("ann"), bytes);
  EXPECT_EQ(given.status, 201);
  EXPECT_EQ(given.body, kAttachment);
  ASSERT_EQ(Asked().size(), 1U);
  EXPECT_EQ(Asked()[0].QueryParameter("contact_id"), "c1");
  EXPECT_EQ(Asked()[0].QueryParameter("name"), "terms & conditions.pdf");
  EXPECT_EQ(Asked()[0].Header("Content-Type"), "application/pdf");
  EXPECT_EQ(Asked()[0].body, bytes);

  EXPECT_TRUE(Says(Ask("/agents/v1/files/c1?name=a.pdf", Token("bob"), bytes), "NOT_YOURS"));
  EXPECT_TRUE(Says(Ask("/agents/v1/files/c2?name=a.pdf", Token("ann"), bytes), "NOT_YOURS"));
  EXPECT_TRUE(Says(Ask("/agents/v1/files/c1", Token("ann"), bytes), "BAD_NAME"));
  EXPECT_TRUE(Says(Ask("/agents/v1/files/c1?name=a%0Ab", Token("ann"), bytes), "BAD_NAME"));
  EXPECT_EQ(Ask("/agents/v1/files/c1?name=a.pdf", "forged", bytes).status, 401);
  EXPECT_EQ(Asked().size(), 1U);

  Answers(io::JsonResponse(201, R"({"url":"https://elsewhere.example/"})"));
  EXPECT_TRUE(
      Says(Ask("/agents/v1/files/c1?name=a.pdf", Token("ann"), bytes), "FILES_UNREACHABLE"));
}

TEST_F(ContactFilesTest, WithoutOthersTheFilesAreHere) {
  http_->Handle("GET", "/channels/v1/files",
                [](const io::HttpRequest&, io::HttpResponder responder) {
                  responder.Send(io::TextResponse(200, "mine"));
                });
  Serve(std::vector<std::string>{});
  EXPECT_EQ(Ask("/agents/v1/files/c1/1/html", Token("ann")).body, "mine");
}

TEST_F(ContactFilesTest, WhenNoProcessAnswersItIsSaidWhatToDo) {
  const std::string closed = UrlOf(*empty_);
  empty_.reset();
  Serve({closed});
  const HttpResponse answer = Ask("/agents/v1/files/c1/1/0", Token("ann"));
  EXPECT_EQ(answer.status, 503);
  EXPECT_TRUE(Says(answer, "FILES_UNREACHABLE"));
}

TEST_F(ContactFilesTest, ManyAtOnceWaitForEachOtherAndAllAreServed) {
  Serve();
  std::vector<std::promise<int>> answered(40);
  for (std::promise<int>& one : answered) {
    io::HttpClientRequest request;
    request.url = UrlOf(*http_) + "/agents/v1/files/c1/1/0";
    request.headers = {{"Authorization", "Bearer " + Token("ann")}};
    request.timeout = Duration{60'000};
    io::HttpFetch(loop_, std::move(request), [&one](const Result<HttpResponse>& answer) {
      one.set_value(answer.ok() ? answer->status : 0);
    });
  }
  for (std::promise<int>& one : answered) EXPECT_EQ(one.get_future().get(), 200);
}

}  // namespace
}  // namespace usher::gateway
