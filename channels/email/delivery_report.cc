// SPDX-License-Identifier: Apache-2.0
#include "channels/email/delivery_report.h"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "channels/email/ascii.h"
#include "channels/email/mail_charset.h"

namespace usher::email {

namespace {

constexpr std::size_t kRecipientsMax = 500;
constexpr std::size_t kValueBytesMax = 2'000;

struct Line {
  std::string name;
  std::string value;
};

// Takes the next header line with its continuations off `text`; one without a name ends a group.
std::optional<Line> TakeLine(std::string_view& text) {
  if (text.empty()) return std::nullopt;
  std::string whole;
  do {
    const std::size_t end = text.find('\n');
    const std::string_view line = Trim(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (whole.size() < kValueBytesMax) whole += (whole.empty() ? "" : " ") + std::string(line);
  } while (!whole.empty() && !text.empty() && (text.front() == ' ' || text.front() == '\t'));
  const std::size_t colon = whole.find(':');
  if (whole.empty() || colon == whole.npos) return Line{};
  return Line{
      std::string(Trim(whole.substr(0, colon))),
      ToValidUtf8(CutUtf8(Trim(std::string_view(whole).substr(colon + 1)), kValueBytesMax))};
}

// "rfc822; ann@shop.example" without the type.
std::string WithoutType(std::string_view value) {
  const std::size_t semicolon = value.find(';');
  return std::string(Trim(semicolon == value.npos ? value : value.substr(semicolon + 1)));
}

std::string WithoutBrackets(std::string_view id) {
  id = Trim(id);
  if (id.starts_with('<')) id.remove_prefix(1);
  return std::string(id.substr(0, id.find('>')));
}

std::optional<DeliveryAction> FindAction(std::string_view text) {
  for (const auto action :
       {DeliveryAction::kFailed, DeliveryAction::kDelayed, DeliveryAction::kDelivered,
        DeliveryAction::kRelayed, DeliveryAction::kExpanded}) {
    if (EqualsIgnoringCase(text, ToText(action))) return action;
  }
  return std::nullopt;
}

// "5.1.1 (no such mailbox)" without its comment.
std::string ToStatusCode(std::string_view value) {
  return std::string(value.substr(0, value.find_first_not_of("0123456789.")));
}

void ReadRecipientLine(const Line& line, RecipientStatus& recipient) {
  const std::string name = ToLower(line.name);
  if (name == "final-recipient" && recipient.recipient.empty()) {
    recipient.recipient = WithoutType(line.value);
  } else if (name == "original-recipient") {
    recipient.recipient = WithoutType(line.value);  // what we wrote to
  } else if (name == "action") {
    // An action that nobody has defined is a failure as long as it is unknown what else it is.
    recipient.action = FindAction(line.value).value_or(DeliveryAction::kFailed);
  } else if (name == "status") {
    recipient.status = ToStatusCode(line.value);
  } else if (name == "diagnostic-code") {
    recipient.diagnostic = WithoutType(line.value);
  }
}

}  // namespace

void ReadDeliveryStatus(std::string_view content, DeliveryReport& report) {
  RecipientStatus recipient;
  const auto end_group = [&] {
    if (!recipient.recipient.empty() && report.recipients.size() < kRecipientsMax) {
      report.recipients.push_back(std::move(recipient));
    }
    recipient = {};
  };
  while (const auto line = TakeLine(content)) {
    if (line->name.empty()) {
      end_group();
    } else if (EqualsIgnoringCase(line->name, "Original-Envelope-Id")) {
      report.original_envelope_id = line->value;
    } else if (EqualsIgnoringCase(line->name, "Original-Message-ID")) {
      report.original_message_id = WithoutBrackets(line->value);
    } else {
      ReadRecipientLine(*line, recipient);
    }
  }
  end_group();
  if (report.is_receipt) report.recipients.clear();
}

std::string FindMessageId(std::string_view header_lines) {
  while (const auto line = TakeLine(header_lines)) {
    if (line->name.empty()) break;  // the header ends
    if (EqualsIgnoringCase(line->name, "Message-ID")) return WithoutBrackets(line->value);
  }
  return {};
}

}  // namespace usher::email
