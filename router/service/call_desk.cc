// SPDX-License-Identifier: Apache-2.0
#include "router/service/call_desk.h"

#include <algorithm>

#include "base/io/log.h"
#include "router/service/call_rules.h"
#include "router/service/context_call.h"
#include "router/service/customer_access.h"
#include "router/service/text_ids.h"
#include "router/service/wire.h"
#include "usher/context/v1/privacy_service.pb.h"

namespace usher::service {

namespace {

using agents::v1::ControlCallRequest;
using agents::v1::PlaceCallRequest;
using agents::v1::StartMailRequest;
using routing::v1::CallOrder;
using routing::v1::CallState;

constexpr std::size_t kOrderIdBytesMax = 64;
constexpr char kRefusedStates[] = "usher_call_states_refused_total";
constexpr char kRefusedStatesHelp[] =
    "States of calls that an adapter told and that made no sense.";

Error UnknownContact(ContactId contact) {
  return {Code::kNotFound, "UNKNOWN_CONTACT", "contact " + ToText(contact) + " is not open",
          "the call is over"};
}

Error NoCalls(const std::string& what) {
  return {Code::kFailedPrecondition, "NO_CALLS", what,
          "connect an adapter of telephone calls; see docs/integrate"};
}

Error NoMail() {
  return {Code::kFailedPrecondition, "NO_MAIL", "no adapter that begins mails is connected",
          "serve with --email; see docs/integrate/email.md"};
}

bool IsTalking(const engine::ContactRow& contact) {
  return contact.state == engine::ContactState::kAssigned ||
         contact.state == engine::ContactState::kHeld;
}

bool IsSupervisor(const io::CallContext& call) {
  return call.acting_role() == io::Role::kSupervisor || call.acting_role() == io::Role::kAdmin;
}

}  // namespace

CallDesk::CallDesk(DomainNode& node, ContextNode& context, io::Metrics& metrics,
                   std::function<Instant()> now)
    : node_(node), context_(context), metrics_(metrics), now_(std::move(now)), states_(node) {
  states_.SetOnLeft(
      [this](ContactId contact, const AgentId& supervisor) { OnLeft(contact, supervisor); });
  // An increase from nothing would go unseen.
  for (const char* outcome : {"done", "refused", "away", "silent", "unknown"}) CountOf(outcome);
  metrics_.AddCounter(kRefusedStates, kRefusedStatesHelp,
                      {{"domain", node_.runtime.domain().value()}});
}

io::Counter& CallDesk::CountOf(const std::string& outcome) {
  return metrics_.AddCounter(
      "usher_call_orders_total",
      "Orders of people to adapters, about calls and mails, by what came of them.",
      {{"domain", node_.runtime.domain().value()}, {"outcome", outcome}});
}

// ---------------------------------------------------------------------------------------- adapters

void CallDesk::Connect(const std::string& adapter, const void* stream, CallOrders& orders,
                       Takes takes) {
  lines_[adapter] = {stream, &orders, takes};
}

void CallDesk::Disconnect(const std::string& adapter, const void* stream) {
  const auto found = lines_.find(adapter);
  if (found != lines_.end() && found->second.stream == stream) lines_.erase(found);
}

Result<CallOrders*> CallDesk::FindOrders(const std::string& adapter) const {
  const auto found = lines_.find(adapter);
  if (found == lines_.end()) return AdapterAway(adapter);
  if (found->second.takes.calls) return found->second.orders;
  return NoCalls("the contact is with adapter " + adapter + ", which takes no orders about calls");
}

Result<CallOrders*> CallDesk::FindTaker(const CallOrder& order) const {
  const bool is_mail = order.has_mail();
  for (const auto& [adapter, line] : lines_) {
    if (is_mail ? line.takes.mails : line.takes.calls) return line.orders;
  }
  if (is_mail) return NoMail();
  return NoCalls("no adapter that places calls is connected");
}

void CallDesk::TellState(const std::string& adapter, CallState state) {
  const Result<void> told = states_.Tell(adapter, std::move(state));
  if (told.ok()) return;
  metrics_
      .AddCounter(kRefusedStates, kRefusedStatesHelp, {{"domain", node_.runtime.domain().value()}})
      .Increment();
  // A contact that is over by now is an everyday matter.
  const bool late = told.error().reason == "NOT_YOUR_CONTACT";
  io::LogError(late ? io::LogLevel::kDebug : io::LogLevel::kWarning, "call_state_refused",
               told.error(), {{"adapter", adapter}});
}

void CallDesk::TakeResult(CallOrders& orders, const routing::v1::CallOrderResult& result) {
  if (!orders.Take(result)) CountOf("unknown").Increment();
}

CallDesk::Done CallDesk::Counted(Done done) {
  return [this, done = std::move(done), alive = std::weak_ptr(alive_)](Result<std::string> result) {
    if (!alive.expired()) {
      const std::string reason = result.ok() ? std::string() : result.error().reason;
      CountOf(result.ok()                  ? "done"
              : reason == "ADAPTER_AWAY"   ? "away"
              : reason == "ADAPTER_SILENT" ? "silent"
                                           : "refused")
          .Increment();
    }
    done(std::move(result));
  };
}

// ------------------------------------------------------------------------------------------ people

void CallDesk::Control(const io::CallContext& call, const ControlCallRequest& request, Done done) {
  const Result<ContactId> contact = ParseContactId(request.contact_id());
  if (!contact.ok()) return done(contact.error());
  if (auto checked = CheckControl(request.control()); !checked.ok()) return done(checked.error());
  if (request.control().has_supervise()) {
    return Supervise(call, *contact, request, std::move(done));
  }
  const Result<std::string> person = PersonOf(call, request.agent_id());
  if (!person.ok()) return done(person.error());
  const auto row = node_.runtime.engine().FindContact(*contact);
  if (!row) return done(UnknownContact(*contact));
  if (!IsTalking(*row) || row->agent.value() != *person) {
    return done(Error{Code::kPermissionDenied, "NOT_YOURS",
                      "contact " + ToText(*contact) + " is not with " + *person,
                      "only the agent who has a call controls it"});
  }
  CallOrder order;
  order.set_by(*person);
  *order.mutable_control() = request.control();
  Order(*contact, std::move(order), std::move(done));
}

void CallDesk::Order(ContactId contact, CallOrder order, Done done) {
  const auto row = node_.runtime.engine().FindContact(contact);
  if (!row) return done(UnknownContact(contact));
  const Result<CallOrders*> orders = FindOrders(row->adapter);
  order.set_contact_id(ToText(contact));
  Done counted = Counted(std::move(done));
  if (!orders.ok()) return counted(orders.error());
  (*orders)->Send(std::move(order), std::move(counted));
}

void CallDesk::Supervise(const io::CallContext& call, ContactId contact,
                         const ControlCallRequest& request, Done done) {
  if (!IsSupervisor(call)) {
    return done(Error{Code::kPermissionDenied, "NOT_A_SUPERVISOR",
                      "only supervisors come into calls of others",
                      "use a supervisor's token; a gateway calls ControlCall for the supervisor"});
  }
  const Result<std::string> person = PersonOf(call, request.agent_id());
  if (!person.ok()) return done(person.error());
  const auto row = node_.runtime.engine().FindContact(contact);
  if (!row) return done(UnknownContact(contact));
  const routing::v1::SupervisionMode mode = request.control().supervise().mode();
  const bool leaves = mode == routing::v1::SUPERVISION_MODE_UNSPECIFIED;
  if (!leaves && !IsTalking(*row)) {
    return done(Error{Code::kFailedPrecondition, "NOT_TALKING",
                      "no agent has contact " + ToText(contact) + " just now",
                      "come in when an agent has it"});
  }
  // Nothing is put on record that cannot be done.
  if (auto orders = FindOrders(row->adapter); !orders.ok()) {
    return Counted(std::move(done))(orders.error());
  }
  CallOrder order;
  order.set_by(*person);
  *order.mutable_control() = request.control();
  const std::string role(io::ToText(call.acting_role()));
  Record(contact, *person, role, ToText(mode),
         [this, contact, order = std::move(order), role, leaves, done = std::move(done),
          alive = std::weak_ptr(alive_)](const Result<void>& recorded) mutable {
           if (!recorded.ok()) return done(recorded.error());
           if (alive.expired()) return;
           if (!node_.runtime.leading()) return done(node_.runtime.WhyNotLeading());
           // The call's state without her may come before the answer.
           const AgentId person{order.by()};
           NoteSupervision(contact, person, {.role = role, .is_leaving = leaves});
           Order(contact, std::move(order),
                 [this, contact, person, role, leaves, done = std::move(done),
                  alive = std::move(alive)](Result<std::string> result) {
                   if (!alive.expired() && leaves && !result.ok()) {
                     NoteSupervision(contact, person, {.role = role});
                   }
                   done(std::move(result));
                 });
         });
}

void CallDesk::NoteSupervision(ContactId contact, const AgentId& person, Supervision supervision) {
  if (supervisions_.size() >= kSupervisionsTidied) {
    std::erase_if(supervisions_, [this](const auto& entry) {
      return node_.hub.index().Find(entry.first.first) == nullptr;
    });
  }
  supervisions_[{contact, person}] = std::move(supervision);
}

void CallDesk::OnLeft(ContactId contact, const AgentId& supervisor) {
  const auto found = supervisions_.find({contact, supervisor});
  const Supervision known =
      found == supervisions_.end() ? Supervision{.role = "supervisor"} : found->second;
  if (found != supervisions_.end()) supervisions_.erase(found);
  if (known.is_leaving) return;
  Record(contact, supervisor.value(), known.role, "leave", [](const Result<void>& recorded) {
    if (!recorded.ok()) {
      io::LogError(io::LogLevel::kWarning, "supervision_end_unrecorded", recorded.error());
    }
  });
}

void CallDesk::Record(ContactId contact, const std::string& by, const std::string& role,
                      const std::string& mode, std::function<void(Result<void>)> done) {
  const DomainId& domain = node_.runtime.domain();
  const std::string contact_text = ToText(contact);
  io::Log(io::LogLevel::kInfo, "call_supervised",
          {{"domain", domain.value()},
           {"contact", contact_text},
           {"by", by},
           {"role", role},
           {"mode", mode}});
  if (!node_.runtime.leading()) return done(node_.runtime.WhyNotLeading());
  const engine::Engine& engine = node_.runtime.engine();
  auto row = engine.FindContact(contact);
  if (row && row->consults) row = engine.FindContact(row->consults);
  if (!row || !row->customer) return done({});
  context::v1::CustomerRead read;
  read.set_by(by);
  read.set_role(role);
  *read.mutable_at() = ToTimestamp(now_());
  read.set_method("ControlCall " + mode);
  read.set_right("role in " + contact_text);
  context_.reads.Record(
      domain, row->customer, read, engine.domain().customers.reads_kept,
      [done = std::move(done)](const Result<void>& recorded) {
        if (recorded.ok()) return done({});
        done(Error{Code::kUnavailable, "READ_NOT_RECORDED",
                   "nobody supervises a call unrecorded, and it could not be recorded: " +
                       recorded.error().message,
                   "try again in a few seconds"});
      });
}

void CallDesk::Place(const io::CallContext& call, const PlaceCallRequest& request, Done done) {
  if (auto checked = CheckPlaced(request.call()); !checked.ok()) return done(checked.error());
  Beginning beginning{.customer = request.call().customer_id(), .request_id = request.request_id()};
  *beginning.order.mutable_place() = request.call();
  Begin(call, request.agent_id(), std::move(beginning), std::move(done));
}

void CallDesk::StartMail(const io::CallContext& call, const StartMailRequest& request, Done done) {
  const routing::v1::StartMail& mail = request.mail();
  if (auto checked = CheckStarted(mail); !checked.ok()) return done(checked.error());
  if (auto words = WordsOf(context_, node_)("the subject", mail.subject()); !words.ok()) {
    return done(words.error());
  }
  const engine::Domain& domain = node_.runtime.engine().domain();
  if (!mail.queue().empty() && domain.FindQueue(QueueId{mail.queue()}) == nullptr) {
    return done(Error{Code::kNotFound, "UNKNOWN_QUEUE",
                      "the domain file declares no queue \"" + mail.queue() + '"',
                      "name a queue of the domain, or none"});
  }
  Beginning beginning{.customer = mail.customer_id(), .request_id = request.request_id()};
  *beginning.order.mutable_mail() = mail;
  Begin(call, request.agent_id(), std::move(beginning), std::move(done));
}

void CallDesk::Begin(const io::CallContext& call, const std::string& agent_id, Beginning beginning,
                     Done done) {
  const Result<std::string> person = PersonOf(call, agent_id);
  if (!person.ok()) return done(person.error());
  if (beginning.request_id.size() > kOrderIdBytesMax) {
    return done(Error{Code::kInvalidArgument, "TOO_LONG", "request_id is too long",
                      "send at most " + std::to_string(kOrderIdBytesMax) + " bytes"});
  }
  const auto agent = node_.runtime.engine().FindAgent(AgentId{*person});
  if (!agent) {
    return done(Error{Code::kNotFound, "UNKNOWN_AGENT",
                      "the domain file declares no agent \"" + *person + '"',
                      "add the agent to the domain file and apply it"});
  }
  if (agent->presence == engine::Presence::kOffline) {
    return done(Error{Code::kFailedPrecondition, "NOT_SIGNED_IN", *person + " is not signed in",
                      "sign in before placing a call or beginning a mail"});
  }
  CallOrder order = std::move(beginning.order);
  order.set_by(*person);
  // Ids of different people never meet.
  if (!beginning.request_id.empty()) order.set_request_id(*person + '/' + beginning.request_id);
  if (beginning.customer.empty()) return SendBegun(std::move(order), std::move(done));
  // The contact gives its agent a right to its customer, so she must have one before.
  io::CallContext as = call;
  if (as.acting_role() == io::Role::kAdapter) as.acting = io::Acting{*person, io::Role::kAgent};
  AdmitToCustomer(context_, node_, as, now_(), CustomerId{beginning.customer},
                  [this, order = std::move(order), done = std::move(done),
                   alive = std::weak_ptr(alive_)](const Result<Admission>& admitted) mutable {
                    if (!admitted.ok()) return done(admitted.error());
                    if (alive.expired()) return;
                    if (!node_.runtime.leading()) return done(node_.runtime.WhyNotLeading());
                    SendBegun(std::move(order), std::move(done));
                  });
}

void CallDesk::SendBegun(CallOrder order, Done done) {
  const Result<CallOrders*> orders = FindTaker(order);
  Done counted = Counted(std::move(done));
  if (!orders.ok()) return counted(orders.error());
  (*orders)->Send(std::move(order), std::move(counted));
}

CallDesks::CallDesks(const Domains& domains, ContextNode& context, io::Metrics& metrics,
                     const std::function<Instant()>& now) {
  for (const auto& [id, node] : domains.nodes()) {
    desks_[node.get()] = std::make_unique<CallDesk>(*node, context, metrics, now);
  }
}

}  // namespace usher::service
