// SPDX-License-Identifier: Apache-2.0
#include "router/service/customer_access.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include <google/protobuf/descriptor.h>

#include "base/check.h"
#include "router/context/keys.h"
#include "router/service/context_call.h"
#include "router/service/text_ids.h"
#include "router/service/wire.h"
#include "usher/context/v1/privacy_service.pb.h"

namespace usher::service {

namespace {

using google::protobuf::Message;
using store::RedisReply;

constexpr bool kReads = true;
constexpr std::array kRules = std::to_array<AccessRule>({
    // Machines resolve and converse; lists and merges are for those who may see all by their role.
    {"ContextService/ResolveCustomer", Touches::kNothing},
    {"ContextService/ListCustomers", Touches::kNothing},
    {"ContextService/CreateCustomer", Touches::kNothing},
    {"ContextService/MergeCustomers", Touches::kNothing},
    {"ContextService/UndoMerge", Touches::kNothing},
    {"ContextService/RecordEvents", Touches::kNothing},
    {"ContextService/Converse", Touches::kNothing},
    // Shows an agent of those whom she may not read what she typed and no more (MaskHit).
    {"ContextService/SearchCustomers", Touches::kNothing},
    {"ContextService/GetCustomer", Touches::kCustomer, kReads},
    // What is changed is answered whole.
    {"ContextService/UpdateCustomer", Touches::kCustomer, kReads},
    {"ContextService/AddIdentity", Touches::kCustomer, kReads},
    {"ContextService/RemoveIdentity", Touches::kCustomer, kReads},
    {"ContextService/SuggestDuplicates", Touches::kCustomer, kReads},
    {"ContextService/ListTimeline", Touches::kCustomer, kReads},
    {"ContextService/WatchTimeline", Touches::kCustomer, kReads},
    {"ContextService/SearchMessages", Touches::kCustomer, kReads},
    {"ContextService/AddNote", Touches::kCustomer},
    {"ContextService/ListMessages", Touches::kContact, kReads},
    {"ContextService/WatchConversation", Touches::kContact, kReads},
    {"ContextService/AppendMessages", Touches::kMessages},
    {"ContextService/GetDraft", Touches::kContact, kReads},
    {"ContextService/SaveDraft", Touches::kContact},
    {"CaseService/OpenCase", Touches::kCustomer},
    {"CaseService/ListCases", Touches::kCases, kReads},
    {"CaseService/GetCase", Touches::kCase, kReads},
    {"CaseService/UpdateCase", Touches::kCase, kReads},
    {"CaseService/TransferCase", Touches::kCase, kReads},
    {"CaseService/MakePromise", Touches::kCase, kReads},
    {"CaseService/KeepPromise", Touches::kCase, kReads},
    {"PrivacyService/ListChanges", Touches::kCustomer, kReads},
    {"PrivacyService/RevertChange", Touches::kCustomer, kReads},
    {"PrivacyService/ListReads", Touches::kCustomer, kReads},
    {"PrivacyService/ExportCustomer", Touches::kCustomer, kReads},
    // Nothing may be left of it, the note of a read included.
    {"PrivacyService/EraseCustomer", Touches::kCustomer},
});

// A merge of merges is followed this far; further records are read by their own rights.
constexpr std::size_t kRecordsMax = 64;
// Messages looked at for whose a conversation is, where its contact is no longer kept.
constexpr std::size_t kOpeningMessages = 50;

Error NotConcerned(const std::string& what) {
  return {Code::kPermissionDenied, "NOT_CONCERNED", "nothing of " + what + " is with this agent",
          "ask while a contact of the customer is offered to or with the agent, or shortly after; "
          "as the customer's or an open case's owner; or ask a supervisor"};
}

// Who asks for a machine, or may see all by the role.
bool IsPerson(const io::CallContext& call) { return call.acting_role() != io::Role::kAdapter; }
std::optional<std::string> RightOfRole(const io::CallContext& call) {
  if (call.acting_role() == io::Role::kAgent) return std::nullopt;
  return IsPerson(call) ? "role" : "";
}

// A consult is about another contact: that one says whose it is.
CustomerId CustomerOf(const engine::Engine& engine, const engine::ContactRow& contact) {
  if (!contact.consults) return contact.customer;
  const auto about = engine.FindContact(contact.consults);
  return about ? about->customer : contact.customer;
}

// What is offered to the agent or with her, wrap-up included.
std::vector<ContactId> DeskOf(const engine::Engine& engine, const AgentId& agent) {
  engine::AgentWork work = engine.WorkOf(agent);
  std::vector<ContactId> desk = std::move(work.assigned);
  desk.insert(desk.end(), work.held.begin(), work.held.end());
  desk.insert(desk.end(), work.offered.begin(), work.offered.end());
  if (const auto row = engine.FindAgent(agent)) {
    for (const engine::WrapUp& wrap_up : row->wrap_ups) desk.push_back(wrap_up.contact);
  }
  return desk;
}

// The contact on the agent's desk that is one of these records', or none.
ContactId FindOnDesk(const engine::Engine& engine, const AgentId& agent,
                     const std::vector<CustomerId>& records) {
  for (const ContactId id : DeskOf(engine, agent)) {
    const auto contact = engine.FindContact(id);
    if (!contact) continue;
    const CustomerId customer = CustomerOf(engine, *contact);
    if (customer && std::ranges::find(records, customer) != records.end()) return id;
  }
  return ContactId{};
}

// One agent's right to one customer, looked for where it is cheapest first: in the engine, then in
// what Redis knows of the record.
class RightSearch : public std::enable_shared_from_this<RightSearch> {
 public:
  RightSearch(ContextNode& node, const DomainNode& led, const io::CallContext& call, Instant now,
              CustomerId customer, AdmitCallback done)
      : node_(node),
        domain_(led.runtime.domain()),
        agent_(call.acting_subject()),
        now_(now),
        customer_(std::move(customer)),
        done_(std::move(done)) {}

