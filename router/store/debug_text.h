// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "router/store/codec.h"

namespace usher::store {

namespace debug_text {

// Quotes for JSON; bytes that are not printable ASCII are written as \u00XX, byte by byte.
void AppendQuoted(std::string_view text, std::string& out);
// "2026-11-21T19:52:12.345Z", quoted; "never" for kNever.
void AppendInstant(Instant instant, std::string& out);

}  // namespace debug_text

// Anything that codec.h can write, as one line of JSON by the names of its fields, for people who
// look into a log or a failed test. Enums with a ToString are words, spans "1500ms", instants UTC;
// a variant is {"<its kName>": {…}}. Not meant to be read back.
template <class T>
void AppendDebugText(const T& value, std::string& out) {
  if constexpr (wire_type::IsOptional<T>::value) {
    value ? AppendDebugText(*value, out) : static_cast<void>(out += "null");
  } else if constexpr (wire_type::IsStrongId<T>::value) {
    AppendDebugText(value.value(), out);
  } else if constexpr (std::same_as<T, std::string>) {
    debug_text::AppendQuoted(value, out);
  } else if constexpr (std::same_as<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (std::same_as<T, Instant>) {
    debug_text::AppendInstant(value, out);
  } else if constexpr (std::same_as<T, Duration>) {
    out += '"' + std::to_string(value.count()) + "ms\"";
  } else if constexpr (std::is_enum_v<T>) {
    if constexpr (requires { ToString(value); }) {
      debug_text::AppendQuoted(ToString(value), out);
    } else {
      out += std::to_string(static_cast<std::underlying_type_t<T>>(value));
    }
  } else if constexpr (std::integral<T>) {
    out += std::to_string(value);
  } else if constexpr (wire_type::IsMap<T>::value || wire_type::IsList<T>::value) {
    out += '[';
    for (std::string_view comma; const auto& item : value) {
      out += std::exchange(comma, ",");
      AppendDebugText(item, out);
    }
    out += ']';
  } else if constexpr (wire_type::IsPair<T>::value) {
    out += '[';
    AppendDebugText(value.first, out);
    out += ',';
    AppendDebugText(value.second, out);
    out += ']';
  } else if constexpr (wire_type::IsVariant<T>::value) {
    std::visit(
        [&out](const auto& alternative) {
          out += '{';
          debug_text::AppendQuoted(std::remove_cvref_t<decltype(alternative)>::kName, out);
          out += ':';
          AppendDebugText(alternative, out);
          out += '}';
        },
        value);
  } else if constexpr (wire_type::Fields<const T>) {
    out += '{';
    std::string_view comma;
    T::VisitFields(value, [&](std::uint32_t, std::string_view name, const auto& field) {
      out += std::exchange(comma, ",");
      debug_text::AppendQuoted(name, out);
      out += ':';
      AppendDebugText(field, out);
    });
    out += '}';
  } else {
    out += "{\"at\":";
    AppendDebugText(value.at, out);
    out += ",\"body\":";
    AppendDebugText(value.body, out);
    out += '}';
  }
}

template <class T>
std::string ToDebugText(const T& value) {
  std::string out;
  AppendDebugText(value, out);
  return out;
}

}  // namespace usher::store
