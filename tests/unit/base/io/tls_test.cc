// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <future>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "base/io/event_loop.h"
#include "base/io/http_client.h"
#include "base/io/http_server.h"
#include "tests/unit/base/io/raw_client.h"

namespace usher::io {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// A certificate for 127.0.0.1 that is signed by itself, and its key, as PEM files in `folder`.
void WriteCertificate(const fs::path& folder) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  X509* const x509 = certificate.get();
  X509_set_version(x509, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
  X509_set_pubkey(x509, key.get());
  X509_NAME* const name = X509_get_subject_name(x509);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(x509, name);
  X509_EXTENSION* const alt =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
  X509_add_ext(x509, alt, -1);
  X509_EXTENSION_free(alt);
  ASSERT_GT(X509_sign(x509, key.get(), EVP_sha256()), 0);
  std::FILE* const pem = std::fopen((folder / "cert.pem").c_str(), "w");
  PEM_write_X509(pem, x509);
  std::fclose(pem);
  std::FILE* const secret = std::fopen((folder / "key.pem").c_str(), "w");
  PEM_write_PrivateKey(secret, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(secret);
  fs::permissions(folder / "key.pem", fs::perms::owner_read | fs::perms::owner_write);
}

class TlsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/usher-tls-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    folder_ = name;
    WriteCertificate(folder_);
    HttpServerOptions options{
        .address = {.host = "127.0.0.1", .port = 0},
        .tls = {.certificate_chain = folder_ / "cert.pem", .private_key = folder_ / "key.pem"},
        .header_timeout = Duration{2'000}};
    server_ = std::make_unique<HttpServer>(loop_, std::move(options));
    server_->Handle("POST", "/echo", [](const HttpRequest& request, HttpResponder responder) {
      responder.Send(TextResponse(200, request.body));
    });
    server_->HandleWebSocket(
        "/socket", {}, [](std::shared_ptr<WebSocket> socket, const HttpRequest&) {
          socket->OnMessage([weak = std::weak_ptr(socket)](std::string_view text) {
            EXPECT_TRUE(weak.lock()->Send(std::string(text)));
          });
        });
    ASSERT_TRUE(server_->Listen().ok());
    loop_.Start("tls-test");
  }
  void TearDown() override {
    server_.reset();
    loop_.Stop(Duration{0});
    fs::remove_all(folder_);
  }

  std::string Url(const std::string& scheme, const std::string& path) const {
    return scheme + "://127.0.0.1:" + std::to_string(server_->port()) + path;
  }

  Result<HttpResponse> Fetch(HttpClientRequest request) {
    std::promise<Result<HttpResponse>> answer;
    HttpFetch(loop_, std::move(request),
              [&](Result<HttpResponse> response) { answer.set_value(std::move(response)); });
    return answer.get_future().get();
  }

  EventLoop loop_;
  fs::path folder_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(TlsTest, CarriesRequestsLargeAndSmall) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{5}, std::size_t{3'000'000}}) {
    const auto response = Fetch({.method = "POST",
                                 .url = Url("https", "/echo"),
                                 .body = std::string(size, 'b'),
                                 .ca_file = folder_ / "cert.pem"});
    ASSERT_TRUE(response.ok()) << response.error().message;
    EXPECT_EQ(response->body.size(), size);
  }
}

TEST_F(TlsTest, CarriesWebSockets) {
  std::promise<std::string> received;
  std::promise<CloseCode> closed;
  ConnectWebSocket(
      loop_, {.url = Url("wss", "/socket"), .ca_file = folder_ / "cert.pem"},
      [&](Result<std::shared_ptr<WebSocket>> socket) {
        ASSERT_TRUE(socket.ok()) << socket.error().message;
        (*socket)->OnMessage([&, weak = std::weak_ptr(*socket)](std::string_view text) {
          received.set_value(std::string(text));
          weak.lock()->Close(CloseCode::kNormal);
        });
        (*socket)->OnClose([&](CloseCode code) { closed.set_value(code); });
        EXPECT_TRUE((*socket)->Send("over TLS"));
      });
  EXPECT_EQ(received.get_future().get(), "over TLS");
  EXPECT_EQ(closed.get_future().get(), CloseCode::kNormal);
}

TEST_F(TlsTest, IsRefusedByAClientThatDoesNotTrustTheCertificate) {
  const auto response = Fetch({.method = "POST", .url = Url("https", "/echo")});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().reason, "TLS_UNKNOWN_AUTHORITY");
}

TEST_F(TlsTest, ARenewedCertificateCountsForTheNextConnections) {
  const auto fetch = [&] {
    return Fetch({.method = "POST",
                  .url = Url("https", "/echo"),
                  .body = "x",
                  .ca_file = folder_ / "cert.pem"});
  };
  ASSERT_TRUE(fetch().ok());
  // In between the pair does not fit, and the one before stays.
  const fs::path half = folder_ / "half";
  fs::create_directory(half);
  WriteCertificate(half);
  const fs::path old = folder_ / "old.pem";
  fs::copy(folder_ / "cert.pem", old);
  fs::copy(half / "key.pem", folder_ / "key.pem", fs::copy_options::overwrite_existing);
  const auto later = std::chrono::steady_clock::now() + std::chrono::milliseconds{1'200};
  while (std::chrono::steady_clock::now() < later) ASSERT_TRUE(fetch().ok());
  fs::copy(half / "cert.pem", folder_ / "cert.pem", fs::copy_options::overwrite_existing);
  // The client trusts the new one only, so the first answer is that of the new one.
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (!fetch().ok()) ASSERT_LT(std::chrono::steady_clock::now(), give_up);
  const auto by_old =
      Fetch({.method = "POST", .url = Url("https", "/echo"), .body = "x", .ca_file = old});
  EXPECT_FALSE(by_old.ok());
}

TEST_F(TlsTest, RefusesAKeyThatEverybodyMayRead) {
  fs::permissions(folder_ / "key.pem", fs::perms::others_read, fs::perm_options::add);
  HttpServer server(loop_, {.address = {.host = "127.0.0.1", .port = 0},
                            .tls = {.certificate_chain = folder_ / "cert.pem",
                                    .private_key = folder_ / "key.pem"}});
  const auto listening = server.Listen();
  ASSERT_FALSE(listening.ok());
  EXPECT_EQ(listening.error().reason, "TLS_KEY_EXPOSED");
}

TEST_F(TlsTest, ClosesOnAClientThatSpeaksPlainHttp) {
  RawClient client(server_->port());
  client.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  client.ReadAll();
  const auto response = Fetch({.method = "POST",
                               .url = Url("https", "/echo"),
                               .body = "still here",
                               .ca_file = folder_ / "cert.pem"});
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->body, "still here");
}

TEST_F(TlsTest, NamesTheFileThatIsWrong) {
  HttpServer server(loop_, {.address = {.host = "127.0.0.1", .port = 0},
                            .tls = {.certificate_chain = folder_ / "cert.pem",
                                    .private_key = folder_ / "missing.pem"}});
  const auto result = server.Listen();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().reason, "TLS_FILES_INVALID");
  EXPECT_THAT(result.error().message, HasSubstr("missing.pem"));
}

}  // namespace
}  // namespace usher::io
