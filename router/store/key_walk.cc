// SPDX-License-Identifier: Apache-2.0
#include "router/store/key_walk.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <map>
#include <set>
#include <utility>

#include "base/io/event_loop.h"
#include "router/store/domain_link.h"
#include "router/store/polled_locator.h"
#include "router/store/redis_client.h"
#include "router/store/redis_keyspace.h"
#include "router/store/redis_slot.h"

namespace usher::store {

namespace {

using Answer = Result<RedisReply>;

constexpr std::string_view kPrefix = "usher:{";

Error TooLate() {
  return {Code::kDeadlineExceeded, "WALK_TIMEOUT", "going through Redis took longer than it may",
          "allow more time, or try again when Redis has less to do"};
}

Error Stopping() {
  return {Code::kUnavailable, "STOPPING", "it was told to stop", "begin again when it suits"};
}

}  // namespace

std::optional<KeyName> ParseKeyName(std::string_view key) {
  if (!key.starts_with(kPrefix)) return std::nullopt;
  // Addresses may hold braces; nothing behind the tag does.
  const std::size_t end = key.rfind("}:");
  if (end == std::string_view::npos || end < kPrefix.size()) return std::nullopt;
  const std::string_view tag = key.substr(kPrefix.size(), end - kPrefix.size());
  KeyName name;
  const std::size_t slash = tag.find('/');
  name.domain = tag.substr(0, slash);
  if (slash != std::string_view::npos) name.owner = tag.substr(slash + 1);
  name.what = key.substr(end + 2);
  if (name.domain.empty() || name.what.empty()) return std::nullopt;
  if (slash != std::string_view::npos && name.owner.empty()) return std::nullopt;
  return name;
}

std::string PatternOfDomain(const DomainId& domain) { return "usher:{" + domain.value() + "}:*"; }
std::string PatternOfOwners(const DomainId& domain) { return "usher:{" + domain.value() + "/*"; }

class KeyWalk::Wires {
 public:
  Wires(const RedisTarget& target, Patience patience, std::vector<FunctionLibrary> libraries)
      : target_(target), patience_(std::move(patience)), libraries_(std::move(libraries)) {
    loop_.Start("usher-walk");
    loop_.Call([this] {
      locator_ = MakeLocator(loop_, target_);
      if (IsCluster()) {
        RedisKeyspaceOptions options;
        options.target = target_;
        options.libraries = libraries_;
        keyspace_ = MakeKeyspace(loop_, std::move(options), locator_);
      }
    });
  }
  ~Wires() {
    loop_.Call([this] {
      clients_.clear();
      keyspace_.reset();
      locator_.reset();
    });
  }

  bool IsCluster() const { return target_.kind == RedisTarget::Kind::kCluster; }

  // Every server that takes writes is reached.
  Result<void> Connect() {
    if (!IsCluster()) return ConnectTo(target_.addresses.front());
    const auto located = std::make_shared<std::promise<Result<void>>>();
    loop_.Call([&] {
      locator_->Locate(0, [located](const Result<RedisAddress>& found) {
        located->set_value(found ? Result<void>() : Result<void>(found.error()));
      });
    });
    if (Result<void> known = Await(located->get_future()); !known) return known;
    for (const RedisAddress& server : Servers()) {
      if (Result<void> connected = ConnectTo(server); !connected) return connected;
    }
    return {};
  }

  // Again is harmless.
  Result<void> ConnectTo(const RedisAddress& server) {
    const std::string name = ToText(server);
    const auto settled = std::make_shared<std::promise<Result<void>>>();
    // The first word counts; later ones are of reconnects.
    const auto settle = [settled, done = std::make_shared<bool>()](Result<void> result) {
      if (!std::exchange(*done, true)) settled->set_value(std::move(result));
    };
    RedisClientOptions options;
    options.address = WithAccess(server, target_);
    options.libraries = libraries_;
    options.on_connected = [settle](const ServerFacts&) { settle({}); };
    options.on_refused = [settle](const Error& error) { settle(error); };
    bool is_known = false;
    loop_.Call([&] {
      is_known = clients_.contains(name);
      if (is_known) return;
      // In a cluster each server is asked for its own keys, and for nobody else's.
      if (!IsCluster()) options.locator = locator_;
      if (IsCluster()) options.redirections = Redirections::kTell;
      auto client = std::make_unique<RedisClient>(loop_, std::move(options));
      client->Start();
      clients_.emplace(name, std::move(client));
    });
    if (is_known) return {};
    const Result<void> connected = Await(settled->get_future());
    if (connected || connected.error().reason != "WALK_TIMEOUT") return connected;
    Error why;
    loop_.Call([&] { why = clients_.at(name)->WhyNotConnected(); });
    return why;
  }

  // Those that keys are spread over.
  std::vector<RedisAddress> Servers() {
    std::vector<RedisAddress> servers = {target_.addresses.front()};
    if (IsCluster()) {
      loop_.Call([&] { servers = locator_->servers().servers(); });
    }
    return servers;
  }

