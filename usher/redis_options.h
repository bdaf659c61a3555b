// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "router/store/private_redis.h"
#include "router/store/redis_target.h"

namespace usher::app {

// What the command line says of an operator's own Redis. Files of secrets hold one line.
struct RedisOptions {
  std::string target;  // as ParseRedisTarget reads it; "": a private redis-server
  std::string user;
  std::filesystem::path password_file;
  std::string sentinel_user;
  std::filesystem::path sentinel_password_file;
  // With TLS only.
  std::filesystem::path ca;
  std::filesystem::path certificate;
  std::filesystem::path key;
  std::string tls_name;
};

// Puts them together and looks into the files, so that what is wrong is said before anything is
// started: REDIS_ADDRESS, REDIS_TLS_UNUSED (files, and no TLS to use them for), TLS_FILES_INVALID.
Result<store::RedisTarget> ToRedisTarget(const RedisOptions& options);

// The Redis of tools that work on what is stored, without a router: the one that `redis` names, or
// else the private one of a data folder.
struct StoredDataOptions {
  RedisOptions redis;
  std::filesystem::path data_dir = "usher-data";
  bool start = false;  // runs the private one, where no router does
};

class StoredData {
 public:
  // DATA_NOT_SERVED, or what PrivateRedis::Start and ToRedisTarget say.
  static Result<StoredData> Open(const StoredDataOptions& options);
  const store::RedisTarget& target() const { return target_; }

 private:
  std::unique_ptr<store::PrivateRedis> own_;  // ended with this object
  store::RedisTarget target_;
};

}  // namespace usher::app
