// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <type_traits>
#include <variant>

#include "tests/simulation/action.h"

namespace usher::engine::simulation {
namespace {

std::string Text(const std::string& text) { return text.substr(0, 60); }
std::string Text(Duration span) { return std::to_string(span.count()) + "ms"; }
std::string Text(Instant at) { return "@" + std::to_string(ToUnixMs(at)); }
std::string Text(std::int32_t number) { return std::to_string(number); }
std::string Text(const QueueId& queue) { return queue.value(); }
std::string Text(const AgentId& agent) { return agent.value(); }

// " name value" where something was said.
template <class T>
std::string Said(const char* name, const T& value) {
  if (value == T{}) return "";
  return std::string(" ") + name + " " + Text(value);
}
template <class T>
std::string Said(const char* name, const std::optional<T>& value) {
  if (!value) return "";
  return std::string(" ") + name + " \"" + Text(*value) + "\"";
}

constexpr const char* kCommandNames[] = {
    "sign-in",  "sign-out", "presence", "connection", "submit",  "accept",  "reject",   "complete",
    "wrapped",  "extend",   "hold",     "resume",     "abandon", "cancel",  "withdraw", "lose",
    "transfer", "update",   "pull",     "apply",      "assign",  "consult", "adapter",  "claim"};

std::string Rest(const Submit& s) {
  std::string text = " " + std::string(ToString(s.channel)) + Said("queue", s.queue);
  text += Said("priority", s.priority) + Said("head_start", s.head_start) + Said("due", s.due);
  text += Said("requires", s.requirement) + Said("prefer", s.prefer);
  text += Said("prefer_for", s.prefer_for) + Said("external_id", s.external_id);
  text += Said("not_before", s.not_before) + Said("wait_limit", s.wait_limit);
  text += Said("max_tier", s.max_tier);
  for (const auto& [name, value] : s.customer_facts) text += " customer." + name + "=" + value;
  for (const auto& [name, value] : s.attributes) text += " " + name + "=" + value;
  return text;
}
std::string Rest(const SetPresence& c) {
  return " " + std::string(ToString(c.presence)) + Said("reason", c.reason) + Said("by", c.by);
}
std::string Rest(const SetConnection& c) {
  return c.connection == Connection::kLost ? " lost" : " back";
}
std::string Rest(const SetAdapter& c) {
  return " " + c.adapter + (c.connection == Connection::kLost ? " lost" : " back");
}
std::string Rest(const Claim& c) { return Said("adapter", c.adapter); }
std::string Rest(const ExtendWrapUp& c) { return Said("for", c.by); }
std::string Rest(const Transfer& c) {
  return Said("to_queue", c.to_queue) + Said("to_agent", c.to_agent) + Said("by", c.by) +
         (c.by_supervisor ? " by a supervisor" : "");
}
std::string Rest(const SignOut& c) { return Said("by", c.by); }
std::string Rest(const Assign& c) { return Said("by", c.by); }
std::string Rest(const Abandon& c) {
  return c.channel ? " of channel " + std::string(ToString(*c.channel)) : "";
}
std::string Rest(const Consult& c) {
  return Said("by", c.by) + Said("to_queue", c.to_queue) + Said("to_agent", c.to_agent);
}
std::string Rest(const Update& c) {
  return Said("priority", c.priority) + Said("head_start", c.head_start) +
         Said("requires", c.requirement) + Said("queue", c.queue) +
         (c.channel ? " channel " + std::string(ToString(*c.channel)) : "");
}
std::string Rest(const ApplyDomain& c) { return " version " + std::to_string(c.version); }
template <class Other>
std::string Rest(const Other&) {
  return "";
}

}  // namespace

std::string Describe(const Command& command) {
  return std::visit(
      [&](const auto& body) {
        std::string text = "command";
        if (command.index() < std::size(kCommandNames)) text = kCommandNames[command.index()];
        if constexpr (requires { body.contact; }) {
          text += " contact " + std::to_string(body.contact.value());
        }
        if constexpr (requires { body.offer; }) {
          if (body.offer) text += " offer " + std::to_string(body.offer.value());
        }
        if constexpr (requires { body.agent; }) {
          if (body.agent) text += " agent " + body.agent.value();
        }
        return text + Rest(body);
      },
      command);
}

std::string Describe(const Action& action, Instant start) {
  std::string text = "+" + std::to_string((action.at - start).count()) + "ms ";
  if (action.write_rows) text += "(rows written) ";
  switch (action.restart) {
    case Restart::kNone:
      break;
    case Restart::kFromRows:
      text += "(restart from rows) ";
      break;
    case Restart::kFromOlderRows:
      text += "(restart from older rows) ";
      break;
    case Restart::kStandby:
      text += "(the standby takes over) ";
      break;
  }
  return text + (action.command ? Describe(*action.command) : "nothing");
}

}  // namespace usher::engine::simulation
