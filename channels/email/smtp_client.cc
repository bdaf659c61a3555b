// SPDX-License-Identifier: Apache-2.0
#include "channels/email/smtp_client.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "base/check.h"
#include "channels/email/ascii.h"
#include "channels/email/base64.h"
#include "channels/email/mail_wire.h"
#include "channels/email/secret_file.h"
#include "channels/email/smtp_reply.h"

namespace usher::email {

namespace {

// An address or an id is within a command; a line end would begin another.
bool IsOneWord(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c > ' ' && c < 0x7F && c != '<' && c != '>'; });
}

bool IsSendable(const SmtpMail& mail) {
  return mail.bytes != nullptr && !mail.recipients.empty() && IsOneWord(mail.from) &&
         std::all_of(
             mail.recipients.begin(), mail.recipients.end(),
             [](const std::string& address) { return !address.empty() && IsOneWord(address); });
}

SmtpFate FateOf(const SmtpReply& reply) {
  if (reply.IsPositive()) return SmtpFate::kSent;
  return reply.IsForNow() ? SmtpFate::kDeferred : SmtpFate::kRefused;
}

// A server that passes mails on while they come lost the one behind it, and closes (RFC 3463: X.4
// is of networks). To the end of the data this is no refusal: the one behind may have taken it.
bool IsLostBehind(const SmtpReply& reply) {
  return reply.code == 421 && reply.status.starts_with("4.4.");
}

}  // namespace

std::string_view ToText(SmtpFate fate) {
  switch (fate) {
    case SmtpFate::kSent:
      return "sent";
    case SmtpFate::kDeferred:
      return "deferred";
    case SmtpFate::kRefused:
      return "refused";
    case SmtpFate::kUnknown:
      return "unknown";
  }
  USHER_CHECK(false, "a fate without a name");
}

struct SmtpClient::State : std::enable_shared_from_this<SmtpClient::State> {
  struct Job {
    SmtpMail mail;
    std::function<void(SmtpOutcome)> done;
  };
  using OnReply = void (State::*)(const SmtpReply&);

  State(io::EventLoop& event_loop, SmtpConfig given)
      : loop(event_loop), config(std::move(given)), limit(event_loop), idle(event_loop) {}

  // -- Jobs ---------------------------------------------------------------------------------------

  void Give(SmtpMail mail, std::function<void(SmtpOutcome)> done) {
    if (!IsSendable(mail)) {
      return TellLater(mail, std::move(done), SmtpFate::kRefused, "MAIL_ADDRESS_INVALID",
                       "the mail has no bytes or an address that SMTP cannot carry");
    }
    if (jobs.size() >= config.waiting_max) {
      return TellLater(mail, std::move(done), SmtpFate::kDeferred, "OUTBOX_FULL",
                       "too many mails wait for " + NameOf(config.server));
    }
    jobs.push_back({std::move(mail), std::move(done)});
    idle.Cancel();
    if (wire == nullptr) return Open();
    if (is_ready && !busy) StartNext();
  }

  static SmtpOutcome MakeOutcome(const SmtpMail& mail, SmtpFate fate, std::string reason,
                                 const std::string& words) {
    SmtpOutcome outcome{
        .fate = fate, .reason = std::move(reason), .words = words, .recipients = {}};
    for (const std::string& address : mail.recipients) {
      outcome.recipients.push_back({.address = address, .fate = fate, .words = words});
    }
    return outcome;
  }

  void TellLater(const SmtpMail& mail, std::function<void(SmtpOutcome)> done, SmtpFate fate,
                 std::string reason, const std::string& words) {
    loop.Post([self = shared_from_this(), done = std::move(done),
               outcome = MakeOutcome(mail, fate, std::move(reason), words)] {
      if (!self->silent) done(outcome);
    });
  }

  // Tells the present job's outcome and goes on with the next.
  void Finish(SmtpOutcome outcome) {
    USHER_CHECK(busy, "an outcome of no mail");
    busy = false;
    limit.Cancel();
    const auto self = shared_from_this();
    const Job job = std::move(jobs.front());
    jobs.pop_front();
    job.done(std::move(outcome));
    if (!silent && !busy && wire != nullptr && is_ready) StartNext();
  }

  void FinishAll(SmtpFate fate, const std::string& reason, const std::string& words) {
    Finish(MakeOutcome(jobs.front().mail, fate, reason, words));
  }

  // -- The connection -----------------------------------------------------------------------------