  void Begin(const DomainNode& led) {
    const engine::Engine& engine = led.runtime.engine();
    const engine::CustomerPolicy& policy = engine.domain().customers;
    if (policy.open_access) return Give("open");
    grace_ = policy.access_grace;
    if (const ContactId contact = FindOnDesk(engine, agent_, {customer_})) {
      return Give("contact " + ToText(contact));
    }
    FindRecords(node_, domain_, customer_,
                [self = shared_from_this()](Result<std::vector<CustomerId>> records) {
                  if (!records.ok()) return self->done_(records.error());
                  self->OnRecords(*std::move(records));
                });
  }

 private:
  void Give(std::string right) { done_(Admission{customer_, std::move(right)}); }

  void OnRecords(std::vector<CustomerId> records) {
    const Result<DomainNode*> led = node_.find_led(domain_);
    if (!led.ok()) return done_(led.error());
    if (const ContactId contact = FindOnDesk((*led)->runtime.engine(), agent_, records)) {
      return Give("contact " + ToText(contact));
    }
    records_ = std::move(records);
    left_ = records_.size() + 2;
    for (const CustomerId& record : records_) {
      node_.redis.Call(
          {"HGET", context::CustomerKey(domain_, record, "meta"), "seen:" + agent_.value()},
          [self = shared_from_this()](Result<RedisReply> reply) { self->OnSeen(reply); });
    }
    node_.customers.Get(domain_, records_.front(),
                        [self = shared_from_this()](Result<context::v1::Customer> customer) {
                          self->OnRecord(customer);
                        });
    // Open cases of these records that are hers.
    node_.cases.ReadList(domain_, {.customers = records_, .owner = agent_}, "", 1,
                         [self = shared_from_this()](Result<context::CasePage> page) {
                           if (!page.ok()) self->Fail(page.error());
                           if (page.ok() && !page->cases.empty()) {
                             self->right_ = "case " + page->cases.front().id();
                           }
                           self->Settle();
                         });
  }

  void OnSeen(const Result<RedisReply>& reply) {
    if (!reply.ok()) Fail(reply.error());
    if (reply.ok() && reply->IsError()) Fail(store::ToError(*reply, "look up an agent's contacts"));
    if (reply.ok()) {
      const auto seen_ms = reply->AsInteger();
      if (seen_ms && now_ < InstantFromUnixMs(*seen_ms) + grace_) right_ = "grace";
    }
    Settle();
  }

