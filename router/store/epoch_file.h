// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/id.h"
#include "base/result.h"

namespace usher::store {

// The highest epoch of a domain that this machine has seen, in a file of its own. A replica of
// Redis that is promoted may not know of the last epochs; a number that it gave again would let a
// router through the fence that was deposed. So each epoch is written here, onto the disk, before
// it is used, and none up to the one that is written here is ever taken again.
class EpochFile {
 public:
  // One file for each domain in `folder`, which is made when missing, mode 0700.
  EpochFile(const std::filesystem::path& folder, const DomainId& domain);

  // 0 when there is none yet. DATA_LOSS/EPOCH_FILE_DAMAGED: never taken for 0;
  // FAILED_PRECONDITION/EPOCH_FILE_UNUSABLE.
  Result<std::uint64_t> Read() const;
  // Returns when `epoch` is on the disk: written beside, synced, renamed, the folder synced. A
  // higher one stays. FAILED_PRECONDITION/EPOCH_FILE_UNUSABLE.
  Result<void> Raise(std::uint64_t epoch) const;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path folder_;
  std::filesystem::path path_;
};

}  // namespace usher::store
