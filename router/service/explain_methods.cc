// SPDX-License-Identifier: Apache-2.0
#include "router/service/explain_methods.h"

#include <string>
#include <utility>
#include <variant>

#include "router/history/answer_text.h"
#include "router/service/explain_wire.h"
#include "router/service/text_ids.h"
#include "router/service/wire.h"
#include "usher/routing/v1/explain_service.pb.h"

namespace usher::service {

namespace {

using namespace routing::v1;  // NOLINT(google-build-using-namespace): this file speaks it
using io::CallContext;
using io::Reply;

// The moment that is asked about; now unless one is named.
template <class Request>
Result<Instant> MomentOf(const Request& request, Instant now) {
  if (!request.has_at()) return now;
  return ParseTimestamp(request.at(), "at");
}

Result<history::Question> ToQuestion(const ExplainOfferRequest& request, Instant /*now*/) {
  const Result<OfferId> offer = ParseOfferId(request.offer_id());
  if (!offer.ok()) return offer.error();
  if (!*offer) {
    return Error{Code::kInvalidArgument, "MISSING_OFFER_ID", "offer_id is empty",
                 "give an offer's id, such as o7"};
  }
  return history::Question(history::AskOffer{*offer});
}

Result<history::Question> ToQuestion(const ExplainContactRequest& request, Instant now) {
  const Result<ContactId> contact = ParseContactId(request.contact_id());
  if (!contact.ok()) return contact.error();
  const Result<Instant> at = MomentOf(request, now);
  if (!at.ok()) return at.error();
  return history::Question(history::AskContact{*contact, *at});
}

Result<history::Question> ToQuestion(const ExplainAgentRequest& request, Instant now) {
  if (request.agent_id().empty()) {
    return Error{Code::kInvalidArgument, "MISSING_AGENT_ID", "agent_id is empty",
                 "give an agent's id"};
  }
  const Result<Instant> at = MomentOf(request, now);
  if (!at.ok()) return at.error();
  return history::Question(history::AskAgent{AgentId{request.agent_id()}, *at});
}

void Fill(const history::OfferAnswer& answer, ExplainOfferResponse& out) {
  FillOfferExplanation(answer, *out.mutable_explanation());
  out.set_text(history::ToText(answer));
}

void Fill(const history::ContactAnswer& answer, ExplainContactResponse& out) {
  FillContactAnswer(answer, out);
}

void Fill(const history::AgentAnswer& answer, ExplainAgentResponse& out) {
  FillIdleExplanation(answer.explanation, *out.mutable_explanation());
  out.set_text(history::ToText(answer));
}

// The way of each method: the caller's domain, the question, the desk, the answer.
template <class Request, class Response, class Found>
void AddQuestion(const Domains& domains, history::HistoryDesk& desk, io::MethodTable& table,
                 const std::string& name) {
  table.Add<Request, Response>("/usher.routing.v1.ExplainService/" + name,
                               [&domains, &desk](const CallContext& call, const Request& request,
                                                 const Reply<Response>& reply) {
                                 const Result<DomainNode*> node =
                                     domains.FindLed(call.claims.domain);
                                 if (!node.ok()) return reply.Fail(node.error());
                                 runtime::DomainRuntime& runtime = (*node)->runtime;
                                 const Instant now = runtime.Now();
                                 Result<history::Question> question = ToQuestion(request, now);
                                 if (!question.ok()) return reply.Fail(question.error());
                                 // The desk reads only what is durable: no more than the caller may
                                 // have been told.
                                 desk.Ask(runtime.domain(), now, *std::move(question),
                                          [reply](Result<history::Answer> answer) {
                                            if (!answer.ok()) return reply.Fail(answer.error());
                                            Response response;
                                            Fill(std::get<Found>(*answer), response);
                                            reply.Send(std::move(response));
                                          });
                               });
}

}  // namespace

void AddExplainMethods(const Domains& domains, history::HistoryDesk& desk, io::MethodTable& table) {
  AddQuestion<ExplainOfferRequest, ExplainOfferResponse, history::OfferAnswer>(domains, desk, table,
                                                                               "ExplainOffer");
  AddQuestion<ExplainContactRequest, ExplainContactResponse, history::ContactAnswer>(
      domains, desk, table, "ExplainContact");
  AddQuestion<ExplainAgentRequest, ExplainAgentResponse, history::AgentAnswer>(domains, desk, table,
                                                                               "ExplainAgent");
}

}  // namespace usher::service
