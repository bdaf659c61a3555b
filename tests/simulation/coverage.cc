// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/coverage.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace usher::engine::simulation {
namespace {

struct Sight {
  std::string_view what;
  std::uint64_t least;  // in one share of a CI run
};

// Far below what a share meets, so that a change of luck breaks nothing, and above zero.
constexpr std::array kSights = {
    Sight{"an accept in the very instant of its deadline", 2},
    Sight{"an accept in the last millisecond", 2},
    Sight{"an accept of a contact that is closed or nobody's", 2},
    Sight{"a repeated accept of one's own offer", 2},
    Sight{"another agent was faster", 2},
    Sight{"an offer was missed", 10},
    Sight{"an offer was rejected", 10},
    Sight{"several agents were asked at once", 10},
    Sight{"a new round began", 10},
    Sight{"misses set an agent not-ready", 10},
    Sight{"the breaker was open at a miss", 10},
    Sight{"a deadline came while the console was lost", 2},
    Sight{"a console came back within its grace", 10},
    Sight{"a lost console's grace ended", 10},
    Sight{"an agent went offline and kept a call", 2},
    Sight{"an agent went offline with written work", 2},
    Sight{"an agent went offline while wrapping up", 2},
    Sight{"the preferred agent was asked", 10},
    Sight{"the wait for a preferred agent ended", 2},
    Sight{"there was no hope for a preferred agent", 2},
    Sight{"a step came", 10},
    Sight{"steps that nobody could serve were skipped", 2},
    Sight{"an overflow", 5},
    Sight{"an overflow with an offer outstanding", 2},
    Sight{"a callback was suggested", 2},
    Sight{"a step gave a contact up", 2},
    Sight{"a wait limit came", 10},
    Sight{"a wait limit came while being offered", 2},
    Sight{"a contact left an empty queue", 2},
    Sight{"a contact was scheduled", 10},
    Sight{"a scheduled contact arrived", 10},
    Sight{"a contact was pulled by hand", 2},
    Sight{"a held contact was resumed", 2},
    Sight{"a customer came back from hold and had to wait", 2},
    Sight{"a wrap-up ended by its time", 10},
    Sight{"a wrap-up was ended early", 2},
    Sight{"a wrap-up was extended", 2},
    Sight{"a wrap-up after a transfer", 2},
    Sight{"a transfer to an agent", 2},
    Sight{"a supervisor moved a waiting contact", 2},
    Sight{"a contact was escalated", 2},
    Sight{"an update moved a waiting contact", 2},
    Sight{"an update while being offered", 2},
    Sight{"an adapter was lost", 2},
    Sight{"a command was answered as repeated", 5},
    Sight{"a command came twice, for its reply was lost", 5},
    Sight{"a command was overtaken by others", 10},
    Sight{"an old command came again", 5},
    Sight{"the clock fell back", 10},
    Sight{"the clock jumped by hours", 2},
    Sight{"a configuration applied while an offer was open", 2},
    Sight{"a configuration applied while somebody talked", 2},
    Sight{"a configuration applied to a contact past a step", 2},
    Sight{"a restart while an offer was open", 5},
    Sight{"a restart while a contact was held", 2},
    Sight{"a restart during a wrap-up", 2},
    Sight{"a restart while a contact was scheduled", 2},
    Sight{"a restart while a console was lost", 2},
    Sight{"a restart with a step skipped to", 2},
    Sight{"a restart from rows ten events old or older", 5},
    Sight{"the standby took over", 5},
};

// What worlds of the second series must show besides.
constexpr std::array kSecondSights = {
    Sight{"a consult of one agent", 5},
    Sight{"a consult of a queue", 5},
    Sight{"a consult became a transfer", 2},
    Sight{"a consult came to nothing", 2},
    Sight{"a consult ended with its contact", 2},
    Sight{"a restart while a consult was open", 2},
    Sight{"a supervisor gave a contact", 5},
    Sight{"a supervisor gave what was being offered to her", 2},
    Sight{"a supervisor gave what was scheduled", 2},
    Sight{"a contact came by another channel", 5},
    Sight{"a consult was lost with its adapter", 2},
    Sight{"an adapter's grace ended", 2},
    Sight{"an adapter came back within its grace", 2},
    Sight{"a contact went on at another adapter", 2},
    Sight{"a hold limit came", 5},
    Sight{"a hold limit came while its agent was gone", 1},
    Sight{"a promise in opening hours", 5},
};

// Refusals that only commands give and that need nothing out of the ordinary.
constexpr std::array kRefusals = {
    Refusal::kUnknownContact, Refusal::kUnknownAgent,   Refusal::kUnknownQueue,
    Refusal::kUnknownReason,  Refusal::kBadRequirement, Refusal::kContactClosed,
    Refusal::kWrongState,     Refusal::kNotYours,       Refusal::kNotOffered,
    Refusal::kOfferMissed,    Refusal::kOfferRejected,  Refusal::kOfferWithdrawn,
    Refusal::kTaken,          Refusal::kOffered,        Refusal::kOffline,
    Refusal::kNotReady,       Refusal::kConsoleLost,    Refusal::kNotMember,
    Refusal::kWrongChannel,   Refusal::kWrongSkill,     Refusal::kNoRoom,
    Refusal::kQueueFull,      Refusal::kHoursClosed,    Refusal::kNoAgents,
    Refusal::kTransferLimit,  Refusal::kEscalated,      Refusal::kQueueInUse,
    Refusal::kTooLarge};

}  // namespace

void Coverage::Saw(std::string_view what) {
  const auto is_it = [&](const Sight& sight) { return sight.what == what; };
  USHER_CHECK(std::any_of(kSights.begin(), kSights.end(), is_it) ||
                  std::any_of(kSecondSights.begin(), kSecondSights.end(), is_it),
              what);
  ++seen_[what];
}

void Coverage::SawRefusal(Refusal refusal) { ++seen_[ToString(refusal)]; }

void Coverage::Add(const Coverage& other) {
  for (const auto& [what, count] : other.seen_) seen_[what] += count;
}

std::uint64_t Coverage::Count(std::string_view what) const {
  const auto found = seen_.find(what);
  return found == seen_.end() ? 0 : found->second;
}

void Coverage::Expect(std::string_view what, std::uint64_t least,
                      std::vector<std::string>& missing) const {
  if (Count(what) >= least) return;
  missing.push_back(std::string(what) + ": seen " + std::to_string(Count(what)) +
                    " times instead of " + std::to_string(least));
}

std::vector<std::string> Coverage::Missing() const {
  std::vector<std::string> missing;
  for (const Sight& sight : kSights) Expect(sight.what, sight.least, missing);
  for (const Refusal refusal : kRefusals) Expect(ToString(refusal), 1, missing);
  return missing;
}

std::vector<std::string> Coverage::MissingOfSecondSeries() const {
  std::vector<std::string> missing;
  for (const Sight& sight : kSecondSights) Expect(sight.what, sight.least, missing);
  return missing;
}

std::string Coverage::Table() const {
  std::string table;
  const auto add = [&](std::string_view what) {
    std::string count = std::to_string(Count(what));
    count.insert(0, count.size() < 9 ? 9 - count.size() : 0, ' ');
    table += count + "  " + std::string(what) + "\n";
  };
  for (const Sight& sight : kSights) add(sight.what);
  for (const Sight& sight : kSecondSights) add(sight.what);
  for (const Refusal refusal : kRefusals) add(ToString(refusal));
  return table;
}

}  // namespace usher::engine::simulation
