// SPDX-License-Identifier: Apache-2.0
#include "channels/freeswitch/esl_client.h"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/asio/buffer.hpp>

#include "base/io/dial.h"
#include "base/io/log.h"
#include "base/io/random_id.h"

namespace usher::freeswitch {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kReadBytes = 64 << 10;
constexpr Duration kWatchEvery{500};

Error Unreachable(const std::string& server) {
  return {Code::kUnavailable, "FREESWITCH_UNREACHABLE", "freeswitch " + server + " does not answer",
          "check that it runs and that its event socket listens"};
}

std::string Trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) {
    text.remove_suffix(1);
  }
  return std::string(text);
}

bool IsCommand(const std::string& command) {
  return !command.empty() && command.size() <= EslClient::kCommandBytesMax &&
         std::all_of(command.begin(), command.end(),
                     [](char c) { return static_cast<unsigned char>(c) >= ' '; });
}

}  // namespace

// Keeps itself while an operation is under way; `owner` is null once the client has let go.
struct EslClient::Connection : std::enable_shared_from_this<EslClient::Connection> {
  Connection(io::Stream made, EslClient* client) : stream(std::move(made)), owner(client) {}

  void Read() {
    stream.async_read_some(
        asio::buffer(bytes),
        [self = shared_from_this()](io::Stream::ErrorCode error, std::size_t count) {
          if (self->owner == nullptr) return;
          if (error) return self->owner->Lost("closed");
          self->owner->heard_ = Steady::now();
          self->parser.Feed({self->bytes.data(), count});
          while (self->owner != nullptr) {
            const std::optional<EslMessage> message = self->parser.Next();
            if (!message) break;
            self->owner->Received(*message);
          }
          if (self->owner == nullptr) return;
          if (self->parser.failed()) return self->owner->Lost(self->parser.failed()->message);
          self->Read();
        });
  }

  void Write() {
    if (!writing.empty() || outbox.empty()) return;
    writing.swap(outbox);
    written = 0;
    WriteRest();
  }

  void WriteRest() {
    stream.async_write_some(
        asio::buffer(writing.data() + written, writing.size() - written),
        [self = shared_from_this()](io::Stream::ErrorCode error, std::size_t count) {
          if (self->owner == nullptr) return;
          if (error) return self->owner->Lost("closed");
          self->written += count;
          if (self->written < self->writing.size()) return self->WriteRest();
          self->writing.clear();
          self->Write();
        });
  }

  void Close() {
    owner = nullptr;
    stream.Close();
  }

  io::Stream stream;
  EslClient* owner;
  EslParser parser;
  std::array<char, kReadBytes> bytes;
  std::string outbox;
  std::string writing;
  std::size_t written = 0;
};

EslClient::EslClient(io::EventLoop& loop, Options options, Hooks hooks)
    : loop_(loop),
      options_(std::move(options)),
      hooks_(std::move(hooks)),
      reopening_(loop, options_.backoff, options_.seed, [this] { Open(); }),
      watch_(loop) {}

EslClient::~EslClient() { Stop(); }

void EslClient::Start() { reopening_.Start(); }

void EslClient::Drop() {
  open_ = false;
  watch_.Cancel();
  alive_ = std::make_shared<int>();
  if (connection_) std::exchange(connection_, nullptr)->Close();
}

void EslClient::Stop() {
  reopening_.Stop();
  Drop();
  pending_.clear();
  jobs_.clear();
}

void EslClient::Rest(Duration pause) {
  if (!reopening_.running()) return;
  Drop();
  FailAll();
  reopening_.After(pause);
}

void EslClient::Open() {
  io::DialTarget target;
  target.host = options_.host;
  target.port = options_.port;
  target.timeout = kAnswerTimeout;
  io::Dial(loop_, std::move(target),
           [this, alive = std::weak_ptr<void>(alive_)](Result<io::Stream> made) {
             if (alive.expired()) {
               if (made.ok()) made->Close();
               return;
             }
             if (made.ok()) return Opened(*std::move(made));
             const Duration pause = reopening_.Failed();
             io::LogError(io::LogLevel::kWarning, "freeswitch_not_reached", made.error(),
                          {{"server", options_.name}, {"retry_ms", pause.count()}});
             if (!hooks_.on_failed) return;
             hooks_.on_failed({Code::kUnavailable, "FREESWITCH_NOT_REACHED", made.error().message,
                               "check that FreeSWITCH runs with mod_event_socket, its listen-ip "
                               "and listen-port, and the firewall"});
           });
}

void EslClient::Opened(io::Stream stream) {
  connection_ = std::make_shared<Connection>(std::move(stream), this);
  heard_ = Steady::now();
  connection_->Read();
  Watch();
}

void EslClient::Received(const EslMessage& message) {
  const std::string_view type = message.type();
  if (type == "text/event-json") return HandleEvent(message.body);
  if (type == "api/response") return Answered(Trimmed(message.body));
  if (type == "command/reply") return Answered(Trimmed(message.Header("Reply-Text")));
  if (type == "auth/request") return LogIn();
  if (type == "text/rude-rejection") return Lost("this address may not connect (acl)");
  if (type == "text/disconnect-notice") return Lost("closed by FreeSWITCH");
}

