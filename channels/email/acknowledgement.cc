// SPDX-License-Identifier: Apache-2.0
#include "channels/email/acknowledgement.h"

#include <array>
#include <cstddef>
#include <memory>
#include <optional>

#include <unicode/dtptngen.h>
#include <unicode/smpdtfmt.h>
#include <unicode/timezone.h>

#include "channels/email/ascii.h"

namespace usher::email {

namespace {

constexpr std::size_t kTextBytesMax = 4'000;
constexpr std::string_view kNamePrefix = "mail-ack-";
constexpr std::array<std::string_view, 5> kNames = {"contact.id", "subject", "name", "mailbox",
                                                    "answer_by"};

Error Invalid(std::string what) {
  return {Code::kInvalidArgument, "TEMPLATE_INVALID", std::move(what),
          "there are {{contact.id}}, {{subject}}, {{name}}, {{mailbox}} and {{answer_by}}"};
}

// Walks through the text: `plain` gets what stands between names, `name` each name, without its
// braces and blanks. Stops where a brace is not closed, and gives the rest.
template <class Plain, class Name>
std::string_view Walk(std::string_view text, Plain plain, Name name) {
  while (true) {
    const std::size_t open = text.find("{{");
    if (open == text.npos) break;
    plain(text.substr(0, open));
    const std::size_t close = text.find("}}", open);
    if (close == text.npos) return text.substr(open);
    name(Trim(text.substr(open + 2, close - open - 2)), text.substr(open, close + 2 - open));
    text.remove_prefix(close + 2);
  }
  plain(text);
  return {};
}

}  // namespace

std::string AcknowledgementName(std::string_view mail_key) {
  return std::string(kNamePrefix).append(mail_key);
}

bool IsAcknowledgementName(std::string_view client_id) {
  return client_id.starts_with(kNamePrefix);
}

Result<void> CheckAcknowledgement(std::string_view text) {
  if (text.size() > kTextBytesMax) {
    return Invalid("the text is longer than " + std::to_string(kTextBytesMax) + " bytes");
  }
  std::string unknown;
  const std::string_view rest = Walk(
      text, [](std::string_view) {},
      [&](std::string_view name, std::string_view whole) {
        for (const std::string_view known : kNames) {
          if (name == known) return;
        }
        if (unknown.empty()) unknown = whole;
      });
  if (!rest.empty()) return Invalid("{{ is not closed by }}");
  if (!unknown.empty()) return Invalid("there is no " + unknown);
  return {};
}

std::string FillAcknowledgement(std::string_view text, const QueueManners& manners,
                                const AcknowledgementFacts& facts, Instant now) {
  std::string filled;
  const std::string_view rest = Walk(
      text, [&](std::string_view plain) { filled += plain; },
      [&](std::string_view name, std::string_view whole) {
        if (name == "contact.id") {
          filled += facts.contact_id;
        } else if (name == "subject") {
          filled += facts.subject;
        } else if (name == "name") {
          filled += facts.sender_name;
        } else if (name == "mailbox") {
          filled += facts.mailbox_name;
        } else if (name == "answer_by") {
          const bool is_ahead = facts.answer_by != kNever && facts.answer_by > now;
          filled += is_ahead ? SpellTime(facts.answer_by, manners.language, manners.timezone)
                             : manners.soon;
        } else {
          filled += whole;
        }
      });
  return filled.append(rest);
}

std::string SpellTime(Instant instant, const std::string& language, const std::string& timezone) {
  UErrorCode failed = U_ZERO_ERROR;
  const icu::Locale asked = icu::Locale::forLanguageTag(language, failed);
  const icu::Locale locale = U_SUCCESS(failed) ? asked : icu::Locale::getEnglish();
  failed = U_ZERO_ERROR;
  const std::unique_ptr<icu::DateTimePatternGenerator> patterns(
      icu::DateTimePatternGenerator::createInstance(locale, failed));
  if (U_FAILURE(failed)) return {};
  const icu::UnicodeString pattern = patterns->getBestPattern("yMMMMEEEEdHHmm", failed);
  icu::SimpleDateFormat format(pattern, locale, failed);
  if (U_FAILURE(failed)) return {};
  format.adoptTimeZone(icu::TimeZone::createTimeZone(
      icu::UnicodeString::fromUTF8(IsTimeZone(timezone) ? timezone : "UTC")));
  icu::UnicodeString text;
  format.format(static_cast<UDate>(ToUnixMs(instant)), text);
  std::string spelled;
  text.toUTF8String(spelled);
  return spelled;
}

bool IsTimeZone(const std::string& name) {
  const std::unique_ptr<icu::TimeZone> zone(
      icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(name)));
  return *zone != icu::TimeZone::getUnknown();
}

}  // namespace usher::email
