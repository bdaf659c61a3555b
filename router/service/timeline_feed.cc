// SPDX-License-Identifier: Apache-2.0
#include "router/service/timeline_feed.h"

#include <algorithm>
#include <type_traits>
#include <variant>

#include "base/io/log.h"
#include "router/engine/words.h"
#include "router/service/contact_index.h"
#include "router/service/replay.h"
#include "router/service/text_ids.h"
#include "router/service/wire.h"
#include "usher/context/v1/customer.pb.h"

namespace usher::service {

namespace {

// Entries under way to the store; beyond it, commits are left to be read from the log again.
constexpr std::uint64_t kWritesUnderWayMax = 20'000;
constexpr std::uint64_t kCatchUpCommits = 5'000;  // at a time
constexpr Duration kKeepInterval{1'000};
constexpr Duration kRetryAfter{1'000};

// The entry that an event is worth; none for most.
std::optional<context::v1::TimelineEntry> ToEntry(const engine::Event& event) {
  context::v1::TimelineEntry entry;
  const bool kept = std::visit(
      [&entry](const auto& body) {
        using Body = std::decay_t<decltype(body)>;
        // What agents ask each other is no contact of the customer.
        if constexpr (requires { body.consults; }) {
          if (body.consults) return false;
        }
        if constexpr (std::is_same_v<Body, engine::Submitted>) {
          entry.mutable_opened()->set_queue(body.queue.value());
          entry.mutable_opened()->set_subject(body.subject);
          return true;
        } else if constexpr (std::is_same_v<Body, engine::Assigned>) {
          entry.mutable_assigned()->set_agent_id(body.agent.value());
          *entry.mutable_assigned()->mutable_waited() = ToProtoDuration(body.waited);
          return true;
        } else if constexpr (std::is_same_v<Body, engine::Transferred>) {
          entry.mutable_transferred()->set_from_agent(body.from.value());
          entry.mutable_transferred()->set_to_queue(body.to_queue.value());
          entry.mutable_transferred()->set_to_agent(body.to_agent.value());
          return true;
        } else if constexpr (std::is_same_v<Body, engine::Closed>) {
          entry.mutable_closed()->set_outcome(std::string(engine::ToString(body.outcome)));
          entry.mutable_closed()->set_disposition(body.disposition);
          entry.mutable_closed()->set_agent_id(body.agent.value());
          return true;
        } else {
          return false;
        }
      },
      event.body);
  if (!kept) return std::nullopt;
  *entry.mutable_at() = ToTimestamp(event.at);
  entry.set_contact_id(ToText(ContactOf(event)));
  return entry;
}

}  // namespace

TimelineFeed::TimelineFeed(runtime::DomainRuntime& runtime, context::TimelineStore& timelines)
    : runtime_(runtime),
      timelines_(timelines),
      keep_timer_(runtime.loop()),
      retry_timer_(runtime.loop()),
      alive_(std::make_shared<int>(0)) {
  runtime_.Watch(*this);
}

TimelineFeed::~TimelineFeed() { runtime_.Unwatch(*this); }

// The domain has just been loaded: the engine stands exactly at what has been told, so it names
// every contact that is open there. A moment later it has decided more, and a contact whose end is
// decided but not told yet is in neither.
void TimelineFeed::OnLeading() {
  LearnOpenContacts();
  Begin();
}

void TimelineFeed::Begin() {
  ++term_;
  live_ = false;
  ForgetWrites();
  timelines_.ReadFed(runtime_.domain(), [this, term = term_, weak = std::weak_ptr(alive_)](
                                            Result<std::uint64_t> position) {
    if (weak.expired() || term != term_) return;
    if (!position.ok()) return Retry();
    fed_ = kept_ = given_ = *position;
    CatchUp();
  });
  keep_timer_.Start(kKeepInterval, [this] { KeepPosition(); });
}

void TimelineFeed::OnDeposed(const Error&) {
  ++term_;
  live_ = false;
  ForgetWrites();
  contacts_.clear();
  retry_timer_.Cancel();
}

void TimelineFeed::Retry() {
  live_ = false;
  ++term_;
  ForgetWrites();
  retry_timer_.Start(kRetryAfter, [this] {
    if (runtime_.leading()) Begin();
  });
}

// From the position that is fed to what has been told; then live.
void TimelineFeed::CatchUp() {
  const store::CommitSeq until =
      std::min<store::CommitSeq>(runtime_.told_sequence(), given_ + kCatchUpCommits);
  ReadReplay(runtime_, given_, until, LongReplay::kInParts, alive_,
             [this, term = term_](Result<Replayed> read) {
               if (term != term_ || !runtime_.leading()) return;
               if (!read.ok()) {
                 io::LogError(io::LogLevel::kError, "timeline_feed_behind", read.error(),
                              {{"domain", runtime_.domain().value()}});
                 // What is trimmed cannot be fed any more; what comes can.
                 if (read.error().reason == "SEQUENCE_TRIMMED" ||
                     read.error().reason == "SEQUENCE_AHEAD") {
                   fed_ = given_ = runtime_.told_sequence();
                   live_ = true;
                   return;
                 }
                 return Retry();
               }
               LearnContacts(*read);
               for (const auto& told : *read) FeedCommit(*told);
               if (term != term_) return;
               if (given_ < runtime_.told_sequence()) return CatchUp();
               live_ = true;
             });
}

void TimelineFeed::LearnOpenContacts() {
  const engine::Engine& engine = runtime_.engine();
  for (const ContactId id : engine.Contacts()) {
    const auto row = engine.FindContact(id);
    if (row && row->customer) contacts_[id] = {row->customer, row->channel};
  }
}

// Contacts that came or went in what is about to be fed.
void TimelineFeed::LearnContacts(const std::vector<std::shared_ptr<const runtime::Told>>& commits) {
  for (const auto& told : commits) {
    for (const engine::Event& event : told->batch.events) Learn(event);
    for (const engine::Event& event : told->batch.events) {
      const auto* closed = std::get_if<engine::Closed>(&event.body);
      if (closed && closed->customer)
        contacts_[closed->contact] = {closed->customer, closed->channel};
    }
  }
}

void TimelineFeed::Learn(const engine::Event& event) {
  const auto* submitted = std::get_if<engine::Submitted>(&event.body);
  if (submitted != nullptr && submitted->customer) {
    contacts_[submitted->contact] = {submitted->customer, submitted->channel};
  }
}

void TimelineFeed::OnTold(const std::shared_ptr<const runtime::Told>& told) {
  if (!live_) return;  // read from the log later
  if (writes_under_way_ > kWritesUnderWayMax) {
    Retry();
    return;
  }
  for (const engine::Event& event : told->batch.events) Learn(event);
  FeedCommit(*told);
}

void TimelineFeed::FeedCommit(const runtime::Told& told) {
  if (told.sequence <= given_) return;
  given_ = told.sequence;
  for (std::uint32_t i = 0; i < told.batch.events.size(); ++i) FeedEvent(told, i);
  if (unfinished_.empty()) fed_ = given_;
}

void TimelineFeed::FeedEvent(const runtime::Told& told, std::uint32_t index) {
  const engine::Event& event = told.batch.events[index];
  std::optional<context::v1::TimelineEntry> entry = ToEntry(event);
  if (!entry) return;
  const auto contact = contacts_.find(ContactOf(event));
  if (contact == contacts_.end()) return;  // of nobody known
  entry->set_channel(ToProto(contact->second.channel));
  const CustomerId customer = contact->second.customer;
  if (std::holds_alternative<engine::Closed>(event.body)) contacts_.erase(contact);
  ++writes_under_way_;
  ++unfinished_[told.sequence];
  Line& line = lines_[customer];
  line.waiting.push_back({{told.sequence, index}, *std::move(entry)});
  if (!line.under_way) FeedLine(customer, line);
}

void TimelineFeed::FeedLine(const CustomerId& customer, Line& line) {
  const std::vector<context::FedEntry> entries = std::exchange(line.waiting, {});
  line.under_way = true;
  std::vector<store::CommitSeq> sequences;
  for (const context::FedEntry& entry : entries) sequences.push_back(entry.position.sequence);
  timelines_.Feed(runtime_.domain(), customer, entries,
                  [this, customer, sequences = std::move(sequences), term = term_,
                   weak = std::weak_ptr(alive_)](const Result<void>& result) {
                    if (!weak.expired() && term == term_) OnFed(customer, sequences, result);
                  });
}

void TimelineFeed::OnFed(const CustomerId& customer, const std::vector<store::CommitSeq>& sequences,
                         const Result<void>& result) {
  if (!result.ok()) {
    io::LogError(io::LogLevel::kWarning, "timeline_feed_failed", result.error(),
                 {{"domain", runtime_.domain().value()}});
    return Retry();
  }
  writes_under_way_ -= sequences.size();
  for (const store::CommitSeq sequence : sequences) {
    const auto count = unfinished_.find(sequence);
    if (--count->second == 0) unfinished_.erase(count);
  }
  fed_ = unfinished_.empty() ? given_ : unfinished_.begin()->first - 1;
  const auto line = lines_.find(customer);
  line->second.under_way = false;
  if (line->second.waiting.empty()) {
    lines_.erase(line);
  } else {
    FeedLine(customer, line->second);
  }
}

void TimelineFeed::ForgetWrites() {
  lines_.clear();
  unfinished_.clear();
  writes_under_way_ = 0;
}

void TimelineFeed::KeepPosition() {
  keep_timer_.Start(kKeepInterval, [this] { KeepPosition(); });
  if (fed_ == kept_ || !runtime_.leading()) return;
  const store::CommitSeq position = fed_;
  timelines_.WriteFed(runtime_.domain(), position,
                      [this, position, weak = std::weak_ptr(alive_)](const Result<void>& result) {
                        if (weak.expired()) return;
                        // Kept a second later then: feeding again what is in is harmless.
                        if (result.ok()) kept_ = position;
                      });
}

}  // namespace usher::service
