// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "router/audit/domain_audit.h"
#include "router/audit/report.h"
#include "router/store/key_walk.h"
#include "router/store/private_redis.h"
#include "tests/integration/router/router_fixture.h"
#include "tests/integration/store/store_fixture.h"

namespace usher {
namespace {

using store::RedisReply;

// Customers, timelines and conversations as the router writes them, then damaged.
class VerifyTest : public RouterTest {
 protected:
  VerifyTest()
      : socket_(*store::FindPrivateRedis(folder() / "redis")),
        redis_(std::make_unique<store::WaitingClient>(socket_)) {
    ApplyDomain();
    customer_ = Resolve();
    SignIn("ann");
    contact_ = Submit("chat-1", customer_).id();
    agents::v1::AcceptOfferRequest accept;
    accept.set_contact_id(contact_);
    agents::v1::AcceptOfferResponse accepted;
    EXPECT_TRUE(agents().AcceptOffer(Agent("ann").get(), accept, &accepted).ok());
    Say("m1");
    Say("m2");
    Say("m3");
    routing::v1::CancelContactRequest cancel;
    cancel.set_contact_id(Submit("chat-2", customer_).id());
    routing::v1::CancelContactResponse cancelled;
    EXPECT_TRUE(routing().CancelContact(Adapter().get(), cancel, &cancelled).ok());
    // opened, assigned; opened, closed
    Eventually([&] { return Redis({"XLEN", Timeline()}).integer() == 4; });
    Eventually([&] { return Audit().counts.compared_entries == 4; });
    Eventually([&] {
      return Redis({"GET", "usher:{test}:fed"}).text() ==
             Redis({"HGET", "usher:{test}:lease", "seq"}).text();
    });
  }

