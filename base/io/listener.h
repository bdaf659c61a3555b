// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/io/event_loop.h"
#include "base/io/listen_address.h"
#include "base/io/stream.h"
#include "base/result.h"
#include "base/time.h"

namespace usher::io {

// Accepts connections of TCP or a Unix socket. When accepting fails because the process or the
// machine is out of file descriptors or memory, it waits 100 ms before it tries again, so that it
// neither spins nor gives up, and logs that once per burst (until 10 s have passed without). The
// last descriptors are not for connections: one that would take them is closed, and counts as such
// a failure, so that Redis can still be reached and files opened.
//
// What an accepted TCP connection holds in the kernel is bounded: kSendBufferBytes, and no longer
// than kUnackedMax without an answer from its peer.
class Listener {
 public:
  static constexpr std::size_t kDescriptorsReserved = 64;  // of at least twice as many
  static constexpr int kSendBufferBytes = 256 << 10;       // the kernel counts it twice
  static constexpr Duration kUnackedMax{30'000};

  // `remote` is the peer's IP address without port; "unix" for a Unix socket.
  using AcceptHandler = std::function<void(Stream::Socket socket, std::string remote)>;

  // Binds. Errors as HttpServer::Listen says.
  static Result<std::unique_ptr<Listener>> Open(EventLoop& loop, const ListenAddress& address);

  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Loop thread, all below. Accepts until Pause; connections then wait in the kernel's queue.
  void Start(AcceptHandler on_accept);
  void Pause();
  void Resume();
  void Close();

  const ListenAddress& address() const;  // with the port that was bound
  std::uint64_t failures() const;        // any thread

  struct State;

 private:
  explicit Listener(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace usher::io
