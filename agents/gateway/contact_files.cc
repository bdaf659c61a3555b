// SPDX-License-Identifier: Apache-2.0
#include "agents/gateway/contact_files.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/io/http_client.h"
#include "base/io/message_json.h"
#include "base/io/url.h"

namespace usher::gateway {

namespace {

using context::v1::Attachment;
using context::v1::ListMessagesRequest;
using context::v1::ListMessagesResponse;
using context::v1::Message;
using io::HttpRequest;
using io::HttpResponder;
using io::HttpResponse;
using routing::v1::Contact;
using routing::v1::GetContactRequest;
using routing::v1::GetContactResponse;

constexpr std::string_view kPrefix = "/agents/v1/files/";
constexpr std::string_view kChannelsPath = "/channels/v1/files";
constexpr std::string_view kMailScheme = "x-mail:";
constexpr std::size_t kNameBytesMax = 256;
constexpr std::size_t kIdBytesMax = 64;
constexpr std::size_t kWhatBytesMax = 300;
constexpr std::size_t kErrorBytesMax = 8 << 10;
constexpr Duration kTimeLimit{60'000};  // of a mail server that is asked for 40 MB

Error NoSuchFile() {
  return {Code::kNotFound, "NO_SUCH_FILE", "the message has no such file",
          "name an attachment of it by its index, html, source, or cid: with a content id"};
}

Error FileElsewhere() {
  return {Code::kNotFound, "FILE_ELSEWHERE", "the file is at no channel of this Usher",
          "open the attachment's own address"};
}

Error FilesUnreachable() {
  return {Code::kUnavailable, "FILES_UNREACHABLE",
          "no channels process that has the file can be asked for it",
          "try again in a minute; serve the gateway with --files and the address of each channels "
          "process"};
}

bool HasControls(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7F;
  });
}

bool IsUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~").find(c) != std::string_view::npos;
}

