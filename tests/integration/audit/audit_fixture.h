// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "router/audit/domain_audit.h"
#include "router/store/key_walk.h"
#include "router/store/keys.h"
#include "tests/integration/store/store_fixture.h"

namespace usher::audit {

// An audit of the domain acme, as the user that may only look.
class AuditFixture : public store::StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    mischief_ = std::make_unique<store::WaitingClient>(redis_->address());
  }

  Result<DomainReport> TryAudit(const store::RedisTarget& target) const {
    Result<std::unique_ptr<store::KeyWalk>> walk =
        store::KeyWalk::Open(AsAclUser(target, store::kAuditor),
                             {.deadline = std::chrono::steady_clock::now() + store::kPatience});
    if (!walk) return walk.error();
    return AuditDomain(**walk, DomainId{"acme"}, {});
  }
  DomainReport Audit() const {
    Result<DomainReport> report = TryAudit(ToTarget(redis_->address()));
    EXPECT_TRUE(report.ok()) << report.error().message;
    return report.ok() ? *std::move(report) : DomainReport(DomainId{"acme"});
  }

  // Fails unless exactly the findings with these reasons were made about keys that begin so.
  static void ExpectFinding(const DomainReport& report, const std::string& reason,
                            const std::string& key) {
    const auto fits = [&](const Finding& finding) {
      return finding.reason == reason && finding.key.starts_with(key);
    };
    EXPECT_TRUE(std::ranges::any_of(report.findings, fits))
        << "no " << reason << " of " << key << " in\n"
        << ToText(report);
    for (const Finding& finding : report.findings) {
      EXPECT_FALSE(finding.what.empty());
      EXPECT_FALSE(finding.next_step.empty());
    }
  }

  store::RedisReply Redis(const std::vector<std::string>& words) { return mischief_->Call(words); }
  // Turns one bit of a value round.
  static std::string Flipped(std::string bytes, std::size_t at) {
    bytes.at(at) = static_cast<char>(bytes.at(at) ^ 0x10);
    return bytes;
  }
  void FlipString(const std::string& key) {
    const std::string bytes(Redis({"GET", key}).text());
    Redis({"SET", key, Flipped(bytes, bytes.size() / 2), "KEEPTTL"});
  }
  void FlipField(const std::string& key, const std::string& field) {
    const std::string bytes(Redis({"HGET", key, field}).text());
    Redis({"HSET", key, field, Flipped(bytes, bytes.size() / 2)});
  }

  const store::Keys keys_{DomainId{"acme"}};
  std::unique_ptr<store::WaitingClient> mischief_;
};

}  // namespace usher::audit
