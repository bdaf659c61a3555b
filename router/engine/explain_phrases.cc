// SPDX-License-Identifier: Apache-2.0
#include "router/engine/explain_phrases.h"

#include <array>
#include <string_view>

namespace usher::engine {

std::string ToText(Duration span) {
  if (span < Duration{0}) return "-" + ToText(-span);
  struct Unit {
    std::int64_t ms;
    std::string_view name;
  };
  constexpr std::array kUnits = {Unit{86'400'000, "d"}, Unit{3'600'000, "h"}, Unit{60'000, "m"}};
  std::string text;
  std::int64_t rest = span.count();
  for (const Unit& unit : kUnits) {
    if (rest < unit.ms) continue;
    text += std::to_string(rest / unit.ms) + std::string(unit.name) + " ";
    rest %= unit.ms;
  }
  if (rest == 0 && !text.empty()) {
    text.pop_back();
    return text;
  }
  text += std::to_string(rest / 1000);
  if (rest % 1000 != 0) text += "." + std::to_string(1000 + rest % 1000).substr(1);
  return text + "s";
}

}  // namespace usher::engine

namespace usher::engine::text {
namespace {

// What the strategy compares, in the field's words.
std::string Value(const CandidateRank& rank, Strategy strategy) {
  const std::string number = std::to_string(rank.value.numerator);
  const std::string share = number + "/" + std::to_string(rank.value.denominator);
  switch (strategy) {
    case Strategy::kRoundRobin:
      return rank.value.numerator == 0 ? "not offered before" : "last offer " + number;
    case Strategy::kLeastLoaded:
      return "load " + share;
    case Strategy::kFewestContacts:
      return number + " today";
    case Strategy::kLeastBusy:
      return "busy " + ToText(Duration{rank.value.numerator}) + " of " +
             ToText(Duration{rank.value.denominator == 1 ? 0 : rank.value.denominator});
    case Strategy::kBestSkill:
      return "skills " + std::to_string(-rank.value.numerator);
    case Strategy::kLeastSkill:
      return "skills " + number;
    case Strategy::kOrdered:
      return "place " + std::to_string(rank.value.numerator + 1);
    case Strategy::kRandom:
    case Strategy::kWeightedRandom:
      if (rank.draw_width == 0) return "not in the draw";
      return "draws " + std::to_string(rank.draw_from) + " to " +
             std::to_string(rank.draw_from + rank.draw_width - 1);
    default:
      return "";
  }
}

std::string Rank(const CandidateRank& rank, Strategy strategy, const ExplainForm& form) {
  std::string text = rank.preferred ? "preferred, " : "";
  text += "tier " + std::to_string(rank.tier);
  const std::string value = Value(rank, strategy);
  if (!value.empty()) text += ", " + value;
  text += rank.holds ? ", holds work" : ", holds nothing";
  return text + ", idle since " + form.instant(rank.idle_since);
}

std::string Key(const ContactFacts& facts, const ExplainForm& form) {
  const KeyParts& parts = facts.parts;
  std::string text = "priority " + std::to_string(facts.key.priority);
  if (parts.queue_priority != 0 || parts.step_priority != 0) {
    text += " (" + std::to_string(parts.own_priority) + " its own, " +
            std::to_string(parts.queue_priority) + " queue, " +
            std::to_string(parts.step_priority) + " steps)";
  }
  text += ", due " + form.instant(facts.key.due) + " (";
  if (parts.own_due) {
    text += "as submitted, " + form.instant(*parts.own_due);
  } else {
    text += form.instant(facts.arrived) + " + " + ToText(parts.within);
    if (parts.queue_due) text += " of opening hours: " + form.instant(*parts.queue_due);
  }
  const Duration head_start = parts.own_head_start + parts.queue_head_start + parts.step_head_start;
  if (head_start != Duration{0}) text += " - head start " + ToText(head_start);
  return text + "), sequence " + std::to_string(facts.key.sequence);
}

std::string Requirement(const ContactFacts& facts) {
  if (facts.requirement.empty()) return "no skills required";
  std::string text = "requires ";
  if (!facts.queue_requirement.empty()) {
    text += facts.queue_requirement;
    text += facts.requirement_step == 0 ? " (its queue)"
                                        : " (step " + std::to_string(facts.requirement_step) + ")";
  }
  if (!facts.own_requirement.empty()) {
    if (!facts.queue_requirement.empty()) text += " and ";
    text += facts.own_requirement + " (its own)";
  }
  return text;
}

std::string Line(std::size_t indent, const std::string& text) {
  return std::string(2 * indent, ' ') + text + "\n";
}

}  // namespace

std::string Name(ContactId contact, const ExplainForm& form) {
  return form.contact ? form.contact(contact) : "c" + std::to_string(contact.value());
}

std::string Count(std::size_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

std::string Holdings(const std::vector<Holding>& holdings, const ExplainForm& form) {
  std::string text;
  for (const Holding& holding : holdings) {
    text += (text.empty() ? "; holds " : ", ") + Name(holding.contact, form) + " (" +
            std::string(ToString(holding.channel)) + ", " + std::string(ToString(holding.kind));
    if (holding.ends) text += " until " + form.instant(*holding.ends);
    text += ")";
  }
  return text;
}

std::string Counts(const std::map<HurdleKind, std::size_t>& counts) {
  std::string text;
  for (const auto& [kind, count] : counts) {
    text += (text.empty() ? "" : ", ") + std::string(ToString(kind)) + " " + std::to_string(count);
  }
  return text;
}

std::string Facts(const ContactFacts& facts, const ExplainForm& form) {
  std::string text = Line(
      1, "queue " + facts.queue.value() + " (" + std::string(ToString(facts.strategy)) + "), " +
             std::string(ToString(facts.channel)) + ", waited " + ToText(facts.waited));
  text += Line(1, Key(facts, form));
  std::string demand = Requirement(facts);
  if (facts.max_tier) demand += "; tiers up to " + std::to_string(*facts.max_tier);
  if (facts.steps > 0) {
    demand +=
        "; step " + std::to_string(facts.steps_in_force) + " of " + std::to_string(facts.steps);
  }
  for (std::size_t i = 0; i < facts.also.size(); ++i) {
    demand += (i == 0 ? "; also queue " : ", ") + facts.also[i].value();
  }
  text += Line(1, demand);
  if (facts.prefer) {
    std::string prefer = "prefers " + facts.prefer.value();
    if (facts.prefer_declined) prefer += ", who declined";
    if (facts.prefer_until) {
      prefer += "; nobody else is asked until " + form.instant(*facts.prefer_until);
    }
    text += Line(1, prefer);
  }
  for (const OpenOffer& offer : facts.offers) {
    text += Line(1, "offered to " + offer.agent.value() + " until " + form.instant(offer.deadline) +
                        (offer.alone ? ", who alone is asked" : ""));
  }
  return text;
}

std::string Table(const StandingTable& table, const ContactFacts& facts, const ExplainForm& form) {
  std::string text =
      Line(1, Count(table.members, "agent serves", "agents serve") + " its queues; " +
                  std::to_string(table.could_serve) + " could take it, " +
                  std::to_string(table.could_serve_signed_in) + " of them signed in");
  std::size_t place = 0;
  for (const AgentStanding& standing : table.agents) {
    std::string line = standing.agent.value() + ": ";
    if (standing.rank) {
      line = std::to_string(++place) + ". " + line + Rank(*standing.rank, facts.strategy, form);
    } else {
      line += ToText(standing.hurdle, facts.channel, form);
    }
    text += Line(2, line);
  }
  if (table.agents.size() < table.members) {
    text += Line(2, "in all: " + Count(table.candidates, "candidate", "candidates") +
                        (table.counts.empty() ? "" : ", " + Counts(table.counts)));
  }
  return text;
}

std::string Standings(const ContactStandings& standings, const ExplainForm& form) {
  std::string text;
  for (const ContactStanding& standing : standings.contacts) {
    text += Line(2, Name(standing.contact, form) + " (" + standing.queue.value() + ", " +
                        std::string(ToString(standing.channel)) +
                        "): " + ToText(standing.hurdle, standing.channel, form));
  }
  if (standings.contacts.size() < standings.total) {
    text += Line(2, "in all: " + Counts(standings.counts));
  }
  return text;
}

}  // namespace usher::engine::text
