// SPDX-License-Identifier: Apache-2.0
#include "usher/verify.h"

#include <chrono>
#include <iostream>
#include <memory>
#include <utility>

#include "router/audit/domain_audit.h"
#include "router/audit/report.h"
#include "router/store/key_walk.h"

namespace usher::app {

namespace {

constexpr int kSomethingIsWrong = 1;
constexpr int kCouldNotBeDone = 2;

int Fail(const Error& error, Output output) {
  PrintError(error, output);
  return kCouldNotBeDone;
}

Result<std::vector<DomainId>> ChooseDomains(const VerifyOptions& options, store::KeyWalk& redis) {
  if (options.domains != std::vector<std::string>{"all"}) {
    return std::vector<DomainId>(options.domains.begin(), options.domains.end());
  }
  Result<std::vector<DomainId>> found = redis.FindDomains();
  if (found.ok() && found->empty()) {
    return Error{Code::kNotFound, "NO_DATA", "this Redis holds no domain",
                 "look at --redis or --data"};
  }
  return found;
}

}  // namespace

int Verify(const VerifyOptions& options, Output output) {
  const Result<StoredData> data = StoredData::Open(options.data);
  if (!data.ok()) return Fail(data.error(), output);
  const auto deadline = std::chrono::steady_clock::now() + options.time_limit;
  Result<std::unique_ptr<store::KeyWalk>> redis =
      store::KeyWalk::Open(data->target(), {.deadline = deadline});
  if (!redis.ok()) return Fail(redis.error(), output);
  const Result<std::vector<DomainId>> domains = ChooseDomains(options, **redis);
  if (!domains.ok()) return Fail(domains.error(), output);
  std::vector<audit::DomainReport> reports;
  bool is_clean = true;
  for (const DomainId& domain : *domains) {
    Result<audit::DomainReport> report = audit::AuditDomain(**redis, domain, {});
    if (!report.ok()) return Fail(report.error(), output);
    is_clean = is_clean && report->is_clean();
    if (output == Output::kTable) std::cout << ToText(*report) << std::flush;
    reports.push_back(*std::move(report));
  }
  if (output == Output::kJson) std::cout << ToJson(reports);
  return is_clean ? 0 : kSomethingIsWrong;
}

}  // namespace usher::app
