// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "router/engine/core.h"

// Adapters: who has a stream, what becomes of the contacts of one that is gone, and contacts that
// go on at another.

namespace usher::engine {
namespace {

Hurdle BadName() { return {Refusal::kTooLarge, "an adapter's name has 1 to 4096 bytes"}; }

bool IsName(const std::string& name) { return !name.empty() && name.size() <= kTextBytesMax; }

}  // namespace

Outcome Engine::Core::Decide(const SetAdapter& command) {
  if (!IsName(command.adapter)) return Refuse(BadName());
  const auto known = state_.adapters().find(command.adapter);
  const bool is_known = known != state_.adapters().end();
  if (command.connection == Connection::kBack) {
    if (is_known && !known->second.lost_at) return {.repeated = true};
    if (!is_known && state_.adapters().size() >= kAdaptersMax) {
      return Refuse({Refusal::kTooLarge, "there are as many adapters as there may be"});
    }
    Emit(AdapterChanged{.adapter = command.adapter});
    return {};
  }
  if (!is_known || (known->second.lost_at && !command.since)) return {.repeated = true};
  const Instant lost_at = std::max(now_, command.since.value_or(now_));
  const std::optional<Instant> check_at = NextCheckOf(lost_at, lost_at);
  Emit(AdapterChanged{.adapter = command.adapter,
                      .lost_at = lost_at,
                      .check_at = check_at.value_or(lost_at),
                      .is_gone = !check_at});
  return {};
}

std::optional<Instant> Engine::Core::NextCheckOf(Instant lost_at, Instant after) const {
  std::optional<Instant> next;
  for (const Channel channel : kChannels) {
    const Duration grace = state_.domain().adapter_grace.Of(channel);
    const Instant ends = lost_at + grace;
    if (grace > Duration{0} && ends > after && (!next || ends < *next)) next = ends;
  }
  return next;
}

void Engine::Core::CheckAdapters() {
  for (const auto& [name, adapter] : state_.adapters()) {
    if (!adapter.lost_at || adapter.check_at > now_) continue;
    // A copy: what follows changes the table.
    return CheckAdapter(std::string(name), *adapter.lost_at);
  }
}

// In the order of ids, which is that of their coming. Wrapping up needs no adapter.
void Engine::Core::CheckAdapter(const std::string& adapter, Instant lost_at) {
  const AdapterGrace& graces = state_.domain().adapter_grace;
  std::vector<ContactId> lost;
  state_.contacts().ForEach([&](ContactSlot, const LiveContact& contact) {
    if (!contact.payload || contact.payload->adapter != adapter) return;
    const Duration grace = graces.Of(contact.channel);
    if (grace <= Duration{0} || lost_at + grace > now_) return;
    if (contact.state != ContactState::kWrapping) lost.push_back(contact.id);
  });
  std::sort(lost.begin(), lost.end());
  const bool has_more = lost.size() > kLostAtOnce;
  if (has_more) lost.resize(kLostAtOnce);
  for (const ContactId contact : lost) {
    // A consult ends with what it is about.
    if (state_.FindContact(contact) != nullptr) LoseContact(contact);
  }
  const std::optional<Instant> next =
      has_more ? std::optional(now_ + kLostPause) : NextCheckOf(lost_at, now_);
  Emit(AdapterChanged{
      .adapter = adapter, .lost_at = lost_at, .check_at = next.value_or(now_), .is_gone = !next});
}

Outcome Engine::Core::Decide(const Claim& command) {
  const LiveContact* contact = nullptr;
  if (Hurdle hurdle = FindOpen(command.contact, contact)) {
    return Refuse(std::move(hurdle), command.contact);
  }
  if (!IsName(command.adapter)) return Refuse(BadName(), command.contact);
  if (contact->state == ContactState::kWrapping) {
    return Refuse({Refusal::kWrongState, "contact " + std::to_string(contact->id.value()) + " is " +
                                             std::string(ToString(contact->state))},
                  command.contact);
  }
  const std::string from = contact->payload ? contact->payload->adapter : std::string();
  if (from == command.adapter) return {.contact = command.contact, .repeated = true};
  Emit(Claimed{.contact = command.contact, .from = from, .adapter = command.adapter});
  return {.contact = command.contact};
}

}  // namespace usher::engine
