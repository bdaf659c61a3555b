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
    LearnAhead(given_, runtime_.told_sequence());
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

// A contact that was open at the position and closed before the domain was led here is named by its
// end alone, which may lie parts behind what is fed first. So the whole span is read for such ends
// before anything of it is fed.
void TimelineFeed::LearnAhead(store::CommitSeq from, store::CommitSeq until) {
  if (from >= until) return CatchUp();
  const store::CommitSeq part_end = std::min<store::CommitSeq>(until, from + kCatchUpCommits);
  ReadReplay(runtime_, from, part_end, LongReplay::kInParts, alive_,
             [this, from, until, term = term_](Result<Replayed> read) {
               if (term != term_ || !runtime_.leading()) return;
               if (!read.ok()) return SkipTrimmed(read.error());
               LearnContacts(*read);
               const store::CommitSeq last = read->back()->sequence;
               // Most often one part is all, and need not be read again.
               if (from == given_ && last >= until) return OnPart(*read);
               LearnAhead(last, until);
             });
}

// From the position that is fed to what has been told; then live.
void TimelineFeed::CatchUp() {
  if (given_ == runtime_.told_sequence()) {
    live_ = true;
    return;
  }
  const store::CommitSeq until =
      std::min<store::CommitSeq>(runtime_.told_sequence(), given_ + kCatchUpCommits);
  ReadReplay(runtime_, given_, until, LongReplay::kInParts, alive_,
             [this, term = term_](Result<Replayed> read) {
               if (term != term_ || !runtime_.leading()) return;
               if (!read.ok()) return SkipTrimmed(read.error());
               LearnContacts(*read);
               OnPart(*read);
             });
}

void TimelineFeed::OnPart(const std::vector<Commit>& commits) {
  const std::uint64_t term = term_;
  for (const Commit& commit : commits) {
    FeedCommit(commit);
    if (term != term_) return;
  }
  CatchUp();
}

void TimelineFeed::SkipTrimmed(const Error& why) {
  io::LogError(io::LogLevel::kError, "timeline_feed_behind", why,
               {{"domain", runtime_.domain().value()}});
  if (why.reason != "SEQUENCE_TRIMMED" && why.reason != "SEQUENCE_AHEAD") return Retry();
  // What is trimmed cannot be fed any more; what comes can.
  fed_ = given_ = runtime_.told_sequence();
  live_ = true;
}

void TimelineFeed::LearnOpenContacts() {
  const engine::Engine& engine = runtime_.engine();
  for (const ContactId id : engine.Contacts()) {
    if (const auto row = engine.FindContact(id)) {
      Learn(id, {row->customer, row->channel, row->adapter, row->external_id});
    }
  }
}

// Contacts that came or went in what is about to be fed.
void TimelineFeed::LearnContacts(const std::vector<Commit>& commits) {
  for (const Commit& commit : commits) {
    for (const engine::Event& event : commit->batch.events) Learn(event);
    for (const engine::Event& event : commit->batch.events) {
      const auto* closed = std::get_if<engine::Closed>(&event.body);
      if (closed == nullptr) continue;
      Learn(closed->contact,
            {closed->customer, closed->channel, closed->adapter, closed->external_id});
    }
  }
}

void TimelineFeed::Learn(const engine::Event& event) {
  const auto* submitted = std::get_if<engine::Submitted>(&event.body);
  if (submitted == nullptr) return;
  Learn(submitted->contact,
        {submitted->customer, submitted->channel, submitted->adapter, submitted->external_id});
}

void TimelineFeed::Learn(ContactId id, FedContact contact) {
  const bool wanted = contact.customer ||
                      std::any_of(sinks_.begin(), sinks_.end(),
                                  [&](const ContactSink* sink) { return sink->Follows(contact); });
  if (wanted) contacts_[id] = std::move(contact);
}

void TimelineFeed::OnTold(const Commit& told) {
  if (!live_) return;  // read from the log later
  if (writes_under_way_ > kWritesUnderWayMax) {
    Retry();
    return;
  }
  for (const engine::Event& event : told->batch.events) Learn(event);
  FeedCommit(told);
}

void TimelineFeed::FeedCommit(const Commit& commit) {
  if (commit->sequence <= given_) return;
  given_ = commit->sequence;
  const std::uint64_t term = term_;
  // Not finished before all of it was given, however fast a sink is.
  ++writes_under_way_;
  ++unfinished_[commit->sequence];
  for (std::uint32_t i = 0; i < commit->batch.events.size(); ++i) {
    FeedEvent(commit, i);
    if (term != term_) return;  // a sink has failed
  }
  Finish(commit->sequence);
}

void TimelineFeed::FeedEvent(const Commit& commit, std::uint32_t index) {
  const engine::Event& event = commit->batch.events[index];
  std::optional<context::v1::TimelineEntry> entry = ToEntry(event);
  if (!entry) return;
  const auto found = contacts_.find(ContactOf(event));
  if (found == contacts_.end()) return;  // nobody asks for it
  const FedContact contact = found->second;
  if (std::holds_alternative<engine::Closed>(event.body)) contacts_.erase(found);
  if (contact.customer) {
    entry->set_channel(ToProto(contact.channel));
    ++writes_under_way_;
    ++unfinished_[commit->sequence];
    Line& line = lines_[contact.customer];
    line.waiting.push_back({{commit->sequence, index}, *std::move(entry)});
    if (!line.under_way) FeedLine(contact.customer, line);
  }
  const std::uint64_t term = term_;
  for (ContactSink* sink : sinks_) {
    if (!sink->Follows(contact)) continue;
    Give(*sink, {contact, commit, index});
    if (term != term_) return;
  }
}

void TimelineFeed::Give(ContactSink& sink, Given given) {
  ++writes_under_way_;
  ++unfinished_[given.commit->sequence];
  const SinkPlace place{&sink, ContactOf(given.commit->batch.events[given.index]).value()};
  SinkLine& line = sink_lines_[place];
  line.push_back(std::move(given));
  if (line.size() == 1) RunSink(place);
}

void TimelineFeed::RunSink(const SinkPlace& place) {
  const Given given = sink_lines_.at(place).front();
  place.first->Take(
      given.contact, {given.commit->sequence, given.index}, given.commit->batch.events[given.index],
      [this, place, term = term_, weak = std::weak_ptr(alive_)](const Result<void>& result) {
        if (!weak.expired() && term == term_) OnTaken(place, result);
      });
}

void TimelineFeed::OnTaken(const SinkPlace& place, const Result<void>& result) {
  if (!result.ok()) {
    io::LogError(io::LogLevel::kWarning, "timeline_feed_failed", result.error(),
                 {{"domain", runtime_.domain().value()}});
    return Retry();
  }
  const auto line = sink_lines_.find(place);
  const store::CommitSeq sequence = line->second.front().commit->sequence;
  line->second.pop_front();
  const bool more = !line->second.empty();
  if (!more) sink_lines_.erase(line);
  Finish(sequence);
  if (more) RunSink(place);
}

void TimelineFeed::Finish(store::CommitSeq sequence) {
  --writes_under_way_;
  const auto count = unfinished_.find(sequence);
  if (--count->second == 0) unfinished_.erase(count);
  fed_ = unfinished_.empty() ? given_ : unfinished_.begin()->first - 1;
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
  for (const store::CommitSeq sequence : sequences) Finish(sequence);
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
  sink_lines_.clear();
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
