// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <memory>
#include <string>

#include "router/context/keys.h"
#include "tests/integration/router/router_fixture.h"
#include "tests/integration/store/store_fixture.h"

namespace usher {
namespace {

using namespace context::v1;  // NOLINT(google-build-using-namespace): this file speaks it

class DraftsTest : public RouterTest {
 protected:
  DraftsTest() { ApplyDomain(); }

  // A contact that the agent has.
  std::string Accept(const std::string& agent, const std::string& external_id) {
    SignIn(agent);
    const std::string contact = Submit(external_id).id();
    agents::v1::AcceptOfferRequest accept;
    accept.set_contact_id(contact);
    agents::v1::AcceptOfferResponse accepted;
    const grpc::Status status = agents().AcceptOffer(Agent(agent).get(), accept, &accepted);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return contact;
  }

  static Draft Written(const std::string& contact, const std::string& text,
                       std::uint64_t version = 0) {
    Draft draft;
    draft.set_contact_id(contact);
    draft.set_text(text);
    draft.set_version(version);
    return draft;
  }
  // The reason, or "OK" with `saved_` as it stands then.
  std::string Save(const std::string& agent, const Draft& draft) {
    SaveDraftRequest request;
    *request.mutable_draft() = draft;
    SaveDraftResponse response;
    const std::string reason =
        ReasonOf(context().SaveDraft(Agent(agent).get(), request, &response));
    if (reason == "OK") saved_ = response.draft();
    return reason;
  }
  Draft Get(std::unique_ptr<grpc::ClientContext> as, const std::string& contact) {
    GetDraftRequest request;
    request.set_contact_id(contact);
    GetDraftResponse response;
    reason_ = ReasonOf(context().GetDraft(as.get(), request, &response));
    return response.draft();
  }

  std::string KeyOf(const std::string& contact) const {
    return context::ConversationKey(DomainId{"test"}, contact, "draft");
  }
  store::WaitingClient& redis() {
    if (!redis_) {
      redis_ = std::make_unique<store::WaitingClient>(OptionsOfNext().redis.addresses.front());
    }
    return *redis_;
  }

  Draft saved_;
  std::string reason_;