  std::string Resolve() {
    context::v1::ResolveCustomerRequest request;
    request.mutable_identity()->set_kind("email");
    request.mutable_identity()->set_value("mei@example.com");
    request.set_name("Mei");
    context::v1::ResolveCustomerResponse response;
    EXPECT_TRUE(context().ResolveCustomer(Adapter().get(), request, &response).ok());
    return response.customer().id();
  }
  void Say(const std::string& client_id) {
    context::v1::AppendMessagesRequest request;
    context::v1::Message& message = *request.add_messages();
    message.set_contact_id(contact_);
    message.set_client_id(client_id);
    message.set_text("hello from " + client_id);
    message.mutable_author()->set_side(context::v1::Author::SIDE_CUSTOMER);
    message.mutable_author()->set_id("visitor");
    context::v1::AppendMessagesResponse response;
    EXPECT_TRUE(context().AppendMessages(Adapter().get(), request, &response).ok());
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
  // Fails unless this is the one thing that was found.
  void ExpectOnly(const std::string& reason, const std::string& key) {
    const audit::DomainReport report = Audit();
    ASSERT_EQ(report.found, 1u) << ToText(report);
    EXPECT_EQ(report.findings[0].reason, reason) << ToText(report);
    EXPECT_TRUE(report.findings[0].key.starts_with(key)) << ToText(report);
  }

  RedisReply Redis(const std::vector<std::string>& words) { return redis_->Call(words); }
  static std::string Flipped(std::string bytes) {
    bytes.at(bytes.size() / 2) = static_cast<char>(bytes.at(bytes.size() / 2) ^ 0x10);
    return bytes;
  }
  std::string Timeline() const { return "usher:{test/" + customer_ + "}:timeline"; }
  std::string Meta() const { return "usher:{test/" + customer_ + "}:meta"; }
  std::string Record() const { return "usher:{test/" + customer_ + "}:record"; }
  std::string Messages() const { return "usher:{test/" + contact_ + "}:messages"; }

  struct Entry {
    std::string id;
    std::string bytes;
    std::string position;
  };
  std::vector<Entry> Entries() {
    std::vector<Entry> entries;
    const RedisReply stream = Redis({"XRANGE", Timeline(), "-", "+"});
    for (const RedisReply& item : stream.items()) {
      entries.push_back({std::string(item.At(0).text()), std::string(item.At(1).At(1).text()),
                         std::string(item.At(1).At(3).text())});
    }
    return entries;
  }
  // Writes a stream of one field anew, with one of its entries damaged.
  void FlipInStream(const std::string& key, std::size_t index) {
    const RedisReply stream = Redis({"XRANGE", key, "-", "+"});
    Redis({"DEL", key});
    for (std::size_t i = 0; i < stream.items().size(); ++i) {
      const RedisReply& fields = stream.At(i).At(1);
      std::vector<std::string> add = {"XADD", key, std::string(stream.At(i).At(0).text())};
      for (const RedisReply& field : fields.items()) add.emplace_back(field.text());
      if (i == index) add[4] = Flipped(add[4]);
      Redis(add);
    }
  }

  const store::RedisAddress socket_;
  std::unique_ptr<store::WaitingClient> redis_;
  std::string customer_;
  std::string contact_;
};

TEST_F(VerifyTest, WhatTheRouterWritesIsCleanAlsoAfterARestart) {
  const audit::DomainReport report = Audit();
  EXPECT_TRUE(report.is_clean()) << ToText(report);
  EXPECT_TRUE(report.notes.empty()) << report.notes.front();
  EXPECT_EQ(report.counts.customers, 1u);
  EXPECT_EQ(report.counts.addresses, 1u);
  EXPECT_EQ(report.counts.timeline_entries, 4u);
  EXPECT_EQ(report.counts.conversations, 1u);
  EXPECT_EQ(report.counts.messages, 3u);
  Restart();
  Submit("chat-3", customer_);
  Eventually([&] { return Redis({"XLEN", Timeline()}).integer() == 5; });
  const audit::DomainReport later = Audit();
  EXPECT_TRUE(later.is_clean()) << ToText(later);
}

// One kind of damage after the other, each undone again.
TEST_F(VerifyTest, EveryKindOfDamageIsNamed) {
  StopRouter();
  const std::string audit = "usher:{test/" + customer_ + "}:audit";
  const std::string said = "usher:{test/" + contact_ + "}:said";
  const std::string address = "usher:{test/id/email:mei@example.com}:customer";
  const std::string fed = "usher:{test}:fed";
  const std::string customers = "usher:{test}:customers";
  const std::vector<Entry> entries = Entries();
  const Entry& last = entries[3];
  std::string beyond = last.position;
  beyond.back() = '9';
  const struct {
    std::function<void()> mischief;
    std::string reason;
    std::string key;
  } cases[] = {
      {[&] { Redis({"SET", Record(), Flipped(std::string(Redis({"GET", Record()}).text()))}); },
       "RECORD_DAMAGED", Record()},
      {[&] { FlipInStream(audit, 0); }, "RECORD_DAMAGED", audit},
      {[&] { FlipInStream(Timeline(), 1); }, "RECORD_DAMAGED", Timeline() + ' ' + entries[1].id},
      {[&] { FlipInStream(Messages(), 1); }, "RECORD_DAMAGED", Messages() + " 2-0"},
      {[&] { Redis({"XDEL", Messages(), "2-0"}); }, "MESSAGE_MISSING", Messages() + " 2-0"},
      {[&] { Redis({"XDEL", Messages(), "3-0"}); }, "MESSAGE_MISSING", said},
      {[&] { Redis({"XDEL", Timeline(), entries[1].id}); }, "ENTRY_MISSING", Timeline()},
      {[&] { Redis({"DEL", Timeline(), Meta()}); }, "ENTRY_MISSING", Timeline()},
      {[&] { Redis({"XADD", Timeline(), "*", "e", last.bytes, "p", last.position}); },
       "ENTRY_OUT_OF_ORDER", Timeline()},
      {[&] {
         Redis({"XADD", Timeline(), "*", "e", last.bytes, "p", beyond});
         Redis({"HSET", Meta(), "fed", beyond});
       },
       "ENTRY_GHOST", Timeline()},
      {[&] {
         Redis({"XDEL", Timeline(), last.id});
         Redis({"XADD", Timeline(), "*", "e", entries[1].bytes, "p", last.position});
       },
       "ENTRY_DIFFERS", Timeline()},
      {[&] { Redis({"HINCRBY", Meta(), "contacts", "1"}); }, "TIMELINE_CUT", Timeline()},
      {[&] { Redis({"ZREM", customers, customer_}); }, "CUSTOMER_UNLISTED", Record()},
      {[&] { Redis({"SET", address, "cu_0123456789abcdef"}); }, "ADDRESS_LOST", address},
      {[&] { Redis({"SET", fed, "999999"}); }, "FED_AHEAD", fed},
  };
  const std::vector<std::string> keys = {Record(), audit,     Timeline(), Meta(), Messages(),
                                         said,     customers, address,    fed};
  std::vector<std::string> saved;
  for (const std::string& key : keys) saved.emplace_back(Redis({"DUMP", key}).text());
  for (const auto& one : cases) {
    one.mischief();
    ExpectOnly(one.reason, one.key);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      ASSERT_EQ(Redis({"RESTORE", keys[i], "0", saved[i], "REPLACE"}).text(), "OK") << keys[i];
    }
  }
  EXPECT_TRUE(Audit().is_clean());
  Redis({"XDEL", Timeline(), last.id});
  const audit::DomainReport report = Audit();
  EXPECT_EQ(report.found, 2u) << ToText(report);  // what is missing, and that it was there
  EXPECT_EQ(report.findings[1].reason, "TIMELINE_CUT");
}

}  // namespace
}  // namespace usher
