// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace usher::email {

// What a queue tells who wrote to it, at once and by itself; empty texts: nothing.
struct QueueManners {
  std::string acknowledge{};    // to the first mail of a contact
  std::string outside_hours{};  // instead of it while the queue is closed
  std::string soon = "soon";    // stands for an answer time that is not ahead
  std::string language = "en";  // BCP 47; how times are written
  std::string timezone = "UTC";
};

// What a text may name between double braces.
struct AcknowledgementFacts {
  std::string contact_id{};    // {{contact.id}}
  std::string subject{};       // {{subject}}
  std::string sender_name{};   // {{name}}: what the sender is called, or else the address
  std::string mailbox_name{};  // {{mailbox}}
  Instant answer_by = kNever;  // {{answer_by}}: the promised instant
};

// What the acknowledgement of a mail is called in its conversation, and whether a message is one.
std::string AcknowledgementName(std::string_view mail_key);
bool IsAcknowledgementName(std::string_view client_id);

// TEMPLATE_INVALID names what is wrong: a brace that is not closed, a name that there is not, or
// a text of more than 4,000 bytes.
Result<void> CheckAcknowledgement(std::string_view text);

// The text with the facts in it. Names in double braces that there are not stay as they are.
std::string FillAcknowledgement(std::string_view text, const QueueManners& manners,
                                const AcknowledgementFacts& facts, Instant now);

// A day and a time as people of the language write them, by the clocks of the zone: "Monday,
// November 30, 2026 at 12:50". Zones and languages that are not known are UTC and English.
std::string SpellTime(Instant instant, const std::string& language, const std::string& timezone);
// Whether clocks of that name are known.
bool IsTimeZone(const std::string& name);

}  // namespace usher::email
