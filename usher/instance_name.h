// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"

namespace usher::app {

// What tells this process from others of its kind, and is the same after it was killed and started
// again: the router knows the adapter by it, and whose contacts are whose. It stands in a file of
// the data folder, `instance-1`; a second process of the same folder gets `instance-2`, and so on,
// for each file is held by a lock as long as its process lives.
class InstanceName {
 public:
  // Makes the folder and the file where they are missing. INSTANCE_FILE where that fails, or where
  // 64 processes have the folder.
  static Result<InstanceName> Take(const std::filesystem::path& folder);
  // A name that the operator gave.
  static InstanceName Given(std::string name) { return InstanceName(std::move(name), nullptr); }

  const std::string& text() const { return text_; }

 private:
  InstanceName(std::string text, std::shared_ptr<void> lock)
      : text_(std::move(text)), lock_(std::move(lock)) {}

  std::string text_;
  std::shared_ptr<void> lock_;  // gives the file back when the last copy goes
};

}  // namespace usher::app
