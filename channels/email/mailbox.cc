// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mailbox.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "base/io/backoff.h"
#include "base/io/clock.h"
#include "base/io/random_id.h"
#include "channels/email/mail_key.h"

namespace usher::email {

namespace {

constexpr io::Backoff::Limits kReconnect{.first = Duration{1'000}, .most = Duration{5 * 60'000}};
// A command line has an end; servers take 8 KB and more.
constexpr std::size_t kMarksAtOnce = 500;
// Servers look through a whole folder to mark and move one message or a hundred: taken mail gathers
// until it is so much, or for so long.
constexpr std::size_t kMarksGathered = 100;
constexpr Duration kGatherFor{100};

std::string Criteria(const MailboxConfig& config, bool takes_keywords) {
  std::string text = "UNDELETED";
  if (takes_keywords) text += " UNKEYWORD " + config.keyword;
  if (!config.since.empty()) text += " SINCE " + config.since;
  return text;
}

}  // namespace

struct Mailbox::State : std::enable_shared_from_this<Mailbox::State> {
  State(io::EventLoop& event_loop, MailboxConfig given, Hooks given_hooks)
      : loop(event_loop),
        config(std::move(given)),
        hooks(std::move(given_hooks)),
        intake(config.intake),
        backoff(kReconnect, std::hash<std::string>{}(io::RandomId())),
        retry(event_loop),
        sweep(event_loop),
        due(event_loop),
        gather(event_loop) {}

  // -- The connection -----------------------------------------------------------------------------

  void Connect() {
    const std::weak_ptr<State> weak = weak_from_this();
    imap = std::make_unique<ImapClient>(loop, config.imap,
                                        ImapClient::Hooks{.on_change =
                                                              [weak] {
                                                                if (const auto self = weak.lock())
                                                                  self->Search();
                                                              },
                                                          .on_lost =
                                                              [weak](const Error& error) {
                                                                if (const auto self = weak.lock())
                                                                  self->Lose(error);
                                                              }});
    imap->Connect([weak](const Result<void>& connected) {
      const auto self = weak.lock();
      if (!self) return;
      if (!connected.ok()) return self->Lose(connected.error());
      self->Open();
    });
  }

  void Open() {
    imap->Select(config.folder, [this](const Result<SelectedMailbox>& box) {
      if (!box.ok()) return Lose(box.error());
      if (!box->takes_keywords && config.done_folder.empty()) {
        return Lose({Code::kFailedPrecondition, "MAILBOX_CANNOT_MARK",
                     NameOf(config.imap.server) + " keeps no keywords in " + config.folder,
                     "give a folder that taken mail is moved to"});
      }
      takes_keywords = box->takes_keywords;
      intake.OnOpened(box->uid_validity);
      is_open = true;
      backoff.Reset();
      if (hooks.on_state) hooks.on_state({});
      imap->StartWatching();
      searches_all = true;
      Search();
      MoveLeftBehind();
      StartSweep();
    });
  }

  void Lose(const Error& error) {
    is_open = is_searching = is_marking = is_gathering = false;
    intake.OnLost();
    sweep.Cancel();
    due.Cancel();
    gather.Cancel();
    // The client that calls this ends when its call has; it tells nothing any more.
    imap->Close();
    loop.Post([old = std::shared_ptr<ImapClient>(std::move(imap))] {});
    retry.Start(backoff.Next(), [self = weak_from_this()] {
      if (const auto state = self.lock()) state->Connect();
    });
    if (hooks.on_state) hooks.on_state(error);
  }

  void StartSweep() {
    sweep.Start(config.sweep, [this] {
      searches_all = true;
      Search();
      MoveLeftBehind();
      StartSweep();
    });
  }

  // -- Finding ------------------------------------------------------------------------------------

  void Search() {
    if (!is_open) return;
    if (is_searching) {
      search_again = true;
      return;
    }
    is_searching = true;
    search_again = false;
    const std::uint32_t first = std::exchange(searches_all, false) ? 1 : intake.next_uid();
    imap->SearchUids(first, 0, Criteria(config, takes_keywords),
                     [this](const Result<std::vector<std::uint32_t>>& uids) {
                       if (!is_searching) return;  // of a connection before
                       is_searching = false;
                       // What did not fit is found when there is room.
                       if (uids.ok()) overflowed = !intake.OnFound(*uids);
                       if (search_again) Search();
                       Advance();
                     });
  }

  // -- Taking -------------------------------------------------------------------------------------

  void Advance() {
    if (!is_open) return;
    Mark();
    while (const auto uid = intake.TakeNext(clock.Now())) Fetch(*uid);
    if (overflowed && intake.waiting() == 0) {
      overflowed = false;
      searches_all = true;
      Search();
    }
    const Instant next = intake.NextDue();
    const Instant now = clock.Now();
    if (next != kNever && next > now) due.Start(next - now, [this] { Advance(); });
  }

  void Fetch(std::uint32_t uid) {
    const std::uint32_t validity = intake.uid_validity();
    imap->FetchBody(uid, config.mail_bytes_max, [this, uid, validity](Result<FetchedMail> mail) {
      if (validity != intake.uid_validity()) return;
      if (!mail.ok()) return OnNotFetched(uid, mail.error());
      intake.OnHandedOver(uid);
      HandOver(uid, validity, *std::move(mail));
    });
  }

