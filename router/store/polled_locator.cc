// SPDX-License-Identifier: Apache-2.0
#include "router/store/polled_locator.h"

#include <string>
#include <utility>

#include "base/io/log.h"

namespace usher::store {

namespace {

using Kind = RedisTarget::Kind;

std::vector<RedisAddress> MembersOf(const RedisTarget& target) {
  std::vector<RedisAddress> members;
  for (const RedisAddress& address : target.addresses) {
    members.push_back(target.kind == Kind::kSentinel ? WithSentinelAccess(address, target)
                                                     : WithAccess(address, target));
  }
  return members;
}

Error Unserved(const RedisTarget& target, std::uint16_t slot) {
  return {Code::kUnavailable, "CLUSTER_SLOT_UNSERVED",
          "no node of " + ToText(target) + " serves slot " + std::to_string(slot),
          "assign all slots (redis-cli --cluster check); it is tried again"};
}

}  // namespace

PolledLocator::PolledLocator(io::EventLoop& loop, PolledLocatorOptions options)
    : options_(std::move(options)),
      inquiry_(options_.target.kind == Kind::kSentinel ? SentinelInquiry(options_.target)
                                                       : ClusterInquiry(options_.target)),
      timer_(loop),
      panel_(loop, MembersOf(options_.target), [this] {
        if (!waiting_.empty()) Refresh();
      }) {
  Schedule();
}

std::optional<RedisAddress> PolledLocator::LastHeard(std::uint16_t slot) const {
  const RedisAddress* const server = servers_.Find(slot);
  return server == nullptr ? std::nullopt : std::optional(*server);
}

void PolledLocator::Locate(std::uint16_t slot, Found found) {
  const auto tries = options_.patience / options_.retry_every;
  waiting_.push_back({slot, static_cast<int>(tries), std::move(found)});
  Refresh();
}

void PolledLocator::Follow(std::weak_ptr<void> owner, std::function<void()> heard) {
  followers_.push_back({std::move(owner), std::move(heard)});
}

void PolledLocator::Refresh() {
  if (std::exchange(asking_, true)) return;
  panel_.Ask(inquiry_.questions, options_.round_limit,
             [this](std::vector<InquiryAnswer> answers) { OnAnswers(answers); });
}

void PolledLocator::OnAnswers(const std::vector<InquiryAnswer>& answers) {
  asking_ = false;
  const std::size_t asked =
      options_.target.kind == Kind::kSentinel ? options_.target.addresses.size() : panel_.size();
  Result<Finding> finding = inquiry_.judge(answers, asked);
  Schedule();
  if (finding.ok()) {
    Take(*std::move(finding));
    return Settle(std::nullopt);
  }
  // Where nobody answers because nobody lets us in, that is what must be mended.
  const std::optional<Error> refusal = answers.empty() ? panel_.Refusal() : std::nullopt;
  Settle(refusal ? *refusal : finding.error());
}

void PolledLocator::Take(Finding finding) {
  if (!(finding.servers == servers_)) {
    io::Log(io::LogLevel::kInfo, "redis_servers",
            {{"redis", ToText(options_.target)}, {"primaries", finding.servers.ToText()}});
    servers_ = std::move(finding.servers);
  }
  if (options_.target.kind == Kind::kCluster) panel_.SetOthers(finding.others);
  std::erase_if(followers_, [](const Follower& follower) { return follower.owner.expired(); });
  const std::vector<Follower> followers = followers_;
  for (const Follower& follower : followers) {
    if (const auto keep = follower.owner.lock()) follower.heard();
  }
}

// Tells those who wait what can be told now; what may pass is told only when patience has ended.
void PolledLocator::Settle(const std::optional<Error>& failure) {
  std::vector<Waiting> waiting = std::exchange(waiting_, {});
  std::vector<std::pair<Found, Result<RedisAddress>>> told;
  for (Waiting& one : waiting) {
    const RedisAddress* const server = failure ? nullptr : servers_.Find(one.slot);
    const Error error = failure ? *failure : Unserved(options_.target, one.slot);
    if (server != nullptr) {
      told.emplace_back(std::move(one.found), *server);
    } else if (error.code != Code::kUnavailable || --one.tries <= 0) {
      told.emplace_back(std::move(one.found), error);
    } else {
      waiting_.push_back(std::move(one));
    }
  }
  Schedule();
  for (auto& [found, result] : told) found(std::move(result));
}

void PolledLocator::Schedule() {
  timer_.Start(waiting_.empty() ? options_.poll_every : options_.retry_every,
               [this] { Refresh(); });
}

std::shared_ptr<PolledLocator> MakeLocator(io::EventLoop& loop, const RedisTarget& target) {
  if (target.kind == Kind::kServer) return nullptr;
  PolledLocatorOptions options;
  options.target = target;
  return std::make_shared<PolledLocator>(loop, std::move(options));
}

}  // namespace usher::store
