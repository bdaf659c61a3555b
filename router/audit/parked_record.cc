// SPDX-License-Identifier: Apache-2.0
#include "router/audit/parked_record.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/result.h"
#include "router/engine/rows.h"
#include "router/store/debug_text.h"
#include "router/store/record.h"
#include "router/store/row_records.h"

namespace usher::audit {

using store::RecordKind;

namespace {

constexpr std::size_t kSearchedBytesMax = 64u << 10;
constexpr std::size_t kLineBytes = 16;

const char* NameOf(RecordKind kind) {
  switch (kind) {
    case RecordKind::kContact:
      return "contact";
    case RecordKind::kClosedContact:
      return "closed contact";
    case RecordKind::kAgent:
      return "agent";
    case RecordKind::kQueue:
      return "queue";
    default:
      return "unknown";
  }
}

template <class Row>
std::string FieldsAs(RecordKind kind, std::string_view bytes) {
  const Result<Row> row = store::FromRecord<Row>(kind, bytes);
  std::string text;
  if (row) store::AppendDebugText(*row, text);
  return text;
}

std::string FieldsOf(RecordKind kind, std::string_view bytes) {
  switch (kind) {
    case RecordKind::kContact:
      return FieldsAs<engine::ContactRow>(kind, bytes);
    case RecordKind::kClosedContact:
      return FieldsAs<store::ClosedContact>(kind, bytes);
    case RecordKind::kAgent:
      return FieldsAs<engine::AgentRow>(kind, bytes);
    case RecordKind::kQueue:
      return FieldsAs<engine::QueueRow>(kind, bytes);
    default:
      return {};
  }
}

RecordKind KindOf(std::string_view bytes) {
  return static_cast<RecordKind>(store::ClaimedKind(bytes));
}

void TurnBit(std::string& bytes, std::size_t bit) {
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ static_cast<char>(1u << (bit % 8)));
}

bool IsSound(std::string_view bytes) { return store::RecordContent(KindOf(bytes), bytes).ok(); }

}  // namespace

std::optional<std::size_t> FindFlippedBit(std::string_view bytes) {
  if (bytes.size() < store::kRecordHeaderBytes || bytes.size() > kSearchedBytesMax) {
    return std::nullopt;
  }
  std::string tried(bytes);
  for (std::size_t bit = 0; bit < tried.size() * 8; ++bit) {
    TurnBit(tried, bit);
    if (IsSound(tried)) return bit;
    TurnBit(tried, bit);
  }
  return std::nullopt;
}

ParkedRecord DescribeParked(std::string_view bytes) {
  ParkedRecord record;
  std::string mended(bytes);
  if (bytes.size() < store::kRecordHeaderBytes) {
    record.damage = "it is too short to be a record";
  } else if (!IsSound(bytes)) {
    record.damage = "its bytes fail their check";
    if (const std::optional<std::size_t> bit = FindFlippedBit(bytes)) {
      TurnBit(mended, *bit);
      record.damage += ": one bit of byte " + std::to_string(*bit / 8) + " is the other way round";
    }
  }
  record.kind = NameOf(KindOf(mended));
  record.fields = FieldsOf(KindOf(mended), mended);
  return record;
}

Result<engine::ContactRow> ReadParkedContact(std::string_view bytes) {
  std::string mended(bytes);
  if (!IsSound(bytes)) {
    const std::optional<std::size_t> bit = FindFlippedBit(bytes);
    if (!bit) {
      return Error{Code::kDataLoss, "NOT_READABLE", "more than one bit of the record is damaged",
                   "submit the contact again by hand, from what usher parked show can tell"};
    }
    TurnBit(mended, *bit);
  }
  if (KindOf(mended) != RecordKind::kContact) {
    return Error{Code::kFailedPrecondition, "NOT_A_CONTACT",
                 std::string("the record is of kind ") + NameOf(KindOf(mended)),
                 "only an open contact can wait again; see usher parked show"};
  }
  return store::FromRecord<engine::ContactRow>(RecordKind::kContact, mended);
}

std::string ToHex(std::string_view bytes, std::size_t limit) {
  std::string text;
  const std::string_view shown = bytes.substr(0, limit);
  std::array<char, 24> cell{};
  for (std::size_t at = 0; at < shown.size(); at += kLineBytes) {
    const std::string_view line = shown.substr(at, kLineBytes);
    std::snprintf(cell.data(), cell.size(), "%08zx ", at);
    text += cell.data();
    std::string letters;
    for (const char c : line) {
      std::snprintf(cell.data(), cell.size(), " %02x", static_cast<unsigned char>(c));
      text += cell.data();
      letters += c >= ' ' && c <= '~' ? c : '.';
    }
    text += std::string(3 * (kLineBytes - line.size()), ' ') + "  |" + letters + "|\n";
  }
  return text;
}

}  // namespace usher::audit
