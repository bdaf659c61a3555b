// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"
#include "router/store/wire.h"

namespace usher::store {

// Writes and reads any struct that lists its fields once, as
//
//   template <class Self, class V> static void VisitFields(Self& self, V&& visit) {
//     visit(1, "offer", self.offer);
//     ...
//   }
//
// in protobuf's wire format. A field may be an integer, bool, enum, text, strong id, Duration,
// Instant, a struct of these, a variant of structs that have a `kTag`, and optionals, vectors, sets
// and maps of them.
//
// The encoding is canonical: equal values have equal bytes, so bytes are compared and hashed.
// Scalars are always written, zero too, so that a default that changes in a later version never
// alters what is stored; a field that an older version did not write keeps its default. Unknown
// tags are skipped. An unknown alternative of a variant is not: it is an event that this version
// does not understand, and a fold that left it out would be wrong.
//
// Nesting is bounded by the types, which are finite; memory by the length of the input.

namespace wire_type {

struct AnyVisitor {
  template <class Field>
  void operator()(std::uint32_t, std::string_view, Field&&) const {}
};

template <class T>
concept Fields = requires(T& value) { T::VisitFields(value, AnyVisitor{}); };

template <class T>
struct IsVariant : std::false_type {};
template <class... Alternatives>
struct IsVariant<std::variant<Alternatives...>> : std::true_type {};

template <class T>
struct IsStrongId : std::false_type {};
template <class Value, class Tag>
struct IsStrongId<StrongId<Value, Tag>> : std::true_type {};

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <class T>
struct IsList : std::false_type {};
template <class T>
struct IsList<std::vector<T>> : std::true_type {};
template <class T>
struct IsList<std::set<T>> : std::true_type {};

template <class T>
struct IsMap : std::false_type {};
template <class Key, class Value>
struct IsMap<std::map<Key, Value>> : std::true_type {};

template <class T>
struct IsPair : std::false_type {};
template <class First, class Second>
struct IsPair<std::pair<First, Second>> : std::true_type {};

// An event: a variant with the instant at which it happened.
template <class T>
concept Happening = !Fields<T> && requires(T& value) {
  { value.at } -> std::same_as<Instant&>;
  requires IsVariant<std::remove_cvref_t<decltype(value.body)>>::value;
};

// What is one varint on the wire.
template <class T>
constexpr bool IsNumber() {
  if constexpr (IsStrongId<T>::value) {
    return std::integral<typename T::value_type>;
  } else {
    return std::integral<T> || std::is_enum_v<T> || std::same_as<T, Duration> ||
           std::same_as<T, Instant>;
  }
}

template <class T>
std::uint64_t ToNumber(const T& value) {
  if constexpr (IsStrongId<T>::value) {
    return ToNumber(value.value());
  } else if constexpr (std::same_as<T, Duration>) {
    return ZigZag(value.count());
  } else if constexpr (std::same_as<T, Instant>) {
    return ZigZag(ToUnixMs(value));
  } else if constexpr (std::is_enum_v<T>) {
    return ToNumber(static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (std::unsigned_integral<T>) {
    return value;
  } else {
    return ZigZag(value);
  }
}

// False when the number does not fit the type.
template <class T>
bool FromNumber(std::uint64_t number, T& value) {
  if constexpr (IsStrongId<T>::value) {
    typename T::value_type inner{};
    if (!FromNumber(number, inner)) return false;
    value = T{inner};
  } else if constexpr (std::same_as<T, Duration>) {
    value = Duration{UnZigZag(number)};
  } else if constexpr (std::same_as<T, Instant>) {
    value = InstantFromUnixMs(UnZigZag(number));
  } else if constexpr (std::is_enum_v<T>) {
    std::underlying_type_t<T> inner{};
    if (!FromNumber(number, inner)) return false;
    value = static_cast<T>(inner);
  } else if constexpr (std::unsigned_integral<T>) {
    if (number > std::numeric_limits<T>::max()) return false;
    value = static_cast<T>(number);
  } else {
    const std::int64_t wide = UnZigZag(number);
    if (!std::in_range<T>(wide)) return false;
    value = static_cast<T>(wide);
  }
  return true;
}

}  // namespace wire_type

// Why reading stopped.
enum class DecodeFault : std::uint8_t { kNone, kDamaged, kTooNew };

template <class T>
void AppendContent(const T& value, std::string& out);
template <class T>
DecodeFault ReadContent(std::string_view bytes, T& value);

// Appends field `tag`; an empty optional or list appends nothing.
template <class T>
void AppendField(std::uint32_t tag, const T& value, std::string& out) {
  if constexpr (wire_type::IsOptional<T>::value) {
    if (value) AppendField(tag, *value, out);
  } else if constexpr (wire_type::IsNumber<T>()) {
    AppendVarintField(tag, wire_type::ToNumber(value), out);
  } else if constexpr (wire_type::IsMap<T>::value) {
    for (const auto& entry : value) AppendField(tag, entry, out);
  } else if constexpr (wire_type::IsList<T>::value) {
    using Item = typename T::value_type;
    static_assert(!wire_type::IsList<Item>::value && !wire_type::IsMap<Item>::value &&
                      !wire_type::IsOptional<Item>::value,
                  "a list of lists needs a struct in between");
    if constexpr (wire_type::IsNumber<Item>()) {
      if (value.empty()) return;
      AppendTag(tag, WireType::kBytes, out);
      const std::size_t start = OpenNested(out);
      for (const Item item : value) AppendVarint(wire_type::ToNumber(item), out);
      CloseNested(start, out);
    } else {
      for (const auto& item : value) AppendField(tag, item, out);
    }
  } else if constexpr (std::same_as<T, std::string>) {
    AppendBytesField(tag, value, out);
  } else if constexpr (wire_type::IsStrongId<T>::value) {
    AppendBytesField(tag, value.value(), out);
  } else {
    AppendTag(tag, WireType::kBytes, out);
    const std::size_t start = OpenNested(out);
    AppendContent(value, out);
    CloseNested(start, out);
  }
}

// Appends the fields of a struct, the one alternative of a variant, or an event.
template <class T>
void AppendContent(const T& value, std::string& out) {
  if constexpr (wire_type::Fields<const T>) {
    T::VisitFields(value, [&out](std::uint32_t tag, std::string_view, const auto& field) {
      AppendField(tag, field, out);
    });
  } else if constexpr (wire_type::IsVariant<T>::value) {
    std::visit(
        [&out](const auto& alternative) {
          AppendField(std::remove_cvref_t<decltype(alternative)>::kTag, alternative, out);
        },
        value);
  } else if constexpr (wire_type::IsPair<T>::value) {
    AppendField(1, value.first, out);
    AppendField(2, value.second, out);
  } else {
    static_assert(wire_type::Happening<T>, "no encoding for this type");
    AppendField(1, value.at, out);
    AppendField(2, value.body, out);
  }
}

// Takes the next field from `reader` into `value`; a list or map gains an element.
template <class T>
DecodeFault TakeField(WireReader& reader, T& value) {
  using enum DecodeFault;
  if constexpr (wire_type::IsOptional<T>::value) {
    return TakeField(reader, value.emplace());
  } else if constexpr (wire_type::IsNumber<T>()) {
    std::uint64_t number = 0;
    return reader.TakeVarint(number) && wire_type::FromNumber(number, value) ? kNone : kDamaged;
  } else if constexpr (wire_type::IsMap<T>::value) {
    std::pair<typename T::key_type, typename T::mapped_type> entry{};
    const DecodeFault fault = TakeField(reader, entry);
    if (fault == kNone) value.insert_or_assign(std::move(entry.first), std::move(entry.second));
    return fault;
  } else if constexpr (wire_type::IsList<T>::value) {
    using Item = typename T::value_type;
    if constexpr (wire_type::IsNumber<Item>()) {
      if (reader.NextIsBytes()) {
        std::string_view packed;
        if (!reader.TakeBytes(packed)) return kDamaged;
        WireReader numbers(packed);
        while (!numbers.AtEnd()) {
          std::uint64_t number = 0;
          Item item{};
          if (!numbers.ReadVarint(number) || !wire_type::FromNumber(number, item)) return kDamaged;
          value.insert(value.end(), item);
        }
        return kNone;
      }
    }
    Item item{};
    const DecodeFault fault = TakeField(reader, item);
    if (fault == kNone) value.insert(value.end(), std::move(item));
    return fault;
  } else {
    std::string_view bytes;
    if (!reader.TakeBytes(bytes)) return kDamaged;
    if constexpr (std::same_as<T, std::string>) {
      value = bytes;
      return kNone;
    } else if constexpr (wire_type::IsStrongId<T>::value) {
      value = T{std::string(bytes)};
      return kNone;
    } else {
      value = T{};
      return ReadContent(bytes, value);
    }
  }
}

namespace wire_type {

// Offers every field of the input to `match(tag, reader)`, which takes it or returns false.
template <class Match>
DecodeFault ReadFields(std::string_view bytes, Match match) {
  WireReader reader(bytes);
  while (!reader.AtEnd()) {
    const std::uint32_t tag = reader.PeekTag();
    if (tag == 0) return DecodeFault::kDamaged;
    DecodeFault fault = DecodeFault::kNone;
    if (!match(tag, reader, fault) && !reader.Skip()) return DecodeFault::kDamaged;
    if (fault != DecodeFault::kNone) return fault;
  }
  return DecodeFault::kNone;
}

// Tags come in the order in which VisitFields names them, so one visit takes a whole record;
// whatever stands elsewhere costs one more visit.
template <class T>
DecodeFault ReadStruct(std::string_view bytes, T& value) {
  return ReadFields(bytes, [&value](std::uint32_t, WireReader& reader, DecodeFault& fault) {
    const std::size_t start = reader.position();
    T::VisitFields(value, [&](std::uint32_t tag, std::string_view, auto& field) {
      while (fault == DecodeFault::kNone && !reader.AtEnd() && reader.PeekTag() == tag) {
        fault = TakeField(reader, field);
      }
    });
    return reader.position() != start || fault != DecodeFault::kNone;
  });
}

template <class Variant, std::size_t index = 0>
DecodeFault TakeAlternative(std::uint32_t tag, WireReader& reader, Variant& value) {
  if constexpr (index == std::variant_size_v<Variant>) {
    return DecodeFault::kTooNew;
  } else {
    if (std::variant_alternative_t<index, Variant>::kTag == tag) {
      return TakeField(reader, value.template emplace<index>());
    }
    return TakeAlternative<Variant, index + 1>(tag, reader, value);
  }
}

template <class Variant>
DecodeFault ReadVariant(std::string_view bytes, Variant& value) {
  WireReader reader(bytes);
  const std::uint32_t tag = reader.PeekTag();
  if (tag == 0) return DecodeFault::kDamaged;
  const DecodeFault fault = TakeAlternative(tag, reader, value);
  if (fault == DecodeFault::kNone && !reader.AtEnd()) return DecodeFault::kDamaged;
  return fault;
}

// Fields 1 and 2, of which `required` (a bit for each tag) must be there.
template <class First, class Second>
DecodeFault ReadPair(std::string_view bytes, unsigned required, First& first, Second& second) {
  unsigned seen = 0;
  const DecodeFault fault =
      ReadFields(bytes, [&](std::uint32_t tag, WireReader& reader, DecodeFault& failed) {
        if (tag > 2) return false;
        seen |= tag;
        failed = tag == 1 ? TakeField(reader, first) : TakeField(reader, second);
        return true;
      });
  return fault == DecodeFault::kNone && (seen & required) != required ? DecodeFault::kDamaged
                                                                      : fault;
}

}  // namespace wire_type

template <class T>
DecodeFault ReadContent(std::string_view bytes, T& value) {
  if constexpr (wire_type::Fields<T>) {
    return wire_type::ReadStruct(bytes, value);
  } else if constexpr (wire_type::IsVariant<T>::value) {
    return wire_type::ReadVariant(bytes, value);
  } else if constexpr (wire_type::IsPair<T>::value) {
    // The value of a map may be a list, which is absent when it is empty.
    return wire_type::ReadPair(bytes, 1, value.first, value.second);
  } else {
    static_assert(wire_type::Happening<T>, "no encoding for this type");
    return wire_type::ReadPair(bytes, 3, value.at, value.body);
  }
}

}  // namespace usher::store
