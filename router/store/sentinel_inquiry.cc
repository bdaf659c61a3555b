// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "router/store/inquiry.h"
#include "router/store/redis_client.h"

namespace usher::store {

namespace {

Error Unreachable(const RedisTarget& target, std::size_t answered, std::size_t asked) {
  return {Code::kUnavailable, "SENTINELS_UNREACHABLE",
          std::to_string(answered) + " of " + std::to_string(asked) + " Sentinels of " +
              ToText(target) + " answer, and more than half must",
          "start the others, or name those that run; it is tried again"};
}

Error Unknown(const RedisTarget& target) {
  return {Code::kFailedPrecondition, "SENTINEL_UNKNOWN_PRIMARY",
          "the Sentinels watch no primary named " + target.primary,
          "write a name that SENTINEL MASTERS lists behind the last /"};
}

Error Disagree(const RedisTarget& target) {
  return {Code::kUnavailable, "SENTINELS_DISAGREE",
          "the Sentinels of " + ToText(target) + " do not agree on the primary",
          "wait for the failover to end; it is tried again"};
}

// A name is taken as it is told; a port that is no port makes the answer worthless.
std::optional<RedisAddress> ToAddress(const RedisReply& reply) {
  RedisAddress address;
  address.host = reply.At(0).text();
  const std::optional<std::uint64_t> port = reply.At(1).AsUnsigned();
  if (address.host.empty() || !port || *port == 0 || *port > 65'535) return std::nullopt;
  address.port = static_cast<std::uint16_t>(*port);
  return address;
}

// Of SENTINEL MASTER, which answers with names and values in turn; 0 where it is not told.
std::uint64_t EpochOf(const RedisReply& fields) {
  for (std::size_t i = 0; i + 1 < fields.items().size(); i += 2) {
    if (fields.At(i).text() == "config-epoch") return fields.At(i + 1).AsUnsigned().value_or(0);
  }
  return 0;
}

// What has been heard while the answers are gone through.
struct Hearing {
  std::size_t answered = 0;
  std::size_t unknown = 0;
  std::optional<Error> refusal;
  std::optional<RedisAddress> primary;
  std::uint64_t epoch = 0;
  bool disputed = false;  // two primaries of one epoch

  void Take(const InquiryAnswer& answer) {
    const RedisReply& named = answer.replies[0];
    if (named.IsError()) {
      refusal = ToError(named, "to name the primary (Sentinel at " + ToText(answer.from) + ")");
      return;
    }
    ++answered;
    if (named.IsNil()) ++unknown;
    const std::optional<RedisAddress> address = ToAddress(named);
    if (!address) return;
    const std::uint64_t told = EpochOf(answer.replies[1]);
    if (primary && told < epoch) return;
    disputed = primary && told == epoch && !(*address == *primary);
    primary = address;
    epoch = told;
  }
};

}  // namespace

Inquiry SentinelInquiry(const RedisTarget& target) {
  Inquiry inquiry;
  inquiry.questions = {{"SENTINEL", "GET-MASTER-ADDR-BY-NAME", target.primary},
                       {"SENTINEL", "MASTER", target.primary}};
  inquiry.judge = [target](const std::vector<InquiryAnswer>& answers,
                           std::size_t asked) -> Result<Finding> {
    const std::size_t majority = asked / 2 + 1;
    Hearing heard;
    for (const InquiryAnswer& answer : answers) heard.Take(answer);
    if (heard.unknown >= majority) return Unknown(target);
    if (heard.answered < majority) {
      return heard.refusal ? *heard.refusal : Unreachable(target, heard.answered, asked);
    }
    if (!heard.primary || heard.disputed) return Disagree(target);
    return Finding{ServerMap::AllOn(WithAccess(*heard.primary, target)), {}};
  };
  return inquiry;
}

}  // namespace usher::store
