// SPDX-License-Identifier: Apache-2.0
#include "base/io/listener.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io/log.h"

namespace usher::io {

namespace asio = boost::asio;
using asio::generic::stream_protocol;
using ErrorCode = Stream::ErrorCode;

namespace {

constexpr Duration kPauseAfterFailure{100};
constexpr std::chrono::seconds kBurst{10};

stream_protocol::endpoint EndpointOf(const ListenAddress& address) {
  if (address.is_unix()) return asio::local::stream_protocol::endpoint(address.unix_path);
  const std::string host = address.host == "localhost" ? "127.0.0.1" : address.host;
  return asio::ip::tcp::endpoint(asio::ip::make_address(host), address.port);
}

// True for a socket file that nobody listens on: what a killed process leaves behind.
bool IsStaleSocket(const std::string& path) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) return false;
  asio::io_context context;
  asio::local::stream_protocol::socket probe(context);
  ErrorCode error;
  probe.connect(asio::local::stream_protocol::endpoint(path), error);
  return error == asio::error::connection_refused;
}

Error ListenError(const ListenAddress& address, const ErrorCode& error) {
  const std::string text = address.ToString();
  const std::string what = "cannot listen on " + text + ": ";
  if (error == asio::error::address_in_use) {
    return {Code::kUnavailable, "ADDRESS_IN_USE", what + "another program listens there",
            address.is_unix()
                ? "stop that program or choose another path"
                : "stop that program (`ss -ltnp sport = :" + std::to_string(address.port) +
                      "` names it) or choose another port; 0 takes a free one"};
  }
  if (error == asio::error::access_denied) {
    return {Code::kPermissionDenied, "ADDRESS_FORBIDDEN", what + error.message(),
            address.is_unix() ? "choose a folder that this user may write to"
                              : "choose a port above 1023 or grant CAP_NET_BIND_SERVICE"};
  }
  if (error == boost::system::errc::address_not_available) {
    return {Code::kInvalidArgument, "ADDRESS_NOT_AVAILABLE", what + "no interface has that address",
            "choose an address that `ip address` lists, or 0.0.0.0 for all"};
  }
  return {Code::kUnavailable, "LISTEN_FAILED", what + error.message(),
          "choose another address to listen on"};
}

template <class T>
void SetTcp(Stream::Socket& socket, int level, int name, T value) {
  ::setsockopt(socket.native_handle(), level, name, &value, sizeof value);
}

// Best effort: a connection without them works as well.
void SetOptions(Stream::Socket& socket) {
  SetTcp(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  SetTcp(socket, IPPROTO_TCP, TCP_USER_TIMEOUT,
         static_cast<unsigned>(Listener::kUnackedMax.count()));
  SetTcp(socket, SOL_SOCKET, SO_SNDBUF, Listener::kSendBufferBytes);
}

// The lowest free descriptor is what accept gives, so its number says how many are in use.
bool TakesReserved(Stream::Socket& socket) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
  const rlim_t reserved = std::min<rlim_t>(Listener::kDescriptorsReserved, limit.rlim_cur / 2);
  return static_cast<rlim_t>(socket.native_handle()) >= limit.rlim_cur - reserved;
}

std::string RemoteOf(const stream_protocol::endpoint& peer) {
  if (peer.data()->sa_family == AF_UNIX) return "unix";
  asio::ip::tcp::endpoint tcp;
  if (peer.size() > tcp.capacity()) return "unknown";
  std::copy_n(reinterpret_cast<const char*>(peer.data()), peer.size(),
              reinterpret_cast<char*>(tcp.data()));
  tcp.resize(peer.size());
  const asio::ip::address address = tcp.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

}  // namespace

struct Listener::State : std::enable_shared_from_this<Listener::State> {
  explicit State(EventLoop& event_loop) : acceptor(event_loop.context()), retry(event_loop) {}

