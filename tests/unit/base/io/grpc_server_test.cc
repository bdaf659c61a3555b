// SPDX-License-Identifier: Apache-2.0
#include "base/io/grpc_server.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/io/client_call.h"
#include "base/io/grpc_channel.h"
#include "base/io/grpc_status.h"
#include "tests/unit/base/io/echo_server.h"
#include "tests/unit/base/io/raw_client.h"

namespace usher::io {
namespace {

grpc::ByteBuffer ToBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

std::string ToText(const grpc::ByteBuffer& buffer) {
  grpc::Slice slice;
  return buffer.DumpToSingleSlice(&slice).ok()
             ? std::string(reinterpret_cast<const char*>(slice.begin()), slice.size())
             : "";
}

// One message there and one back, without generated code.
std::string Exchange(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                     const std::string& request) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  const auto buffer = ToBuffer(request);
  grpc::ByteBuffer response;
  struct Reactor : grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
    void OnDone(const grpc::Status& status) override { done.Set(status); }
    Awaited<grpc::Status> done;
  } reactor;
  stub.PrepareBidiStreamingCall(&context, method, {}, &reactor);
  reactor.StartWriteLast(&buffer, {});
  reactor.StartRead(&response);
  reactor.StartCall();
  const auto status = reactor.done.Get();
  EXPECT_TRUE(status.ok()) << status.error_message();
  return ToText(response);
}

std::string Health(const std::shared_ptr<grpc::Channel>& channel) {
  const auto answer = Exchange(channel, "/grpc.health.v1.Health/Check", "");
  return answer == "\x08\x01" ? "SERVING" : answer == "\x08\x02" ? "NOT_SERVING" : answer;
}

class GrpcServerTest : public testing::TestWithParam<Road> {};

TEST_P(GrpcServerTest, TellsItsHealthToAnybody) {
  EchoServer echo;
  const auto channel = echo.Connect(GetParam());
  EXPECT_EQ(Health(channel), "SERVING");
  echo.server->SetServing(false);
  EXPECT_EQ(Health(channel), "NOT_SERVING");
}

