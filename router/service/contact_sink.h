// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "base/id.h"
#include "base/result.h"
#include "router/context/timeline_store.h"
#include "router/engine/channel.h"
#include "router/engine/event.h"

namespace usher::service {

// What is known of a contact as long as it is fed.
struct FedContact {
  CustomerId customer{};  // none: nobody is known to have sent it
  engine::Channel channel = engine::Channel::kVoice;
  std::string adapter{};      // as it was submitted ...
  std::string external_id{};  // ... which Closed repeats: the two tell whose contact it is for good
};

// Does something about contacts for every event of theirs, surely and in order: what must not be
// left out when a router or Redis fails, such as a case whose task was taken. Added to the domain's
// TimelineFeed when it is made:
//
//   class TaskSink final : public ContactSink {
//     bool Follows(const FedContact& contact) const override { return contact.adapter == "cases"; }
//     void Take(const FedContact&, const context::FeedPosition& at, const engine::Event& event,
//               std::function<void(Result<void>)> done) override {
//       const auto* assigned = std::get_if<engine::Assigned>(&event.body);
//       if (assigned == nullptr) return done({});
//       cases_.SetOwner(…, at, std::move(done));
//     }
//   };
//   feed.Add(sink);
//
// The feed's position in the log does not pass an event before `done` was called with success: then
// what was done is durable. With an error, and after every change of the leader, the events since
// the position that was kept come again. So Take() must do nothing for what it has done already:
// keep the position (it only rises) beside what it writes, in the same atomic write, or write what
// is the same when it is written twice.
//
// The events of one contact come one after the other, each when the one before is done; those of
// different contacts meanwhile. Loop thread.
class ContactSink {
 public:
  virtual ~ContactSink() = default;
  // Whether the sink hears of this contact. Must say the same for all of a contact's life.
  virtual bool Follows(const FedContact& contact) const = 0;
  // Submitted, Assigned, Transferred or Closed; never of a consult. Calls `done` once, also from
  // within. The arguments live until it returns.
  virtual void Take(const FedContact& contact, const context::FeedPosition& position,
                    const engine::Event& event, std::function<void(Result<void>)> done) = 0;
};

}  // namespace usher::service
