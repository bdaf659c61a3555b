// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/io/event_loop.h"
#include "base/result.h"
#include "base/time.h"
#include "channels/email/imap_parser.h"
#include "channels/email/mail_server.h"

namespace usher::email {

struct ImapConfig {
  MailServer server{};
  ImapLimits limits{};
  std::size_t commands_max = 1'000;   // not yet answered; more are refused
  Duration idle_renewal{9 * 60'000};  // below the 29 minutes of RFC 2177 and what NATs forget after
  // IDLE begins when nothing was asked for so long: in between commands it makes a server walk
  // through the mailbox each time.
  Duration idle_after{20};
  Duration poll_interval{30'000};  // where the server has no IDLE
};

// What a mailbox was when it was selected.
struct SelectedMailbox {
  std::uint32_t exists = 0;
  std::uint32_t uid_validity = 0;
  std::uint32_t uid_next = 0;        // 0: the server does not say
  std::uint64_t highest_modseq = 0;  // 0: it counts no changes
  bool takes_keywords = false;
  bool read_only = false;
};

struct FetchedMail {
  std::uint32_t uid = 0;
  std::uint64_t bytes = 0;            // of the whole message (RFC822.SIZE), where asked for
  std::vector<std::string> flags{};   // "\Seen", "$Junk"
  std::optional<std::string> body{};  // as much as was asked for
};

// One connection to one mailbox of an IMAP4rev1 server (RFC 3501), logged in. Commands go one after
// the other, in the order in which they are given; what the server says in between on its own
// account is only a hint that something changed. Between commands the client waits by IDLE (RFC
// 2177), renewed, or polls.
//
//   ImapClient imap(loop, config, {.on_change = …, .on_lost = …});
//   imap.Connect([&](Result<void> ready) { imap.Select("INBOX", …); });
//
// After on_lost, or a failed Connect, the client is of no use: make a new one. No message repeats a
// secret. Loop thread only; no callback runs within a call; none after the client's end.
class ImapClient {
 public:
  struct Hooks {
    // Mail came, went or was flagged, for all that the server says: search again. Only while
    // watching, and never for what this client did itself unless something else changed too.
    std::function<void()> on_change{};
    // The connection is gone; what was not answered has been told first. Once.
    std::function<void(Error)> on_lost{};
  };

  ImapClient(io::EventLoop& loop, ImapConfig config, Hooks hooks);
  ~ImapClient();
  ImapClient(const ImapClient&) = delete;
  ImapClient& operator=(const ImapClient&) = delete;

  // Dials, turns to TLS and logs in. Besides what dialling and TLS say: PLAINTEXT_REFUSED,
  // STARTTLS_MISSING, MAIL_INJECTED (something was said between the order for TLS and TLS),
  // MAIL_LOGIN_REFUSED, MAIL_LOGIN_UNKNOWN (no way to log in that both know), IMAP_GOODBYE.
  void Connect(std::function<void(Result<void>)> done);

  // Names are UTF-8. IMAP_REFUSED with the server's words.
  void Select(const std::string& mailbox, std::function<void(Result<SelectedMailbox>)> done);
  void Create(const std::string& mailbox, std::function<void(Result<void>)> done);

  // The uids from `first` to `last` that match `criteria` ("ALL", "UNKEYWORD $UsherTaken"), which
  // is no user's text; ascending. `last` 0: to the newest.
  void SearchUids(std::uint32_t first, std::uint32_t last, const std::string& criteria,
                  std::function<void(Result<std::vector<std::uint32_t>>)> done);
  // Mail whose Message-ID header holds this one.
  void SearchMessageId(const std::string& message_id,
                       std::function<void(Result<std::vector<std::uint32_t>>)> done);

  // Sizes and flags. Uids that are gone give nothing.
  void FetchSizes(const std::vector<std::uint32_t>& uids,
                  std::function<void(Result<std::vector<FetchedMail>>)> done);
  // The first `bytes_max` bytes of a message, without marking it as seen. NOT_FOUND/MAIL_GONE.
  void FetchBody(std::uint32_t uid, std::size_t bytes_max,
                 std::function<void(Result<FetchedMail>)> done);

  // `flags` as IMAP writes them.
  void AddFlags(const std::vector<std::uint32_t>& uids, const std::vector<std::string>& flags,
                std::function<void(Result<void>)> done);
  // These flags and no others.
  void ReplaceFlags(const std::vector<std::uint32_t>& uids, const std::vector<std::string>& flags,
                    std::function<void(Result<void>)> done);
  // Exactly these; where the server lacks UIDPLUS (RFC 4315) they stay behind marked \Deleted.
  void Remove(const std::vector<std::uint32_t>& uids, std::function<void(Result<void>)> done);
  // MOVE (RFC 6851), or a copy and then the removal of exactly these (RFC 4315); where the server
  // has neither, they stay behind marked \Deleted. Makes the mailbox where it is missing.
  void Move(const std::vector<std::uint32_t>& uids, const std::string& mailbox,
            std::function<void(Result<void>)> done);
  void Append(const std::string& mailbox, const std::vector<std::string>& flags, std::string bytes,
              std::function<void(Result<void>)> done);
  void Noop(std::function<void(Result<void>)> done);

  // Waits for changes whenever there is nothing else to do.
  void StartWatching();

  bool HasCapability(const std::string& name) const;
  // Says goodbye and closes; nothing is called any more.
  void Close();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// "1:4,9" of ascending uids, as IMAP wants them.
std::string ToUidSet(const std::vector<std::uint32_t>& uids);

// A mailbox's name as IMAP4rev1 wants it: in its UTF-7 and quoted.
std::string ToImapMailboxName(const std::string& name);

}  // namespace usher::email
