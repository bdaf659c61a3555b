// SPDX-License-Identifier: Apache-2.0
#include "channels/email/imap_client.h"

#include <algorithm>
#include <deque>
#include <set>
#include <utility>

#include "base/check.h"
#include "base/io/log.h"
#include "channels/email/ascii.h"
#include "channels/email/mail_wire.h"
#include "channels/email/secret_file.h"

namespace usher::email {

namespace {

constexpr std::size_t kCapabilitiesMax = 200;

Error Refused(const MailServer& server, const std::string& what, const ImapResponse& response) {
  return {Code::kFailedPrecondition, "IMAP_REFUSED",
          NameOf(server) + " refuses to " + what + ": " + ToServerWords(response.words),
          "do what it says, or choose another mailbox"};
}

Error LoginRefused(const MailServer& server, const ImapResponse& response) {
  return {Code::kUnauthenticated, "MAIL_LOGIN_REFUSED",
          NameOf(server) + " refuses the login: " + ToServerWords(response.words),
          "check the user and the secret in " + server.secret_file.string()};
}

Error LoginUnknown(const MailServer& server) {
  return {Code::kFailedPrecondition, "MAIL_LOGIN_UNKNOWN",
          NameOf(server) + " offers no login of the configured kind on this connection",
          "choose password, xoauth2 or oauthbearer, as the server has it"};
}

Error Protocol(const MailServer& server, const std::string& what) {
  return {Code::kUnavailable, "IMAP_PROTOCOL", NameOf(server) + ": " + what,
          "check that an IMAP server answers there"};
}

Error Goodbye(const MailServer& server, const std::string& words) {
  return {Code::kUnavailable, "IMAP_GOODBYE",
          NameOf(server) + " ends the connection: " + ToServerWords(words),
          "none; it is tried again"};
}

std::string JoinFlags(const std::vector<std::string>& flags) {
  std::string text = "(";
  for (const std::string& flag : flags) text.append(text.size() > 1 ? " " : "").append(flag);
  return text += ')';
}

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted += '"';
}

// What stands in quotes on one line: ASCII without control characters.
bool IsQuotable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7F; });
}

std::uint32_t ToUid(const ImapValue& value) {
  return static_cast<std::uint32_t>(value.Number().value_or(0));
}

// "(UID 5 FLAGS (\Seen) RFC822.SIZE 44 BODY[]<0> literal)"
FetchedMail ToFetchedMail(ImapResponse& response) {
  FetchedMail mail;
  if (response.values.empty()) return mail;
  std::vector<ImapValue>& items = response.values.front().items;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    ImapValue& value = items[i + 1];
    if (items[i].IsAtom("UID")) {
      mail.uid = ToUid(value);
    } else if (items[i].IsAtom("RFC822.SIZE")) {
      mail.bytes = value.Number().value_or(0);
    } else if (items[i].IsAtom("FLAGS")) {
      for (const ImapValue& flag : value.items) mail.flags.push_back(flag.text);
    } else if (StartsWithIgnoringCase(items[i].text, "BODY[")) {
      mail.body = std::move(value.text);
    }
  }
  return mail;
}

// What a command gives whose answer is only yes or no.
std::function<void(Result<ImapResponse>)> ToDone(const MailServer& server, std::string what,
                                                 std::function<void(Result<void>)> done) {
  return
      [server, what = std::move(what), done = std::move(done)](const Result<ImapResponse>& answer) {
        if (!answer.ok()) return done(answer.error());
        if (answer->status != "OK") return done(Refused(server, what, *answer));
        done({});
      };
}

}  // namespace

struct ImapClient::State : std::enable_shared_from_this<ImapClient::State> {
  struct Command {
    std::string text{};          // behind the tag
    std::string continuation{};  // sent when the server asks for more
    bool waits_to_continue = false;
    std::function<void(ImapResponse&)> on_untagged{};
    std::function<void(Result<ImapResponse>)> done{};  // OK, NO or BAD
  };

