// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "router/store/codec.h"
#include "router/store/debug_text.h"

namespace usher::store {

// Every field of a value that codec.h can write, by its path: "events[0].body.closed.tier" -> "7".
using FieldLines = std::map<std::string, std::string>;

template <class T>
void AddFieldLines(const T& value, const std::string& path, FieldLines& lines) {
  if constexpr (wire_type::IsOptional<T>::value) {
    if (value) return AddFieldLines(*value, path, lines);
    lines[path] = "null";
  } else if constexpr (wire_type::IsMap<T>::value || wire_type::IsList<T>::value) {
    lines[path + ".size"] = std::to_string(value.size());
    std::size_t index = 0;
    for (const auto& item : value) {
      AddFieldLines(item, path + '[' + std::to_string(index++) + ']', lines);
    }
  } else if constexpr (wire_type::IsPair<T>::value) {
    AddFieldLines(value.first, path + ".key", lines);
    AddFieldLines(value.second, path + ".value", lines);
  } else if constexpr (wire_type::IsVariant<T>::value) {
    std::visit(
        [&](const auto& alternative) {
          const std::string name(std::remove_cvref_t<decltype(alternative)>::kName);
          lines[path] = name;
          AddFieldLines(alternative, path + '.' + name, lines);
        },
        value);
  } else if constexpr (wire_type::Fields<const T>) {
    T::VisitFields(value, [&](std::uint32_t, std::string_view name, const auto& field) {
      AddFieldLines(field, path.empty() ? std::string(name) : path + '.' + std::string(name),
                    lines);
    });
  } else if constexpr (requires { value.body; }) {
    AddFieldLines(value.at, path + ".at", lines);
    AddFieldLines(value.body, path + ".body", lines);
  } else {
    AppendDebugText(value, lines[path]);
  }
}

template <class T>
FieldLines FieldLinesOf(const T& value) {
  FieldLines lines;
  AddFieldLines(value, "", lines);
  return lines;
}

}  // namespace usher::store
