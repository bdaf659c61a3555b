// SPDX-License-Identifier: Apache-2.0
#include "router/service/converse_stream.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "router/service/received_files.h"
#include "router/service/text_ids.h"

namespace usher::service {

namespace {

using namespace context::v1;  // NOLINT(google-build-using-namespace): this file speaks it

constexpr std::size_t kUnansweredMax = 5'000;  // commands under way and answers not yet read
constexpr int kCommandsPerMessageMax = 5'000;
constexpr std::size_t kReadPage = 500;
constexpr int kEventsPerMessage = 300;
constexpr std::size_t kMessageBytes = 2 << 20;  // of events; with the last one and results 4 MiB
constexpr std::size_t kEventBytes = 256;        // of an event beside its text

constexpr char kTooSlowReason[] = "TOO_SLOW";

std::size_t BytesOf(const ConversationEvent& event) {
  std::size_t bytes = kEventBytes + event.message().text().size();
  if (event.message().has_mail()) bytes += event.message().mail().ByteSizeLong();
  for (const Attachment& attachment : event.message().attachments()) {
    bytes += attachment.ByteSizeLong();
  }
  return bytes;
}

Error TooSlowToFollow() {
  return {Code::kResourceExhausted, kTooSlowReason,
          "this stream reads slower than people talk; more waits than is kept",
          "connect again, follow from the last messages, and read faster"};
}

}  // namespace

FollowedConversations::FollowedConversations(ContextNode& node, DomainId domain,
                                             std::function<void()> wake,
                                             std::function<void(const Error&)> fail)
    : node_(node),
      domain_(std::move(domain)),
      wake_(std::move(wake)),
      fail_(std::move(fail)),
      alive_(std::make_shared<int>(0)) {
  node_.hub.Join(domain_, *this);
}

FollowedConversations::~FollowedConversations() {
  node_.hub.Leave(domain_, *this);
  for (const auto& [contact, followed] : followed_) node_.hub.Unsubscribe(domain_, contact, *this);
}

Result<void> FollowedConversations::Follow(const WatchConversationRequest& request) {
  const std::string& contact = request.contact_id();
  if (const auto id = ParseContactId(contact); !id.ok()) return id.error();
  if (followed_.size() >= kFollowedMax && !followed_.contains(contact)) {
    return Error{Code::kResourceExhausted, "TOO_MANY_CONVERSATIONS",
                 "this stream follows as many conversations as it may",
                 "stop following those that are over"};
  }
  const auto [entry, added] = followed_.try_emplace(contact);
  Followed& followed = entry->second;
  // Following again starts anew from what the caller has; a read under way serves both.
  const bool reads_already = !added && followed.reading;
  followed.view = context::MessageView(request.after_message(), request.with_internal());
  followed.reading = true;
  node_.hub.Subscribe(domain_, contact, *this);
  if (!reads_already) ReadLater(contact);
  return {};
}

void FollowedConversations::Unfollow(const std::string& contact) {
  if (followed_.erase(contact) > 0) node_.hub.Unsubscribe(domain_, contact, *this);
}

// A contact stands here or is being read, never both, while it is `reading`.
void FollowedConversations::ReadLater(const std::string& contact) {
  to_read_.push_back(contact);
  ReadMore();
}

void FollowedConversations::ReadMore() {
  while (!to_read_.empty() && reads_ < kReadsMax && event_bytes_ < kReadWhileBytes && !failed_) {
    const std::string contact = std::move(to_read_.front());
    to_read_.pop_front();
    if (followed_.contains(contact)) Read(contact);
  }
}

bool FollowedConversations::EndRead(const std::string& contact) {
  --reads_;
  const bool wanted = followed_.contains(contact);
  if (!wanted) ReadMore();
  return wanted && !failed_;
}

void FollowedConversations::Read(const std::string& contact) {
  ++reads_;
  const std::uint64_t after = followed_.at(contact).view.position();
  node_.conversations.Read(
      domain_, contact, after, kReadPage,
      [this, contact, weak = std::weak_ptr(alive_)](Result<context::Messages> read) {
        if (weak.expired() || !EndRead(contact)) return;
        if (!read.ok()) return Fail(read.error());
        const auto entry = followed_.find(contact);
        for (Message& message : read->messages) {
          auto event = std::make_shared<ConversationEvent>();
          event->set_contact_id(contact);
          *event->mutable_message() = std::move(message);
          Tell(entry->second, event);
        }
        if (!read->more) return ReadMarks(contact);
        wake_();
        ReadLater(contact);
      });
}

void FollowedConversations::ReadMarks(const std::string& contact) {
  ++reads_;
  node_.conversations.ReadMarks(
      domain_, contact,
      [this, contact, weak = std::weak_ptr(alive_)](Result<std::vector<context::v1::Mark>> marks) {
        if (weak.expired() || !EndRead(contact)) return;
        if (!marks.ok()) return Fail(marks.error());
        const auto entry = followed_.find(contact);
        for (context::v1::Mark& mark : *marks) {
          auto event = std::make_shared<ConversationEvent>();
          event->set_contact_id(contact);
          *event->mutable_mark() = std::move(mark);
          Push(std::move(event));
        }
        wake_();
        if (std::exchange(entry->second.missed, false)) return ReadLater(contact);
        entry->second.reading = false;
        ReadMore();
      });
}

void FollowedConversations::OnConversationEvent(
    const std::shared_ptr<const ConversationEvent>& event) {
  const auto entry = followed_.find(event->contact_id());
  if (entry == followed_.end()) return;
  if (entry->second.reading) {
    entry->second.missed = entry->second.missed || !event->has_typing();
    return;
  }
  Tell(entry->second, event);
  wake_();
}

void FollowedConversations::Tell(Followed& followed,
                                 const std::shared_ptr<const ConversationEvent>& event) {
  if (!event->has_message()) return Push(event);
  const Message& message = event->message();
  if (message.id() <= followed.view.position()) return;
  if (!followed.reading && message.id() > followed.view.position() + 1) {
    // One before was recorded with an answer that got lost.
    followed.reading = true;
    return ReadLater(event->contact_id());
  }
  const std::optional<std::uint32_t> hidden = followed.view.Take(message);
  if (!hidden) return;
  if (*hidden == 0 && !followed.view.Trims(message)) return Push(event);
  auto as_seen = std::make_shared<ConversationEvent>(*event);
  as_seen->mutable_message()->set_hidden_before(*hidden);
  followed.view.Trim(*as_seen->mutable_message());
  Push(std::move(as_seen));
}

void FollowedConversations::Push(std::shared_ptr<const ConversationEvent> event) {
  if (failed_) return;
  if (events_.size() == kEventsMax || event_bytes_ >= kEventBytesMax) {
    return Fail(TooSlowToFollow());
  }
  event_bytes_ += BytesOf(*event);
  events_.push_back(std::move(event));
}

void FollowedConversations::Fail(const Error& why) {
  if (std::exchange(failed_, true)) return;
  events_ = {};
  event_bytes_ = 0;
  to_read_ = {};
  fail_(why);
}

bool FollowedConversations::IsTooSlow(const Error& why) { return why.reason == kTooSlowReason; }

void FollowedConversations::Fill(google::protobuf::RepeatedPtrField<ConversationEvent>& out) {
  std::size_t bytes = 0;
  while (!events_.empty() && out.size() < kEventsPerMessage && bytes < kMessageBytes) {
    bytes += BytesOf(*events_.front());
    event_bytes_ -= BytesOf(*events_.front());
    *out.Add() = *events_.front();
    events_.pop_front();
  }
  ReadMore();
}

ConverseStream::ConverseStream(ContextNode& node, std::function<Instant()> now,
                               const io::CallContext& call, Stream& stream)
    : node_(node),
      now_(std::move(now)),
      call_(call),
      stream_(stream),
      alive_(std::make_shared<int>(0)),
      followed_(
          node, call.claims.domain, [this] { stream_.Wake(); },
          [this](const Error& error) {
            if (!FollowedConversations::IsTooSlow(error)) return stream_.Finish(error);
            node_.slow_readers.CountCut(call_.claims.domain, "converse");
            stream_.Abort(error);
          }) {}

ConverseStream::~ConverseStream() { alive_.reset(); }

bool ConverseStream::OnMessage(ConverseRequest&& message) {
  if (message.commands_size() > kCommandsPerMessageMax) {
    stream_.Finish(
        Error{Code::kInvalidArgument, "TOO_MANY_COMMANDS",
              "the message has " + std::to_string(message.commands_size()) + " commands",
              "send at most " + std::to_string(kCommandsPerMessageMax) + " in one message"});
    return false;
  }
  for (ConverseCommand& command : *message.mutable_commands()) Run(command);
  reading_paused_ = unanswered() >= kUnansweredMax;
  return !reading_paused_;
}

void ConverseStream::MaybeReadOn() {
  if (!reading_paused_ || unanswered() >= kUnansweredMax / 2) return;
  reading_paused_ = false;
  stream_.ReadNext();
}

void ConverseStream::OnStalled() { node_.slow_readers.CountCut(call_.claims.domain, "converse"); }

void ConverseStream::Run(ConverseCommand& command) {
  ++answers_under_way_;
  const std::uint64_t tag = command.tag();
  switch (command.command_case()) {
    case ConverseCommand::kWatch:
      return Answer(tag, followed_.Follow(command.watch()));
    case ConverseCommand::kUnwatch:
      followed_.Unfollow(command.unwatch());
      return Answer(tag, {});
    case ConverseCommand::kAppend:
      return Append(tag, std::move(*command.mutable_append()));
    case ConverseCommand::kMark:
      return Mark(tag, command.mark());
    case ConverseCommand::kTyping:
      return Type(tag, command.typing());
    case ConverseCommand::COMMAND_NOT_SET:
      break;
  }
  Answer(tag, Error{Code::kInvalidArgument, "MISSING_COMMAND", "the command says nothing to do",
                    "set one of its fields"});
}

void ConverseStream::Append(std::uint64_t tag, Message message) {
  Result<Message> appendable = ToAppendable(call_, std::move(message), now_());
  if (!appendable.ok()) return Answer(tag, appendable.error());
  const auto appended = [this, tag, &node = node_, domain = call_.claims.domain,
                         weak = std::weak_ptr(alive_)](Result<context::Appended> said) {
    // It was said whether or not the one who said it is still there.
    if (said.ok() && !said->repeated) {
      ConversationEvent event;
      event.set_contact_id(said->message.contact_id());
      *event.mutable_message() = said->message;
      node.hub.Publish(domain, std::move(event));
    }
    if (weak.expired()) return;
    if (!said.ok()) return Answer(tag, said.error());
    Answer(tag, {}, &said->message);
  };
  const auto checked = std::make_shared<Message>(*std::move(appendable));
  CheckReceivedFiles(node_, call_.claims.domain, *checked,
                     [this, tag, checked, appended, &node = node_, domain = call_.claims.domain,
                      weak = std::weak_ptr(alive_)](const Result<void>& files) {
                       if (files.ok()) {
                         node.conversations.Append(domain, std::move(*checked), appended);
                       } else if (!weak.expired()) {
                         Answer(tag, files);
                       }
                     });
}

void ConverseStream::Mark(std::uint64_t tag, const MarkConversation& request) {
  if (const auto id = ParseContactId(request.contact_id()); !id.ok()) {
    return Answer(tag, id.error());
  }
  const std::string& contact = request.contact_id();
  node_.conversations.Mark(call_.claims.domain, contact, request.mark(),
                           [this, tag, contact, &node = node_, domain = call_.claims.domain,
                            weak = std::weak_ptr(alive_)](Result<context::v1::Mark> mark) {
                             if (mark.ok()) {
                               ConversationEvent event;
                               event.set_contact_id(contact);
                               *event.mutable_mark() = *mark;
                               node.hub.Publish(domain, std::move(event));
                             }
                             if (weak.expired()) return;
                             Answer(tag, mark.ok() ? Result<void>() : Result<void>(mark.error()));
                           });
}

void ConverseStream::Type(std::uint64_t tag, const ConversationTyping& request) {
  if (const auto id = ParseContactId(request.contact_id()); !id.ok()) {
    return Answer(tag, id.error());
  }
  ConversationEvent event;
  event.set_contact_id(request.contact_id());
  *event.mutable_typing() = request.typing();
  node_.hub.Publish(call_.claims.domain, std::move(event), &followed_);
  Answer(tag, {});
}

void ConverseStream::Answer(std::uint64_t tag, const Result<void>& result,
                            const Message* appended) {
  --answers_under_way_;
  ConverseResult& out = results_.emplace_back();
  out.set_tag(tag);
  if (!result.ok()) {
    out.set_code(static_cast<std::uint32_t>(result.error().code));
    out.set_reason(result.error().reason);
    out.set_message(result.error().message + "; " + result.error().next_step);
  }
  if (appended != nullptr) *out.mutable_appended() = *appended;
  stream_.Wake();
  MaybeReadOn();
}

bool ConverseStream::Fill(ConverseResponse& message) {
  std::size_t bytes = 0;
  while (!results_.empty() && message.results_size() < kEventsPerMessage / 2 &&
         bytes < kMessageBytes / 2) {
    bytes += results_.front().ByteSizeLong();
    *message.add_results() = std::move(results_.front());
    results_.pop_front();
  }
  MaybeReadOn();
  followed_.Fill(*message.mutable_events());
  return message.results_size() > 0 || message.events_size() > 0;
}

void ConverseStream::OnHalfClose() { stream_.Finish({}); }

ConversationWatch::ConversationWatch(ContextNode& node, const DomainId& domain, Feed& feed)
    : node_(node),
      domain_(domain),
      followed_(
          node, domain, [&feed] { feed.Wake(); },
          [this, &feed](const Error& error) {
            if (!FollowedConversations::IsTooSlow(error)) return feed.Finish(error);
            node_.slow_readers.CountCut(domain_, "watch_conversation");
            feed.Abort(error);
          }) {}

void ConversationWatch::OnStalled() { node_.slow_readers.CountCut(domain_, "watch_conversation"); }

Result<std::unique_ptr<ConversationWatch>> ConversationWatch::Open(
    ContextNode& node, const DomainId& domain, const WatchConversationRequest& request,
    Feed& feed) {
  std::unique_ptr<ConversationWatch> watch(new ConversationWatch(node, domain, feed));
  if (auto followed = watch->followed_.Follow(request); !followed.ok()) {
    return followed.error();
  }
  return watch;
}

bool ConversationWatch::Fill(WatchConversationResponse& message) {
  followed_.Fill(*message.mutable_events());
  return message.events_size() > 0;
}

}  // namespace usher::service
