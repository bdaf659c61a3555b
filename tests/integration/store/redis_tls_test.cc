// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "router/store/redis_client.h"
#include "tests/integration/store/redis_process.h"
#include "tests/integration/store/store_fixture.h"
#include "tests/integration/store/test_certificates.h"

namespace usher::store {
namespace {

// A Redis that speaks TLS only and, as Redis does unless told otherwise, wants a certificate of its
// clients.
class RedisTlsTest : public testing::Test {
 protected:
  RedisTlsTest() : authority_(dir_.path(), "authority") {
    authority_.Issue({.name = "redis", .alternative_names = "IP:127.0.0.1,DNS:redis.internal"});
    authority_.Issue({.name = "usher", .alternative_names = ""});
  }

  void StartRedis(const std::string& certificate, bool ask_clients = true) {
    RedisProcess::Options options;
    options.dir = dir_.path() / "redis";
    options.tls = true;
    options.arguments = {"--appendonly",       "yes",
                         "--tls-cert-file",    authority_.CertificateOf(certificate),
                         "--tls-key-file",     authority_.KeyOf(certificate),
                         "--tls-ca-cert-file", authority_.Certificate(),
                         "--tls-auth-clients", ask_clients ? "yes" : "no"};
    redis_ = std::make_unique<RedisProcess>(std::move(options));
    redis_->Start();
  }

  RedisTls Tls() const {
    return {authority_.Certificate(), authority_.CertificateOf("usher"), authority_.KeyOf("usher"),
            ""};
  }

  RedisAddress Address(RedisTls tls) const {
    RedisAddress address = redis_->address();
    address.tls = std::move(tls);
    return address;
  }

  // What a client says that is refused.
  static Error Refusal(const RedisAddress& address) {
    io::EventLoop loop;
    loop.Start("redis");
    Arrival<Error> refused;
    std::unique_ptr<RedisClient> client;
    RedisClientOptions options;
    options.address = address;
    options.on_refused = [&](const Error& error) { refused.Set(error); };
    options.on_connected = [&](const ServerFacts&) {
      refused.Set(Error{Code::kInternal, "CONNECTED", "", ""});
    };
    loop.Call([&] {
      client = std::make_unique<RedisClient>(loop, options);
      client->Start();
    });
    Error error = refused.Wait();
    loop.Call([&] { client.reset(); });
    return error;
  }

  // Returns when a client says that it has no connection because of `cause`.
  static void WaitForReason(const RedisAddress& address, const std::string& cause) {
    io::EventLoop loop;
    loop.Start("redis");
    std::unique_ptr<RedisClient> client;
    RedisClientOptions options;
    options.address = address;
    options.connect_timeout = Duration{200};
    loop.Call([&] {
      client = std::make_unique<RedisClient>(loop, options);
      client->Start();
    });
    const auto limit = std::chrono::steady_clock::now() + kPatience;
    std::string why;
    while (why.find(cause) == std::string::npos) {
      ASSERT_LT(std::chrono::steady_clock::now(), limit) << why;
      loop.Call([&] { why = client->WhyNotConnected().message; });
      std::this_thread::yield();
    }
    loop.Call([&] { client.reset(); });
  }