  State(io::EventLoop& event_loop, ImapConfig given, Hooks given_hooks)
      : loop(event_loop),
        config(std::move(given)),
        hooks(std::move(given_hooks)),
        parser(config.limits),
        answer_limit(event_loop),
        watch_timer(event_loop) {}

  // -- The connection ---------------------------------------------------------------------------

  void Connect(std::function<void(Result<void>)> done) {
    connected = std::move(done);
    if (const auto allowed = CheckPlaintext(config.server); !allowed.ok()) {
      return loop.Post([self = shared_from_this(), error = allowed.error()] { self->Lose(error); });
    }
    wire = MailWire::Open(
        loop, config.server,
        {.on_bytes = [self = shared_from_this()](std::string_view bytes) { self->OnBytes(bytes); },
         .on_lost = [self = shared_from_this()](Error error) { self->Lose(std::move(error)); }});
    StartAnswerLimit(config.server.timeout * 2);  // dialling has a limit of its own
  }

  void OnBytes(std::string_view bytes) {
    parser.Feed(bytes);
    while (!closed) {
      auto response = parser.Next();
      if (!response.ok()) return Lose(response.error());
      if (!response->has_value()) {
        // A long answer is alive as long as something comes.
        if (current || !greeted) StartAnswerLimit(config.server.timeout);
        return;
      }
      OnResponse(**response);
    }
  }

  void OnResponse(ImapResponse& response) {
    if (response.status == "BYE") return Lose(Goodbye(config.server, response.words));
    if (response.code == "CAPABILITY") ReadCapabilities(response.code_values);
    if (!greeted) return OnGreeting(response);
    switch (response.kind) {
      case ImapResponse::Kind::kContinuation:
        return OnContinuation();
      case ImapResponse::Kind::kTagged:
        return OnTagged(response);
      case ImapResponse::Kind::kUntagged:
        return OnUntagged(response);
    }
  }

  void OnGreeting(const ImapResponse& response) {
    const bool is_open = response.status == "OK" || response.status == "PREAUTH";
    if (response.kind != ImapResponse::Kind::kUntagged || !is_open) {
      return Lose(Protocol(config.server, "it does not greet as an IMAP server"));
    }
    greeted = true;
    if (config.server.security != MailSecurity::kStartTls) return AskCapabilities();
    if (response.status == "PREAUTH") {
      return Lose(Protocol(config.server, "it needs no login, so TLS cannot be asked for"));
    }
    Start({.text = "STARTTLS", .done = [this](const auto& answer) { OnStartTls(answer); }});
  }

  void OnStartTls(const Result<ImapResponse>& answer) {
    if (!answer.ok()) return;
    if (answer->status != "OK") {
      return Lose({Code::kFailedPrecondition, "STARTTLS_MISSING",
                   NameOf(config.server) + " has no STARTTLS", "use tls and its port"});
    }
    // What came behind the answer came without TLS, from whoever.
    if (parser.HasRest()) {
      return Lose({Code::kFailedPrecondition, "MAIL_INJECTED",
                   NameOf(config.server) + " sends more between its order for TLS and TLS",
                   "use tls and its port; somebody may be in between"});
    }
    capabilities.clear();
    starts_tls = true;
    wire->StartTls([self = shared_from_this()] {
      self->starts_tls = false;
      self->AskCapabilities();
    });
  }

  void AskCapabilities() {
    Start({.text = "CAPABILITY",
           .on_untagged =
               [this](ImapResponse& response) {
                 if (response.name == "CAPABILITY") ReadCapabilities(response.values);
               },
           .done =
               [this](const Result<ImapResponse>& answer) {
                 if (!answer.ok()) return;
                 if (answer->status != "OK") {
                   return Lose(Protocol(config.server, "it does not say what it can"));
                 }
                 if (is_in) return Ready();
                 LogIn();
               }});
  }

