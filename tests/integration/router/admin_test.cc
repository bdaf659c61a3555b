// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "tests/integration/router/router_fixture.h"

namespace usher {
namespace {

using namespace admin::v1;  // NOLINT(google-build-using-namespace): this file speaks it

class AdminTest : public RouterTest {
 protected:
  grpc::Status Apply(const std::string& yaml, ApplyDomainResponse& response,
                     std::uint64_t based_on = 0) {
    ApplyDomainRequest request;
    request.set_yaml(yaml);
    request.set_based_on(based_on);
    return admin().ApplyDomain(Admin().get(), request, &response);
  }

  static std::string Yaml(const std::string& timeout) {
    return "domain: test\nqueues:\n  support: {offer_timeout: " + timeout +
           "}\nagents:\n  ann: {queues: [support]}\n";
  }
};

TEST_F(AdminTest, EachChangeIsAVersionAndNoChangeIsNone) {
  ApplyDomainResponse response;
  ASSERT_TRUE(Apply(Yaml("15s"), response).ok());
  EXPECT_EQ(response.version(), 1U);
  ASSERT_TRUE(Apply(Yaml("15s"), response).ok());
  EXPECT_EQ(response.version(), 1U);
  ASSERT_TRUE(Apply(Yaml("20s"), response).ok());
  EXPECT_EQ(response.version(), 2U);
  ASSERT_EQ(response.changes_size(), 1);
  EXPECT_EQ(response.changes(0), "queue support: offer_timeout 15s -> 20s");
}

TEST_F(AdminTest, AWrongFileIsRefusedWithItsLine) {
  ApplyDomainResponse response;
  const grpc::Status status =
      Apply("domain: test\nqueues:\n  support: {offer_timeuot: 3s}\n", response);
  EXPECT_EQ(ReasonOf(status), "BAD_DOMAIN");
  EXPECT_NE(status.error_message().find("domain.yaml:3"), std::string::npos)
      << status.error_message();
  EXPECT_NE(status.error_message().find("offer_timeout"), std::string::npos);
  EXPECT_EQ(ReasonOf(Apply("domain: other\nqueues: {q: {}}\n", response)), "WRONG_DOMAIN");
}

TEST_F(AdminTest, AnOldBaseIsRefused) {
  ApplyDomainResponse response;
  ASSERT_TRUE(Apply(Yaml("15s"), response).ok());
  ASSERT_TRUE(Apply(Yaml("20s"), response, 1).ok());
  EXPECT_EQ(ReasonOf(Apply(Yaml("25s"), response, 1)), "VERSION_CHANGED");
}

TEST_F(AdminTest, ARollbackIsANewVersionOfTheOldText) {
  ApplyDomainResponse applied;
  ASSERT_TRUE(Apply(Yaml("15s"), applied).ok());
  ASSERT_TRUE(Apply(Yaml("20s"), applied).ok());
  RollbackDomainRequest request;
  request.set_version(1);
  RollbackDomainResponse response;
  ASSERT_TRUE(admin().RollbackDomain(Admin().get(), request, &response).ok());
  EXPECT_EQ(response.version(), 3U);
  GetDomainResponse domain;
  ASSERT_TRUE(admin().GetDomain(Admin().get(), GetDomainRequest(), &domain).ok());
  EXPECT_EQ(domain.domain().yaml(), Yaml("15s"));
  EXPECT_EQ(domain.domain().applied_by(), "root");
  ListDomainVersionsResponse versions;
  ASSERT_TRUE(
      admin().ListDomainVersions(Admin().get(), ListDomainVersionsRequest(), &versions).ok());
  ASSERT_EQ(versions.versions_size(), 3);
  EXPECT_EQ(versions.versions(0).version(), 3U);
  EXPECT_TRUE(versions.versions(0).yaml().empty());
  request.set_version(9);
  EXPECT_EQ(ReasonOf(admin().RollbackDomain(Admin().get(), request, &response)), "UNKNOWN_VERSION");
}

TEST_F(AdminTest, ADiffChangesNothing) {
  ApplyDomainResponse applied;
  ASSERT_TRUE(Apply(Yaml("15s"), applied).ok());
  DiffDomainRequest request;
  request.set_yaml(Yaml("20s"));
  DiffDomainResponse response;
  ASSERT_TRUE(admin().DiffDomain(Admin().get(), request, &response).ok());
  EXPECT_EQ(response.changes_size(), 1);
  GetDomainResponse domain;
  ASSERT_TRUE(admin().GetDomain(Admin().get(), GetDomainRequest(), &domain).ok());
  EXPECT_EQ(domain.domain().version(), 1U);
}

TEST_F(AdminTest, OnlyAdministratorsApply) {
  ApplyDomainRequest request;
  request.set_yaml(Yaml("15s"));
  ApplyDomainResponse response;
  for (const io::Role role : {io::Role::kAgent, io::Role::kSupervisor, io::Role::kAdapter,
                              io::Role::kVisitor, io::Role::kMetrics}) {
    EXPECT_EQ(ReasonOf(admin().ApplyDomain(As(role, "x").get(), request, &response)),
              "ROLE_NOT_ALLOWED");
  }
}

}  // namespace
}  // namespace usher
