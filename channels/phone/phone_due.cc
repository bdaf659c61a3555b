// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "channels/phone/phone_domain.h"

namespace usher::phone {

// What falls due by itself while calls go on.

namespace {

constexpr Duration kTick{1'000};
// What a leg has been for so long is noted at the switch; most calls cost it one request for that,
// and the shortest none.
constexpr Duration kNoteAfter{5'000};

}  // namespace

void PhoneDomain::TickSoon() {
  if (!tick_.pending()) tick_.Start(kTick, [this] { Tick(); });
}

void PhoneDomain::LookForSilent() {
  const Steady late = std::chrono::steady_clock::now() - rules_.unreachable_after;
  while (!dialled_.empty() && dialled_.front().at <= late) {
    const Dialled dialled = std::move(dialled_.front());
    dialled_.pop_front();
    Entry* entry = FindContact(dialled.contact);
    if (entry == nullptr || !entry->line->there) continue;
    const auto& legs = entry->call->legs();
    const auto leg = std::find_if(legs.begin(), legs.end(),
                                  [&](const Call::Leg& each) { return each.id == dialled.leg; });
    if (leg == legs.end() || leg->up || leg->ringing || leg->told_to_end) continue;
    if (!entry->rung.extract(dialled.leg).empty()) metrics_.CountRing("unreachable");
    entry->call->OnLegSilent(dialled.leg);
  }
}

void PhoneDomain::NoteWhatLasts() {
  const Steady late = std::chrono::steady_clock::now() - kNoteAfter;
  while (!to_note_.empty() && to_note_.front().at <= late) {
    const EntryPtr entry = to_note_.front().entry.lock();
    to_note_.pop_front();
    if (entry == nullptr) continue;
    entry->to_note = false;
    entry->call->NoteSince();
    Changed(entry->call->contact());
  }
}

// What is said at intervals, to those who wait where something is said; and telephones that give no
// sign of themselves.
void PhoneDomain::Tick() {
  LookForSilent();
  NoteWhatLasts();
  const Instant now = clock_.Now();
  for (auto it = announcing_.begin(); it != announcing_.end();) {
    Entry* entry = FindContact(*it);
    if (entry == nullptr || !entry->call->announces()) {
      it = announcing_.erase(it);
      continue;
    }
    if (entry->line->there) entry->call->OnTick(now);
    ++it;
  }
  if (!announcing_.empty() || !dialled_.empty() || !to_note_.empty()) TickSoon();
}

}  // namespace usher::phone
