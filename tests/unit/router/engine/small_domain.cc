// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/router/engine/small_domain.h"

#include <algorithm>

#include "base/check.h"

namespace usher::engine {
namespace {

template <class List, class Id>
auto& Named(List& list, const Id& id) {
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const auto& entry) { return entry.id == id; });
  USHER_CHECK(found != list.end());
  return *found;
}

}  // namespace

Domain SmallDomain() {
  Domain domain;
  domain.id = DomainId{"small"};
  domain.skills = {"english", "billing"};
  domain.not_ready = {"break"};
  domain.dispositions = {"resolved"};
  domain.queues = {Queue{.id = QueueId{"support"}}, Queue{.id = QueueId{"sales"}}};
  Profile blended{.id = "blended"};
  blended.channels[Channel::kVoice] = {.max = 1};
  blended.channels[Channel::kChat] = {.max = 3};
  domain.profiles = {blended};
  domain.agents = {
      Agent{.id = AgentId{"ann"}, .queues = {{QueueId{"support"}, 0}}, .profile = "blended"},
      Agent{.id = AgentId{"bob"}, .queues = {{QueueId{"support"}, 0}}, .profile = "blended"},
      Agent{.id = AgentId{"cid"}, .queues = {{QueueId{"sales"}, 0}}}};
  return domain;
}

Queue& QueueIn(Domain& domain, const std::string& id) { return Named(domain.queues, QueueId{id}); }

Agent& AgentIn(Domain& domain, const std::string& id) { return Named(domain.agents, AgentId{id}); }

}  // namespace usher::engine
