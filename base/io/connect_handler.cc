// SPDX-License-Identifier: Apache-2.0
#include "base/io/connect_handler.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <google/protobuf/util/json_util.h>

#include "base/io/base64url.h"
#include "base/io/grpc_status.h"
#include "base/io/http_message.h"

namespace usher::io {
namespace {

namespace json = boost::json;
using google::protobuf::Message;

enum class Encoding { kJson, kProto };

// The protocol's bound: ten digits, about 115 days.
constexpr std::size_t kTimeoutDigitsMax = 10;

constexpr std::string_view ContentType(Encoding encoding) {
  return encoding == Encoding::kJson ? "application/json" : "application/proto";
}

Error BadRequest(std::string reason, std::string message, std::string next_step) {
  return {Code::kInvalidArgument, std::move(reason), std::move(message), std::move(next_step)};
}

HttpResponse ConnectError(const Error& error, std::optional<int> status = std::nullopt) {
  std::string detail = ToBase64Url(EncodeErrorDetail(error));
  std::ranges::replace(detail, '-', '+');
  std::ranges::replace(detail, '_', '/');
  const json::object body{
      {"code", CodeName(error.code)},
      {"message", error.message},
      {"reason", error.reason},
      {"next_step", error.next_step},
      {"details",
       json::array{json::object{
           {"type", "usher.type.v1.ErrorDetail"},
           {"value", detail},
           {"debug", json::object{{"reason", error.reason}, {"nextStep", error.next_step}}}}}}};
  HttpResponse response =
      JsonResponse(status.value_or(HttpStatusOf(error.code)), json::serialize(body));
  // Another router leads, or one is about to: soon is right, at once is not.
  if (error.code == Code::kUnavailable) response.headers.emplace_back("Retry-After", "1");
  return response;
}

// "application/json; charset=utf-8" is JSON.
std::optional<Encoding> FindEncoding(std::string_view content_type) {
  auto type = content_type.substr(0, content_type.find(';'));
  while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
  for (const auto encoding : {Encoding::kJson, Encoding::kProto}) {
    if (std::ranges::equal(type, ContentType(encoding), {},
                           [](char c) { return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c; }))
      return encoding;
  }
  return std::nullopt;
}

Result<std::optional<Duration>> ReadTimeout(const HttpRequest& request) {
  const auto text = request.Header("connect-timeout-ms");
  if (text.empty()) return std::optional<Duration>();
  std::int64_t ms = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), ms);
  if (failed != std::errc() || end != text.data() + text.size() || ms < 0 ||
      text.size() > kTimeoutDigitsMax)
    return BadRequest("CONNECT_TIMEOUT", "Connect-Timeout-Ms is not a number of milliseconds",
                      "Send a whole number of at most ten digits.");
  return std::optional(Duration{ms});
}

Result<void> CheckProtocol(const HttpRequest& request) {
  if (const auto version = request.Header("connect-protocol-version");
      !version.empty() && version != "1")
    return BadRequest("CONNECT_VERSION", "Connect-Protocol-Version is not 1",
                      "Send version 1, or leave the header out.");
  if (const auto coding = request.Header("content-encoding");
      !coding.empty() && coding != "identity")
    return BadRequest("CONTENT_ENCODING", "the body is compressed", "Send it uncompressed.");
  return {};
}

// What protobuf says of bad JSON quotes it: kept short, and in characters that are safe anywhere.
std::string Quotable(std::string text) {
  constexpr std::size_t kQuoteMax = 300;
  text.resize(std::min(text.size(), kQuoteMax));
  std::ranges::replace_if(text, [](char c) { return c < 0x20 || c > 0x7e; }, ' ');
  return text;
}

Result<void> Decode(const std::string& body, Encoding encoding, Message& request) {
  if (encoding == Encoding::kProto) {
    if (request.ParseFromString(body)) return {};
    return BadRequest("BODY_MALFORMED", "the body is not a " + request.GetTypeName(),
                      "Send the message in protobuf's binary form.");
  }
  google::protobuf::util::JsonParseOptions strict;
  strict.ignore_unknown_fields = false;
  const auto parsed = google::protobuf::util::JsonStringToMessage(body, &request, strict);
  if (parsed.ok()) return {};
  return BadRequest(
      "BODY_MALFORMED",
      "the body is not a " + request.GetTypeName() + ": " + Quotable(parsed.ToString()),
      "Send protobuf JSON with the fields of that message.");
}

