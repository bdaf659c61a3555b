// SPDX-License-Identifier: Apache-2.0
#include "base/io/leader_channel.h"

#include <algorithm>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/check.h"
#include "base/io/log.h"

namespace usher::io {

using boost::asio::ip::tcp;

namespace {

constexpr std::size_t kEntriesMax = 64;

// Host and port of `host:port` or `[::1]:port`.
std::pair<std::string, std::string> Split(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) return {address, ""};
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  return {host, address.substr(colon + 1)};
}

std::string ToText(const tcp::endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  const std::string port = std::to_string(endpoint.port());
  return endpoint.address().is_v6() ? "[" + host + "]:" + port : host + ":" + port;
}

}  // namespace

// One look-up of all names. Its callbacks come to nothing once the owner let it go.
struct LeaderChannel::LookUps {
  LookUps(EventLoop& loop, LeaderChannel* asker) : resolver(loop.context()), owner(asker) {}

  tcp::resolver resolver;
  LeaderChannel* owner;
  std::size_t next_name = 0;
  std::vector<FoundAddress> found{};

  // One name after the other.
  static void Go(const std::shared_ptr<LookUps>& self) {
    if (self->owner == nullptr) return;
    if (self->next_name == self->owner->names_.size()) return self->owner->Found(self->found);
    const auto [host, port] = Split(self->owner->names_[self->next_name++]);
    self->resolver.async_resolve(host, port,
                                 [self, name = host](const boost::system::error_code& error,
                                                     const tcp::resolver::results_type& results) {
                                   // A name that stands for one router is used as it is.
                                   if (!error && results.size() > 1) {
                                     for (const auto& result : results)
                                       self->found.push_back({ToText(result.endpoint()), name});
                                   }
                                   Go(self);
                                 });
  }
};

LeaderChannel::LeaderChannel(EventLoop& loop, std::vector<std::shared_ptr<grpc::Channel>> channels,
                             std::vector<std::string> addresses, ChannelOptions how)
    : loop_(loop), how_(std::move(how)), names_(std::move(addresses)) {
  for (auto& channel : channels) {
    entries_.push_back({.address = {}, .looked_up = false, .channel = std::move(channel)});
  }
  for (const std::string& name : names_) {
    entries_.push_back({.address = name, .looked_up = false});
  }
  USHER_CHECK(!entries_.empty(), "there is some router to go to");
}

LeaderChannel::~LeaderChannel() {
  if (look_ups_) look_ups_->owner = nullptr;
}

const std::shared_ptr<grpc::Channel>& LeaderChannel::Present() {
  Entry& entry = entries_[current_];
  if (!entry.channel) {
    ChannelOptions options = how_;
    options.address = entry.address;
    if (options.tls_name.empty()) options.tls_name = entry.name;
    entry.channel = OpenChannel(options);
  }
  return entry.channel;
}

void LeaderChannel::MoveOn(Place tried) {
  if (tried != current_) return;
  const Place before = current_;
  do {
    current_ = (current_ + 1) % entries_.size();
  } while (!entries_[current_].listed && current_ != before);
  if (current_ <= before) LookUp();
  if (current_ == before) return;
  Log(LogLevel::kInfo, "router_tried",
      {{"address",
        entries_[current_].address.empty() ? "in process" : entries_[current_].address}});
}

void LeaderChannel::LookUp() {
  if (look_ups_ || names_.empty()) return;
  look_ups_ = std::make_shared<LookUps>(loop_, this);
  LookUps::Go(look_ups_);
}

void LeaderChannel::Found(const std::vector<FoundAddress>& addresses) {
  look_ups_ = nullptr;
  // No answer from the names' servers is no news of the routers.
  if (addresses.empty()) return;
  const auto is_found = [&](const std::string& address) {
    return std::any_of(addresses.begin(), addresses.end(),
                       [&](const FoundAddress& found) { return found.address == address; });
  };
  for (Entry& entry : entries_) entry.listed = !entry.looked_up || is_found(entry.address);
  for (const FoundAddress& found : addresses) {
    const bool known = std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
      return entry.address == found.address;
    });
    if (!known && entries_.size() < kEntriesMax) {
      entries_.push_back({.address = found.address, .looked_up = true, .name = found.name});
    }
  }
}

}  // namespace usher::io
