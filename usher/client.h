// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include "base/result.h"

namespace usher::app {

// How the command line reaches a server, and as whom.
struct ClientOptions {
  std::string server = "127.0.0.1:8081";  // several with commas: whichever leads is asked
  std::filesystem::path token_file;  // "": the environment's USHER_TOKEN, else signed with keys_dir
  std::filesystem::path keys_dir;    // "": .usher/keys, then usher-data/keys
  std::string domain = "main";
  // PEM files: the authority of the servers' certificates, and what is shown to servers that ask
  // for one. Without `server_ca` the connection is not encrypted.
  std::string server_ca;
  std::string certificate;
  std::string key;
};

// The connections for the blocking calls of one command: one for each server.
class Client {
 public:
  // NO_TOKEN when there is neither a token nor a key that may sign one.
  static Result<Client> Connect(const ClientOptions& options);

  // Runs `call(channel, context, request, response)` at the server that leads; a failure is Usher's
  // error, with its next step.
  template <class Response, class Request, class Call>
  Result<Response> Ask(const Request& request, Call call) const {
    Response response;
    grpc::Status status;
    // A connection may fail for a passing reason, and the leadership may be on its way from one
    // server to another; every call of the command line may be repeated.
    for (int round = 0; round == 0 || IsWorthAsking(status, round); ++round) {
      if (round > 0) Pause();
      for (const auto& [server, channel] : servers_) {
        grpc::ClientContext context;
        Prepare(context);
        status = call(channel, &context, request, &response);
        if (IsPassing(status)) continue;
        if (Result<void> done = ToResult(status, server); !done.ok()) return done.error();
        return response;
      }
    }
    return ToResult(status, servers_.back().first).error();
  }

  // Asks each server for itself, once.
  template <class Response, class Request, class Call>
  std::vector<std::pair<std::string, Result<Response>>> AskEach(const Request& request,
                                                                Call call) const {
    std::vector<std::pair<std::string, Result<Response>>> answers;
    for (const auto& [server, channel] : servers_) {
      grpc::ClientContext context;
      Prepare(context);
      Response response;
      const Result<void> done = ToResult(call(channel, &context, request, &response), server);
      answers.emplace_back(server, done.ok() ? Result<Response>(std::move(response))
                                             : Result<Response>(done.error()));
    }
    return answers;
  }

 private:
  static bool IsPassing(const grpc::Status& failed);
  bool IsWorthAsking(const grpc::Status& failed, int round) const;
  static void Pause();
  void Prepare(grpc::ClientContext& context) const;
  static Result<void> ToResult(const grpc::Status& status, const std::string& server);

  std::vector<std::pair<std::string, std::shared_ptr<grpc::Channel>>> servers_;
  std::string token_;
};

}  // namespace usher::app
