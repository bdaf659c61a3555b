// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "router/context/timeline_reading.h"
#include "router/service/context_call.h"
#include "router/service/context_methods.h"
#include "router/service/outside_event.h"
#include "router/service/wire.h"
#include "usher/context/v1/context_service.pb.h"

namespace usher::service {

namespace {

using namespace context::v1;  // NOLINT(google-build-using-namespace): this file speaks it
using io::CallContext;
using io::Reply;

constexpr int kEventsMax = 200;
constexpr std::size_t kBytesMax = 3 << 20;  // with what the answer adds within 4 MiB

// One call under way. First it is found out whose each event is, one customer after the other; then
// the events of each customer are recorded at once, so that they stand in the order of the call
// whatever happens in between.
class Recording : public std::enable_shared_from_this<Recording> {
 public:
  Recording(ContextNode& node, DomainId domain, context::Change change,
            const RecordEventsRequest& request, Reply<RecordEventsResponse> reply)
      : node_(node),
        domain_(std::move(domain)),
        change_(std::move(change)),
        request_(request),
        reply_(std::move(reply)),
        answers_(static_cast<std::size_t>(request.events_size())) {}

  // The customer of the next event.
  void FindNext() {
    while (next_ < request_.events_size() && owners_.contains(NameOf(request_.events(next_)))) {
      ++next_;
    }
    if (next_ == request_.events_size()) return Group();
    const CustomerEvent& event = request_.events(next_);
    if (!event.customer_id().empty()) {
      return node_.customers.Get(domain_, CustomerId{event.customer_id()},
                                 [self = shared_from_this()](Result<Customer> customer) {
                                   if (!customer.ok()) return self->Fail(customer.error());
                                   self->Found(*std::move(customer));
                                 });
    }
    ResolveCustomerRequest resolve;
    *resolve.mutable_identity() = event.identity();
    node_.customers.Resolve(domain_, resolve, change_,
                            [self = shared_from_this()](Result<context::Resolved> resolved) {
                              if (!resolved.ok()) return self->Fail(resolved.error());
                              self->Found(std::move(resolved->customer));
                            });
  }

 private:
  // What is to be recorded for one customer.
  struct Part {
    Customer customer;
    std::vector<std::size_t> events{};  // their places in the call
    int records_asked = 0;              // of those that were merged into it
  };

  static std::string NameOf(const CustomerEvent& event) {
    if (!event.customer_id().empty()) return event.customer_id();
    return event.identity().kind() + ':' + event.identity().value();
  }

  void Found(Customer customer) {
    owners_[NameOf(request_.events(next_))] = std::move(customer);
    FindNext();
  }

  void Group() {
    std::map<std::string, Part> parts;
    for (std::size_t i = 0; i < answers_.size(); ++i) {
      const Customer& owner = owners_.at(NameOf(request_.events(static_cast<int>(i))));
      Part& part = parts.try_emplace(owner.id(), Part{owner}).first->second;
      part.events.push_back(i);
    }
    left_ = parts.size();
    for (auto& [id, part] : parts) FindMerged(std::make_shared<Part>(std::move(part)));
  }

  // What was recorded before its record was merged into another stands there.
  void FindMerged(const std::shared_ptr<Part>& part) {
    if (part->records_asked == part->customer.merged_size() || part->events.empty()) {
      return AddReferences(part);
    }
    const CustomerId record{part->customer.merged(part->records_asked++)};
    node_.timelines.FindRecorded(
        domain_, record, EntriesOf(*part),
        [self = shared_from_this(), part](Result<std::vector<std::optional<TimelineEntry>>> found) {
          if (!found.ok()) return self->Fail(found.error());
          std::vector<std::size_t> rest;
          for (std::size_t i = 0; i < part->events.size(); ++i) {
            if ((*found)[i]) {
              self->Answer(part->events[i], part->customer, *std::move((*found)[i]), true);
            } else {
              rest.push_back(part->events[i]);
            }
          }
          part->events = std::move(rest);
          self->FindMerged(part);
        });
  }

