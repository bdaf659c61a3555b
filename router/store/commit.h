// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "router/engine/command.h"
#include "router/engine/event.h"

namespace usher::store {

// The number of a commit within its domain: 1, 2, 3, … without gaps. 0 stands before the first.
using CommitSeq = std::uint64_t;

// What a command was answered, kept so that the same request gets the same answer again, after a
// restart and from another router too. At most one for each request id.
struct ReplyRecord {
  std::string request_id;
  std::uint64_t fingerprint = 0;  // of the request, to tell a repetition from a misuse of the id
  engine::Outcome outcome;
  std::string detail;  // anything more that the answer needs; the store does not look into it

  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "request_id", self.request_id);
    v(2, "fingerprint", self.fingerprint);
    v(3, "refusal", self.outcome.refusal);
    v(4, "text", self.outcome.text);
    v(5, "contact", self.outcome.contact);
    v(6, "offer", self.outcome.offer);
    v(7, "repeated", self.outcome.repeated);
    v(8, "detail", self.detail);
  }
};

// What is decided together and stored together, all or nothing.
struct CommitBatch {
  std::vector<engine::Event> events;
  std::vector<ReplyRecord> replies;

  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "events", self.events);
    v(2, "replies", self.replies);
  }
};

// A batch as it stands in the log.
struct StoredCommit {
  CommitSeq seq = 0;
  CommitBatch batch;
};

// Each commit's hash covers its number, its bytes and the hash before it, so the last hash vouches
// for the whole log: the first 16 bytes of SHA-256.
using CommitHash = std::array<char, 16>;

// Before commit 1; differs by domain, so that one domain's log cannot pass for another's.
CommitHash FirstHash(const DomainId& domain);
CommitHash NextHash(const CommitHash& before, CommitSeq seq, std::string_view record);

inline std::string_view ToBytes(const CommitHash& hash) { return {hash.data(), hash.size()}; }
// DATA_LOSS/RECORD_DAMAGED when it has another length.
Result<CommitHash> HashFromBytes(std::string_view bytes);

// Only the replies of a commit record, without building its events.
Result<std::vector<ReplyRecord>> RepliesOfRecord(std::string_view record);

}  // namespace usher::store
