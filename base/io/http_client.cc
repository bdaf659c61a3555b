// SPDX-License-Identifier: Apache-2.0
#include "base/io/http_client.h"

#include <array>
#include <optional>
#include <utility>

#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/io/dial.h"
#include "base/io/url.h"
#include "base/io/websocket_wire.h"

namespace usher::io {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using ErrorCode = Stream::ErrorCode;

namespace {

constexpr std::uint32_t kResponseHeaderBytesMax = 64 * 1024;
constexpr std::size_t kBufferBytesMax = 256 * 1024;

bool HoldsLineEnd(std::string_view text) { return text.find_first_of("\r\n") != text.npos; }

Error TooSlow(const std::string& url) {
  return {Code::kDeadlineExceeded, "TIMEOUT", url + " did not answer in time",
          "try again, or allow more time"};
}

std::string RequestHead(const HttpClientRequest& request, const Url& url) {
  std::string head = request.method + " " + url.target + " HTTP/1.1\r\n";
  if (!FindHeader(request.headers, "Host")) head += "Host: " + url.authority + "\r\n";
  for (const auto& [name, value] : request.headers) head += name + ": " + value + "\r\n";
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    head += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  return head += "Connection: close\r\n\r\n";
}

// One exchange. Each step's handler holds it.
class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(EventLoop& loop, HttpClientRequest request,
           std::function<void(Result<HttpResponse>)> done)
      : loop_(loop), request_(std::move(request)), done_(std::move(done)), limit_(loop) {}

  void Start() {
    const Result<Url> url = ParseUrl(request_.url);
    if (!url.ok()) return End(url.error());
    bool broken = HoldsLineEnd(request_.method);
    for (const auto& [name, value] : request_.headers) {
      broken = broken || HoldsLineEnd(name) || HoldsLineEnd(value);
    }
    if (broken) {
      return End(Error{Code::kInvalidArgument, "INVALID_HEADER", "a header holds a line end",
                       "remove it from the method or header"});
    }
    limit_.Start(request_.timeout,
                 [self = shared_from_this()] { self->End(TooSlow(self->request_.url)); });
    head_ = RequestHead(request_, *url);
    Dial(loop_,
         {.host = url->host,
          .port = url->port,
          .unix_path = request_.unix_path,
          .tls = url->tls,
          .tls_files = {.ca = request_.ca_file},
          .timeout = request_.timeout},
         [self = shared_from_this()](Result<Stream> stream) {
           if (!self->done_) return;
           if (!stream.ok()) return self->End(stream.error());
           self->stream_.emplace(*std::move(stream));
           self->Write();
         });
  }

 private:
  void Write() {
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(head_),
                                                    asio::buffer(request_.body)};
    // A server may answer and close before it has read everything, so the answer is read whether
    // or not the request could be written.
    asio::async_write(*stream_, buffers,
                      [self = shared_from_this()](const ErrorCode&, std::size_t) {
                        if (self->done_) self->Read();
                      });
  }

  void Read() {
    parser_.header_limit(kResponseHeaderBytesMax);
    parser_.body_limit(request_.body_bytes_max);
    parser_.skip(request_.method == "HEAD");
    http::async_read(*stream_, buffer_, parser_,
                     [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                       if (self->done_) self->OnRead(error);
                     });
  }

  void OnRead(const ErrorCode& error) {
    if (error) {
      return End(Error{Code::kUnavailable, "BAD_RESPONSE", request_.url + ": " + error.message(),
                       "check that an HTTP server answers there"});
    }
    HttpResponse response;
    response.status = static_cast<int>(parser_.get().result_int());
    for (const auto& field : parser_.get()) {
      response.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    }
    response.body = std::move(parser_.get().body());
    End(std::move(response));
  }

  void End(Result<HttpResponse> result) {
    const auto done = std::exchange(done_, nullptr);
    if (!done) return;
    const auto self = shared_from_this();
    limit_.Cancel();
    if (stream_) stream_->Close();
    done(std::move(result));
  }

  EventLoop& loop_;
  HttpClientRequest request_;
  std::function<void(Result<HttpResponse>)> done_;
  Timer limit_;
  std::string head_;
  std::optional<Stream> stream_;
  beast::flat_buffer buffer_{kBufferBytesMax};
  http::response_parser<http::string_body> parser_;
};

struct SocketOpening {
  WebSocketClientRequest request;
  Url url;
  std::function<void(Result<std::shared_ptr<WebSocket>>)> done;
};

HttpHeaders HandshakeHeaders(const WebSocketClientRequest& request) {
  HttpHeaders headers = request.headers;
  std::string protocols;
  for (const std::string& protocol : request.protocols) {
    protocols += (protocols.empty() ? "" : ", ") + protocol;
  }
  if (!protocols.empty()) headers.emplace_back("Sec-WebSocket-Protocol", protocols);
  return headers;
}

void Handshake(EventLoop& loop, const std::shared_ptr<SocketOpening>& opening, Stream stream) {
  auto socket =
      WebSocket::Wire::Make(std::move(stream), opening->request.limits, opening->url.host, {});
  const auto limit = std::make_shared<Timer>(loop);
  limit->Start(opening->request.timeout, [socket] { socket->Abort(); });
  WebSocket::Wire::Of(*socket).Connect(
      opening->url.authority, opening->url.target, HandshakeHeaders(opening->request),
      [opening, socket, limit](std::string problem) {
        limit->Cancel();
        WebSocket::Wire& wire = WebSocket::Wire::Of(*socket);
        if (problem.empty()) {
          opening->done(socket);
          return wire.Read();
        }
        wire.Finish(CloseCode::kAbnormal);
        opening->done(Error{Code::kUnavailable, "HANDSHAKE_REFUSED",
                            opening->request.url + ": " + problem,
                            "check the path, the token and the origin"});
      });
}

void OpenSocket(EventLoop& loop, const std::shared_ptr<SocketOpening>& opening) {
  auto url = ParseUrl(opening->request.url);
  if (!url.ok()) return opening->done(url.error());
  opening->url = *std::move(url);
  Dial(loop,
       {.host = opening->url.host,
        .port = opening->url.port,
        .unix_path = opening->request.unix_path,
        .tls = opening->url.tls,
        .tls_files = {.ca = opening->request.ca_file},
        .timeout = opening->request.timeout},
       [&loop, opening](Result<Stream> stream) {
         if (!stream.ok()) return opening->done(stream.error());
         Handshake(loop, opening, *std::move(stream));
       });
}

}  // namespace

void HttpFetch(EventLoop& loop, HttpClientRequest request,
               std::function<void(Result<HttpResponse>)> done) {
  const auto exchange = std::make_shared<Exchange>(loop, std::move(request), std::move(done));
  loop.Post([exchange] { exchange->Start(); });
}

void ConnectWebSocket(EventLoop& loop, WebSocketClientRequest request,
                      std::function<void(Result<std::shared_ptr<WebSocket>>)> done) {
  const auto opening =
      std::make_shared<SocketOpening>(SocketOpening{std::move(request), Url{}, std::move(done)});
  loop.Post([&loop, opening] { OpenSocket(loop, opening); });
}

}  // namespace usher::io
