// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <typeindex>
#include <vector>

#include <grpcpp/channel.h>

#include "base/io/backoff.h"
#include "base/io/event_loop.h"
#include "base/io/grpc_channel.h"

namespace usher::io {

// Between the tries of a stream that looks for the leader: a standby takes over within seconds, and
// asking a router that does not lead costs it next to nothing.
inline constexpr Backoff::Limits kLeaderBackoff{Duration{50}, Duration{500}};

// The road to whichever of several routers leads: one of them at a time, for all streams and calls
// of a client. A router that does not lead, or does not answer, is passed over for the next; the
// others follow, since all ask here before they start.
//
// A name of several addresses (one for all routers) stands for each of them; names are looked up
// again after every round in vain, so a router that moved is found.
//
//   LeaderChannel road(loop, {own_channel}, {"router-1:8081", "router-2:8081"});
//   road.Stub<RoutingService>(tried).async()->RouteContacts(…);
//   …on_lost: road.MoveOn(tried);
//
// Loop thread only, but for the constructor.
class LeaderChannel {
 public:
  // Which router was tried.
  using Place = std::size_t;

  // `channels` come first and stay; `addresses` are `host:port`. At least one of either. `how` says
  // how a channel to an address is opened; over TLS an address that was found behind a name must
  // have a certificate for that name.
  LeaderChannel(EventLoop& loop, std::vector<std::shared_ptr<grpc::Channel>> channels,
                std::vector<std::string> addresses = {}, ChannelOptions how = {});
  ~LeaderChannel();
  LeaderChannel(const LeaderChannel&) = delete;
  LeaderChannel& operator=(const LeaderChannel&) = delete;

  // A stub on the present router's channel, and its place.
  template <class Service>
  typename Service::Stub& Stub(Place& tried) {
    tried = current_;
    std::shared_ptr<void>& stub = entries_[current_].stubs[typeid(Service)];
    if (!stub) stub = std::shared_ptr<typename Service::Stub>(Service::NewStub(Present()));
    return *static_cast<typename Service::Stub*>(stub.get());
  }
  template <class Service>
  typename Service::Stub& Stub() {
    Place tried = 0;
    return Stub<Service>(tried);
  }

  // Nothing is to be had at the place: the next one is the present one, unless that has changed
  // since.
  void MoveOn(Place tried);

 private:
  struct Entry {
    std::string address;    // empty: a channel that was given
    bool looked_up;         // found behind a name: passed over once the name has it no more
    std::string name = {};  // that name's host
    std::shared_ptr<grpc::Channel> channel = {};
    bool listed = true;
    std::map<std::type_index, std::shared_ptr<void>> stubs = {};
  };

  struct LookUps;

  const std::shared_ptr<grpc::Channel>& Present();
  void LookUp();
  struct FoundAddress {
    std::string address;
    std::string name;  // the host that stands for it
  };
  void Found(const std::vector<FoundAddress>& addresses);

  EventLoop& loop_;
  const ChannelOptions how_;
  const std::vector<std::string> names_;
  // Grows by what is found, up to a bound, and never shrinks: a place stays what it was.
  std::vector<Entry> entries_;
  Place current_ = 0;
  std::shared_ptr<LookUps> look_ups_;  // under way
};

}  // namespace usher::io
