// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "router/store/checkpoint_book.h"
#include "router/store/commit.h"

// What the blocks of a backup hold. A file is the header, then of each domain its beginning, its
// parts in any order, and its end, then the trailer. Numbers and bytes are those that Redis held:
// a restore puts them back and understands only what it must.
namespace usher::backup {

struct Header {
  std::string id;  // of this backup
  Instant made{};
  std::string version;               // of the program that made it
  std::uint32_t record_version = 0;  // of the records in it, store::kRecordVersion
  std::vector<std::string> domains;

  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "id", self.id);
    v(2, "made", self.made);
    v(3, "version", self.version);
    v(4, "record_version", self.record_version);
    v(5, "domains", self.domains);
  }
};

struct DomainBegin {
  std::string domain;
  store::CommitSeq seq = 0;  // the last commit when the domain was begun with

  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "domain", self.domain);
    v(2, "seq", self.seq);
  }
};

// Entries of the log, which follow those of the part before without a gap.
struct StoredEntry {
  store::CommitSeq seq = 0;
  std::string hash;
  std::string record;

  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "seq", self.seq);
    v(2, "hash", self.hash);
    v(3, "record", self.record);
  }
};
struct CommitsPart {
  std::vector<StoredEntry> entries;

  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "entries", self.entries);
  }
};

// Rows of a checkpoint, which follow those of the part before. One that the leader dropped while it
// was read has no last part: `note` is there in the last one only.
struct CheckpointPart {
  store::CommitSeq seq = 0;
  bool begins = false;
  std::vector<std::string> records;
  std::optional<store::CheckpointNote> note;

  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "seq", self.seq);
    v(2, "begins", self.begins);
    v(3, "records", self.records);
    v(4, "note", self.note);
  }
};

enum class KeyType : std::uint8_t {
  kString = 1,  // items: the value
  kHash = 2,    // field, value, …
  kList = 3,
  kSet = 4,
  kZset = 5,    // member, score, …
  kStream = 6,  // of each entry its id, the number of its fields, then field, value, …
};

// A key that is copied as it is: the context, closed contacts, what is parked, domain files. A key
// may come twice; the later one is the newer.
struct KeyPart {
  std::string name;  // behind `usher:{<domain>`, such as "}:versions" or "/cu_1}:record"
  KeyType type = KeyType::kString;
  bool begins = false;  // else its items go on
  std::optional<Instant> expires;
  std::vector<std::string> items;

  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "name", self.name);
    v(2, "type", self.type);
    v(3, "begins", self.begins);
    v(4, "expires", self.expires);
    v(5, "items", self.items);
  }
};
struct KeysPart {
  std::vector<KeyPart> keys;

  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "keys", self.keys);
  }
};

// The domain is exactly what its log says up to `seq`.
struct DomainEnd {
  std::uint64_t epoch = 0;
  store::CommitSeq seq = 0;
  std::string hash;             // of that commit
  store::CommitSeq rows = 0;    // the checkpoint that holds the rows to begin with; 0: none yet
  std::uint64_t log_bytes = 0;  // up to there
  store::CommitSeq oldest = 1;  // in the log
  std::uint64_t keys = 0;       // of KeyPart that begin
  Instant at{};                 // when this was

  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "epoch", self.epoch);
    v(2, "seq", self.seq);
    v(3, "hash", self.hash);
    v(4, "rows", self.rows);
    v(5, "log_bytes", self.log_bytes);
    v(6, "oldest", self.oldest);
    v(7, "keys", self.keys);
    v(8, "at", self.at);
  }
};

}  // namespace usher::backup
