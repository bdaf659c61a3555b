// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "router/engine/event.h"
#include "router/engine/rows.h"

namespace usher::store {

// engine::DomainRow is stored as two records: the counters change with every commit, the
// configuration, which can be large, only when one is applied.

struct StoredConfig {
  std::uint64_t version = 0;
  engine::Domain domain;

  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "version", self.version);
    v(2, "domain", self.domain);
  }
};

struct StoredCounters {
  std::uint64_t version = 0;  // of the configuration that they belong to
  std::uint64_t next_contact = 1;
  std::uint64_t next_offer = 1;
  std::uint64_t next_sequence = 1;
  std::uint64_t random = 0;
  Instant now{};
  std::vector<engine::AdapterRow> adapters;

  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "version", self.version);
    v(2, "next_contact", self.next_contact);
    v(3, "next_offer", self.next_offer);
    v(4, "next_sequence", self.next_sequence);
    v(5, "random", self.random);
    v(6, "now", self.now);
    v(7, "adapters", self.adapters);
  }
};

inline StoredCounters CountersOf(const engine::DomainRow& row) {
  return {row.version, row.next_contact, row.next_offer, row.next_sequence,
          row.random,  row.now,          row.adapters};
}

inline engine::DomainRow ToDomainRow(StoredConfig config, const StoredCounters& counters) {
  return {counters.version,    std::move(config.domain), counters.next_contact,
          counters.next_offer, counters.next_sequence,   counters.random,
          counters.now,        counters.adapters};
}

// How a contact ended, kept under its key until it expires.
struct ClosedContact {
  Instant at{};
  engine::Closed closed;

  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "at", self.at);
    v(2, "closed", self.closed);
  }
};

// Where an open contact stands among the keys: in a queue's sorted set, or away from all.
struct ContactPlace {
  QueueId queue;         // none: away
  engine::OrderKey key;  // in the queue

  friend bool operator==(const ContactPlace&, const ContactPlace&) = default;
};

inline ContactPlace PlaceOf(const engine::ContactRow& row) {
  const bool waits =
      row.state == engine::ContactState::kWaiting || row.state == engine::ContactState::kOffered;
  return waits ? ContactPlace{row.queue, row.key} : ContactPlace{};
}

}  // namespace usher::store
