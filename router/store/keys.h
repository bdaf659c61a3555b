// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/id.h"
#include "router/engine/event.h"

namespace usher::store {

// Every key of one domain, and what it maps to what. All share the hash tag `{domain}`, so a domain
// is one slot of a Redis Cluster. "Record" is the framing of record.h.
//
//   usher:{acme}:lease         hash    epoch, router, seq, hash, projected, bytes: the fence, the
//                                      last commit's number and hash, the watermark of the rows,
//                                      and the bytes of the log so far. Never expires. With
//                                      restoring the domain is half restored: nobody leads it.
//   usher:{acme}:alive         string  id of the leading router; expires with the lease. A hint for
//                                      standbys, never a permission.
//   usher:{acme}:log           stream  <seq>-0 -> h: the commit's hash, c: record of the commit
//   usher:{acme}:config        string  record of the routing configuration and its version
//   usher:{acme}:domain        string  record of the domain's counters
//   usher:{acme}:queue:<id>    zset    the queue itself: every score is 0 and the members sort, as
//                                      text, by the order of law 1 and end in the contact's id, so
//                                      ZRANGE … 0 -1 lists the queue in its order, BYLEX as well
//   usher:{acme}:queues        hash    queue id -> record of its statistics; lists the queues
//   usher:{acme}:contact:<id>  string  record of a contact, or of how it closed (then it expires)
//   usher:{acme}:away          set     ids of open contacts that stand in no queue: scheduled,
//                                      assigned, held, wrapping
//   usher:{acme}:agent:<id>    string  record of an agent
//   usher:{acme}:agents        set     ids of agents with a record
//   usher:{acme}:parked        hash    key -> bytes that failed their check, kept for inspection
//   usher:{acme}:checkpoints   hash    seq -> record of the note on a checkpoint; '' while it is
//   made usher:{acme}:checkpoint:<seq>  list  all rows as they were at one commit: the counters,
//   the
//                                      configuration, then the others, each the record that it was
//
// Open contacts are exactly the members of the queues and of `away`, which spares an index.
class Keys {
 public:
  explicit Keys(const DomainId& domain) : prefix_("usher:{" + domain.value() + "}:") {}

  const std::string& prefix() const { return prefix_; }

  std::string Lease() const { return prefix_ + "lease"; }
  std::string Alive() const { return prefix_ + "alive"; }
  std::string Log() const { return prefix_ + "log"; }
  std::string Config() const { return prefix_ + "config"; }
  std::string Domain() const { return prefix_ + "domain"; }
  std::string Queue(const QueueId& queue) const { return prefix_ + "queue:" + queue.value(); }
  std::string Queues() const { return prefix_ + "queues"; }
  std::string Contact(ContactId contact) const {
    return prefix_ + "contact:" + std::to_string(contact.value());
  }
  std::string Away() const { return prefix_ + "away"; }
  std::string Agent(const AgentId& agent) const { return prefix_ + "agent:" + agent.value(); }
  std::string Agents() const { return prefix_ + "agents"; }
  std::string Parked() const { return prefix_ + "parked"; }
  std::string Checkpoints() const { return prefix_ + "checkpoints"; }
  std::string Checkpoint(std::uint64_t seq) const {
    return prefix_ + "checkpoint:" + std::to_string(seq);
  }

 private:
  std::string prefix_;
};

// The member of a waiting contact in its queue's sorted set, such as
// "7fffffff:8019aa3b4c5d:00000000002a:42": priority (turned round), due and sequence as hexadecimal
// of fixed width, then the contact. Byte order of members is the order of law 1. Exact for every
// int32 priority, for sequences below 2^48, and for due instants within 4,459 years of 1970;
// beyond, due and sequence are held at the bound.
std::string QueueMember(const engine::OrderKey& key, ContactId contact);

// The contact that a member names; nothing when it is no member.
std::optional<ContactId> ContactOfMember(std::string_view member);

}  // namespace usher::store
