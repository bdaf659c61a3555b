// SPDX-License-Identifier: Apache-2.0
#include "router/store/domain_link.h"

#include <utility>

#include "router/store/reply_reader.h"

namespace usher::store {

Error ToStoreError(const RedisReply& reply, std::string_view doing) {
  const std::string told(reply.text());
  const std::string_view word = reply.ErrorWord();
  if (word == "FENCED") {
    return {Code::kAborted, "FENCED", "another router leads this domain: " + told,
            "this router steps down; it loads again when the leadership is vacant"};
  }
  if (word == "DIVERGED") {
    return {Code::kAborted, "LOG_DIVERGED", "the log is not the one this router wrote: " + told,
            "this router steps down and loads what the log holds now"};
  }
  if (word == "UNPROJECTED") {
    return {Code::kAborted, "PROJECTION_DIVERGED",
            "the rows are not as this router left them: " + told,
            "this router steps down and loads what the log holds now"};
  }
  if (word == "UNCOPIED") {
    return {Code::kAborted, "CHECKPOINT_DIVERGED", "a checkpoint was given up: " + told,
            "the next one begins anew; until then the log is kept longer"};
  }
  if (word == "LED") {
    return {Code::kUnavailable, "DOMAIN_LED_ELSEWHERE", told,
            "wait until its lease ends, or stop that router"};
  }
  if (word == "RESTORING") {
    return {Code::kFailedPrecondition, "RESTORE_INCOMPLETE", told,
            "run `usher restore` again to its end: half a domain is not routed from"};
  }
  if (word == "WIPED") {
    return {Code::kFailedPrecondition, "STORE_WIPED",
            "Redis no longer holds what this router knows was there: " + told,
            "bring the data of Redis back; to begin anew without them, restart every router"};
  }
  return ToError(reply, doing);
}

void DomainLink::AppendCall(std::string_view function, std::size_t key_count,
                            std::size_t argument_count, std::string& out) {
  AppendCommandHeader(3 + key_count + argument_count, out);
  AppendArgument("FCALL", out);
  AppendArgument(function, out);
  AppendArgument(std::to_string(key_count), out);
}

void DomainLink::AppendFence(std::string& out) const {
  AppendArgument(epoch, out);
  AppendArgument(router_id, out);
}

void DomainLink::LoadFunctions(std::function<void(Result<void>)> callback) {
  client.LoadLibraries([owner = owner_, callback = std::move(callback)](Result<void> loaded) {
    if (const auto keep = owner.lock()) callback(std::move(loaded));
  });
}

void DomainLink::Trim(std::uint64_t keep_from, TrimTo how, std::span<const std::uint64_t> dropped,
                      RedisClient::ReplyCallback callback) {
  std::string& out = BeginCall(functions.trim, 3 + dropped.size(), 3 + dropped.size());
  AppendArgument(keys.Lease(), out);
  AppendArgument(keys.Log(), out);
  AppendArgument(keys.Checkpoints(), out);
  for (const std::uint64_t seq : dropped) AppendArgument(keys.Checkpoint(seq), out);
  AppendFence(out);
  AppendArgument((how == TrimTo::kExactly ? "=" : "") + std::to_string(keep_from), out);
  for (const std::uint64_t seq : dropped) AppendArgument(std::to_string(seq), out);
  Send(std::move(callback));
}

RedisClient::ReplyCallback DomainLink::Guard(RedisClient::ReplyCallback callback) {
  return [owner = owner_, callback = std::move(callback)](Result<RedisReply> reply) {
    if (const auto keep = owner.lock()) callback(std::move(reply));
  };
}

}  // namespace usher::store
