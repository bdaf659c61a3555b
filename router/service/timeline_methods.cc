// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "router/context/timeline_reading.h"
#include "router/service/context_call.h"
#include "router/service/context_methods.h"
#include "router/service/paging.h"
#include "router/service/text_ids.h"
#include "router/service/wire.h"
#include "usher/context/v1/context_service.pb.h"

namespace usher::service {

namespace {

using namespace context::v1;  // NOLINT(google-build-using-namespace): this file speaks it
using io::CallContext;
using io::Reply;

constexpr std::size_t kNoteBytesMax = 4 * 1024;

// INVALID_ARGUMENT/BAD_KIND.
Result<context::TimelineQuery> ToQuery(const ListTimelineRequest& request) {
  context::TimelineQuery query;
  query.before = request.page().page_token();
  query.limit = PageSize(request.page());
  query.channel = request.channel();
  const auto* kinds = TimelineEntry::descriptor()->FindOneofByName("kind");
  for (const std::string& kind : request.kinds()) {
    const auto* field = TimelineEntry::descriptor()->FindFieldByName(kind);
    if (field == nullptr || field->containing_oneof() != kinds) {
      return Error{Code::kInvalidArgument, "BAD_KIND",
                   "there are no entries of kind \"" + kind + '"',
                   "name them as the fields of TimelineEntry, such as note or outside"};
    }
    query.kinds.insert(kind);
  }
  return query;
}

void ListTimeline(ContextNode& node, Instant, const CallContext& call,
                  const ListTimelineRequest& request, const Reply<ListTimelineResponse>& reply) {
  const Result<DomainNode*> led = LedDomain(node, call);
  if (!led.ok()) return reply.Fail(led.error());
  const DomainId& domain = (*led)->runtime.domain();
  const Result<CustomerId> id = ParseCustomerId(request.customer_id());
  if (!id.ok()) return reply.Fail(id.error());
  Result<context::TimelineQuery> query = ToQuery(request);
  if (!query.ok()) return reply.Fail(query.error());
  node.customers.Get(domain, *id,
                     [&node, domain, id = *id, query = *std::move(query),
                      reply](Result<Customer> customer) mutable {
                       if (!customer.ok()) {
                         // Nothing has been written of one who is not there.
                         if (customer.error().code == Code::kNotFound)
                           return reply.Send(ListTimelineResponse());
                         return reply.Fail(customer.error());
                       }
                       query.records = context::RecordsOf(*customer);
                       context::ReadTimeline(
                           node.timelines, domain, std::move(query),
                           [reply](Result<context::TimelinePage> page) {
                             if (!page.ok()) return reply.Fail(page.error());
                             ListTimelineResponse response;
                             for (TimelineEntry& entry : page->entries) {
                               *response.add_entries() = std::move(entry);
                             }
                             response.mutable_page()->set_next_page_token(page->next);
                             reply.Send(std::move(response));
                           });
                     });
}

void AddNote(ContextNode& node, Instant now, const CallContext& call, const AddNoteRequest& request,
             const Reply<AddNoteResponse>& reply) {
  const Result<DomainNode*> led = LedDomain(node, call);
  if (!led.ok()) return reply.Fail(led.error());
  const DomainId& domain = (*led)->runtime.domain();
  const Result<CustomerId> id = ParseCustomerId(request.customer_id());
  if (!id.ok()) return reply.Fail(id.error());
  if (request.text().empty()) {
    return reply.Fail({Code::kInvalidArgument, "EMPTY_TEXT", "the note says nothing", "write one"});
  }
  if (request.text().size() > kNoteBytesMax) {
    return reply.Fail(TooLong("text", request.text().size(), kNoteBytesMax));
  }
  const Result<void> words = WordsOf(node, **led)("the note", request.text());
  if (!words.ok()) return reply.Fail(words.error());
  TimelineEntry entry;
  *entry.mutable_at() = ToTimestamp(now);
  entry.set_contact_id(request.contact_id());
  if (!request.contact_id().empty()) {
    if (const auto contact = ParseContactId(request.contact_id()); !contact.ok()) {
      return reply.Fail(contact.error());
    }
  }
  const bool speaks_for_others = call.acting_role() == io::Role::kAdapter;
  entry.mutable_note()->set_author(
      speaks_for_others && !request.author().empty() ? request.author() : call.acting_subject());
  entry.mutable_note()->set_text(request.text());
  // A note on a customer who is not there would never be read again.
  node.customers.Get(domain, *id,
                     [&node, domain, id = *id, request_id = request.request_id(), entry,
                      reply](Result<Customer> customer) {
                       if (!customer.ok()) return reply.Fail(customer.error());
                       node.timelines.AddNote(domain, id, request_id, entry,
                                              [reply](Result<TimelineEntry> added) {
                                                if (!added.ok()) return reply.Fail(added.error());
                                                AddNoteResponse response;
                                                *response.mutable_entry() = *std::move(added);
                                                reply.Send(std::move(response));
                                              });
                     });
}

}  // namespace

void AddTimelineMethods(ContextNode& node, const std::function<Instant()>& now,
                        io::MethodTable& table) {
  AddContextMethod(node, now, table, "ContextService", "ListTimeline", ListTimeline);
  AddContextMethod(node, now, table, "ContextService", "AddNote", AddNote);
}

}  // namespace usher::service
