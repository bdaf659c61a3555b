// SPDX-License-Identifier: Apache-2.0
#include "router/context/framed_message.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "base/check.h"

namespace usher::context {

using store::RecordContent;
using store::RecordError;

std::string ToFramed(store::RecordKind kind, const google::protobuf::MessageLite& message) {
  std::string bytes;
  const std::size_t start = store::OpenRecord(kind, bytes);
  {
    google::protobuf::io::StringOutputStream sink(&bytes);
    google::protobuf::io::CodedOutputStream coded(&sink);
    coded.SetSerializationDeterministic(true);
    USHER_CHECK(message.SerializeToCodedStream(&coded), "proto3 messages always serialise");
  }
  store::CloseRecord(start, bytes);
  return bytes;
}

bool IsFramed(std::string_view bytes) {
  // A message begins with the number of a field, shifted by three bits: never below 8.
  return !bytes.empty() && static_cast<unsigned char>(bytes.front()) < 8;
}

Result<void> FromFramed(store::RecordKind kind, std::string_view bytes,
                        google::protobuf::MessageLite& message) {
  std::string_view content = bytes;
  if (IsFramed(bytes)) {
    const Result<std::string_view> framed = RecordContent(kind, bytes);
    if (!framed) return framed.error();
    content = *framed;
  } else if (!bytes.empty()) {
    // A frame of which only the version was hit must not pass for a bare message.
    std::string mended(bytes);
    mended.front() = static_cast<char>(store::kRecordVersion);
    if (RecordContent(kind, mended)) return RecordError(store::DecodeFault::kDamaged);
  }
  if (!message.ParseFromArray(content.data(), static_cast<int>(content.size()))) {
    return RecordError(store::DecodeFault::kDamaged);
  }
  return {};
}

}  // namespace usher::context
