// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_fates.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <google/protobuf/util/time_util.h>

#include "base/io/client_call.h"
#include "base/io/log.h"
#include "channels/email/ascii.h"
#include "usher/context/v1/context_service.grpc.pb.h"

namespace usher::email {

using context::v1::RecordEventsRequest;
using context::v1::RecordEventsResponse;
using google::protobuf::util::TimeUtil;

namespace {

constexpr Duration kAnswerWithin{10'000};
constexpr Duration kAgainAfter{2'000};
// Of the contract, less what stands before them.
constexpr std::size_t kWordsInSummary = 180;
constexpr std::size_t kWordsBytesMax = 1'000;

bool IsPassing(const Error& error) {
  return error.code == Code::kUnavailable || error.code == Code::kDeadlineExceeded ||
         error.code == Code::kResourceExhausted;
}

// What a server said, on one line.
std::string OnOneLine(std::string_view words, std::size_t bytes_max) {
  std::string line(CutUtf8(words, bytes_max));
  std::replace_if(
      line.begin(), line.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  return std::string(Trim(line));
}

std::string TypeOf(MailFate::State state) {
  switch (state) {
    case MailFate::State::kSent:
      return "mail.sent";
    case MailFate::State::kDeferred:
      return "mail.deferred";
    case MailFate::State::kFailed:
      return "mail.failed";
    case MailFate::State::kUnknown:
      return "mail.unknown";
  }
  return "mail.unknown";
}

std::string SummaryOf(const MailFate& fate) {
  const std::string words = OnOneLine(fate.words, kWordsInSummary);
  switch (fate.state) {
    case MailFate::State::kSent:
      return fate.recipients > 1 ? "Mail sent to " + std::to_string(fate.recipients) + " addresses"
                                 : "Mail sent";
    case MailFate::State::kDeferred:
      return words.empty() ? "Mail late" : "Mail late: " + words;
    case MailFate::State::kFailed:
      return words.empty() ? "Mail not delivered" : "Mail not delivered: " + words;
    case MailFate::State::kUnknown:
      break;
  }
  return "Mail of unknown fate: it may have been delivered or not";
}

RecordEventsRequest ToRequest(const MailFate& fate, Instant now) {
  RecordEventsRequest request;
  context::v1::CustomerEvent& record = *request.add_events();
  if (fate.customer_id.empty()) {
    record.mutable_identity()->set_kind("email");
    record.mutable_identity()->set_value(ToLower(fate.address));
  } else {
    record.set_customer_id(fate.customer_id);
  }
  context::v1::OutsideEvent& event = *record.mutable_event();
  event.set_source("email");
  event.set_event_id(fate.event_id);
  event.set_type(TypeOf(fate.state));
  event.set_summary(SummaryOf(fate));
  *event.mutable_occurred_at() = TimeUtil::MillisecondsToTimestamp(ToUnixMs(now));
  auto& data = *event.mutable_data();
  data["kind"] = "mail";
  data["contact"] = fate.contact_id;
  if (fate.message != 0) data["message"] = std::to_string(fate.message);
  if (!fate.words.empty()) data["words"] = OnOneLine(fate.words, kWordsBytesMax);
  if (fate.since != kNever) {
    data["since"] = TimeUtil::ToString(TimeUtil::MillisecondsToTimestamp(ToUnixMs(fate.since)));
  }
  return request;
}

}  // namespace

void MailFates::Stop() {
  again_.Cancel();
  waiting_.clear();
}

void MailFates::Tell(MailFate fate, std::function<void()> done) {
  const bool is_anybodys = !fate.customer_id.empty() || !fate.address.empty();
  if (!is_anybodys) {
    if (done) desk_.loop.Post(desk_.Alive(std::move(done)));
    return;
  }
  Record({std::move(fate), std::move(done)});
}

void MailFates::Record(Telling telling) {
  io::CallOptions options;
  options.token = desk_.route.token();
  options.timeout = kAnswerWithin;
  RecordEventsRequest request = ToRequest(telling.fate, desk_.clock.Now());
  io::CallUnary<RecordEventsRequest, RecordEventsResponse>(
      desk_.loop, options, std::move(request),
      [stub = &desk_.route.road.Stub<context::v1::ContextService>()](auto* context, auto* req,
                                                                     auto* resp, auto finished) {
        stub->async()->RecordEvents(context, req, resp, std::move(finished));
      },
      desk_.Alive([this, telling = std::move(telling)](const Result<RecordEventsResponse>& told) {
        if (!told.ok() && IsPassing(told.error())) return Again(telling);
        if (!told.ok()) {
          io::LogError(io::LogLevel::kWarning, "mail_fate_not_recorded", told.error(),
                       {{"contact", telling.fate.contact_id}});
        }
        if (telling.done) telling.done();
      }));
}

void MailFates::Again(Telling telling) {
  if (waiting_.size() >= kWaitingMax) {
    io::Log(io::LogLevel::kError, "mail_fate_not_recorded",
            {{"contact", telling.fate.contact_id}, {"reason", "TOO_MANY"}});
    if (telling.done) telling.done();
    return;
  }
  waiting_.push_back(std::move(telling));
  if (again_.pending()) return;
  again_.Start(kAgainAfter, [this] {
    for (Telling& one : std::exchange(waiting_, {})) Record(std::move(one));
  });
}

}  // namespace usher::email
