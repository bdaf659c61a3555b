// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>

#include "router/context/draft_store.h"
#include "router/service/context_call.h"
#include "router/service/context_methods.h"
#include "router/service/mail_rules.h"
#include "router/service/text_ids.h"
#include "router/service/wire.h"
#include "usher/context/v1/context_service.pb.h"

namespace usher::service {

namespace {

using namespace context::v1;  // NOLINT(google-build-using-namespace): this file speaks it
using io::CallContext;
using io::Reply;

// Whoever has the contact writes in it; a machine that speaks for nobody is trusted to know.
Result<void> CheckHas(const DomainNode& led, const CallContext& call, ContactId contact) {
  const auto row = led.runtime.engine().FindContact(contact);
  if (!row || row->state == engine::ContactState::kClosed) {
    return Error{Code::kNotFound, "UNKNOWN_CONTACT", "contact " + ToText(contact) + " is not open",
                 "drafts are of open contacts, and gone when they end"};
  }
  if (call.acting_role() == io::Role::kAdapter) return {};
  const bool has = (row->state == engine::ContactState::kAssigned ||
                    row->state == engine::ContactState::kHeld) &&
                   row->agent.value() == call.acting_subject();
  if (has) return {};
  return Error{Code::kPermissionDenied, "NOT_YOURS",
               "contact " + ToText(contact) + " is not with " + call.acting_subject(),
               "only the agent who has a contact writes in it"};
}

void SaveDraft(ContextNode& node, Instant now, const CallContext& call,
               const SaveDraftRequest& request, const Reply<SaveDraftResponse>& reply) {
  const Result<DomainNode*> led = LedDomain(node, call);
  if (!led.ok()) return reply.Fail(led.error());
  const Result<ContactId> contact = ParseContactId(request.draft().contact_id());
  if (!contact.ok()) return reply.Fail(contact.error());
  if (Result<void> sound = CheckDraft(request.draft()); !sound.ok()) {
    return reply.Fail(sound.error());
  }
  if (Result<void> has = CheckHas(**led, call, *contact); !has.ok()) return reply.Fail(has.error());
  Draft draft = request.draft();
  if (call.acting_role() != io::Role::kAdapter) draft.set_agent_id(call.acting_subject());
  if (draft.agent_id().size() > kRequestIdBytesMax) {
    return reply.Fail(TooLong("agent_id", draft.agent_id().size(), kRequestIdBytesMax));
  }
  *draft.mutable_saved_at() = ToTimestamp(now);
  context::DraftStore(node.redis)
      .Save((*led)->runtime.domain(), std::move(draft), [reply](Result<Draft> saved) {
        if (!saved.ok()) return reply.Fail(saved.error());
        SaveDraftResponse response;
        *response.mutable_draft() = *std::move(saved);
        reply.Send(std::move(response));
      });
}

void GetDraft(ContextNode& node, Instant, const CallContext& call, const GetDraftRequest& request,
              const Reply<GetDraftResponse>& reply) {
  const Result<DomainNode*> led = LedDomain(node, call);
  if (!led.ok()) return reply.Fail(led.error());
  context::DraftStore(node.redis)
      .Read((*led)->runtime.domain(), request.contact_id(), [reply](Result<Draft> found) {
        if (!found.ok()) return reply.Fail(found.error());
        GetDraftResponse response;
        *response.mutable_draft() = *std::move(found);
        reply.Send(std::move(response));
      });
}

}  // namespace

void AddDraftMethods(ContextNode& node, const std::function<Instant()>& now,
                     io::MethodTable& table) {
  AddContextMethod(node, now, table, "ContextService", "SaveDraft", SaveDraft);
  AddContextMethod(node, now, table, "ContextService", "GetDraft", GetDraft);
}

}  // namespace usher::service
