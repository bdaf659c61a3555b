// SPDX-License-Identifier: Apache-2.0
#include "usher/redis_options.h"

#include "base/io/stream.h"
#include "usher/own_tokens.h"

namespace usher::app {

namespace {

using Kind = store::RedisTarget::Kind;

Result<std::string> ReadPassword(const std::filesystem::path& file) {
  if (file.empty()) return std::string();
  return ReadSecretFile(file);
}

Result<void> SetTls(const RedisOptions& options, store::RedisTarget& target) {
  const bool asked = !options.ca.empty() || !options.certificate.empty() || !options.key.empty() ||
                     !options.tls_name.empty();
  if (!target.tls) {
    if (!asked) return {};
    return Error{Code::kInvalidArgument, "REDIS_TLS_UNUSED",
                 "files for TLS are given, and --redis " + options.target + " does not use it",
                 "write rediss://HOST:PORT, sentinel+tls:// or cluster+tls://"};
  }
  if (options.certificate.empty() != options.key.empty()) {
    return Error{Code::kInvalidArgument, "TLS_FILES_INVALID",
                 "--redis-cert and --redis-key belong together, and one is missing",
                 "give both, or none where Redis has tls-auth-clients no"};
  }
  *target.tls = {options.ca, options.certificate, options.key, options.tls_name};
  const io::TlsClientFiles files{options.ca, options.certificate, options.key};
  if (const auto context = io::MakeTlsClientContext(files); !context.ok()) return context.error();
  return {};
}

}  // namespace

Result<store::RedisTarget> ToRedisTarget(const RedisOptions& options) {
  Result<store::RedisTarget> target = store::ParseRedisTarget(options.target);
  if (!target.ok()) return target.error();
  Result<std::string> password = ReadPassword(options.password_file);
  if (!password.ok()) return password.error();
  Result<std::string> sentinel_password = ReadPassword(options.sentinel_password_file);
  if (!sentinel_password.ok()) return sentinel_password.error();
  target->user = options.user;
  target->password = *std::move(password);
  target->sentinel_user = options.sentinel_user;
  target->sentinel_password = *std::move(sentinel_password);
  if (Result<void> set = SetTls(options, *target); !set.ok()) return set.error();
  return target;
}

Result<StoredData> StoredData::Open(const StoredDataOptions& options) {
  StoredData data;
  if (!options.redis.target.empty()) {
    Result<store::RedisTarget> target = ToRedisTarget(options.redis);
    if (!target.ok()) return target.error();
    data.target_ = *std::move(target);
    return data;
  }
  const std::filesystem::path folder = options.data_dir / "redis";
  if (!options.start) {
    const Result<store::RedisAddress> running = store::FindPrivateRedis(folder);
    if (!running.ok()) return running.error();
    data.target_ = store::ToTarget(*running);
    return data;
  }
  if (!std::filesystem::is_directory(folder)) {
    return Error{Code::kNotFound, "NO_DATA", "there is no data in " + options.data_dir.string(),
                 "give the folder with --data"};
  }
  store::PrivateRedisOptions private_redis;
  private_redis.data_dir = folder;
  auto own = store::PrivateRedis::Start(std::move(private_redis));
  if (!own.ok()) return own.error();
  data.own_ = *std::move(own);
  data.target_ = store::ToTarget(data.own_->address());
  return data;
}

}  // namespace usher::app
