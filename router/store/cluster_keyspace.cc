// SPDX-License-Identifier: Apache-2.0
#include "router/store/cluster_keyspace.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/io/event_loop.h"
#include "router/store/redis_slot.h"

namespace usher::store {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kBytesWaitingMax = 64u << 20;

struct Pending {
  std::vector<std::string> arguments;
  RedisClient::ReplyCallback callback;
  std::uint16_t slot = 0;
  SteadyClock::time_point deadline;
  std::size_t bytes = 0;
  Error last;  // why it waits
};
using PendingCall = std::shared_ptr<Pending>;

struct Lane {
  std::deque<PendingCall> waiting;
  std::size_t came_back = 0;  // of these, the first that had been sent already
  std::size_t under_way = 0;
};

// The server of "ASK 3999 127.0.0.1:6381"; without a host it is the one that answered.
std::optional<RedisAddress> ServerOfAsk(const RedisReply& reply, const RedisAddress& from) {
  const std::string_view text = reply.text();
  const std::size_t space = text.rfind(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const std::string_view where = text.substr(space + 1);
  const std::size_t colon = where.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  // An IPv6 address stands without brackets here.
  const std::string_view host = where.substr(0, colon);
  const bool v6 = host.find(':') != std::string_view::npos;
  Result<RedisAddress> address = ParseRedisAddress(
      (v6 ? '[' + std::string(host) + ']' : std::string(host.empty() ? from.host : host)) +
      std::string(where.substr(colon)));
  if (!address.ok()) return std::nullopt;
  address->user = from.user;
  address->password = from.password;
  address->tls = from.tls;
  return *std::move(address);
}

Error NotConnected(const Error& why) {
  return {Code::kUnavailable, "REDIS_UNREACHABLE", why.message, why.next_step};
}

}  // namespace

class ClusterKeyspace::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(io::EventLoop& loop, RedisKeyspaceOptions options, std::shared_ptr<PolledLocator> locator)
      : options_(std::move(options)), loop_(loop), locator_(std::move(locator)), timer_(loop) {}

  void Start() {
    locator_->Follow(weak_from_this(), [this] { OnHeard(); });
    locator_->Refresh();
  }

  void Call(std::span<const std::string_view> arguments, RedisClient::ReplyCallback callback) {
    const auto call = std::make_shared<Pending>();
    call->slot = SlotOfKey(KeyOf(arguments));
    for (const std::string_view argument : arguments) {
      call->bytes += argument.size();
      call->arguments.emplace_back(argument);
    }
    call->callback = std::move(callback);
    call->deadline = SteadyClock::now() + options_.patience;
    Lane& lane = lanes_[call->slot];
    if (lane.waiting.empty() && Send(lane, call)) return;
    Wait(lane, call, false);
  }

  bool IsConnected() const {
    const std::vector<RedisAddress>& servers = locator_->servers().servers();
    return !servers.empty() && std::ranges::all_of(servers, [this](const RedisAddress& server) {
      const auto node = nodes_.find(ToText(server));
      return node != nodes_.end() && node->second->IsConnected();
    });
  }

 private:
  RedisClient& NodeAt(const RedisAddress& server) {
    std::unique_ptr<RedisClient>& node = nodes_[ToText(server)];
    if (node) return *node;
    RedisClientOptions client;
    client.address = server;
    client.redirections = Redirections::kTell;
    client.libraries = options_.libraries;
    client.on_connected = [this](const ServerFacts&) { GoOn(); };
    client.on_lost = options_.on_lost;
    // A node that was replaced comes back as a replica: nothing is asked of it any more.
    client.on_refused = [this](const Error& error) {
      if (error.reason != "REDIS_IS_REPLICA" && options_.on_refused) options_.on_refused(error);
    };
    node = std::make_unique<RedisClient>(loop_, std::move(client));
    node->Start();
    return *node;
  }

  // --- sending ----------------------------------------------------------------------------------

  // False, with call->last set, when it has to wait.
  bool Send(Lane& lane, const PendingCall& call) {
    const RedisAddress* const server = locator_->servers().Find(call->slot);
    if (server == nullptr) {
      call->last = {Code::kUnavailable, "CLUSTER_SLOT_UNSERVED",
                    "no node is known to serve slot " + std::to_string(call->slot),
                    "look at redis-cli --cluster check; try again"};
      return false;
    }
    RedisClient& node = NodeAt(*server);
    if (!node.IsConnected()) {
      call->last = NotConnected(node.WhyNotConnected());
      return false;
    }
    ++lane.under_way;
    Put(node, call, [this, from = *server](const PendingCall& sent, Result<RedisReply> reply) {
      OnReply(from, sent, std::move(reply));
    });
    return true;
  }

  template <class OnReply>
  void Put(RedisClient& node, const PendingCall& call, OnReply on_reply) {
    const std::vector<std::string_view> arguments(call->arguments.begin(), call->arguments.end());
    CallReplicated(
        node, arguments, options_.replica_wait,
        [self = weak_from_this(), call, on_reply = std::move(on_reply)](Result<RedisReply> reply) {
          if (const auto keep = self.lock()) on_reply(call, std::move(reply));
        });
  }

  void OnReply(const RedisAddress& from, const PendingCall& call, Result<RedisReply> reply) {
    if (reply.ok() && reply->ErrorWord() == "ASK" && Ask(from, call, *reply)) return;
    Settle(call, std::move(reply));
  }