  void OnRecord(const Result<context::v1::Customer>& customer) {
    if (customer.ok()) {
      if (customer->relationship_owner() == agent_.value()) right_ = "owner";
    } else if (customer.error().code != Code::kNotFound) {
      Fail(customer.error());
    }
    Settle();
  }

  void Fail(const Error& error) {
    if (!error_) error_ = error;
  }

  // A right that was found holds whatever else could not be read.
  void Settle() {
    if (--left_ > 0) return;
    if (!right_.empty()) return Give(std::move(right_));
    if (error_) return done_(*error_);
    done_(NotConcerned("customer " + customer_.value()));
  }

  ContextNode& node_;
  const DomainId domain_;
  const AgentId agent_;
  const Instant now_;
  const CustomerId customer_;
  const AdmitCallback done_;
  Duration grace_{0};
  std::vector<CustomerId> records_;
  std::size_t left_ = 0;
  std::string right_;
  std::optional<Error> error_;
};

// Whose a contact is: as the engine has it, else as it ended, else by what its customer said in it.
void FindCustomerOf(ContextNode& node, DomainNode& led, ContactId contact,
                    std::function<void(Result<CustomerId>)> done) {
  const engine::Engine& engine = led.runtime.engine();
  if (const auto row = engine.FindContact(contact)) return done(CustomerOf(engine, *row));
  led.runtime.ReadClosed(contact, [&node, domain = led.runtime.domain(), contact,
                                   done = std::move(done)](Result<store::ClosedContact> closed) {
    if (closed.ok() && closed->closed.customer) return done(closed->closed.customer);
    if (!closed.ok() && closed.error().code != Code::kNotFound) return done(closed.error());
    node.conversations.Read(domain, ToText(contact), 0, kOpeningMessages,
                            [done](Result<context::Messages> read) {
                              if (!read.ok()) return done(read.error());
                              for (const context::v1::Message& message : read->messages) {
                                if (message.author().side() != context::v1::Author::SIDE_CUSTOMER)
                                  continue;
                                // A visitor who is nobody's customer has an id of another form.
                                if (auto id = ParseCustomerId(message.author().id()); id.ok())
                                  return done(*id);
                              }
                              done(CustomerId{});
                            });
  });
}

// A contact of nobody known is with its agent or with nobody.
bool HasOnDesk(const DomainNode& led, const io::CallContext& call, ContactId contact) {
  const engine::Engine& engine = led.runtime.engine();
  for (const ContactId id : DeskOf(engine, AgentId{call.acting_subject()})) {
    if (id == contact) return true;
    const auto row = engine.FindContact(id);
    if (row && row->consults == contact) return true;
  }
  return false;
}

void AdmitToContact(ContextNode& node, DomainNode& led, const io::CallContext& call, Instant now,
                    ContactId contact, AdmitCallback done) {
  if (!IsPerson(call)) return done(Admission{});
  const bool at_hand = HasOnDesk(led, call, contact);
  const DomainId domain = led.runtime.domain();
  FindCustomerOf(node, led, contact,
                 [&node, domain, call, now, contact, at_hand,
                  done = std::move(done)](Result<CustomerId> customer) {
                   if (!customer.ok()) return done(customer.error());
                   const std::string right = at_hand ? "contact " + ToText(contact) : "";
                   if (at_hand) return done(Admission{*customer, right});
                   if (*customer) {
                     const Result<DomainNode*> still = node.find_led(domain);
                     if (!still.ok()) return done(still.error());
                     return AdmitToCustomer(node, **still, call, now, *customer, done);
                   }
                   if (const auto by_role = RightOfRole(call)) {
                     return done(Admission{CustomerId{}, *by_role});
                   }
                   done(NotConcerned("contact " + ToText(contact)));
                 });
}

// One after the other; the first that is refused says why.
void AdmitToContacts(ContextNode& node, const DomainId& domain, const io::CallContext& call,
                     Instant now, std::vector<ContactId> contacts, AdmitCallback done) {
  if (contacts.empty()) return done(Admission{});
  const Result<DomainNode*> led = node.find_led(domain);
  if (!led.ok()) return done(led.error());
  const ContactId contact = contacts.back();
  contacts.pop_back();
  AdmitToContact(node, **led, call, now, contact,
                 [&node, domain, call, now, contacts = std::move(contacts),
                  done = std::move(done)](Result<Admission> admitted) mutable {
                   if (!admitted.ok() || contacts.empty()) return done(std::move(admitted));
                   AdmitToContacts(node, domain, call, now, std::move(contacts), done);
                 });
}

const std::string& TextOf(const Message& message, const char* field, std::string& scratch) {
  const auto* descriptor = message.GetDescriptor()->FindFieldByName(field);
  USHER_CHECK(descriptor != nullptr, message.GetTypeName());
  return message.GetReflection()->GetStringReference(message, descriptor, &scratch);
}

// Of a draft, the one that it is of.
const std::string& ContactTextOf(const Message& request, std::string& scratch) {
  const auto* draft = request.GetDescriptor()->FindFieldByName("draft");
  if (draft == nullptr) return TextOf(request, "contact_id", scratch);
  return TextOf(request.GetReflection()->GetMessage(request, draft), "contact_id", scratch);
}

Result<std::vector<ContactId>> ContactsOf(const Message& request) {
  const auto* messages = request.GetDescriptor()->FindFieldByName("messages");
  USHER_CHECK(messages != nullptr, request.GetTypeName());
  const auto* reflection = request.GetReflection();
  std::set<ContactId> contacts;
  for (int i = 0; i < reflection->FieldSize(request, messages); ++i) {
    std::string scratch;
    const auto contact = ParseContactId(
        TextOf(reflection->GetRepeatedMessage(request, messages, i), "contact_id", scratch));
    if (!contact.ok()) return contact.error();
    contacts.insert(*contact);
  }
  return std::vector<ContactId>(contacts.begin(), contacts.end());
}

void AdmitToCase(ContextNode& node, const DomainNode& led, const io::CallContext& call, Instant now,
                 const std::string& case_id, AdmitCallback done) {
  const DomainId domain = led.runtime.domain();
  node.cases.Find(
      domain, case_id, {},
      [&node, domain, call, now, case_id,
       done = std::move(done)](Result<context::FoundCase> found) {
        if (!found.ok()) return done(found.error());
        if (!found->stored) {
          return done(Error{Code::kNotFound, "UNKNOWN_CASE", "there is no case " + case_id,
                            "list the customer's cases"});
        }
        const context::v1::Case& known = found->stored->record.case_();
        const CustomerId customer{known.customer_id()};
        // An owner reads her case when it has ended, too.
        if (call.acting_role() == io::Role::kAgent && known.owner() == call.acting_subject()) {
          return done(Admission{customer, "case " + case_id});
        }
        const Result<DomainNode*> still = node.find_led(domain);
        if (!still.ok()) return done(still.error());
        AdmitToCustomer(node, **still, call, now, customer, done);
      });
}

}  // namespace

const AccessRule* FindAccessRule(std::string_view method) {
  const auto found = std::ranges::find(kRules, method, &AccessRule::method);
  return found == kRules.end() ? nullptr : &*found;
}

void AdmitToCustomer(ContextNode& node, const DomainNode& led, const io::CallContext& call,
                     Instant now, const CustomerId& customer, AdmitCallback done) {
  if (node.being_erased.contains({led.runtime.domain(), customer})) {
    return done(Error{Code::kAborted, "BEING_ERASED", "the customer is being erased",
                      "nothing of this customer can be read or changed any more"});
  }
  if (const auto right = RightOfRole(call)) return done(Admission{customer, *right});
  std::make_shared<RightSearch>(node, led, call, now, customer, std::move(done))->Begin(led);
}

void AdmitRequest(ContextNode& node, DomainNode& led, const io::CallContext& call, Instant now,
                  const AccessRule& rule, const Message& request, AdmitCallback done) {
  std::string scratch;
  switch (rule.touches) {
    case Touches::kNothing:
      return done(Admission{});
    case Touches::kContact: {
      const auto contact = ParseContactId(ContactTextOf(request, scratch));
      if (!contact.ok()) return done(contact.error());
      return AdmitToContact(node, led, call, now, *contact, std::move(done));
    }
    case Touches::kMessages: {
      const auto contacts = ContactsOf(request);
      if (!contacts.ok()) return done(contacts.error());
      return AdmitToContacts(node, led.runtime.domain(), call, now, *contacts, std::move(done));
    }
    case Touches::kCase:
      return AdmitToCase(node, led, call, now, TextOf(request, "case_id", scratch),
                         std::move(done));
    case Touches::kCases:
      if (!TextOf(request, "customer_id", scratch).empty()) break;
      // Without a customer an agent sees her own.
      if (call.acting_role() == io::Role::kAgent &&
          TextOf(request, "owner", scratch) != call.acting_subject()) {
        return done(NotConcerned("these cases"));
      }
      return done(Admission{});
    case Touches::kCustomer:
      break;
  }
  const Result<CustomerId> customer = ParseCustomerId(TextOf(request, "customer_id", scratch));
  if (!customer.ok()) return done(customer.error());
  AdmitToCustomer(node, led, call, now, *customer, std::move(done));
}

namespace {

// Goes up to the record that the others were merged into, then down to all that were.
class RecordsSearch : public std::enable_shared_from_this<RecordsSearch> {
 public:
  using Done = std::function<void(Result<std::vector<CustomerId>>)>;

