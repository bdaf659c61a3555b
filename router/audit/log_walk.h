// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>

#include "base/result.h"
#include "router/audit/report.h"
#include "router/store/commit.h"
#include "router/store/key_walk.h"
#include "router/store/keys.h"

namespace usher::audit {

// Goes through a domain's log in pages, from its oldest commit on, and checks each commit: its
// form, its CRC, its number without a gap, and its hash on the one before it. (The oldest one of a
// log that was cut has nothing before it to be checked against.)
class LogWalk {
 public:
  LogWalk(store::KeyWalk& redis, const store::Keys& keys, const DomainId& domain,
          DomainReport& report)
      : redis_(redis), keys_(keys), report_(report), hash_(store::FirstHash(domain)) {}

  // A commit in order; nothing in place of one that is damaged or missing, whose number `seq` is:
  // nothing can be folded over it.
  using Take = std::function<Result<void>(store::CommitSeq seq, const store::StoredCommit* commit)>;

  // Begins with this commit, whatever is kept before it.
  void StartAt(store::CommitSeq seq) {
    next_ = seq;
    hash_is_known_ = false;
    begun_ = true;
  }

  // Goes on to commit `to`, which must be in the log. ABORTED/HISTORY_MOVED when the log was cut
  // beyond where we are.
  Result<void> ReadTo(store::CommitSeq to, const Take& take);

  // The last commit that was gone through, and its hash; 0 before the first.
  store::CommitSeq at() const { return next_ - 1; }
  const store::CommitHash& hash() const { return hash_; }
  // False after something that is missing or damaged, until the next sound commit.
  bool hash_is_known() const { return hash_is_known_; }

 private:
  Result<void> Begin();
  Result<void> TakeEntry(const store::RedisReply& item, const Take& take);
  Result<void> TakeGap(store::CommitSeq until, const Take& take);

  store::KeyWalk& redis_;
  const store::Keys& keys_;
  DomainReport& report_;
  store::CommitHash hash_;
  bool hash_is_known_ = true;
  bool begun_ = false;
  store::CommitSeq next_ = 1;
};

// The past was cut, or the data replaced, while it was being gone through.
Error Moved();

}  // namespace usher::audit
