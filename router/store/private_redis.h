// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "base/result.h"
#include "base/time.h"
#include "router/store/redis_address.h"

namespace usher::store {

struct PrivateRedisOptions {
  std::filesystem::path data_dir;  // made when missing, mode 0700; the append-only files live here
  std::string program = "redis-server";  // a name sought in PATH, or a path
  bool fsync_always = true;              // false: `appendfsync everysec`
  Duration start_timeout{60'000};        // loading a long log takes time
  Duration stop_timeout{30'000};         // then SIGKILL
  std::size_t log_bytes_max = 8u << 20;  // of redis.log; then it becomes redis.log.1
  Duration look_at_log_every{60'000};

  // One line for the log when the child died and is started again: at its first death, then at the
  // 2nd, 4th, 8th, … of a row. Called on a thread of PrivateRedis; may be empty.
  std::function<void(std::string_view)> on_notice;
};

// The embedded default: a redis-server of our own, as a child, that listens on a Unix socket only
// and keeps everything in the data directory (append-only file, no eviction, no snapshots but those
// of the file's own rewriting). Its log is `redis.log` there, with the one before as `redis.log.1`.
//
// A child that dies is started again, with a pause that doubles from 50 ms to 5 s, until Stop().
// When this process is killed, the kernel sends the child SIGTERM; a start that finds such an
// orphan still alive stops it first and waits. The lock file `usher.lock` keeps a second router
// from the same directory.
class PrivateRedis {
 public:
  // Returns when the server answers PING. Reasons: REDIS_SERVER_MISSING, DATA_DIR_UNUSABLE,
  // DATA_DIR_IN_USE, REDIS_START_FAILED (with the last line of its log).
  static Result<std::unique_ptr<PrivateRedis>> Start(PrivateRedisOptions options);

  // Where the server listens that another process keeps in this folder now; nothing when nobody
  // does. DATA_DIR_UNUSABLE, also when there is no such folder.
  static Result<std::optional<RedisAddress>> FindRunning(const std::filesystem::path& data_dir);

  // Stops it.
  ~PrivateRedis();
  PrivateRedis(const PrivateRedis&) = delete;
  PrivateRedis& operator=(const PrivateRedis&) = delete;

  const RedisAddress& address() const;
  // The child's process id now; 0 between two starts.
  pid_t pid() const;

  // SIGTERM, which makes Redis write out its file, then waits. Idempotent.
  void Stop();

 private:
  class Keeper;
  explicit PrivateRedis(std::unique_ptr<Keeper> keeper);
  std::unique_ptr<Keeper> keeper_;
};

// Where the private Redis of a folder answers that another process started, for a tool that looks
// at it: FAILED_PRECONDITION/DATA_NOT_SERVED when nothing answers there.
Result<RedisAddress> FindPrivateRedis(const std::filesystem::path& data_dir);

}  // namespace usher::store
