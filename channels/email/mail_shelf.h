// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/io/event_loop.h"
#include "base/result.h"
#include "base/time.h"
#include "channels/email/file_address.h"
#include "channels/email/imap_client.h"

namespace usher::email {

struct MailShelfConfig {
  ImapConfig imap{};
  // Where mail that came may lie, the likeliest first.
  std::vector<std::string> taken_folders{};
  std::string files_folder = "Usher files";  // of files that agents attach
  std::size_t mail_bytes_max = 40'000'000;   // what is fetched of a mail: as MailboxConfig has it
  std::size_t cache_bytes_max = 64'000'000;  // of mails fetched last, while connected
  Duration idle{30'000};                     // the connection stays open that long
  Duration patience{60'000};                 // work that waits longer is given up
  std::size_t waiting_max = 200;             // work not yet begun; more is refused
};

// The folders of a mailbox as a place where mails are kept and found again, over a connection of
// its own that is opened when there is something to do. Work goes one piece after the other, in the
// order in which it is given. Folders that are missing are made.
//
// Errors besides what ImapClient says: UNAVAILABLE/MAILBOX_BUSY, and RESOURCE_EXHAUSTED/
// MAILBOX_BUSY where `waiting_max` wait. Loop thread only; no callback runs within a call, and none
// after the shelf's end.
class MailShelf {
 public:
  using Bytes = std::shared_ptr<const std::string>;
  using Done = std::function<void(Result<void>)>;

  MailShelf(io::EventLoop& loop, MailShelfConfig config);
  ~MailShelf();
  MailShelf(const MailShelf&) = delete;
  MailShelf& operator=(const MailShelf&) = delete;

  // The mail that the address is of, whole, wherever of the taken folders it lies; of an agent's
  // file the mail that holds it. NOT_FOUND/FILE_GONE.
  void Fetch(const FileAddress& address, std::function<void(Result<Bytes>)> done);

  // Keeps a mail in a folder. One of the same Message-ID in it is enough where `once`.
  struct Kept {
    std::string folder{};
    std::string message_id{};
    std::vector<std::string> flags{};
    Bytes bytes{};
    bool once = false;
  };
  void Keep(Kept mail, Done done);

  // The flags of the folder's mails of that Message-ID, oldest first.
  void Find(const std::string& folder, const std::string& message_id,
            std::function<void(Result<std::vector<FetchedMail>>)> done);

  // The uids of the folder's mails that match (as ImapClient::SearchUids has it), ascending.
  void FindUids(const std::string& folder, const std::string& criteria,
                std::function<void(Result<std::vector<std::uint32_t>>)> done);

  // Gives all of that Message-ID these flags and no others.
  void Flag(const std::string& folder, const std::string& message_id,
            const std::vector<std::string>& flags, Done done);
  // Moves all of that Message-ID; none is no error.
  void Move(const std::string& folder, const std::string& message_id, const std::string& to,
            Done done);
  // Moves all that match; none is no error.
  void MoveAll(const std::string& folder, const std::string& criteria, const std::string& to,
               Done done);
  // Removes all that match (as ImapClient::SearchUids has it) but the newest `keep`.
  void Remove(const std::string& folder, const std::string& criteria, std::size_t keep, Done done);
  // Removes all that match and are older than the newest of that Message-ID; none where it is not
  // found.
  void RemoveBefore(const std::string& folder, const std::string& criteria,
                    const std::string& message_id, Done done);
  // The folder's mails that match, whole, oldest first, of more than `most` the newest.
  void FetchAll(const std::string& folder, const std::string& criteria, std::size_t most,
                std::function<void(Result<std::vector<Bytes>>)> done);
  // The newest mail of the folder that matches, whole; null where there is none.
  void FetchNewest(const std::string& folder, const std::string& criteria,
                   std::function<void(Result<Bytes>)> done);

  std::size_t waiting() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace usher::email