HttpResponse Encode(const Message& response, Encoding encoding) {
  HttpResponse http{200, {{"Content-Type", std::string(ContentType(encoding))}}, {}, nullptr};
  if (encoding == Encoding::kProto) {
    http.body = response.SerializeAsString();
    return http;
  }
  if (const auto printed = google::protobuf::util::MessageToJsonString(response, &http.body);
      !printed.ok())
    return ConnectError({Code::kInternal, "ANSWER_NOT_PRINTABLE",
                         "the answer cannot be written as JSON: " + printed.ToString(),
                         "Ask for application/proto."});
  return http;
}

// One request until it is answered. Loop thread only, but for the messages, which are the handler's
// while it runs.
class ConnectCall {
 public:
  ConnectCall(EventLoop& loop, HttpResponder responder)
      : timer_(loop), responder_(std::move(responder)) {}

  void Answer(const Result<void>& result, Encoding encoding) {
    Send(result.ok() ? Encode(*response, encoding) : ConnectError(result.error()));
  }

  // Answers for a handler that is too late; what it still says is dropped.
  void LimitTime(Duration timeout) {
    timer_.Start(timeout, [this] {
      Send(ConnectError({Code::kDeadlineExceeded, "TIMED_OUT",
                         "the call took longer than its Connect-Timeout-Ms",
                         "Ask for the state before trying again, or allow more time."}));
    });
  }

  std::unique_ptr<Message> request;
  std::unique_ptr<Message> response;

 private:
  void Send(HttpResponse http) {
    if (!std::exchange(answered_, true)) responder_.Send(std::move(http));
  }

  Timer timer_;
  HttpResponder responder_;
  bool answered_ = false;
};

Result<CallContext> Authorize(const AccessGate& gate, const std::string& method,
                              const HttpRequest& request) {
  auto admitted =
      gate.AdmitActing(method, request.Header("authorization"),
                       {request.Header(kActingForHeader), request.Header(kActingRoleHeader)});
  if (!admitted.ok()) return admitted.error();
  CallContext call;
  call.claims = std::move(admitted->claims);
  call.acting = std::move(admitted->acting);
  call.peer = request.remote_address;
  call.request_id = CleanRequestId(request.Header("x-request-id"));
  return call;
}

// The handler runs on the table's loop, the answer is sent on the server's: they may be two.
void RunMethod(EventLoop& server_loop, const MethodTable& table, const UnaryMethod& method,
               CallContext context, std::shared_ptr<ConnectCall> call, Encoding encoding) {
  // Named before the call is moved: arguments are made in no set order.
  auto& request = *call->request;
  auto& response = *call->response;
  auto pending = std::make_shared<PendingReply>(
      response, [call = std::move(call), encoding, &server_loop](Result<void> result) {
        server_loop.Post(
            [call, encoding, result = std::move(result)] { call->Answer(result, encoding); });
      });
  table.loop().Post([&method, context = std::move(context), &request,
                     pending = std::move(pending)] { method.run(context, request, pending); });
}

void Serve(EventLoop& server_loop, const MethodTable& table, const UnaryMethod& method,
           const HttpRequest& request, HttpResponder responder) {
  auto context = Authorize(table.gate(), method.name, request);
  if (!context.ok()) return responder.Send(ConnectError(context.error()));
  const auto encoding = FindEncoding(request.Header("content-type"));
  if (!encoding)
    return responder.Send(ConnectError(
        BadRequest("CONTENT_TYPE",
                   "the content type is neither application/json nor application/proto",
                   "Send `Content-Type: application/json`."),
        415));
  if (auto checked = CheckProtocol(request); !checked.ok())
    return responder.Send(ConnectError(checked.error()));
  const auto timeout = ReadTimeout(request);
  if (!timeout.ok()) return responder.Send(ConnectError(timeout.error()));

  auto call = std::make_shared<ConnectCall>(server_loop, std::move(responder));
  call->request.reset(method.request->New());
  call->response.reset(method.response->New());
  if (auto decoded = Decode(request.body, *encoding, *call->request); !decoded.ok())
    return call->Answer(decoded, *encoding);
  if (*timeout) {
    context->deadline = std::chrono::system_clock::now() + **timeout;
    call->LimitTime(**timeout);
  }
  RunMethod(server_loop, table, method, *std::move(context), std::move(call), *encoding);
}

}  // namespace

void MountConnect(EventLoop& server_loop, HttpServer& server, const MethodTable& table,
                  const RouteOptions& options) {
  for (const auto& [name, method] : table.methods()) {
    server.Handle(
        "POST", name,
        [&server_loop, &table, &entry = method](const HttpRequest& request,
                                                HttpResponder responder) {
          Serve(server_loop, table, entry, request, std::move(responder));
        },
        options);
  }
}

}  // namespace usher::io
