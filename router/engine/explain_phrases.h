// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "router/engine/explain.h"
#include "router/engine/explain_text.h"

// Pieces of text that explanations share.

namespace usher::engine::text {

std::string Name(ContactId contact, const ExplainForm& form);  // "c17"
// "1 agent", "3 agents".
std::string Count(std::size_t count, std::string_view one, std::string_view many);
// "; holds c5 (voice, wrapping until 10:00:30)", or nothing.
std::string Holdings(const std::vector<Holding>& holdings, const ExplainForm& form);
// "NO_ROOM 2, OFFLINE 10".
std::string Counts(const std::map<HurdleKind, std::size_t>& counts);
// The lines on a contact: its queue and place, what it requires, who is asked.
std::string Facts(const ContactFacts& facts, const ExplainForm& form);
// The lines of a table: candidates, then the others.
std::string Table(const StandingTable& table, const ContactFacts& facts, const ExplainForm& form);
std::string Standings(const ContactStandings& standings, const ExplainForm& form);

}  // namespace usher::engine::text
