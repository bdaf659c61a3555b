// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/io/event_loop.h"
#include "base/io/stream.h"
#include "base/result.h"
#include "channels/email/mail_server.h"

namespace usher::email {

// A connection to a mail server as bytes: dials, hands on what comes, writes what is given in its
// order, and turns to TLS in the middle. Held by its own operations; Close ends them. Loop thread.
class MailWire : public std::enable_shared_from_this<MailWire> {
 public:
  struct Hooks {
    std::function<void()> on_open{};
    // All bytes of a read. StartTls may be called from here, when nothing more came with them.
    std::function<void(std::string_view)> on_bytes{};
    // The connection could not be made, or is gone. Once, and nothing after it; never after Close.
    std::function<void(Error)> on_lost{};
  };

  // Waiting to be written; a command or a piece of a mail, never a whole mailbox.
  static constexpr std::size_t kOutboxBytesMax = 64 * 1'024 * 1'024;

  static std::shared_ptr<MailWire> Open(io::EventLoop& loop, const MailServer& server, Hooks hooks);

  // Beyond kOutboxBytesMax the connection is lost (MAIL_CONNECTION_LOST). `written` is called when
  // the bytes were handed to the system; it may be empty.
  void Send(std::string bytes, std::function<void()> written = {});
  // Nothing that was read before counts as said by the server. Calls `done` when TLS stands.
  void StartTls(std::function<void()> done);
  bool is_tls() const { return is_tls_; }
  void Close();

 private:
  struct Outgoing {
    std::string bytes;
    std::function<void()> written;
  };

  MailWire(io::EventLoop& loop, const MailServer& server, Hooks hooks);
  void Dial();
  void Read();
  void WriteNext();
  void Lose(Error error);

  io::EventLoop& loop_;
  const MailServer server_;
  Hooks hooks_;
  std::optional<io::Stream> stream_;
  io::Timer limit_;  // of TLS's handshake
  std::vector<char> buffer_;
  std::deque<Outgoing> outbox_;
  std::size_t outbox_bytes_ = 0;
  std::string writing_;
  bool is_writing_ = false;
  bool is_tls_ = false;
  bool turns_to_tls_ = false;
  bool closed_ = false;
};

}  // namespace usher::email
