// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/io/call_context.h"
#include "base/io/server_stream.h"
#include "router/service/context_methods.h"
#include "usher/context/v1/context_service.pb.h"

namespace usher::service {

// The conversations that one stream follows: what was said before is read from the store, what is
// said meanwhile is held back, and each message is told once, in order.
class FollowedConversations final : public context::ConversationSink {
 public:
  static constexpr std::size_t kFollowedMax = 50'000;  // by one stream
  static constexpr std::size_t kEventsMax = 100'000;   // that wait to be told

  // `wake` when there is something to tell; `fail` when the stream must end.
  FollowedConversations(ContextNode& node, DomainId domain, std::function<void()> wake,
                        std::function<void(const Error&)> fail);
  ~FollowedConversations() override;

  Result<void> Follow(const std::string& contact, std::uint64_t after_message);
  void Unfollow(const std::string& contact);
  void OnConversationEvent(
      const std::shared_ptr<const context::v1::ConversationEvent>& event) override;
  void OnConversationsCut(const Error& why) override { fail_(why); }
  void Fill(google::protobuf::RepeatedPtrField<context::v1::ConversationEvent>& out);
  bool empty() const { return events_.empty(); }

 private:
  struct Followed {
    bool reading = true;
    std::uint64_t told = 0;  // the last message that went into events_
    std::vector<std::shared_ptr<const context::v1::ConversationEvent>> held_back;
  };

  void ReadOn(const std::string& contact);
  void ReadMarks(const std::string& contact);
  void Tell(Followed& followed, const std::shared_ptr<const context::v1::ConversationEvent>& event);
  void Push(std::shared_ptr<const context::v1::ConversationEvent> event);

  ContextNode& node_;
  const DomainId domain_;
  const std::function<void()> wake_;
  const std::function<void(const Error&)> fail_;
  std::unordered_map<std::string, Followed> followed_;
  std::deque<std::shared_ptr<const context::v1::ConversationEvent>> events_;
  std::shared_ptr<int> alive_;
};

// One adapter's or gateway's `Converse` stream.
class ConverseStream final
    : public io::StreamHandler<context::v1::ConverseRequest, context::v1::ConverseResponse> {
 public:
  using Stream = io::ServerStream<context::v1::ConverseRequest, context::v1::ConverseResponse>;

  ConverseStream(ContextNode& node, std::function<Instant()> now, const io::CallContext& call,
                 Stream& stream);
  ~ConverseStream() override;

  bool OnMessage(context::v1::ConverseRequest&& message) override;
  void OnHalfClose() override;
  bool Fill(context::v1::ConverseResponse& message) override;

 private:
  void Run(context::v1::ConverseCommand& command);
  void Append(std::uint64_t tag, context::v1::Message message);
  void Mark(std::uint64_t tag, const context::v1::MarkConversation& request);
  void Type(std::uint64_t tag, const context::v1::ConversationTyping& request);
  void Answer(std::uint64_t tag, const Result<void>& result,
              const context::v1::Message* appended = nullptr);

  ContextNode& node_;
  const std::function<Instant()> now_;
  const io::CallContext call_;
  Stream& stream_;
  std::size_t answers_under_way_ = 0;
  bool reading_paused_ = false;
  std::deque<context::v1::ConverseResult> results_;
  std::shared_ptr<int> alive_;
  FollowedConversations followed_;
};

// `WatchConversation`: the same for one conversation.
class ConversationWatch final : public io::FeedHandler<context::v1::WatchConversationResponse> {
 public:
  using Feed = io::ServerFeed<context::v1::WatchConversationResponse>;

  static Result<std::unique_ptr<ConversationWatch>> Open(
      ContextNode& node, const DomainId& domain,
      const context::v1::WatchConversationRequest& request, Feed& feed);

  bool Fill(context::v1::WatchConversationResponse& message) override;

 private:
  ConversationWatch(ContextNode& node, const DomainId& domain, Feed& feed);
  FollowedConversations followed_;
};

}  // namespace usher::service
