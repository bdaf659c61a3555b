// SPDX-License-Identifier: Apache-2.0
#include "router/configuration/text_file.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace usher::configuration {

Result<std::string> ReadTextFile(const std::string& path, std::size_t bytes_max) {
  std::error_code failure;
  const auto status = std::filesystem::status(path, failure);
  if (status.type() == std::filesystem::file_type::not_found) {
    return Error{Code::kNotFound, "NOT_FOUND", "there is no file " + path, "Check the path."};
  }
  if (failure || status.type() != std::filesystem::file_type::regular) {
    return Error{Code::kInvalidArgument, "NOT_A_FILE", path + " is not a readable file",
                 "Name a text file."};
  }
  const auto size = std::filesystem::file_size(path, failure);
  if (!failure && size > bytes_max) {
    return Error{Code::kResourceExhausted, "TOO_LARGE",
                 path + " is larger than " + std::to_string(bytes_max) + " bytes",
                 "Split it or make it smaller."};
  }
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) {
    return Error{Code::kPermissionDenied, "UNREADABLE", "cannot read " + path,
                 "Check the file's permissions."};
  }
  return text;
}

}  // namespace usher::configuration