  const TempDir dir_;
  const TestAuthority authority_;
  std::unique_ptr<RedisProcess> redis_;
};

TEST_F(RedisTlsTest, CarriesCallsLargeAndSmall) {
  StartRedis("redis");
  WaitingClient client(Address(Tls()));
  const std::string large(3'000'000, 'x');
  EXPECT_FALSE(client.Call({"SET", "k", large}).IsError());
  EXPECT_EQ(client.Call({"GET", "k"}).text(), large);
  for (int i = 1; i <= 200; ++i) EXPECT_EQ(client.Call({"INCR", "n"}).integer(), i);
}

TEST_F(RedisTlsTest, ServesAStore) {
  StartRedis("redis");
  DomainStoreOptions options;
  options.domain = DomainId{"acme"};
  options.router_id = "r1";
  options.address = Address(Tls());
  options.durability = Durability::kEverySec;
  WaitingStore store(options);
  const Result<LoadedState> loaded = store.Load();
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(loaded->epoch, 1u);
}

TEST_F(RedisTlsTest, NeedsNoCertificateOfItsOwnWhereNoneIsAsked) {
  StartRedis("redis", false);
  RedisTls tls = Tls();
  tls.certificate_file.clear();
  tls.key_file.clear();
  WaitingClient client(Address(tls));
  EXPECT_EQ(client.Call({"PING"}).text(), "PONG");
}

TEST_F(RedisTlsTest, SaysThatTheServerWantsACertificateOfOurs) {
  StartRedis("redis");
  RedisTls tls = Tls();
  tls.certificate_file.clear();
  tls.key_file.clear();
  const Error error = Refusal(Address(tls));
  EXPECT_EQ(error.reason, "TLS_CLIENT_REFUSED") << error.message;
  EXPECT_NE(error.next_step.find("certificate and key"), std::string::npos);
}

TEST_F(RedisTlsTest, RefusesAnAuthorityThatItDoesNotKnow) {
  StartRedis("redis");
  const TestAuthority other(dir_.path(), "other");
  RedisTls tls = Tls();
  tls.ca_file = other.Certificate();
  const Error error = Refusal(Address(tls));
  EXPECT_EQ(error.reason, "TLS_UNKNOWN_AUTHORITY") << error.message;
  EXPECT_NE(error.message.find(ToText(redis_->address())), std::string::npos);
  EXPECT_NE(error.next_step.find("file of the authority"), std::string::npos);
}

TEST_F(RedisTlsTest, RefusesAnotherName) {
  authority_.Issue({.name = "elsewhere", .alternative_names = "DNS:elsewhere.internal"});
  StartRedis("elsewhere");
  EXPECT_EQ(Refusal(Address(Tls())).reason, "TLS_WRONG_NAME");
  RedisTls tls = Tls();
  tls.name = "redis.internal";
  EXPECT_EQ(Refusal(Address(tls)).reason, "TLS_WRONG_NAME");
}

TEST_F(RedisTlsTest, TakesTheNameThatItIsTold) {
  StartRedis("redis");
  RedisTls tls = Tls();
  tls.name = "redis.internal";
  WaitingClient client(Address(tls));
  EXPECT_EQ(client.Call({"PING"}).text(), "PONG");
}

TEST_F(RedisTlsTest, RefusesACertificateThatHasExpired) {
  authority_.Issue({.name = "old",
                    .alternative_names = "IP:127.0.0.1",
                    .starts_in_seconds = -7'200,
                    .ends_in_seconds = -3'600});
  StartRedis("old");
  const Error error = Refusal(Address(Tls()));
  EXPECT_EQ(error.reason, "TLS_EXPIRED") << error.message;
  EXPECT_NE(error.next_step.find("renew"), std::string::npos);
}

// Redis waits for the end of what it takes for a command, so that only a deadline ends it.
TEST_F(RedisTlsTest, AsksWhetherASilentServerSpeaksTls) {
  RedisProcess::Options options;
  options.dir = dir_.path() / "redis";
  redis_ = std::make_unique<RedisProcess>(std::move(options));
  redis_->Start();
  WaitForReason(Address(Tls()), "does it speak TLS on this port?");
}

TEST_F(RedisTlsTest, NamesAFileThatIsMissing) {
  StartRedis("redis");
  RedisTls tls = Tls();
  tls.ca_file = dir_.path() / "missing.pem";
  const Error error = Refusal(Address(tls));
  EXPECT_EQ(error.reason, "TLS_FILES_INVALID");
  EXPECT_NE(error.message.find("missing.pem"), std::string::npos);
}

// Renewed files count from the next connection on: nobody restarts for them.
TEST_F(RedisTlsTest, IsTakenOnceTheFileIsMended) {
  StartRedis("redis");
  RedisTls tls = Tls();
  tls.ca_file = dir_.path() / "late.pem";
  io::EventLoop loop;
  loop.Start("redis");
  Arrival<Error> refused;
  Arrival<bool> connected;
  std::unique_ptr<RedisClient> client;
  RedisClientOptions options;
  options.address = Address(tls);
  options.backoff_max = Duration{20};
  options.on_refused = [&](const Error& error) { refused.Set(error); };
  options.on_connected = [&](const ServerFacts&) { connected.Set(true); };
  loop.Call([&] {
    client = std::make_unique<RedisClient>(loop, options);
    client->Start();
  });
  EXPECT_EQ(refused.Wait().reason, "TLS_FILES_INVALID");
  std::filesystem::copy_file(authority_.Certificate(), tls.ca_file);
  EXPECT_TRUE(connected.Wait());
  loop.Call([&] { client.reset(); });
}

TEST_F(RedisTlsTest, APlainClientHearsThatTheServerMayWantTls) {
  StartRedis("redis");
  WaitForReason(redis_->address(), "does it want TLS?");
}

}  // namespace
}  // namespace usher::store
