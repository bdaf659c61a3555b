// SPDX-License-Identifier: Apache-2.0
#include "base/io/grpc_status.h"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>
#include <grpcpp/server_context.h>

// The three messages google.rpc.Status, google.protobuf.Any and usher.type.v1.ErrorDetail are
// written and read field by field, so that base needs no generated code of the contract above it; a
// test reads them back with the generated classes.

namespace usher::io {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;
using google::protobuf::io::StringOutputStream;

constexpr std::size_t kTextMax = 1024;
constexpr std::string_view kDetailType = "type.googleapis.com/usher.type.v1.ErrorDetail";

constexpr std::array<std::string_view, 17> kCodeNames = {
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
};

// At most 1 KiB, never ending in the middle of a UTF-8 character.
std::string_view Cut(std::string_view text) {
  if (text.size() <= kTextMax) return text;
  std::size_t end = kTextMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

class MessageWriter {
 public:
  MessageWriter& Number(int field, std::uint32_t value) {
    return Write([&](CodedOutputStream& out) { WireFormatLite::WriteUInt32(field, value, &out); });
  }
  MessageWriter& Text(int field, std::string_view value) {
    return Write([&](CodedOutputStream& out) {
      WireFormatLite::WriteBytes(field, std::string(value), &out);
    });
  }
  const std::string& bytes() const { return bytes_; }

 private:
  template <class Writing>
  MessageWriter& Write(Writing writing) {
    StringOutputStream stream(&bytes_);
    CodedOutputStream out(&stream);
    writing(out);
    return *this;
  }

  std::string bytes_;
};

// Every value of a length-delimited field; what is malformed ends the list.
std::vector<std::string> ReadAll(const std::string& bytes, int field) {
  CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                      static_cast<int>(bytes.size()));
  const auto wanted = WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  std::vector<std::string> values;
  while (const auto tag = in.ReadTag()) {
    std::string value;
    if (tag != wanted ? !WireFormatLite::SkipField(&in, tag)
                      : !WireFormatLite::ReadBytes(&in, &value))
      break;
    if (tag == wanted) values.push_back(std::move(value));
  }
  return values;
}

std::string ReadFirst(const std::string& bytes, int field) {
  auto values = ReadAll(bytes, field);
  return values.empty() ? std::string() : std::move(values.front());
}

std::optional<std::string> FindDetail(const std::string& status_details) {
  for (const auto& any : ReadAll(status_details, 3))
    if (ReadFirst(any, 1) == kDetailType) return ReadFirst(any, 2);
  return std::nullopt;
}

Code NearestCode(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::CANCELLED:
      return Code::kAborted;
    case grpc::StatusCode::OUT_OF_RANGE:
      return Code::kInvalidArgument;
    case grpc::StatusCode::OK:
    case grpc::StatusCode::UNKNOWN:
    case grpc::StatusCode::UNIMPLEMENTED:
    case grpc::StatusCode::DO_NOT_USE:
      return Code::kInternal;
    default:
      return static_cast<Code>(code);
  }
}

// As grpc-message: printable ASCII but '%' stays, the rest becomes %XX.
std::string PercentEncode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '%') {
      encoded.push_back(c);
    } else {
      encoded += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return encoded;
}

std::string NextStepFor(grpc::StatusCode code) {
  return code == grpc::StatusCode::UNAVAILABLE
             ? "Check that the server is running and can be reached, then try again."
             : "See the server's log.";
}

}  // namespace

std::string_view GrpcCodeName(int code) {
  return code >= 0 && code < static_cast<int>(kCodeNames.size())
             ? kCodeNames[static_cast<std::size_t>(code)]
             : kCodeNames[2];
}

std::string EncodeErrorDetail(const Error& error) {
  MessageWriter detail;
  detail.Text(1, Cut(error.reason)).Text(2, Cut(error.next_step));
  return detail.bytes();
}

grpc::Status ToGrpcStatus(const Error& error) {
  const auto code = static_cast<grpc::StatusCode>(error.code);
  const std::string message(Cut(error.message));
  MessageWriter any;
  any.Text(1, kDetailType).Text(2, EncodeErrorDetail(error));
  MessageWriter status;
  status.Number(1, static_cast<std::uint32_t>(code)).Text(2, message).Text(3, any.bytes());
  return {code, message, status.bytes()};
}

Error FromGrpcStatus(const grpc::Status& status) {
  USHER_CHECK(!status.ok(), "an OK status is no error");
  Error error{NearestCode(status.error_code()), {}, status.error_message(), {}};
  if (const auto detail = FindDetail(status.error_details())) {
    error.reason = ReadFirst(*detail, 1);
    error.next_step = ReadFirst(*detail, 2);
  }
  if (error.reason.empty()) {
    error.reason = "RPC_" + std::string(GrpcCodeName(status.error_code()));
    error.next_step = NextStepFor(status.error_code());
  }
  return error;
}

void AddErrorTrailers(grpc::ServerContextBase& context, const Error& error) {
  context.AddTrailingMetadata("usher-reason", PercentEncode(Cut(error.reason)));
  context.AddTrailingMetadata("usher-next-step", PercentEncode(Cut(error.next_step)));
}

}  // namespace usher::io
