// SPDX-License-Identifier: Apache-2.0
#include "router/engine/explain_phrases.h"
#include "router/engine/explain_text.h"

// One hurdle in words.

namespace usher::engine {
namespace {

std::string Level(const std::optional<std::int32_t>& level) {
  return level ? std::to_string(*level) : "none";
}

std::string SkillText(const AgentHurdle& hurdle) {
  std::string text;
  for (const SkillShortfall& shortfall : hurdle.shortfalls) {
    if (!text.empty()) text += "; ";
    text += (shortfall.forbidden ? "must not have " : "needs ") + shortfall.comparison + ", has " +
            Level(shortfall.level);
  }
  return text;
}

std::string ShortageText(const RoomFacts& room) {
  const std::string channel(ToString(room.channel));
  const auto held = room.load.find(room.channel);
  switch (room.shortage) {
    case RoomShortage::kOneAtATime:
      return "takes one contact at a time";
    case RoomShortage::kChannelFull:
      return "takes " + std::to_string(room.channel_max.value_or(0)) + " " + channel +
             " at once, holds " + std::to_string(held == room.load.end() ? 0 : held->second);
    case RoomShortage::kAlongside:
      return "takes no " + channel + " while holding " +
             std::string(room.beside ? ToString(*room.beside) : "another channel");
    case RoomShortage::kUnits:
      return std::to_string(room.units_used) + " of " + std::to_string(room.units.value_or(0)) +
             " units used, needs " + std::to_string(room.cost);
    default:
      return "does not serve " + channel;
  }
}

std::string RoundText(const AgentHurdle& hurdle) {
  const OfferEnd end = hurdle.asked_end.value_or(OfferEnd::kAccepted);
  std::string text = end == OfferEnd::kAccepted ? "had it before"
                                                : std::string(ToString(end)) + " it in this round";
  if (hurdle.fresh.empty()) return text;
  std::string others;
  for (const AgentId& agent : hurdle.fresh) {
    others += (others.empty() ? "" : ", ") + agent.value();
  }
  return text + "; not asked yet: " + others;
}

std::string Since(const std::optional<Instant>& since, const ExplainForm& form) {
  return since ? " since " + form.instant(*since) : "";
}

std::string Until(const std::optional<Instant>& ends, const ExplainForm& form) {
  return ends ? " until " + form.instant(*ends) : "";
}

std::string Facts(const AgentHurdle& hurdle, Channel channel, const ExplainForm& form) {
  const std::string tier = std::to_string(hurdle.tier.value_or(0));
  const std::string max_tier = std::to_string(hurdle.max_tier.value_or(0));
  switch (hurdle.kind) {
    case HurdleKind::kNone:
      return "could be asked";
    case HurdleKind::kAskedNow:
      return "being asked" + Since(hurdle.since, form) + Until(hurdle.ends, form);
    case HurdleKind::kNotMember:
      return "serves none of its queues";
    case HurdleKind::kOffline:
      return "not signed in" + Since(hurdle.since, form);
    case HurdleKind::kWrongChannel:
      return "does not serve " + std::string(ToString(channel));
    case HurdleKind::kWrongSkill:
      return SkillText(hurdle);
    case HurdleKind::kTierClosed:
      return "tier " + tier + ", open up to tier " + max_tier;
    case HurdleKind::kNotReady:
      return (hurdle.reason.empty() ? "not ready" : hurdle.reason) + Since(hurdle.since, form);
    case HurdleKind::kConsoleLost:
      return "console lost; offline at " + form.instant(hurdle.ends.value_or(kNever));
    case HurdleKind::kRejectDelay:
      return "rejected a contact; asked again from " + form.instant(hurdle.ends.value_or(kNever));
    case HurdleKind::kNoRoom:
      if (!hurdle.room) return "no room";
      return ShortageText(*hurdle.room) + text::Holdings(hurdle.room->holdings, form);
    case HurdleKind::kAskedAlone:
      return "transferred to " + hurdle.only.value() + ", who alone is asked";
    case HurdleKind::kEnoughAsked:
      return text::Count(hurdle.being_asked.value_or(0), "agent is", "agents are") +
             " being asked already";
    case HurdleKind::kPreferredWait:
      return "only " + hurdle.only.value() + " is asked" + Until(hurdle.ends, form);
    case HurdleKind::kRetryWait:
      return "nobody is asked" + Until(hurdle.ends, form);
    case HurdleKind::kAskedBefore:
      return RoundText(hurdle);
    case HurdleKind::kTierBehind:
      return "tier " + tier + ", while tier " + max_tier + " is being asked";
  }
  return "";
}

}  // namespace

std::string ToText(const AgentHurdle& hurdle, Channel channel, const ExplainForm& form) {
  std::string text = std::string(ToString(hurdle.kind)) + ": " + Facts(hurdle, channel, form);
  if (hurdle.then != HurdleKind::kNone && hurdle.kind != HurdleKind::kNotMember) {
    text += "; then " + std::string(ToString(hurdle.then));
  }
  return text;
}

}  // namespace usher::engine
