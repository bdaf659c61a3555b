// SPDX-License-Identifier: Apache-2.0
#include "usher/email_file.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "channels/email/acknowledgement.h"
#include "channels/email/ascii.h"
#include "channels/email/mime_writer.h"
#include "channels/email/secret_file.h"
#include "router/configuration/diagnostic.h"
#include "router/configuration/mapping_reader.h"
#include "router/configuration/scalar.h"
#include "router/configuration/text_file.h"
#include "router/configuration/yaml_document.h"

namespace usher::app {

namespace {

using configuration::Diagnostics;
using configuration::MappingReader;
using configuration::YamlNode;
using email::EmailMailbox;
using email::MailAuth;
using email::MailSecurity;
using email::MailServer;
using email::QueueManners;

constexpr std::size_t kMailboxesMax = 1'000;
constexpr std::size_t kSignatureBytesMax = 4'000;
constexpr std::size_t kQueuesMax = 1'000;
constexpr std::size_t kHeadersMax = 20;
constexpr std::size_t kHeaderBytesMax = 100;
constexpr std::string_view kHeaderLetters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

// IMAP's or SMTP's: what differs is which port each kind of security has.
struct ServerKind {
  const char* key;
  MailSecurity security;  // unless said
  std::int32_t tls_port;
  std::int32_t starttls_port;
  std::int32_t plain_port;
};
constexpr ServerKind kImap{"imap", MailSecurity::kTls, 993, 143, 143};
constexpr ServerKind kSmtp{"smtp", MailSecurity::kTls, 465, 587, 25};

void ReadSecurity(MappingReader& reader, const YamlNode& node, const ServerKind& kind,
                  MailServer& server) {
  std::string security;
  reader.Read("security", security);
  server.security = kind.security;
  if (security == "tls") {
    server.security = MailSecurity::kTls;
  } else if (security == "starttls") {
    server.security = MailSecurity::kStartTls;
  } else if (security == "none") {
    server.security = MailSecurity::kNone;
  } else if (!security.empty()) {
    reader.Complain(node, "security must be tls, starttls or none, not \"" + security + '"');
  }
  std::int32_t port = server.security == MailSecurity::kTls        ? kind.tls_port
                      : server.security == MailSecurity::kStartTls ? kind.starttls_port
                                                                   : kind.plain_port;
  reader.Read("port", {.min = 1, .max = 65'535}, port);
  server.port = static_cast<std::uint16_t>(port);
  reader.Read("allow_plaintext", server.allow_plaintext);
}

void ReadLogin(MappingReader& reader, const YamlNode& node, const ServerKind& kind,
               const std::filesystem::path& folder, MailServer& server) {
  std::string auth = "password";
  reader.Read("auth", auth);
  if (auth == "xoauth2") {
    server.auth = MailAuth::kXoauth2;
  } else if (auth == "oauthbearer") {
    server.auth = MailAuth::kOauthBearer;
  } else if (auth == "none" && &kind == &kSmtp) {
    server.auth = MailAuth::kNone;
  } else if (auth != "password") {
    reader.Complain(node, "auth must be password, xoauth2 or oauthbearer, not \"" + auth + '"');
  }
  reader.Read("user", server.user);
  std::string secret;
  reader.Read("secret_file", secret);
  if (server.auth == MailAuth::kNone) return;
  if (server.user.empty()) reader.Complain(node, "user is missing: who logs in");
  if (secret.empty()) {
    reader.Complain(node, "secret_file is missing: a file with the password or the access token");
    return;
  }
  server.secret_file = folder / secret;
  const Result<std::string> read = email::ReadSecretFile(server.secret_file);
  if (!read.ok()) reader.Complain(node, "secret_file: " + configuration::Sentences(read.error()));
}

MailServer ReadServer(const YamlNode* node, const std::string& where, const ServerKind& kind,
                      const YamlNode& parent, const std::filesystem::path& folder,
                      Diagnostics& diagnostics) {
  MailServer server;
  if (node == nullptr) {
    diagnostics.Add(parent.line, where + ": " + kind.key + " is missing");
    return server;
  }
  MappingReader reader(*node, where + ": " + kind.key, diagnostics);
  reader.Read("host", server.host);
  if (server.host.empty()) reader.Complain(*node, "host is missing: the server's name");
  ReadSecurity(reader, *node, kind, server);
  ReadLogin(reader, *node, kind, folder, server);
  std::string ca_file;
  reader.Read("ca_file", ca_file);
  if (!ca_file.empty()) server.ca_file = (folder / ca_file).string();
  reader.Finish();
  if (const auto allowed = email::CheckPlaintext(server); !allowed.ok()) {
    diagnostics.Add(node->line, configuration::Sentences(allowed.error()));
  }
  return server;
}

// "2026-11-22" as IMAP has it, "22-Nov-2026"; empty where it is none.
std::string ToImapDate(const std::string& text) {
  constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto is_digits = [&](std::size_t at, std::size_t count) {
    return text.substr(at, count).find_first_not_of("0123456789") == std::string::npos;
  };
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return {};
  if (!is_digits(0, 4) || !is_digits(5, 2) || !is_digits(8, 2)) return {};
  const int month = std::stoi(text.substr(5, 2));
  const int day = std::stoi(text.substr(8, 2));
  if (month < 1 || month > 12 || day < 1 || day > 31) return {};
  return std::to_string(day) + "-" + kMonths[static_cast<std::size_t>(month - 1)] + "-" +
         text.substr(0, 4);
}

// A text such as `{text: "Thank you, {{name}}."}`.
std::string ReadAutomaticText(MappingReader& queue, const char* key) {
  const YamlNode* node = queue.Find(key);
  if (node == nullptr) return {};
  MappingReader reader(*node, queue.where() + ": " + key, queue.diagnostics());
  std::string text;
  reader.Read("text", text);
  reader.Finish();
  if (text.empty()) reader.Complain(*node, "text is missing: what is mailed");
  const Result<void> valid = email::CheckAcknowledgement(text);
  if (!valid.ok()) reader.Complain(*node, configuration::Sentences(valid.error()));
  return text;
}

void ReadClock(MappingReader& reader, const YamlNode& node, QueueManners& manners) {
  reader.Read("timezone", manners.timezone);
  if (!email::IsTimeZone(manners.timezone)) {
    reader.Complain(node, "no time zone \"" + manners.timezone + "\"; name one as Europe/Berlin");
  }
  reader.Read("language", manners.language);
}

// What the mails of each queue have of their own; `defaults` are the file's.
void ReadQueues(const YamlNode* list, const std::string& where, const QueueManners& defaults,
                EmailMailbox& mailbox, Diagnostics& diagnostics) {
  if (list == nullptr) return;
  if (list->entries.size() > kQueuesMax) {
    diagnostics.Add(list->line, where + ": queues: at most " + std::to_string(kQueuesMax));
    return;
  }
  for (const YamlNode::Entry& entry : list->entries) {
    MappingReader reader(*entry.value, where + ": queue " + entry.key, diagnostics);
    email::EmailQueue& queue = mailbox.queues[entry.key];
    reader.Read("signature", queue.signature);
    if (queue.signature.size() > kSignatureBytesMax) {
      reader.Complain(*entry.value,
                      "signature: at most " + std::to_string(kSignatureBytesMax) + " bytes");
    }
    queue.manners = defaults;
    queue.manners.acknowledge = ReadAutomaticText(reader, "acknowledge");
    queue.manners.outside_hours = ReadAutomaticText(reader, "outside_hours");
    reader.Read("soon", queue.manners.soon);
    ReadClock(reader, *entry.value, queue.manners);
    reader.Finish();
  }
}

EmailMailbox ReadMailbox(const std::string& id, const YamlNode& node,
                         const std::filesystem::path& folder, const QueueManners& defaults,
                         Diagnostics& diagnostics) {
  EmailMailbox mailbox;
  mailbox.id = id;
  const std::string where = "mailbox " + id;
  MappingReader reader(node, where, diagnostics);
  std::string domain;
  reader.Read("domain", domain);
  mailbox.domain = DomainId{domain};
  reader.Read("address", mailbox.address.address);
  const Result<std::string> address = email::ToSmtpAddress(mailbox.address.address);
  if (!address.ok()) reader.Complain(node, "address: " + configuration::Sentences(address.error()));
  reader.Read("name", mailbox.address.name);
  reader.Read("queue", mailbox.queue);
  if (mailbox.queue.empty()) reader.Complain(node, "queue is missing: where its contacts wait");
  reader.Read("signature", mailbox.signature);
  if (mailbox.signature.size() > kSignatureBytesMax) {
    reader.Complain(node, "signature: at most " + std::to_string(kSignatureBytesMax) + " bytes");
  }
  reader.Read("folder", mailbox.inbox.folder);
  reader.Read("done_folder", mailbox.inbox.done_folder);
  reader.Read("files_folder", mailbox.files_folder);
  reader.Read("outbox_folder", mailbox.outbox_folder);
  reader.Read("contacts_folder", mailbox.contacts_folder);
  reader.Read("sent_folder", mailbox.sent_folder);
  reader.Read("sent_by_server", mailbox.sent_by_server);
  if (mailbox.sent_by_server && mailbox.sent_folder.empty()) {
    reader.Complain(node, "sent_by_server needs sent_folder: where its server puts what it sends");
  }
  reader.Read("html", mailbox.html);
  ReadQueues(reader.Find("queues"), where, defaults, mailbox, diagnostics);
  std::string since;
  reader.Read("since", since);
  mailbox.inbox.since = ToImapDate(since);
  if (mailbox.inbox.since.empty()) {
    reader.Complain(node,
                    "since must be the day from which on mail becomes contacts, such as "
                    "2026-11-22");
  }
  const YamlNode* const imap = reader.Find("imap");
  const YamlNode* const smtp = reader.Find("smtp");
  reader.Finish();
  mailbox.inbox.imap.server = ReadServer(imap, where, kImap, node, folder, diagnostics);
  mailbox.outgoing.server = ReadServer(smtp, where, kSmtp, node, folder, diagnostics);
  return mailbox;
}

// Names of headers, as in mails.
void ReadHeaders(MappingReader& file, std::vector<std::string>& headers) {
  const YamlNode* node = file.Find("headers");
  if (node == nullptr) return;
  for (const YamlNode* item : configuration::ItemsOf(*node)) {
    const bool is_name = item->kind == YamlNode::Kind::kScalar && !item->text.empty() &&
                         item->text.size() <= kHeaderBytesMax &&
                         item->text.find_first_not_of(kHeaderLetters) == std::string::npos;
    if (is_name) {
      headers.push_back(item->text);
    } else {
      file.Complain(*item, "headers: " + configuration::Shown(*item) + " is no header's name");
    }
  }
  if (headers.size() > kHeadersMax) {
    file.Complain(*node, "headers: at most " + std::to_string(kHeadersMax));
  }
}

void ReadAutoReplies(MappingReader& file, email::AutoReplyLimits& limits) {
  const YamlNode* node = file.Find("auto_replies");
  if (node == nullptr) return;
  MappingReader reader(*node, "auto_replies", file.diagnostics());
  std::int32_t of_sender = static_cast<std::int32_t>(limits.of_sender);
  std::int32_t of_mailbox = static_cast<std::int32_t>(limits.of_mailbox);
  reader.Read("per_sender", {.min = 0, .max = 1'000}, of_sender);
  reader.Read("per_mailbox", {.min = 0, .max = 100'000}, of_mailbox);
  reader.Finish();
  limits.of_sender = static_cast<std::size_t>(of_sender);
  limits.of_mailbox = static_cast<std::size_t>(of_mailbox);
}

}  // namespace

Result<email::EmailConfig> ReadEmailFile(const std::filesystem::path& file) {
  Result<std::string> text = configuration::ReadTextFile(file.string());
  if (!text.ok()) return text.error();
  Diagnostics diagnostics(file.string());
  email::EmailConfig config;
  const std::filesystem::path folder = file.parent_path();
  for (const YamlNode::Ptr& document : configuration::ReadYaml(*text, diagnostics)) {
    MappingReader reader(*document, "e-mail file", diagnostics);
    std::string keys;
    reader.Read("reply_keys_file", keys);
    if (keys.empty()) {
      reader.Complain(*document,
                      "reply_keys_file is missing: what answers are signed with; make it with "
                      "`openssl rand -base64 32`");
    } else {
      config.reply_keys_file = folder / keys;
    }
    QueueManners defaults;
    ReadClock(reader, *document, defaults);
    ReadHeaders(reader, config.headers);
    ReadAutoReplies(reader, config.auto_replies);
    reader.Read("standby", config.standby);
    if (!config.standby.empty() && !configuration::IsId(config.standby)) {
      reader.Complain(*document, "standby: \"" + config.standby +
                                     "\" is no name: letters, digits, - and _, the same in all "
                                     "processes of these mailboxes");
    }
    const YamlNode* list = reader.Find("mailboxes");
    reader.Finish();
    if (list == nullptr) continue;
    if (list->entries.size() > kMailboxesMax) {
      reader.Complain(*list, "mailboxes: at most " + std::to_string(kMailboxesMax));
      continue;
    }
    for (const YamlNode::Entry& entry : list->entries) {
      if (!configuration::IsId(entry.key)) {
        diagnostics.Add(entry.line, "mailbox \"" + entry.key + "\" is no id");
        continue;
      }
      config.mailboxes.push_back(
          ReadMailbox(entry.key, *entry.value, folder, defaults, diagnostics));
    }
  }
  if (diagnostics.empty()) return config;
  std::string message;
  for (const auto& diagnostic : diagnostics.list()) {
    message += (message.empty() ? "" : "\n") + configuration::ToString(diagnostic);
  }
  return Error{Code::kInvalidArgument, "BAD_EMAIL_FILE", message, "correct the file"};
}

}  // namespace usher::app
