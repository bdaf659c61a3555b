// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include "base/result.h"

namespace usher::app {

// How the command line reaches a server, and as whom.
struct ClientOptions {
  std::string server = "127.0.0.1:8081";
  std::filesystem::path token_file;  // "": the environment's USHER_TOKEN, else signed with keys_dir
  std::filesystem::path keys_dir;    // "": .usher/keys, then usher-data/keys
  std::string domain = "main";
};

// One connection for the blocking calls of one command.
class Client {
 public:
  // NO_TOKEN when there is neither a token nor a key that may sign one.
  static Result<Client> Connect(const ClientOptions& options);

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  // Runs `call(context, request, response)`; a failure is Usher's error, with its next step.
  template <class Response, class Request, class Call>
  Result<Response> Ask(const Request& request, Call call) const {
    Response response;
    grpc::Status status;
    // A connection may fail for a passing reason; every call of the command line may be repeated.
    for (int tries = 0; tries < kTriesMax; ++tries) {
      if (tries > 0) Pause();
      grpc::ClientContext context;
      Prepare(context);
      status = call(&context, request, &response);
      if (status.error_code() != grpc::StatusCode::UNAVAILABLE) break;
    }
    if (Result<void> done = ToResult(status); !done.ok()) return done.error();
    return response;
  }

 private:
  static constexpr int kTriesMax = 4;
  static void Pause();
  void Prepare(grpc::ClientContext& context) const;
  Result<void> ToResult(const grpc::Status& status) const;

  std::shared_ptr<grpc::Channel> channel_;
  std::string token_;
  std::string server_;
};

}  // namespace usher::app