  void ReadCapabilities(const std::vector<ImapValue>& values) {
    capabilities.clear();
    for (const ImapValue& value : values) {
      if (capabilities.size() < kCapabilitiesMax) capabilities.insert(ToLower(value.text));
    }
  }

  bool Has(std::string_view name) const { return capabilities.contains(ToLower(name)); }

  void LogIn() {
    const Result<std::string> secret = ReadSecretFile(config.server.secret_file);
    if (!secret.ok()) return Lose(secret.error());
    const MailAuth auth = config.server.auth;
    if (auth == MailAuth::kPassword && !Has("AUTH=PLAIN")) return LogInPlainly(*secret);
    const std::string mechanism = auth == MailAuth::kPassword  ? "PLAIN"
                                  : auth == MailAuth::kXoauth2 ? "XOAUTH2"
                                                               : "OAUTHBEARER";
    if (!Has("AUTH=" + mechanism)) return Lose(LoginUnknown(config.server));
    const std::string initial = SaslResponse(mechanism, config.server, *secret);
    Command command{.text = "AUTHENTICATE " + mechanism, .done = LoginDone()};
    if (Has("SASL-IR")) {
      command.text += " " + initial;
    } else {
      command.continuation = initial + "\r\n";
      command.waits_to_continue = true;
    }
    Start(std::move(command));
  }

  void LogInPlainly(const std::string& secret) {
    if (Has("LOGINDISABLED")) return Lose(LoginUnknown(config.server));
    if (!IsQuotable(secret) || !IsQuotable(config.server.user)) {
      return Lose(LoginUnknown(config.server));
    }
    Start({.text = "LOGIN " + Quoted(config.server.user) + " " + Quoted(secret),
           .done = LoginDone()});
  }

  std::function<void(Result<ImapResponse>)> LoginDone() {
    return [this](const Result<ImapResponse>& answer) {
      if (!answer.ok()) return;
      if (answer->status != "OK") return Lose(LoginRefused(config.server, *answer));
      is_in = true;
      // Servers offer more to those who are logged in, and not all say so unasked.
      AskCapabilities();
    };
  }

  void Ready() {
    is_ready = true;
    const auto done = std::exchange(connected, nullptr);
    if (done) done({});
    Advance();
  }

  // -- Commands ---------------------------------------------------------------------------------

  // A command of a user of the client: behind those that were given before.
  void Give(Command command) {
    if (closed || queue.size() >= config.commands_max) {
      const Error error =
          closed ? Error{Code::kUnavailable, "MAIL_CONNECTION_LOST",
                         "the connection to " + NameOf(config.server) + " is closed",
                         "none; it is tried again"}
                 : Error{Code::kResourceExhausted, "TOO_MANY_COMMANDS",
                         "too many commands wait for " + NameOf(config.server), "try again later"};
      return loop.Post([self = shared_from_this(), done = std::move(command.done), error] {
        if (!self->silent) done(error);
      });
    }
    queue.push_back(std::move(command));
    Advance();
  }

  void Advance() {
    if (closed || !is_ready || current) return;
    if (idling) return EndIdle();
    if (!queue.empty()) {
      Command next = std::move(queue.front());
      queue.pop_front();
      return Start(std::move(next));
    }
    if (watching) Watch();
  }

  void Start(Command command) {
    watch_timer.Cancel();
    current.emplace(std::move(command));
    tag = "u" + std::to_string(++tags);
    wire->Send(tag + " " + current->text + "\r\n");
    // Secrets stay no longer than it takes.
    current->text.clear();
    StartAnswerLimit(config.server.timeout);
  }

  void OnContinuation() {
    if (idling) return;  // it has begun
    if (!current) return Lose(Protocol(config.server, "it asks for more of nothing"));
    if (current->waits_to_continue) {
      current->waits_to_continue = false;
      wire->Send(std::exchange(current->continuation, {}));
    } else {
      // A mechanism tells its error so, and ends it when it got an answer (RFC 7628, 3.2.3).
      wire->Send("\r\n");
    }
    StartAnswerLimit(config.server.timeout);
  }

