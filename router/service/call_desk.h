// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/id.h"
#include "base/io/call_context.h"
#include "base/io/metrics.h"
#include "base/result.h"
#include "base/time.h"
#include "router/service/call_orders.h"
#include "router/service/call_states.h"
#include "router/service/context_node.h"
#include "router/service/domain_node.h"
#include "usher/agents/v1/agent_service.pb.h"

namespace usher::service {

// What people of one domain want of adapters: what they do with the sound of calls, and the calls
// and mails that they begin. Who may, which adapter does it, and that supervision is on record.
// Loop thread.
//
//   calls.Control(call, request, [reply](Result<std::string> done) { … });
class CallDesk {
 public:
  using Done = CallOrders::Done;

  CallDesk(DomainNode& node, ContextNode& context, io::Metrics& metrics,
           std::function<Instant()> now);

  CallStates& states() { return states_; }

  // Which orders an adapter takes.
  struct Takes {
    bool calls = false;
    bool mails = false;
  };

  // An adapter's stream is open. The newest of a name counts.
  void Connect(const std::string& adapter, const void* stream, CallOrders& orders, Takes takes);
  void Disconnect(const std::string& adapter, const void* stream);

  // From an adapter. What makes no sense is refused, which is counted and logged: a call's picture
  // is no reason to cut the adapter off from its contacts.
  void TellState(const std::string& adapter, routing::v1::CallState state);
  void TakeResult(CallOrders& orders, const routing::v1::CallOrderResult& result);

  // By the contact's agent, and `supervise` by a supervisor, which is on record before it is done.
  // INVALID_ARGUMENT/BAD_CONTROL, NOT_FOUND/UNKNOWN_CONTACT, PERMISSION_DENIED: NOT_YOURS,
  // NOT_A_SUPERVISOR; FAILED_PRECONDITION: NOT_TALKING, NO_CALLS; UNAVAILABLE: ADAPTER_AWAY,
  // READ_NOT_RECORDED; and what CallOrders::Send says.
  void Control(const io::CallContext& call, const agents::v1::ControlCallRequest& request,
               Done done);
  // For an agent who is signed in. INVALID_ARGUMENT/BAD_NUMBER, NOT_FOUND/UNKNOWN_AGENT,
  // PERMISSION_DENIED: NOT_YOURS, NOT_CONCERNED; FAILED_PRECONDITION: NOT_SIGNED_IN, NO_CALLS. The
  // adapter is the first by name of those that take orders about calls.
  void Place(const io::CallContext& call, const agents::v1::PlaceCallRequest& request, Done done);
  // The same for a conversation by e-mail. INVALID_ARGUMENT: BAD_ADDRESS, WORD_REFUSED; NOT_FOUND:
  // UNKNOWN_AGENT, UNKNOWN_QUEUE; FAILED_PRECONDITION: NOT_SIGNED_IN, NO_MAIL.
  void StartMail(const io::CallContext& call, const agents::v1::StartMailRequest& request,
                 Done done);

 private:
  struct Line {
    const void* stream = nullptr;
    CallOrders* orders = nullptr;
    Takes takes{};
  };
  // What a person begins: the order, and the customer that it names.
  struct Beginning {
    routing::v1::CallOrder order{};
    std::string customer{};
    std::string request_id{};
  };
  // A supervisor who may be in a call. Those of contacts that are over are dropped now and then.
  struct Supervision {
    std::string role;
    bool is_leaving = false;  // asked to, which is on record
  };
  static constexpr std::size_t kSupervisionsTidied = 1'000;

  Result<CallOrders*> FindOrders(const std::string& adapter) const;
  // The first by name that takes what the order begins.
  Result<CallOrders*> FindTaker(const routing::v1::CallOrder& order) const;
  void Supervise(const io::CallContext& call, ContactId contact,
                 const agents::v1::ControlCallRequest& request, Done done);
  void Order(ContactId contact, routing::v1::CallOrder order, Done done);
  // For the agent who is named, or who calls.
  void Begin(const io::CallContext& call, const std::string& agent_id, Beginning beginning,
             Done done);
  void SendBegun(routing::v1::CallOrder order, Done done);
  Done Counted(Done done);
  void NoteSupervision(ContactId contact, const AgentId& person, Supervision supervision);
  void OnLeft(ContactId contact, const AgentId& supervisor);
  // What a supervisor does in a call: in the log, and among the reads of the call's customer.
  void Record(ContactId contact, const std::string& by, const std::string& role,
              const std::string& mode, std::function<void(Result<void>)> done);
  io::Counter& CountOf(const std::string& outcome);

  DomainNode& node_;
  ContextNode& context_;
  io::Metrics& metrics_;
  const std::function<Instant()> now_;
  std::map<std::string, Line> lines_;  // by adapter
  std::map<std::pair<ContactId, AgentId>, Supervision> supervisions_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
  CallStates states_;
};

// The call desks of all domains. Filled at start-up, then only read.
class CallDesks {
 public:
  CallDesks(const Domains& domains, ContextNode& context, io::Metrics& metrics,
            const std::function<Instant()>& now);

  CallDesk& Of(const DomainNode& node) const { return *desks_.at(&node); }

 private:
  std::map<const DomainNode*, std::unique_ptr<CallDesk>> desks_;
};

}  // namespace usher::service
