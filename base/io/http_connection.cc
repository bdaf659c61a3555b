// SPDX-License-Identifier: Apache-2.0
#include "base/io/http_connection.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include "base/io/http_head.h"

namespace usher::io {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

constexpr std::size_t kReadBytes = 1024;
constexpr std::size_t kIdleBufferBytes = 2048;
// Beyond the header: what one read of a body takes. It also bounds the extensions of a chunk.
constexpr std::size_t kBodyBufferBytes = 64 * 1024;
constexpr Duration kLingerTime{2'000};
constexpr Duration kNoLimit = Duration::max();
constexpr std::size_t kCorsHeadersMax = 512;

Error BadRequest(std::string message) {
  return {Code::kInvalidArgument, "MALFORMED_REQUEST", std::move(message),
          "send one well-formed HTTP/1.1 request after another"};
}

std::string_view KnownMethod(std::string_view method) {
  for (const std::string_view known :
       {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    if (known == method) return known;
  }
  return "other";
}

std::string_view AuthorityOf(std::string_view origin) {
  const std::size_t scheme = origin.find("://");
  return scheme == origin.npos ? origin : origin.substr(scheme + 3);
}

// The first protocol of ours that the client's list holds.
std::string AgreeProtocol(const std::vector<std::string>& ours, const HttpHeaders& headers) {
  for (const std::string& protocol : ours) {
    for (const auto& [name, value] : headers) {
      if (!beast::iequals(name, "Sec-WebSocket-Protocol")) continue;
      for (const auto& token : http::token_list(value)) {
        if (token == protocol) return protocol;
      }
    }
  }
  return {};
}

}  // namespace

HttpConnection::HttpConnection(std::shared_ptr<HttpServer::Core> core, Stream stream,
                               std::string remote)
    : core_(std::move(core)),
      stream_(std::move(stream)),
      peer_(std::move(remote)),
      buffer_(core_->options.header_bytes_max + kBodyBufferBytes) {}

void HttpConnection::Enter(Phase phase, Duration limit) {
  phase_ = phase;
  deadline_ = limit == kNoLimit ? Clock::time_point::max() : Clock::now() + limit;
}

void HttpConnection::Start() {
  if (!core_->tls) return WaitForRequest();
  Enter(Phase::kHandshake, core_->options.header_timeout);
  stream_.async_handshake([self = shared_from_this()](const ErrorCode& error) {
    if (self->phase_ == Phase::kFinished) return;
    if (error) return self->Finish();
    self->WaitForRequest();
  });
}

void HttpConnection::WaitForRequest() {
  const bool first = request_number_++ == 0;
  request_ = {};
  response_ = {};
  head_ = {};
  path_route_ = nullptr;
  route_ = nullptr;
  parser_.emplace();
  scanned_ = 0;
  if (buffer_.size() > 0) return ReadHeader();
  if (buffer_.capacity() > kIdleBufferBytes) buffer_.shrink_to_fit();
  Enter(Phase::kIdle, first ? core_->options.header_timeout : core_->options.keep_alive_timeout);
  ReadMore();
}

void HttpConnection::ReadMore() {
  stream_.async_read_some(buffer_.prepare(kReadBytes),
                          [self = shared_from_this()](const ErrorCode& error, std::size_t bytes) {
                            if (self->phase_ == Phase::kFinished) return;
                            if (error) return self->OnReadError(error);
                            self->buffer_.commit(bytes);
                            self->ReadHeader();
                          });
}

void HttpConnection::ReadHeader() {
  if (phase_ != Phase::kHeader) Enter(Phase::kHeader, core_->options.header_timeout);
  const auto data = buffer_.data();
  const std::string_view text(static_cast<const char*>(data.data()), data.size());
  const HeaderEnd end = FindHeaderEnd(text, scanned_);
  scanned_ = text.size();
  if (end.malformed) {
    return FailAndClose(400, BadRequest("a header line ends in a bare line feed or is folded"));
  }
  const std::size_t limit = core_->options.header_bytes_max;
  if (end.size > limit || (end.size == 0 && text.size() > limit)) {
    return OnReadError(http::error::header_limit);
  }
  if (end.size == 0) return ReadMore();

  parser_->header_limit(static_cast<std::uint32_t>(limit + 1));
  parser_->body_limit(boost::none);
  ErrorCode error;
  buffer_.consume(parser_->put(asio::buffer(data.data(), end.size), error));
  if (error) return OnReadError(error);
  close_after_ = close_after_ || core_->draining || !parser_->get().keep_alive();
  if (FillRequest()) Choose();
}

void HttpConnection::OnReadError(const ErrorCode& error) {
  if (timed_out_) {
    return FailAndClose(408, {Code::kDeadlineExceeded, "REQUEST_TOO_SLOW",
                              "the request did not arrive in time", "send it again, faster"});
  }
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return FailAndClose(431, {Code::kResourceExhausted, "HEADER_TOO_LARGE",
                              "the request line and headers are longer than " +
                                  std::to_string(core_->options.header_bytes_max) + " bytes",
                              "send fewer or shorter headers"});
  }
  if (error == http::error::body_limit) {
    return FailAndClose(413, {Code::kResourceExhausted, "BODY_TOO_LARGE",
                              "the body is longer than " +
                                  std::to_string(route_->options.body_bytes_max) + " bytes",
                              "send a smaller body"});
  }
  const bool malformed = error.category() == ErrorCode(http::error::bad_method).category() &&
                         error != http::error::end_of_stream &&
                         error != http::error::partial_message;
  if (!malformed) return Finish();
  FailAndClose(400, BadRequest("the request is malformed: " + error.message()));
}

// Fills request_ from the header; answers and returns false when it is unacceptable.
bool HttpConnection::FillRequest() {
  const auto& message = parser_->get();
  request_.method = std::string(message.method_string());
  std::size_t hosts = 0;
  for (const auto& field : message) {
    hosts += field.name() == http::field::host ? 1 : 0;
    request_.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  request_.remote_address = core_->RemoteAddress(peer_, request_);
  const bool http_1_0 = message.version() == 10;
  if (!http_1_0 && message.version() != 11) {
    FailAndClose(400, BadRequest("this server speaks HTTP/1.1"));
    return false;
  }
  if (hosts > 1 || (hosts == 0 && !http_1_0)) {
    FailAndClose(400, BadRequest("a request needs exactly one Host header"));
    return false;
  }
  const auto encodings = message.equal_range(http::field::transfer_encoding);
  if (encodings.first != encodings.second &&
      (http_1_0 || std::next(encodings.first) != encodings.second ||
       !beast::iequals(encodings.first->value(), "chunked"))) {
    FailAndClose(400, BadRequest("the only Transfer-Encoding of this server is chunked"));
    return false;
  }
  if (!FillTarget(std::string_view(message.target()))) {
    FailAndClose(400, BadRequest("the path of the request is malformed"));
    return false;
  }
  return true;
}

bool HttpConnection::FillTarget(std::string_view target) {
  if (target == "*" && request_.method == "OPTIONS") target = "/*";
  if (!target.starts_with('/')) {  // absolute form: http://host/path
    const std::size_t scheme = target.find("://");
    if (scheme == target.npos) return false;
    const std::size_t path = target.find_first_of("/?", scheme + 3);
    target = path == target.npos || target[path] == '?' ? "/" : target.substr(path);
  }
  target = target.substr(0, target.find('#'));
  const std::size_t question = target.find('?');
  auto path = PercentDecode(target.substr(0, question));
  if (!path || path->find('\0') != path->npos) return false;
  request_.path = std::move(*path);
  if (question != target.npos) request_.query = std::string(target.substr(question + 1));
  return true;
}

void HttpConnection::Choose() {
  path_route_ = core_->routes.Find(request_.path);
  // From here an error answer leaves the connection usable only when no body follows.
  const bool has_body = !parser_->is_done();
  if (path_route_ == nullptr) {
    close_after_ = close_after_ || has_body;
    return Fail(404, {Code::kNotFound, "NO_SUCH_PATH", "nothing is served at this path",
                      "check the path for a typing error"});
  }
  if (path_route_->socket != nullptr && request_.method == "GET" &&
      !path_route_->methods.contains("GET")) {
    return ChooseSocket();
  }
  if (path_route_->socket != nullptr && beast::websocket::is_upgrade(parser_->get())) {
    return ChooseSocket();
  }
  if (request_.method == "OPTIONS" && !path_route_->methods.contains("OPTIONS")) {
    close_after_ = close_after_ || has_body;
    return AnswerOptions();
  }
  route_ = path_route_->Find(request_.method);
  if (route_ == nullptr) {
    close_after_ = close_after_ || has_body;
    return Fail(405, {Code::kInvalidArgument, "METHOD_NOT_ALLOWED",
                      "this path does not take that method", "use " + path_route_->Allow()});
  }
  if (route_->options.admit) {
    if (const Result<void> admitted = route_->options.admit(request_); !admitted.ok()) {
      close_after_ = close_after_ || has_body;
      return Fail(HttpStatusOf(admitted.error().code), admitted.error());
    }
  }
  ReadBody();
}

void HttpConnection::ChooseSocket() {
  const std::shared_ptr<WebSocketRoute>& route = path_route_->socket;
  if (!beast::websocket::is_upgrade(parser_->get()) || buffer_.size() > 0) {
    return FailAndClose(426, {Code::kInvalidArgument, "UPGRADE_REQUIRED",
                              "this path is a WebSocket", "connect with a WebSocket client"});
  }
  if (request_.Header("Sec-WebSocket-Version") != "13" ||
      request_.Header("Sec-WebSocket-Key").empty()) {
    return FailAndClose(400, BadRequest("the WebSocket handshake lacks version 13 or its key"));
  }
  if (const std::string why = WhyOriginRefused(*route); !why.empty()) {
    return Fail(403, {Code::kPermissionDenied, "ORIGIN_NOT_ALLOWED", why,
                      "add the page's origin to the allowed origins of this path"});
  }
  const char* full =
      core_->draining ? "the server is stopping" : core_->WhyFull(*route, request_.remote_address);
  if (full != nullptr) {
    return Fail(503, {Code::kUnavailable, "TOO_MANY_CONNECTIONS", full, "try again later"});
  }
  if (route->options.admit) {
    if (const Result<void> admitted = route->options.admit(request_); !admitted.ok()) {
      return Fail(HttpStatusOf(admitted.error().code), admitted.error());
    }
  }
  Observe(101);
  phase_ = Phase::kFinished;
  const auto keep = shared_from_this();
  std::string protocol = AgreeProtocol(route->options.protocols, request_.headers);
  core_->Upgrade(std::move(stream_), parser_->get(), std::move(request_), route,
                 std::move(protocol));
  core_->Remove(*this);
}

std::string HttpConnection::WhyOriginRefused(const WebSocketRoute& route) const {
  const auto origin = FindHeader(request_.headers, "Origin");
  if (!origin || AllowsOrigin(route.options.allowed_origins, *origin)) return {};
  if (beast::iequals(AuthorityOf(*origin), request_.Header("Host"))) return {};
  return "pages of this origin may not connect here";
}

void HttpConnection::AnswerOptions() {
  HttpResponse response{.status = 204, .headers = {{"Allow", path_route_->Allow()}}};
  const auto origin = FindHeader(request_.headers, "Origin");
  const auto method = FindHeader(request_.headers, "Access-Control-Request-Method");
  if (origin && method) {
    route_ = path_route_->Find(*method);
    if (route_ == nullptr || !AllowsOrigin(route_->options.allowed_origins, *origin)) {
      return Fail(403, {Code::kPermissionDenied, "ORIGIN_NOT_ALLOWED",
                        "pages of this origin may not call this method here",
                        "add the page's origin to the allowed origins of this path"});
    }
    response.headers.emplace_back("Access-Control-Allow-Methods", path_route_->Allow());
    const auto wanted = FindHeader(request_.headers, "Access-Control-Request-Headers");
    if (wanted && wanted->size() <= kCorsHeadersMax) {
      response.headers.emplace_back("Access-Control-Allow-Headers", std::string(*wanted));
    }
    response.headers.emplace_back("Access-Control-Max-Age", "600");
  }
  phase_ = Phase::kHandling;
  Respond(request_number_, std::move(response));
}

void HttpConnection::ReadBody() {
  if (parser_->is_done()) return Dispatch();
  const std::size_t limit = route_->options.body_bytes_max;
  const auto length = parser_->content_length();
  if (length && *length > limit) return OnReadError(http::error::body_limit);
  parser_->body_limit(limit);
  if (beast::iequals(request_.Header("Expect"), "100-continue")) {
    return SendContinueThenReadBody();
  }
  Enter(Phase::kBody, core_->options.body_timeout);
  http::async_read(stream_, buffer_, *parser_,
                   [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                     if (self->phase_ == Phase::kFinished) return;
                     if (error) return self->OnReadError(error);
                     self->request_.body = std::move(self->parser_->get().body());
                     self->Dispatch();
                   });
}

void HttpConnection::SendContinueThenReadBody() {
  std::erase_if(request_.headers,
                [](const auto& header) { return beast::iequals(header.first, "Expect"); });
  head_ = "HTTP/1.1 100 Continue\r\n\r\n";
  Enter(Phase::kWriting, core_->options.write_timeout);
  asio::async_write(stream_, asio::buffer(head_),
                    [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                      if (self->phase_ == Phase::kFinished) return;
                      if (error) return self->Finish();
                      self->ReadBody();
                    });
}

void HttpConnection::Dispatch() {
  Enter(Phase::kHandling, kNoLimit);
  complete_at_ = Clock::now();
  route_->handler(request_, HttpResponder(std::make_unique<HttpResponder::Target>(
                                HttpResponder::Target{weak_from_this(), request_number_})));
}

void HttpConnection::Fail(int status, const Error& error) {
  HttpResponse response = ErrorResponse(status, error);
  if (status == 405) response.headers.emplace_back("Allow", path_route_->Allow());
  if (status == 426) response.headers.emplace_back("Upgrade", "websocket");
  phase_ = Phase::kHandling;
  Respond(request_number_, std::move(response));
}

void HttpConnection::FailAndClose(int status, const Error& error) {
  close_after_ = true;
  Fail(status, error);
}

void HttpConnection::AddRouteHeaders(HttpResponse& response) const {
  if (route_ == nullptr) return;
  const RouteOptions& options = route_->options;
  response.headers.insert(response.headers.end(), options.headers.begin(), options.headers.end());
  if (options.allowed_origins.empty()) return;
  response.headers.emplace_back("Vary", "Origin");
  const auto origin = FindHeader(request_.headers, "Origin");
  if (origin && AllowsOrigin(options.allowed_origins, *origin)) {
    response.headers.emplace_back("Access-Control-Allow-Origin", std::string(*origin));
  }
}

void HttpConnection::Observe(int status) const {
  if (!core_->options.observer) return;
  const auto took =
      complete_at_ == Clock::time_point{} ? Clock::duration{} : Clock::now() - complete_at_;
  core_->options.observer({.method = KnownMethod(request_.method),
                           .route = path_route_ == nullptr ? "none" : path_route_->path,
                           .status = status,
                           .took = std::chrono::duration_cast<std::chrono::microseconds>(took)});
}

void HttpConnection::Respond(std::uint64_t request_number, HttpResponse response) {
  if (phase_ != Phase::kHandling || request_number != request_number_) return;
  Observe(response.status);
  complete_at_ = {};
  AddRouteHeaders(response);
  response_ = std::move(response);
  close_after_ = close_after_ || core_->draining;
  head_ = FormatHead({.response = &response_,
                      .date = &core_->DateText(),
                      .http_1_0 = parser_->get().version() == 10,
                      .close = close_after_});
  Write();
}

void HttpConnection::Write() {
  Enter(Phase::kWriting, core_->options.write_timeout);
  const bool with_body = HasBody(response_.status) && request_.method != "HEAD";
  const std::array<asio::const_buffer, 2> buffers{
      asio::buffer(head_), with_body ? asio::buffer(BodyOf(response_)) : asio::const_buffer{}};
  asio::async_write(stream_, buffers,
                    [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                      if (self->phase_ != Phase::kFinished) self->OnWritten(error);
                    });
}

void HttpConnection::OnWritten(const ErrorCode& error) {
  if (error) return Finish();
  if (close_after_ || core_->draining) return Linger();
  WaitForRequest();
}

// Closing with unread input would reset the connection, and the client might never see the answer:
// what it still sends is read and dropped for a while.
void HttpConnection::Linger() {
  Enter(Phase::kClosing, kLingerTime);
  stream_.Teardown(beast::role_type::server,
                   [self = shared_from_this()](const ErrorCode&) { self->Finish(); });
}

void HttpConnection::Drain() {
  close_after_ = true;
  if (phase_ == Phase::kIdle || phase_ == Phase::kHandshake) Finish();
}

void HttpConnection::Finish() {
  if (phase_ == Phase::kFinished) return;
  phase_ = Phase::kFinished;
  const auto keep = shared_from_this();
  stream_.Close();
  core_->Remove(*this);
}

void HttpConnection::CheckDeadline(Clock::time_point now) {
  if (now < deadline_) return;
  deadline_ = Clock::time_point::max();
  if (phase_ != Phase::kHeader && phase_ != Phase::kBody) return Finish();
  timed_out_ = true;
  ErrorCode ignored;
  stream_.socket().cancel(ignored);
}

}  // namespace usher::io
