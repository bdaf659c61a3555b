// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "base/time.h"
#include "channels/email/mail_desk.h"

namespace usher::email {

// What became of a mail of ours.
struct MailFate {
  enum class State {
    kSent,      // a server has it, for all who can have it
    kDeferred,  // it is late
    kFailed,    // somebody will not get it
    kUnknown,   // nobody knows
  };
  State state = State::kSent;
  std::string event_id{};  // of the state: what is told twice stands once
  std::string contact_id{};
  std::string customer_id{};  // empty: whoever has `address`
  std::string address{};
  std::uint64_t message = 0;   // of the conversation; 0: not known
  std::size_t recipients = 1;  // of the mail
  std::string words{};         // of the server, or why
  Instant since = kNever;      // of kDeferred: the first try
};

// Puts what became of mails into the timelines of their customers, as outside events `mail.sent`,
// `mail.deferred`, `mail.failed` and `mail.unknown`. What the router cannot take now is said again
// until it can. Loop thread only.
class MailFates {
 public:
  static constexpr std::size_t kWaitingMax = 10'000;  // beyond it: logged, and not told

  explicit MailFates(MailDesk& desk) : desk_(desk), again_(desk.loop) {}
  MailFates(const MailFates&) = delete;
  MailFates& operator=(const MailFates&) = delete;

  // `done`, which may be empty, once it stands there or never will: the customer was erased, or
  // nobody knows whose it is. Not called from within.
  void Tell(MailFate fate, std::function<void()> done);
  void Stop();

 private:
  struct Telling {
    MailFate fate;
    std::function<void()> done;
  };

  void Record(Telling telling);
  void Again(Telling telling);

  MailDesk& desk_;
  std::deque<Telling> waiting_;
  io::Timer again_;
};

}  // namespace usher::email
