// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace usher::email {

struct MailAddress {
  std::string name{};     // as shown; may be empty
  std::string address{};  // "ann@shop.example"; the domain in lower case

  friend bool operator==(const MailAddress&, const MailAddress&) = default;
};

struct MailHeader {
  std::string name{};   // as sent: "List-Id"
  std::string value{};  // decoded, on one line
};

// A part that is not shown as the message's text: an attachment, an image of the HTML, a signature.
struct MailPart {
  std::string id{};          // where it stands, "2.1"; ReadPart takes it
  std::string name{};        // safe as a file's name, never empty
  std::string type{};        // "image/png", lower case; what its sender says, not what it is
  std::string content_id{};  // without angle brackets; what the HTML's `cid:` addresses name
  std::uint64_t bytes = 0;   // decoded
  bool is_inline = false;    // belongs into the text: an image of the HTML
};

// An invitation or an answer to one (RFC 5546); its content is the part of that id.
struct CalendarPart {
  std::string part_id{};
  std::string method{};  // "REQUEST", upper case; empty where it says none
};

// A message within the message, as its own headers have it; its bytes are the part of that id.
struct ForwardedMail {
  std::string part_id{};
  std::string message_id{};
  std::string subject{};
  MailAddress from{};
};

enum class DeliveryAction { kFailed, kDelayed, kDelivered, kRelayed, kExpanded };

// What became of a message of ours on the way to one address.
struct RecipientStatus {
  std::string recipient{};
  DeliveryAction action = DeliveryAction::kFailed;
  std::string status{};      // "5.1.1" (RFC 3463); empty where it is none
  std::string diagnostic{};  // the other server's words
};

// A delivery status notification (RFC 3464), or a read receipt (RFC 8098, `is_receipt`).
struct DeliveryReport {
  bool is_receipt = false;
  std::string original_message_id{};  // of the message that it is about; empty where it hides that
  std::string original_envelope_id{};
  std::vector<RecipientStatus> recipients{};  // of a receipt: none
};

// What an agent is told about how a message was read.
enum class MailMark {
  kUnreadable,       // no message at all: there are only the raw bytes
  kDamaged,          // its structure breaks off or contradicts itself
  kHeadersCut,       // more or longer headers than the limit; the rest was left out
  kTextCut,          // the text or the HTML is longer than the limit
  kPartsCut,         // more parts, or deeper ones, than the limits
  kCharsetRepaired,  // the text is not in the charset that it says; read as the likeliest other
  kHeaderRepaired,   // the same of a header
  kEncrypted,        // a part is encrypted, and is not decrypted here
};

std::string_view ToText(MailMark mark);
std::string_view ToText(DeliveryAction action);

// One message as plain values, all text UTF-8 with "\n" for line ends. Copies share the raw bytes.
struct MailMessage {
  // What came, unchanged.
  std::shared_ptr<const std::string> raw{};
  std::vector<MailMark> marks{};  // ascending

  std::string message_id{};                // without angle brackets; empty where there is none
  std::vector<std::string> in_reply_to{};  // without angle brackets
  std::vector<std::string> references{};   // oldest first, without angle brackets
  std::optional<Instant> sent_at{};        // what the sender's clock says

  std::vector<MailAddress> from{};
  std::optional<MailAddress> sender{};
  std::vector<MailAddress> reply_to{};
  std::vector<MailAddress> to{};
  std::vector<MailAddress> cc{};
  std::string subject{};
  std::string language{};  // BCP 47, of Content-Language or else Accept-Language; mostly empty

  std::vector<MailHeader> headers{};  // in their order

  std::string text{};  // plain; made from the HTML where there is no plain text
  bool text_is_from_html = false;
  std::string html{};  // as sent, unsafe to show: scripts, remote images and all

  std::vector<MailPart> parts{};
  std::vector<CalendarPart> calendars{};
  std::vector<ForwardedMail> forwarded{};
  std::optional<DeliveryReport> report{};

  bool Has(MailMark mark) const;
  // The first header of that name, in any case; empty where there is none.
  std::string_view Header(std::string_view name) const;
  bool HasHeader(std::string_view name) const;
};

}  // namespace usher::email
