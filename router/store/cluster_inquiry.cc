// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "router/store/inquiry.h"
#include "router/store/redis_client.h"

namespace usher::store {

namespace {

constexpr std::size_t kNodesMax = 1'000;  // of a Redis Cluster, by its own documentation

std::uint64_t FieldOf(std::string_view info, std::string_view name) {
  const std::size_t at = info.find(name);
  std::uint64_t value = 0;
  if (at != std::string_view::npos) {
    const std::string_view rest = info.substr(at + name.size());
    std::from_chars(rest.data(), rest.data() + rest.size(), value);
  }
  return value;
}

// How much a node's word counts: what it has seen, then whether its part of the cluster works.
std::pair<std::uint64_t, bool> WeightOf(std::string_view cluster_info) {
  return {FieldOf(cluster_info, "cluster_current_epoch:"),
          cluster_info.find("cluster_state:ok") != std::string_view::npos};
}

// One node as CLUSTER SLOTS lists it. Without a host it is the one that was asked.
std::optional<RedisAddress> ToAddress(const RedisReply& node, const RedisAddress& asked) {
  RedisAddress address;
  address.host = node.At(0).text().empty() ? asked.host : std::string(node.At(0).text());
  const std::int64_t port = node.At(1).integer();
  if (address.host == "?" || port <= 0 || port > 65'535) return std::nullopt;
  address.port = static_cast<std::uint16_t>(port);
  return address;
}

Finding ToFinding(const RedisReply& slots, const RedisAddress& asked, const RedisTarget& target) {
  Finding finding;
  for (const RedisReply& range : slots.items()) {
    const std::int64_t first = range.At(0).integer();
    const std::int64_t last = range.At(1).integer();
    if (first < 0 || last < first || last >= kSlotCount) continue;
    for (std::size_t i = 2; i < range.items().size(); ++i) {
      const std::optional<RedisAddress> node = ToAddress(range.At(i), asked);
      if (!node) continue;
      const RedisAddress reached = WithAccess(*node, target);
      if (i > 2) {
        if (finding.others.size() < kNodesMax) finding.others.push_back(reached);
        continue;
      }
      if (finding.servers.servers().size() == kNodesMax) continue;
      finding.servers.Assign(static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(last),
                             reached);
    }
  }
  const std::vector<RedisAddress>& primaries = finding.servers.servers();
  finding.others.insert(finding.others.begin(), primaries.begin(), primaries.end());
  return finding;
}

Error Refusal(const RedisReply& reply, const RedisAddress& from) {
  if (reply.text().find("cluster support disabled") != std::string_view::npos) {
    return {Code::kFailedPrecondition, "REDIS_NOT_A_CLUSTER",
            "Redis at " + ToText(from) + " is not a node of a cluster",
            "set cluster-enabled yes there, or reach it as a single server"};
  }
  return ToError(reply, "to show the slots (" + ToText(from) + ")");
}

}  // namespace

Inquiry ClusterInquiry(const RedisTarget& target) {
  Inquiry inquiry;
  inquiry.questions = {{"CLUSTER", "INFO"}, {"CLUSTER", "SLOTS"}};
  inquiry.judge = [target](const std::vector<InquiryAnswer>& answers,
                           std::size_t asked) -> Result<Finding> {
    const InquiryAnswer* best = nullptr;
    std::optional<Error> refusal;
    for (const InquiryAnswer& answer : answers) {
      const RedisReply& slots = answer.replies[1];
      if (slots.IsError()) {
        refusal = Refusal(slots, answer.from);
      } else if (best == nullptr ||
                 WeightOf(answer.replies[0].text()) > WeightOf(best->replies[0].text())) {
        best = &answer;
      }
    }
    if (best != nullptr) return ToFinding(best->replies[1], best->from, target);
    if (refusal) return *refusal;
    return Error{Code::kUnavailable, "CLUSTER_UNREACHABLE",
                 "none of " + std::to_string(asked) + " nodes of " + ToText(target) + " answers",
                 "check that they run and that the addresses are right; it is tried again"};
  };
  return inquiry;
}

}  // namespace usher::store
