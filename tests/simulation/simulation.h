// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "router/engine/engine.h"
#include "tests/simulation/action.h"
#include "tests/simulation/coverage.h"
#include "tests/simulation/digest.h"
#include "tests/simulation/findings.h"
#include "tests/simulation/ledger.h"
#include "tests/simulation/row_store.h"

namespace usher::engine::simulation {

struct Tally {
  std::uint64_t commands = 0;
  std::uint64_t refused = 0;
  std::uint64_t events = 0;
  std::uint64_t restarts = 0;
  std::uint64_t applied = 0;
  std::uint64_t faults = 0;
  Duration simulated{0};

  void Add(const Tally& other);
};

// A world under watch: the engine of production code, and beside it everything that must agree with
// it. After every action all invariants of README.md are checked; the first that does not hold ends
// the run.
//
// Three engines live through the same history: `engine` dies and comes back as the actions say, the
// *twin* never does and is told the time before it is told the command, the *standby* only folds
// the events. What they decide and the rows that they show must be equal, always.
class Simulation {
 public:
  explicit Simulation(const Domain& first);
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  void Do(const Action& action);
  // No more commands and no more faults: everybody signs in, takes what is offered and finishes it.
  // Whatever somebody could serve is served then, and every timer fires.
  void Settle();

  const Engine& engine() const { return engine_; }
  Instant now() const { return now_; }
  Instant start() const { return start_; }
  const Findings& findings() const { return findings_; }
  std::uint64_t digest() const { return digest_.value(); }
  const Tally& tally() const { return tally_; }
  const Coverage& coverage() const { return coverage_; }
  // The last events, newest last, one line each.
  std::string LastEvents() const;

 private:
  void Come(Restart restart);
  void Fold(const std::vector<Event>& events, bool by_timer);
  void CheckOutcome(const Command& command, const Outcome& outcome,
                    const std::vector<Event>& events);
  void CheckAnswer(const Accept& accept, const std::optional<Ledger::Answer>& expected,
                   const Outcome& outcome);
  void CheckState();
  void CheckSettled();
  // What is counted (simulation_notes.cc).
  void Note(const Action& action);
  void NoteAccept(const Accept& accept);
  void NoteApply();
  void NoteOffer(const Offered& offered);
  void NoteRestart();

  Instant start_;
  Instant now_;
  Engine engine_;
  Engine twin_;
  Engine standby_;
  RowStore rows_;
  std::vector<Event> log_;  // since the rows were written
  std::vector<Event> last_events_;
  Findings findings_;
  Coverage coverage_;
  Ledger ledger_{findings_, coverage_};
  Digest digest_;
  Tally tally_;
};

}  // namespace usher::engine::simulation
