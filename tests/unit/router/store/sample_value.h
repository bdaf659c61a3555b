// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/id.h"
#include "base/time.h"
#include "router/store/codec.h"

namespace usher::store {

// Fills a value by its field lists so that no field holds its default and few hold the same: for
// samples of records, which must show a field that comes back as something else.
class SampleValue {
 public:
  template <class T>
  void Fill(T& value) {
    if constexpr (wire_type::IsOptional<T>::value) {
      Fill(value.emplace());
    } else if constexpr (wire_type::IsStrongId<T>::value) {
      typename T::value_type inner{};
      Fill(inner);
      value = T{inner};
    } else if constexpr (std::same_as<T, bool>) {
      value = true;
    } else if constexpr (std::same_as<T, Duration>) {
      value = Duration{1'000 + Next()};
    } else if constexpr (std::same_as<T, Instant>) {
      value = InstantFromUnixMs(1'700'000'000'000 + Next());
    } else if constexpr (std::is_enum_v<T>) {
      value = static_cast<T>(1);
    } else if constexpr (std::integral<T>) {
      value = static_cast<T>(Next() % 120 + 2);
    } else if constexpr (std::same_as<T, std::string>) {
      value = "text " + std::to_string(Next());
    } else if constexpr (wire_type::IsMap<T>::value || wire_type::IsList<T>::value) {
      value.clear();
      for (int i = 0; i < 2; ++i) Insert(value);
    } else if constexpr (wire_type::IsPair<T>::value) {
      Fill(value.first);
      Fill(value.second);
    } else if constexpr (wire_type::IsVariant<T>::value) {
      FillAlternative(value, 0);
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

 private:
  struct FillField {
    SampleValue* sample;
    template <class Field>
    void operator()(std::uint32_t, std::string_view, Field& field) const {
      sample->Fill(field);
    }
  };

  template <class Map>
    requires(wire_type::IsMap<Map>::value)
  void Insert(Map& map) {
    std::pair<typename Map::key_type, typename Map::mapped_type> entry{};
    Fill(entry);
    map.insert(std::move(entry));
  }
  template <class List>
    requires(wire_type::IsList<List>::value)
  void Insert(List& list) {
    typename List::value_type item{};
    Fill(item);
    list.insert(list.end(), std::move(item));
  }

  std::int64_t Next() { return ++number_; }
  std::int64_t number_ = 0;
};

}  // namespace usher::store
