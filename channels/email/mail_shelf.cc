// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_shelf.h"

#include <algorithm>
#include <deque>
#include <list>
#include <optional>
#include <utility>

#include "base/io/clock.h"
#include "channels/email/mail_key.h"

namespace usher::email {

namespace {

// Of mails that may be the one that is looked for: more of one Message-ID or size are not normal.
constexpr std::size_t kCandidatesMax = 20;
// A command line has an end; servers take 8 KB and more.
constexpr std::size_t kFlaggedAtOnce = 500;

using Uids = std::vector<std::uint32_t>;

Error Gone(const FileAddress& address, const std::vector<std::string>& folders) {
  std::string names;
  for (const std::string& folder : folders) names += (names.empty() ? "" : ", ") + folder;
  return {
      Code::kNotFound, "FILE_GONE",
      "the mail is no longer in " + names + " of mailbox " + address.mailbox,
      "look for it in the mailbox's other folders; who keeps them may have moved or removed it"};
}

Error Busy(Code code) {
  return {code, "MAILBOX_BUSY", "too much is asked of the mailbox's server",
          "try again in a few seconds"};
}

std::string SizeCriteria(std::uint64_t bytes) {
  return "LARGER " + std::to_string(bytes - 1) + " SMALLER " + std::to_string(bytes + 1);
}

}  // namespace

struct MailShelf::State : std::enable_shared_from_this<State> {
  // Ends with Finish(), once.
  struct Work {
    std::function<void()> run;
    std::function<void(const Error&)> fail;
    Instant until{};
  };

  State(io::EventLoop& event_loop, MailShelfConfig given)
      : loop(event_loop), config(std::move(given)), idle(event_loop) {}

  // -- Work
  // -----------------------------------------------------------------------------------------

  template <class T>
  void Give(std::function<void(Result<T>)> done,
            std::function<void(std::function<void(Result<T>)>)> run) {
    const auto shared = std::make_shared<std::function<void(Result<T>)>>(std::move(done));
    const auto tell = [weak = weak_from_this(), shared](Result<T> result) {
      const auto self = weak.lock();
      if (!self || !*shared) return;
      const auto told = std::exchange(*shared, nullptr);
      self->Finish();
      told(std::move(result));
    };
    const auto refuse = [shared](const Error& error) {
      if (const auto told = std::exchange(*shared, nullptr)) told(error);
    };
    if (queue.size() >= config.waiting_max) {
      return loop.Post([weak = weak_from_this(), refuse] {
        if (!weak.expired()) refuse(Busy(Code::kResourceExhausted));
      });
    }
    queue.push_back({.run = [run = std::move(run), tell] { run(tell); },
                     .fail = refuse,
                     .until = clock.Now() + config.patience});
    Schedule();
  }

  void Schedule() {
    loop.Post([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->Advance();
    });
  }

  void Finish() {
    busy = false;
    Schedule();
  }

  void Advance() {
    if (busy || connecting) return;
    while (!queue.empty() && queue.front().until <= clock.Now()) {
      const Work late = std::move(queue.front());
      queue.pop_front();
      late.fail(Busy(Code::kUnavailable));
    }
    if (queue.empty()) {
      if (imap) idle.Start(config.idle, [this] { Hang(); });
      return;
    }
    idle.Cancel();
    if (!imap) return Connect();
    busy = true;
    const Work work = std::move(queue.front());
    queue.pop_front();
    work.run();
  }

  // -- The connection
  // -------------------------------------------------------------------------------

  void Connect() {
    connecting = true;
    const std::weak_ptr<State> weak = weak_from_this();
    imap = std::make_unique<ImapClient>(
        loop, config.imap, ImapClient::Hooks{.on_change = {}, .on_lost = [weak](const Error&) {
                                               if (const auto self = weak.lock()) self->Hang();
                                             }});
    imap->Connect([weak](const Result<void>& connected) {
      const auto self = weak.lock();
      if (!self) return;
      self->connecting = false;
      if (!connected.ok()) {
        self->Hang();
        // Whoever waits is told, and tries again as it sees fit.
        std::deque<Work> waiting = std::move(self->queue);
        self->queue.clear();
        for (const Work& work : waiting) work.fail(connected.error());
      }
      self->Advance();
    });
  }

  // The next work connects again. What is under way has been told by the client.
  void Hang() {
    opened.clear();
    cache.clear();
    cached_bytes = 0;
    idle.Cancel();
    if (!imap) return;
    imap->Close();
    // It may be what calls this.
    loop.Post([old = std::shared_ptr<ImapClient>(std::move(imap))] {});
    Schedule();
  }