TEST_P(GrpcServerTest, ListsItsServicesByReflection) {
  EchoServer echo;
  const auto answer =
      Exchange(echo.Connect(GetParam()),
               "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", "\x3a\x01*");
  EXPECT_NE(answer.find("usher.test.v1.EchoService"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Roads, GrpcServerTest, testing::Values(Road::kTcp, Road::kInProcess),
                         [](const auto& test) {
                           return test.param == Road::kTcp ? "Tcp" : "InProcess";
                         });

TEST(GrpcServerAddressTest, RefusesABusyPortInsteadOfSharingIt) {
  EchoServer echo;
  const auto second =
      GrpcServer::Start({.address = "127.0.0.1:" + std::to_string(echo.server->port())}, {});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().reason, "ADDRESS_NOT_BOUND");
  EXPECT_NE(second.error().message.find(std::to_string(echo.server->port())), std::string::npos);
}

TEST(GrpcServerAddressTest, ServesAgainAfterItRanOutOfFileDescriptors) {
  EchoServer echo;
  EXPECT_EQ(Health(echo.Connect(Road::kTcp)), "SERVING");
  const int spare = ::dup(0);
  ::close(spare);
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit low{.rlim_cur = static_cast<rlim_t>(spare) + 1, .rlim_max = before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &low);
  // Takes the last one, or finds that what is left is reserved.
  RawClient waiting(static_cast<std::uint16_t>(echo.server->port()));
  while (echo.server->accept_failures() < 1) std::this_thread::yield();
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(Health(echo.Connect(Road::kTcp)), "SERVING");
}

TEST(GrpcServerAddressTest, NeedsNoAddressInProcess) {
  EchoServer echo({.address = ""});
  EXPECT_EQ(echo.server->port(), 0);
  EXPECT_EQ(Health(echo.Connect(Road::kInProcess)), "SERVING");
}

TEST(GrpcServerLimitTest, FailsCallsWithLongerMessages) {
  EchoServer echo({.message_bytes_max = 1'000});
  echo.say = [](const CallContext&, const SayRequest&, Reply<SayResponse> reply) {
    reply.Send({});
  };
  const auto stub = EchoService::NewStub(echo.Connect(Road::kTcp));
  const auto call = [&](std::size_t length) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + echo.Token());
    SayRequest request;
    request.set_text(std::string(length, 'x'));
    SayResponse response;
    return stub->Say(&context, request, &response).error_code();
  };
  EXPECT_EQ(call(900), grpc::StatusCode::OK);
  EXPECT_EQ(call(1'100), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

// ---- TLS

struct Identity {
  std::string certificate;
  std::string key;
};

std::string ReadAll(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

// A self-signed certificate for localhost, good for an hour; its own authority.
Identity MakeIdentity() {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3'600);
  X509_set_pubkey(certificate, key);
  auto* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  for (const auto& [id, value] : {std::pair{NID_subject_alt_name, "DNS:localhost"},
                                  std::pair{NID_basic_constraints, "critical,CA:TRUE"}}) {
    auto* extension = X509V3_EXT_conf_nid(nullptr, nullptr, id, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  X509_sign(certificate, key, EVP_sha256());
  BIO* certificate_pem = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(certificate_pem, certificate);
  BIO* key_pem = BIO_new(BIO_s_mem());
  PEM_write_bio_PKCS8PrivateKey(key_pem, key, nullptr, nullptr, 0, nullptr, nullptr);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return {ReadAll(certificate_pem), ReadAll(key_pem)};
}

class GrpcTlsTest : public testing::Test {
 protected:
  std::string Say(EchoServer& echo, std::optional<ClientTls> tls,
                  std::optional<ClientTlsFiles> files = {}) {
    echo.say = [](const CallContext&, const SayRequest&, Reply<SayResponse> reply) {
      reply.Send({});
    };
    const auto channel = OpenChannel({.address = "localhost:" + std::to_string(echo.server->port()),
                                      .tls = std::move(tls),
                                      .tls_files = std::move(files)});
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + echo.Token());
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    SayResponse response;
    const auto status = EchoService::NewStub(channel)->Say(&context, SayRequest(), &response);
    return std::string(GrpcCodeName(status.error_code()));
  }

  Identity server_ = MakeIdentity();
  Identity client_ = MakeIdentity();
  Identity stranger_ = MakeIdentity();
};

TEST_F(GrpcTlsTest, ServesClientsThatTrustIt) {
  EchoServer echo(
      {.address = "localhost:0", .tls = TlsCredentials{server_.certificate, server_.key, ""}});
  EXPECT_EQ(Say(echo, ClientTls{server_.certificate}), "OK");
  EXPECT_EQ(Say(echo, ClientTls{stranger_.certificate}), "UNAVAILABLE");
  EXPECT_EQ(Say(echo, std::nullopt), "UNAVAILABLE") << "plain text";
}

TEST_F(GrpcTlsTest, AsksForTheCertificateOfAClientWhenToldTo) {
  EchoServer echo({.address = "localhost:0",
                   .tls = TlsCredentials{server_.certificate, server_.key, client_.certificate}});
  EXPECT_EQ(Say(echo, ClientTls{server_.certificate, client_.certificate, client_.key}), "OK");
  EXPECT_EQ(Say(echo, ClientTls{server_.certificate}), "UNAVAILABLE");
  EXPECT_EQ(Say(echo, ClientTls{server_.certificate, stranger_.certificate, stranger_.key}),
            "UNAVAILABLE");
}

TEST_F(GrpcTlsTest, RefusesUnusableCredentialsAtTheStart) {
  for (const auto& tls :
       {TlsCredentials{"x", server_.key, ""}, TlsCredentials{server_.certificate, "x", ""},
        TlsCredentials{server_.certificate, stranger_.key, ""},
        TlsCredentials{server_.certificate, server_.key, "x"}}) {
    const auto server = GrpcServer::Start({.address = "localhost:0", .tls = tls}, {});
    ASSERT_FALSE(server.ok());
    EXPECT_EQ(server.error().reason, "TLS_CREDENTIALS");
  }
}

class GrpcTlsFilesTest : public GrpcTlsTest {
 protected:
  GrpcTlsFilesTest() {
    char name[] = "/tmp/usher-grpc-tls-XXXXXX";
    folder_ = ::mkdtemp(name);
    Write("server", server_);
    Write("client", client_);
  }
  ~GrpcTlsFilesTest() override { std::filesystem::remove_all(folder_); }

  // Each file at once, as those who renew certificates do it.
  void Write(const std::string& name, const Identity& identity) {
    for (const auto& [ending, text] :
         {std::pair(".key", &identity.key), std::pair(".pem", &identity.certificate)}) {
      std::ofstream(folder_ + "/new") << *text;
      std::filesystem::permissions(folder_ + "/new", std::filesystem::perms::owner_read);
      std::filesystem::rename(folder_ + "/new", File(name, ending));
    }
  }
  std::string File(const std::string& name, const std::string& ending) const {
    return folder_ + "/" + name + ending;
  }
  GrpcServerOptions Options(const std::string& client_ca = {}) const {
    return {.address = "localhost:0",
            .tls_files = GrpcServerTlsFiles{.certificate = File("server", ".pem"),
                                            .key = File("server", ".key"),
                                            .client_ca = client_ca,
                                            .look_every_seconds = 1}};
  }

  std::string folder_;
};

TEST_F(GrpcTlsFilesTest, BothSidesReadTheirFiles) {
  EchoServer echo(Options(File("client", ".pem")));
  const ClientTlsFiles trusted{File("server", ".pem"), File("client", ".pem"),
                               File("client", ".key")};
  EXPECT_EQ(Say(echo, {}, trusted), "OK");
  EXPECT_EQ(Say(echo, {}, ClientTlsFiles{File("server", ".pem")}), "UNAVAILABLE");
  EXPECT_EQ(
      Say(echo, {},
          ClientTlsFiles{File("client", ".pem"), File("client", ".pem"), File("client", ".key")}),
      "UNAVAILABLE");
  EXPECT_EQ(Say(echo, std::nullopt), "UNAVAILABLE") << "plain text";
}

TEST_F(GrpcTlsFilesTest, ARenewedCertificateCountsForTheNextConnections) {
  EchoServer echo(Options());
  ASSERT_EQ(Say(echo, ClientTls{server_.certificate}), "OK");
  Write("server", stranger_);
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  while (Say(echo, ClientTls{stranger_.certificate}) != "OK") {
    ASSERT_LT(std::chrono::steady_clock::now(), give_up);
  }
}

TEST_F(GrpcTlsFilesTest, RefusesAKeyThatEverybodyMayRead) {
  std::filesystem::permissions(File("server", ".key"), std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  const auto server = GrpcServer::Start(Options(), {});
  ASSERT_FALSE(server.ok());
  EXPECT_EQ(server.error().reason, "TLS_KEY_EXPOSED");
}

}  // namespace
}  // namespace usher::io
