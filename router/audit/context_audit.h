// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "router/audit/report.h"
#include "router/audit/timeline_plan.h"
#include "router/store/key_walk.h"
#include "router/store/record.h"
#include "usher/context/v1/case_record.pb.h"

namespace usher::audit {

// Goes through the customers of a domain, their addresses and timelines, and the conversations:
// every record's frame, the steps of cases and what follows from them, the numbers of messages and
// the positions of entries without gap or double, and the entries against the events up to commit
// `fed`, to which all timelines are fed.
class ContextAudit {
 public:
  ContextAudit(store::KeyWalk& redis, const DomainId& domain, const TimelinePlan& plan,
               store::CommitSeq fed, DomainReport& report)
      : redis_(redis), domain_(domain), plan_(plan), fed_(fed), report_(report) {}

  Result<void> Run();

 private:
  using Keys = std::vector<std::string>;

  Result<void> TakePage(std::span<const std::string> keys);
  Result<void> CheckAddresses(const Keys& keys);
  Result<void> CheckCustomers(const std::vector<CustomerId>& customers);
  Result<void> CheckTimeline(const CustomerId& customer);
  Result<void> CheckOutside(const CustomerId& customer,
                            const std::vector<std::pair<std::string, std::string>>& entries);
  Result<void> CheckConversation(const std::string& contact);
  Result<void> CheckDraft(const std::string& key);
  Result<void> CheckCase(const std::string& case_id);
  Result<void> CheckTold(const std::string& case_id, const context::v1::CaseRecord& record,
                         const std::vector<std::string>& expected);
  Result<void> CheckListed(const std::string& case_id, const context::v1::CaseRecord& record);
  // Every entry of a stream in pages.
  using Take = std::function<Result<void>(const store::RedisReply& entry)>;
  Result<void> ReadStream(const std::string& key, const Take& take);

  std::string KeyOf(const std::string& owner, const char* what) const;
  void Add(const char* reason, std::string key, std::string what, const char* next_step);
  // Nothing where `read` is sound; RECORD_TOO_NEW ends the audit.
  Result<bool> CheckFrame(const std::string& key, const Result<void>& read);
  template <class Message>
  Result<bool> Check(store::RecordKind kind, const std::string& key, std::string_view bytes,
                     Message& message);

  store::KeyWalk& redis_;
  const DomainId& domain_;
  const TimelinePlan& plan_;
  const store::CommitSeq fed_;
  DomainReport& report_;
  std::unordered_set<CustomerId> timelines_seen_;
};

}  // namespace usher::audit
