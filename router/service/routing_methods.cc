// SPDX-License-Identifier: Apache-2.0
#include "router/service/routing_methods.h"

#include <string>
#include <utility>

#include "router/service/decide.h"
#include "router/service/paging.h"
#include "router/service/text_ids.h"
#include "router/service/wire.h"
#include "usher/routing/v1/routing_service.pb.h"

namespace usher::service {

namespace {

using namespace routing::v1;  // NOLINT(google-build-using-namespace): this file speaks it
using io::CallContext;
using io::Reply;

// A verb whose answer is the contact.
template <class Request, class Response>
void AddVerb(const Domains& domains, io::MethodTable& table, const std::string& name) {
  table.Add<Request, Response>(
      "/usher.routing.v1.RoutingService/" + name,
      [&domains](const CallContext& call, const Request& request, const Reply<Response>& reply) {
        Decide<Request, Response>(
            domains, call, request, reply,
            [](DomainNode& node, const runtime::Answer& answer, Response& response) {
              FillAnswer(node.runtime, answer, *response.mutable_contact());
              if constexpr (requires { response.set_repeated_submit(true); }) {
                response.set_repeated_submit(answer.outcome.repeated);
              }
            });
      });
}

void GetContact(const Domains& domains, const CallContext& call, const GetContactRequest& request,
                const Reply<GetContactResponse>& reply) {
  const Result<DomainNode*> node = domains.FindLed(call.claims.domain);
  if (!node.ok()) return reply.Fail(node.error());
  const Result<ContactId> id = ParseContactId(request.contact_id());
  if (!id.ok()) return reply.Fail(id.error());
  const engine::Engine& engine = (*node)->runtime.engine();
  GetContactResponse response;
  if (const auto row = engine.FindContact(*id)) {
    FillOpenContact(engine, *row, (*node)->runtime.Now(), *response.mutable_contact());
    return ReplyWhenDurable(**node, reply, std::move(response));
  }
  if (Result<void> may = (*node)->runtime.MayWait(); !may.ok()) return reply.Fail(may.error());
  // It may have closed in a commit that is still under way.
  (*node)->runtime.AfterCommit(
      [&runtime = (*node)->runtime, id = *id, reply](Result<void> durable) {
        if (!durable.ok()) return reply.Fail(durable.error());
        runtime.ReadClosed(id, [reply](Result<store::ClosedContact> closed) {
          if (!closed.ok()) return reply.Fail(closed.error());
          GetContactResponse found;
          FillClosedContact(closed->closed, closed->at, *found.mutable_contact());
          reply.Send(std::move(found));
        });
      });
}

void ListContacts(const Domains& domains, const CallContext& call,
                  const ListContactsRequest& request, const Reply<ListContactsResponse>& reply) {
  const Result<DomainNode*> node = domains.FindLed(call.claims.domain);
  if (!node.ok()) return reply.Fail(node.error());
  ContactId after;
  if (!request.page().page_token().empty()) {
    const Result<ContactId> token = ParseContactId(request.page().page_token());
    if (!token.ok()) return reply.Fail(token.error());
    after = *token;
  }
  const engine::Engine& engine = (*node)->runtime.engine();
  const std::size_t page_size = PageSize(request.page());
  ListContactsResponse response;
  for (const ContactId id : engine.Contacts()) {
    if (id <= after) continue;
    const auto row = engine.FindContact(id);
    const bool wanted =
        row && (request.queue().empty() || row->queue.value() == request.queue()) &&
        (request.state() == Contact::STATE_UNSPECIFIED || ToProto(row->state) == request.state()) &&
        (request.agent_id().empty() || row->agent.value() == request.agent_id());
    if (!wanted) continue;
    if (static_cast<std::size_t>(response.contacts_size()) == page_size) {
      response.mutable_page()->set_next_page_token(
          response.contacts(response.contacts_size() - 1).id());
      break;
    }
    FillOpenContact(engine, *row, (*node)->runtime.Now(), *response.add_contacts());
  }
  ReplyWhenDurable(**node, reply, std::move(response));
}

void FillQueueOf(DomainNode& node, const engine::Queue& queue, Queue& out) {
  FillQueue(node.runtime.engine(), queue, node.runtime.Now(), out);
  const auto counts = node.hub.index().counts().find(queue.id);
  if (counts == node.hub.index().counts().end()) return;
  const auto count = [&counts](engine::ContactState state) {
    return static_cast<std::uint32_t>(counts->second[static_cast<std::size_t>(state)]);
  };
  out.set_assigned(count(engine::ContactState::kAssigned) + count(engine::ContactState::kHeld));
}

void ListQueues(const Domains& domains, const CallContext& call, const ListQueuesRequest& request,
                const Reply<ListQueuesResponse>& reply) {
  const Result<DomainNode*> node = domains.FindLed(call.claims.domain);
  if (!node.ok()) return reply.Fail(node.error());
  const engine::Engine& engine = (*node)->runtime.engine();
  const std::size_t page_size = PageSize(request.page());
  ListQueuesResponse response;
  bool found = request.page().page_token().empty();
  for (const engine::Queue& queue : engine.domain().queues) {
    if (!found) {
      found = queue.id.value() == request.page().page_token();
      continue;
    }
    if (static_cast<std::size_t>(response.queues_size()) == page_size) {
      response.mutable_page()->set_next_page_token(
          response.queues(response.queues_size() - 1).id());
      break;
    }
    FillQueueOf(**node, queue, *response.add_queues());
  }
  ReplyWhenDurable(**node, reply, std::move(response));
}

void GetQueue(const Domains& domains, const CallContext& call, const GetQueueRequest& request,
              const Reply<GetQueueResponse>& reply) {
  const Result<DomainNode*> node = domains.FindLed(call.claims.domain);
  if (!node.ok()) return reply.Fail(node.error());
  const engine::Engine& engine = (*node)->runtime.engine();
  const QueueId id{request.queue()};
  const engine::Queue* queue = engine.domain().FindQueue(id);
  if (queue == nullptr) {
    return reply.Fail({Code::kNotFound, "UNKNOWN_QUEUE",
                       "the domain file declares no queue \"" + request.queue() + '"',
                       "list the queues"});
  }
  GetQueueResponse response;
  FillQueueOf(**node, *queue, *response.mutable_queue());
  const std::size_t page_size = PageSize(request.page());
  bool found = request.page().page_token().empty();
  std::uint32_t position = 0;
  for (const ContactId contact : engine.WaitingIn(id)) {
    ++position;
    if (!found) {
      found = ToText(contact) == request.page().page_token();
      continue;
    }
    if (static_cast<std::size_t>(response.waiting_size()) == page_size) {
      response.mutable_page()->set_next_page_token(
          response.waiting(response.waiting_size() - 1).id());
      break;
    }
    const auto row = engine.FindContact(contact);
    if (!row) continue;
    FillContact(*row, (*node)->runtime.Now(), *response.add_waiting());
    response.mutable_waiting(response.waiting_size() - 1)->set_position(position);
  }
  ReplyWhenDurable(**node, reply, std::move(response));
}

// A method that reads.
template <class Request, class Response>
void AddReader(const Domains& domains, io::MethodTable& table, const std::string& name,
               void (*run)(const Domains&, const CallContext&, const Request&,
                           const Reply<Response>&)) {
  table.Add<Request, Response>(
      "/usher.routing.v1.RoutingService/" + name,
      [&domains, run](const CallContext& call, const Request& request,
                      const Reply<Response>& reply) { run(domains, call, request, reply); });
}

}  // namespace

void AddRoutingMethods(const Domains& domains, io::MethodTable& table) {
  AddVerb<SubmitContactRequest, SubmitContactResponse>(domains, table, "SubmitContact");
  AddVerb<CancelContactRequest, CancelContactResponse>(domains, table, "CancelContact");
  AddVerb<AbandonContactRequest, AbandonContactResponse>(domains, table, "AbandonContact");
  AddVerb<TransferContactRequest, TransferContactResponse>(domains, table, "TransferContact");
  AddVerb<CompleteContactRequest, CompleteContactResponse>(domains, table, "CompleteContact");
  AddVerb<UpdateContactRequest, UpdateContactResponse>(domains, table, "UpdateContact");
  AddReader(domains, table, "GetContact", GetContact);
  AddReader(domains, table, "ListContacts", ListContacts);
  AddReader(domains, table, "ListQueues", ListQueues);
  AddReader(domains, table, "GetQueue", GetQueue);
}

}  // namespace usher::service
