// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <google/protobuf/message.h>

#include "base/id.h"
#include "base/io/call_context.h"
#include "base/io/unary_method.h"
#include "base/result.h"
#include "base/time.h"
#include "router/service/context_node.h"

// Which person may see which customer, and that it is on record.
//
// Supervisors and administrators may by their role. Machines (adapters for themselves) may: they
// bring the customers. An agent may while a contact of that customer is offered to or with her,
// a consult about one included, and within `customers.access_grace` after; as the customer's
// relationship owner; as owner of an open case; or everywhere with `customers.access: open`.
// Records that were merged are one customer: a right to one is a right to the whole.
//
// Every method that touches one customer is guarded where it is added to the method table
// (AddContextMethod), by a row of FindAccessRule: none is called before the right is known, and no
// answer leaves before the read is on record.
namespace usher::service {

// What of a request says whose it is.
enum class Touches {
  kNothing,   // no one customer: the role is all, or the method itself looks at each
  kCustomer,  // customer_id
  kContact,   // contact_id
  kMessages,  // messages[].contact_id
  kCase,      // case_id
  kCases,     // customer_id, else an agent's own
};

struct AccessRule {
  std::string_view method;  // "ContextService/GetCustomer"
  Touches touches = Touches::kNothing;
  bool reads = false;  // what it answers tells of the customer: kept in the read log
};

// Null for a method that has no row, which may not be served.
const AccessRule* FindAccessRule(std::string_view method);

// By what right a call may go on.
struct Admission {
  CustomerId customer;  // none: of nobody known
  std::string right;    // as in the read log, such as `contact c42`; "" for machines
};
using AdmitCallback = std::function<void(Result<Admission>)>;

// Whether the call's person may see the customer. PERMISSION_DENIED/NOT_CONCERNED. `done` may be
// called at once.
void AdmitToCustomer(ContextNode& node, const DomainNode& led, const io::CallContext& call,
                     Instant now, const CustomerId& customer, AdmitCallback done);
// The same for what a request names.
void AdmitRequest(ContextNode& node, DomainNode& led, const io::CallContext& call, Instant now,
                  const AccessRule& rule, const google::protobuf::Message& request,
                  AdmitCallback done);

// The records that are one customer's: the one that the others were merged into first. A record
// that is not there is its own.
void FindRecords(ContextNode& node, const DomainId& domain, const CustomerId& customer,
                 std::function<void(Result<std::vector<CustomerId>>)> done);

// Puts the read on record; nothing for machines, and for what is of nobody known.
void RecordRead(ContextNode& node, const DomainNode& led, const io::CallContext& call, Instant now,
                const AccessRule& rule, const Admission& admission,
                std::function<void(Result<void>)> done);

// Holds an answer back until the read is on record. Both may come first.
template <class Response>
class HeldAnswer {
 public:
  explicit HeldAnswer(io::Reply<Response> reply) : reply_(std::move(reply)) {}

  // Where the method answers.
  static io::Reply<Response> ReplyOf(const std::shared_ptr<HeldAnswer>& held) {
    return io::Reply<Response>(std::make_shared<io::PendingReply>(
        held->response_, [held](Result<void> result) { held->OnAnswer(std::move(result)); }));
  }

  void OnRecorded(Result<void> result) {
    recorded_ = std::move(result);
    MaybeSend();
  }

 private:
  void OnAnswer(Result<void> result) {
    answer_ = std::move(result);
    MaybeSend();
  }

  void MaybeSend() {
    if (!answer_ || !recorded_) return;
    if (!answer_->ok()) return reply_.Fail(answer_->error());
    if (!recorded_->ok()) return reply_.Fail(recorded_->error());
    reply_.Send(std::move(response_));
  }

  const io::Reply<Response> reply_;
  Response response_;
  std::optional<Result<void>> answer_;
  std::optional<Result<void>> recorded_;
};

}  // namespace usher::service
