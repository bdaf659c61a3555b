// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "router/service/case_rules.h"
#include "router/service/commands.h"
#include "router/service/context_call.h"
#include "router/service/context_methods.h"
#include "router/service/paging.h"
#include "router/service/text_ids.h"
#include "usher/context/v1/case_service.pb.h"

namespace usher::service {

namespace {

using namespace context::v1;  // NOLINT(google-build-using-namespace): this file speaks it
using io::CallContext;
using io::Reply;

constexpr int kMergesFollowedMax = 8;

CaseActor ActorOf(const CallContext& call, Instant now) {
  return {call.acting_subject(), call.acting_role(), now};
}

// One call on its way: who calls, and for whose domain.
struct CaseCall {
  ContextNode& node;
  DomainNode& led;
  CallContext call;
  CaseActor actor;

  const DomainId& domain() const { return led.runtime.domain(); }
  CaseDesk& desk() const { return *node.case_desks.at(domain()); }
};
using CaseCallPtr = std::shared_ptr<const CaseCall>;

Result<CaseCallPtr> Begin(ContextNode& node, Instant now, const CallContext& call) {
  const Result<DomainNode*> led = LedDomain(node, call);
  if (!led.ok()) return led.error();
  return CaseCallPtr(
      std::make_shared<const CaseCall>(CaseCall{node, **led, call, ActorOf(call, now)}));
}

struct Text {
  const char* what;
  const std::string& text;
};

// What people write about a matter is about its customer.
Result<void> CheckWords(const CaseCall& call, std::initializer_list<Text> texts) {
  const WordCheck check = WordsOf(call.node, call.led);
  for (const Text& text : texts) {
    if (auto fine = check(text.what, text.text); !fine.ok()) return fine;
  }
  return {};
}

// What makes the call idempotent. Another method's request of the same bytes is another one.
template <class Request>
Result<context::CaseRequest> RequestOf(const CaseCall& call, const Request& request) {
  runtime::Request named;
  if (auto set = SetRequestId(call.call.claims, request.request_id(), request, named); !set.ok()) {
    return set.error();
  }
  if (named.request_id.empty()) return context::CaseRequest{};
  return context::CaseRequest{named.request_id, std::string(Request::descriptor()->name()) + ':' +
                                                    std::to_string(named.fingerprint)};
}

// The record that the customer's was merged into in the end; the customer's own where it was not.
void GetMerged(const CaseCallPtr& call, const CustomerId& customer, int merges,
               std::function<void(Result<Customer>)> done) {
  call->node.customers.Get(
      call->domain(), customer, [call, merges, done = std::move(done)](Result<Customer> found) {
        if (!found.ok() || found->merged_into().empty()) return done(std::move(found));
        if (merges == 0) {
          return done(Error{Code::kFailedPrecondition, "TOO_MANY_MERGES",
                            "the record was merged on and on", "name the record that is left"});
        }
        GetMerged(call, CustomerId{found->merged_into()}, merges - 1, done);
      });
}

std::vector<CustomerId> RecordsOf(const Customer& customer) {
  std::vector<CustomerId> records = {CustomerId{customer.id()}};
  for (const std::string& merged : customer.merged()) records.emplace_back(merged);
  return records;
}

// Whether the contact is one of this customer's. It may be open, or closed in a commit that is
// still under way.
void CheckContact(const CaseCallPtr& call, const std::string& contact, const Customer& customer,
                  std::function<void(Result<void>)> done) {
  if (contact.empty()) return done({});
  const Result<ContactId> id = ParseContactId(contact);
  if (!id.ok()) return done(id.error());
  const auto judge = [contact, records = RecordsOf(customer),
                      done](const CustomerId& owner) -> void {
    if (std::find(records.begin(), records.end(), owner) != records.end()) return done({});
    done(Error{Code::kFailedPrecondition, "CONTACT_OF_ANOTHER",
               "contact " + contact + " is not this customer's",
               "link a contact of the case's customer"});
  };
  runtime::DomainRuntime& runtime = call->led.runtime;
  if (Result<void> may = runtime.MayWait(); !may.ok()) return done(may.error());
  const auto row = runtime.engine().FindContact(*id);
  runtime.AfterCommit(
      [call, id = *id, judge, done,
       owner = row ? std::optional(row->customer) : std::nullopt](const Result<void>& durable) {
        if (!durable.ok()) return done(durable.error());
        if (owner) return judge(*owner);
        call->led.runtime.ReadClosed(id, [judge, done](Result<store::ClosedContact> closed) {
          if (!closed.ok()) return done(closed.error());
          judge(closed->closed.customer);
        });
      });
}

void FindCase(const CaseCallPtr& call, const std::string& case_id,
              std::function<void(Result<Case>)> done) {
  call->node.cases.Find(call->domain(), case_id, {},
                        [call, case_id, done = std::move(done)](Result<context::FoundCase> found) {
                          if (!found.ok()) return done(found.error());
                          if (!found->stored) {
                            return done(Error{Code::kNotFound, "UNKNOWN_CASE",
                                              "there is no case " + case_id, "list the cases"});
                          }
                          done(std::move(*found->stored->record.mutable_case_()));
                        });
}

// Answers with the case that a change gives.
template <class Response>
CaseDesk::Done Answer(const Reply<Response>& reply) {
  return [reply](Result<Case> changed) {
    if (!changed.ok()) return reply.Fail(changed.error());
    Response response;
    *response.mutable_case_() = *std::move(changed);
    reply.Send(std::move(response));
  };
}

// Changes a case by one of the rules.
template <class Request, class Response>
void ChangeCase(const CaseCallPtr& call, const Request& request, const Reply<Response>& reply,
                CaseDesk::Edit edit) {
  Result<context::CaseRequest> named = RequestOf(*call, request);
  if (!named.ok()) return reply.Fail(named.error());
  FindCase(call, request.case_id(),
           [call, reply, named = *named, case_id = request.case_id(),
            edit = std::move(edit)](const Result<Case>& found) {
             if (!found.ok()) return reply.Fail(found.error());
             call->desk().Change(case_id, call->actor, named, edit, Answer(reply));
           });
}

void OpenCaseMethod(ContextNode& node, Instant now, const CallContext& context,
                    const OpenCaseRequest& request, const Reply<OpenCaseResponse>& reply) {
  const Result<CaseCallPtr> begun = Begin(node, now, context);
  if (!begun.ok()) return reply.Fail(begun.error());
  const CaseCallPtr& call = *begun;
  const Result<CustomerId> customer = ParseCustomerId(request.customer_id());
  if (!customer.ok()) return reply.Fail(customer.error());
  Result<context::CaseRequest> named = RequestOf(*call, request);
  if (!named.ok()) return reply.Fail(named.error());
  const Result<void> words =
      CheckWords(*call, {{"the subject", request.subject()}, {"the product", request.product()}});
  if (!words.ok()) return reply.Fail(words.error());
  if (auto room = call->led.runtime.AdmitNew(); !room.ok()) return reply.Fail(room.error());
  const auto open = [call, request, reply, named = *named](const Customer& known) {
    const std::string case_id = context::CaseIdOf(call->domain(), named.name);
    call->desk().Open(
        case_id, call->actor, named,
        [call, request, id = CustomerId{known.id()}](CaseEdit& edit) {
          return OpenCase(request, id, call->led.runtime.engine().domain(), call->actor, edit);
        },
        Answer(reply));
  };
  GetMerged(call, *customer, kMergesFollowedMax,
            [call, request, reply, open](const Result<Customer>& known) {
              if (!known.ok()) return reply.Fail(known.error());
              CheckContact(call, request.contact_id(), *known,
                           [reply, open, known = *known](const Result<void>& theirs) {
                             if (!theirs.ok()) return reply.Fail(theirs.error());
                             open(known);
                           });
            });
}

void GetCase(ContextNode& node, Instant now, const CallContext& context,
             const GetCaseRequest& request, const Reply<GetCaseResponse>& reply) {
  const Result<CaseCallPtr> call = Begin(node, now, context);
  if (!call.ok()) return reply.Fail(call.error());
  FindCase(*call, request.case_id(), Answer(reply));
}

void List(const CaseCallPtr& call, const ListCasesRequest& request, const context::CaseList& list,
          const Reply<ListCasesResponse>& reply) {
  call->node.cases.ReadList(call->domain(), list, request.page().page_token(),
                            PageSize(request.page()), [reply](Result<context::CasePage> page) {
                              if (!page.ok()) return reply.Fail(page.error());
                              ListCasesResponse response;
                              for (Case& one : page->cases) *response.add_cases() = std::move(one);
                              response.mutable_page()->set_next_page_token(page->next);
                              reply.Send(std::move(response));
                            });
}

void ListCases(ContextNode& node, Instant now, const CallContext& context,
               const ListCasesRequest& request, const Reply<ListCasesResponse>& reply) {
  const Result<CaseCallPtr> call = Begin(node, now, context);
  if (!call.ok()) return reply.Fail(call.error());
  context::CaseList list{.with_ended = request.with_ended(), .owner = AgentId{request.owner()}};
  if (request.customer_id().empty()) {
    if (request.with_ended()) {
      return reply.Fail({Code::kInvalidArgument, "MISSING_CUSTOMER_ID",
                         "cases that ended are listed of a customer only", "name the customer"});
    }
    // Agents have lists of their own.
    if (context.acting_role() == io::Role::kAgent) {
      if (!request.owner().empty() && request.owner() != context.acting_subject()) {
        return reply.Fail({Code::kPermissionDenied, "NOT_YOURS",
                           "an agent lists the cases of a customer, or those that are hers",
                           "name the customer, or leave owner empty"});
      }
      list.owner = AgentId{context.acting_subject()};
    }
    return List(*call, request, list, reply);
  }
  const Result<CustomerId> customer = ParseCustomerId(request.customer_id());
  if (!customer.ok()) return reply.Fail(customer.error());
  GetMerged(*call, *customer, kMergesFollowedMax,
            [call = *call, request, list, reply](const Result<Customer>& known) mutable {
              if (!known.ok()) return reply.Fail(known.error());
              list.customers = RecordsOf(*known);
              List(call, request, list, reply);
            });
}

void UpdateCaseMethod(ContextNode& node, Instant now, const CallContext& context,
                      const UpdateCaseRequest& request, const Reply<UpdateCaseResponse>& reply) {
  const Result<CaseCallPtr> begun = Begin(node, now, context);
  if (!begun.ok()) return reply.Fail(begun.error());
  const CaseCallPtr& call = *begun;
  const Result<void> words = CheckWords(*call, {{"the subject", request.subject()},
                                                {"the product", request.product()},
                                                {"the resolution", request.resolution()}});
  if (!words.ok()) return reply.Fail(words.error());
  const auto change = [call, request, reply] {
    ChangeCase(call, request, reply, [call, request](CaseEdit& edit) {
      return UpdateCase(request, call->led.runtime.engine().domain(), call->actor, edit);
    });
  };
  if (request.link_contact_id().empty()) return change();
  FindCase(call, request.case_id(), [call, request, reply, change](const Result<Case>& found) {
    if (!found.ok()) return reply.Fail(found.error());
    GetMerged(call, CustomerId{found->customer_id()}, kMergesFollowedMax,
              [call, request, reply, change](const Result<Customer>& known) {
                if (!known.ok()) return reply.Fail(known.error());
                CheckContact(call, request.link_contact_id(), *known,
                             [reply, change](const Result<void>& theirs) {
                               if (!theirs.ok()) return reply.Fail(theirs.error());
                               change();
                             });
              });
  });
}

void TransferCaseMethod(ContextNode& node, Instant now, const CallContext& context,
                        const TransferCaseRequest& request,
                        const Reply<TransferCaseResponse>& reply) {
  const Result<CaseCallPtr> call = Begin(node, now, context);
  if (!call.ok()) return reply.Fail(call.error());
  const Result<void> words = CheckWords(**call, {{"the reason", request.reason()}});
  if (!words.ok()) return reply.Fail(words.error());
  ChangeCase(*call, request, reply, [call = *call, request](CaseEdit& edit) {
    return TransferCase(request, call->led.runtime.engine().domain(), call->actor, edit);
  });
}

void MakePromiseMethod(ContextNode& node, Instant now, const CallContext& context,
                       const MakePromiseRequest& request, const Reply<MakePromiseResponse>& reply) {
  const Result<CaseCallPtr> call = Begin(node, now, context);
  if (!call.ok()) return reply.Fail(call.error());
  const Result<void> words = CheckWords(**call, {{"the promise", request.text()}});
  if (!words.ok()) return reply.Fail(words.error());
  ChangeCase(*call, request, reply, [call = *call, request](CaseEdit& edit) -> Result<void> {
    const Result<Instant> due = DueOf(request, call->led.runtime.engine().domain(), call->actor.at);
    if (!due.ok()) return due.error();
    return MakePromise(request.text(), *due, call->actor, edit);
  });
}

void KeepPromiseMethod(ContextNode& node, Instant now, const CallContext& context,
                       const KeepPromiseRequest& request, const Reply<KeepPromiseResponse>& reply) {
  const Result<CaseCallPtr> call = Begin(node, now, context);
  if (!call.ok()) return reply.Fail(call.error());
  ChangeCase(*call, request, reply,
             [call = *call](CaseEdit& edit) { return KeepPromise(call->actor, edit); });
}

}  // namespace

void AddCaseMethods(ContextNode& node, const std::function<Instant()>& now,
                    io::MethodTable& table) {
  AddContextMethod(node, now, table, "CaseService", "OpenCase", OpenCaseMethod);
  AddContextMethod(node, now, table, "CaseService", "GetCase", GetCase);
  AddContextMethod(node, now, table, "CaseService", "ListCases", ListCases);
  AddContextMethod(node, now, table, "CaseService", "UpdateCase", UpdateCaseMethod);
  AddContextMethod(node, now, table, "CaseService", "TransferCase", TransferCaseMethod);
  AddContextMethod(node, now, table, "CaseService", "MakePromise", MakePromiseMethod);
  AddContextMethod(node, now, table, "CaseService", "KeepPromise", KeepPromiseMethod);
}

}  // namespace usher::service
