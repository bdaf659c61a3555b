// SPDX-License-Identifier: Apache-2.0
#include "router/audit/domain_audit.h"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "router/store/record.h"
#include "router/store/row_records.h"
#include "tests/integration/audit/audit_fixture.h"
#include "tests/integration/store/redis_cluster.h"
#include "tests/integration/store/stormy_domain.h"

namespace usher::audit {
namespace {

using engine::ContactState;
using store::RecordKind;
using store::RedisReply;
using store::StormyDomain;
using store::WaitingStore;

// A domain after some work, with a few checkpoints.
class DomainAuditTest : public AuditFixture {
 protected:
  void SetUp() override {
    AuditFixture::SetUp();
    store_ = std::make_unique<WaitingStore>(SmallHistory());
    ASSERT_TRUE(store_->Load().ok());
    domain_ = std::make_unique<StormyDomain>(*store_, 7);
  }

  store::DomainStoreOptions SmallHistory() const {
    store::DomainStoreOptions options = Options("r1");
    options.history = {
        .commits_kept = 100'000, .log_bytes_kept = 64u << 20, .checkpoint_log_bytes = 12u << 10};
    return options;
  }

  // Works on until a contact is in a state that fits, and is written so.
  engine::ContactRow WorkUntil(const std::function<bool(const engine::ContactRow&)>& fits) {
    for (int round = 0; round < 500; ++round) {
      domain_->Run(10);
      for (const ContactId id : domain_->engine().Contacts()) {
        const engine::ContactRow row = domain_->engine().Row(id);
        if (fits(row)) return row;
      }
    }
    ADD_FAILURE() << "no such contact came";
    return {};
  }
  engine::ContactRow AWaitingContact() {
    return WorkUntil([](const auto& row) { return bool(store::PlaceOf(row).queue); });
  }
  engine::ContactRow AnAssignedContact() {
    return WorkUntil([](const auto& row) { return row.state == ContactState::kAssigned; });
  }

  std::string EntryId(store::CommitSeq seq) const { return std::to_string(seq) + "-0"; }
  // Puts another entry in the place of a commit: the ones behind it are written anew.
  void Rewrite(store::CommitSeq seq, const std::function<void(std::string&, std::string&)>& edit) {
    const RedisReply log = Redis({"XRANGE", keys_.Log(), "-", "+"});
    Redis({"DEL", keys_.Log()});
    for (const RedisReply& entry : log.items()) {
      std::string hash(entry.At(1).At(1).text());
      std::string record(entry.At(1).At(3).text());
      const std::string id(entry.At(0).text());
      if (id == EntryId(seq)) edit(hash, record);
      if (!record.empty()) Redis({"XADD", keys_.Log(), id, "h", hash, "c", record});
    }
  }

  std::unique_ptr<WaitingStore> store_;
  std::unique_ptr<StormyDomain> domain_;
};

TEST_F(DomainAuditTest, ASoundDomainIsClean) {
  domain_->Run(1'500);
  const DomainReport report = Audit();
  EXPECT_TRUE(report.is_clean()) << ToText(report);
  EXPECT_TRUE(report.notes.empty()) << report.notes.front();
  EXPECT_EQ(report.counts.commits, domain_->last());
  EXPECT_EQ(report.last_seq, domain_->last());
  EXPECT_EQ(report.counts.open_contacts, domain_->engine().contact_count());
  EXPECT_EQ(report.counts.agents, domain_->engine().Agents().size());
  EXPECT_GT(report.counts.checkpoints, 2u);
  EXPECT_GT(report.counts.closed_contacts, 10u);
}

// Rows are written behind the log, so a state that is ahead of them would find fault with them.
TEST_F(DomainAuditTest, RowsThatAreBehindTheLogAreClean) {
  domain_->Run(200);
  domain_->RunWithoutRows(50);
  const DomainReport report = Audit();
  EXPECT_TRUE(report.is_clean()) << ToText(report);
  EXPECT_EQ(report.last_seq, domain_->last());
}

TEST_F(DomainAuditTest, ADomainWithoutACommitIsClean) {
  Redis({"FLUSHALL"});
  WaitingStore store(Options("r2"));
  ASSERT_TRUE(store.Load().ok());
  const DomainReport report = Audit();
  EXPECT_TRUE(report.is_clean()) << ToText(report);
}

TEST_F(DomainAuditTest, AnUnknownDomainIsNoCleanOne) {
  Redis({"FLUSHALL"});
  const Result<DomainReport> report = TryAudit(ToTarget(redis_->address()));
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().reason, "UNKNOWN_DOMAIN");
}

// Rows move, queues change, checkpoints are made and the log is cut while it is gone through.
TEST_F(DomainAuditTest, WhatMovesMeanwhileIsNotTakenForDamage) {
  Redis({"FLUSHALL"});
  store::DomainStoreOptions options = Options("r2");
  options.history = {
      .commits_kept = 300, .log_bytes_kept = 1u << 20, .checkpoint_log_bytes = 8u << 10};
  WaitingStore store(options);
  ASSERT_TRUE(store.Load().ok());
  StormyDomain busy(store, 11);
  busy.Run(500);
  std::atomic<bool> enough = false;
  std::thread load([&] {
    while (!enough) busy.Run(20);
  });
  for (int i = 0; i < 8; ++i) {
    const DomainReport report = Audit();
    EXPECT_TRUE(report.is_clean()) << ToText(report);
  }
  enough = true;
  load.join();
}

TEST_F(DomainAuditTest, ADamagedCommitIsNamed) {
  domain_->Run(200);
  Rewrite(40,
          [](std::string&, std::string& record) { record = Flipped(record, record.size() / 2); });
  ExpectFinding(Audit(), "COMMIT_DAMAGED", keys_.Log() + " 40-0");
}

TEST_F(DomainAuditTest, ACommitWithAnotherHashIsNamed) {
  domain_->Run(200);
  Rewrite(41, [](std::string& hash, std::string&) { hash = Flipped(hash, 3); });
  ExpectFinding(Audit(), "CHAIN_BROKEN", keys_.Log() + " 4");
}

// One that is sound in itself, and another than was there.
TEST_F(DomainAuditTest, AForgedCommitIsNamed) {
  domain_->Run(200);
  Rewrite(41, [](std::string&, std::string& record) {
    record = store::ToRecord(RecordKind::kCommit, store::CommitBatch{});
  });
  ExpectFinding(Audit(), "CHAIN_BROKEN", keys_.Log() + " 41-0");
}

TEST_F(DomainAuditTest, AMissingCommitIsNamed) {
  domain_->Run(200);
  Rewrite(50, [](std::string&, std::string& record) { record.clear(); });
  ExpectFinding(Audit(), "COMMIT_MISSING", keys_.Log() + " 50");
}

TEST_F(DomainAuditTest, ALogThatEndsEarlyIsNamed) {
  domain_->Run(200);
  Rewrite(domain_->last(), [](std::string&, std::string& record) { record.clear(); });
  ExpectFinding(Audit(), "COMMIT_MISSING", keys_.Log() + ' ' + std::to_string(domain_->last()));
}

TEST_F(DomainAuditTest, ALogThatIsLongerThanTheLeaseSaysIsNamed) {
  domain_->Run(100);
  Redis({"HINCRBY", keys_.Lease(), "seq", "-1"});
  const RedisReply projected = Redis({"HGET", keys_.Lease(), "projected"});
  Redis({"HSET", keys_.Lease(), "projected", std::to_string(domain_->last() - 1)});
  ExpectFinding(Audit(), "LOG_BEYOND_LEASE", keys_.Log());
}

TEST_F(DomainAuditTest, ALeaseThatDoesNotHoldWhatItShouldIsNamed) {
  domain_->Run(100);
  const std::string hash(Redis({"HGET", keys_.Lease(), "hash"}).text());
  Redis({"HSET", keys_.Lease(), "hash", Flipped(hash, 2)});
  ExpectFinding(Audit(), "LOG_END_DIFFERS", keys_.Lease());
  Redis({"HSET", keys_.Lease(), "hash", hash, "epoch", "many"});
  ExpectFinding(Audit(), "LEASE_DAMAGED", keys_.Lease());
}

TEST_F(DomainAuditTest, ALeaseAndItsHintThatDisagreeAreNamed) {
  domain_->Run(20);
  Redis({"SET", keys_.Alive(), "somebody-else"});
  ExpectFinding(Audit(), "LEASE_DISAGREES", keys_.Alive());
}

TEST_F(DomainAuditTest, AFlippedByteInEachKindOfRowIsNamed) {
  const engine::ContactRow waiting = AWaitingContact();
  const AgentId agent = domain_->engine().Agents().front();
  const QueueId queue = domain_->engine().domain().queues.front().id;
  std::string closed;
  for (std::uint64_t id = 1; closed.empty(); ++id) {
    const std::string key = keys_.Contact(ContactId{id});
    if (Redis({"PTTL", key}).integer() > 0) closed = key;
  }
  FlipString(keys_.Contact(waiting.id));
  FlipString(closed);
  FlipString(keys_.Agent(agent));
  FlipField(keys_.Queues(), queue.value());
  FlipString(keys_.Domain());
  FlipString(keys_.Config());
  const DomainReport report = Audit();
  for (const std::string& key :
       {keys_.Contact(waiting.id), closed, keys_.Agent(agent), keys_.Queues() + ' ' + queue.value(),
        keys_.Domain(), keys_.Config()}) {
    ExpectFinding(report, "ROW_DAMAGED", key);
  }
  EXPECT_EQ(report.found, 6u) << ToText(report);
}

TEST_F(DomainAuditTest, ARowUnderAnotherKeyIsNamed) {
  const engine::ContactRow waiting = AWaitingContact();
  const std::string bytes(Redis({"GET", keys_.Contact(waiting.id)}).text());
  Redis({"SET", keys_.Contact(ContactId{999'999}), bytes});
  ExpectFinding(Audit(), "ROW_MISPLACED", keys_.Contact(ContactId{999'999}));
}

// Sound in itself, and not what happened.
TEST_F(DomainAuditTest, ARowThatIsNotWhatTheEventsMakeIsNamed) {
  engine::ContactRow waiting = AWaitingContact();
  waiting.subject += "!";
  Redis({"SET", keys_.Contact(waiting.id), store::ToRecord(RecordKind::kContact, waiting)});
  engine::AgentRow agent = domain_->engine().Row(domain_->engine().Agents().front());
  ++agent.misses;
  Redis({"SET", keys_.Agent(agent.id), store::ToRecord(RecordKind::kAgent, agent)});
  engine::QueueRow queue = domain_->engine().Row(domain_->engine().domain().queues.front().id);
  ++queue.accepted;
  Redis({"HSET", keys_.Queues(), queue.id.value(), store::ToRecord(RecordKind::kQueue, queue)});
  store::StoredCounters counters = store::CountersOf(domain_->engine().Row());
  ++counters.next_offer;
  Redis({"SET", keys_.Domain(), store::ToRecord(RecordKind::kCounters, counters)});
  const DomainReport report = Audit();
  for (const std::string& key : {keys_.Contact(waiting.id), keys_.Agent(agent.id),
                                 keys_.Queues() + ' ' + queue.id.value(), keys_.Domain()}) {
    ExpectFinding(report, "ROW_DIFFERS", key);
  }
  EXPECT_EQ(report.found, 4u) << ToText(report);
}

TEST_F(DomainAuditTest, AMissingRowIsNamed) {
  const engine::ContactRow waiting = AWaitingContact();
  const AgentId agent = domain_->engine().Agents().front();
  const AgentId unlisted = domain_->engine().Agents().back();
  const QueueId queue = domain_->engine().domain().queues.front().id;
  Redis({"DEL", keys_.Contact(waiting.id), keys_.Agent(agent)});
  Redis({"SREM", keys_.Agents(), unlisted.value()});
  Redis({"HDEL", keys_.Queues(), queue.value()});
  const DomainReport report = Audit();
  for (const std::string& key : {keys_.Contact(waiting.id), keys_.Agent(agent),
                                 keys_.Agent(unlisted), keys_.Queues() + ' ' + queue.value()}) {
    ExpectFinding(report, "ROW_MISSING", key);
  }
  EXPECT_EQ(report.found, 4u) << ToText(report);
}

TEST_F(DomainAuditTest, ARowOfSomebodyWhoIsNotThereIsNamed) {
  engine::ContactRow ghost = AWaitingContact();
  ghost.id = ContactId{999'999};
  Redis({"SET", keys_.Contact(ghost.id), store::ToRecord(RecordKind::kContact, ghost)});
  engine::AgentRow agent;
  agent.id = AgentId{"nobody"};
  Redis({"SET", keys_.Agent(agent.id), store::ToRecord(RecordKind::kAgent, agent)});
  Redis({"SADD", keys_.Agents(), "nobody"});
  engine::QueueRow queue;
  queue.id = QueueId{"nowhere"};
  Redis({"HSET", keys_.Queues(), "nowhere", store::ToRecord(RecordKind::kQueue, queue)});
  const DomainReport report = Audit();
  for (const std::string& key :
       {keys_.Contact(ghost.id), keys_.Agent(agent.id), keys_.Queues() + " nowhere"}) {
    ExpectFinding(report, "ROW_GHOST", key);
  }
  EXPECT_EQ(report.found, 3u) << ToText(report);
}

TEST_F(DomainAuditTest, AClosedContactThatStaysForEverIsNamed) {
  domain_->Run(300);
  std::string closed;
  for (std::uint64_t id = 1; closed.empty(); ++id) {
    const std::string key = keys_.Contact(ContactId{id});
    if (Redis({"PTTL", key}).integer() > 0) closed = key;
  }
  Redis({"PERSIST", closed});
  ExpectFinding(Audit(), "ROW_FOREVER", closed);
}

TEST_F(DomainAuditTest, PlacesInQueuesAreComparedWithTheContacts) {
  const engine::ContactRow waiting = AWaitingContact();
  const std::string queue = keys_.Queue(waiting.queue);
  const std::string member = store::QueueMember(waiting.key, waiting.id);
  // In its queue, with a better place.
  engine::OrderKey better = waiting.key;
  ++better.priority;
  Redis({"ZREM", queue, member});
  Redis({"ZADD", queue, "0", store::QueueMember(better, waiting.id)});
  DomainReport report = Audit();
  ExpectFinding(report, "MEMBER_MISSING", queue + ' ' + member);
  ExpectFinding(report, "MEMBER_GHOST", queue + ' ' + store::QueueMember(better, waiting.id));
  Redis({"ZREM", queue, store::QueueMember(better, waiting.id)});
  Redis({"ZADD", queue, "0", member});
  EXPECT_TRUE(Audit().is_clean());
  // In another queue as well; a stranger; something that is no member at all.
  for (const engine::Queue& other : domain_->engine().domain().queues) {
    if (other.id != waiting.queue) Redis({"ZADD", keys_.Queue(other.id), "0", member});
  }
  Redis({"ZADD", queue, "0", store::QueueMember(waiting.key, ContactId{999'999})});
  Redis({"ZADD", keys_.Queue(QueueId{"nowhere"}), "0", "nonsense"});
  report = Audit();
  EXPECT_EQ(report.found, domain_->engine().domain().queues.size() + 1) << ToText(report);
  ExpectFinding(report, "MEMBER_GHOST", keys_.Queue(QueueId{"nowhere"}));
}

TEST_F(DomainAuditTest, AScoreThatBreaksTheOrderIsNamed) {
  const engine::ContactRow waiting = AWaitingContact();
  Redis({"ZADD", keys_.Queue(waiting.queue), "5", store::QueueMember(waiting.key, waiting.id)});
  ExpectFinding(Audit(), "MEMBER_SCORED", keys_.Queue(waiting.queue));
}

TEST_F(DomainAuditTest, WhoIsAwayIsComparedWithTheContacts) {
  const engine::ContactRow assigned = AnAssignedContact();
  const std::string id = std::to_string(assigned.id.value());
  Redis({"SREM", keys_.Away(), id});
  Redis({"SADD", keys_.Away(), "999999", "who"});
  const DomainReport report = Audit();
  ExpectFinding(report, "MEMBER_MISSING", keys_.Away() + ' ' + id);
  ExpectFinding(report, "MEMBER_GHOST", keys_.Away() + " 999999");
  ExpectFinding(report, "MEMBER_GHOST", keys_.Away() + " who");
  EXPECT_EQ(report.found, 3u) << ToText(report);
}

TEST_F(DomainAuditTest, ACheckpointIsComparedWithTheEventsBeforeIt) {
  domain_->Run(1'000);
  const RedisReply notes = Redis({"HGETALL", keys_.Checkpoints()});
  ASSERT_GE(notes.items().size(), 8u);
  const auto copy = [&](std::size_t index) {
    return "usher:{acme}:checkpoint:" + std::string(notes.At(2 * index).text());
  };
  Redis({"RPOP", copy(0)});
  const std::string row(Redis({"LINDEX", copy(1), "4"}).text());
  Redis({"LSET", copy(1), "4", Flipped(row, row.size() / 2)});
  engine::AgentRow agent;
  agent.id = AgentId{"nobody"};
  FlipField(keys_.Checkpoints(), std::string(notes.At(4).text()));
  const std::string counters(Redis({"LINDEX", copy(3), "0"}).text());
  auto wrong = *store::FromRecord<store::StoredCounters>(RecordKind::kCounters, counters);
  ++wrong.next_offer;
  Redis({"LSET", copy(3), "0", store::ToRecord(RecordKind::kCounters, wrong)});
  const DomainReport report = Audit();
  ExpectFinding(report, "CHECKPOINT_INCOMPLETE", copy(0));
  ExpectFinding(report, "ROW_DAMAGED", copy(1) + " 4");
  ExpectFinding(report, "ROW_DAMAGED", keys_.Checkpoints() + ' ' + std::string(notes.At(4).text()));
  ExpectFinding(report, "CHECKPOINT_DIFFERS", copy(3));
  EXPECT_EQ(report.found, 4u) << ToText(report);
}

TEST_F(DomainAuditTest, ParkedRecordsAreNamed) {
  domain_->Run(50);
  Redis({"HSET", keys_.Parked(), keys_.Contact(ContactId{3}), "damaged"});
  const DomainReport report = Audit();
  ExpectFinding(report, "PARKED", keys_.Contact(ContactId{3}));
  EXPECT_EQ(report.counts.parked, 1u);
}

// What is folded begins anew at the next checkpoint: the rows are compared all the same.
TEST_F(DomainAuditTest, AfterADamagedCommitTheRowsAreComparedFromTheNextCheckpointOn) {
  domain_->Run(400);
  Rewrite(10,
          [](std::string&, std::string& record) { record = Flipped(record, record.size() / 2); });
  engine::ContactRow waiting = AWaitingContact();
  waiting.subject += "!";
  Redis({"SET", keys_.Contact(waiting.id), store::ToRecord(RecordKind::kContact, waiting)});
  const DomainReport report = Audit();
  ExpectFinding(report, "COMMIT_DAMAGED", keys_.Log() + " 10-0");
  ExpectFinding(report, "ROW_DIFFERS", keys_.Contact(waiting.id));
}

TEST_F(DomainAuditTest, ReportsSayTheSameToPeopleAndPrograms) {
  domain_->Run(50);
  Redis({"HSET", keys_.Parked(), "usher:{acme}:contact:3", "damaged"});
  const DomainReport report = Audit();
  EXPECT_NE(ToText(report).find("PARKED usher:{acme}:contact:3"), std::string::npos);
  EXPECT_NE(ToText(report).find("1 thing is wrong"), std::string::npos);
  const std::string json = ToJson({report});
  EXPECT_NE(json.find("\"clean\":false"), std::string::npos);
  EXPECT_NE(json.find("\"reason\":\"PARKED\",\"key\":\"usher:{acme}:contact:3\""),
            std::string::npos);
}

TEST(DomainAuditInAClusterTest, FindsTheDomainWhereverItIs) {
  store::TempDir dir;
  store::RedisCluster cluster({.dir = dir.path(), .server_arguments = {}});
  store::DomainStoreOptions options;
  options.domain = DomainId{"acme"};
  options.router_id = "r1";
  options.durability = store::Durability::kEverySec;
  WaitingStore store(options, cluster.Target());
  ASSERT_TRUE(store.Load().ok());
  StormyDomain domain(store, 3);
  domain.Run(200);
  Result<std::unique_ptr<store::KeyWalk>> walk = store::KeyWalk::Open(
      cluster.Target(), {.deadline = std::chrono::steady_clock::now() + store::kPatience});
  ASSERT_TRUE(walk.ok()) << walk.error().message;
  const Result<DomainReport> report = AuditDomain(**walk, DomainId{"acme"}, {});
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_TRUE(report->is_clean()) << ToText(*report);
  EXPECT_EQ(report->last_seq, domain.last());
}

}  // namespace
}  // namespace usher::audit
