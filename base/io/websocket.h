// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/time.h"

namespace usher::io {

// RFC 6455 close codes that Usher sends or sees.
enum class CloseCode : std::uint16_t {
  kNormal = 1000,
  kGoingAway = 1001,  // the server stops
  kProtocolError = 1002,
  kUnsupportedData = 1003,  // a binary message; ours are text
  kNoStatus = 1005,         // seen only: the peer gave no code
  kAbnormal = 1006,         // seen only: the connection broke or the peer went silent
  kBadPayload = 1007,       // text that is not UTF-8
  kPolicyViolation = 1008,  // not authorised, too fast
  kTooBig = 1009,
  kInternalError = 1011,
  kTryAgainLater = 1013,  // the peer reads too slowly
};

struct WebSocketLimits {
  std::size_t message_bytes_max = 64 * 1024;  // a larger one closes with kTooBig
  std::size_t outbox_bytes_max = 256 * 1024;  // sent but not yet taken by the kernel
  // A peer from which nothing, not even a pong, has come for this long is gone (kAbnormal). It is
  // asked with a ping after half of it.
  Duration peer_timeout{20'000};
  // A peer that has not taken the whole of one message for this long is cut (kTryAgainLater).
  Duration stall_timeout{20'000};
  std::size_t pings_max = 100;  // of a peer, in ten seconds; more close with kPolicyViolation
  // How long Close waits for the outbox and for the peer's answer.
  Duration close_timeout{5'000};
};

// One open connection, of a server or a client. Text messages only, no compression. Loop thread
// only. The loop keeps it alive until it has closed; owners may keep the shared_ptr longer.
//
// Each connection ends with exactly one on_close, after which nothing is called; Send and Close
// then do nothing. Callbacks may call Send and Close, and may replace callbacks.
class WebSocket : public std::enable_shared_from_this<WebSocket> {
 public:
  // Only base/io makes these.
  struct Wire;
  explicit WebSocket(std::unique_ptr<Wire> wire);
  ~WebSocket();
  WebSocket(const WebSocket&) = delete;
  WebSocket& operator=(const WebSocket&) = delete;

  // The view is valid during the call. Set inside on_open: no message comes before it returns.
  void OnMessage(std::function<void(std::string_view text)> fn);
  void OnClose(std::function<void(CloseCode code)> fn);

  // Queues `text`. False when it did not fit in the outbox (nothing was queued: the caller decides,
  // usually Close(kTryAgainLater)) or the connection is closing.
  [[nodiscard]] bool Send(std::string text);

  // Sends what is queued, then a close frame, and waits for the peer's, all within close_timeout.
  // `reason` is at most 123 bytes; more is cut. on_close follows with the code that the peer
  // answered, or kAbnormal.
  void Close(CloseCode code, std::string_view reason = {});

  // Drops the connection without a close frame; on_close(kAbnormal) follows.
  void Abort();

  bool is_open() const;
  std::size_t outbox_bytes() const;
  const std::string& remote_address() const;  // IP address without port; "unix"
  const std::string& protocol() const;        // the sub-protocol that was agreed; may be empty
  // When the last message came, or the connection was opened (steady milliseconds).
  Duration idle_for() const;

 private:
  friend struct Wire;
  std::unique_ptr<Wire> wire_;
};

}  // namespace usher::io
