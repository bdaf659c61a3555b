// SPDX-License-Identifier: Apache-2.0
#include "base/io/grpc_server.h"

#include <chrono>
#include <fstream>
#include <iterator>
#include <utility>

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/io/grpc_locks.h"
#include "base/io/tls_files.h"

namespace usher::io {
namespace {

using BioFreer = decltype([](BIO* bio) { BIO_free(bio); });
using CertificateFreer = decltype([](X509* certificate) { X509_free(certificate); });
using KeyFreer = decltype([](EVP_PKEY* key) { EVP_PKEY_free(key); });

std::unique_ptr<BIO, BioFreer> Open(const std::string& pem) {
  return std::unique_ptr<BIO, BioFreer>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

std::unique_ptr<X509, CertificateFreer> ReadCertificate(const std::string& pem) {
  return std::unique_ptr<X509, CertificateFreer>(
      PEM_read_bio_X509(Open(pem).get(), nullptr, nullptr, nullptr));
}

Error BadTls(std::string what) {
  return {Code::kInvalidArgument, "TLS_CREDENTIALS", std::move(what),
          "Use PEM files: the certificate with its chain, its key, and the CA of the clients."};
}

// gRPC would only say that it could not bind.
Result<void> CheckTls(const TlsCredentials& tls) {
  const auto certificate = ReadCertificate(tls.certificate);
  if (!certificate) return BadTls("the certificate is not a PEM certificate");
  const std::unique_ptr<EVP_PKEY, KeyFreer> key(PEM_read_bio_PrivateKey(
      Open(tls.key).get(), nullptr, [](char*, int, int, void*) { return -1; }, nullptr));
  if (!key) return BadTls("the key is not an unencrypted PEM private key");
  if (X509_check_private_key(certificate.get(), key.get()) != 1)
    return BadTls("the key is not the certificate's");
  if (!tls.client_ca.empty() && !ReadCertificate(tls.client_ca))
    return BadTls("the client CA is not a PEM certificate");
  return {};
}

Result<std::string> ReadPem(const std::string& file) {
  std::ifstream in(file);
  if (!in) return BadTls(file + " cannot be read");
  return std::string{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// What the files hold at the start; gRPC would only wait for better ones.
Result<void> CheckTls(const GrpcServerTlsFiles& files) {
  if (Result<void> key = CheckTlsKeyFile(files.key); !key.ok()) return key;
  TlsCredentials tls;
  for (auto [file, text] :
       {std::pair(&files.certificate, &tls.certificate), std::pair(&files.key, &tls.key),
        std::pair(&files.client_ca, &tls.client_ca)}) {
    if (file->empty()) continue;
    Result<std::string> read = ReadPem(*file);
    if (!read.ok()) return read.error();
    *text = *std::move(read);
  }
  return CheckTls(tls);
}

std::shared_ptr<grpc::ServerCredentials> MakeCredentials(const GrpcServerTlsFiles& files) {
  auto provider = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      files.key, files.certificate, files.client_ca, files.look_every_seconds);
  grpc::experimental::TlsServerCredentialsOptions tls(provider);
  tls.watch_identity_key_cert_pairs();
  if (!files.client_ca.empty()) {
    tls.watch_root_certs();
    tls.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(tls);
}

std::shared_ptr<grpc::ServerCredentials> MakeCredentials(const GrpcServerOptions& options) {
  if (options.tls_files) return MakeCredentials(*options.tls_files);
  if (!options.tls) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions ssl(
      options.tls->client_ca.empty() ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                                     : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  ssl.pem_root_certs = options.tls->client_ca;
  ssl.pem_key_cert_pairs.push_back({options.tls->key, options.tls->certificate});
  return grpc::SslServerCredentials(ssl);
}

void SetLimits(const GrpcServerOptions& options, grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(options.message_bytes_max);
  const auto set = [&](const char* name, std::int64_t value) {
    builder.AddChannelArgument(name, static_cast<int>(value));
  };
  set(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.streams_per_connection_max);
  set(GRPC_ARG_MAX_METADATA_SIZE, options.metadata_bytes_max);
  set(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, options.handshake_timeout.count());
  set(GRPC_ARG_MAX_CONNECTION_IDLE_MS, options.idle_timeout.count());
  set(GRPC_ARG_KEEPALIVE_TIME_MS, options.keepalive_interval.count());
  set(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, options.keepalive_timeout.count());
  set(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  set(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  set(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
      options.client_ping_interval_min.count());
  grpc::ResourceQuota quota("usher");
  quota.Resize(options.buffer_bytes_max);
  builder.SetResourceQuota(quota);
}

// What was wrong with the address, in the words of gRPC's listener.
Error NotBound(const std::string& address, const Error& error) {
  if (error.code == Code::kInvalidArgument) return error;
  return {Code::kUnavailable, "ADDRESS_NOT_BOUND",
          "gRPC could not listen on " + address + ": " + error.message,
          "Stop what uses that port, or choose another address."};
}

}  // namespace

GrpcServer::GrpcServer() = default;

Result<std::unique_ptr<GrpcServer>> GrpcServer::Start(const GrpcServerOptions& options,
                                                      const std::vector<grpc::Service*>& services) {
  if (options.tls)
    if (auto checked = CheckTls(*options.tls); !checked.ok()) return checked.error();
  if (options.tls_files)
    if (auto checked = CheckTls(*options.tls_files); !checked.ok()) return checked.error();
  TrustGrpcLocks();
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  SetLimits(options, builder);
  for (auto* service : services) builder.RegisterService(service);
  std::unique_ptr<GrpcServer> server(new GrpcServer);
  if (!options.address.empty()) {
    auto acceptor = GrpcAcceptor::Open(options.address);
    if (!acceptor.ok()) return NotBound(options.address, acceptor.error());
    server->acceptor_ = *std::move(acceptor);
    server->connections_ = builder.experimental().AddExternalConnectionAcceptor(
        grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
        MakeCredentials(options));
  }
  server->server_ = builder.BuildAndStart();
  if (!server->server_)
    return Error{Code::kInternal, "GRPC_NOT_STARTED", "gRPC could not start its server",
                 "Look at the lines that gRPC has logged before this one."};
  if (server->acceptor_) server->acceptor_->Start(*server->connections_);
  return server;
}

GrpcServer::~GrpcServer() {
  if (stopping_.joinable()) stopping_.join();
  Shutdown(Duration{0});
}

void GrpcServer::SetServing(bool serving) {
  server_->GetHealthCheckService()->SetServingStatus(serving);
}

std::shared_ptr<grpc::Channel> GrpcServer::InProcessChannel() {
  return server_->InProcessChannel({});
}

void GrpcServer::Shutdown(Duration grace) {
  if (!server_ || std::exchange(stopped_, true)) return;
  SetServing(false);
  gate_->Close();
  if (acceptor_) acceptor_->Stop();
  server_->Shutdown(std::chrono::system_clock::now() + grace);
  server_->Wait();
}

void GrpcServer::ShutdownThen(EventLoop& loop, Duration grace, std::function<void()> done) {
  stopping_ = std::thread([this, &loop, grace, done = std::move(done)]() mutable {
    Shutdown(grace);
    loop.Post(std::move(done));
  });
}

}  // namespace usher::io
