// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/io/backoff.h"
#include "base/io/event_loop.h"
#include "base/io/stream.h"
#include "base/result.h"
#include "base/time.h"
#include "channels/freeswitch/esl_event.h"
#include "channels/freeswitch/esl_parser.h"
#include "channels/phone/reopening.h"

namespace usher::freeswitch {

// FreeSWITCH's event socket, from the side of a client (its documentation says `inbound`): commands
// are done in the order in which they are given and answered in that order, and events stand among
// the answers. The connection is opened again, with growing pauses, whenever it is lost; FreeSWITCH
// repeats nothing of what happened meanwhile, so whoever listens compares the state anew.
//
// What comes is read at once, always: FreeSWITCH drops events of a reader that is far behind, and
// then the reader. A peer that is silent is asked, and given up when it does not answer.
//
// Loop thread only. Hooks may call Send, Run and Rest; they must not call Stop or destroy the
// client.
class EslClient {
 public:
  static constexpr std::size_t kCommandsMax = 20'000;  // unanswered
  static constexpr std::size_t kCommandBytesMax =
      8'192;  // FreeSWITCH takes no more of older releases
  static constexpr std::size_t kOutboxBytesMax = 16 << 20;
  static constexpr std::size_t kJobsMax = 20'000;
  static constexpr Duration kAnswerTimeout{5'000};
  static constexpr Duration kJobTimeout{600'000};  // a telephone rings no longer than that
  static constexpr Duration kAskAfter{2'000};      // of silence

  struct Options {
    std::string name{};  // of the server, for the log
    std::string host{};
    std::uint16_t port = 8021;
    std::string password{};
    std::vector<std::string> events{};  // names, such as CHANNEL_PARK
    // `Event-Name DTMF`: when there are any, only events that fit one of them come.
    std::vector<std::string> filters{};
    io::Backoff::Limits backoff{Duration{100}, Duration{2'000}};
    std::uint64_t seed = 1;
  };

  struct Hooks {
    std::function<void()> on_open{};  // logged in, and the events are ordered
    std::function<void(const EslEvent&)> on_event{};
    std::function<void()> on_lost{};  // of an open connection
    // None was opened, or it was not logged in; tried again. FREESWITCH_NOT_REACHED,
    // FREESWITCH_REFUSED.
    std::function<void(const Error&)> on_failed{};
    std::function<void()> on_unreadable{};  // an event that is no JSON; it is skipped
    std::function<void(double seconds)> on_answered{};
  };

  // What came of a command: its text, such as `+OK` or `-ERR No such channel!`, without the line's
  // end. UNAVAILABLE: the connection was lost or nothing came in time; it may have been done.
  using Done = std::function<void(Result<std::string>)>;

  EslClient(io::EventLoop& loop, Options options, Hooks hooks);
  ~EslClient();
  EslClient(const EslClient&) = delete;
  EslClient& operator=(const EslClient&) = delete;

  void Start();
  // Closes the connection; what is unanswered is dropped unanswered.
  void Stop();
  // Gives the connection up and opens no other before `pause` has passed.
  void Rest(Duration pause);

  // A command of FreeSWITCH's `api`, such as `uuid_answer …`, that is done at once. `done` may be
  // empty; it is called once, never from within Send. BAD_COMMAND: it is too long or has line ends.
  void Send(const std::string& command, Done done = {});
  // One that takes its time, such as `originate …`: done beside the others (`bgapi`).
  void Run(const std::string& command, Done done);

  bool connected() const { return open_; }

 private:
  using Steady = std::chrono::steady_clock;
  struct Connection;
  struct Pending {
    Done done;  // empty: nobody waits
    Steady::time_point sent;
    bool job = false;  // answered first with a word that it was taken
    std::string id{};
  };
  struct Job {
    Done done;
    Steady::time_point until;
  };

  void Open();
  void Opened(io::Stream stream);
  void Received(const EslMessage& message);
  void LogIn();
  void Answered(Result<std::string> text);
  void HandleEvent(const std::string& body);
  void Write(const std::string& line, Pending pending);
  void Later(Done done, Error error);
  void Lost(const std::string& why);
  void FailAll();
  void Drop();
  void Watch();

  io::EventLoop& loop_;
  const Options options_;
  const Hooks hooks_;
  phone::Reopening reopening_;
  io::Timer watch_;
  bool open_ = false;  // logged in
  std::shared_ptr<Connection> connection_;
  std::deque<Pending> pending_;
  std::unordered_map<std::string, Job> jobs_;
  Steady::time_point heard_{};
  std::shared_ptr<void> alive_ = std::make_shared<int>();
};

}  // namespace usher::freeswitch
