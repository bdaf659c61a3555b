// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "router/engine/rows.h"

namespace usher::audit {

// What can be told of a record that was set aside.
struct ParkedRecord {
  std::string kind;    // "contact", "agent", …; "unknown"
  std::string damage;  // what is wrong with its bytes; empty: they are sound, and it was set aside
                       // for what it says
  std::string fields;  // one line of JSON; empty: nothing can be read
};

// Where it helps to turn one bit round, that is told, and the fields are those of the record then:
// a single flipped bit is by far the likeliest damage, and the checksum says which it was.
ParkedRecord DescribeParked(std::string_view bytes);

// The bit, counted from the first byte's lowest, that makes the record sound again. Tries each;
// nothing for records above 64 kB.
std::optional<std::size_t> FindFlippedBit(std::string_view bytes);

// The contact of a record that was set aside, a single flipped bit mended. NOT_READABLE where that
// does not make it sound; NOT_A_CONTACT.
Result<engine::ContactRow> ReadParkedContact(std::string_view bytes);

// "00000010  01 04 8c …  |..abc|", sixteen bytes a line, at most `limit` bytes.
std::string ToHex(std::string_view bytes, std::size_t limit);

}  // namespace usher::audit
