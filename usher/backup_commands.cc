// SPDX-License-Identifier: Apache-2.0
#include "usher/backup_commands.h"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "router/backup/restore_backup.h"
#include "router/backup/take_backup.h"
#include "router/history/instant_text.h"
#include "router/store/domain_store.h"
#include "router/store/epoch_file.h"
#include "router/store/private_redis.h"
#include "usher/version.h"

namespace usher::app {

namespace {

namespace json = boost::json;

// Nobody waits for it but the operator, who can end it.
constexpr std::chrono::hours kPatience{24 * 7};

std::vector<DomainId> ToDomains(const std::vector<std::string>& names) {
  std::vector<DomainId> domains;
  if (std::ranges::count(names, "all") > 0) return domains;
  for (const std::string& name : names) domains.emplace_back(name);
  return domains;
}

store::Patience Patiently() { return {.deadline = std::chrono::steady_clock::now() + kPatience}; }

// The Redis that is meant, and a private one that runs for as long as it takes.
struct Opened {
  store::RedisTarget target;
  std::unique_ptr<store::PrivateRedis> own;
};

Result<Opened> StartOwn(const std::filesystem::path& folder) {
  store::PrivateRedisOptions options;
  options.data_dir = folder;
  auto started = store::PrivateRedis::Start(std::move(options));
  if (!started.ok()) return started.error();
  const store::RedisTarget target = store::ToTarget((*started)->address());
  return Opened{target, *std::move(started)};
}

Result<Opened> OpenForReading(const BackupOptions& options) {
  if (!options.redis.target.empty()) {
    Result<store::RedisTarget> target = ToRedisTarget(options.redis);
    if (!target.ok()) return target.error();
    return Opened{*std::move(target), nullptr};
  }
  const std::filesystem::path folder = options.data_dir / "redis";
  const auto running = store::PrivateRedis::FindRunning(folder);
  if (!running.ok()) return running.error();
  if (*running) return Opened{store::ToTarget(**running), nullptr};
  return StartOwn(folder);
}

Result<Opened> OpenForWriting(const RestoreArguments& options) {
  if (options.redis.target.empty()) return StartOwn(options.data_dir / "redis");
  Result<store::RedisTarget> target = ToRedisTarget(options.redis);
  if (!target.ok()) return target.error();
  return Opened{*std::move(target), nullptr};
}

int PrintBackup(const backup::BackupSummary& backup, Output output) {
  json::array list;
  std::vector<std::vector<std::string>> rows;
  for (const backup::DomainSummary& domain : backup.domains) {
    const std::string at = history::ToText(domain.end.at);
    list.push_back(json::object{{"domain", domain.begin.domain},
                                {"sequence", domain.end.seq},
                                {"at", at},
                                {"epoch", domain.end.epoch},
                                {"oldestSequence", domain.end.oldest},
                                {"keys", domain.end.keys}});
    rows.push_back({domain.begin.domain, std::to_string(domain.end.seq), at,
                    std::to_string(domain.end.oldest), std::to_string(domain.end.keys)});
  }
  if (output == Output::kJson) {
    std::cout << json::serialize(json::object{{"id", backup.header.id},
                                              {"made", history::ToText(backup.header.made)},
                                              {"version", backup.header.version},
                                              {"bytes", backup.bytes},
                                              {"domains", list}})
              << '\n';
    return 0;
  }
  PrintTable({"domain", "commit", "at", "log from", "keys"}, rows);
  PrintText("backup " + backup.header.id + " of usher " + backup.header.version + ", " +
            std::to_string(backup.bytes) + " bytes");
  return 0;
}

int PrintRestored(const std::vector<backup::RestoredDomain>& restored, Output output) {
  json::array list;
  std::vector<std::vector<std::string>> rows;
  for (const backup::RestoredDomain& domain : restored) {
    const std::string at = history::ToText(domain.at);
    list.push_back(json::object{{"domain", domain.domain.value()},
                                {"sequence", domain.seq},
                                {"at", at},
                                {"epoch", domain.epoch}});
    rows.push_back(
        {domain.domain.value(), std::to_string(domain.seq), at, std::to_string(domain.epoch)});
  }
  if (output == Output::kJson) {
    std::cout << json::serialize(json::object{{"domains", list}}) << '\n';
  } else {
    PrintTable({"domain", "commit", "as of", "epoch"}, rows);
  }
  return 0;
}

// What this machine's routers have seen counts as well.
Result<std::uint64_t> FloorOf(const RestoreArguments& options, const DomainId& domain) {
  const store::EpochFile file(options.data_dir / "epochs", domain);
  const Result<std::uint64_t> seen = file.Read();
  if (!seen.ok()) return seen.error();
  return std::max(*seen, options.epoch_floor);
}

}  // namespace

int RunBackup(const BackupOptions& options, Output output) {
  if (!options.verify.empty()) {
    const Result<backup::BackupSummary> checked = backup::CheckBackup(options.verify);
    return checked.ok() ? PrintBackup(*checked, output) : PrintError(checked.error(), output);
  }
  if (options.out.empty()) {
    return PrintError({Code::kInvalidArgument, "NO_OUT", "there is no file to write to",
                       "give --out FILE, or --verify FILE to look at one"},
                      output);
  }
  const Result<Opened> redis = OpenForReading(options);
  if (!redis.ok()) return PrintError(redis.error(), output);
  const Result<backup::BackupSummary> taken = backup::TakeBackup(
      {redis->target, ToDomains(options.domains), options.out, kVersion, Patiently()});
  return taken.ok() ? PrintBackup(*taken, output) : PrintError(taken.error(), output);
}

int RunRestore(const RestoreArguments& options, Output output) {
  // Before anything is started for it.
  if (const auto checked = backup::CheckBackup(options.file); !checked.ok()) {
    return PrintError(checked.error(), output);
  }
  const Result<Opened> redis = OpenForWriting(options);
  if (!redis.ok()) return PrintError(redis.error(), output);
  backup::RestoreOptions restore;
  restore.redis = redis->target;
  restore.file = options.file;
  restore.domains = ToDomains(options.domains);
  if (!options.as.empty()) restore.as = DomainId{options.as};
  restore.replace = options.replace;
  restore.epoch_floor = [&](const DomainId& domain) { return FloorOf(options, domain); };
  restore.closed_contact_kept = store::DomainStoreOptions{}.closed_contact_kept;
  restore.patience = Patiently();
  const Result<std::vector<backup::RestoredDomain>> restored = backup::RestoreBackup(restore);
  return restored.ok() ? PrintRestored(*restored, output) : PrintError(restored.error(), output);
}

}  // namespace usher::app