  // Opens a folder and makes it where it is missing. In one that is open the server may not have
  // looked since: what others put there is seen from the next command on.
  void Open(const std::string& folder, Done done) {
    if (opened == folder) return imap->Noop(std::move(done));
    opened.clear();
    Select(folder, [this, folder, done = std::move(done)](const Result<void>& open) {
      if (open.ok() || open.error().reason != "IMAP_REFUSED" || !imap) return done(open);
      imap->Create(folder, [this, folder, done](const Result<void>& made) {
        if (!made.ok() || !imap) return done(made);
        Select(folder, done);
      });
    });
  }

  void Select(const std::string& folder, Done done) {
    imap->Select(folder,
                 [this, folder, done = std::move(done)](const Result<SelectedMailbox>& box) {
                   if (!box.ok()) return done(box.error());
                   opened = folder;
                   done({});
                 });
  }

  // -- Finding the mail of an address
  // ---------------------------------------------------------------

  struct Hunt {
    FileAddress address;
    std::vector<std::string> folders;
    std::function<void(Result<Bytes>)> done;
    std::size_t folder = 0;
    bool by_size = false;
    Uids uids;
  };
  using HuntPtr = std::shared_ptr<Hunt>;

  void Look(const HuntPtr& hunt) {
    if (hunt->folder == hunt->folders.size()) {
      // Some servers do not find every Message-ID; the size finds the rest.
      const bool may_go_on = !hunt->by_size && hunt->address.bytes > 0;
      if (!may_go_on) return hunt->done(Gone(hunt->address, hunt->folders));
      hunt->by_size = true;
      hunt->folder = 0;
    }
    Open(hunt->folders[hunt->folder], [this, hunt](const Result<void>& open) {
      if (!open.ok()) return hunt->done(open.error());
      const auto found = [this, hunt](Result<Uids> uids) {
        if (!uids.ok()) return hunt->done(uids.error());
        hunt->uids = *std::move(uids);
        if (hunt->uids.size() > kCandidatesMax) {
          hunt->uids.erase(hunt->uids.begin(), hunt->uids.end() - kCandidatesMax);
        }
        Try(hunt);
      };
      if (hunt->by_size) {
        imap->SearchUids(1, 0, SizeCriteria(hunt->address.bytes), found);
      } else {
        imap->SearchMessageId(hunt->address.message_id, found);
      }
    });
  }

  void Try(const HuntPtr& hunt) {
    if (hunt->uids.empty()) {
      ++hunt->folder;
      return Look(hunt);
    }
    const std::uint32_t uid = hunt->uids.back();
    hunt->uids.pop_back();
    imap->FetchBody(uid, config.mail_bytes_max, [this, hunt](Result<FetchedMail> mail) {
      if (!mail.ok() && mail.error().reason != "MAIL_GONE") return hunt->done(mail.error());
      if (!mail.ok()) return Try(hunt);
      // An agent's file has no key: its Message-ID is made of what is in it.
      if (!IsAgentFile(hunt->address) && ToMailKey(*mail->body) != hunt->address.key) {
        return Try(hunt);
      }
      const auto bytes = std::make_shared<const std::string>(*std::move(mail->body));
      Remember(hunt->address.key, bytes);
      hunt->done(bytes);
    });
  }

  // Images of one mail are asked for one after the other.
  void Remember(const std::string& key, const Bytes& bytes) {
    if (bytes->size() > config.cache_bytes_max) return;
    cache.emplace_front(key, bytes);
    cached_bytes += bytes->size();
    while (cached_bytes > config.cache_bytes_max) {
      cached_bytes -= cache.back().second->size();
      cache.pop_back();
    }
  }

  Bytes Recall(const std::string& key) const {
    const auto found = std::find_if(cache.begin(), cache.end(),
                                    [&](const auto& entry) { return entry.first == key; });
    return found == cache.end() ? nullptr : found->second;
  }

  // -- Flags
  // ----------------------------------------------------------------------------------------

  // Opens the folder and gives the uids of a Message-ID.
  void FindUids(const std::string& folder, const std::string& message_id,
                std::function<void(Result<Uids>)> done) {
    Open(folder, [this, message_id, done = std::move(done)](const Result<void>& open) {
      if (!open.ok()) return done(open.error());
      imap->SearchMessageId(message_id, done);
    });
  }

  void Append(const Kept& mail, const Done& done) {
    imap->Append(mail.folder, mail.flags, *mail.bytes, done);
  }

  // -- Fetching
  // -------------------------------------------------------------------------------------

  struct Batch {
    Uids uids;
    std::size_t next = 0;
    std::vector<Bytes> mails;
    std::function<void(Result<std::vector<Bytes>>)> done;
  };

