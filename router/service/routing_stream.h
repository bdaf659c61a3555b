// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/io/call_context.h"
#include "base/io/event_loop.h"
#include "base/io/server_stream.h"
#include "router/service/adapter_standbys.h"
#include "router/service/call_desk.h"
#include "router/service/call_orders.h"
#include "router/service/command_answers.h"
#include "router/service/domain_node.h"
#include "router/service/event_outbox.h"
#include "router/service/reconciliation.h"
#include "router/service/replay.h"
#include "usher/routing/v1/routing_service.pb.h"

namespace usher::service {

// One adapter's `RouteContacts` stream: commands in, results and the events of the adapter's
// contacts out, both batched; with them orders about calls out and what came of them in. One that
// stands by for its name is told nothing, and says nothing, until that is free. Loop thread.
class RoutingStream final : public io::StreamHandler<routing::v1::RouteContactsRequest,
                                                     routing::v1::RouteContactsResponse>,
                            public EventSink,
                            public Standby {
 public:
  using Stream =
      io::ServerStream<routing::v1::RouteContactsRequest, routing::v1::RouteContactsResponse>;

  RoutingStream(DomainNode& node, CallDesk& calls, AdapterStandbys& standbys,
                const io::CallContext& call, Stream& stream);
  ~RoutingStream() override;

  bool OnMessage(routing::v1::RouteContactsRequest&& message) override;
  void OnHalfClose() override;
  bool Fill(routing::v1::RouteContactsResponse& message) override;

  void OnEvent(const EventRef& event) override;
  void OnCommitEnd(store::CommitSeq sequence) override;
  void OnQueueMoved(const QueueId& queue) override;
  void OnTurn() override;
  void OnCut(const Error& why) override;
  void OnStalled() override { CutAsTooSlow(); }

 private:
  // A contact of this adapter that waits, and the place that was told last.
  struct Waiting {
    QueueId queue;
    std::uint32_t told_position = 0;
  };

  Result<void> Open(const routing::v1::RouteContactsHello& hello);
  // Has the adapter's name from now on.
  void TakeName();
  // A stream that stands by has said more than its hello.
  bool RefuseWords();
  void Resume(store::CommitSeq after);
  void OnReplayed(Result<Replayed> replayed);
  void StartWithSnapshot();
  void Welcome(routing::v1::RouteContactsWelcome welcome);
  bool FillWelcome(routing::v1::RouteContactsWelcome& part);
  void FillPlaces(google::protobuf::RepeatedPtrField<routing::v1::Event>& events);
  void CutAsTooSlow();
  void DropWhatWaits();
  void Run(const routing::v1::ContactCommand& command);
  void Claim(std::uint64_t tag, const routing::v1::ClaimContactRequest& claim);
  // The router knows from this on that the adapter is there, or not.
  void SetAdapter(engine::Connection connection);
  void NotePlace(const EventRef& event);
  void TellPlaces();
  void TakeCalls(routing::v1::RouteContactsRequest& message);

  DomainNode& node_;
  CallDesk& calls_;
  AdapterStandbys& standbys_;
  io::CallContext call_;
  Stream& stream_;
  std::string adapter_;  // "" until the hello
  routing::v1::RouteContactsHello hello_;
  bool stands_by_ = false;
  bool tell_standing_by_ = false;
  bool welcomed_ = false;
  bool cut_ = false;  // ending; what still comes is not for this stream
  std::optional<routing::v1::RouteContactsWelcome> welcome_;
  int told_contacts_ = 0;            // of the welcome
  std::vector<EventRef> held_back_;  // live events that come before the welcome is told
  runtime::LogPosition skip_;        // live events up to here are in the welcome or the replay
  store::CommitSeq told_up_to_ = 0;
  CommandAnswers<routing::v1::ContactResult> answers_;
  Reconciliation reconciliation_;
  EventOutbox outbox_;
  CallOrders orders_;

  std::unordered_map<ContactId, Waiting> waiting_;
  std::unordered_set<QueueId> moved_queues_;
  std::vector<routing::v1::Event> places_;
  io::Timer place_timer_;
  std::shared_ptr<void> alive_;
};

}  // namespace usher::service