  Answer CallAt(const RedisAddress& server, const Words& words) {
    return Send({&words, 1},
                [&](auto arguments, auto callback) {
                  clients_.at(ToText(server))->Call(arguments, std::move(callback));
                })
        .front();
  }

  std::vector<Answer> Call(std::span<const Words> calls) {
    return Send(calls, [&](auto arguments, auto callback) {
      if (keyspace_) return keyspace_->Call(arguments, std::move(callback));
      clients_.begin()->second->Call(arguments, std::move(callback));
    });
  }

 private:
  using Callback = RedisClient::ReplyCallback;

  template <class T>
  T Await(std::future<T> future) const {
    if (future.wait_until(patience_.deadline) != std::future_status::ready) return TooLate();
    return future.get();
  }

  template <class SendOne>
  std::vector<Answer> Send(std::span<const Words> calls, SendOne send) {
    if (patience_.stop.stop_requested()) return {calls.size(), Answer(Stopping())};
    if (std::chrono::steady_clock::now() >= patience_.deadline) {
      return {calls.size(), Answer(TooLate())};
    }
    std::vector<std::future<Answer>> answered;
    loop_.Call([&] {
      for (const Words& words : calls) {
        const auto answer = std::make_shared<std::promise<Answer>>();
        answered.push_back(answer->get_future());
        const std::vector<std::string_view> arguments(words.begin(), words.end());
        send(std::span(arguments),
             Callback([answer](Answer reply) { answer->set_value(std::move(reply)); }));
      }
    });
    std::vector<Answer> answers;
    answers.reserve(answered.size());
    for (std::future<Answer>& one : answered) answers.push_back(Await(std::move(one)));
    return answers;
  }

  const RedisTarget target_;
  const Patience patience_;
  const std::vector<FunctionLibrary> libraries_;
  io::EventLoop loop_;
  // All on the loop.
  std::shared_ptr<PolledLocator> locator_;
  std::unique_ptr<RedisKeyspace> keyspace_;  // of a cluster only
  std::map<std::string, std::unique_ptr<RedisClient>> clients_;
};

KeyWalk::KeyWalk(std::unique_ptr<Wires> wires) : wires_(std::move(wires)) {}
KeyWalk::~KeyWalk() = default;

Result<std::unique_ptr<KeyWalk>> KeyWalk::Open(const RedisTarget& target, Patience patience,
                                               std::vector<FunctionLibrary> libraries) {
  auto wires = std::make_unique<Wires>(target, std::move(patience), std::move(libraries));
  if (const Result<void> connected = wires->Connect(); !connected) return connected.error();
  return std::unique_ptr<KeyWalk>(new KeyWalk(std::move(wires)));
}

Result<RedisReply> KeyWalk::Call(const Words& words, std::string_view doing) {
  Result<std::vector<RedisReply>> replies = CallAll({&words, 1}, doing);
  if (!replies) return replies.error();
  return std::move(replies->front());
}

Result<std::vector<RedisReply>> KeyWalk::CallAll(std::span<const Words> calls,
                                                 std::string_view doing) {
  std::vector<RedisReply> replies;
  replies.reserve(calls.size());
  while (!calls.empty()) {
    const std::span<const Words> part = calls.first(std::min(calls.size(), kCallsAtOnce));
    calls = calls.subspan(part.size());
    for (Answer& answer : wires_->Call(part)) {
      if (!answer) return answer.error();
      if (answer->IsError()) return ToStoreError(*answer, doing);
      replies.push_back(*std::move(answer));
    }
  }
  return replies;
}

Result<void> KeyWalk::Walk(std::string_view pattern, const Take& take) {
  for (const RedisAddress& server : wires_->Servers()) {
    if (const Result<void> connected = wires_->ConnectTo(server); !connected) return connected;
    std::string cursor = "0";
    do {
      Answer page = wires_->CallAt(server, {"SCAN", cursor, "MATCH", std::string(pattern), "COUNT",
                                            std::to_string(kWalkPageKeys)});
      if (!page) return page.error();
      if (page->IsError()) return ToError(*page, "going through the keys");
      cursor = page->At(0).text();
      std::vector<std::string> keys;
      for (const RedisReply& key : page->At(1).items()) keys.emplace_back(key.text());
      if (keys.empty()) continue;
      if (const Result<void> taken = take(keys); !taken) return taken;
    } while (cursor != "0");
  }
  return {};
}

Result<std::vector<DomainId>> KeyWalk::FindDomains() {
  std::set<DomainId> domains;
  const Result<void> walked =
      Walk("usher:{*}:lease", [&](std::span<const std::string> keys) -> Result<void> {
        for (const std::string& key : keys) {
          const std::optional<KeyName> name = ParseKeyName(key);
          if (name && name->owner.empty() && name->what == "lease") {
            domains.insert(DomainId{std::string(name->domain)});
          }
        }
        return {};
      });
  if (!walked) return walked.error();
  return std::vector<DomainId>(domains.begin(), domains.end());
}

}  // namespace usher::store
