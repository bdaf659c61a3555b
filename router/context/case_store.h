// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"
#include "router/store/redis_keyspace.h"
#include "usher/context/v1/case_record.pb.h"

namespace usher::context {

// A case and the bytes that it was read from.
struct StoredCase {
  v1::CaseRecord record;
  std::string bytes;
};

// The case that a call opens: the same one when it is repeated. A call without a name opens another
// each time; nobody guesses its id.
std::string CaseIdOf(const DomainId& domain, const std::string& request_name);
// Whether the text has the form of a case's id.
bool IsCaseId(std::string_view text);

// A call that changes a case, so that the same one changes it once.
struct CaseRequest {
  std::string name{};         // of the caller and the call; empty: not idempotent
  std::string fingerprint{};  // of what it asks for
};

struct FoundCase {
  std::optional<StoredCase> stored{};  // none: there is no such case
  // The request has changed it already ...
  bool is_repeated = false;
  // ... or another one of the same name has.
  bool is_reused = false;
};

struct ReadStep {
  std::uint64_t version = 0;
  v1::CaseStep step;
};

// Which cases; all that is set holds. Nothing set: all open ones.
struct CaseList {
  std::vector<CustomerId> customers{};  // of any of these
  bool with_ended = false;              // needs customers
  AgentId owner{};
};

struct CasePage {
  std::vector<v1::Case> cases;  // latest first
  std::string next;             // asks for the next page; empty on the last
};

// Cases, and the lists that lead to them. The record is the truth; it, the lists and the customer's
// timeline lie on different servers of a cluster. So whoever changes a case first asks to have it
// looked at (Watch), then changes the record with the step that tells what happened (Change), then
// does what follows in any order and as often as need be (ReadSteps and Tell, List), and at last
// writes that this is done and when the case is to be looked at next (Change, Leave). A crash
// between any two of them leaves a case that is due in `promises` and says of itself what is
// missing: whoever leads the domain next does that. Lists are read against the records: what does
// not belong there is left out. Loop thread of the keyspace.
class CaseStore {
 public:
  explicit CaseStore(store::RedisKeyspace& redis) : redis_(redis) {}

  // DATA_LOSS/CASE_DAMAGED; INVALID_ARGUMENT: MISSING_CASE_ID, BAD_CASE_ID.
  void Find(const DomainId& domain, const std::string& case_id, const CaseRequest& request,
            std::function<void(Result<FoundCase>)> done);
  // False when the record is not `before` any more (empty: none). `step` is what the case shows
  // anew; null where it shows nothing.
  struct CaseChange {
    std::string before;
    v1::CaseRecord after;
    const v1::CaseStep* step = nullptr;
    CaseRequest request{};
  };
  void Change(const DomainId& domain, const std::string& case_id, const CaseChange& change,
              std::function<void(Result<bool>)> done);
  // The bytes that Change() would write.
  static std::string ToBytes(const v1::CaseRecord& record);

  // Up to kStepsMax, after that version, oldest first.
  static constexpr std::size_t kStepsMax = 200;
  void ReadSteps(const DomainId& domain, const std::string& case_id, std::uint64_t after,
                 std::function<void(Result<std::vector<ReadStep>>)> done);
  // Into the customer's timeline and lists, once.
  void Tell(const DomainId& domain, const v1::Case& case_now, const std::vector<ReadStep>& steps,
            std::function<void(Result<void>)> done);
  // Into the lists of its owner and of the domain, and out of those of its former owners.
  void List(const DomainId& domain, const v1::CaseRecord& record,
            std::function<void(Result<void>)> done);

  // The case is to be looked at at once. Gives what Leave() needs.
  void Watch(const DomainId& domain, const std::string& case_id, Instant now,
             std::function<void(Result<std::string>)> done);
  // The case is to be looked at at `next`; none: never. Nothing where another Watch() came since.
  void Leave(const DomainId& domain, const std::string& case_id, const std::string& watched,
             std::optional<Instant> next, std::function<void(Result<void>)> done);
  struct DueCase {
    std::string case_id;
    std::string watched;  // as Watch() gives it
  };
  // Those to be looked at by now, longest due first.
  void ReadDue(const DomainId& domain, Instant now, std::size_t limit,
               std::function<void(Result<std::vector<DueCase>>)> done);
  // When the next is due; none: nothing is.
  void ReadNextDue(const DomainId& domain,
                   std::function<void(Result<std::optional<Instant>>)> done);

  // `before` is CasePage::next; empty for the latest. BAD_PAGE_TOKEN.
  void ReadList(const DomainId& domain, const CaseList& list, const std::string& before,
                std::size_t limit, std::function<void(Result<CasePage>)> done);

 private:
  struct Listing;
  void ReadMarks(const std::shared_ptr<Listing>& listing);
  void ReadListed(const std::shared_ptr<Listing>& listing);
  void FillPage(const std::shared_ptr<Listing>& listing);

  store::RedisKeyspace& redis_;
};

}  // namespace usher::context