 private:
  std::unique_ptr<store::WaitingClient> redis_;
};

TEST_F(DraftsTest, WhatWasBegunIsThereAgainAfterARestart) {
  const std::string contact = Accept("ann", "mail-1");
  EXPECT_EQ(Get(Agent("ann"), contact).version(), 0U);
  Draft draft = Written(contact, "Dear Mei,");
  draft.mutable_mail()->add_bcc()->set_address("boss@shop.example");
  draft.add_attachments()->set_name("terms.pdf");
  draft.mutable_attachments(0)->set_media_type("application/pdf");
  draft.mutable_attachments(0)->set_url("x-mail:support/file-" + std::string(64, 'a') + "/1");
  ASSERT_EQ(Save("ann", draft), "OK");
  EXPECT_EQ(saved_.version(), 1U);
  Restart();
  UntilLed();
  const Draft found = Get(Agent("ann"), contact);
  EXPECT_EQ(found.version(), 1U);
  EXPECT_EQ(found.agent_id(), "ann");
  EXPECT_GT(found.saved_at().seconds(), 0);
  EXPECT_EQ(found.text(), "Dear Mei,");
  EXPECT_EQ(found.mail().bcc(0).address(), "boss@shop.example");
  EXPECT_EQ(found.attachments(0).name(), "terms.pdf");
}

TEST_F(DraftsTest, OfTwoConsolesTheSecondLearnsThatItWasChanged) {
  const std::string contact = Accept("ann", "mail-1");
  ASSERT_EQ(Save("ann", Written(contact, "one")), "OK");
  EXPECT_EQ(Save("ann", Written(contact, "two")), "DRAFT_CHANGED");
  ASSERT_EQ(Save("ann", Written(contact, "two", 1)), "OK");
  EXPECT_EQ(saved_.version(), 2U);
  // Its answer was lost: it is kept already.
  ASSERT_EQ(Save("ann", Written(contact, "two", 1)), "OK");
  EXPECT_EQ(saved_.version(), 2U);
  EXPECT_EQ(Save("ann", Written(contact, "three", 1)), "DRAFT_CHANGED");
}

TEST_F(DraftsTest, AnEmptyOneRemovesItAndTheNextIsNotTakenForIt) {
  const std::string contact = Accept("ann", "mail-1");
  ASSERT_EQ(Save("ann", Written(contact, "one")), "OK");
  EXPECT_EQ(Save("ann", Written(contact, "")), "DRAFT_CHANGED");
  ASSERT_EQ(Save("ann", Written(contact, "", 1)), "OK");
  EXPECT_EQ(saved_.version(), 0U);
  ASSERT_EQ(Save("ann", Written(contact, "", 0)), "OK") << "there is none already";
  EXPECT_EQ(Get(Agent("ann"), contact).version(), 0U);
  ASSERT_EQ(Save("ann", Written(contact, "two")), "OK");
  EXPECT_GT(saved_.version(), 1U);
  EXPECT_EQ(Save("ann", Written(contact, "three", 1)), "DRAFT_CHANGED");
}

TEST_F(DraftsTest, OnlyWhoHasTheContactWritesInIt) {
  const std::string contact = Accept("ann", "mail-1");
  EXPECT_EQ(Save("ben", Written(contact, "mine")), "NOT_CONCERNED");
  EXPECT_EQ(Save("ann", Written("c4711", "mine")), "NOT_CONCERNED");
  Get(Agent("ben"), contact);
  EXPECT_EQ(reason_, "NOT_CONCERNED");
  SaveDraftRequest request;
  *request.mutable_draft() = Written(contact, "for her");
  SaveDraftResponse response;
  EXPECT_EQ(
      ReasonOf(context().SaveDraft(As(io::Role::kSupervisor, "boss").get(), request, &response)),
      "NOT_YOURS");
  Draft draft = Written(contact, "forged");
  draft.set_agent_id("ben");
  ASSERT_EQ(Save("ann", draft), "OK");
  EXPECT_EQ(saved_.agent_id(), "ann");
}

TEST_F(DraftsTest, ItGoesWithTheContactsEnd) {
  const std::string contact = Accept("ann", "mail-1");
  ASSERT_EQ(Save("ann", Written(contact, "one")), "OK");
  EXPECT_EQ(redis().Call({"EXISTS", KeyOf(contact)}).integer(), 1);
  agents::v1::CompleteContactRequest complete;
  complete.set_contact_id(contact);
  agents::v1::CompleteContactResponse completed;
  ASSERT_TRUE(agents().CompleteContact(Agent("ann").get(), complete, &completed).ok());
  EXPECT_EQ(Save("ann", Written(contact, "two", 1)), "NOT_YOURS") << "in wrap-up";
  agents::v1::EndWrapUpRequest end;
  end.set_contact_id(contact);
  agents::v1::EndWrapUpResponse ended;
  ASSERT_TRUE(agents().EndWrapUp(Agent("ann").get(), end, &ended).ok());
  Eventually([&] { return redis().Call({"EXISTS", KeyOf(contact)}).integer() == 0; });
}

TEST_F(DraftsTest, ADamagedOneIsNamedAndWrittenOver) {
  const std::string contact = Accept("ann", "mail-1");
  ASSERT_EQ(Save("ann", Written(contact, "one")), "OK");
  redis().Call({"HSET", KeyOf(contact), "draft",
                std::string("\x01\x0C"
                            "damaged",
                            9)});
  Get(Agent("ann"), contact);
  EXPECT_EQ(reason_, "DRAFT_DAMAGED");
  ASSERT_EQ(Save("ann", Written(contact, "anew")), "OK");
  EXPECT_EQ(Get(Agent("ann"), contact).text(), "anew");
}

TEST_F(DraftsTest, OfAMailMayBeAsLongAsTheMail) {
  const std::string contact = Accept("ann", "one");
  Draft draft = Written(contact, std::string(8'192, 'a'));
  EXPECT_EQ(Save("ann", draft), "OK");
  draft.set_version(saved_.version());
  draft.set_text(std::string(65'536, 'a'));
  EXPECT_EQ(Save("ann", draft), "TOO_LONG") << "it is no mail";
  draft.mutable_mail()->set_subject("Terms");
  EXPECT_EQ(Save("ann", draft), "OK");
  EXPECT_EQ(Get(Agent("ann"), contact).text().size(), 65'536U);
  draft.set_version(saved_.version());
  draft.mutable_text()->push_back('a');
  EXPECT_EQ(Save("ann", draft), "TOO_LONG");
}

}  // namespace
}  // namespace usher
