// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/id.h"
#include "base/time.h"
#include "router/store/codec.h"

namespace usher::store {

// Fills any value that codec.h can write, by the same field lists, from a seeded generator; bounds
// of integers, empty texts and empty lists come up often.
class AnyValue {
 public:
  explicit AnyValue(std::uint64_t seed) : random_(seed) {}

  template <class T>
  void Fill(T& value) {
    if constexpr (wire_type::IsOptional<T>::value) {
      Chance(2) ? Fill(value.emplace()) : value.reset();
    } else if constexpr (wire_type::IsStrongId<T>::value) {
      typename T::value_type inner{};
      Fill(inner);
      value = T{inner};
    } else if constexpr (std::same_as<T, bool>) {
      value = Chance(2);
    } else if constexpr (std::same_as<T, Duration>) {
      value = Duration{Integer<std::int64_t>()};
    } else if constexpr (std::same_as<T, Instant>) {
      value = Chance(8) ? kNever : InstantFromUnixMs(Integer<std::int64_t>());
    } else if constexpr (std::is_enum_v<T>) {
      value = static_cast<T>(Integer<std::underlying_type_t<T>>());
    } else if constexpr (std::integral<T>) {
      value = Integer<T>();
    } else if constexpr (std::same_as<T, std::string>) {
      FillText(value);
    } else if constexpr (wire_type::IsMap<T>::value) {
      value.clear();
      for (std::size_t i = Below(4); i > 0; --i) {
        std::pair<typename T::key_type, typename T::mapped_type> entry{};
        Fill(entry.first);
        Fill(entry.second);
        value.insert(std::move(entry));
      }
    } else if constexpr (wire_type::IsList<T>::value) {
      value.clear();
      for (std::size_t i = Below(4); i > 0; --i) {
        typename T::value_type item{};
        Fill(item);
        value.insert(value.end(), std::move(item));
      }
    } else if constexpr (wire_type::IsVariant<T>::value) {
      FillAlternative(value, Below(std::variant_size_v<T>));
    } else if constexpr (wire_type::Fields<T>) {
      T::VisitFields(value, FillField{this});
    } else {
      Fill(value.at);
      Fill(value.body);
    }
  }

  template <std::size_t index = 0, class Variant>
  void FillAlternative(Variant& value, std::size_t which) {
    if constexpr (index < std::variant_size_v<Variant>) {
      if (index == which) return Fill(value.template emplace<index>());
      FillAlternative<index + 1>(value, which);
    }
  }

  std::size_t Below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }

 private:
  struct FillField {
    AnyValue* any;
    template <class Field>
    void operator()(std::uint32_t, std::string_view, Field& field) const {
      any->Fill(field);
    }
  };

  bool Chance(std::size_t of) { return Below(of) == 0; }

  template <class T>
  T Integer() {
    switch (Below(6)) {
      case 0:
        return 0;
      case 1:
        return std::numeric_limits<T>::max();
      case 2:
        return std::numeric_limits<T>::min();
      case 3:
        return static_cast<T>(random_());
      default:
        return static_cast<T>(Below(100));
    }
  }

  void FillText(std::string& text) {
    text.clear();
    const std::size_t sizes[] = {0, 1, 3, 20, 127, 128, 300};
    for (std::size_t i = sizes[Below(7)]; i > 0; --i) text.push_back(static_cast<char>(random_()));
  }

  std::mt19937_64 random_;
};

}  // namespace usher::store
