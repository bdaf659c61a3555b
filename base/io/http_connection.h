// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/io/http_core.h"
#include "base/io/http_routes.h"
#include "base/io/stream.h"

namespace usher::io {

// One client's connection: reads a request, has it handled, writes the answer, and again. It lives
// as long as the server's table or an operation under way holds it.
class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  using Clock = std::chrono::steady_clock;

  HttpConnection(std::shared_ptr<HttpServer::Core> core, Stream stream, std::string remote);

  const std::string& peer() const { return peer_; }
  void Start();
  // Closes when nothing is under way, else after the answer.
  void Drain();
  void Finish();
  // Called by the server's sweep.
  void CheckDeadline(Clock::time_point now);
  // The answer to the request with that number; late ones are dropped.
  void Respond(std::uint64_t request_number, HttpResponse response);

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using ErrorCode = boost::system::error_code;
  enum class Phase { kHandshake, kIdle, kHeader, kBody, kHandling, kWriting, kClosing, kFinished };

  void Enter(Phase phase, Duration limit);
  void WaitForRequest();
  void ReadMore();
  void ReadHeader();
  void OnReadError(const ErrorCode& error);
  bool FillRequest();
  bool FillTarget(std::string_view target);
  void Choose();
  void ChooseSocket();
  std::string WhyOriginRefused(const WebSocketRoute& route) const;
  void AnswerOptions();
  void ReadBody();
  void SendContinueThenReadBody();
  void Dispatch();
  // Answers with an error; `close` when the rest of the request cannot be told from the next one.
  void Fail(int status, const Error& error);
  void FailAndClose(int status, const Error& error);
  void AddRouteHeaders(HttpResponse& response) const;
  void Observe(int status) const;
  void Write();
  void OnWritten(const ErrorCode& error);
  void Linger();

  std::shared_ptr<HttpServer::Core> core_;
  Stream stream_;
  std::string peer_;
  boost::beast::flat_buffer buffer_;
  std::size_t scanned_ = 0;  // of buffer_, in search of the header's end
  std::optional<Parser> parser_;
  HttpRequest request_;
  const PathRoute* path_route_ = nullptr;
  const MethodRoute* route_ = nullptr;
  HttpResponse response_;
  std::string head_;
  Phase phase_ = Phase::kHandshake;
  Clock::time_point deadline_ = Clock::time_point::max();
  Clock::time_point complete_at_;
  std::uint64_t request_number_ = 0;
  bool close_after_ = false;
  bool timed_out_ = false;
};

struct HttpResponder::Target {
  std::weak_ptr<HttpConnection> connection;
  std::uint64_t request_number = 0;
};

}  // namespace usher::io