  void OnTagged(ImapResponse& response) {
    if (response.tag != tag || (!current && !idling)) {
      return Lose(Protocol(config.server, "it answers what nobody asked"));
    }
    answer_limit.Cancel();
    if (idling) {
      idling = false;
      if (response.status != "OK") idle_refused = true;
      TellChange();
      return Advance();
    }
    const Command command = std::move(*current);
    current.reset();
    if (response.status == "BAD" && is_ready) {
      command.done(
          Protocol(config.server, "it did not understand: " + ToServerWords(response.words)));
    } else {
      command.done(std::move(response));
    }
    if (closed || starts_tls) return;
    TellChange();
    Advance();
  }

  void OnUntagged(ImapResponse& response) {
    const bool is_change = response.name == "EXISTS" || response.name == "EXPUNGE" ||
                           response.name == "VANISHED" || response.name == "RECENT";
    if (current && current->on_untagged) current->on_untagged(response);
    if (!is_change) return;
    changed = true;
    if (idling) EndIdle();
  }

  using UidsDone = std::function<void(Result<std::vector<std::uint32_t>>)>;

  void GiveSearch(std::string text, UidsDone done) {
    const auto uids = std::make_shared<std::vector<std::uint32_t>>();
    Give({.text = std::move(text),
          .on_untagged =
              [uids](ImapResponse& response) {
                if (response.name != "SEARCH") return;
                for (const ImapValue& value : response.values) {
                  if (const std::uint32_t uid = ToUid(value); uid > 0) uids->push_back(uid);
                }
              },
          .done =
              [this, uids, done = std::move(done)](const Result<ImapResponse>& answer) {
                if (!answer.ok()) return done(answer.error());
                if (answer->status != "OK") return done(Refused(config.server, "search", *answer));
                std::sort(uids->begin(), uids->end());
                done(std::move(*uids));
              }});
  }

  // -- Moving, step by step -----------------------------------------------------------------------

  struct Moving {
    std::string set;
    std::string mailbox;
    std::function<void(Result<void>)> done;
    bool made_mailbox = false;
  };

  void Move(std::shared_ptr<Moving> moving) {
    const std::string verb = Has("MOVE") ? "UID MOVE " : "UID COPY ";
    Give({.text = verb + moving->set + " " + ToImapMailboxName(moving->mailbox),
          .done = [this, moving](const Result<ImapResponse>& answer) { OnMoved(moving, answer); }});
  }

  void OnMoved(const std::shared_ptr<Moving>& moving, const Result<ImapResponse>& answer) {
    if (!answer.ok()) return moving->done(answer.error());
    if (answer->status == "OK") return Has("MOVE") ? moving->done({}) : RemoveMoved(moving);
    if (answer->code != "TRYCREATE" || moving->made_mailbox) {
      return moving->done(Refused(config.server, "move the messages", *answer));
    }
    moving->made_mailbox = true;
    Give({.text = "CREATE " + ToImapMailboxName(moving->mailbox),
          .done = [this, moving](const Result<ImapResponse>& created) {
            // Whether it was made or is there already, the next try tells.
            if (!created.ok()) return moving->done(created.error());
            Move(moving);
          }});
  }

  void RemoveMoved(const std::shared_ptr<Moving>& moving) {
    Remove(moving->set, "remove what was copied", moving->done);
  }

  void Remove(const std::string& set, const std::string& what,
              std::function<void(Result<void>)> done) {
    Give({.text = "UID STORE " + set + " +FLAGS.SILENT (\\Deleted)",
          .done = [this, set, what, done = std::move(done)](const Result<ImapResponse>& answer) {
            if (!answer.ok()) return done(answer.error());
            if (answer->status != "OK") return done(Refused(config.server, what, *answer));
            // A plain EXPUNGE would also remove what others have marked.
            if (!Has("UIDPLUS")) return done({});
            Give({.text = "UID EXPUNGE " + set, .done = ToDone(config.server, what, done)});
          }});
  }

