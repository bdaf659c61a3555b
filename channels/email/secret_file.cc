// SPDX-License-Identifier: Apache-2.0
#include "channels/email/secret_file.h"

#include <fstream>
#include <system_error>

namespace usher::email {

namespace {

constexpr std::size_t kBytesMax = 16 * 1'024;

Error Unreadable(const std::filesystem::path& file, const std::string& why) {
  return {Code::kFailedPrecondition, "SECRET_FILE_UNREADABLE", file.string() + ": " + why,
          "write the secret into that file, readable by this process"};
}

}  // namespace

Result<std::string> ReadSecretFile(const std::filesystem::path& file) {
  namespace fs = std::filesystem;
  std::error_code failed;
  const fs::file_status status = fs::status(file, failed);
  if (failed) return Unreadable(file, failed.message());
  if ((status.permissions() & fs::perms::others_all) != fs::perms::none) {
    return Error{Code::kFailedPrecondition, "SECRET_FILE_EXPOSED",
                 file.string() + ": every user of this machine may read or write it",
                 "chmod o= " + file.string()};
  }
  std::ifstream stream(file, std::ios::binary);
  std::string text(kBytesMax + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad() || (stream.fail() && !stream.eof()))
    return Unreadable(file, "it cannot be read");
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > kBytesMax) return Unreadable(file, "it is longer than 16 KiB");
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (text.empty()) return Unreadable(file, "it is empty");
  return text;
}

}  // namespace usher::email
