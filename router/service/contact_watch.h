// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <unordered_set>
#include <vector>

#include "base/io/server_stream.h"
#include "router/service/domain_node.h"
#include "router/service/event_outbox.h"
#include "usher/routing/v1/routing_service.pb.h"

namespace usher::service {

// `WatchContacts`: every event of the domain, or of some contacts, from a sequence on.
class ContactWatch final : public io::FeedHandler<routing::v1::WatchContactsResponse>,
                           public EventSink {
 public:
  using Feed = io::ServerFeed<routing::v1::WatchContactsResponse>;
  static constexpr std::size_t kContactsMax = 10'000;  // that one watch may name

  // BAD_CONTACT_ID, TOO_MANY_CONTACTS, or TOO_MANY_WATCHERS.
  static Result<std::unique_ptr<ContactWatch>> Open(
      DomainNode& node, const routing::v1::WatchContactsRequest& request, Feed& feed);
  ~ContactWatch() override;

  bool Fill(routing::v1::WatchContactsResponse& message) override;
  void OnEvent(const EventRef& event) override;
  void OnCommitEnd(store::CommitSeq sequence) override;
  void OnCut(const Error& why) override;
  void OnStalled() override { CutAsTooSlow(); }

 private:
  ContactWatch(DomainNode& node, Feed& feed)
      : node_(node), feed_(feed), outbox_(node.readers.events_max) {
    feed_.SetStallLimit(node.readers.stall_limit);
  }
  void Replay(store::CommitSeq after);
  bool IsWanted(const engine::Event& event) const;
  void CutAsTooSlow();

  DomainNode& node_;
  Feed& feed_;
  std::unordered_set<ContactId> contacts_;  // empty: all
  bool live_ = false;
  bool cut_ = false;           // ending; what still comes is not for this stream
  bool opening_told_ = false;  // an empty first message says that the watch stands
  std::vector<EventRef> held_back_;
  store::CommitSeq told_up_to_ = 0;
  EventOutbox outbox_;
  std::shared_ptr<void> alive_ = std::make_shared<int>(0);
};

}  // namespace usher::service
