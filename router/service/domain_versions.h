// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "router/store/redis_keyspace.h"
#include "usher/admin/v1/admin_service.pb.h"

namespace usher::service {

// The domain files that were applied, as they were written: `usher:{acme}:versions`, a hash of
// version to admin.v1.DomainVersion. The engine's own state holds the compiled domain; this is for
// people who read, compare and go back. Loop thread.
class DomainVersions {
 public:
  explicit DomainVersions(store::RedisKeyspace& redis) : redis_(redis) {}

  // Durable when `done` is called. Writing a version again replaces it: it was never in force if
  // the command that should have applied it was not carried out.
  void Put(const DomainId& domain, const admin::v1::DomainVersion& version,
           std::function<void(Result<void>)> done);
  // NOT_FOUND/UNKNOWN_VERSION.
  void Get(const DomainId& domain, std::uint64_t version,
           std::function<void(Result<admin::v1::DomainVersion>)> done);

 private:
  store::RedisKeyspace& redis_;
};

}  // namespace usher::service
