// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "router/engine/event.h"
#include "router/engine/explain_text.h"
#include "router/history/answers.h"

namespace usher::history {

// Answers in words for a supervisor, lines ended by newlines; instants in UTC. The wording may
// change: programs read the structs.
std::string ToText(const OfferAnswer& answer);
std::string ToText(const ContactAnswer& answer);
std::string ToText(const AgentAnswer& answer);

// How explanations of the past are written: instants as ToText(Instant), contacts as "c17".
engine::ExplainForm PlainForm();

// What an event of a contact's life says, such as "offered to ann until 2026-11-21 19:52:12Z (o7)";
// empty for events that are no part of one.
std::string LineOf(const engine::Event& event);

}  // namespace usher::history
