// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_message.h"

#include <algorithm>

#include "base/check.h"
#include "channels/email/ascii.h"

namespace usher::email {

std::string_view ToText(MailMark mark) {
  switch (mark) {
    case MailMark::kUnreadable:
      return "unreadable";
    case MailMark::kDamaged:
      return "damaged";
    case MailMark::kHeadersCut:
      return "headers_cut";
    case MailMark::kTextCut:
      return "text_cut";
    case MailMark::kPartsCut:
      return "parts_cut";
    case MailMark::kCharsetRepaired:
      return "charset_repaired";
    case MailMark::kHeaderRepaired:
      return "header_repaired";
    case MailMark::kEncrypted:
      return "encrypted";
  }
  USHER_CHECK(false, "a mark without a name");
}

std::string_view ToText(DeliveryAction action) {
  switch (action) {
    case DeliveryAction::kFailed:
      return "failed";
    case DeliveryAction::kDelayed:
      return "delayed";
    case DeliveryAction::kDelivered:
      return "delivered";
    case DeliveryAction::kRelayed:
      return "relayed";
    case DeliveryAction::kExpanded:
      return "expanded";
  }
  USHER_CHECK(false, "an action without a name");
}

bool MailMessage::Has(MailMark mark) const {
  return std::find(marks.begin(), marks.end(), mark) != marks.end();
}

std::string_view MailMessage::Header(std::string_view name) const {
  for (const MailHeader& header : headers) {
    if (EqualsIgnoringCase(header.name, name)) return header.value;
  }
  return {};
}

bool MailMessage::HasHeader(std::string_view name) const {
  return std::any_of(headers.begin(), headers.end(), [&](const MailHeader& header) {
    return EqualsIgnoringCase(header.name, name);
  });
}

}  // namespace usher::email