  void FetchNext(const std::shared_ptr<Batch>& batch) {
    if (batch->next == batch->uids.size()) return batch->done(std::move(batch->mails));
    imap->FetchBody(
        batch->uids[batch->next], config.mail_bytes_max, [this, batch](Result<FetchedMail> mail) {
          if (!mail.ok() && mail.error().reason != "MAIL_GONE") {
            return batch->done(mail.error());
          }
          ++batch->next;
          if (mail.ok()) {
            batch->mails.push_back(std::make_shared<const std::string>(*std::move(mail->body)));
          }
          FetchNext(batch);
        });
  }

  void RemoveUids(Uids uids, const Done& done) {
    if (uids.empty()) return done({});
    uids.resize(std::min(uids.size(), kFlaggedAtOnce));
    imap->Remove(uids, done);
  }

  void Close() {
    idle.Cancel();
    queue.clear();
    imap.reset();
  }

  io::EventLoop& loop;
  const MailShelfConfig config;
  io::WallClock clock;
  io::Timer idle;
  std::unique_ptr<ImapClient> imap;
  std::deque<Work> queue;
  std::string opened;                              // the folder that is selected
  std::list<std::pair<std::string, Bytes>> cache;  // the newest first
  std::size_t cached_bytes = 0;
  bool connecting = false;
  bool busy = false;
};

MailShelf::MailShelf(io::EventLoop& loop, MailShelfConfig config)
    : state_(std::make_shared<State>(loop, std::move(config))) {}

MailShelf::~MailShelf() { state_->Close(); }

std::size_t MailShelf::waiting() const { return state_->queue.size(); }

void MailShelf::Fetch(const FileAddress& address, std::function<void(Result<Bytes>)> done) {
  State* const self = state_.get();
  self->Give<Bytes>(std::move(done), [self, address](std::function<void(Result<Bytes>)> tell) {
    if (const Bytes known = self->Recall(address.key)) return tell(known);
    const auto hunt = std::make_shared<State::Hunt>();
    hunt->address = address;
    hunt->done = std::move(tell);
    hunt->folders = self->config.taken_folders;
    if (IsAgentFile(address)) {
      hunt->folders = {self->config.files_folder};
      hunt->address.message_id = ToFileMessageId(address.key);
      hunt->address.bytes = 0;
    }
    hunt->by_size = hunt->address.message_id.empty();
    if (hunt->by_size && hunt->address.bytes == 0) return hunt->done(Gone(address, hunt->folders));
    self->Look(hunt);
  });
}

void MailShelf::Keep(Kept mail, Done done) {
  State* const self = state_.get();
  const auto kept = std::make_shared<Kept>(std::move(mail));
  self->Give<void>(std::move(done), [self, kept](Done tell) {
    self->Open(kept->folder, [self, kept, tell = std::move(tell)](const Result<void>& open) {
      if (!open.ok()) return tell(open);
      if (!kept->once) return self->Append(*kept, tell);
      self->imap->SearchMessageId(kept->message_id, [self, kept, tell](const Result<Uids>& uids) {
        if (!uids.ok()) return tell(uids.error());
        if (!uids->empty()) return tell({});
        self->Append(*kept, tell);
      });
    });
  });
}

void MailShelf::Find(const std::string& folder, const std::string& message_id,
                     std::function<void(Result<std::vector<FetchedMail>>)> done) {
  using Mails = std::vector<FetchedMail>;
  State* const self = state_.get();
  self->Give<Mails>(std::move(done), [self, folder,
                                      message_id](std::function<void(Result<Mails>)> tell) {
    self->FindUids(folder, message_id, [self, tell = std::move(tell)](const Result<Uids>& uids) {
      if (!uids.ok()) return tell(uids.error());
      if (uids->empty()) return tell(Mails{});
      self->imap->FetchSizes(*uids, tell);
    });
  });
}

void MailShelf::FindUids(const std::string& folder, const std::string& criteria,
                         std::function<void(Result<std::vector<std::uint32_t>>)> done) {
  State* const self = state_.get();
  self->Give<Uids>(
      std::move(done), [self, folder, criteria](std::function<void(Result<Uids>)> tell) {
        self->Open(folder, [self, criteria, tell = std::move(tell)](const Result<void>& open) {
          if (!open.ok()) return tell(open.error());
          self->imap->SearchUids(1, 0, criteria, tell);
        });
      });
}

void MailShelf::Flag(const std::string& folder, const std::string& message_id,
                     const std::vector<std::string>& flags, Done done) {
  State* const self = state_.get();
  self->Give<void>(std::move(done), [self, folder, message_id, flags](Done tell) {
    self->FindUids(folder, message_id, [self, flags, tell = std::move(tell)](Result<Uids> uids) {
      if (!uids.ok()) return tell(uids.error());
      if (uids->empty()) return tell({});
      uids->resize(std::min(uids->size(), kCandidatesMax));
      self->imap->ReplaceFlags(*uids, flags, tell);
    });
  });
}

void MailShelf::Move(const std::string& folder, const std::string& message_id,
                     const std::string& to, Done done) {
  State* const self = state_.get();
  self->Give<void>(std::move(done), [self, folder, message_id, to](Done tell) {
    self->FindUids(folder, message_id, [self, to, tell = std::move(tell)](Result<Uids> uids) {
      if (!uids.ok()) return tell(uids.error());
      if (uids->empty()) return tell({});
      uids->resize(std::min(uids->size(), kCandidatesMax));
      self->imap->Move(*uids, to, tell);
    });
  });
}

void MailShelf::MoveAll(const std::string& folder, const std::string& criteria,
                        const std::string& to, Done done) {
  State* const self = state_.get();
  self->Give<void>(std::move(done), [self, folder, criteria, to](Done tell) {
    self->Open(folder, [self, criteria, to, tell = std::move(tell)](const Result<void>& open) {
      if (!open.ok()) return tell(open);
      self->imap->SearchUids(1, 0, criteria, [self, to, tell](Result<Uids> uids) {
        if (!uids.ok()) return tell(uids.error());
        if (uids->empty()) return tell({});
        uids->resize(std::min(uids->size(), kFlaggedAtOnce));
        self->imap->Move(*uids, to, tell);
      });
    });
  });
}

void MailShelf::Remove(const std::string& folder, const std::string& criteria, std::size_t keep,
                       Done done) {
  State* const self = state_.get();
  self->Give<void>(std::move(done), [self, folder, criteria, keep](Done tell) {
    self->Open(folder, [self, criteria, keep, tell = std::move(tell)](const Result<void>& open) {
      if (!open.ok()) return tell(open);
      self->imap->SearchUids(1, 0, criteria, [self, keep, tell](Result<Uids> uids) {
        if (!uids.ok()) return tell(uids.error());
        uids->resize(uids->size() - std::min(keep, uids->size()));
        self->RemoveUids(*std::move(uids), tell);
      });
    });
  });
}

void MailShelf::RemoveBefore(const std::string& folder, const std::string& criteria,
                             const std::string& message_id, Done done) {
  State* const self = state_.get();
  self->Give<void>(std::move(done), [self, folder, criteria, message_id](Done tell) {
    self->FindUids(
        folder, message_id, [self, criteria, tell = std::move(tell)](const Result<Uids>& own) {
          if (!own.ok()) return tell(own.error());
          if (own->empty() || own->back() == 1) return tell({});
          self->imap->SearchUids(1, own->back() - 1, criteria, [self, tell](Result<Uids> uids) {
            if (!uids.ok()) return tell(uids.error());
            self->RemoveUids(*std::move(uids), tell);
          });
        });
  });
}

void MailShelf::FetchAll(const std::string& folder, const std::string& criteria, std::size_t most,
                         std::function<void(Result<std::vector<Bytes>>)> done) {
  using Mails = std::vector<Bytes>;
  State* const self = state_.get();
  self->Give<Mails>(std::move(done), [self, folder, criteria,
                                      most](std::function<void(Result<Mails>)> tell) {
    self->Open(folder, [self, criteria, most, tell = std::move(tell)](const Result<void>& open) {
      if (!open.ok()) return tell(open.error());
      self->imap->SearchUids(1, 0, criteria, [self, most, tell](Result<Uids> uids) {
        if (!uids.ok()) return tell(uids.error());
        const auto batch = std::make_shared<State::Batch>();
        batch->uids = *std::move(uids);
        if (batch->uids.size() > most) {
          batch->uids.erase(batch->uids.begin(),
                            batch->uids.end() - static_cast<std::ptrdiff_t>(most));
        }
        batch->done = tell;
        self->FetchNext(batch);
      });
    });
  });
}

void MailShelf::FetchNewest(const std::string& folder, const std::string& criteria,
                            std::function<void(Result<Bytes>)> done) {
  State* const self = state_.get();
  self->Give<Bytes>(
      std::move(done), [self, folder, criteria](std::function<void(Result<Bytes>)> tell) {
        self->Open(folder, [self, criteria, tell = std::move(tell)](const Result<void>& open) {
          if (!open.ok()) return tell(open.error());
          self->imap->SearchUids(1, 0, criteria, [self, tell](const Result<Uids>& uids) {
            if (!uids.ok()) return tell(uids.error());
            if (uids->empty()) return tell(Bytes());
            self->imap->FetchBody(
                uids->back(), self->config.mail_bytes_max, [tell](Result<FetchedMail> mail) {
                  if (!mail.ok()) return tell(mail.error());
                  tell(std::make_shared<const std::string>(*std::move(mail->body)));
                });
          });
        });
      });
}

}  // namespace usher::email
