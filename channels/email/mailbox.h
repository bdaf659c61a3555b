// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/io/event_loop.h"
#include "base/result.h"
#include "base/time.h"
#include "channels/email/imap_client.h"
#include "channels/email/mail_intake.h"

namespace usher::email {

struct MailboxConfig {
  ImapConfig imap{};
  std::string folder = "INBOX";
  // Marks what was taken. A server that takes no keywords (Exchange) needs `done_folder`.
  std::string keyword = "$UsherTaken";
  std::string done_folder{};  // where taken mail is moved to; empty: it stays
  // Only mail that the server received on this day or later ("22-Nov-2026"), so that a mailbox that
  // is years old does not all become contacts; empty: all.
  std::string since{};
  std::size_t mail_bytes_max = 40 * 1'024 * 1'024;  // larger ones are taken cut
  // A search of the whole mailbox from time to time: mail that came while a server forgot to say.
  Duration sweep{5 * 60'000};
  MailIntake::Limits intake{};
};

// A message out of a mailbox.
struct TakenMail {
  std::string key{};  // ToMailKey: the same however often the message is handed over
  std::uint32_t uid = 0;
  std::uint64_t bytes = 0;  // as the server counts it
  std::shared_ptr<const std::string> raw{};
  bool cut = false;  // larger than mail_bytes_max; `raw` is its begin
};

// Takes the mail of one mailbox in: connects and stays connected, finds what is not marked as
// taken, hands it over, and marks it once that is acknowledged. Killed at any instant and started
// again, it hands over what was not marked; the key tells what has been there already.
//
// Loop thread only; not destroyed within one of its hooks. Parsing is the receiver's (ReadMail, on
// a thread of its own for big ones).
class Mailbox {
 public:
  struct Hooks {
    // Call `done` once, from the loop's thread, whenever it is known: without an error when the
    // message is kept for good, with one to get it again later. A call after the mailbox's end does
    // nothing.
    std::function<void(TakenMail, std::function<void(Result<void>)> done)> on_mail{};
    // Connected and open, or what is in the way now: what Connect and Select say, and
    // MAILBOX_CANNOT_MARK. It is tried again in any case, after 1 s to 5 min.
    std::function<void(const Result<void>&)> on_state{};
  };

  Mailbox(io::EventLoop& loop, MailboxConfig config, Hooks hooks);
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  void Start();

  struct Figures {
    bool connected = false;
    std::size_t waiting = 0;
    std::size_t in_hand = 0;
    std::uint64_t taken = 0;  // marked
  };
  Figures figures() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace usher::email