  ErrorCode Bind(const ListenAddress& wanted) {
    ErrorCode error;
    const stream_protocol::endpoint endpoint = EndpointOf(wanted);
    acceptor.open(endpoint.protocol(), error);
    if (!error && !wanted.is_unix()) {
      acceptor.set_option(asio::socket_base::reuse_address(true), error);
    }
    if (!error) acceptor.bind(endpoint, error);
    if (!error) bound = true;
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    address = wanted;
    if (!error && !wanted.is_unix()) {
      const auto local = acceptor.local_endpoint(error);
      address.port = ntohs(local.data()->sa_family == AF_INET6
                               ? reinterpret_cast<const sockaddr_in6*>(local.data())->sin6_port
                               : reinterpret_cast<const sockaddr_in*>(local.data())->sin_port);
    }
    return error;
  }

  void Accept() {
    if (accepting || paused || !acceptor.is_open()) return;
    accepting = true;
    acceptor.async_accept(
        peer, [self = shared_from_this()](const ErrorCode& error, Stream::Socket socket) {
          self->accepting = false;
          self->OnAccepted(error, std::move(socket));
        });
  }

  void OnAccepted(const ErrorCode& error, Stream::Socket socket) {
    if (!acceptor.is_open()) return;
    if (error) return OnFailure(error);
    if (TakesReserved(socket)) return OnFailure(asio::error::no_descriptors);
    if (!address.is_unix()) SetOptions(socket);
    on_accept(std::move(socket), RemoteOf(peer));
    Accept();
  }

  void OnFailure(const ErrorCode& error) {
    if (error == asio::error::operation_aborted) return Accept();
    if (error == asio::error::connection_aborted) return Accept();  // the peer was quicker
    ++failures;
    const auto now = std::chrono::steady_clock::now();
    if (failures == 1 || now - last_failure > kBurst) {
      Log(LogLevel::kWarning, "accept_failed",
          {{"address", address.ToString()},
           {"message", error.message()},
           {"next_step", "raise the limit of open files (LimitNOFILE) or lower connections_max"}});
    }
    last_failure = now;
    retry.Start(kPauseAfterFailure, [this] { Accept(); });
  }

  void Close() {
    ErrorCode ignored;
    acceptor.close(ignored);
    retry.Cancel();
    if (bound && address.is_unix()) ::unlink(address.unix_path.c_str());
    bound = false;
  }

  asio::basic_socket_acceptor<stream_protocol> acceptor;
  stream_protocol::endpoint peer;
  Timer retry;
  ListenAddress address;
  AcceptHandler on_accept;
  bool bound = false;
  bool accepting = false;
  bool paused = false;
  std::atomic<std::uint64_t> failures = 0;
  std::chrono::steady_clock::time_point last_failure;
};

Result<std::unique_ptr<Listener>> Listener::Open(EventLoop& loop, const ListenAddress& address) {
  auto state = std::make_shared<State>(loop);
  ErrorCode error = state->Bind(address);
  if (error == asio::error::address_in_use && address.is_unix() &&
      IsStaleSocket(address.unix_path)) {
    ::unlink(address.unix_path.c_str());
    state = std::make_shared<State>(loop);
    error = state->Bind(address);
  }
  if (error) return ListenError(address, error);
  return std::unique_ptr<Listener>(new Listener(std::move(state)));
}

Listener::Listener(std::shared_ptr<State> state) : state_(std::move(state)) {}

Listener::~Listener() { state_->Close(); }

void Listener::Start(AcceptHandler on_accept) {
  state_->on_accept = std::move(on_accept);
  state_->Accept();
}

void Listener::Pause() { state_->paused = true; }

void Listener::Resume() {
  state_->paused = false;
  state_->Accept();
}

void Listener::Close() { state_->Close(); }

const ListenAddress& Listener::address() const { return state_->address; }

std::uint64_t Listener::failures() const { return state_->failures; }

}  // namespace usher::io
