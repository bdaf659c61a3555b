// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "router/engine/event.h"

namespace usher::engine::simulation {

// A 64-bit hash over the tags and values of everything that lists its fields (VisitFields): equal
// histories have equal digests, with every compiler and on every machine. It guards against
// mistakes, not against malice.
class Digest {
  struct AnyVisitor {
    template <class Field>
    void operator()(std::uint32_t, std::string_view, const Field&) const {}
  };

 public:
  std::uint64_t value() const { return state_; }

  void Add(std::uint64_t number) { state_ = Mixed(state_ + 0x9E3779B97F4A7C15ull + Mixed(number)); }
  void Add(std::string_view text) {
    Add(static_cast<std::uint64_t>(text.size()));
    for (const char c : text) Add(static_cast<std::uint64_t>(static_cast<unsigned char>(c)));
  }
  void Add(const std::string& text) { Add(std::string_view(text)); }
  template <class T>
    requires(std::integral<T> || std::is_enum_v<T>)
  void Add(T value) {
    Add(static_cast<std::uint64_t>(value));
  }
  void Add(Duration span) { Add(static_cast<std::uint64_t>(span.count())); }
  void Add(Instant instant) { Add(static_cast<std::uint64_t>(ToUnixMs(instant))); }
  template <class Value, class Tag>
  void Add(const StrongId<Value, Tag>& id) {
    Add(id.value());
  }
  template <class T>
  void Add(const std::optional<T>& value) {
    Add(std::uint64_t{value.has_value()});
    if (value) Add(*value);
  }
  template <class T>
  void Add(const std::vector<T>& list) {
    Add(static_cast<std::uint64_t>(list.size()));
    for (const T& item : list) Add(item);
  }
  template <class Key, class Value>
  void Add(const std::map<Key, Value>& map) {
    Add(static_cast<std::uint64_t>(map.size()));
    for (const auto& [key, value] : map) {
      Add(key);
      Add(value);
    }
  }
  template <class T>
    requires requires(const T& value) { T::VisitFields(value, AnyVisitor{}); }
  void Add(const T& value) {
    T::VisitFields(value, [this](std::uint32_t tag, std::string_view, const auto& field) {
      Add(std::uint64_t{tag});
      Add(field);
    });
  }
  void Add(const Event& event) {
    Add(event.at);
    std::visit(
        [this](const auto& body) {
          Add(std::uint64_t{std::remove_cvref_t<decltype(body)>::kTag});
          Add(body);
        },
        event.body);
  }

 private:
  static constexpr std::uint64_t Mixed(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }

  std::uint64_t state_ = 0;
};

}  // namespace usher::engine::simulation