void EslClient::LogIn() {
  if (open_ || !pending_.empty()) return;
  const auto step = [this](std::string line, const char* what, std::function<void()> then) {
    Write(line, {.done =
                     [this, what, then = std::move(then)](const Result<std::string>& answer) {
                       if (!answer.ok()) return;
                       if (answer->rfind("+OK", 0) != 0) return Lost(what);
                       if (then) then();
                     },
                 .sent = Steady::now()});
  };
  // A password has no line ends: its reader sees to that.
  step("auth " + options_.password, "the password is wrong", {});
  for (const std::string& filter : options_.filters) {
    step("filter " + filter, "a filter was refused", {});
  }
  std::string events = "event json";
  for (const std::string& event : options_.events) events += ' ' + event;
  step(events, "the events were refused", [this] {
    open_ = true;
    reopening_.Opened();
    io::Log(io::LogLevel::kInfo, "freeswitch_connected", {{"server", options_.name}});
    hooks_.on_open();
  });
}

void EslClient::Answered(Result<std::string> text) {
  if (pending_.empty()) return Lost("an answer to nothing");
  const Pending pending = std::move(pending_.front());
  pending_.pop_front();
  if (open_ && hooks_.on_answered) {
    hooks_.on_answered(std::chrono::duration<double>(Steady::now() - pending.sent).count());
  }
  if (!pending.job) {
    if (pending.done) pending.done(std::move(text));
    return;
  }
  if (text->rfind("+OK", 0) == 0) return;  // taken; what came of it is told later
  auto job = jobs_.extract(pending.id);
  if (!job.empty() && job.mapped().done) job.mapped().done(std::move(text));
}

void EslClient::HandleEvent(const std::string& body) {
  const std::optional<EslEvent> event = ParseEslEvent(body);
  if (!event || event->name().empty()) {
    if (hooks_.on_unreadable) hooks_.on_unreadable();
    return;
  }
  if (event->name() == "BACKGROUND_JOB") {
    auto job = jobs_.extract(event->Get("Job-UUID"));
    if (!job.empty() && job.mapped().done) job.mapped().done(Trimmed(event->body()));
    return;
  }
  if (open_) hooks_.on_event(*event);
}

void EslClient::Later(Done done, Error error) {
  if (!done) return;
  loop_.Post(
      [alive = std::weak_ptr<void>(alive_), done = std::move(done), error = std::move(error)] {
        if (!alive.expired()) done(error);
      });
}

void EslClient::Write(const std::string& line, Pending pending) {
  connection_->outbox += line;
  connection_->outbox += "\n\n";
  pending_.push_back(std::move(pending));
  connection_->Write();
}

void EslClient::Send(const std::string& command, Done done) {
  if (!IsCommand(command)) {
    return Later(std::move(done), {Code::kInvalidArgument, "BAD_COMMAND",
                                   "a command is too long or has control characters",
                                   "look at the names and addresses in the freeswitch file"});
  }
  if (!open_ || pending_.size() >= kCommandsMax || connection_->outbox.size() > kOutboxBytesMax) {
    return Later(std::move(done), Unreachable(options_.name));
  }
  Write("api " + command, {.done = std::move(done), .sent = Steady::now()});
}

void EslClient::Run(const std::string& command, Done done) {
  if (!IsCommand(command)) {
    return Later(std::move(done), {Code::kInvalidArgument, "BAD_COMMAND",
                                   "a command is too long or has control characters",
                                   "look at the names and addresses in the freeswitch file"});
  }
  if (!open_ || pending_.size() >= kCommandsMax || jobs_.size() >= kJobsMax) {
    return Later(std::move(done), Unreachable(options_.name));
  }
  const std::string id = io::RandomId();
  jobs_[id] = {std::move(done), Steady::now() + kJobTimeout};
  Write("bgapi " + command + "\nJob-UUID: " + id,
        {.done = {}, .sent = Steady::now(), .job = true, .id = id});
}

void EslClient::Lost(const std::string& why) {
  const bool was_open = open_;
  Drop();
  FailAll();
  if (!reopening_.running()) return;
  const Duration pause = reopening_.Failed();
  io::Log(io::LogLevel::kWarning, "freeswitch_lost",
          {{"server", options_.name}, {"why", why}, {"retry_ms", pause.count()}});
  if (was_open) {
    if (hooks_.on_lost) hooks_.on_lost();
  } else if (hooks_.on_failed) {
    hooks_.on_failed({Code::kPermissionDenied, "FREESWITCH_REFUSED", why,
                      "compare event_socket.conf.xml's password and apply-inbound-acl with Usher's "
                      "file"});
  }
}

void EslClient::FailAll() {
  const Error error = Unreachable(options_.name);
  for (const Pending& pending : std::exchange(pending_, {})) {
    if (pending.done) pending.done(error);
  }
  for (auto& [id, job] : std::exchange(jobs_, {})) {
    if (job.done) job.done(error);
  }
}

void EslClient::Watch() {
  watch_.Start(kWatchEvery, [this] {
    const auto now = Steady::now();
    const bool late = pending_.empty() ? !open_ && now - heard_ > kAnswerTimeout
                                       : now - pending_.front().sent > kAnswerTimeout &&
                                             now - heard_ > kAnswerTimeout;
    if (late) return Lost("silent");
    if (open_ && pending_.empty() && now - heard_ > kAskAfter) Send("version");
    std::vector<Done> overdue;
    std::erase_if(jobs_, [&](auto& each) {
      if (each.second.until >= now) return false;
      overdue.push_back(std::move(each.second.done));
      return true;
    });
    for (const Done& done : overdue) {
      if (done) done(Unreachable(options_.name));
    }
    Watch();
  });
}

}  // namespace usher::freeswitch
