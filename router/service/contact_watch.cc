// SPDX-License-Identifier: Apache-2.0
#include "router/service/contact_watch.h"

#include <algorithm>
#include <string>
#include <utility>

#include "router/service/replay.h"
#include "router/service/text_ids.h"

namespace usher::service {

Result<std::unique_ptr<ContactWatch>> ContactWatch::Open(
    DomainNode& node, const routing::v1::WatchContactsRequest& request, Feed& feed) {
  if (auto takes = node.hub.TakesWatcher(); !takes.ok()) return takes.error();
  if (static_cast<std::size_t>(request.contact_ids_size()) > kContactsMax) {
    return Error{Code::kInvalidArgument, "TOO_MANY_CONTACTS",
                 "the request names " + std::to_string(request.contact_ids_size()) + " contacts",
                 "name at most " + std::to_string(kContactsMax) + ", or none to watch all"};
  }
  std::unique_ptr<ContactWatch> watch(new ContactWatch(node, feed));
  for (const std::string& text : request.contact_ids()) {
    const Result<ContactId> contact = ParseContactId(text);
    if (!contact.ok()) return contact.error();
    watch->contacts_.insert(*contact);
  }
  watch->told_up_to_ = node.runtime.told_sequence();
  node.hub.SubscribeAll(*watch);
  if (request.has_after_sequence()) {
    watch->Replay(request.after_sequence());
  } else {
    watch->live_ = true;
  }
  return watch;
}

ContactWatch::~ContactWatch() { node_.hub.Unsubscribe(*this); }

void ContactWatch::Replay(store::CommitSeq after) {
  ReadReplay(node_.runtime, after, told_up_to_, LongReplay::kRefused, alive_,
             [this](auto replayed) {
               if (!replayed.ok()) return OnCut(replayed.error());
               for (const EventRef& event : EventsOf(*replayed)) {
                 if (IsWanted(event.event())) outbox_.PushReplayed(event);
               }
               live_ = true;
               for (const EventRef& event : std::exchange(held_back_, {})) OnEvent(event);
               feed_.Wake();
             });
}

bool ContactWatch::IsWanted(const engine::Event& event) const {
  return contacts_.empty() || contacts_.contains(ContactOf(event));
}

void ContactWatch::OnEvent(const EventRef& event) {
  if (cut_) return;
  if (!live_) {
    if (held_back_.size() >= node_.readers.events_max) return CutAsTooSlow();
    held_back_.push_back(event);
    return;
  }
  if (IsWanted(event.event()) && !outbox_.Push(event)) CutAsTooSlow();
}

void ContactWatch::OnCommitEnd(store::CommitSeq) {
  if (live_ && !outbox_.empty()) feed_.Wake();
}

bool ContactWatch::Fill(routing::v1::WatchContactsResponse& message) {
  const bool more = outbox_.Fill(*message.mutable_events());
  told_up_to_ = std::max(told_up_to_, outbox_.last_sequence());
  // Of a replay that takes several messages, only what is in them so far may be resumed after.
  if (live_) message.set_sequence(more ? outbox_.last_sequence() : told_up_to_);
  const bool opening = live_ && !std::exchange(opening_told_, live_ || opening_told_);
  return opening || message.events_size() > 0;
}

void ContactWatch::OnCut(const Error& why) {
  cut_ = true;
  outbox_.Clear();
  held_back_ = {};
  feed_.Abort(why);
}

void ContactWatch::CutAsTooSlow() {
  if (cut_) return;
  node_.slow_readers.CountCut(node_.runtime.domain(), "watch_contacts");
  OnCut(TooSlow());
}

}  // namespace usher::service
