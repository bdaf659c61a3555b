// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "router/engine/engine.h"
#include "router/store/domain_store.h"
#include "tests/integration/store/stormy_domain.h"
#include "tests/unit/router/store/field_lines.h"

namespace usher::store {

// What a load gives, as an engine that has folded all of it.
inline engine::Engine ToEngine(LoadedState state) {
  engine::Engine engine;
  if (!state.empty) {
    engine = engine::Engine::Restore(std::move(state.domain), std::move(state.queues),
                                     std::move(state.agents), std::move(state.contacts));
  }
  for (const StoredCommit& commit : state.commits) {
    for (const engine::Event& event : commit.batch.events) engine.Evolve(event);
  }
  return engine;
}

// Every field of every row of it.
inline FieldLines StateLinesOf(const engine::Engine& engine) {
  const Rows rows = RowsOf(engine);
  FieldLines lines;
  AddFieldLines(rows.domain, "domain", lines);
  AddFieldLines(rows.queues, "queues", lines);
  AddFieldLines(rows.agents, "agents", lines);
  AddFieldLines(rows.contacts, "contacts", lines);
  return lines;
}

// A script of commands of Redis: one a line, its words in hexadecimal.
inline std::string ToScriptLine(const std::vector<std::string>& words) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string line;
  for (const std::string& word : words) {
    if (!line.empty()) line.push_back(' ');
    line.push_back('x');  // so that an empty word is one too
    for (const char byte : word) {
      line.push_back(kHex[(byte >> 4) & 15]);
      line.push_back(kHex[byte & 15]);
    }
  }
  return line;
}

inline std::vector<std::string> FromScriptLine(const std::string& line) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::vector<std::string> words;
  for (std::size_t i = 0; i < line.size();) {
    if (line[i] == 'x') words.emplace_back();
    if (line[i] == 'x' || line[i] == ' ') {
      ++i;
      continue;
    }
    words.back().push_back(static_cast<char>(digit(line[i]) << 4 | digit(line[i + 1])));
    i += 2;
  }
  return words;
}

}  // namespace usher::store
