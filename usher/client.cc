// SPDX-License-Identifier: Apache-2.0
#include "usher/client.h"

#include <chrono>
#include <cstdlib>
#include <sstream>
#include <thread>
#include <utility>

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include "base/io/clock.h"
#include "base/io/grpc_status.h"
#include "base/io/keys.h"
#include "base/io/token.h"
#include "usher/own_tokens.h"

namespace usher::app {

namespace {

constexpr std::chrono::seconds kCallLimit{20};

std::filesystem::path KeysOf(const ClientOptions& options) {
  if (!options.keys_dir.empty()) return options.keys_dir;
  for (const char* folder : {".usher/keys", "usher-data/keys"}) {
    if (std::filesystem::is_directory(folder)) return folder;
  }
  return {};
}

Result<std::string> FindToken(const ClientOptions& options) {
  if (!options.token_file.empty()) return ReadSecretFile(options.token_file);
  if (const char* token = std::getenv("USHER_TOKEN"); token != nullptr && *token != '\0') {
    return std::string(token);
  }
  const auto keys = KeysOf(options);
  if (keys.empty()) {
    return Error{Code::kUnauthenticated, "NO_TOKEN", "there is no token to call with",
                 "set USHER_TOKEN, give --token-file FILE, or --keys DIR with a signing key"};
  }
  Result<io::KeyPair> key = io::KeyPair::LoadNewest(keys);
  if (!key.ok()) return key.error();
  io::Claims claims;
  claims.subject = "cli";
  claims.role = io::Role::kAdmin;
  claims.domain = DomainId{options.domain};
  const Instant now = io::WallClock().Now();
  claims.expires_at = now + std::chrono::minutes{5};
  return io::MintToken(*key, {}, claims, now);
}

// A command is over before a renewed file would matter.
Result<std::shared_ptr<grpc::ChannelCredentials>> CredentialsOf(const ClientOptions& options) {
  if (options.server_ca.empty()) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions ssl;
  for (auto [file, text] : {std::pair(&options.server_ca, &ssl.pem_root_certs),
                            std::pair(&options.certificate, &ssl.pem_cert_chain),
                            std::pair(&options.key, &ssl.pem_private_key)}) {
    if (file->empty()) continue;
    Result<std::string> read = ReadSecretFile(*file);
    if (!read.ok()) return read.error();
    *text = *read + '\n';
  }
  return grpc::SslCredentials(ssl);
}

}  // namespace

Result<Client> Client::Connect(const ClientOptions& options) {
  Result<std::string> token = FindToken(options);
  if (!token.ok()) return token.error();
  Client client;
  client.token_ = *std::move(token);
  const auto credentials = CredentialsOf(options);
  if (!credentials.ok()) return credentials.error();
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  // This is how long a connection may take to be made; a busy machine needs more than a moment.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 3'000);
  std::istringstream servers(options.server);
  for (std::string server; std::getline(servers, server, ',');) {
    if (server.empty()) continue;
    client.servers_.emplace_back(server,
                                 grpc::CreateCustomChannel(server, *credentials, arguments));
  }
  if (client.servers_.empty()) {
    return Error{Code::kInvalidArgument, "NO_SERVER", "there is no server to ask",
                 "give --server HOST:PORT"};
  }
  return client;
}

// Not led here, out of reach, or cut in the middle: a server that stops ends its calls with
// CANCELLED, and a connection that breaks can end one with gRPC's own UNKNOWN.
bool Client::IsPassing(const grpc::Status& failed) {
  return failed.error_code() == grpc::StatusCode::UNAVAILABLE ||
         failed.error_code() == grpc::StatusCode::CANCELLED ||
         (failed.error_code() == grpc::StatusCode::UNKNOWN &&
          io::FromGrpcStatus(failed).reason == "RPC_UNKNOWN");
}

// A server that is down stays down; a leadership is on its way for a few seconds.
bool Client::IsWorthAsking(const grpc::Status& failed, int round) const {
  constexpr int kRoundsForAServer = 4;
  constexpr int kRoundsForALeader = 30;
  const bool is_down =
      servers_.size() == 1 && io::FromGrpcStatus(failed).reason == "RPC_UNAVAILABLE";
  return round < (is_down ? kRoundsForAServer : kRoundsForALeader);
}

void Client::Pause() { std::this_thread::sleep_for(std::chrono::milliseconds{150}); }

void Client::Prepare(grpc::ClientContext& context) const {
  context.AddMetadata("authorization", "Bearer " + token_);
  context.set_deadline(std::chrono::system_clock::now() + kCallLimit);
}

Result<void> Client::ToResult(const grpc::Status& status, const std::string& server) {
  if (status.ok()) return {};
  Error error = io::FromGrpcStatus(status);
  if (error.reason == "RPC_UNAVAILABLE") {
    error.message = "no server answers at " + server + " (" + error.message + ")";
    error.next_step = "start one with `usher serve`, or name it with --server HOST:PORT";
  }
  return error;
}

}  // namespace usher::app
