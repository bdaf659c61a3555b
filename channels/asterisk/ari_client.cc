// SPDX-License-Identifier: Apache-2.0
#include "channels/asterisk/ari_client.h"

#include <charconv>
#include <utility>
#include <vector>

#include <openssl/evp.h>

#include "base/io/json_text.h"
#include "base/io/log.h"

namespace usher::asterisk {

namespace {

using Steady = std::chrono::steady_clock;

std::string Basic(const std::string& user, const std::string& password) {
  const std::string pair = user + ':' + password;
  std::vector<unsigned char> text(4 * ((pair.size() + 2) / 3) + 1);
  const int length =
      EVP_EncodeBlock(text.data(), reinterpret_cast<const unsigned char*>(pair.data()),
                      static_cast<int>(pair.size()));
  return "Basic " +
         std::string(reinterpret_cast<const char*>(text.data()), static_cast<std::size_t>(length));
}

io::WebSocketLimits SocketLimits() {
  io::WebSocketLimits limits;
  limits.message_bytes_max = 64 << 20;  // the list of 20,000 channels in one answer
  limits.outbox_bytes_max = 16 << 20;
  limits.peer_timeout = Duration{4'000};
  limits.stall_timeout = Duration{4'000};
  limits.close_timeout = Duration{500};
  return limits;
}

Error Unreachable(const std::string& server) {
  return {Code::kUnavailable, "ASTERISK_UNREACHABLE", "asterisk " + server + " does not answer",
          "check that it runs and that its HTTP server is enabled"};
}

}  // namespace

std::string UriValue(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
        (byte >= 'a' && byte <= 'z') || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

AriClient::AriClient(io::EventLoop& loop, Options options, Hooks hooks)
    : loop_(loop),
      options_(std::move(options)),
      hooks_(std::move(hooks)),
      reopening_(loop, options_.backoff, options_.seed, [this] { Open(); }),
      sweep_(loop) {}

AriClient::~AriClient() { Stop(); }

void AriClient::Start() { reopening_.Start(); }

void AriClient::Stop() {
  reopening_.Stop();
  sweep_.Cancel();
  pending_.clear();
  alive_ = std::make_shared<int>();
  if (socket_) std::exchange(socket_, nullptr)->Close(io::CloseCode::kNormal);
}

void AriClient::Rest(Duration pause) {
  if (!reopening_.running()) return;
  alive_ = std::make_shared<int>();
  if (socket_) {
    std::exchange(socket_, nullptr)->Close(io::CloseCode::kNormal);
    FailAll();
  }
  reopening_.After(pause);
}

void AriClient::Open() {
  io::WebSocketClientRequest request;
  request.url =
      options_.url + "/ari/events?app=" + UriValue(options_.application) + "&subscribeAll=false";
  request.headers.emplace_back("Authorization", Basic(options_.user, options_.password));
  request.protocols = {"ari"};
  request.ca_file = options_.ca_file;
  request.timeout = Duration{5'000};
  request.limits = SocketLimits();
  io::ConnectWebSocket(loop_, std::move(request),
                       [this, alive = std::weak_ptr<void>(alive_)](
                           const Result<std::shared_ptr<io::WebSocket>>& made) {
                         if (alive.expired()) {
                           if (made.ok()) (*made)->Close(io::CloseCode::kNormal);
                           return;
                         }
                         if (made.ok()) return Opened(*made);
                         const Duration pause = reopening_.Failed();
                         io::LogError(io::LogLevel::kWarning, "asterisk_not_reached", made.error(),
                                      {{"server", options_.name}, {"retry_ms", pause.count()}});
                       });
}

void AriClient::Opened(const std::shared_ptr<io::WebSocket>& socket) {
  socket_ = socket;
  reopening_.Opened();
  const std::weak_ptr<void> alive = alive_;
  socket->OnMessage([this, alive](std::string_view text) {
    if (!alive.expired()) Received(text);
  });
  socket->OnClose([this, alive](io::CloseCode) {
    if (!alive.expired()) Lost();
  });
  io::Log(io::LogLevel::kInfo, "asterisk_connected", {{"server", options_.name}});
  hooks_.on_open();
}

void AriClient::Received(std::string_view text) {
  std::optional<AriEvent> event = ParseAriEvent(text);
  if (!event) {
    if (hooks_.on_unreadable) hooks_.on_unreadable();
    return;
  }
  if (event->kind == AriEvent::Kind::kAnswer) return Answered(*event);
  hooks_.on_event(*event);
}

void AriClient::Answered(AriEvent& answer) {
  std::uint64_t id = 0;
  const char* end = answer.request_id.data() + answer.request_id.size();
  if (std::from_chars(answer.request_id.data(), end, id).ptr != end) return;
  const auto found = pending_.find(id);
  if (found == pending_.end()) return;  // its time had run out
  const Pending pending = std::move(found->second);
  pending_.erase(found);
  if (hooks_.on_answered) {
    hooks_.on_answered(std::chrono::duration<double>(Steady::now() - pending.sent).count());
  }
  if (pending.done) pending.done(AriAnswer{answer.status, std::move(answer.body)});
}

void AriClient::Lost() {
  socket_ = nullptr;
  FailAll();
  const Duration pause = reopening_.Failed();
  io::Log(io::LogLevel::kWarning, "asterisk_lost",
          {{"server", options_.name}, {"retry_ms", pause.count()}});
  if (hooks_.on_lost) hooks_.on_lost();
}

void AriClient::FailAll() {
  for (auto& [id, pending] : std::exchange(pending_, {})) {
    if (pending.done) pending.done(Unreachable(options_.name));
  }
}

void AriClient::Send(std::string_view method, std::string uri, std::string body, Done done) {
  const bool room = pending_.size() < kRequestsMax;
  const std::uint64_t id = ++last_request_;
  std::string text;
  text.reserve(uri.size() + body.size() + 128);
  text += R"({"type":"RESTRequest","request_id":")";
  text += std::to_string(id);
  text += R"(","method":")";
  text += method;
  text += R"(","uri":)";
  io::AppendJsonString(text, uri);
  if (!body.empty()) {
    text += R"(,"content_type":"application/json","message_body":)";
    io::AppendJsonString(text, body);
  }
  text += '}';
  if (!room || socket_ == nullptr || !socket_->Send(std::move(text))) {
    // Asterisk takes nothing any more: what is asked on another socket is compared anew first.
    if (room && socket_ != nullptr) {
      loop_.Post([socket = socket_] { socket->Abort(); });
    }
    if (!done) return;
    loop_.Post([alive = std::weak_ptr<void>(alive_), done = std::move(done),
                error = Unreachable(options_.name)] {
      if (!alive.expired()) done(error);
    });
    return;
  }
  pending_.emplace(id, Pending{std::move(done), Steady::now()});
  StartSweep();
}

void AriClient::StartSweep() {
  if (sweep_.pending()) return;
  sweep_.Start(Duration{1'000}, [this] {
    const auto late = Steady::now() - kAnswerTimeout;
    while (!pending_.empty() && pending_.begin()->second.sent < late) {
      const Pending pending = std::move(pending_.begin()->second);
      pending_.erase(pending_.begin());
      if (pending.done) pending.done(Unreachable(options_.name));
    }
    if (!pending_.empty()) StartSweep();
  });
}

void AriClient::Fetch(const std::string& path, std::function<void(Result<AriAnswer>)> done) {
  io::HttpClientRequest request;
  request.url = options_.url + "/ari/" + path;
  request.headers.emplace_back("Authorization", Basic(options_.user, options_.password));
  request.ca_file = options_.ca_file;
  request.timeout = Duration{3'000};
  io::HttpFetch(loop_, std::move(request),
                [alive = std::weak_ptr<void>(alive_),
                 done = std::move(done)](const Result<io::HttpResponse>& response) {
                  if (alive.expired()) return;
                  if (!response.ok()) return done(response.error());
                  done(AriAnswer{response->status, response->body});
                });
}

}  // namespace usher::asterisk
