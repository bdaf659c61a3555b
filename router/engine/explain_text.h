// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "router/engine/explain.h"

namespace usher::engine {

// Explanations in words that a supervisor understands: a headline, then indented lines, each ended
// by a newline. For people; the wording may change, programs read the structs.

// How instants and contacts are written. The engine knows no clock face: whoever shows the text
// gives the time zone and the form.
struct ExplainForm {
  std::function<std::string(Instant)> instant{};    // must be set
  std::function<std::string(ContactId)> contact{};  // none: "c17"
};

//   c17 was offered to ann at 10:00:03 (version 4): longest idle of 3 candidates
std::string ToText(const OfferExplanation& explanation, const ExplainForm& form);
//   c17 is waiting at 10:00:03 (version 4): NO_ROOM
std::string ToText(const ContactExplanation& explanation, const ExplainForm& form);
//   ann at 10:00:03 (version 4): WRONG_SKILL
std::string ToText(const AgentExplanation& explanation, const ExplainForm& form);

// One hurdle without a newline: "WRONG_SKILL: needs english >= 50, has 40". `channel` is the
// contact's.
std::string ToText(const AgentHurdle& hurdle, Channel channel, const ExplainForm& form);
// "1h 5m", "20s", "1.250s".
std::string ToText(Duration span);

}  // namespace usher::engine
