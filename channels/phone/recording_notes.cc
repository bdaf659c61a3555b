// SPDX-License-Identifier: Apache-2.0
#include "channels/phone/recording_notes.h"

#include <utility>

#include "base/io/client_call.h"
#include "base/io/log.h"
#include "usher/context/v1/context_service.grpc.pb.h"
#include "usher/routing/v1/routing_service.grpc.pb.h"

namespace usher::phone {

using context::v1::RecordEventsRequest;
using context::v1::RecordEventsResponse;
using routing::v1::GetContactRequest;
using routing::v1::GetContactResponse;

namespace {

constexpr Duration kAnswerTimeout{5'000};
constexpr Duration kAgainAfter{2'000};

// Worth saying again: the router is away or has too much to do.
bool IsPassing(const Error& error) {
  return error.code == Code::kUnavailable || error.code == Code::kDeadlineExceeded ||
         error.code == Code::kResourceExhausted;
}

std::string TextOf(const Recording& recording) {
  return recording.seconds > 0 ? "Recording, " + std::to_string(recording.seconds) + " s"
                               : std::string("Recording");
}

}  // namespace

RecordingNotes::RecordingNotes(io::EventLoop& loop, io::LeaderChannel& road,
                               std::function<std::string()> token,
                               channels::ConversationClient& conversations)
    : loop_(loop),
      road_(road),
      token_(std::move(token)),
      conversations_(conversations),
      again_(loop) {}

void RecordingNotes::Stop() {
  again_.Cancel();
  waiting_.clear();
  alive_ = std::make_shared<int>();
  under_way_ = 0;
}

void RecordingNotes::Note(Recording recording) {
  if (noted_.contains(recording.name)) return;
  if (waiting_.size() >= kWaitingMax) {
    io::Log(io::LogLevel::kError, "recording_not_noted",
            {{"contact", recording.contact}, {"reason", "TOO_MANY"}});
    return;
  }
  waiting_.push_back(std::move(recording));
  if (!again_.pending()) Next();
}

void RecordingNotes::Next() {
  while (under_way_ < kUnderWayMax && !waiting_.empty()) {
    const Recording recording = std::move(waiting_.front());
    waiting_.pop_front();
    ++under_way_;
    FindCustomer(recording);
  }
}

void RecordingNotes::Again(Recording recording) {
  --under_way_;
  waiting_.push_front(std::move(recording));
  if (!again_.pending()) again_.Start(kAgainAfter, [this] { Next(); });
}

void RecordingNotes::FindCustomer(const Recording& recording) {
  GetContactRequest request;
  request.set_contact_id(recording.contact);
  io::CallOptions options;
  options.token = token_();
  options.timeout = kAnswerTimeout;
  io::CallUnary<GetContactRequest, GetContactResponse>(
      loop_, options, std::move(request),
      [stub = &road_.Stub<routing::v1::RoutingService>()](auto* context, auto* req, auto* resp,
                                                          auto finished) {
        stub->async()->GetContact(context, req, resp, std::move(finished));
      },
      [this, recording, alive = std::weak_ptr<void>(alive_)](Result<GetContactResponse> answer) {
        if (alive.expired()) return;
        if (answer.ok()) return Record(recording, answer->contact().customer_id());
        if (IsPassing(answer.error())) return Again(recording);
        io::LogError(io::LogLevel::kWarning, "recording_not_noted", answer.error(),
                     {{"contact", recording.contact}});
        Done(recording);
      });
}

void RecordingNotes::Record(const Recording& recording, const std::string& customer) {
  if (customer.empty()) return Append(recording);
  RecordEventsRequest request;
  context::v1::CustomerEvent& record = *request.add_events();
  record.set_customer_id(customer);
  context::v1::OutsideEvent& event = *record.mutable_event();
  event.set_source("telephone");
  event.set_event_id(recording.server + '/' + recording.name);
  event.set_type("call.recorded");
  event.set_summary(TextOf(recording));
  event.set_url(recording.url);
  auto& data = *event.mutable_data();
  data["kind"] = "recording";
  data["contact"] = recording.contact;
  data["file"] = recording.address;
  if (recording.seconds > 0) data["seconds"] = std::to_string(recording.seconds);
  io::CallOptions options;
  options.token = token_();
  options.timeout = kAnswerTimeout;
  io::CallUnary<RecordEventsRequest, RecordEventsResponse>(
      loop_, options, std::move(request),
      [stub = &road_.Stub<context::v1::ContextService>()](auto* context, auto* req, auto* resp,
                                                          auto finished) {
        stub->async()->RecordEvents(context, req, resp, std::move(finished));
      },
      [this, recording, alive = std::weak_ptr<void>(alive_)](Result<RecordEventsResponse> answer) {
        if (alive.expired()) return;
        if (answer.ok()) return Append(recording);
        if (IsPassing(answer.error())) return Again(recording);
        // A customer who was erased has no timeline, and gets none by this.
        io::LogError(io::LogLevel::kWarning, "recording_not_noted", answer.error(),
                     {{"contact", recording.contact}});
        Done(recording);
      });
}

void RecordingNotes::Append(const Recording& recording) {
  context::v1::Message message;
  message.set_contact_id(recording.contact);
  message.set_client_id("recording-" + recording.name);
  message.set_internal(true);
  message.set_text(TextOf(recording));
  message.mutable_author()->set_side(context::v1::Author::SIDE_SYSTEM);
  context::v1::Attachment& file = *message.add_attachments();
  file.set_name(recording.name + ".wav");
  file.set_media_type("audio/wav");
  file.set_url(recording.address);
  // Sent by its own road until it is answered.
  conversations_.Append(std::move(message),
                        [contact = recording.contact](Result<context::v1::Message> appended) {
                          if (appended.ok()) return;
                          io::LogError(io::LogLevel::kWarning, "recording_not_in_conversation",
                                       appended.error(), {{"contact", contact}});
                        });
  Done(recording);
}

void RecordingNotes::Done(const Recording& recording) {
  --under_way_;
  if (noted_.insert(recording.name).second) noted_in_order_.push_back(recording.name);
  if (noted_in_order_.size() > kNotedMax) {
    noted_.erase(noted_in_order_.front());
    noted_in_order_.pop_front();
  }
  Next();
}

}  // namespace usher::phone
