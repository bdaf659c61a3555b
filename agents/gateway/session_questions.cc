// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <map>
#include <utility>

#include "agents/gateway/session.h"
#include "base/io/random_id.h"
#include "usher/context/v1/case_service.grpc.pb.h"
#include "usher/context/v1/privacy_service.grpc.pb.h"

// What a console asks and the router answers alone: customers, cases, queues and agents. Each is a
// row of one table: the request, the method that answers it, and where its answer stands in the
// response. Who may see which customer is the router's to say, which is told for whom is asked.

namespace usher::gateway {

using agents::v1::AgentService;
using context::v1::CaseService;
using context::v1::ContextService;
using context::v1::PrivacyService;
using routing::v1::RoutingService;

struct Session::Questions {
  using Ask = std::function<void(Session&, const Request&)>;
  struct Question {
    Ask ask{};
    bool supervisors_only = false;
  };
  using Table = std::map<Request::RequestCase, Question>;

  template <class Service>
  using Methods = typename Service::StubInterface::async_interface;
  template <class Req>
  using Query = const Req& (Request::*)() const;
  template <class Service, class Req, class Resp>
  using Method = void (Methods<Service>::*)(grpc::ClientContext*, const Req*, Resp*,
                                            std::function<void(grpc::Status)>);

  // The whole answer has a place in the response.
  template <class Service, class Req, class Resp>
  static Ask Whole(Query<Req> query, Method<Service, Req, Resp> method,
                   Resp* (Response::*place)()) {
    return [=](Session& session, const Request& request) {
      Call<Service>(
          session, request, (request.*query)(), method,
          [place](Response& response, Resp&& answer) { *(response.*place)() = std::move(answer); });
    };
  }

  // One part of the answer has.
  template <class Service, class Req, class Resp, class Part>
  static Ask PartOf(Query<Req> query, Method<Service, Req, Resp> method, Part* (Resp::*part)(),
                    Part* (Response::*place)()) {
    return [=](Session& session, const Request& request) {
      Call<Service>(session, request, (request.*query)(), method,
                    [part, place](Response& response, Resp&& answer) {
                      *(response.*place)() = std::move(*(answer.*part)());
                    });
    };
  }

  template <class Service, class Req, class Resp, class Put>
  static void Call(Session& session, const Request& request, Req query,
                   Method<Service, Req, Resp> method, Put put) {
    Complete(session, query);
    RouterLink& router = session.services_->router;
    // What is known of a customer is asked for by the person, whose rights and name count. Queues
    // and agents, which agents see here and may not list themselves, are asked for by the gateway.
    const bool of_customers = Req::descriptor()->file()->package() == "usher.context.v1";
    router.Call<Resp>(
        of_customers ? std::optional(session.acting()) : std::nullopt, std::move(query),
        [stub = &router.Stub<Service>(), method](auto* context, auto* req, auto* resp, auto done) {
          (stub->async()->*method)(context, req, resp, std::move(done));
        },
        session.Alive([&session, request, put](Result<Resp> answer) {
          if (!answer.ok()) return session.AnswerError(request, answer.error());
          Response response;
          put(response, *std::move(answer));
          session.Answer(request, std::move(response));
        }));
  }

  // What the console leaves to the gateway: a request id, whose note it is, and that it is for
  // colleagues' eyes.
  template <class Req>
  static void Complete([[maybe_unused]] Session& session, Req& query) {
    if constexpr (requires { query.set_request_id(""); }) {
      if (query.request_id().empty()) query.set_request_id(io::RandomId());
    }
    if constexpr (requires { query.set_author(""); }) query.set_author(session.agent_id());
    if constexpr (requires { query.set_with_internal(true); }) query.set_with_internal(true);
  }

