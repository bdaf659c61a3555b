// SPDX-License-Identifier: Apache-2.0
#include "router/context/timeline_reading.h"

#include <algorithm>
#include <charconv>
#include <deque>
#include <memory>
#include <utility>

namespace usher::context {

namespace {

constexpr std::size_t kPartMin = 100;  // entries read at a time where only some fit

// A page is full with so much: with the entry that it ends with it is within a message's 4 MiB.
constexpr std::size_t kPageBytes = 3 << 20;

// One record's part of what is read.
struct Stream {
  CustomerId record;
  std::string before;  // what comes next is older; empty for the newest
  std::deque<v1::TimelineEntry> read;
  bool exhausted = false;
};

struct Reading {
  TimelineStore& store;
  DomainId domain;
  TimelineQuery query;
  std::function<void(Result<TimelinePage>)> done;
  std::vector<Stream> streams{};
  TimelinePage page{};
  std::size_t scanned = 0;
  std::size_t bytes = 0;
  std::size_t reads = 0;  // under way
  std::optional<Error> failure{};
};

bool Fits(const TimelineQuery& query, const v1::TimelineEntry& entry) {
  if (query.channel != type::v1::CHANNEL_UNSPECIFIED && entry.channel() != query.channel) {
    return false;
  }
  return query.kinds.empty() || query.kinds.contains(KindOf(entry));
}

// The first entry that a stream gives behind `place` is older than it, or as old and of a record
// that comes first.
std::string BoundOf(const TimelinePlace& place, const CustomerId& record) {
  const bool gives_its_id = record < place.record && place.number != UINT64_MAX;
  return std::to_string(place.ms) + '-' + std::to_string(place.number + (gives_its_id ? 1 : 0));
}

// The stream with the newest entry; null when all are empty.
Stream* NewestOf(std::vector<Stream>& streams) {
  Stream* newest = nullptr;
  for (Stream& stream : streams) {
    if (stream.read.empty()) continue;
    if (newest == nullptr || PlaceOf(newest->read.front()) < PlaceOf(stream.read.front())) {
      newest = &stream;
    }
  }
  return newest;
}

void Proceed(const std::shared_ptr<Reading>& reading);

void ReadPart(const std::shared_ptr<Reading>& reading, Stream& stream) {
  const TimelineQuery& query = reading->query;
  const bool is_filtered = !query.kinds.empty() || query.channel != type::v1::CHANNEL_UNSPECIFIED;
  const std::size_t part = is_filtered ? std::max(kPartMin, query.limit) : query.limit;
  ++reading->reads;
  reading->store.Read(reading->domain, stream.record, stream.before, part,
                      [reading, &stream](Result<TimelinePage> part_read) {
                        --reading->reads;
                        if (part_read.ok()) {
                          stream.exhausted = part_read->next.empty();
                          stream.before = part_read->next;
                          for (v1::TimelineEntry& entry : part_read->entries) {
                            stream.read.push_back(std::move(entry));
                          }
                        } else {
                          reading->failure = part_read.error();
                        }
                        if (reading->reads == 0) Proceed(reading);
                      });
}

// Takes what has been read, newest first, until a stream must be read on or the page is full.
void Proceed(const std::shared_ptr<Reading>& reading) {
  if (reading->failure) return reading->done(*reading->failure);
  std::vector<Stream>& streams = reading->streams;
  while (true) {
    for (Stream& stream : streams) {
      if (stream.read.empty() && !stream.exhausted) ReadPart(reading, stream);
    }
    if (reading->reads > 0) return;
    Stream* newest = NewestOf(streams);
    if (newest == nullptr) break;
    v1::TimelineEntry entry = std::move(newest->read.front());
    newest->read.pop_front();
    const TimelinePlace place = PlaceOf(entry);
    if (Fits(reading->query, entry)) {
      reading->bytes += entry.ByteSizeLong();
      reading->page.entries.push_back(std::move(entry));
    }
    ++reading->scanned;
    const bool is_full =
        reading->page.entries.size() >= reading->query.limit || reading->bytes >= kPageBytes;
    if (!is_full && reading->scanned < reading->query.scanned_max) continue;
    const bool more = std::any_of(streams.begin(), streams.end(), [](const Stream& stream) {
      return !stream.read.empty() || !stream.exhausted;
    });
    if (more) reading->page.next = ToText(place);
    break;
  }
  reading->done(std::move(reading->page));
}

bool ReadNumber(std::string_view text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

}  // namespace

TimelinePlace PlaceOf(const v1::TimelineEntry& entry) {
  return ParsePlace(entry.id() + '@' + entry.customer_id()).value_or(TimelinePlace{});
}

std::string ToText(const TimelinePlace& place) {
  return std::to_string(place.ms) + '-' + std::to_string(place.number) + '@' + place.record.value();
}

std::optional<TimelinePlace> ParsePlace(std::string_view text) {
  TimelinePlace place;
  const std::size_t at = text.find('@');
  if (at != std::string_view::npos) place.record = CustomerId{std::string(text.substr(at + 1))};
  const std::string_view id = text.substr(0, at);
  const std::size_t dash = id.find('-');
  if (dash == std::string_view::npos || !ReadNumber(id.substr(0, dash), place.ms) ||
      !ReadNumber(id.substr(dash + 1), place.number)) {
    return std::nullopt;
  }
  return place;
}

std::vector<CustomerId> RecordsOf(const v1::Customer& customer) {
  std::vector<CustomerId> records = {CustomerId{customer.id()}};
  for (const std::string& merged : customer.merged()) records.emplace_back(merged);
  return records;
}

void ReadTimeline(TimelineStore& store, const DomainId& domain, TimelineQuery query,
                  std::function<void(Result<TimelinePage>)> done) {
  std::optional<TimelinePlace> before;
  if (!query.before.empty()) {
    before = ParsePlace(query.before);
    if (!before) {
      return done(Error{Code::kInvalidArgument, "BAD_PAGE_TOKEN", "page_token is not one of ours",
                        "use next_page_token of the page before"});
    }
  }
  auto reading = std::make_shared<Reading>(Reading{
      .store = store, .domain = domain, .query = std::move(query), .done = std::move(done)});
  for (const CustomerId& record : reading->query.records) {
    reading->streams.push_back(
        {record, before ? BoundOf(*before, record) : std::string(), {}, false});
  }
  Proceed(reading);
}

}  // namespace usher::context
