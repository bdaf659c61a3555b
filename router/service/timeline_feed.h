// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/io/event_loop.h"
#include "router/context/timeline_store.h"
#include "router/runtime/domain_runtime.h"
#include "router/service/contact_sink.h"

namespace usher::service {

// Writes what happens to contacts into their customers' timelines, and gives it to the sinks:
// exactly once and in order, from the events of the log. The position that has been fed is kept in
// Redis, so after a restart it goes on where it stopped; what was fed just before is recognised by
// the timelines themselves.
//
// Follows the domain live. When the store fails, or nothing could be written for long, it reads on
// from the log later: nothing is left out, and the routing waits for nothing here. Loop thread.
class TimelineFeed final : public runtime::Watcher {
 public:
  TimelineFeed(runtime::DomainRuntime& runtime, context::TimelineStore& timelines);
  ~TimelineFeed() override;

  // Before the domain is led here first. The sink lives longer than the feed.
  void Add(ContactSink& sink) { sinks_.push_back(&sink); }

  void OnTold(const std::shared_ptr<const runtime::Told>& told) override;
  void OnLeading() override;
  void OnDeposed(const Error& why) override;

  // Commits that are told and not yet fed.
  std::uint64_t lag() const { return runtime_.told_sequence() - fed_; }

 private:
  using Commit = std::shared_ptr<const runtime::Told>;
  // What is being written for one customer: one call at a time, so that an entry that was refused
  // is never passed by a later one. What comes meanwhile goes into the next call.
  struct Line {
    std::vector<context::FedEntry> waiting;
    bool under_way = false;
  };
  // An event that a sink is to take.
  struct Given {
    FedContact contact;
    Commit commit;
    std::uint32_t index = 0;
  };
  // What one sink has to do for one contact; the front is under way.
  using SinkLine = std::deque<Given>;
  using SinkPlace = std::pair<ContactSink*, std::uint64_t>;  // the contact's number

  void Begin();
  void LearnAhead(store::CommitSeq from, store::CommitSeq until);
  void CatchUp();
  void OnPart(const std::vector<Commit>& commits);
  void SkipTrimmed(const Error& why);
  void LearnOpenContacts();
  void LearnContacts(const std::vector<Commit>& commits);
  void Learn(const engine::Event& event);
  void Learn(ContactId id, FedContact contact);
  void FeedCommit(const Commit& commit);
  void FeedEvent(const Commit& commit, std::uint32_t index);
  void FeedLine(const CustomerId& customer, Line& line);
  void OnFed(const CustomerId& customer, const std::vector<store::CommitSeq>& sequences,
             const Result<void>& result);
  void Give(ContactSink& sink, Given given);
  void RunSink(const SinkPlace& place);
  void OnTaken(const SinkPlace& place, const Result<void>& result);
  void Finish(store::CommitSeq sequence);
  void ForgetWrites();
  void Retry();
  void KeepPosition();

  runtime::DomainRuntime& runtime_;
  context::TimelineStore& timelines_;
  std::vector<ContactSink*> sinks_;
  // What the entries of a contact need that its later events do not repeat.
  std::unordered_map<ContactId, FedContact> contacts_;
  bool live_ = false;           // every commit that is told is fed at once
  store::CommitSeq fed_ = 0;    // everything up to here is in the timelines
  store::CommitSeq kept_ = 0;   // what Redis knows of fed_
  store::CommitSeq given_ = 0;  // everything up to here was given to the store
  std::unordered_map<CustomerId, Line> lines_;
  std::map<SinkPlace, SinkLine> sink_lines_;
  // Entries and sinks' events that are not in yet, by commit. Customers are on different servers:
  // answers come in any order.
  std::map<store::CommitSeq, std::uint32_t> unfinished_;
  std::uint64_t writes_under_way_ = 0;
  std::uint64_t term_ = 0;  // grows with every restart; answers of old terms are stale
  io::Timer keep_timer_;
  io::Timer retry_timer_;
  std::shared_ptr<int> alive_;
};

}  // namespace usher::service
