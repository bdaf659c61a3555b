// SPDX-License-Identifier: Apache-2.0
#include "router/store/redis_client.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <optional>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "base/check.h"
#include "base/io/dial.h"
#include "base/io/event_loop.h"
#include "base/io/stream.h"
#include "base/io/tls_error.h"
#include "router/store/reply_reader.h"

namespace usher::store {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;
using SteadyClock = std::chrono::steady_clock;

namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr Duration kWatchEvery{500};  // at most: how soon a replaced server is noticed

Error Unreachable(const RedisAddress& address, std::string_view cause) {
  return {Code::kUnavailable, "REDIS_UNREACHABLE",
          "no connection to Redis at " + ToText(address) + ": " + std::string(cause),
          "check that the server runs and that the address is right; it is tried again"};
}

Error Lost(const RedisAddress& address, std::string_view cause) {
  return {Code::kUnavailable, "REDIS_LOST",
          "the connection to Redis at " + ToText(address) + " ended: " + std::string(cause),
          "whether the command was carried out is unknown; it reconnects by itself"};
}

// A server that wants TLS ends a plain connection without a word.
const char* HintOf(const RedisAddress& address, const ErrorCode& error) {
  const bool silent = error == asio::error::eof || error == asio::error::connection_reset;
  return silent && !address.tls && address.unix_path.empty()
             ? " (does it want TLS? then write rediss://)"
             : "";
}

}  // namespace

