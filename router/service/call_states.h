// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "router/runtime/told.h"
#include "router/service/domain_node.h"
#include "usher/routing/v1/call.pb.h"
#include "usher/routing/v1/event.pb.h"

namespace usher::service {

// A stream that shows people their calls.
class CallFollower {
 public:
  virtual ~CallFollower() = default;
  // The call stands differently, or is the person's from now on. What is to be shown is read when
  // there is room for it: CallStates::FillHint().
  virtual void OnCall(ContactId contact, const AgentId& person) = 0;
};

// How the sound of each open contact's call stands, as its adapter said last. A call concerns the
// contact's agent and everybody whom a leg names, and they are told of each change as a hint.
//
// Nothing of it is stored: an adapter says everything anew whenever its stream opens. While the
// adapter is away the state stays as it was. Bounded by the open contacts, since a state goes with
// its contact, and by kLegsMax and the lengths below: at most about 10 kB each. Loop thread.
class CallStates final : public runtime::Watcher {
 public:
  static constexpr int kLegsMax = 16;
  static constexpr int kCannotMax = 16;
  static constexpr std::size_t kIdBytesMax = 128;
  static constexpr std::size_t kAddressBytesMax = 256;

  // A supervisor who was in a call is not in it any more.
  using OnLeft = std::function<void(ContactId, const AgentId& supervisor)>;

  explicit CallStates(DomainNode& node);
  ~CallStates() override;
  CallStates(const CallStates&) = delete;
  CallStates& operator=(const CallStates&) = delete;

  void SetOnLeft(OnLeft on_left) { on_left_ = std::move(on_left); }

  // INVALID_ARGUMENT/BAD_CALL_STATE, and PERMISSION_DENIED/NOT_YOUR_CONTACT also for a contact that
  // is over: what was sent before its end may arrive after it.
  Result<void> Tell(const std::string& adapter, routing::v1::CallState state);

  // Null: nothing was said of it.
  const routing::v1::CallState* Find(ContactId contact) const;
  // Those that concern the person.
  std::vector<ContactId> CallsOf(const AgentId& person) const;
  // As the person sees it now: without legs when it does not concern the person any more.
  void FillHint(ContactId contact, const AgentId& person, routing::v1::Event& hint) const;

  // The follower hears of this person's calls.
  void Follow(const AgentId& person, CallFollower& follower);
  void Unfollow(const AgentId& person, const CallFollower& follower);
  // Also of those who are no agents of the domain, as supervisors need not be; nobody says on which
  // stream they are.
  void FollowGuests(CallFollower& follower);
  void UnfollowGuests(const CallFollower& follower);

  std::size_t size() const { return calls_.size(); }

  void OnTold(const std::shared_ptr<const runtime::Told>& told) override;
  void OnLeading() override { Clear(); }
  void OnDeposed(const Error& why) override;

 private:
  using People = std::set<AgentId>;

  struct Call {
    routing::v1::CallState state;
    People named;        // by the legs
    People supervisors;  // of them
  };

  static Result<void> Check(const routing::v1::CallState& state);
  void Replace(ContactId contact, Call call);
  void Drop(ContactId contact);
  void Name(ContactId contact, const People& before, const People& now);
  AgentId AgentOfContact(ContactId contact) const;
  void Announce(ContactId contact, const People& people);
  void Clear();

  DomainNode& node_;
  OnLeft on_left_;
  std::unordered_map<ContactId, Call> calls_;
  std::map<AgentId, std::set<ContactId>> named_in_;
  std::map<AgentId, std::vector<CallFollower*>> followers_;
  std::vector<CallFollower*> of_guests_;
};

}  // namespace usher::service
