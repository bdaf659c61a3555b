// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace usher {

// An identifier that is only equal to its own kind, so that an AgentId where a QueueId belongs does
// not compile. Text ids come from the domain file or a client and match `[a-z][a-z0-9_-]*`; number
// ids are given by the engine, start at 1 and are never reused within a domain (0 means "none").
//
//   AgentId ann{"ann"};     ann.value() == "ann"
//   ContactId c{42};        c.value() == 42
template <class Value, class Tag>
class StrongId {
 public:
  using value_type = Value;

  constexpr StrongId() = default;
  constexpr explicit StrongId(Value value) : value_(std::move(value)) {}

  constexpr const Value& value() const { return value_; }
  // True for a named id: a non-empty text or a number above 0.
  constexpr explicit operator bool() const { return value_ != Value{}; }

  friend constexpr auto operator<=>(const StrongId&, const StrongId&) = default;

 private:
  Value value_{};
};

using AgentId = StrongId<std::string, struct AgentTag>;
using QueueId = StrongId<std::string, struct QueueTag>;
using DomainId = StrongId<std::string, struct DomainTag>;
using CustomerId = StrongId<std::string, struct CustomerTag>;
using ContactId = StrongId<std::uint64_t, struct ContactTag>;
using OfferId = StrongId<std::uint64_t, struct OfferTag>;

}  // namespace usher

template <class Value, class Tag>
struct std::hash<usher::StrongId<Value, Tag>> {
  std::size_t operator()(const usher::StrongId<Value, Tag>& id) const {
    return std::hash<Value>{}(id.value());
  }
};
