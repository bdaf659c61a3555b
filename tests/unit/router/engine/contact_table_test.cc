// SPDX-License-Identifier: Apache-2.0
#include "router/engine/contact_table.h"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace usher::engine {
namespace {

TEST(ContactTableTest, FindsWhatIsOpenAndNothingElse) {
  std::mt19937_64 random(3);
  ContactTable table;
  std::map<std::uint64_t, ContactSlot> model;
  for (std::uint64_t id = 1; id < 5000; ++id) {
    table.Create(ContactId{id});
    model[id] = table.SlotOf(ContactId{id});
    if (random() % 3 == 0) continue;
    auto gone = model.lower_bound(random() % id);
    if (gone == model.end()) gone = model.begin();
    table.Remove(gone->second);
    model.erase(gone);
  }
  EXPECT_EQ(table.size(), model.size());
  for (std::uint64_t id = 1; id < 5001; ++id) {
    const LiveContact* found = table.Find(ContactId{id});
    ASSERT_EQ(found != nullptr, model.contains(id)) << id;
    if (found != nullptr) {
      ASSERT_EQ(found->id, ContactId{id});
    }
  }
}

}  // namespace
}  // namespace usher::engine
