// SPDX-License-Identifier: Apache-2.0
#include "router/store/record.h"

#include <zlib.h>

namespace usher::store {

namespace {

std::uint32_t Checksum(std::string_view version_and_kind, std::string_view content) {
  const auto* head = reinterpret_cast<const Bytef*>(version_and_kind.data());
  const auto* body = reinterpret_cast<const Bytef*>(content.data());
  const uLong start = crc32_z(0, head, version_and_kind.size());
  return static_cast<std::uint32_t>(crc32_z(start, body, content.size()));
}

}  // namespace

std::size_t OpenRecord(RecordKind kind, std::string& out) {
  const char header[kRecordHeaderBytes] = {static_cast<char>(kRecordVersion),
                                           static_cast<char>(kind)};
  out.append(header, sizeof header);
  return out.size() - sizeof header;
}

void CloseRecord(std::size_t start, std::string& out) {
  const std::string_view record = std::string_view(out).substr(start);
  const std::uint32_t sum = Checksum(record.substr(0, 2), record.substr(kRecordHeaderBytes));
  for (unsigned i = 0; i < 4; ++i) out[start + 2 + i] = static_cast<char>(sum >> (8 * i));
}

std::uint8_t ClaimedKind(std::string_view bytes) {
  return bytes.size() < kRecordHeaderBytes ? 0 : static_cast<std::uint8_t>(bytes[1]);
}

Result<std::string_view> RecordContent(RecordKind kind, std::string_view bytes) {
  if (bytes.size() < kRecordHeaderBytes) return RecordError(DecodeFault::kDamaged);
  const std::string_view content = bytes.substr(kRecordHeaderBytes);
  std::uint32_t sum = 0;
  for (unsigned i = 0; i < 4; ++i) {
    sum |= std::uint32_t{static_cast<unsigned char>(bytes[2 + i])} << (8 * i);
  }
  if (sum != Checksum(bytes.substr(0, 2), content)) return RecordError(DecodeFault::kDamaged);
  if (static_cast<std::uint8_t>(bytes[0]) > kRecordVersion) {
    return RecordError(DecodeFault::kTooNew);
  }
  if (ClaimedKind(bytes) != static_cast<std::uint8_t>(kind)) {
    return RecordError(DecodeFault::kDamaged);
  }
  return content;
}

Error RecordError(DecodeFault fault) {
  if (fault == DecodeFault::kTooNew) {
    return {Code::kFailedPrecondition, "RECORD_TOO_NEW",
            "the record was written by a later version of Usher",
            "run that version, or a later one, on this data"};
  }
  return {Code::kDataLoss, "RECORD_DAMAGED", "the record fails its check",
          "look for disk or memory faults on the Redis host; restore a backup if more is affected"};
}

}  // namespace usher::store