  void Open() {
    const auto allowed = CheckPlaintext(config.server);
    parser = {};
    offers = {};
    is_ready = false;
    expects = {};
    wire = MailWire::Open(
        loop, config.server,
        {.on_bytes = [self = shared_from_this()](std::string_view bytes) { self->OnBytes(bytes); },
         .on_lost = [self = shared_from_this()](const Error& error) { self->OnLost(error); }});
    if (!allowed.ok()) {
      return loop.Post(
          [self = shared_from_this(), error = allowed.error()] { self->OnLost(error); });
    }
    Expect(&State::OnGreeting, config.server.timeout * 2);  // dialling has a limit of its own
  }

  void Expect(OnReply handler, Duration time) {
    expects.push_back(handler);
    limit.Start(time, [self = shared_from_this()] {
      self->OnLost({Code::kUnavailable, "TIMEOUT", NameOf(self->config.server) + " does not answer",
                    "none; it is tried again"});
    });
  }

  void Command(const std::string& text, OnReply handler) {
    wire->Send(text + "\r\n");
    Expect(handler, config.server.timeout);
  }

  void OnBytes(std::string_view bytes) {
    parser.Feed(bytes);
    while (wire != nullptr) {
      auto reply = parser.Next();
      if (!reply.ok()) return OnLost(reply.error());
      if (!reply->has_value()) return;
      if (expects.empty()) {
        // Nobody asked: mostly a 421 before it closes.
        return OnLost({Code::kUnavailable, "SMTP_GOODBYE",
                       NameOf(config.server) + " ends the connection: " + (*reply)->Words(),
                       "none; it is tried again"});
      }
      const OnReply handler = expects.front();
      expects.pop_front();
      if (expects.empty()) limit.Cancel();
      (this->*handler)(**reply);
    }
  }

  // The connection could not be made to send, or is gone.
  void OnLost(const Error& error) {
    if (wire == nullptr) return;
    const auto self = shared_from_this();
    const bool was_busy = busy;
    const bool was_ready = is_ready;
    const bool all_sent = busy && data_sent;
    Shut();
    if (silent) return;
    if (const auto done = std::exchange(probe, {})) return done(error);
    if (was_busy) {
      const SmtpFate fate = all_sent ? SmtpFate::kUnknown : SmtpFate::kDeferred;
      FinishAll(fate, all_sent ? "ANSWER_LOST" : error.reason, error.message);
    } else if (!was_ready) {
      // A server that cannot be reached cannot be reached for any of them.
      std::deque<Job> waiting = std::exchange(jobs, {});
      for (const Job& job : waiting) {
        if (silent) return;
        job.done(MakeOutcome(job.mail, SmtpFate::kDeferred, error.reason, error.message));
      }
    }
    if (!silent && !jobs.empty() && wire == nullptr) Open();
  }

  void Shut() {
    limit.Cancel();
    idle.Cancel();
    expects.clear();
    is_ready = false;
    data_sent = false;
    if (const auto old = std::exchange(wire, nullptr)) old->Close();
  }

  void Refuse(const char* reason, const std::string& message, const char* next_step) {
    OnLost({Code::kFailedPrecondition, reason, message, next_step});
  }

  void OnGreeting(const SmtpReply& reply) {
    if (reply.code != 220) {
      return Refuse("SMTP_REFUSED", NameOf(config.server) + " does not serve us: " + reply.Words(),
                    "do what it says");
    }
    greeted_at = FindSmtpTime(reply.Words());
    Command("EHLO " + config.own_name, &State::OnEhlo);
  }

  void OnEhlo(const SmtpReply& reply) {
    if (reply.code != 250) {
      return Refuse("SMTP_REFUSED", NameOf(config.server) + " refuses EHLO: " + reply.Words(),
                    "set a name of this machine that it takes");
    }
    offers = ReadOffers(reply);
    if (config.server.security == MailSecurity::kStartTls && !wire->is_tls()) {
      if (!offers.starttls) {
        return Refuse("STARTTLS_MISSING", NameOf(config.server) + " has no STARTTLS",
                      "use tls and its port");
      }
      return Command("STARTTLS", &State::OnStartTls);
    }
    LogIn();
  }

  void OnStartTls(const SmtpReply& reply) {
    if (reply.code != 220) {
      return Refuse("STARTTLS_MISSING", NameOf(config.server) + " refuses TLS: " + reply.Words(),
                    "use tls and its port");
    }
    // What came behind the answer came without TLS, from whoever.
    if (parser.HasRest()) {
      return Refuse("MAIL_INJECTED",
                    NameOf(config.server) + " sends more between its order for TLS and TLS",
                    "use tls and its port; somebody may be in between");
    }
    wire->StartTls([self = shared_from_this()] {
      if (self->wire == nullptr) return;
      self->offers = {};
      self->Command("EHLO " + self->config.own_name, &State::OnEhlo);
    });
  }

