// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "router/store/codec.h"

namespace usher::store {

// What a stored value is, so that one under the wrong key is seen. Numbers are stored.
enum class RecordKind : std::uint8_t {
  kCommit = 1,
  kConfig = 2,
  kCounters = 3,
  kContact = 4,
  kClosedContact = 5,
  kAgent = 6,
  kQueue = 7,
  kCheckpoint = 8,
  // Of router/context, whose contents are protobuf messages.
  kCustomer = 9,
  kCustomerChange = 10,
  kTimelineEntry = 11,
  kMessage = 12,
  kCase = 20,
  kCaseStep = 21,
  kCustomerRead = 30,
  kErasure = 31,
};

// Every value in Redis is framed: one byte of format version, one of kind, four of CRC-32 over both
// and the content (little end first), then the content in the format of codec.h. Redis' append-only
// file has no checksum of its own: a flipped bit there loads silently, and is found here.
inline constexpr std::uint8_t kRecordVersion = 1;
inline constexpr std::size_t kRecordHeaderBytes = 6;

// Appends room for the header; what is appended after it until CloseRecord is the content.
std::size_t OpenRecord(RecordKind kind, std::string& out);
void CloseRecord(std::size_t start, std::string& out);

// The content of a record: DATA_LOSS/RECORD_DAMAGED when the CRC or the kind is wrong,
// FAILED_PRECONDITION/RECORD_TOO_NEW for a format version above ours.
Result<std::string_view> RecordContent(RecordKind kind, std::string_view bytes);
// The kind that a record claims, without checking it; 0 when it is shorter than a header.
std::uint8_t ClaimedKind(std::string_view bytes);

Error RecordError(DecodeFault fault);

template <class T>
void AppendRecord(RecordKind kind, const T& value, std::string& out) {
  const std::size_t start = OpenRecord(kind, out);
  AppendContent(value, out);
  CloseRecord(start, out);
}

template <class T>
std::string ToRecord(RecordKind kind, const T& value) {
  std::string out;
  AppendRecord(kind, value, out);
  return out;
}

template <class T>
Result<T> FromRecord(RecordKind kind, std::string_view bytes) {
  const Result<std::string_view> content = RecordContent(kind, bytes);
  if (!content) return content.error();
  T value{};
  const DecodeFault fault = ReadContent(*content, value);
  if (fault != DecodeFault::kNone) return RecordError(fault);
  return value;
}

}  // namespace usher::store