  static const Table& All();
};

const Session::Questions::Table& Session::Questions::All() {
  using C = Methods<ContextService>;
  using K = Methods<CaseService>;
  using P = Methods<PrivacyService>;
  using namespace context::v1;
  const auto customer = &Response::mutable_customer;
  const auto matter = &Response::mutable_case_;
  static const Table table = {
      {Request::kGetCustomer,
       {PartOf<ContextService>(&Request::get_customer, &C::GetCustomer,
                               &GetCustomerResponse::mutable_customer, customer)}},
      {Request::kUpdateCustomer,
       {PartOf<ContextService>(&Request::update_customer, &C::UpdateCustomer,
                               &UpdateCustomerResponse::mutable_customer, customer)}},
      {Request::kListTimeline,
       {Whole<ContextService>(&Request::list_timeline, &C::ListTimeline,
                              &Response::mutable_timeline)}},
      {Request::kListMessages,
       {Whole<ContextService>(&Request::list_messages, &C::ListMessages,
                              &Response::mutable_messages)}},
      {Request::kAddNote,
       {PartOf<ContextService>(&Request::add_note, &C::AddNote, &AddNoteResponse::mutable_entry,
                               &Response::mutable_note)}},
      {Request::kSearchCustomers,
       {Whole<ContextService>(&Request::search_customers, &C::SearchCustomers,
                              &Response::mutable_search)}},
      {Request::kCreateCustomer,
       {PartOf<ContextService>(&Request::create_customer, &C::CreateCustomer,
                               &CreateCustomerResponse::mutable_customer, customer)}},
      {Request::kAddIdentity,
       {PartOf<ContextService>(&Request::add_identity, &C::AddIdentity,
                               &AddIdentityResponse::mutable_customer, customer)}},
      {Request::kRemoveIdentity,
       {PartOf<ContextService>(&Request::remove_identity, &C::RemoveIdentity,
                               &RemoveIdentityResponse::mutable_customer, customer)}},
      {Request::kSuggestDuplicates,
       {Whole<ContextService>(&Request::suggest_duplicates, &C::SuggestDuplicates,
                              &Response::mutable_duplicates)}},
      {Request::kMergeCustomers,
       {PartOf<ContextService>(&Request::merge_customers, &C::MergeCustomers,
                               &MergeCustomersResponse::mutable_customer, customer),
        true}},
      {Request::kUndoMerge,
       {Whole<ContextService>(&Request::undo_merge, &C::UndoMerge, &Response::mutable_unmerged),
        true}},
      {Request::kSearchMessages,
       {Whole<ContextService>(&Request::search_messages, &C::SearchMessages,
                              &Response::mutable_found_messages)}},
      {Request::kSaveDraft,
       {PartOf<ContextService>(&Request::save_draft, &C::SaveDraft,
                               &SaveDraftResponse::mutable_draft, &Response::mutable_draft)}},
      {Request::kGetDraft,
       {PartOf<ContextService>(&Request::get_draft, &C::GetDraft, &GetDraftResponse::mutable_draft,
                               &Response::mutable_draft)}},
      {Request::kListChanges,
       {Whole<PrivacyService>(&Request::list_changes, &P::ListChanges,
                              &Response::mutable_changes)}},
      {Request::kRevertChange,
       {PartOf<PrivacyService>(&Request::revert_change, &P::RevertChange,
                               &RevertChangeResponse::mutable_customer, customer),
        true}},
      {Request::kListReads,
       {Whole<PrivacyService>(&Request::list_reads, &P::ListReads, &Response::mutable_reads),
        true}},
      {Request::kListCases,
       {Whole<CaseService>(&Request::list_cases, &K::ListCases, &Response::mutable_cases)}},
      {Request::kOpenCase,
       {PartOf<CaseService>(&Request::open_case, &K::OpenCase, &OpenCaseResponse::mutable_case_,
                            matter)}},
      {Request::kUpdateCase,
       {PartOf<CaseService>(&Request::update_case, &K::UpdateCase,
                            &UpdateCaseResponse::mutable_case_, matter)}},
      {Request::kTransferCase,
       {PartOf<CaseService>(&Request::transfer_case, &K::TransferCase,
                            &TransferCaseResponse::mutable_case_, matter)}},
      {Request::kMakePromise,
       {PartOf<CaseService>(&Request::make_promise, &K::MakePromise,
                            &MakePromiseResponse::mutable_case_, matter)}},
      {Request::kKeepPromise,
       {PartOf<CaseService>(&Request::keep_promise, &K::KeepPromise,
                            &KeepPromiseResponse::mutable_case_, matter)}},
      {Request::kListQueues,
       {Whole<RoutingService>(&Request::list_queues, &Methods<RoutingService>::ListQueues,
                              &Response::mutable_queues)}},
      {Request::kListAgents,
       {Whole<AgentService>(&Request::list_agents, &Methods<AgentService>::ListAgents,
                            &Response::mutable_agents)}},
      {Request::kListContacts,
       {Whole<RoutingService>(&Request::list_contacts, &Methods<RoutingService>::ListContacts,
                              &Response::mutable_contacts),
        true}},
  };
  return table;
}

void Session::AskRouter(const Request& request) {
  const auto found = Questions::All().find(request.request_case());
  if (found == Questions::All().end()) {
    return AnswerError(request, {Code::kInvalidArgument, "UNKNOWN_REQUEST",
                                 "this gateway does not know the request",
                                 "Use a console of the gateway's version."});
  }
  if (found->second.supervisors_only && !supervisor()) {
    return AnswerError(request, {Code::kPermissionDenied, "ROLE_NOT_ALLOWED",
                                 "only supervisors may do this", "Ask a supervisor."});
  }
  found->second.ask(*this, request);
}

}  // namespace usher::gateway