  void LogIn() {
    if (config.server.auth == MailAuth::kNone) return Ready();
    const Result<std::string> secret = ReadSecretFile(config.server.secret_file);
    if (!secret.ok()) return OnLost(secret.error());
    const MailAuth auth = config.server.auth;
    if (auth == MailAuth::kPassword && !offers.HasAuth("PLAIN") && offers.HasAuth("LOGIN")) {
      login_secret = *secret;
      return Command("AUTH LOGIN", &State::OnAskUser);
    }
    const std::string mechanism = auth == MailAuth::kPassword  ? "PLAIN"
                                  : auth == MailAuth::kXoauth2 ? "XOAUTH2"
                                                               : "OAUTHBEARER";
    if (!offers.HasAuth(mechanism)) {
      return Refuse("MAIL_LOGIN_UNKNOWN",
                    NameOf(config.server) + " offers no login of the configured kind",
                    "choose password, xoauth2 or oauthbearer, as the server has it");
    }
    Command("AUTH " + mechanism + " " + SaslResponse(mechanism, config.server, *secret),
            &State::OnLogin);
  }

  void OnAskUser(const SmtpReply& reply) {
    if (reply.code != 334) return OnLogin(reply);
    Command(ToBase64(config.server.user), &State::OnAskPassword);
  }

  void OnAskPassword(const SmtpReply& reply) {
    if (reply.code != 334) return OnLogin(reply);
    Command(ToBase64(std::exchange(login_secret, {})), &State::OnLogin);
  }

  void OnLogin(const SmtpReply& reply) {
    if (reply.code == 235) return Ready();
    login_secret.clear();
    // A mechanism tells its error so, and ends it when it got an answer (RFC 7628, 3.2.3).
    if (reply.code == 334) return Command("", &State::OnLogin);
    const Error refused{Code::kUnauthenticated, "MAIL_LOGIN_REFUSED",
                        NameOf(config.server) + " refuses the login: " + reply.Words(),
                        "check the user and the secret in " + config.server.secret_file.string()};
    OnLost(refused);
  }

  void Ready() {
    is_ready = true;
    if (const auto done = std::exchange(probe, {})) {
      done(SmtpService{
          .size_max = offers.size_max, .reports = offers.dsn, .greeted_at = greeted_at});
      if (silent) return;
    }
    StartNext();
  }

  // -- One mail -----------------------------------------------------------------------------------

  void StartNext() {
    if (jobs.empty()) {
      return idle.Start(config.idle, [self = shared_from_this()] {
        if (self->wire == nullptr || self->busy) return;
        self->wire->Send("QUIT\r\n");
        self->Shut();
      });
    }
    busy = true;
    data_sent = false;
    results.clear();
    const SmtpMail& mail = jobs.front().mail;
    if (offers.size_max > 0 && mail.bytes->size() > offers.size_max) {
      return FinishAll(
          SmtpFate::kRefused, "MAIL_TOO_LARGE",
          NameOf(config.server) + " takes at most " + std::to_string(offers.size_max) + " bytes");
    }
    SendEnvelope(mail);
  }

  void SendEnvelope(const SmtpMail& mail) {
    const bool wants_reports = offers.dsn && !mail.envelope_id.empty();
    std::string from = "MAIL FROM:<" + mail.from + ">";
    if (offers.size_max > 0) from += " SIZE=" + std::to_string(mail.bytes->size());
    if (offers.eight_bit && HasEightBits(*mail.bytes)) from += " BODY=8BITMIME";
    if (wants_reports) from += " RET=HDRS ENVID=" + ToXtext(mail.envelope_id.substr(0, 60));
    Command(from, &State::OnMailFrom);
    if (offers.pipelining) SendRecipients();
  }

