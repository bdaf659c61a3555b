// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/io/backoff.h"
#include "base/io/event_loop.h"
#include "base/io/http_client.h"
#include "base/io/websocket.h"
#include "base/result.h"
#include "base/time.h"
#include "channels/asterisk/ari_event.h"
#include "channels/phone/reopening.h"

namespace usher::asterisk {

// What a request to Asterisk is answered with.
struct AriAnswer {
  int status = 0;
  std::string body{};  // JSON text, or empty
};

// One Asterisk's REST interface: events and requests over one WebSocket (Asterisk 22.4 and later),
// so that requests are done in the order in which they are given and answers stand in order among
// the events. The socket is opened again, with growing pauses, whenever it is lost; Asterisk
// repeats nothing of what happened meanwhile, so whoever listens compares the state anew on each
// opening.
//
// What comes is read at once, always: Asterisk cuts off a reader that is 100 ms late. A peer that
// is silent is asked with pings and given up after a few seconds.
//
// Loop thread only. Hooks may call everything; they must not destroy the client.
class AriClient {
 public:
  static constexpr std::size_t kRequestsMax = 20'000;  // unanswered
  static constexpr Duration kAnswerTimeout{10'000};

  struct Options {
    std::string name{};  // of the server, for the log
    std::string url{};   // `http://127.0.0.1:8088` or https, without `/ari`
    std::string user{};
    std::string password{};
    std::string application{};  // the Stasis application
    std::string ca_file{};      // authorities to trust for https; empty: the system's
    io::Backoff::Limits backoff{Duration{100}, Duration{2'000}};
    std::uint64_t seed = 1;
  };

  struct Hooks {
    std::function<void()> on_open{};
    std::function<void(const AriEvent&)> on_event{};  // all but answers
    std::function<void()> on_lost{};                  // of an open socket
    std::function<void()> on_unreadable{};            // a message that is no event; it is skipped
    std::function<void(double seconds)> on_answered{};
  };

  using Done = std::function<void(Result<AriAnswer>)>;

  AriClient(io::EventLoop& loop, Options options, Hooks hooks);
  ~AriClient();
  AriClient(const AriClient&) = delete;
  AriClient& operator=(const AriClient&) = delete;

  void Start();
  // Closes the socket; unanswered requests are dropped unanswered.
  void Stop();
  // Gives the socket up and opens no other before `pause` has passed.
  void Rest(Duration pause);

  // `uri` without `/ari/`, its values percent-encoded: `channels/1/answer`. `body` is JSON, or
  // empty. `done` may be empty; it is called once, never from within Send: with the answer of any
  // status, or UNAVAILABLE when the socket was lost or nothing came in time: then it may have been
  // done.
  void Send(std::string_view method, std::string uri, std::string body = {}, Done done = {});

  // One exchange over HTTP, for what is asked before the socket is open.
  void Fetch(const std::string& path, std::function<void(Result<AriAnswer>)> done);

  bool connected() const { return socket_ != nullptr; }
  const Options& options() const { return options_; }

 private:
  struct Pending {
    Done done;
    std::chrono::steady_clock::time_point sent;
  };

  void Open();
  void Opened(const std::shared_ptr<io::WebSocket>& socket);
  void Received(std::string_view text);
  void Answered(AriEvent& answer);
  void Lost();
  void FailAll();
  void StartSweep();

  io::EventLoop& loop_;
  const Options options_;
  const Hooks hooks_;
  phone::Reopening reopening_;
  io::Timer sweep_;
  std::shared_ptr<io::WebSocket> socket_;  // open, or null
  std::uint64_t last_request_ = 0;
  std::map<std::uint64_t, Pending> pending_;
  std::shared_ptr<void> alive_ = std::make_shared<int>();
};

// A value of a path or a query, percent-encoded.
std::string UriValue(std::string_view text);

}  // namespace usher::asterisk
