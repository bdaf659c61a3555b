// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "router/audit/domain_audit.h"
#include "router/audit/report.h"
#include "router/store/key_walk.h"
#include "router/store/keys.h"
#include "router/store/private_redis.h"
#include "router/store/record.h"
#include "router/store/row_records.h"
#include "tests/integration/router/router_fixture.h"
#include "tests/integration/store/store_fixture.h"

namespace usher {
namespace {

using routing::v1::Contact;
using store::RecordKind;
using store::RedisReply;

// Rows that are damaged while no router runs. c1 is with ann; c2 and c3 wait.
class DamageTest : public RouterTest {
 protected:
  DamageTest()
      : socket_(*store::FindPrivateRedis(folder() / "redis")),
        redis_(std::make_unique<store::WaitingClient>(socket_)) {
    ApplyDomain();
    SignIn("ann");
    Submit("chat-1");
    agents::v1::AcceptOfferRequest accept;
    accept.set_contact_id("c1");
    agents::v1::AcceptOfferResponse accepted;
    EXPECT_TRUE(agents().AcceptOffer(Agent("ann").get(), accept, &accepted).ok());
    Submit("chat-2");
    Submit("chat-3");
  }
  RedisReply Redis(const std::vector<std::string>& words) { return redis_->Call(words); }
  static std::string Flipped(std::string bytes) {
    bytes.at(bytes.size() / 2) = static_cast<char>(bytes.at(bytes.size() / 2) ^ 0x10);
    return bytes;
  }
  void Flip(const std::string& key) {
    Redis({"SET", key, Flipped(std::string(Redis({"GET", key}).text()))});
  }
  audit::DomainReport Audit() {
    Result<std::unique_ptr<store::KeyWalk>> walk =
        store::KeyWalk::Open(AsAclUser(ToTarget(socket_), store::kAuditor),
                             {.deadline = std::chrono::steady_clock::now() + store::kPatience});
    EXPECT_TRUE(walk.ok()) << walk.error().message;
    Result<audit::DomainReport> report = audit::AuditDomain(**walk, DomainId{"test"}, {});
    EXPECT_TRUE(report.ok()) << report.error().message;
    return *std::move(report);
  }
  // What was set aside is all that is wrong, once the rows were written again.
  void ExpectOnlyParked(std::size_t count) {
    Eventually([&] { return Audit().found == count; });
    const audit::DomainReport report = Audit();
    EXPECT_EQ(report.counts.parked, count) << ToText(report);
    EXPECT_TRUE(std::ranges::all_of(report.findings, [](const audit::Finding& finding) {
      return finding.reason == "PARKED";
    })) << ToText(report);
  }

  const store::Keys keys_{DomainId{"test"}};
  const store::RedisAddress socket_;
  std::unique_ptr<store::WaitingClient> redis_;
};

TEST_F(DamageTest, DamagedRowsAreMadeAnewFromTheLogAndNothingIsLost) {
  const Contact second = Get("c2");
  StopRouter();
  Flip(keys_.Contact(ContactId{1}));
  Flip(keys_.Contact(ContactId{2}));
  Flip(keys_.Agent(AgentId{"ann"}));
  Redis({"HSET", keys_.Queues(), "support", "rubbish"});
  StartRouter();
  EXPECT_EQ(Get("c1").state(), Contact::STATE_ASSIGNED);
  EXPECT_EQ(Get("c1").agent(), "ann");
  EXPECT_EQ(Get("c2").queue(), second.queue());
  EXPECT_EQ(Get("c2").position(), 1u);
  EXPECT_EQ(Get("c2").due().seconds(), second.due().seconds());
  EXPECT_EQ(Get("c3").position(), 2u);
  ExpectOnlyParked(4);
  // And it stays so.
  Restart();
  EXPECT_EQ(Get("c1").agent(), "ann");
  EXPECT_EQ(Get("c2").position(), 1u);
}

TEST_F(DamageTest, PlacesThatWereLostAreFoundAgain) {
  StopRouter();
  const std::string queue = keys_.Queue(QueueId{"support"});
  const RedisReply members = Redis({"ZRANGE", queue, "0", "-1"});
  ASSERT_EQ(members.items().size(), 2u);
  Redis({"ZREM", queue, std::string(members.At(0).text())});
  Redis({"ZADD", queue, "0", "80000000:8019aa3b4c5d:00000000002a:2"});
  StartRouter();
  EXPECT_EQ(Get("c2").position(), 1u);
  EXPECT_EQ(Get("c3").position(), 2u);
  ExpectOnlyParked(1);
}

// Its checksum is right, and its queue does not exist: loading it would end the program, at each
// start again.
TEST_F(DamageTest, ARowThatContradictsTheOthersEndsNoRouter) {
  StopRouter();
  const std::string key = keys_.Contact(ContactId{2});
  auto row = *store::FromRecord<engine::ContactRow>(RecordKind::kContact,
                                                    std::string(Redis({"GET", key}).text()));
  row.queue = QueueId{"nowhere"};
  const std::string poison = store::ToRecord(RecordKind::kContact, row);
  Redis({"SET", key, poison});
  StartRouter();
  EXPECT_EQ(Get("c2").queue(), "support");
  EXPECT_EQ(Get("c2").position(), 1u);
  EXPECT_EQ(Redis({"HGET", keys_.Parked(), key}).text(), poison);
  ExpectOnlyParked(1);
}

// Nothing is left to make it from: the others go on without it.
TEST_F(DamageTest, WithoutAPastTheDamagedRowStaysOutAndTheOthersGoOn) {
  agents::v1::CompleteContactRequest complete;
  complete.set_contact_id("c1");
  agents::v1::CompleteContactResponse completed;
  ASSERT_TRUE(agents().CompleteContact(Agent("ann").get(), complete, &completed).ok());
  StopRouter();
  Flip(keys_.Contact(ContactId{1}));  // which ann wraps up
  Flip(keys_.Contact(ContactId{3}));
  Redis({"XTRIM", keys_.Log(), "MAXLEN", "1"});
  StartRouter();
  EXPECT_EQ(Get("c2").position(), 1u);
  routing::v1::GetContactRequest get;
  get.set_contact_id("c3");
  routing::v1::GetContactResponse got;
  EXPECT_EQ(ReasonOf(routing().GetContact(Adapter().get(), get, &got)), "UNKNOWN_CONTACT");
  agents::v1::EndWrapUpRequest end;
  end.set_contact_id("c1");
  agents::v1::EndWrapUpResponse ended;
  EXPECT_FALSE(agents().EndWrapUp(Agent("ann").get(), end, &ended).ok());
  EXPECT_EQ(Redis({"HLEN", keys_.Parked()}).integer(), 2);
  Submit("chat-4");
  Restart();
  EXPECT_EQ(Get("c2").position(), 1u);
}

}  // namespace
}  // namespace usher