  static bool HasEightBits(std::string_view bytes) {
    return std::any_of(bytes.begin(), bytes.end(),
                       [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  }

  void SendRecipients() {
    for (const std::string& address : jobs.front().mail.recipients) SendRecipient(address);
  }

  void SendRecipient(const std::string& address) {
    std::string text = "RCPT TO:<" + address + ">";
    if (offers.dsn && !jobs.front().mail.envelope_id.empty()) text += " NOTIFY=FAILURE,DELAY";
    Command(text, &State::OnRecipient);
  }

  void OnMailFrom(const SmtpReply& reply) {
    from_reply = reply;
    if (offers.pipelining) return;  // the recipients' answers come next
    if (!reply.IsPositive()) return EndRefused(FateOf(reply), "SENDER_REFUSED", reply);
    SendRecipient(jobs.front().mail.recipients.front());
  }

  void OnRecipient(const SmtpReply& reply) {
    const SmtpMail& mail = jobs.front().mail;
    results.push_back({.address = mail.recipients[results.size()],
                       .fate = FateOf(reply),
                       .words = reply.Words()});
    if (results.size() < mail.recipients.size()) {
      if (!offers.pipelining) SendRecipient(mail.recipients[results.size()]);
      return;
    }
    if (!from_reply.IsPositive())
      return EndRefused(FateOf(from_reply), "SENDER_REFUSED", from_reply);
    const auto has = [&](SmtpFate fate) {
      return std::any_of(results.begin(), results.end(),
                         [fate](const SmtpRecipient& one) { return one.fate == fate; });
    };
    if (has(SmtpFate::kSent)) return Command("DATA", &State::OnData);
    SmtpOutcome outcome{
        .fate = has(SmtpFate::kDeferred) ? SmtpFate::kDeferred : SmtpFate::kRefused,
        .reason = has(SmtpFate::kDeferred) ? "RECIPIENTS_DEFERRED" : "RECIPIENTS_REFUSED",
        .words = results.front().words,
        .recipients = results};
    Reset(std::move(outcome));
  }

  void EndRefused(SmtpFate fate, const char* reason, const SmtpReply& reply) {
    Reset(MakeOutcome(jobs.front().mail, fate, reason, reply.Words()));
  }

  // Ends the mail that the server did not take, so that it takes another.
  void Reset(SmtpOutcome outcome) {
    pending = std::move(outcome);
    Command("RSET", &State::OnReset);
  }

  void OnReset(const SmtpReply& reply) {
    SmtpOutcome outcome = std::move(pending);
    if (!reply.IsPositive()) Shut();
    Finish(std::move(outcome));
    if (!silent && wire == nullptr && !jobs.empty()) Open();
  }

  void OnData(const SmtpReply& reply) {
    if (reply.code != 354) return EndRefused(FateOf(reply), "MAIL_REFUSED", reply);
    std::string data = ToSmtpData(*jobs.front().mail.bytes);
    // The last line is what makes the server take it: from then on its fate may be unknown.
    const std::string end = data.substr(data.size() - 3);
    data.resize(data.size() - 3);
    wire->Send(std::move(data), [self = shared_from_this(), end] {
      if (self->wire == nullptr || !self->busy) return;
      self->data_sent = true;
      self->wire->Send(end);
    });
    Expect(&State::OnTaken, config.data_timeout);
  }

  void OnTaken(const SmtpReply& reply) {
    const bool is_taken = reply.IsPositive();
    // Refused before the end was sent: the server stopped reading, and will not understand us.
    const bool stopped = !data_sent;
    if (!stopped && IsLostBehind(reply)) {
      Shut();
      FinishAll(SmtpFate::kUnknown, "ANSWER_LOST", reply.Words());
      if (!silent && wire == nullptr && !jobs.empty()) Open();
      return;
    }
    SmtpOutcome outcome{.fate = FateOf(reply),
                        .reason = is_taken ? "SENT" : "MAIL_REFUSED",
                        .words = reply.Words(),
                        .recipients = results};
    for (SmtpRecipient& one : outcome.recipients) {
      if (one.fate != SmtpFate::kSent) continue;
      one.fate = outcome.fate;
      one.words = outcome.words;
    }
    data_sent = false;
    if (stopped) Shut();
    Finish(std::move(outcome));
    if (!silent && wire == nullptr && !jobs.empty()) Open();
  }

  void Close() {
    silent = true;
    if (wire != nullptr && is_ready && !busy) wire->Send("QUIT\r\n");
    Shut();
    loop.Post([self = shared_from_this()] { self->jobs.clear(); });
  }

  io::EventLoop& loop;
  const SmtpConfig config;
  io::Timer limit;
  io::Timer idle;
  std::shared_ptr<MailWire> wire;
  SmtpReplyParser parser;
  SmtpOffers offers;
  std::function<void(Result<SmtpService>)> probe;
  std::optional<Instant> greeted_at;
  std::deque<OnReply> expects;  // who takes the next replies, in their order
  std::deque<Job> jobs;         // the first is the present one while `busy`
  std::vector<SmtpRecipient> results;
  SmtpReply from_reply;
  SmtpOutcome pending;
  std::string login_secret;
  bool is_ready = false;
  bool busy = false;
  bool data_sent = false;
  bool silent = false;
};

SmtpClient::SmtpClient(io::EventLoop& loop, SmtpConfig config)
    : state_(std::make_shared<State>(loop, std::move(config))) {}

SmtpClient::~SmtpClient() { state_->Close(); }

void SmtpClient::Probe(std::function<void(Result<SmtpService>)> done) {
  USHER_CHECK(state_->wire == nullptr && state_->jobs.empty(), "a probe of a client in use");
  state_->probe = std::move(done);
  state_->Open();
}

void SmtpClient::Send(SmtpMail mail, std::function<void(SmtpOutcome)> done) {
  state_->Give(std::move(mail), std::move(done));
}

}  // namespace usher::email
