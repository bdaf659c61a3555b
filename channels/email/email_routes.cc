// SPDX-License-Identifier: Apache-2.0
#include "channels/email/email_routes.h"

#include <string>
#include <utility>

#include "base/io/message_json.h"

namespace usher::email {

using context::v1::Attachment;
using io::HttpRequest;
using io::HttpResponder;
using io::HttpResponse;

namespace {

constexpr const char* kPath = "/channels/v1/files";

// RFC 5987: every letter that is not plain as %XX of its UTF-8.
std::string ToHeaderFileName(const std::string& name) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    if (is_plain) {
      text += c;
    } else {
      text += '%';
      text += kDigits[byte >> 4];
      text += kDigits[byte & 15];
    }
  }
  return text;
}

// Bytes of strangers: a browser that is led here downloads them, and runs nothing.
HttpResponse ToResponse(const MailFile& file) {
  HttpResponse response;
  response.headers = {
      {"Content-Type", file.media_type},
      {"Content-Disposition", "attachment; filename*=UTF-8''" + ToHeaderFileName(file.name)},
      {"X-Content-Type-Options", "nosniff"},
      {"Content-Security-Policy", "sandbox; default-src 'none'"},
      {"Cache-Control", "private, no-store"}};
  response.shared_body = file.content;
  return response;
}

// The domain's files, or why not.
Result<MailFiles*> Enter(const HttpRequest& request, const EmailGate& gate,
                         const FindMailFiles& find) {
  const Result<io::Claims> claims = gate(request.BearerToken());
  if (!claims.ok()) return claims.error();
  if (claims->role != io::Role::kAdapter) {
    return Error{Code::kPermissionDenied, "ROLE_FORBIDDEN",
                 "files of mails are given to gateways only",
                 "use a token of role adapter, or ask the gateway: /agents/v1/files"};
  }
  const Result<MailFiles*> files = find(claims->domain);
  if (!files.ok() || *files != nullptr) return files;
  return Error{Code::kNotFound, "NO_MAILBOXES",
               "this process has no mailboxes of domain " + claims->domain.value(),
               "ask the process that runs with --email for it"};
}

}  // namespace

void MountEmailFiles(io::HttpServer& server, EmailGate gate, FindMailFiles find) {
  server.Handle("GET", kPath, [gate, find](const HttpRequest& request, HttpResponder responder) {
    const Result<MailFiles*> files = Enter(request, gate, find);
    if (!files.ok()) return responder.Fail(files.error());
    const auto answer = std::make_shared<HttpResponder>(std::move(responder));
    (*files)->Fetch(request.QueryParameter("url").value_or(""),
                    [answer](const Result<MailFile>& file) {
                      if (!file.ok()) return answer->Fail(file.error());
                      answer->Send(ToResponse(*file));
                    });
  });
  server.Handle("POST", kPath,
                [gate, find](const HttpRequest& request, HttpResponder responder) {
                  const Result<MailFiles*> files = Enter(request, gate, find);
                  if (!files.ok()) return responder.Fail(files.error());
                  const auto answer = std::make_shared<HttpResponder>(std::move(responder));
                  (*files)->Keep(request.QueryParameter("contact_id").value_or(""),
                                 {.name = request.QueryParameter("name").value_or(""),
                                  .media_type = std::string(request.Header("Content-Type")),
                                  .content = std::make_shared<const std::string>(request.body)},
                                 [answer](const Result<Attachment>& kept) {
                                   if (!kept.ok()) return answer->Fail(kept.error());
                                   const Result<std::string> json = io::ToMessageJson(*kept);
                                   if (!json.ok()) return answer->Fail(json.error());
                                   answer->Send(io::JsonResponse(200, *json));
                                 });
                },
                {.body_bytes_max = MailFiles::kFileBytesMax,
                 .admit = [gate, find](const HttpRequest& head) -> Result<void> {
                   const Result<MailFiles*> files = Enter(head, gate, find);
                   if (!files.ok()) return files.error();
                   return {};
                 }});
}

}  // namespace usher::email