  void OnNotFetched(std::uint32_t uid, const Error& error) {
    if (error.reason == "MAIL_GONE") {
      intake.OnGone(uid);
    } else if (is_open) {
      intake.OnFailed(uid, clock.Now());
    }
    Advance();
  }

  void HandOver(std::uint32_t uid, std::uint32_t validity, FetchedMail mail) {
    TakenMail message{
        .key = ToMailKey(*mail.body),
        .uid = uid,
        .bytes = mail.bytes,
        .raw = nullptr,
        .cut = mail.bytes > mail.body->size() && mail.body->size() >= config.mail_bytes_max};
    message.raw = std::make_shared<const std::string>(*std::move(mail.body));
    hooks.on_mail(std::move(message),
                  [weak = weak_from_this(), uid, validity](const Result<void>& kept) {
                    const auto self = weak.lock();
                    if (!self || validity != self->intake.uid_validity()) return;
                    if (kept.ok()) {
                      self->intake.OnAcknowledged(uid);
                    } else {
                      self->intake.OnFailed(uid, self->clock.Now());
                    }
                    // Not within the receiver's call, which may be within ours.
                    self->loop.Post([weak] {
                      if (const auto state = weak.lock()) state->Advance();
                    });
                  });
  }

  // -- Marking ------------------------------------------------------------------------------------

  void Mark() {
    if (is_marking) return;
    std::vector<std::uint32_t> uids = intake.ToMark();
    if (uids.empty() || (is_gathering && uids.size() < kMarksGathered)) return;
    if (!is_gathering && !gathered) {
      is_gathering = true;
      gather.Start(kGatherFor, [this] {
        is_gathering = false;
        gathered = true;
        Advance();
      });
      return;
    }
    is_gathering = gathered = false;
    gather.Cancel();
    uids.resize(std::min(uids.size(), kMarksAtOnce));
    is_marking = true;
    if (!takes_keywords) return MoveMarked(uids);
    imap->AddFlags(uids, {config.keyword}, [this, uids](const Result<void>& marked) {
      if (!is_marking) return;  // of a connection before
      if (!marked.ok()) return OnNotMarked();
      if (!config.done_folder.empty()) return MoveMarked(uids);
      OnMarked(uids);
    });
  }

  void MoveMarked(const std::vector<std::uint32_t>& uids) {
    imap->Move(uids, config.done_folder, [this, uids](const Result<void>& moved) {
      if (!is_marking) return;
      // A keyword has marked them already; the move is for the eye.
      if (!moved.ok() && !takes_keywords) return OnNotMarked();
      OnMarked(uids);
    });
  }

  void OnMarked(const std::vector<std::uint32_t>& uids) {
    is_marking = false;
    taken += uids.size();
    intake.OnMarked(uids);
    Advance();
  }

  // What was marked and not moved, since one of us ended in between: no search for new mail finds
  // it.
  void MoveLeftBehind() {
    if (config.done_folder.empty() || !takes_keywords) return;
    imap->SearchUids(1, 0, "UNDELETED KEYWORD " + config.keyword,
                     [this](Result<std::vector<std::uint32_t>> uids) {
                       if (!uids.ok() || uids->empty() || !is_open) return;
                       uids->resize(std::min(uids->size(), kMarksAtOnce));
                       // Whatever stays is found by the next sweep.
                       imap->Move(*uids, config.done_folder, [](const Result<void>&) {});
                     });
  }

  // They stay to be marked; the sweep tries again, or the next connection.
  void OnNotMarked() {
    is_marking = false;
    due.Start(config.intake.retry_first, [this] { Advance(); });
  }

  void Close() {
    hooks = {};
    is_open = false;
    retry.Cancel();
    sweep.Cancel();
    due.Cancel();
    gather.Cancel();
    imap.reset();
  }

  io::EventLoop& loop;
  const MailboxConfig config;
  Hooks hooks;
  MailIntake intake;
  io::Backoff backoff;
  io::WallClock clock;
  io::Timer retry;
  io::Timer sweep;
  io::Timer due;
  io::Timer gather;
  std::unique_ptr<ImapClient> imap;
  std::uint64_t taken = 0;
  bool takes_keywords = false;
  bool is_open = false;
  bool is_searching = false;
  bool search_again = false;
  bool searches_all = false;
  bool overflowed = false;
  bool is_marking = false;
  bool is_gathering = false;  // taken mail waits for more, to be marked at once
  bool gathered = false;      // and has waited
};

Mailbox::Mailbox(io::EventLoop& loop, MailboxConfig config, Hooks hooks)
    : state_(std::make_shared<State>(loop, std::move(config), std::move(hooks))) {}

Mailbox::~Mailbox() { state_->Close(); }

void Mailbox::Start() { state_->Connect(); }

Mailbox::Figures Mailbox::figures() const {
  return {.connected = state_->is_open,
          .waiting = state_->intake.waiting(),
          .in_hand = state_->intake.in_hand(),
          .taken = state_->taken};
}

}  // namespace usher::email