  // -- Waiting ----------------------------------------------------------------------------------

  void Watch() {
    if (!Has("IDLE") || idle_refused) {
      return watch_timer.Start(config.poll_interval, [self = shared_from_this()] {
        self->Give({.text = "NOOP", .done = [](const auto&) {}});
      });
    }
    if (config.idle_after == Duration{}) return BeginIdle();
    // A command that comes meanwhile cancels it.
    watch_timer.Start(config.idle_after, [self = shared_from_this()] {
      if (!self->closed) self->BeginIdle();
    });
  }

  void BeginIdle() {
    TellChange();
    if (current) return;
    idling = true;
    idle_ends = false;
    tag = "u" + std::to_string(++tags);
    wire->Send(tag + " IDLE\r\n");
    watch_timer.Start(config.idle_renewal, [self = shared_from_this()] { self->EndIdle(); });
  }

  void EndIdle() {
    if (idle_ends) return;
    idle_ends = true;
    watch_timer.Cancel();
    wire->Send("DONE\r\n");
    StartAnswerLimit(config.server.timeout);
  }

  void TellChange() {
    if (!changed || !watching) return;
    changed = false;
    if (hooks.on_change) hooks.on_change();
  }

  // -- The end ----------------------------------------------------------------------------------

  void StartAnswerLimit(Duration limit) {
    answer_limit.Start(limit, [self = shared_from_this()] {
      self->Lose({Code::kUnavailable, "TIMEOUT", NameOf(self->config.server) + " does not answer",
                  "none; it is tried again"});
    });
  }

  void Lose(Error error) {
    if (closed) return;
    const auto self = shared_from_this();
    Shut();
    if (silent) return;
    if (const auto done = std::exchange(connected, nullptr)) return done(error);
    // A command may be one of the login's, which hears nothing: `connected` was told.
    std::deque<Command> unanswered = std::move(queue);
    if (current && is_ready) unanswered.push_front(std::move(*current));
    current.reset();
    for (const Command& command : unanswered) {
      if (!silent) command.done(error);
    }
    if (!silent && hooks.on_lost) hooks.on_lost(std::move(error));
  }

  void Shut() {
    closed = true;
    answer_limit.Cancel();
    watch_timer.Cancel();
    if (wire) wire->Close();
  }

  void Close() {
    silent = true;
    if (!closed && is_ready && !current && !idling) wire->Send("u0 LOGOUT\r\n");
    Shut();
    loop.Post([self = shared_from_this()] {
      self->hooks = {};
      self->queue.clear();
      self->current.reset();
      self->connected = nullptr;
    });
  }

  io::EventLoop& loop;
  const ImapConfig config;
  Hooks hooks;
  ImapParser parser;
  std::shared_ptr<MailWire> wire;
  io::Timer answer_limit;
  io::Timer watch_timer;  // renews IDLE, or polls
  std::function<void(Result<void>)> connected;
  std::set<std::string> capabilities;
  std::deque<Command> queue;
  std::optional<Command> current;
  std::string tag;
  std::uint64_t tags = 0;
  bool greeted = false;
  bool starts_tls = false;
  bool is_in = false;
  bool is_ready = false;
  bool watching = false;
  bool idling = false;
  bool idle_ends = false;
  bool idle_refused = false;
  bool changed = false;
  bool closed = false;
  bool silent = false;
};

ImapClient::ImapClient(io::EventLoop& loop, ImapConfig config, Hooks hooks)
    : state_(std::make_shared<State>(loop, std::move(config), std::move(hooks))) {}

ImapClient::~ImapClient() { state_->Close(); }

void ImapClient::Connect(std::function<void(Result<void>)> done) {
  state_->Connect(std::move(done));
}

