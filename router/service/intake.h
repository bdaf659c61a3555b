// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/id.h"
#include "base/result.h"
#include "router/runtime/domain_runtime.h"

namespace usher::service {

// The way of commands into a domain's runtime. A newcomer whose customer is known is classified by
// what is known of the customer, which is read from the context before it is decided; the engine
// itself reads nothing. Where no rule and no queue asks for it nothing is read. What cannot be read
// keeps nobody out: the contact is then classified without it, which is logged.
//
// Loop thread. Must outlive the lookups that it began.
class Intake {
 public:
  using Facts = std::map<std::string, std::string>;
  using FindFacts =
      std::function<void(const CustomerId&, std::function<void(Result<Facts>)> found)>;

  // Newcomers that wait for their facts; beyond it they are refused, OVERLOADED.
  static constexpr std::size_t kLookupsMax = 20'000;

  explicit Intake(runtime::DomainRuntime& runtime);

  // Before the first command; without it no facts are asked for.
  void SetFacts(FindFacts find) { find_ = std::move(find); }

  // One command, decided when its facts are there.
  void Execute(runtime::Request request);

 private:
  friend class IntakeLine;
  // The submit whose facts have to be read; null for everything else.
  engine::Submit* Newcomer(runtime::Request& request);
  bool UsesFacts();
  void Look(const CustomerId& customer, std::function<void(Facts)> found);

  runtime::DomainRuntime& runtime_;
  FindFacts find_;
  std::size_t lookups_ = 0;
  std::optional<std::uint64_t> known_version_;  // of the configuration that uses_facts_ is about
  bool uses_facts_ = false;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

// The commands of one stream, decided in the order in which they came: what comes behind a newcomer
// waits with it for its facts. Dropped with the stream, what was not decided yet never is.
class IntakeLine {
 public:
  explicit IntakeLine(Intake& intake) : intake_(intake) {}

  void Execute(runtime::Request request);

 private:
  struct Entry {
    runtime::Request request;
    bool ready = false;
  };
  void Drain();

  Intake& intake_;
  std::deque<std::shared_ptr<Entry>> line_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace usher::service
