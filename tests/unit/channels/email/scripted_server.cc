// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/channels/email/scripted_server.h"

#include <array>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"

namespace usher::email {

namespace {

constexpr int kWaitMs = 20'000;

bool WaitToRead(int socket) {
  pollfd ready{.fd = socket, .events = POLLIN, .revents = 0};
  return ::poll(&ready, 1, kWaitMs) == 1;
}

std::string WithLineEnds(std::string text) {
  for (std::size_t at = 0; (at = text.find('~', at)) != text.npos;) text.replace(at, 1, "\r\n");
  return text + "\r\n";
}

}  // namespace

ScriptedServer::ScriptedServer(std::vector<Script> scripts) : scripts_(std::move(scripts)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  USHER_CHECK(::bind(listener_, any, size) == 0 && ::listen(listener_, 8) == 0);
  USHER_CHECK(::getsockname(listener_, any, &size) == 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Run(); });
}

ScriptedServer::~ScriptedServer() {
  if (thread_.joinable()) thread_.join();
  ::close(listener_);
}

std::vector<std::string> ScriptedServer::Finish() {
  thread_.join();
  return problems_;
}

void ScriptedServer::Run() {
  for (const Script& script : scripts_) {
    if (!WaitToRead(listener_)) {
      problems_.emplace_back("nobody connected");
      return;
    }
    const int socket = ::accept(listener_, nullptr, nullptr);
    received_.clear();
    Serve(socket, script);
    ::close(socket);
  }
}

void ScriptedServer::Serve(int socket, const Script& script) {
  for (const std::string& step : script) {
    if (step == "x") return;
    const std::string text = step.substr(2);
    if (step.starts_with("> ")) {
      const std::string bytes = WithLineEnds(text);
      if (::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) {
        problems_.push_back("could not say " + text);
      }
    } else if (!Expect(socket, text)) {
      return;
    }
  }
  // Ends when the client does.
  std::array<char, 1'000> rest{};
  while (WaitToRead(socket) && ::recv(socket, rest.data(), rest.size(), 0) > 0) {
  }
}

bool ScriptedServer::Expect(int socket, const std::string& begin) {
  while (received_.find("\r\n") == received_.npos) {
    std::array<char, 4'096> bytes{};
    const ssize_t count = WaitToRead(socket) ? ::recv(socket, bytes.data(), bytes.size(), 0) : 0;
    if (count <= 0) {
      problems_.push_back("waited for " + begin);
      return false;
    }
    received_.append(bytes.data(), static_cast<std::size_t>(count));
  }
  const std::size_t end = received_.find("\r\n");
  const std::string line = received_.substr(0, end);
  received_.erase(0, end + 2);
  if (line.starts_with(begin)) return true;
  problems_.push_back("waited for " + begin + ", got " + line);
  return false;
}

}  // namespace usher::email
