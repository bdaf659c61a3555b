// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include "router/context/keys.h"
#include "tests/integration/context/context_fixture.h"

namespace usher::context {
namespace {

using Ids = std::vector<std::string>;

v1::Identity Address(const std::string& kind, const std::string& value) {
  v1::Identity identity;
  identity.set_kind(kind);
  identity.set_value(value);
  return identity;
}

class CustomerSearchTest : public CustomersTest {};

TEST_F(CustomerSearchTest, FindsByNameNumberAndAddress) {
  const v1::Customer mei =
      Resolve("phone", "+8613800138000", "王小美", {Address("email", "mei@example.com")});
  const v1::Customer ann = Resolve("phone", "+4930123456", "Ann Müller");
  for (const char* query : {"王", "小美", "wang", "mei@ex", "+86 138 0013"}) {
    EXPECT_EQ(Find(query).front(), mei.id()) << query;
  }
  for (const char* query : {"muller", "ann m", "müller ann", "+49 30"}) {
    EXPECT_EQ(Find(query), Ids{ann.id()}) << query;
  }
  EXPECT_EQ(Find("030 1234", "49"), Ids{ann.id()});
  EXPECT_EQ(Find("nobody"), Ids{});
}

TEST_F(CustomerSearchTest, WholeWordsComeBeforeBegunOnes) {
  const v1::Customer begun = Resolve("chat", "1", "Anna Berg");
  const v1::Customer whole = Resolve("chat", "2", "Ann Berg");
  EXPECT_EQ(Find("ann"), (Ids{whole.id(), begun.id()}));
}

TEST_F(CustomerSearchTest, SaysWhatFits) {
  Resolve("email", "berg@example.com", "Ann Berg");
  const v1::SearchCustomersResponse found = Search("berg");
  ASSERT_EQ(found.hits_size(), 1);
  EXPECT_EQ(found.hits(0).matched_size(), 2);
  EXPECT_FALSE(found.more());
}

TEST_F(CustomerSearchTest, ARecordIsFoundByWhatItIsNowAlone) {
  const v1::Customer ann = Resolve("chat", "1", "Ann Berg");
  Edit(ann, [](v1::Customer& record) { record.set_name("Ann Lindt"); });
  EXPECT_EQ(Find("berg"), Ids{});
  EXPECT_EQ(Find("lindt"), Ids{ann.id()});
}

// A crash behind what is added, before the record: the term is there and the record is another.
TEST_F(CustomerSearchTest, ATermThatTheRecordHasNotIsPassedOverAndRemoved) {
  const v1::Customer ann = Resolve("chat", "1", "Ann Berg");
  const std::string key = TermsKey(domain_, "zo");
  const std::string member = std::string("zoe") + '\0' + ann.id();
  const std::string nobody = std::string("zoo") + '\0' + "cu_0000000000000000";
  Redis({"ZADD", key, "0", member, "0", nobody});
  EXPECT_EQ(Find("zo"), Ids{});
  EXPECT_EQ(Find("zo"), Ids{});  // answers of one slot come in order: what was dropped is gone now
  EXPECT_TRUE(Redis({"ZRANGE", key, "0", "-1"}).items().empty());
}

TEST_F(CustomerSearchTest, AReferenceLeadsToItsCustomer) {
  const v1::Customer ann = Resolve("chat", "1", "Ann Berg");
  const auto added = Wait<void>([&](auto done) {
    stores_->index.AddReference(domain_, CustomerId{ann.id()}, "SO-4711/B", done);
  });
  ASSERT_TRUE(added.ok());
  const v1::SearchCustomersResponse found = Search("so-4711");
  ASSERT_EQ(found.hits_size(), 1);
  EXPECT_EQ(found.hits(0).matched(0), "reference");
  EXPECT_EQ(Find("4711"), Ids{});
}

TEST_F(CustomerSearchTest, ASearchThatEndsEarlySaysSo) {
  for (int i = 0; i < 5; ++i) Resolve("chat", std::to_string(i), "Wang " + std::to_string(i));
  const v1::SearchCustomersResponse found = Search("wang", 3);
  EXPECT_EQ(found.hits_size(), 3);
  EXPECT_TRUE(found.more());
  EXPECT_FALSE(Search("wang", 5).more());
}

TEST_F(CustomerSearchTest, DomainsDoNotMix) {
  Resolve("chat", "1", "Ann Berg");
  const auto found = Wait<v1::SearchCustomersResponse>(
      [&](auto done) { stores_->search.Search({DomainId{"other"}, "ann", 20, ""}, done); });
  EXPECT_EQ(found->hits_size(), 0);
}

class IndexBuilderTest : public CustomersTest {
 protected:
  int Build() {
    for (int steps = 1; steps < 100; ++steps) {
      const Result<bool> whole =
          Wait<bool>([&](auto done) { stores_->builder.Step(domain_, done); });
      EXPECT_TRUE(whole.ok());
      if (*whole) return steps;
      Renew(fields_);  // each part is another process's
    }
    return 0;
  }
  std::vector<std::string> fields_{"account"};
};

TEST_F(IndexBuilderTest, BuildsAnIndexThatWasLostGoingOnWhereItStopped) {
  const std::size_t customers = 2 * IndexBuilder::kCustomersAtOnce + 10;
  for (std::size_t i = 0; i < customers; ++i) {
    Resolve("chat", std::to_string(i), "Zoe " + std::to_string(1000 + i));
  }
  const v1::Customer ann = Resolve("chat", "ann", "Ann Berg");
  ASSERT_TRUE(Wait<void>([&](auto done) {
                stores_->index.AddReference(domain_, CustomerId{ann.id()}, "SO-1", done);
              }).ok());
  for (const char* shard : {"zo", "10", "11", "1000", "an", "be", "so"}) {
    Redis({"DEL", TermsKey(domain_, shard)});
  }
  Redis({"DEL", ShardsKey(domain_)});
  ASSERT_EQ(Find("ann"), Ids{});
  Renew();
  EXPECT_EQ(Build(), 3);
  EXPECT_EQ(Find("ann"), Ids{ann.id()});
  EXPECT_EQ(Find("a"), Ids{ann.id()});
  EXPECT_EQ(Find("so-1"), Ids{ann.id()});
  EXPECT_EQ(Search("zoe", 100).hits_size(), 100);
  EXPECT_EQ(Build(), 1);
}

TEST_F(IndexBuilderTest, BuildsAnewForOtherFields) {
  const v1::Customer ann = Resolve("chat", "1", "Ann Berg");
  Edit(ann, [](v1::Customer& record) { (*record.mutable_fields())["plate"] = "B-XY 1"; });
  Build();
  EXPECT_EQ(Find("b-xy"), Ids{});
  fields_ = {"plate"};
  Renew(fields_);
  Build();
  EXPECT_EQ(Find("b-xy"), Ids{ann.id()});
}

class CustomerDuplicatesTest : public CustomersTest {
 protected:
  std::vector<std::string> KindsOf(const v1::Customer& customer, const std::string& other) {
    const auto suggested = Wait<v1::SuggestDuplicatesResponse>([&](auto done) {
      stores_->duplicates.Suggest({domain_, CustomerId{customer.id()}, "49"}, done);
    });
    EXPECT_TRUE(suggested.ok());
    std::vector<std::string> kinds;
    for (const v1::Duplicate& duplicate : suggested->duplicates()) {
      if (duplicate.customer().id() != other) continue;
      for (const v1::Evidence& evidence : duplicate.evidence()) {
        kinds.push_back(evidence.kind());
        EXPECT_FALSE(evidence.text().empty());
      }
    }
    return kinds;
  }
};

TEST_F(CustomerDuplicatesTest, ANumberInAnotherFormIsTheSame) {
  const v1::Customer one = Resolve("phone", "+4930123456");
  const v1::Customer other = Resolve("member", "030123456");
  Edit(other, [](v1::Customer& record) { record.mutable_identities(0)->set_kind("phone"); });
  EXPECT_EQ(KindsOf(one, other.id()), Ids{"same-phone"});
  EXPECT_EQ(KindsOf(other, one.id()), Ids{"same-phone"});
}

TEST_F(CustomerDuplicatesTest, AnAddressThatBothGaveSpeaksForThem) {
  const v1::Customer one = Resolve("chat", "1", "Ann", {Address("email", "ann@example.com")});
  const v1::Customer other = Resolve("chat", "2", "Zoe", {Address("email", "ann@example.com")});
  EXPECT_EQ(KindsOf(one, other.id()), Ids{"shared-conflict"});
  EXPECT_EQ(KindsOf(other, one.id()), Ids{"shared-conflict"});
}

TEST_F(CustomerDuplicatesTest, ANameAloneSaysNothing) {
  const v1::Customer one = Resolve("email", "ann@example.com", "Ann Berg");
  const v1::Customer other = Resolve("email", "a.berg@example.org", "Berg, Ann");
  EXPECT_EQ(KindsOf(one, other.id()), Ids{});
  Edit(one, [](v1::Customer& record) { record.set_language("de"); });
  Edit(other, [](v1::Customer& record) { record.set_language("de"); });
  EXPECT_EQ(KindsOf(one, other.id()), Ids{"same-name"});
  const v1::Customer third = Resolve("email", "ann@example.org", "Ann Berg");
  EXPECT_EQ(KindsOf(one, third.id()), Ids{"same-email-user"});
}

TEST_F(CustomerDuplicatesTest, AValueOfASearchableFieldSpeaksForBoth) {
  const v1::Customer one = Resolve("chat", "1");
  const v1::Customer other = Resolve("chat", "2");
  for (const v1::Customer& customer : {one, other}) {
    Edit(customer, [](v1::Customer& record) { (*record.mutable_fields())["account"] = "AC-4711"; });
  }
  EXPECT_EQ(KindsOf(one, other.id()), Ids{"same-field"});
}

}  // namespace
}  // namespace usher::context
