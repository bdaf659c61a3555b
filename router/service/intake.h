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
#include "usher/routing/v1/routing_service.pb.h"

namespace usher::service {

// Who a newcomer is from, in place of a customer's id, and which adapter says so.
struct Arrival {
  routing::v1::Sender from{};
  std::string adapter{};
};

// The way of commands into a domain's runtime. A newcomer whose sender is told gets the sender's
// customer, and one whose customer is known is classified by what is known of the customer; both
// are read from the context before it is decided, for the engine itself reads nothing. Where no
// rule and no queue asks for what is known, only senders are looked up. What cannot be read keeps
// nobody out: the contact is then decided without it, which is logged.
//
// Loop thread. Must outlive the lookups that it began.
class Intake {
 public:
  using Facts = std::map<std::string, std::string>;
  using FindFacts =
      std::function<void(const CustomerId&, std::function<void(Result<Facts>)> found)>;
  struct Known {
    CustomerId customer{};
    Facts facts{};
  };
  using FindSender = std::function<void(const Arrival&, std::function<void(Result<Known>)> found)>;

  // Newcomers that wait to be known; beyond it they are refused, OVERLOADED.
  static constexpr std::size_t kLookupsMax = 20'000;

  explicit Intake(runtime::DomainRuntime& runtime);

  // Before the first command; without them nothing is asked for.
  void SetFacts(FindFacts find) { find_ = std::move(find); }
  void SetSenders(FindSender find) { find_sender_ = std::move(find); }

  // One command, decided when what is known is there. `arrival`: of a submit without a customer.
  void Execute(runtime::Request request, std::optional<Arrival> arrival = {});

 private:
  friend class IntakeLine;
  // Whether something has to be read before it is decided.
  bool IsUnknown(const runtime::Request& request, const std::optional<Arrival>& arrival);
  bool UsesFacts();
  // Fills in what is known, then goes on.
  void Look(const std::shared_ptr<runtime::Request>& newcomer,
            const std::optional<Arrival>& arrival, std::function<void()> then);

  runtime::DomainRuntime& runtime_;
  FindFacts find_;
  FindSender find_sender_;
  std::size_t lookups_ = 0;
  std::optional<std::uint64_t> known_version_;  // of the configuration that uses_facts_ is about
  bool uses_facts_ = false;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

// The commands of one stream, decided in the order in which they came: what comes behind a newcomer
// waits with it. Dropped with the stream, what was not decided yet never is.
class IntakeLine {
 public:
  explicit IntakeLine(Intake& intake) : intake_(intake) {}

  void Execute(runtime::Request request, std::optional<Arrival> arrival = {});

 private:
  struct Entry {
    std::shared_ptr<runtime::Request> request;
    bool ready = false;
  };
  void Drain();

  Intake& intake_;
  std::deque<std::shared_ptr<Entry>> line_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace usher::service