// Everything that outlives the client until its last operation has ended. One Session is one
// socket; what belongs to a session that is no longer `session_` is ignored.
class RedisClient::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(io::EventLoop& loop, RedisClientOptions options)
      : options_(std::move(options)),
        loop_(loop),
        context_(loop.context()),
        retry_timer_(context_),
        watch_timer_(context_),
        locator_(options_.locator),
        backoff_(options_.backoff_min),
        address_(options_.address),
        why_not_(Unreachable(options_.address, "not tried yet")) {}

  void Start() { Dial(); }

  void Close() {
    closed_ = true;
    retry_timer_.cancel();
    watch_timer_.cancel();
    if (session_) CloseSocket(*session_);
    session_.reset();
    calls_.clear();
    locator_.reset();
    options_.locator.reset();
  }

  void Reconnect(std::string_view why) {
    if (ready_) Drop(why);
  }

  bool ready() const { return ready_; }
  const RedisAddress& address() const { return address_; }
  const ServerFacts& facts() const { return facts_; }
  const Error& why_not() const { return why_not_; }
  std::size_t calls() const { return calls_.size(); }
  Duration WaitingFor() const {
    if (calls_.empty()) return Duration{0};
    return std::chrono::duration_cast<Duration>(SteadyClock::now() - calls_.front().since);
  }

  void Call(std::span<const std::string_view> arguments, ReplyCallback callback) {
    if (!ready_) return Refuse(why_not_, std::move(callback));
    Append(arguments, std::move(callback));
  }

  std::string& unsent() { return unsent_; }
  void Sent(ReplyCallback callback) {
    USHER_CHECK(session_ != nullptr, "commands are appended only while connected");
    if (calls_.size() >= options_.calls_outstanding_max ||
        unsent_.size() > options_.bytes_unsent_max) {
      // The bytes are already in the pipeline, where nothing can be taken out again.
      return Drop("more commands wait than are allowed");
    }
    const auto now = SteadyClock::now();
    if (calls_.empty()) last_progress_ = now;
    calls_.push_back({std::move(callback), now});
    Write();
  }

  void LoadLibraries(std::function<void(Result<void>)> callback) {
    if (!session_) {
      return Refuse(why_not_, [callback = std::move(callback)](Result<RedisReply> reply) {
        callback(reply.error());
      });
    }
    LoadLibrary(0, std::move(callback));
  }

 private:
  struct Waiting {
    ReplyCallback callback;
    SteadyClock::time_point since;
  };

  struct Session {
    bool located = false;              // address_ is the server that is dialled
    std::optional<io::Stream> stream;  // once dialled
    ReplyReader reader;
    std::array<char, kReadBytes> input;
    std::string sending;
    bool writing = false;
  };

  bool IsCurrent(const std::shared_ptr<Session>& session) const {
    return !closed_ && session == session_;
  }

  static void CloseSocket(Session& session) {
    if (session.stream) session.stream->Close();
  }

  void Refuse(Error error, ReplyCallback callback) {
    asio::post(context_, [self = shared_from_this(), error = std::move(error),
                          callback = std::move(callback)] {
      if (!self->closed_) callback(error);
    });
  }

  // --- dialling ---------------------------------------------------------------------------------

  void Dial() {
    session_ = std::make_shared<Session>();
    watch_deadline_ = SteadyClock::now() + options_.connect_timeout;
    Watch();
    if (!locator_) return DialAddress();
    // The locator must not keep us alive: it may wait for long, and we keep it.
    locator_->Locate(options_.slot,
                     [weak = weak_from_this(),
                      weak_session = std::weak_ptr(session_)](Result<RedisAddress> found) {
                       const auto self = weak.lock();
                       const auto session = weak_session.lock();
                       if (!self || !session || !self->IsCurrent(session)) return;
                       if (!found.ok()) return self->GiveUp(found.error());
                       self->address_ = *std::move(found);
                       self->DialAddress();
                     });
  }

  void DialAddress() {
    session_->located = true;
    // sockaddr_un has room for 107 bytes.
    if (address_.unix_path.size() > 107) return Drop("the socket's path is too long");
    io::DialTarget target{.host = address_.host,
                          .port = address_.port,
                          .unix_path = address_.unix_path,
                          .timeout = options_.connect_timeout};
    if (address_.tls) {
      target.tls = true;
      target.tls_name = address_.tls->name;
      target.tls_files = {address_.tls->ca_file, address_.tls->certificate_file,
                          address_.tls->key_file};
    }
    io::Dial(loop_, std::move(target),
             [self = shared_from_this(), session = session_](Result<io::Stream> stream) {
               if (!self->IsCurrent(session)) return;
               if (!stream.ok()) return self->GiveUp(stream.error());
               session->stream.emplace(*std::move(stream));
               self->Read(session);
               self->Authenticate();
             });
  }

  // Before the connection is ready: what can pass is tried again, what somebody has to mend is
  // told.
  void GiveUp(const Error& error) {
    if (error.code != Code::kUnavailable) return RefuseServer(error);
    Disconnect(Unreachable(address_, error.message));
  }

  void Authenticate() {
    const RedisAddress& address = address_;
    if (address.password.empty()) return AskFacts();
    const auto check = [this](Result<RedisReply> reply) {
      if (!reply) return;
      if (!reply->IsError()) return AskFacts();
      RefuseServer({Code::kUnauthenticated, "REDIS_AUTH",
                    "Redis at " + ToText(address_) + " refuses the user or password",
                    "correct them in the configuration"});
    };
    if (address.user.empty()) {
      Append(std::array<std::string_view, 2>{"AUTH", address.password}, check);
    } else {
      Append(std::array<std::string_view, 3>{"AUTH", address.user, address.password}, check);
    }
  }

  void AskFacts() {
    if (options_.use == ServerUse::kAsk) return Ping();
    Append(std::array<std::string_view, 1>{"INFO"}, [this](Result<RedisReply> reply) {
      if (!reply) return;
      if (reply->IsError()) return RefuseServer(ToError(*reply, "INFO"));
      TakeFacts(ParseServerFacts(reply->text()));
    });
  }

  void Ping() {
    Append(std::array<std::string_view, 1>{"PING"}, [this](Result<RedisReply> reply) {
      if (!reply) return;
      if (reply->IsError()) return RefuseServer(ToError(*reply, "PING"));
      BecomeReady();
    });
  }

  void TakeFacts(ServerFacts facts) {
    if (facts.loading) return Drop("it is still loading its files");
    // Where servers change their roles this passes: the locator knows better soon.
    if (locator_ && facts.role != "master") return Drop("it is a replica");
    if (Result<void> fit = CheckServerFacts(facts, ToText(address_)); !fit) {
      return RefuseServer(fit.error());
    }
    facts_ = std::move(facts);
    LoadLibrary(0, [this](Result<void> loaded) {
      if (!session_) return;  // lost meanwhile, which says nothing about the server
      if (!loaded) return RefuseServer(loaded.error());
      BecomeReady();
    });
  }

  void LoadLibrary(std::size_t index, std::function<void(Result<void>)> callback) {
    if (index == options_.libraries.size()) return callback({});
    const std::string_view code = options_.libraries[index].code;
    Append(std::array<std::string_view, 3>{"FUNCTION", "LOAD", code},
           [this, index, callback = std::move(callback)](Result<RedisReply> reply) {
             if (!reply) return callback(reply.error());
             const bool there =
                 !reply->IsError() || reply->text().find("already exists") != std::string::npos;
             if (there) return LoadLibrary(index + 1, callback);
             Error why =
                 ToError(*reply, "loading the function library " + options_.libraries[index].name);
             if (reply->ErrorWord() == "OOM") return FindLibrary(index, std::move(why), callback);
             callback(std::move(why));
           });
  }

  // Full memory refuses a library before Redis looks whether it has it.
  void FindLibrary(std::size_t index, Error why, std::function<void(Result<void>)> callback) {
    const std::string_view name = options_.libraries[index].name;
    Append(std::array<std::string_view, 4>{"FUNCTION", "LIST", "LIBRARYNAME", name},
           [this, index, why = std::move(why),
            callback = std::move(callback)](Result<RedisReply> reply) {
             if (!reply) return callback(reply.error());
             if (reply->IsError() || reply->items().empty()) return callback(why);
             LoadLibrary(index + 1, callback);
           });
  }

  void BecomeReady() {
    ready_ = true;
    if (!redirected_) backoff_ = options_.backoff_min;
    refusal_.clear();
    if (options_.on_connected) options_.on_connected(facts_);
  }

  void RefuseServer(Error error) {
    const bool again = refusal_ == error.message;
    refusal_ = error.message;
    backoff_ = options_.backoff_max;
    Disconnect(error);
    if (!again && options_.on_refused) options_.on_refused(error);
  }

  // --- the end of a connection ------------------------------------------------------------------

  void Drop(std::string_view cause) {
    if (!session_) return;
    const bool was_ready = ready_;
    const Error lost = Lost(address_, cause);
    Disconnect(was_ready ? lost : Unreachable(address_, cause));
    if (was_ready && !closed_ && options_.on_lost) options_.on_lost(lost);
  }

  // Answers what is outstanding, and dials again later.
  void Disconnect(Error why) {
    const std::shared_ptr<Connection> keep = shared_from_this();
    CloseSocket(*session_);
    session_.reset();
    unsent_.clear();
    ready_ = false;
    why_not_ = std::move(why);
    watch_timer_.cancel();
    const std::deque<Waiting> orphans = std::exchange(calls_, {});
    retry_timer_.expires_after(backoff_);
    backoff_ = std::min(backoff_ * 2, options_.backoff_max);
    retry_timer_.async_wait([self = keep](ErrorCode error) {
      if (!error && !self->closed_) self->Dial();
    });
    const Error lost = Lost(address_, why_not_.message);
    for (const Waiting& orphan : orphans) {
      if (closed_) return;
      orphan.callback(lost);
    }
  }

  // One timer for the deadline of the connect and, once ready, that of the oldest call.
  void Watch() {
    watch_timer_.expires_after(
        std::min(kWatchEvery, std::min(options_.connect_timeout, options_.reply_timeout) / 4));
    watch_timer_.async_wait([self = shared_from_this(), session = session_](ErrorCode error) {
      if (error || !self->IsCurrent(session)) return;
      const auto now = SteadyClock::now();
      if (!self->ready_ && now >= self->watch_deadline_) {
        return self->Drop(self->address_.tls && !session->stream
                              ? "no answer in time (does it speak TLS on this port?)"
                              : "no answer in time");
      }
      if (self->ready_ && !self->calls_.empty() &&
          now - self->last_progress_ >= self->options_.reply_timeout) {
        return self->Drop("it stopped answering");
      }
      if (self->ready_ && self->WaitingFor() >= 2 * self->options_.reply_timeout) {
        return self->Drop("it answers too slowly");
      }
      if (session->located && self->IsReplaced()) return self->Drop("another server took over");
      self->Watch();
    });
  }

  bool IsReplaced() const {
    if (!locator_) return false;
    const std::optional<RedisAddress> heard = locator_->LastHeard(options_.slot);
    return heard && !(*heard == address_);
  }

  // --- bytes ------------------------------------------------------------------------------------

  void Append(std::span<const std::string_view> arguments, ReplyCallback callback) {
    std::size_t bytes = unsent_.size();
    for (const std::string_view argument : arguments) bytes += argument.size();
    if (calls_.size() >= options_.calls_outstanding_max || bytes > options_.bytes_unsent_max) {
      return Refuse({Code::kResourceExhausted, "REDIS_BUSY",
                     "too many commands wait for Redis at " + ToText(address_),
                     "slow down, and look why Redis is slow"},
                    std::move(callback));
    }
    if (ready_ && WaitingFor() >= options_.busy_after) {
      return Refuse({Code::kUnavailable, "REDIS_SLOW",
                     "Redis at " + ToText(address_) + " has not answered for " +
                         std::to_string(WaitingFor().count()) + " ms",
                     "try again in some seconds; look why Redis is slow"},
                    std::move(callback));
    }
    AppendCommandHeader(arguments.size(), unsent_);
    for (const std::string_view argument : arguments) AppendArgument(argument, unsent_);
    Sent(std::move(callback));
  }

  // What gathers in `unsent_` while a write is under way goes out with the next one.
  void Write() {
    if (session_->writing || unsent_.empty()) return;
    session_->writing = true;
    session_->sending.clear();
    session_->sending.swap(unsent_);
    asio::async_write(
        *session_->stream, asio::buffer(session_->sending),
        [self = shared_from_this(), session = session_](ErrorCode error, std::size_t) {
          if (!self->IsCurrent(session)) return;
          session->writing = false;
          if (error) return self->Drop(error.message());
          self->Write();
        });
  }

  void Read(const std::shared_ptr<Session>& session) {
    session->stream->async_read_some(
        asio::buffer(session->input),
        [self = shared_from_this(), session](ErrorCode error, std::size_t size) {
          if (!self->IsCurrent(session)) return;
          if (error) return self->OnReadError(error);
          session->reader.Feed({session->input.data(), size});
          if (self->Deliver(session)) self->Read(session);
        });
  }

  void OnReadError(const ErrorCode& error) {
    if (ready_) return Drop(error.message());
    if (address_.tls && error.category() == asio::error::get_ssl_category()) {
      return GiveUp(io::ToTlsError(ToText(address_), error, 0));
    }
    Drop(error.message() + HintOf(address_, error));
  }

  // False when the session ended meanwhile, by a callback too.
  bool Deliver(const std::shared_ptr<Session>& session) {
    last_progress_ = SteadyClock::now();
    while (IsCurrent(session)) {
      Result<std::optional<RedisReply>> reply = session->reader.Next();
      if (!reply) {
        Drop(reply.error().message);
        return false;
      }
      if (!reply->has_value()) return true;
      if (calls_.empty()) {
        Drop("it sent a reply that nobody asked for");
        return false;
      }
      if (ready_ && options_.redirections == Redirections::kFollow) {
        redirected_ = IsRedirection(**reply);
        if (redirected_) {
          Drop((*reply)->text());
          return false;
        }
        backoff_ = options_.backoff_min;
      }
      const ReplyCallback callback = std::move(calls_.front().callback);
      calls_.pop_front();
      callback(std::move(**reply));
    }
    return false;
  }

  RedisClientOptions options_;
  io::EventLoop& loop_;
  asio::io_context& context_;
  asio::steady_timer retry_timer_;
  asio::steady_timer watch_timer_;
  std::shared_ptr<RedisLocator> locator_;  // until closed: it belongs to the loop
  Duration backoff_;
  bool redirected_ = false;  // by the last reply: a new connection alone is no success

  std::shared_ptr<Session> session_;
  std::deque<Waiting> calls_;
  std::string unsent_;
  RedisAddress address_;
  ServerFacts facts_;
  Error why_not_;
  std::string refusal_;  // told last
  SteadyClock::time_point watch_deadline_;
  SteadyClock::time_point last_progress_;
  bool ready_ = false;
  bool closed_ = false;
};