  // The slot is being moved and its keys are there already.
  bool Ask(const RedisAddress& from, const PendingCall& call, const RedisReply& told) {
    const std::optional<RedisAddress> server = ServerOfAsk(told, from);
    if (!server) return false;
    RedisClient& node = NodeAt(*server);
    if (!node.IsConnected()) return false;  // it waits, and is asked again
    node.Call({"ASKING"}, [](const Result<RedisReply>&) {});
    Put(node, call, [this](const PendingCall& sent, Result<RedisReply> reply) {
      Settle(sent, std::move(reply));
    });
    return true;
  }

  void Settle(const PendingCall& call, Result<RedisReply> reply) {
    Lane& lane = lanes_[call->slot];
    --lane.under_way;
    if (reply.ok() && IsRedirection(*reply)) {
      call->last = ToError(*reply, "a call for slot " + std::to_string(call->slot));
      locator_->Refresh();
      return Wait(lane, call, true);
    }
    if (lane.under_way == 0 && lane.waiting.empty()) lanes_.erase(call->slot);
    call->callback(std::move(reply));
  }

  // --- waiting ----------------------------------------------------------------------------------

  void Wait(Lane& lane, const PendingCall& call, bool came_back) {
    if (!came_back && (calls_waiting_ >= options_.calls_waiting_max ||
                       bytes_waiting_ + call->bytes > kBytesWaitingMax)) {
      return Refuse(call, {Code::kResourceExhausted, "REDIS_BUSY",
                           "too many calls wait for the cluster: " + call->last.message,
                           "slow down, and look why Redis does not answer"});
    }
    ++calls_waiting_;
    bytes_waiting_ += call->bytes;
    if (came_back) {
      lane.waiting.insert(lane.waiting.begin() + static_cast<std::ptrdiff_t>(lane.came_back++),
                          call);
    } else {
      if (call->last.reason.empty() && !lane.waiting.empty()) {
        call->last = lane.waiting.back()->last;
      }
      lane.waiting.push_back(call);
    }
    if (!timer_.pending()) {
      timer_.Start(options_.retry_every, [this] { OnTimer(); });
    }
  }

  void Refuse(const PendingCall& call, Error error) {
    loop_.Post([self = weak_from_this(), call, error = std::move(error)] {
      if (self.lock()) call->callback(error);
    });
  }

  void OnTimer() {
    locator_->Refresh();
    GoOn();
    Expire();
    Sweep();
    if (calls_waiting_ > 0) timer_.Start(options_.retry_every, [this] { OnTimer(); });
  }

  void OnHeard() {
    for (const RedisAddress& server : locator_->servers().servers()) NodeAt(server);
    GoOn();
    Sweep();
  }

  // Sends what waits, in order. What is still under way of a lane may come back and go first, so
  // the lane waits for that.
  void GoOn() {
    std::vector<std::uint16_t> slots;
    for (const auto& [slot, lane] : lanes_) {
      if (!lane.waiting.empty() && lane.under_way == 0) slots.push_back(slot);
    }
    for (const std::uint16_t slot : slots) {
      Lane& lane = lanes_[slot];
      lane.came_back = 0;
      while (!lane.waiting.empty() && Send(lane, lane.waiting.front())) Forget(lane);
    }
  }

  void Forget(Lane& lane) {
    --calls_waiting_;
    bytes_waiting_ -= lane.waiting.front()->bytes;
    lane.waiting.pop_front();
  }

  void Expire() {
    const auto now = SteadyClock::now();
    for (auto entry = lanes_.begin(); entry != lanes_.end();) {
      Lane& lane = entry->second;
      while (!lane.waiting.empty() && lane.waiting.front()->deadline <= now) {
        const PendingCall call = lane.waiting.front();
        if (lane.came_back > 0) --lane.came_back;
        Forget(lane);
        Refuse(call, call->last);
      }
      const bool idle = lane.waiting.empty() && lane.under_way == 0;
      entry = idle ? lanes_.erase(entry) : std::next(entry);
    }
  }

  // Nodes that take no writes any more go when nothing of ours is under way there.
  void Sweep() {
    const std::vector<RedisAddress>& servers = locator_->servers().servers();
    std::erase_if(nodes_, [&](const auto& node) {
      const bool serves = std::ranges::any_of(
          servers, [&](const RedisAddress& server) { return ToText(server) == node.first; });
      return !serves && node.second->CallsOutstanding() == 0 && calls_waiting_ == 0;
    });
  }

  const RedisKeyspaceOptions options_;
  io::EventLoop& loop_;
  const std::shared_ptr<PolledLocator> locator_;
  std::map<std::string, std::unique_ptr<RedisClient>> nodes_;  // by address
  std::unordered_map<std::uint16_t, Lane> lanes_;
  std::size_t calls_waiting_ = 0;
  std::size_t bytes_waiting_ = 0;
  io::Timer timer_;
};

ClusterKeyspace::ClusterKeyspace(io::EventLoop& loop, RedisKeyspaceOptions options,
                                 std::shared_ptr<PolledLocator> locator)
    : core_(std::make_shared<Core>(loop, std::move(options), std::move(locator))) {
  core_->Start();
}

ClusterKeyspace::~ClusterKeyspace() = default;

void ClusterKeyspace::Call(std::span<const std::string_view> arguments,
                           RedisClient::ReplyCallback callback) {
  core_->Call(arguments, std::move(callback));
}
bool ClusterKeyspace::IsConnected() const { return core_->IsConnected(); }

}  // namespace usher::store