  RecordsSearch(ContextNode& node, DomainId domain, Done done)
      : node_(node), domain_(std::move(domain)), done_(std::move(done)) {}

  void Rise(const CustomerId& record) {
    const bool first = risen_++ == 0;
    Get(record, [self = shared_from_this(), record, first](Result<context::v1::Customer> found) {
      if (!found.ok() && found.error().code != Code::kNotFound) return self->done_(found.error());
      const bool on = found.ok() && !found->merged_into().empty() && self->risen_ < kRecordsMax;
      if (on) return self->Rise(CustomerId{found->merged_into()});
      self->records_.push_back(found.ok() ? CustomerId{found->id()} : record);
      if (!found.ok() && first) return self->done_(std::move(self->records_));
      if (found.ok()) self->Add(*found);
      self->Descend(1);
    });
  }

 private:
  void Get(const CustomerId& record, std::function<void(Result<context::v1::Customer>)> callback) {
    node_.customers.GetOwn(domain_, record, std::move(callback));
  }

  void Add(const context::v1::Customer& record) {
    for (const std::string& merged : record.merged()) {
      const CustomerId id{merged};
      if (records_.size() < kRecordsMax && std::ranges::find(records_, id) == records_.end()) {
        records_.push_back(id);
      }
    }
  }

  void Descend(std::size_t next) {
    if (next >= records_.size()) return done_(std::move(records_));
    Get(records_[next],
        [self = shared_from_this(), next](const Result<context::v1::Customer>& found) {
          if (!found.ok() && found.error().code != Code::kNotFound) {
            return self->done_(found.error());
          }
          if (found.ok()) self->Add(*found);
          self->Descend(next + 1);
        });
  }

