// SPDX-License-Identifier: Apache-2.0
#include "base/io/grpc_channel.h"

#include <cstdint>

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include "base/io/grpc_locks.h"

namespace usher::io {
namespace {

constexpr Duration kReconnectWaitFirst{100};
constexpr unsigned int kTlsLookSeconds = 5;  // between looks at the files

std::shared_ptr<grpc::ChannelCredentials> MakeCredentials(const ClientTlsFiles& files) {
  grpc::experimental::TlsChannelCredentialsOptions tls;
  tls.set_certificate_provider(std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      files.key, files.certificate, files.server_ca, kTlsLookSeconds));
  tls.watch_root_certs();
  if (!files.certificate.empty()) tls.watch_identity_key_cert_pairs();
  tls.set_certificate_verifier(std::make_shared<grpc::experimental::HostNameCertificateVerifier>());
  return grpc::experimental::TlsCredentials(tls);
}

std::shared_ptr<grpc::ChannelCredentials> MakeCredentials(const ChannelOptions& options) {
  if (options.tls_files) return MakeCredentials(*options.tls_files);
  if (!options.tls) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions ssl;
  ssl.pem_root_certs = options.tls->server_ca;
  ssl.pem_cert_chain = options.tls->certificate;
  ssl.pem_private_key = options.tls->key;
  return grpc::SslCredentials(ssl);
}

}  // namespace

std::shared_ptr<grpc::Channel> OpenChannel(const ChannelOptions& options) {
  TrustGrpcLocks();
  grpc::ChannelArguments arguments;
  const auto set = [&](const char* name, std::int64_t value) {
    arguments.SetInt(name, static_cast<int>(value));
  };
  arguments.SetMaxReceiveMessageSize(options.message_bytes_max);
  set(GRPC_ARG_KEEPALIVE_TIME_MS, options.keepalive_interval.count());
  set(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, options.keepalive_timeout.count());
  set(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  set(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectWaitFirst.count());
  set(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kReconnectWaitFirst.count());
  set(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, options.reconnect_wait_max.count());
  // Otherwise channels to one address share a connection and each other's flow control.
  set(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  if (!options.tls_name.empty()) arguments.SetSslTargetNameOverride(options.tls_name);
  return grpc::CreateCustomChannel(options.address, MakeCredentials(options), arguments);
}

}  // namespace usher::io
