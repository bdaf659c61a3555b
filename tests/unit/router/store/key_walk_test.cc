// SPDX-License-Identifier: Apache-2.0
#include "router/store/key_walk.h"

#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "router/store/keys.h"

namespace usher::store {
namespace {

std::string Told(std::string_view key) {
  const std::optional<KeyName> name = ParseKeyName(key);
  if (!name) return "none";
  return std::string(name->domain) + '|' + std::string(name->owner) + '|' + std::string(name->what);
}

TEST(KeyNameTest, TellsTheDomainTheOwnerAndWhatItIs) {
  EXPECT_EQ(Told(Keys(DomainId{"acme"}).Contact(ContactId{42})), "acme||contact:42");
  EXPECT_EQ(Told("usher:{acme}:customers"), "acme||customers");
  EXPECT_EQ(Told("usher:{acme/cu_0123}:timeline"), "acme|cu_0123|timeline");
  EXPECT_EQ(Told("usher:{acme/c42}:messages"), "acme|c42|messages");
  EXPECT_EQ(Told("usher:{acme/id/email:a/b@example.com}:customer"),
            "acme|id/email:a/b@example.com|customer");
}

TEST(KeyNameTest, TakesBracesInAnAddressForPartOfIt) {
  EXPECT_EQ(Told("usher:{acme/id/chat:}:x{y}:customer"), "acme|id/chat:}:x{y|customer");
}

TEST(KeyNameTest, KnowsNoKeyOfOthers) {
  for (const char* const key :
       {"", "usher", "usher:acme:log", "other:{acme}:log", "usher:{}:log", "usher:{acme}",
        "usher:{acme}:", "usher:{acme/}:record", "usher:{/cu_1}:record"}) {
    EXPECT_EQ(Told(key), "none") << key;
  }
}

}  // namespace
}  // namespace usher::store