void ImapClient::Close() { state_->Close(); }

bool ImapClient::HasCapability(const std::string& name) const { return state_->Has(name); }

void ImapClient::StartWatching() {
  state_->watching = true;
  state_->loop.Post([state = state_] { state->Advance(); });
}

void ImapClient::Select(const std::string& mailbox,
                        std::function<void(Result<SelectedMailbox>)> done) {
  const auto box = std::make_shared<SelectedMailbox>();
  const std::string condstore = state_->Has("CONDSTORE") ? " (CONDSTORE)" : "";
  state_->Give(
      {.text = "SELECT " + ToImapMailboxName(mailbox) + condstore,
       .on_untagged =
           [box](ImapResponse& response) {
             if (response.name == "EXISTS")
               box->exists = static_cast<std::uint32_t>(response.number);
             if (response.code_values.empty()) return;
             const ImapValue& value = response.code_values.front();
             if (response.code == "UIDVALIDITY") box->uid_validity = ToUid(value);
             if (response.code == "UIDNEXT") box->uid_next = ToUid(value);
             if (response.code == "HIGHESTMODSEQ") box->highest_modseq = value.Number().value_or(0);
             if (response.code == "PERMANENTFLAGS") {
               box->takes_keywords =
                   std::any_of(value.items.begin(), value.items.end(),
                               [](const ImapValue& flag) { return flag.text == "\\*"; });
             }
           },
       .done =
           [state = state_.get(), box, done = std::move(done)](const Result<ImapResponse>& answer) {
             if (!answer.ok()) return done(answer.error());
             if (answer->status != "OK") {
               return done(Refused(state->config.server, "open the mailbox", *answer));
             }
             box->read_only = answer->code == "READ-ONLY";
             state->changed = false;
             done(*box);
           }});
}

void ImapClient::Create(const std::string& mailbox, std::function<void(Result<void>)> done) {
  state_->Give(
      {.text = "CREATE " + ToImapMailboxName(mailbox),
       .done = [state = state_.get(), done = std::move(done)](const Result<ImapResponse>& answer) {
         if (!answer.ok()) return done(answer.error());
         const bool exists =
             answer->code == "ALREADYEXISTS" || ContainsIgnoringCase(answer->words, "exists");
         if (answer->status != "OK" && !exists) {
           return done(Refused(state->config.server, "make the mailbox", *answer));
         }
         done({});
       }});
}

void ImapClient::SearchUids(std::uint32_t first, std::uint32_t last, const std::string& criteria,
                            std::function<void(Result<std::vector<std::uint32_t>>)> done) {
  const std::string range = std::to_string(first) + ":" + (last == 0 ? "*" : std::to_string(last));
  state_->GiveSearch("UID SEARCH UID " + range + " " + criteria,
                     [first, done = std::move(done)](Result<std::vector<std::uint32_t>> uids) {
                       // "7:*" also names the newest where that is older than 7.
                       if (uids.ok()) {
                         std::erase_if(*uids, [first](std::uint32_t uid) { return uid < first; });
                       }
                       done(std::move(uids));
                     });
}

void ImapClient::SearchMessageId(const std::string& message_id,
                                 std::function<void(Result<std::vector<std::uint32_t>>)> done) {
  std::string plain = message_id;
  std::erase_if(plain, [](char c) { return c < ' ' || c >= 0x7F; });
  state_->GiveSearch("UID SEARCH HEADER Message-ID " + Quoted(plain), std::move(done));
}

