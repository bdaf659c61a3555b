// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/router/engine/routing_table.h"

#include <type_traits>
#include <variant>

namespace usher::engine {
namespace {

template <class Body>
std::string Say(const Body& body) {
  std::string said(Body::kName);
  if constexpr (requires { body.contact; }) said += " " + std::to_string(body.contact.value());
  if constexpr (requires { body.outcome; }) {
    said += " " + std::string(ToString(body.outcome));
  } else if constexpr (requires { body.agent; }) {
    said += " " + body.agent.value();
  } else if constexpr (requires { body.queue; }) {
    said += " " + body.queue.value();
  }
  return said;
}

}  // namespace

std::vector<std::string> RoutingTable::Told(std::string_view kind) const {
  std::vector<std::string> told;
  for (const Event& event : last) {
    if (NameOf(event) != kind) continue;
    told.push_back(std::visit([](const auto& body) { return Say(body); }, event.body));
  }
  return told;
}

AllRows RowsOf(const Engine& engine) {
  AllRows rows{.domain = engine.Row(), .queues = {}, .agents = {}, .contacts = {}};
  for (const Queue& queue : engine.domain().queues) rows.queues.push_back(engine.Row(queue.id));
  for (const AgentId& agent : engine.Agents()) rows.agents.push_back(engine.Row(agent));
  for (const ContactId contact : engine.Contacts()) rows.contacts.push_back(engine.Row(contact));
  return rows;
}

Engine RestoreFrom(const AllRows& rows) {
  return Engine::Restore(rows.domain, rows.queues, rows.agents, rows.contacts);
}

}  // namespace usher::engine
