// SPDX-License-Identifier: Apache-2.0
#include "router/store/redis_panel.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace usher::store {

namespace {

constexpr std::size_t kOthersMax = 16;

// A role that may change does not: who is asked is known by where it listens.
bool SamePlace(const RedisAddress& one, const RedisAddress& other) {
  return one.host == other.host && one.port == other.port && one.unix_path == other.unix_path;
}

}  // namespace

RedisPanel::RedisPanel(io::EventLoop& loop, std::vector<RedisAddress> members,
                       std::function<void()> on_connected)
    : loop_(loop), on_connected_(std::move(on_connected)), limit_(loop) {
  for (const RedisAddress& address : members) Add(address, true);
}

void RedisPanel::Add(const RedisAddress& address, bool first) {
  const auto same = [&](const Member& member) { return SamePlace(member.address, address); };
  if (std::ranges::any_of(members_, same)) return;
  RedisClientOptions options;
  options.address = address;
  options.use = ServerUse::kAsk;
  options.redirections = Redirections::kTell;
  options.on_connected = [this](const ServerFacts&) { on_connected_(); };
  Member member{address, std::make_unique<RedisClient>(loop_, std::move(options)), first};
  member.client->Start();
  members_.push_back(std::move(member));
}

void RedisPanel::SetOthers(const std::vector<RedisAddress>& others) {
  std::erase_if(members_, [&](const Member& member) {
    const auto same = [&](const RedisAddress& other) { return SamePlace(member.address, other); };
    return !member.first && std::ranges::none_of(others, same);
  });
  const std::size_t first =
      static_cast<std::size_t>(std::ranges::count_if(members_, &Member::first));
  for (const RedisAddress& other : others) {
    if (members_.size() == first + kOthersMax) return;
    Add(other, false);
  }
}

std::optional<Error> RedisPanel::Refusal() const {
  for (const Member& member : members_) {
    if (member.client->IsConnected()) continue;
    Error why = member.client->WhyNotConnected();
    if (why.code != Code::kUnavailable) return why;
  }
  return std::nullopt;
}

void RedisPanel::Ask(const std::vector<std::vector<std::string>>& questions, Duration limit,
                     Answered answered) {
  const auto round = std::make_shared<Round>();
  round->answered = std::move(answered);
  limit_.Start(limit, [this, round] { End(round); });
  for (Member& member : members_) {
    if (!member.client->IsConnected()) continue;
    ++round->missing;
    Put(member, questions, round);
  }
  if (round->missing == 0) limit_.Start(Duration{0}, [this, round] { End(round); });
}

void RedisPanel::Put(Member& member, const std::vector<std::vector<std::string>>& questions,
                     const std::shared_ptr<Round>& round) {
  const auto answer = std::make_shared<InquiryAnswer>();
  answer->from = member.address;
  for (const std::vector<std::string>& question : questions) {
    const std::vector<std::string_view> arguments(question.begin(), question.end());
    member.client->Call(arguments,
                        [this, round, answer, count = questions.size()](Result<RedisReply> reply) {
                          // A failure stands for all replies of this member: it has no say in this
                          // round.
                          if (!answer || answer->replies.size() > count) return;
                          if (reply) {
                            answer->replies.push_back(*std::move(reply));
                            if (answer->replies.size() < count) return;
                            round->answers.push_back(std::move(*answer));
                            answer->replies.resize(count + 1);
                          } else {
                            answer->replies.resize(count + 1);
                          }
                          if (--round->missing == 0) End(round);
                        });
  }
}

void RedisPanel::End(const std::shared_ptr<Round>& round) {
  const Answered answered = std::exchange(round->answered, nullptr);
  if (!answered) return;
  limit_.Cancel();
  answered(std::move(round->answers));
}

}  // namespace usher::store