void ImapClient::FetchSizes(const std::vector<std::uint32_t>& uids,
                            std::function<void(Result<std::vector<FetchedMail>>)> done) {
  const auto mails = std::make_shared<std::vector<FetchedMail>>();
  state_->Give({.text = "UID FETCH " + ToUidSet(uids) + " (UID RFC822.SIZE FLAGS)",
                .on_untagged =
                    [mails](ImapResponse& response) {
                      if (response.name != "FETCH") return;
                      FetchedMail mail = ToFetchedMail(response);
                      // Without a size it tells of another client's flags.
                      if (mail.uid > 0 && mail.bytes > 0) mails->push_back(std::move(mail));
                    },
                .done =
                    [state = state_.get(), mails,
                     done = std::move(done)](const Result<ImapResponse>& answer) {
                      if (!answer.ok()) return done(answer.error());
                      if (answer->status != "OK") {
                        return done(Refused(state->config.server, "tell the sizes", *answer));
                      }
                      done(std::move(*mails));
                    }});
}

void ImapClient::FetchBody(std::uint32_t uid, std::size_t bytes_max,
                           std::function<void(Result<FetchedMail>)> done) {
  const auto mail = std::make_shared<FetchedMail>();
  state_->Give({.text = "UID FETCH " + std::to_string(uid) +
                        " (UID RFC822.SIZE FLAGS BODY.PEEK[]<0." + std::to_string(bytes_max) + ">)",
                .on_untagged =
                    [mail, uid](ImapResponse& response) {
                      if (response.name != "FETCH") return;
                      FetchedMail fetched = ToFetchedMail(response);
                      if (fetched.uid == uid && fetched.body) *mail = std::move(fetched);
                    },
                .done =
                    [state = state_.get(), mail,
                     done = std::move(done)](const Result<ImapResponse>& answer) {
                      if (!answer.ok()) return done(answer.error());
                      if (answer->status != "OK") {
                        return done(Refused(state->config.server, "give the message", *answer));
                      }
                      if (!mail->body) {
                        return done(Error{Code::kNotFound, "MAIL_GONE",
                                          "the message is no longer in the mailbox",
                                          "pass over it"});
                      }
                      done(std::move(*mail));
                    }});
}

void ImapClient::AddFlags(const std::vector<std::uint32_t>& uids,
                          const std::vector<std::string>& flags,
                          std::function<void(Result<void>)> done) {
  state_->Give({.text = "UID STORE " + ToUidSet(uids) + " +FLAGS.SILENT " + JoinFlags(flags),
                .done = ToDone(state_->config.server, "flag the messages", std::move(done))});
}

void ImapClient::ReplaceFlags(const std::vector<std::uint32_t>& uids,
                              const std::vector<std::string>& flags,
                              std::function<void(Result<void>)> done) {
  state_->Give({.text = "UID STORE " + ToUidSet(uids) + " FLAGS.SILENT " + JoinFlags(flags),
                .done = ToDone(state_->config.server, "flag the messages", std::move(done))});
}

void ImapClient::Remove(const std::vector<std::uint32_t>& uids,
                        std::function<void(Result<void>)> done) {
  state_->Remove(ToUidSet(uids), "remove messages", std::move(done));
}

void ImapClient::Noop(std::function<void(Result<void>)> done) {
  state_->Give({.text = "NOOP", .done = ToDone(state_->config.server, "wait", std::move(done))});
}

void ImapClient::Append(const std::string& mailbox, const std::vector<std::string>& flags,
                        std::string bytes, std::function<void(Result<void>)> done) {
  const std::string size = std::to_string(bytes.size());
  state_->Give(
      {.text = "APPEND " + ToImapMailboxName(mailbox) + " " + JoinFlags(flags) + " {" + size + "}",
       .continuation = std::move(bytes.append("\r\n")),
       .waits_to_continue = true,
       .done = ToDone(state_->config.server, "keep the message", std::move(done))});
}

void ImapClient::Move(const std::vector<std::uint32_t>& uids, const std::string& mailbox,
                      std::function<void(Result<void>)> done) {
  State::Moving moving{.set = ToUidSet(uids), .mailbox = mailbox, .done = std::move(done)};
  state_->Move(std::make_shared<State::Moving>(std::move(moving)));
}

}  // namespace usher::email
