// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/time.h"
#include "router/engine/engine.h"
#include "router/engine/event.h"
#include "router/scenario/contact_names.h"
#include "router/scenario/scenario.h"

namespace usher::scenario {

// What the engine's state says to one check, in the spelling of Check::items. Closed contacts have
// left the engine; their last event answers for them.
class StateFacts {
 public:
  StateFacts(const engine::Engine& engine, const ContactNames& names,
             const std::map<ContactId, engine::Closed>& closed, Instant start, Instant now)
      : engine_(engine), names_(names), closed_(closed), start_(start), now_(now) {}

  std::vector<std::string> Answer(const Check& check) const;

 private:
  std::string Contact(const Check& check) const;
  std::string OpenContact(const engine::ContactRow& row, const std::string& field) const;
  std::string ClosedContact(const engine::Closed& event, const std::string& field) const;
  std::vector<std::string> Agent(const Check& check) const;
  std::string EstimatedWait(const Check& check) const;
  std::string Why(const Check& check) const;
  std::string NameOrNone(ContactId contact) const;
  std::vector<std::string> NamesOf(const std::vector<ContactId>& contacts) const;

  const engine::Engine& engine_;
  const ContactNames& names_;
  const std::map<ContactId, engine::Closed>& closed_;
  Instant start_;
  Instant now_;
};

}  // namespace usher::scenario