  // Before the events are recorded: a call that is cut short in between is repeated, and until then
  // the customer is found by one number too many.
  void AddReferences(const std::shared_ptr<Part>& part) {
    std::vector<std::string> references;
    for (const std::size_t i : part->events) {
      const std::string& reference = request_.events(static_cast<int>(i)).event().reference();
      if (!reference.empty()) references.push_back(reference);
    }
    if (references.empty()) return Record(part);
    const auto left = std::make_shared<std::size_t>(references.size());
    for (const std::string& reference : references) {
      node_.index.AddReference(domain_, CustomerId{part->customer.id()}, reference,
                               [self = shared_from_this(), part, left](Result<void> added) {
                                 if (!added.ok()) self->Fail(added.error());
                                 if (--*left > 0) return;
                                 if (!self->failed_) self->Record(part);
                               });
    }
  }

  void Record(const std::shared_ptr<Part>& part) {
    if (part->events.empty()) return Finish();
    node_.timelines.Record(
        domain_, CustomerId{part->customer.id()}, EntriesOf(*part),
        [self = shared_from_this(), part](Result<std::vector<context::RecordedEntry>> recorded) {
          if (!recorded.ok()) return self->Fail(recorded.error());
          for (std::size_t i = 0; i < part->events.size(); ++i) {
            context::RecordedEntry& one = (*recorded)[i];
            self->Answer(part->events[i], part->customer, std::move(one.entry), one.repeated);
          }
          self->Finish();
        });
  }

  std::vector<TimelineEntry> EntriesOf(const Part& part) const {
    std::vector<TimelineEntry> entries;
    for (const std::size_t i : part.events) {
      TimelineEntry& entry = entries.emplace_back();
      *entry.mutable_at() = ToTimestamp(change_.at);
      *entry.mutable_outside() = request_.events(static_cast<int>(i)).event();
      if (!entry.outside().has_occurred_at()) {
        *entry.mutable_outside()->mutable_occurred_at() = entry.at();
      }
    }
    return entries;
  }

  void Answer(std::size_t place, const Customer& customer, TimelineEntry entry, bool repeated) {
    answers_[place].set_customer_id(customer.id());
    *answers_[place].mutable_entry() = std::move(entry);
    answers_[place].set_repeated_event(repeated);
  }

  void Finish() {
    if (--left_ > 0 || failed_) return;
    RecordEventsResponse response;
    for (RecordedEvent& answer : answers_) *response.add_events() = std::move(answer);
    reply_.Send(std::move(response));
  }

  void Fail(const Error& why) {
    if (!std::exchange(failed_, true)) reply_.Fail(why);
  }

  ContextNode& node_;
  const DomainId domain_;
  const context::Change change_;
  const RecordEventsRequest request_;
  const Reply<RecordEventsResponse> reply_;
  std::map<std::string, Customer> owners_;  // by how an event names its customer
  std::vector<RecordedEvent> answers_;
  int next_ = 0;
  std::size_t left_ = 0;
  bool failed_ = false;
};

void RecordEvents(ContextNode& node, Instant now, const CallContext& call,
                  const RecordEventsRequest& request, const Reply<RecordEventsResponse>& reply) {
  const Result<DomainNode*> led = LedDomain(node, call);
  if (!led.ok()) return reply.Fail(led.error());
  const DomainId& domain = (*led)->runtime.domain();
  if (request.events_size() == 0 || request.events_size() > kEventsMax) {
    return reply.Fail({Code::kInvalidArgument, "BAD_COUNT", "events has none, or more than 200",
                       "send 1 to 200 at a time"});
  }
  if (request.ByteSizeLong() > kBytesMax) {
    return reply.Fail(TooLong("the call", request.ByteSizeLong(), kBytesMax));
  }
  for (const CustomerEvent& event : request.events()) {
    if (!event.customer_id().empty()) {
      const Result<CustomerId> id = ParseCustomerId(event.customer_id());
      if (!id.ok()) return reply.Fail(id.error());
    } else if (!event.has_identity()) {
      return reply.Fail({Code::kInvalidArgument, "MISSING_CUSTOMER_ID",
                         "an event does not say whose it is", "set customer_id or identity"});
    }
    if (const Result<void> sound = CheckOutsideEvent(event.event()); !sound.ok()) {
      return reply.Fail(sound.error());
    }
  }
  if (const Result<void> room = node.admit(domain); !room.ok()) return reply.Fail(room.error());
  std::make_shared<Recording>(node, domain, ChangeOf(call, now), request, reply)->FindNext();
}

}  // namespace

void AddEventMethods(ContextNode& node, const std::function<Instant()>& now,
                     io::MethodTable& table) {
  AddContextMethod(node, now, table, "ContextService", "RecordEvents", RecordEvents);
}

}  // namespace usher::service
