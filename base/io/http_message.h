// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace usher::io {

// In the order of the wire; names are compared without case.
using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

// The first header of that name.
std::optional<std::string_view> FindHeader(const HttpHeaders& headers, std::string_view name);

// One request as a handler sees it: complete, within its limits, and well-formed.
struct HttpRequest {
  std::string method{};  // "GET"
  std::string path{};    // percent-decoded, begins with '/'; never holds NUL
  std::string query{};   // what follows '?', as sent
  HttpHeaders headers{};
  std::string body{};
  std::string remote_address{};  // IP address without port; "unix" for a Unix socket

  // The first header of that name; empty when there is none.
  std::string_view Header(std::string_view name) const;
  // The token of `Authorization: Bearer …`; empty when there is none.
  std::string_view BearerToken() const;
  // The first `name=value` of the query, percent-decoded ('+' is a space).
  std::optional<std::string> QueryParameter(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  HttpHeaders headers{};  // Content-Length, Connection and Date are the server's
  std::string body{};
  // Sent instead of `body` when set: one copy in memory serves every connection.
  std::shared_ptr<const std::string> shared_body{};
};

HttpResponse JsonResponse(int status, std::string json);
HttpResponse TextResponse(int status, std::string text);

// {"code":"not_found","reason":"NO_SUCH_PATH","message":"…","next_step":"…"}: the body of every
// error that is answered over HTTP. `code` is the gRPC code in lower case, as in the Connect
// protocol.
std::string ErrorJson(const Error& error);
HttpResponse ErrorResponse(int status, const Error& error);
// With the status that the Connect protocol gives to the error's code.
HttpResponse ErrorResponse(const Error& error);

std::string_view CodeName(Code code);     // "not_found"
int HttpStatusOf(Code code);              // 404
std::string_view StatusText(int status);  // "Not Found"

// Decodes %XX. Nothing when an escape is broken.
std::optional<std::string> PercentDecode(std::string_view text);

}  // namespace usher::io
