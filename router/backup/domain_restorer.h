// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"
#include "router/backup/backup_blocks.h"
#include "router/backup/check_backup.h"
#include "router/backup/key_writer.h"
#include "router/store/key_walk.h"
#include "router/store/keys.h"

namespace usher::backup {

// Puts one domain of a checked backup into Redis.
//
// It leads the domain meanwhile, with an epoch of its own: above that of whatever was there, of the
// backup, and of the floor. So a router that led before can write nothing, however late, and the
// next one gets a higher epoch still. From Begin to Complete the lease says that the domain is half
// restored, which no router leads; a restore that was broken off leaves it so, and the next one
// begins anew. Waits for Redis.
class DomainRestorer {
 public:
  struct Options {
    DomainId as;
    bool replace = false;
    std::uint64_t epoch_floor = 0;
    std::string backup_id;
    std::string restorer_id;  // of this run
    Duration closed_contact_kept{};
  };

  DomainRestorer(store::KeyWalk& redis, const DomainSummary& domain, Options options);

  // Whether it may begin: UNAVAILABLE/DOMAIN_LED_ELSEWHERE, FAILED_PRECONDITION/DOMAIN_NOT_EMPTY.
  // Changes nothing.
  Result<void> CheckTarget();
  // Takes the leadership, marks the domain as half restored, and removes what is there.
  Result<void> Begin();
  // The parts, in the order of the file. ABORTED/FENCED when somebody else began to restore.
  Result<void> Take(const CommitsPart& part);
  Result<void> Take(const CheckpointPart& part);
  Result<void> Take(const KeysPart& part);
  // The domain is whole, and a router may lead it.
  Result<void> Complete();
  // Gives the leadership up, so that another try need not wait. The domain stays half restored.
  void Abandon();

  std::uint64_t epoch() const { return epoch_; }

 private:
  Result<void> RemoveEverything();
  Result<void> CallLead(const char* how, std::initializer_list<std::string> arguments,
                        store::RedisReply& reply);
  void Add(const char* verb, std::string key, std::string first = {}, std::string second = {});
  Result<void> SendIfLarge();
  Result<void> Send();
  Result<void> AddRow(const std::string& record);
  void AddClosings(const StoredEntry& entry);

  store::KeyWalk& redis_;
  const DomainSummary& domain_;
  const Options options_;
  const store::Keys keys_;
  KeyWriter others_;
  std::uint64_t epoch_ = 0;
  std::optional<store::CommitHash> hash_;  // of the last commit, as it is written
  std::size_t rows_ = 0;                   // of the checkpoint that the rows are
  store::KeyWalk::Words write_keys_;
  store::KeyWalk::Words write_arguments_;
  std::size_t write_bytes_ = 0;
};

}  // namespace usher::backup
