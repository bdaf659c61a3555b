// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/time.h"
#include "router/engine/command.h"
#include "router/engine/domain.h"
#include "router/engine/words.h"

namespace usher::scenario {

// One thing that is done. A file knows contacts by names of its own (`c1`); `contact` holds the
// name, and the runner puts the engine's number into the commands. `sign_in: [ann, bob]` is two
// commands; a restart is none.
struct Action {
  std::string verb;  // "submit", for messages
  std::string contact;
  std::string as;  // the name of a consult, which is a contact of its own
  std::vector<engine::Command> commands;
  bool restart = false;
  std::optional<engine::Refusal> refused;  // must be refused so; otherwise must succeed
};

// One thing that must hold. What is expected and what is found are compared as texts, so that a
// failure shows exactly what was compared: lists item by item, everything else as a single item.
//
//   offered: [c1 -> ann]              {kind: "offered", items: {"c1 -> ann"}, is_list: true}
//   contact: {c1: {waited: 90s}}      {kind: "contact", subject: "c1", field: "waited",
//                                      items: {"90s"}}
struct Check {
  int line = 0;
  std::string kind;
  std::string subject;  // a contact, an agent or a queue
  std::string field;
  std::vector<std::string> items;
  bool is_list = false;
};

struct Expectation {
  std::vector<Check> checks;
};

struct Step {
  int line = 0;
  Duration at{0};  // since the start
  std::variant<Action, Expectation> what;
};

// One document of a scenario file, read and found well-formed.
struct Scenario {
  std::string name;
  std::string file;
  int line = 0;
  engine::Domain domain;
  Instant start{};
  std::vector<Step> steps;  // `at` never falls
};

}  // namespace usher::scenario
