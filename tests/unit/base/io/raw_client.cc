// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/base/io/raw_client.h"

#include <cerrno>
#include <cstdlib>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/check.h"

namespace usher::io {

RawClient::RawClient(std::uint16_t port, int receive_buffer_bytes)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  USHER_CHECK(socket_ >= 0, "socket");
  const timeval limit{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (receive_buffer_bytes > 0) {
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes,
                 sizeof receive_buffer_bytes);
  }
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  USHER_CHECK(::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0, "connect");
}

RawClient::~RawClient() { Close(); }

void RawClient::Close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

bool RawClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool RawClient::Receive() {
  char bytes[16384];
  const ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
  if (count <= 0) return false;
  received_.append(bytes, static_cast<std::size_t>(count));
  return true;
}

std::string RawClient::ReadResponse(bool head_only) {
  std::size_t end = received_.npos;
  while ((end = received_.find("\r\n\r\n")) == received_.npos) {
    if (!Receive()) return std::exchange(received_, {});
  }
  end += 4;
  const std::string length = HeaderOf(received_, "Content-Length");
  if (!head_only && !length.empty()) end += std::strtoul(length.c_str(), nullptr, 10);
  while (received_.size() < end && Receive()) {
  }
  std::string response = received_.substr(0, end);
  received_.erase(0, end);
  return response;
}

std::string RawClient::ReadAll() {
  while (Receive()) {
  }
  return std::exchange(received_, {});
}

std::string RawClient::ReadBytes(std::size_t count) {
  while (received_.size() < count && Receive()) {
  }
  std::string bytes = received_.substr(0, count);
  received_.erase(0, bytes.size());
  return bytes;
}

bool RawClient::IsClosed() {
  char byte = 0;
  const ssize_t count = ::recv(socket_, &byte, 1, 0);
  return count == 0 || (count < 0 && errno == ECONNRESET);
}

int StatusOf(std::string_view response) {
  if (!response.starts_with("HTTP/1.")) return 0;
  return std::atoi(std::string(response.substr(9, 3)).c_str());
}

std::string BodyOf(std::string_view response) {
  const std::size_t end = response.find("\r\n\r\n");
  return end == response.npos ? std::string{} : std::string(response.substr(end + 4));
}

std::string HeaderOf(std::string_view response, std::string_view name) {
  const std::string_view head = response.substr(0, response.find("\r\n\r\n") + 2);
  const std::string key = "\r\n" + std::string(name) + ": ";
  const std::size_t at = head.find(key);
  if (at == head.npos) return {};
  const std::size_t start = at + key.size();
  return std::string(head.substr(start, head.find("\r\n", start) - start));
}

}  // namespace usher::io