RedisClient::RedisClient(io::EventLoop& loop, RedisClientOptions options)
    : connection_(std::make_shared<Connection>(loop, std::move(options))) {}

RedisClient::~RedisClient() { connection_->Close(); }

void RedisClient::Start() { connection_->Start(); }
void RedisClient::Reconnect(std::string_view why) { connection_->Reconnect(why); }
bool RedisClient::IsConnected() const { return connection_->ready(); }
const RedisAddress& RedisClient::address() const { return connection_->address(); }
const ServerFacts& RedisClient::facts() const { return connection_->facts(); }
Error RedisClient::WhyNotConnected() const { return connection_->why_not(); }
std::size_t RedisClient::CallsOutstanding() const { return connection_->calls(); }
Duration RedisClient::WaitingFor() const { return connection_->WaitingFor(); }

void RedisClient::Call(std::span<const std::string_view> arguments, ReplyCallback callback) {
  connection_->Call(arguments, std::move(callback));
}

void RedisClient::Call(std::initializer_list<std::string_view> arguments, ReplyCallback callback) {
  connection_->Call({arguments.begin(), arguments.size()}, std::move(callback));
}

std::string& RedisClient::Unsent() { return connection_->unsent(); }
void RedisClient::Sent(ReplyCallback callback) { connection_->Sent(std::move(callback)); }

