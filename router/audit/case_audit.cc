// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>
#include <vector>

#include "router/audit/context_audit.h"
#include "router/context/framed_message.h"
#include "router/context/keys.h"
#include "usher/context/v1/case_record.pb.h"

namespace usher::audit {

using store::RecordKind;
using store::RedisReply;

namespace {

constexpr const char* kRestore = "restore it from a backup";
constexpr const char* kLeadAgain =
    "let the domain be led anew (usher router step-down): every open case is looked at then";

std::string_view FieldOf(const RedisReply& entry, std::string_view name) {
  const RedisReply& fields = entry.At(1);
  for (std::size_t i = 0; i + 1 < fields.items().size(); i += 2) {
    if (fields.At(i).text() == name) return fields.At(i + 1).text();
  }
  return {};
}

// `12` of `12-0`.
std::uint64_t VersionOf(std::string_view id) {
  return RedisReply::Text(std::string(id.substr(0, id.find('-')))).AsUnsigned().value_or(0);
}

// How the timeline names the entries of a case's steps: `ca_…:000000000012-00`.
std::string NameOf(const std::string& case_id, std::uint64_t version, int index) {
  std::string number = std::to_string(version);
  number.insert(0, number.size() < 12 ? 12 - number.size() : 0, '0');
  return case_id + ':' + number + (index < 10 ? "-0" : "-") + std::to_string(index);
}

}  // namespace

// The record, its steps, and what should follow from those that are settled. What is under way
// while this reads is left to another time.
Result<void> ContextAudit::CheckCase(const std::string& case_id) {
  const std::string key = context::CaseKey(domain_, case_id, "case");
  const Result<RedisReply> bytes = redis_.Call({"GET", key}, "reading a case");
  if (!bytes) return bytes.error();
  if (bytes->IsNil()) return {};  // gone meanwhile
  ++report_.counts.cases;
  context::v1::CaseRecord record;
  const Result<bool> sound =
      CheckFrame(key, context::FromFramed(RecordKind::kCase, bytes->text(), record));
  if (!sound) return sound.error();
  if (!*sound) return {};

  std::vector<std::string> expected;
  std::uint64_t next = 1;
  const std::string steps = context::CaseKey(domain_, case_id, "case_steps");
  const Result<void> read = ReadStream(steps, [&](const RedisReply& item) -> Result<void> {
    const std::uint64_t version = VersionOf(item.At(0).text());
    const std::string name = steps + ' ' + std::string(item.At(0).text());
    if (version != next) {
      Add("CASE_STEP_MISSING", steps + ' ' + std::to_string(next) + "-0",
          "the next one is " + std::to_string(version), kRestore);
    }
    next = version + 1;
    context::v1::CaseStep step;
    const Result<bool> step_sound =
        CheckFrame(name, context::FromFramed(RecordKind::kCaseStep, FieldOf(item, "s"), step));
    if (!step_sound) return step_sound.error();
    if (version > record.settled()) return {};
    for (int i = 0; i < step.entries_size(); ++i) {
      expected.push_back(NameOf(case_id, version, i));
    }
    return {};
  });
  if (!read) return read;
  if (next <= record.case_().version()) {
    Add("CASE_STEP_MISSING", steps + ' ' + std::to_string(next) + "-0",
        "the case is at version " + std::to_string(record.case_().version()), kRestore);
  }
  if (const Result<void> told = CheckTold(case_id, record, expected); !told) return told;
  return CheckListed(case_id, record);
}

// Each step's entries stand in the customer's timeline, once and in order.
Result<void> ContextAudit::CheckTold(const std::string& case_id,
                                     const context::v1::CaseRecord& record,
                                     const std::vector<std::string>& expected) {
  const std::string key =
      context::CustomerKey(domain_, CustomerId{record.case_().customer_id()}, "timeline");
  std::size_t next = 0;
  bool is_wrong = false;
  const Result<void> read = ReadStream(key, [&](const RedisReply& item) -> Result<void> {
    const std::string_view name = FieldOf(item, "c");
    if (!name.starts_with(case_id + ':') || is_wrong) return {};
    // What was told since the record was read is judged another time.
    if (next >= expected.size() && (expected.empty() || name > expected.back())) return {};
    if (next < expected.size() && name == expected[next]) {
      ++next;
      return {};
    }
    is_wrong = true;
    Add("ENTRY_OUT_OF_ORDER", key + ' ' + std::string(item.At(0).text()),
        "it is " + std::string(name) + ", which stands elsewhere, or twice", kRestore);
    return {};
  });
  if (!read) return read;
  if (!is_wrong && next < expected.size()) {
    Add("ENTRY_MISSING", key, "there is no entry " + expected[next] + " of a case", kRestore);
  }
  return {};
}

Result<void> ContextAudit::CheckListed(const std::string& case_id,
                                       const context::v1::CaseRecord& record) {
  const context::v1::Case& now = record.case_();
  const bool is_open = now.status() == context::v1::Case::STATUS_OPEN ||
                       now.status() == context::v1::Case::STATUS_PENDING;
  const Result<RedisReply> watched =
      redis_.Call({"ZSCORE", context::PromisesKey(domain_), case_id}, "reading what is promised");
  if (!watched) return watched.error();
  // What is not settled is watched, and follows.
  if (record.settled() < now.version()) {
    if (watched->IsNil()) {
      Add("CASE_UNWATCHED", context::CaseKey(domain_, case_id, "case"),
          "it is changed up to version " + std::to_string(now.version()) + ", told up to " +
              std::to_string(record.settled()) + ", and nobody goes on with it",
          kLeadAgain);
    }
    return {};
  }
  if (!is_open) return {};
  const bool is_promised =
      now.has_promise() && !now.promise().has_kept_at() && !now.promise().has_missed_at();
  if (is_promised && watched->IsNil()) {
    Add("PROMISE_UNWATCHED", context::CaseKey(domain_, case_id, "case"),
        "its promise is not in " + context::PromisesKey(domain_), kLeadAgain);
  }
  const CustomerId customer{now.customer_id()};
  std::vector<std::string> lists = {context::OpenCasesKey(domain_),
                                    context::CustomerKey(domain_, customer, "cases"),
                                    context::CustomerKey(domain_, customer, "open_cases")};
  if (!now.owner().empty()) {
    lists.push_back(context::OwnedCasesKey(domain_, AgentId{now.owner()}));
  }
  for (const std::string& list : lists) {
    const Result<RedisReply> score =
        redis_.Call({"ZSCORE", list, case_id}, "reading lists of cases");
    if (!score) return score.error();
    if (!score->IsNil()) continue;
    Add("CASE_UNLISTED", context::CaseKey(domain_, case_id, "case"), "it is not in " + list,
        "redis-cli ZADD it there with the milliseconds of its opening");
  }
  return {};
}

}  // namespace usher::audit