  ContextNode& node_;
  const DomainId domain_;
  const Done done_;
  std::size_t risen_ = 0;
  std::vector<CustomerId> records_;
};

}  // namespace

void FindRecords(ContextNode& node, const DomainId& domain, const CustomerId& customer,
                 std::function<void(Result<std::vector<CustomerId>>)> done) {
  std::make_shared<RecordsSearch>(node, domain, std::move(done))->Rise(customer);
}

void RecordRead(ContextNode& node, const DomainNode& led, const io::CallContext& call, Instant now,
                const AccessRule& rule, const Admission& admission,
                std::function<void(Result<void>)> done) {
  if (!rule.reads || !IsPerson(call) || !admission.customer) return done({});
  context::v1::CustomerRead read;
  read.set_by(call.acting_subject());
  read.set_role(std::string(io::ToText(call.acting_role())));
  *read.mutable_at() = ToTimestamp(now);
  read.set_method(std::string(rule.method.substr(rule.method.find('/') + 1)));
  read.set_right(admission.right);
  node.reads.Record(
      led.runtime.domain(), admission.customer, read,
      led.runtime.engine().domain().customers.reads_kept,
      [done = std::move(done)](const Result<void>& recorded) {
        if (recorded.ok()) return done({});
        done(Error{Code::kUnavailable, "READ_NOT_RECORDED",
                   "nobody reads a customer unrecorded, and it could not be recorded: " +
                       recorded.error().message,
                   "try again in a few seconds"});
      });
}

}  // namespace usher::service
