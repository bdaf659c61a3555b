// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "router/engine/calendar.h"
#include "router/engine/domain.h"
#include "router/engine/words.h"
#include "router/simulation/distribution.h"

namespace usher::simulation {

// What a traffic file says: who calls, how long it takes, who works when. All names are known to
// the domain that the file was read for. Chances are in hundredths of a percent.

// A text that is chosen anew for each customer; what the chances leave over is no text at all.
struct ChosenText {
  struct Option {
    std::string text{};
    std::int32_t chance = 0;
  };
  std::vector<Option> options{};

  const std::string* Choose(RandomStream& random) const;  // null: none
};

// What a customer who gave up, or was turned away, does: she calls again.
struct Redial {
  std::int32_t chance = 0;
  Distribution after{};
  std::int32_t limit = 3;  // times, for one customer
  bool on_abandoned = true;
  bool on_refused = false;
  bool on_timed_out = false;
};

struct PassOn {
  std::int32_t chance = 0;
  QueueId to{};
};

struct Hold {
  std::int32_t chance = 0;
  Distribution length{};
};

// How contacts go. What is not set is told by a wider word: a stream's goes before that of a
// channel in a queue, a queue's, a channel's and the whole file's.
struct Conduct {
  std::optional<Distribution> handle{};    // talking, without holds and wrap-up
  std::optional<Distribution> patience{};  // of each wait; none: without end
  std::optional<Distribution> wrap_up{};   // none: as long as the domain says
  std::optional<Redial> redial{};
  std::optional<std::vector<PassOn>> pass_on{};  // chances add up to at most all
  std::optional<Hold> hold{};
};

// From `start` of the simulation to `end`, `per_hour` arrivals an hour.
struct RateSpan {
  Duration start{0};
  Duration end{0};
  double per_hour = 0;
};

// Contacts that come by one law.
struct Stream {
  std::string name{};
  int line = 0;  // in the traffic file
  QueueId queue{};
  engine::Channel channel = engine::Channel::kVoice;
  std::vector<RateSpan> rates{};  // rising, without overlaps
  bool evenly = false;            // else by chance: Poisson
  std::int32_t priority = 0;
  Duration head_start{0};
  std::string requirement{};
  ChosenText prefer{};  // an agent's id
  std::optional<Duration> prefer_for{};
  std::optional<Duration> wait_limit{};
  std::optional<std::int32_t> max_tier{};
  std::map<std::string, ChosenText> attributes{};
  std::map<std::string, ChosenText> customer{};
  Conduct conduct{};
};

// What an agent should be doing from an instant on.
struct Duty {
  enum class What : std::uint8_t { kAway, kWork, kBreak };
  Instant at{};
  What what = What::kWork;
  std::string reason{};  // of a break

  friend bool operator==(const Duty&, const Duty&) = default;
};

struct LostConsole {
  Distribution every{};  // from one return to the next loss
  Distribution length{};
};

// How one agent works.
struct AgentHabits {
  std::size_t rota = 0;     // in Traffic::rotas
  Distribution answer{};    // from the offer to the accept; an offer that ends before is missed
  std::int32_t reject = 0;  // chance for each offer
  std::int32_t miss = 0;
  double pace = 1;  // times the handle time
  Distribution return_after{};
  std::optional<LostConsole> lost_console{};
};

struct Traffic {
  Instant start{};
  Duration duration{0};
  Duration warm_up{0};  // of the duration; what comes in it is not counted
  std::vector<Stream> streams{};
  Conduct conduct{};
  std::map<engine::Channel, Conduct> of_channel{};
  std::map<QueueId, Conduct> of_queue{};
  std::map<std::pair<QueueId, engine::Channel>, Conduct> of_queue_channel{};
  std::vector<std::vector<Duty>> rotas{};  // each rises in time and begins at `start`
  std::vector<AgentHabits> agents{};       // as Domain::agents

  Instant end() const { return start + duration; }
  // How many contacts come, on average, without those who call again.
  double ExpectedArrivals() const;
};

// Bounds, so that a slip of the pen ends with a word and not with a full memory.
inline constexpr Duration kSimulatedMax = std::chrono::hours{24} * 366;
inline constexpr double kExpectedArrivalsMax = 10e6;  // of one run
inline constexpr std::size_t kStreamsMax = 1000;
inline constexpr std::size_t kRatesMax = 100'000;  // of one stream, repetitions counted

}  // namespace usher::simulation