// As a query and a header's extended value (RFC 8187) both take it.
std::string Escaped(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (IsUnreserved(c)) {
      out += c;
    } else {
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

std::optional<std::uint64_t> ToNumber(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return {};
  return number;
}

// What a browser is told may not be more than a media type.
std::string MediaTypeOf(const HttpResponse& answer) {
  constexpr std::size_t kBytesMax = 128;
  const auto type = io::FindHeader(answer.headers, "Content-Type");
  const bool sound =
      type && type->find('/') != std::string_view::npos && type->size() <= kBytesMax &&
      !HasControls(*type) && std::all_of(type->begin(), type->end(), [](char c) {
        return IsUnreserved(c) || std::string_view("/+;= \"").find(c) != std::string_view::npos;
      });
  return sound ? std::string(*type) : "application/octet-stream";
}

// A file is taken off, never shown as a page of ours; nobody on the way keeps it.
void AddSafeHeaders(HttpResponse& response) {
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Content-Security-Policy", "sandbox; default-src 'none'");
  response.headers.emplace_back("Cache-Control", "private, no-store");
  response.headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
}

// Whether another process may have it: this one has not, is only standing by, or is not there.
bool MayBeElsewhere(const Result<HttpResponse>& answer) {
  return !answer.ok() || answer->status == 404 || answer->status == 503;
}

bool IsJson(const HttpResponse& answer) {
  const auto type = io::FindHeader(answer.headers, "Content-Type");
  return type && type->starts_with("application/json") && answer.body.size() <= kErrorBytesMax;
}

struct Server {
  std::string url;
  std::string unix_path;
};

// "unix:/run/usher/http.sock" or "127.0.0.1:8080".
Server ToServer(const std::string& address) {
  constexpr std::string_view kUnix = "unix:";
  if (address.starts_with(kUnix)) return {"http://localhost", address.substr(kUnix.size())};
  return {"http://" + address, {}};
}

}  // namespace

// One file on its way, either way.
struct ContactFiles::Exchange {
  GatewayServices& services;
  io::Acting person;
  std::string contact;
  std::optional<HttpResponder> responder{};
  std::uint64_t message = 0;
  std::string what{};
  std::string name{};
  std::string media_type{};
  std::string body{};  // of one that is given
  std::size_t given_bytes = 0;
  std::string query{};  // what the channels process is asked
  std::size_t asked = 0;
  std::optional<HttpResponse> refused{};  // by one that was asked before
  bool gives = false;
};

Result<FoundFile> FindFile(const Message& message, const std::string& what) {
  constexpr std::string_view kContentId = "cid:";
  FoundFile found;
  if (what == "html") {
    found = {message.mail().html_url(), "message.html"};
  } else if (what == "source") {
    found = {message.mail().source_url(), "message.eml"};
  } else if (what.starts_with(kContentId) && what.size() > kContentId.size()) {
    const auto part = std::ranges::find(message.attachments(), what.substr(kContentId.size()),
                                        &Attachment::content_id);
    if (part != message.attachments().end()) found = {part->url(), part->name()};
  } else if (const auto index = ToNumber(what);
             index && *index < static_cast<std::uint64_t>(message.attachments_size())) {
    const Attachment& part = message.attachments(static_cast<int>(*index));
    found = {part.url(), part.name()};
  }
  if (found.url.empty()) return NoSuchFile();
  if (!found.url.starts_with(kMailScheme)) return FileElsewhere();
  return found;
}

Result<void> CheckFileServers(const GatewayConfig& config) {
  constexpr std::size_t kServersMax = 16;
  for (const std::string& server : config.file_servers) {
    const bool http = server.starts_with("http://") || server.starts_with("https://");
    const Result<io::Url> url = io::ParseUrl(server);
    if (http && url.ok() && url->target == "/" && !server.ends_with('/')) continue;
    return Error{Code::kInvalidArgument, "INVALID_FILES",
                 "'" + server + "' is no address of a channels process",
                 "write it as http://10.0.0.7:8080, without a path"};
  }
  if (config.file_servers.size() <= kServersMax) return {};
  return Error{Code::kInvalidArgument, "INVALID_FILES", "more than 16 channels processes are named",
               "name those that have mailboxes"};
}

std::string ToDisposition(const std::string& name) {
  return "attachment; filename*=UTF-8''" + Escaped(name);
}

ContactFiles::ContactFiles(io::EventLoop& loop, io::HttpServer& own_server,
                           const GatewayConfig& config, const io::AccessGate& gate,
                           GatewayServices::FindDomain find_domain)
    : loop_(loop),
      own_server_(own_server),
      config_(config),
      gate_(gate),
      find_domain_(std::move(find_domain)) {}

void ContactFiles::Mount(io::HttpServer& server) {
  const std::weak_ptr<int> alive = alive_;
  io::RouteOptions options;
  options.allowed_origins = config_.allowed_origins;
  server.HandlePrefix(
      "GET", std::string(kPrefix),
      [this, alive](const HttpRequest& request, HttpResponder responder) {
        if (!alive.expired()) Get(request, std::move(responder));
      },
      options);
  options.body_bytes_max = kBytesMax;
  // Nobody without a token fills the memory.
  options.admit = [this, alive](const HttpRequest& request) -> Result<void> {
    if (alive.expired()) return FilesUnreachable();
    const auto claims = gate_.Admit(kSessionMethod, request.Header("Authorization"));
    return claims.ok() ? Result<void>() : Result<void>(claims.error());
  };
  server.HandlePrefix(
      "POST", std::string(kPrefix),
      [this, alive](const HttpRequest& request, HttpResponder responder) {
        if (!alive.expired()) Put(request, std::move(responder));
      },
      std::move(options));
}

// Who asks, and what the path says.
Result<ContactFiles::ExchangePtr> ContactFiles::Open(const HttpRequest& request) {
  const Result<io::Claims> claims = gate_.Admit(kSessionMethod, request.Header("Authorization"));
  if (!claims.ok()) return claims.error();
  GatewayServices* services = find_domain_(claims->domain);
  if (services == nullptr) {
    return Error{Code::kPermissionDenied, "OTHER_DOMAIN",
                 "the token is for a domain that is not served here",
                 "use a gateway of the token's domain"};
  }
  const std::string_view path = std::string_view(request.path).substr(kPrefix.size());
  const std::size_t first = path.find('/');
  auto exchange =
      std::make_shared<Exchange>(Exchange{.services = *services,
                                          .person = {claims->subject, claims->role},
                                          .contact = std::string(path.substr(0, first))});
  if (exchange->contact.empty() || exchange->contact.size() > kIdBytesMax) return NoSuchFile();
  if (first == std::string_view::npos) return exchange;
  const std::size_t second = path.find('/', first + 1);
  const auto message = ToNumber(path.substr(first + 1, second - first - 1));
  if (second == std::string_view::npos || !message || *message == 0 ||
      path.size() - second > kWhatBytesMax) {
    return NoSuchFile();
  }
  exchange->message = *message;
  exchange->what = path.substr(second + 1);
  return exchange;
}

void ContactFiles::Get(const HttpRequest& request, HttpResponder responder) {
  Result<ExchangePtr> exchange = Open(request);
  if (!exchange.ok()) return responder.Fail(exchange.error());
  if ((*exchange)->message == 0) return responder.Fail(NoSuchFile());
  (*exchange)->responder.emplace(std::move(responder));
  Enqueue(*exchange, [this, exchange = *exchange] { ReadMessage(exchange); });
}

void ContactFiles::Put(const HttpRequest& request, HttpResponder responder) {
  Result<ExchangePtr> opened = Open(request);
  if (!opened.ok()) return responder.Fail(opened.error());
  const ExchangePtr& exchange = *opened;
  const std::string name = request.QueryParameter("name").value_or("");
  if (exchange->message != 0 || name.empty() || name.size() > kNameBytesMax || HasControls(name)) {
    return responder.Fail({Code::kInvalidArgument, "BAD_NAME",
                           "the request does not say what the file is called",
                           "POST to /agents/v1/files/{contact}?name=… with 1 to 256 bytes"});
  }
  if (request.body.empty()) {
    return responder.Fail(
        {Code::kInvalidArgument, "EMPTY_FILE", "the file is empty", "send its bytes as the body"});
  }
  exchange->responder.emplace(std::move(responder));
  exchange->gives = true;
  exchange->media_type = request.Header("Content-Type");
  if (exchange->media_type.empty()) exchange->media_type = "application/octet-stream";
  exchange->body = request.body;
  exchange->given_bytes = request.body.size();
  exchange->query = "contact_id=" + Escaped(exchange->contact) + "&name=" + Escaped(name);
  Enqueue(exchange, [this, exchange] { ReadContact(exchange); });
}

void ContactFiles::Enqueue(const ExchangePtr& exchange, std::function<void()> begin) {
  if (waiting_.size() >= kWaitingMax || given_bytes_ + exchange->given_bytes > kGivenBytesMax) {
    return exchange->responder->Fail({Code::kResourceExhausted, "TOO_MANY_FILES",
                                      "too many files are on their way at once",
                                      "try again in a few seconds"});
  }
  given_bytes_ += exchange->given_bytes;
  waiting_.push_back(std::move(begin));
  Next();
}

void ContactFiles::Next() {
  while (under_way_ < kAtOnceMax && !waiting_.empty()) {
    ++under_way_;
    const std::function<void()> begin = std::move(waiting_.front());
    waiting_.pop_front();
    begin();
  }
}

// The router says whether this person may read the message, and puts it on record.
void ContactFiles::ReadMessage(const ExchangePtr& exchange) {
  ListMessagesRequest query;
  query.set_contact_id(exchange->contact);
  query.set_after_message(exchange->message - 1);
  query.set_limit(1);
  query.set_with_internal(true);
  RouterLink& router = exchange->services.router;
  router.Call<ListMessagesResponse>(
      exchange->person, std::move(query),
      [stub = &router.Stub<context::v1::ContextService>()](auto* context, auto* req, auto* resp,
                                                           auto done) {
        stub->async()->ListMessages(context, req, resp, std::move(done));
      },
      [this, exchange, alive = std::weak_ptr(alive_)](Result<ListMessagesResponse> page) {
        if (alive.expired()) return;
        if (!page.ok()) return Fail(exchange, page.error());
        if (page->messages().empty() || page->messages(0).id() != exchange->message) {
          return Fail(exchange, NoSuchFile());
        }
        OnMessage(exchange, page->messages(0));
      });
}

void ContactFiles::OnMessage(const ExchangePtr& exchange, const Message& message) {
  Result<FoundFile> file = FindFile(message, exchange->what);
  if (!file.ok()) return Fail(exchange, file.error());
  exchange->name = std::move(file->name);
  exchange->query = "url=" + Escaped(file->url);
  Ask(exchange);
}

// Only who has the contact writes in it. Asked of the router: the agent's console may be at another
// gateway.
void ContactFiles::ReadContact(const ExchangePtr& exchange) {
  GetContactRequest query;
  query.set_contact_id(exchange->contact);
  RouterLink& router = exchange->services.router;
  router.Call<GetContactResponse>(
      std::nullopt, std::move(query),
      [stub = &router.Stub<routing::v1::RoutingService>()](auto* context, auto* req, auto* resp,
                                                           auto done) {
        stub->async()->GetContact(context, req, resp, std::move(done));
      },
      [this, exchange, alive = std::weak_ptr(alive_)](Result<GetContactResponse> found) {
        if (alive.expired()) return;
        const bool unknown = !found.ok() && found.error().code == Code::kNotFound;
        if (!found.ok() && !unknown) return Fail(exchange, found.error());
        const Contact::State state = unknown ? Contact::STATE_CLOSED : found->contact().state();
        const bool talks = state == Contact::STATE_ASSIGNED || state == Contact::STATE_HELD;
        if (talks && found->contact().agent() == exchange->person.subject) return Ask(exchange);
        Fail(exchange, {Code::kPermissionDenied, "NOT_YOURS",
                        "contact " + exchange->contact + " is not with you",
                        "Only the agent who has a contact attaches files."});
      });
}

void ContactFiles::Ask(const ExchangePtr& exchange) {
  const auto& servers = config_.file_servers;
  const Server server =
      servers.empty() ? ToServer(own_server_.address()) : Server{servers[exchange->asked], {}};
  io::HttpClientRequest request;
  request.method = exchange->gives ? "POST" : "GET";
  request.url = server.url + std::string(kChannelsPath) + '?' + exchange->query;
  request.unix_path = server.unix_path;
  request.ca_file = config_.files_ca_file;
  request.timeout = kTimeLimit;
  request.body_bytes_max = kBytesMax;
  request.headers.emplace_back(
      "Authorization", "Bearer " + exchange->services.router.OptionsFor(std::nullopt).token);
  if (exchange->gives) {
    request.headers.emplace_back("Content-Type", exchange->media_type);
    const bool is_last = exchange->asked + 1 >= servers.size();
    request.body = is_last ? std::move(exchange->body) : exchange->body;
  }
  io::HttpFetch(loop_, std::move(request),
                [this, exchange, alive = std::weak_ptr(alive_)](Result<HttpResponse> answer) {
                  if (!alive.expired()) OnAnswer(exchange, std::move(answer));
                });
}

void ContactFiles::OnAnswer(const ExchangePtr& exchange, Result<HttpResponse> answer) {
  if (MayBeElsewhere(answer)) {
    if (answer.ok() && IsJson(*answer)) exchange->refused = *std::move(answer);
    if (++exchange->asked < config_.file_servers.size()) return Ask(exchange);
    if (!exchange->refused) return Fail(exchange, FilesUnreachable());
    answer = *std::move(exchange->refused);
  }
  // Of the gateway's own token, which is not the agent's matter.
  if (answer->status == 401 || answer->status == 403) return Fail(exchange, FilesUnreachable());
  HttpResponse response;
  response.status = answer->status;
  if (answer->status != 200 && answer->status != 201) {
    if (answer->status < 400 || !IsJson(*answer)) return Fail(exchange, FilesUnreachable());
    response = io::JsonResponse(answer->status, std::move(answer->body));
    return End(exchange, std::move(response));
  }
  if (!exchange->gives) {
    response.headers.emplace_back("Content-Type", MediaTypeOf(*answer));
    response.headers.emplace_back("Content-Disposition", ToDisposition(exchange->name));
    response.body = std::move(answer->body);
    return End(exchange, std::move(response));
  }
  // The console sends it back with its message, so it has to be one.
  Attachment attachment;
  if (!io::ParseMessageJson(answer->body, attachment).ok() ||
      !attachment.url().starts_with(kMailScheme)) {
    return Fail(exchange, FilesUnreachable());
  }
  End(exchange, io::JsonResponse(201, std::move(answer->body)));
}

void ContactFiles::Fail(const ExchangePtr& exchange, const Error& error) {
  End(exchange, io::ErrorResponse(error));
}

void ContactFiles::End(const ExchangePtr& exchange, HttpResponse response) {
  AddSafeHeaders(response);
  exchange->responder->Send(std::move(response));
  --under_way_;
  given_bytes_ -= exchange->given_bytes;
  Next();
}

}  // namespace usher::gateway