void RedisClient::LoadLibraries(std::function<void(Result<void>)> callback) {
  connection_->LoadLibraries(std::move(callback));
}

bool IsRedirection(const RedisReply& reply) {
  static constexpr std::string_view kWords[] = {"MOVED",       "ASK",        "TRYAGAIN", "READONLY",
                                                "CLUSTERDOWN", "MASTERDOWN", "LOADING"};
  return reply.IsError() && std::ranges::find(kWords, reply.ErrorWord()) != std::end(kWords);
}

bool IsFunctionMissing(const RedisReply& reply) {
  return reply.IsError() && reply.text().find("Function not found") != std::string_view::npos;
}

Error ToError(const RedisReply& reply, std::string_view doing) {
  struct Known {
    std::string_view word;
    Code code;
    const char* reason;
    const char* next_step;
  };
  static constexpr Known kKnown[] = {
      {"OOM", Code::kResourceExhausted, "REDIS_OUT_OF_MEMORY",
       "raise maxmemory on the Redis host, or let contacts be finished"},
      {"MISCONF", Code::kUnavailable, "REDIS_DISK",
       "Redis cannot write to its disk: free space there and look at its log"},
      {"NOREPLICAS", Code::kUnavailable, "REDIS_NO_REPLICAS",
       "bring back the replicas that min-replicas-to-write asks for"},
      {"READONLY", Code::kUnavailable, "REDIS_IS_REPLICA", "give the address of the master"},
      {"LOADING", Code::kUnavailable, "REDIS_LOADING", "wait until Redis has read its files"},
      {"BUSY", Code::kUnavailable, "REDIS_BUSY", "another script runs in Redis; wait or kill it"},
      {"MASTERDOWN", Code::kUnavailable, "REDIS_MASTER_DOWN", "wait for the failover to end"},
      {"MOVED", Code::kUnavailable, "REDIS_SLOT_MOVED", "another node has it; try again"},
      {"ASK", Code::kUnavailable, "REDIS_SLOT_MOVING", "wait until the slot has moved"},
      {"TRYAGAIN", Code::kUnavailable, "REDIS_SLOT_MOVING", "wait until the slot has moved"},
      {"CLUSTERDOWN", Code::kUnavailable, "REDIS_CLUSTER_DOWN", "wait for the failover to end"},
      {"NOPERM", Code::kPermissionDenied, "REDIS_NO_PERMISSION",
       "give the ACL user the commands and the keys usher:*"},
      {"NOAUTH", Code::kUnauthenticated, "REDIS_AUTH", "set the user and password"},
  };
  const std::string message = "Redis refused " + std::string(doing) + ": " +
                              std::string(reply.IsError() ? reply.text() : "unexpected reply");
  for (const Known& known : kKnown) {
    if (reply.ErrorWord() == known.word) {
      return {known.code, known.reason, message, known.next_step};
    }
  }
  return {Code::kInternal, "REDIS_ERROR", message, "look at the log of Redis, then report this"};
}

}  // namespace usher::store
