// SPDX-License-Identifier: Apache-2.0
#include "channels/phone/nailed_phones.h"

namespace usher::phone {

bool NailedPhones::Use(const std::string& line, const std::string& agent, const std::string& leg,
                       const std::string& contact) {
  const Owner owner{line, agent};
  if (!phones_.try_emplace(owner, Phone{leg, contact}).second) return false;
  owners_[leg] = owner;
  return true;
}

std::string NailedPhones::Take(const std::string& line, const std::string& agent,
                               const std::string& contact) {
  const auto found = phones_.find({line, agent});
  if (found == phones_.end() || !found->second.contact.empty()) return {};
  found->second.contact = contact;
  return found->second.leg;
}

bool NailedPhones::HasFree(const std::string& line, const std::string& agent) const {
  const auto found = phones_.find({line, agent});
  return found != phones_.end() && found->second.contact.empty();
}

void NailedPhones::Release(const std::string& leg) {
  const auto owner = owners_.find(leg);
  if (owner != owners_.end()) phones_.at(owner->second).contact.clear();
}

void NailedPhones::Gone(const std::string& leg) {
  const auto owner = owners_.find(leg);
  if (owner == owners_.end()) return;
  phones_.erase(owner->second);
  owners_.erase(owner);
}

void NailedPhones::KeepOnly(const std::string& line, const std::set<std::string>& standing) {
  for (auto it = owners_.begin(); it != owners_.end();) {
    const bool gone = it->second.first == line && !standing.contains(it->first);
    if (gone) phones_.erase(it->second);
    it = gone ? owners_.erase(it) : std::next(it);
  }
}

std::vector<NailedPhones::Free> NailedPhones::ListFree() const {
  std::vector<Free> free;
  for (const auto& [owner, phone] : phones_) {
    if (phone.contact.empty()) free.push_back({owner.first, owner.second, phone.leg});
  }
  return free;
}

std::string NailedPhones::ContactOf(const std::string& leg) const {
  const auto owner = owners_.find(leg);
  return owner == owners_.end() ? std::string() : phones_.at(owner->second).contact;
}

}  // namespace usher::phone
