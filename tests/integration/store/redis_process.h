// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

#include "router/store/redis_address.h"

namespace usher::store {

// A TCP port of 127.0.0.1 that nobody uses now. Redis cannot be told to choose one itself.
std::uint16_t FreePort();

// A redis-server (or a Sentinel) on 127.0.0.1 that a test starts with arguments of its own, kills,
// stops and starts again. Its files are in `dir`.
class RedisProcess {
 public:
  struct Options {
    std::filesystem::path dir;
    std::uint16_t port = 0;              // to talk to; 0: a free one
    std::vector<std::string> arguments;  // "--appendonly", "yes"; or a configuration file first
    bool tls = false;                    // `port` becomes the tls-port, and there is no other
  };

  explicit RedisProcess(Options options);
  // SIGKILL.
  ~RedisProcess();
  RedisProcess(const RedisProcess&) = delete;
  RedisProcess& operator=(const RedisProcess&) = delete;

  // Returns when it listens.
  void Start();
  void Kill(int signal);
  void WaitForEnd();
  bool running() const { return pid_ != 0; }

  std::uint16_t port() const { return options_.port; }
  pid_t pid() const { return pid_; }
  RedisAddress address() const;
  std::string log_file() const { return options_.dir / "redis.log"; }

 private:
  Options options_;
  pid_t pid_ = 0;
};

}  // namespace usher::store
