// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "channels/email/mail_desk.h"

namespace usher::email {

// What SMTP cannot tell after a crash, the mailbox remembers: each mail is kept in its outbox
// folder before it is sent, and its flags say how far that got, for whoever comes next:
//
//   \Draft     waits: nothing has been sent since, to the addresses that it names
//   \Flagged   was given to the server, and what became of it is not known
//   neither    was taken; with a Sent folder of ours it is then moved there
//
// System flags, for some servers have no others.
//
// Where two processes may each take themselves for the one that sends (one was stopped or cut off
// from the router, another has taken over), the mailbox is the judge as well: each puts a record of
// its own there and then looks at all of them. The oldest that does not wait has the mail; who has
// a later one sends nothing. So the order of two records, which the server decides, is enough.
//
// Loop thread only; no callback runs within a call.
class SentRecords {
 public:
  // A mail that is about to be sent.
  struct Mail {
    MailInbox* inbox = nullptr;
    std::string message_id{};
    std::vector<std::string> recipients{};  // the envelope's
    std::shared_ptr<const std::string> bytes{};
    // A process before this one may have sent it.
    bool may_have_begun = false;
    // This process has tried and knows that it waits.
    bool is_known_to_wait = false;
    // Marks this process's own records, where others may think that they are to send it; empty:
    // there is one process.
    std::string claim{};
  };

  enum class Next {
    kSend,       // to `recipients`
    kSent,       // it was sent before
    kUnknown,    // it was given to the server before, and nobody knows more
    kElsewhere,  // another process had it first: it is at it, or ended while it was
  };
  struct Begun {
    Next next = Next::kSend;
    std::vector<std::string> recipients{};  // of the envelope, those that have not got it
  };

  // Records that the mail is being sent. An error: nothing is recorded, nothing may be sent.
  void Begin(const Mail& mail, std::function<void(Result<Begun>)> done);

  using Done = std::function<void(Result<void>)>;
  // It waits again; `waiting` are the recipients that have not got it.
  void OnDeferred(const Mail& mail, const std::vector<std::string>& waiting, Done done);
  // The server has it.
  void OnSent(const Mail& mail, Done done);
  // Nobody got it, nobody will.
  void OnFailed(const Mail& mail, Done done);

  // Whether the server has kept a copy of what it sent; only where it does so (`sent_by_server`).
  void LookForCopy(const Mail& mail, std::function<void(Result<bool>)> done);

  // Puts what was sent where it belongs, if it was left behind, and removes records that are of no
  // use any more. Called at the start and now and then.
  static void Tidy(MailInbox& inbox, Instant now);
};

}  // namespace usher::email
