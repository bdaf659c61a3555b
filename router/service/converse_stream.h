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
#include "router/context/message_view.h"
#include "router/service/context_methods.h"
#include "usher/context/v1/context_service.pb.h"

namespace usher::service {

// The conversations that one stream follows: what was said before, and meanwhile, is read from the
// store, then what is said is told at once; each message once, in order.
//
// What waits to be told is bounded. The past is read only while there is room for it, so that a
// stream that follows thousands of conversations at once is told them at its own pace; one that
// falls behind what is said now is cut, and follows again from the last messages that it has.
class FollowedConversations final : public context::ConversationSink {
 public:
  static constexpr std::size_t kFollowedMax = 50'000;  // by one stream
  static constexpr std::size_t kEventsMax = 100'000;   // that wait to be told
  static constexpr std::size_t kEventBytesMax = 64 << 20;
  static constexpr std::size_t kReadsMax = 16;             // of the past, at one time
  static constexpr std::size_t kReadWhileBytes = 4 << 20;  // no new read while more waits

  // `wake` when there is something to tell; `fail` when the stream must end, at most once.
  FollowedConversations(ContextNode& node, DomainId domain, std::function<void()> wake,
                        std::function<void(const Error&)> fail);
  ~FollowedConversations() override;

  Result<void> Follow(const context::v1::WatchConversationRequest& request);
  void Unfollow(const std::string& contact);
  void OnConversationEvent(
      const std::shared_ptr<const context::v1::ConversationEvent>& event) override;
  void OnConversationsCut(const Error& why) override { Fail(why); }
  void Fill(google::protobuf::RepeatedPtrField<context::v1::ConversationEvent>& out);
  bool empty() const { return events_.empty(); }
  // Whether the peer was found too slow, rather than anything else that fails.
  static bool IsTooSlow(const Error& why);

 private:
  struct Followed {
    bool reading = true;
    bool missed = false;                  // something was said while it was read: it is read on
    context::MessageView view{0, false};  // up to the last message that went into events_
  };

  void ReadLater(const std::string& contact);
  void ReadMore();
  void Read(const std::string& contact);
  void ReadMarks(const std::string& contact);
  // A read has ended, well or not; true when it is still wanted.
  bool EndRead(const std::string& contact);
  void Fail(const Error& why);
  void Tell(Followed& followed, const std::shared_ptr<const context::v1::ConversationEvent>& event);
  void Push(std::shared_ptr<const context::v1::ConversationEvent> event);

  ContextNode& node_;
  const DomainId domain_;
  const std::function<void()> wake_;
  const std::function<void(const Error&)> fail_;
  std::unordered_map<std::string, Followed> followed_;
  std::deque<std::shared_ptr<const context::v1::ConversationEvent>> events_;
  std::size_t event_bytes_ = 0;
  std::deque<std::string> to_read_;  // contacts whose past waits for room
  std::size_t reads_ = 0;            // under way
  bool failed_ = false;
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
  void OnStalled() override;

 private:
  void Run(context::v1::ConverseCommand& command);
  void Append(std::uint64_t tag, context::v1::Message message);
  void Mark(std::uint64_t tag, const context::v1::MarkConversation& request);
  void Type(std::uint64_t tag, const context::v1::ConversationTyping& request);
  std::size_t unanswered() const { return answers_under_way_ + results_.size(); }
  void MaybeReadOn();
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
  void OnStalled() override;

 private:
  ConversationWatch(ContextNode& node, const DomainId& domain, Feed& feed);
  ContextNode& node_;
  const DomainId domain_;
  FollowedConversations followed_;
};

}  // namespace usher::service
