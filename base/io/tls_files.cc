// SPDX-License-Identifier: Apache-2.0
#include "base/io/tls_files.h"

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <sys/stat.h>

#include "base/io/log.h"

namespace usher::io {

Result<void> CheckTlsKeyFile(const std::string& key_file) {
  struct stat info{};
  if (::stat(key_file.c_str(), &info) != 0) {
    return Error{Code::kInvalidArgument, "TLS_FILES_INVALID",
                 key_file + " cannot be read: " + std::strerror(errno),
                 "name a PEM file that this user may read"};
  }
  if ((info.st_mode & (S_IROTH | S_IWOTH)) != 0) {
    return Error{Code::kInvalidArgument, "TLS_KEY_EXPOSED",
                 "everybody on this machine may read the private key " + key_file,
                 "chmod o-rw " + key_file + ", and have the certificate issued anew if they did"};
  }
  return {};
}

TlsServerFiles::TlsServerFiles(std::string certificate_file, std::string key_file)
    : certificate_file_(std::move(certificate_file)), key_file_(std::move(key_file)) {}

Result<TlsServerFiles> TlsServerFiles::Load(std::string certificate_file, std::string key_file) {
  TlsServerFiles files(std::move(certificate_file), std::move(key_file));
  if (Result<void> read = files.Read(); !read.ok()) return read.error();
  return files;
}

std::optional<TlsServerFiles::Times> TlsServerFiles::TimesNow() const {
  std::error_code error;
  Times times;
  times.certificate = std::filesystem::last_write_time(certificate_file_, error);
  if (error) return std::nullopt;
  times.key = std::filesystem::last_write_time(key_file_, error);
  if (error) return std::nullopt;
  return times;
}

// The times are taken first: what is written while it is read is read again.
Result<void> TlsServerFiles::Read() {
  looked_at_ = std::chrono::steady_clock::now();
  read_ = TimesNow();
  if (Result<void> checked = CheckTlsKeyFile(key_file_); !checked.ok()) return checked;
  Result<TlsContext> context = MakeTlsServerContext(certificate_file_, key_file_);
  if (!context.ok()) return context.error();
  context_ = *std::move(context);
  return {};
}

const TlsContext& TlsServerFiles::Current() {
  if (std::chrono::steady_clock::now() - looked_at_ < std::chrono::seconds{1}) return context_;
  looked_at_ = std::chrono::steady_clock::now();
  if (TimesNow() == read_) return context_;
  const Result<void> read = Read();
  if (read.ok()) {
    Log(LogLevel::kInfo, "tls_certificate_read", {{"file", certificate_file_}});
  } else {
    LogError(LogLevel::kError, "tls_certificate_not_read", read.error(),
             {{"file", certificate_file_}});
  }
  return context_;
}

}  // namespace usher::io
