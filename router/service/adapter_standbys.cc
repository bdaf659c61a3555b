// SPDX-License-Identifier: Apache-2.0
#include "router/service/adapter_standbys.h"

#include <algorithm>
#include <utility>

namespace usher::service {

AdapterStandbys::AdapterStandbys(runtime::DomainRuntime& runtime) : runtime_(runtime) {
  runtime_.Watch(*this);
}

AdapterStandbys::~AdapterStandbys() { runtime_.Unwatch(*this); }

Result<void> AdapterStandbys::Add(const std::string& adapter, Standby& standby) {
  std::deque<Standby*>& waiting = waiting_[adapter];
  if (waiting.size() >= kStandbysMax) {
    return Error{
        Code::kResourceExhausted, "TOO_MANY_STAND_BY",
        std::to_string(kStandbysMax) + " streams of adapter " + adapter + " stand by already",
        "end those that are not needed, or give some of them another name"};
  }
  waiting.push_back(&standby);
  return {};
}

void AdapterStandbys::Remove(const Standby& standby) {
  for (auto& [adapter, waiting] : waiting_) std::erase(waiting, &standby);
  std::erase_if(waiting_, [](const auto& entry) { return entry.second.empty(); });
}

void AdapterStandbys::Take(const std::string& adapter, const void* stream) {
  holders_[adapter] = stream;
}

void AdapterStandbys::Leave(const std::string& adapter, const void* stream) {
  const auto holder = holders_.find(adapter);
  if (holder == holders_.end() || holder->second != stream) return;
  holders_.erase(holder);
  const auto waiting = waiting_.find(adapter);
  if (waiting == waiting_.end()) return;
  Standby* const next = waiting->second.front();
  waiting->second.pop_front();
  if (waiting->second.empty()) waiting_.erase(waiting);
  next->OnTurn();
}

void AdapterStandbys::OnDeposed(const Error& why) {
  const Error error{Code::kUnavailable, "NOT_LEADING",
                    "this router lost the domain: " + why.message, "connect again"};
  holders_.clear();
  for (const auto& [adapter, waiting] : std::exchange(waiting_, {})) {
    for (Standby* const standby : waiting) standby->OnCut(error);
  }
}

Standbys::Standbys(const Domains& domains) {
  for (const auto& [id, node] : domains.nodes()) {
    standbys_[node.get()] = std::make_unique<AdapterStandbys>(node->runtime);
  }
}

}  // namespace usher::service
