// SPDX-License-Identifier: Apache-2.0
#include "router/context/timeline_store.h"

#include <array>
#include <cstdio>
#include <string_view>
#include <utility>

#include "base/failpoint.h"
#include "router/context/framed_message.h"
#include "router/context/functions.h"
#include "router/context/keys.h"
#include "router/context/stream_id.h"

namespace usher::context {

namespace {

using store::RedisReply;

// Fixed width, so that text compares as the positions do.
std::string ToText(const FeedPosition& position) {
  std::array<char, 40> text{};
  const int length = std::snprintf(text.data(), text.size(), "%020llu-%08u",
                                   static_cast<unsigned long long>(position.sequence),
                                   static_cast<unsigned>(position.index));
  return {text.data(), static_cast<std::size_t>(length)};
}

// Whom a fed entry is about: who took the contact, passed it on, or had it last.
const std::string& AgentOf(const v1::TimelineEntry& entry) {
  if (entry.has_assigned()) return entry.assigned().agent_id();
  if (entry.has_transferred()) return entry.transferred().from_agent();
  return entry.closed().agent_id();
}

std::int64_t UnixMsOf(const google::protobuf::Timestamp& at) {
  return at.seconds() * 1000 + at.nanos() / 1'000'000;
}

Result<TimelinePage> ToPage(const RedisReply& reply, const CustomerId& customer,
                            std::size_t limit) {
  TimelinePage page;
  for (const RedisReply& item : reply.items()) {
    if (page.entries.size() == limit) {
      page.next = page.entries.back().id();
      break;
    }
    v1::TimelineEntry& entry = page.entries.emplace_back();
    const Result<void> read =
        FromFramed(store::RecordKind::kTimelineEntry, item.At(1).At(1).text(), entry);
    if (!read.ok()) {
      if (read.error().reason == "RECORD_TOO_NEW") return read.error();
      return Error{Code::kDataLoss, "ENTRY_DAMAGED",
                   "entry " + std::string(item.At(0).text()) + " of customer " + customer.value() +
                       " cannot be read",
                   "restore it from a backup"};
    }
    entry.set_id(std::string(item.At(0).text()));
    entry.set_customer_id(customer.value());
  }
  return page;
}

// Sources have no slash, so no two events have one name.
std::string NameOf(const v1::OutsideEvent& event) {
  return event.source() + '/' + event.event_id();
}

// As it is stored: where it stands is said by its place.
std::string ToStored(v1::TimelineEntry entry) {
  entry.clear_id();
  entry.clear_customer_id();
  return ToFramed(store::RecordKind::kTimelineEntry, entry);
}

// How an outside event stands that had been recorded before.
Result<v1::TimelineEntry> ToRecorded(const RedisReply& item, const CustomerId& customer) {
  v1::TimelineEntry entry;
  const Result<void> read = FromFramed(store::RecordKind::kTimelineEntry, item.At(2).text(), entry);
  if (!read.ok() || item.At(2).text().empty()) {
    if (!read.ok() && read.error().reason == "RECORD_TOO_NEW") return read.error();
    return Error{Code::kDataLoss, "ENTRY_DAMAGED",
                 "entry " + std::string(item.At(0).text()) + " of customer " + customer.value() +
                     " cannot be read",
                 "restore it from a backup"};
  }
  entry.set_id(std::string(item.At(0).text()));
  entry.set_customer_id(customer.value());
  return entry;
}

}  // namespace

std::string_view KindOf(const v1::TimelineEntry& entry) {
  const auto* oneof = v1::TimelineEntry::descriptor()->FindOneofByName("kind");
  const auto* field = entry.GetReflection()->GetOneofFieldDescriptor(entry, oneof);
  return field == nullptr ? std::string_view() : std::string_view(field->name());
}

void TimelineStore::Feed(const DomainId& domain, const CustomerId& customer,
                         const std::vector<FedEntry>& entries,
                         std::function<void(Result<void>)> done) {
  std::vector<std::string> words = {"FCALL", ContextFunctionsByName().feed, "2",
                                    CustomerKey(domain, customer, "timeline"),
                                    CustomerKey(domain, customer, "meta")};
  for (const FedEntry& fed : entries) {
    const v1::TimelineEntry& entry = fed.entry;
    words.push_back(ToText(fed.position));
    words.push_back(ToStored(entry));
    words.emplace_back(KindOf(entry));
    words.push_back(entry.contact_id());
    words.push_back(AgentOf(entry));
    words.push_back(std::to_string(UnixMsOf(entry.at())));
    words.emplace_back(entry.channel() == type::v1::CHANNEL_TASK ? "" : "1");
  }
  const std::vector<std::string_view> arguments(words.begin(), words.end());
  Reach(Failpoint::kTimelineSend);
  redis_.Call(arguments,
              [this, domain, customer, done = std::move(done)](Result<RedisReply> reply) {
                Reach(Failpoint::kTimelineReplied);
                hub_.Publish(domain, customer);
                if (!reply.ok()) return done(reply.error());
                if (reply->IsError()) return done(store::ToError(*reply, "feed a timeline"));
                done({});
              });
}

void TimelineStore::AddNote(const DomainId& domain, const CustomerId& customer,
                            const std::string& request_id, v1::TimelineEntry entry,
                            std::function<void(Result<v1::TimelineEntry>)> done) {
  const std::string bytes = ToStored(entry);
  redis_.Call({"FCALL", ContextFunctionsByName().note, "3",
               CustomerKey(domain, customer, "timeline"), CustomerKey(domain, customer, "meta"),
               CustomerKey(domain, customer, "notes"), request_id, bytes},
              [this, domain, customer, entry = std::move(entry),
               done = std::move(done)](Result<RedisReply> reply) mutable {
                hub_.Publish(domain, customer);
                if (!reply.ok()) return done(reply.error());
                if (reply->IsError()) return done(store::ToError(*reply, "write a note"));
                entry.set_id(std::string(reply->At(0).text()));
                entry.set_customer_id(customer.value());
                done(std::move(entry));
              });
}

void TimelineStore::Record(const DomainId& domain, const CustomerId& customer,
                           std::vector<v1::TimelineEntry> entries,
                           std::function<void(Result<std::vector<RecordedEntry>>)> done) {
  std::vector<std::string> words = {"FCALL", ContextFunctionsByName().record, "2",
                                    CustomerKey(domain, customer, "timeline"),
                                    CustomerKey(domain, customer, "outside")};
  for (const v1::TimelineEntry& entry : entries) {
    words.push_back(NameOf(entry.outside()));
    words.push_back(ToStored(entry));
  }
  const std::vector<std::string_view> arguments(words.begin(), words.end());
  redis_.Call(arguments, [this, domain, customer, entries = std::move(entries),
                          done = std::move(done)](Result<RedisReply> reply) mutable {
    hub_.Publish(domain, customer);
    if (!reply.ok()) return done(reply.error());
    if (reply->IsError()) return done(store::ToError(*reply, "record outside events"));
    std::vector<RecordedEntry> recorded;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const RedisReply& item = reply->At(i);
      const bool repeated = item.At(1).integer() == 1;
      if (repeated) {
        Result<v1::TimelineEntry> stands = ToRecorded(item, customer);
        if (!stands.ok()) return done(stands.error());
        entries[i] = *std::move(stands);
      }
      entries[i].set_id(std::string(item.At(0).text()));
      entries[i].set_customer_id(customer.value());
      recorded.push_back({std::move(entries[i]), repeated});
    }
    done(std::move(recorded));
  });
}

void TimelineStore::FindRecorded(
    const DomainId& domain, const CustomerId& customer,
    const std::vector<v1::TimelineEntry>& entries,
    std::function<void(Result<std::vector<std::optional<v1::TimelineEntry>>>)> done) {
  std::vector<std::string> words = {"FCALL", ContextFunctionsByName().record, "2",
                                    CustomerKey(domain, customer, "timeline"),
                                    CustomerKey(domain, customer, "outside")};
  for (const v1::TimelineEntry& entry : entries) {
    words.push_back(NameOf(entry.outside()));
    words.emplace_back();
  }
  const std::vector<std::string_view> arguments(words.begin(), words.end());
  redis_.Call(arguments,
              [customer, count = entries.size(), done = std::move(done)](Result<RedisReply> reply) {
                if (!reply.ok()) return done(reply.error());
                if (reply->IsError())
                  return done(store::ToError(*reply, "look for outside events"));
                std::vector<std::optional<v1::TimelineEntry>> found(count);
                for (std::size_t i = 0; i < count; ++i) {
                  if (reply->At(i).At(1).integer() == 0) continue;
                  Result<v1::TimelineEntry> stands = ToRecorded(reply->At(i), customer);
                  if (!stands.ok()) return done(stands.error());
                  found[i] = *std::move(stands);
                }
                done(std::move(found));
              });
}

void TimelineStore::ReadAfter(const DomainId& domain, const CustomerId& customer,
                              const std::string& after, std::size_t limit,
                              std::function<void(Result<TimelinePage>)> done) {
  const std::string from = after.empty() ? "-" : '(' + after;
  redis_.Call({"XRANGE", CustomerKey(domain, customer, "timeline"), from, "+", "COUNT",
               std::to_string(limit + 1)},
              [customer, limit, done = std::move(done)](Result<RedisReply> reply) {
                if (!reply.ok()) return done(reply.error());
                if (reply->IsError()) return done(store::ToError(*reply, "read a timeline"));
                done(ToPage(*reply, customer, limit));
              });
}

void TimelineStore::Read(const DomainId& domain, const CustomerId& customer,
                         const std::string& before, std::size_t limit,
                         std::function<void(Result<TimelinePage>)> done) {
  if (!before.empty() && !IsStreamId(before)) {
    return done(Error{Code::kInvalidArgument, "BAD_PAGE_TOKEN", "page_token is not one of ours",
                      "use next_page_token of the page before"});
  }
  const std::string from = before.empty() ? "+" : '(' + before;
  redis_.Call({"XREVRANGE", CustomerKey(domain, customer, "timeline"), from, "-", "COUNT",
               std::to_string(limit + 1)},
              [customer, limit, done = std::move(done)](Result<RedisReply> reply) {
                if (!reply.ok()) return done(reply.error());
                if (reply->IsError()) return done(store::ToError(*reply, "read a timeline"));
                done(ToPage(*reply, customer, limit));
              });
}

void TimelineStore::ReadFed(const DomainId& domain,
                            std::function<void(Result<std::uint64_t>)> done) {
  redis_.Call({"GET", FedKey(domain)}, [done = std::move(done)](Result<RedisReply> reply) {
    if (!reply.ok()) return done(reply.error());
    if (reply->IsError()) return done(store::ToError(*reply, "read the timelines' position"));
    done(reply->AsUnsigned().value_or(0));
  });
}

void TimelineStore::WriteFed(const DomainId& domain, std::uint64_t sequence,
                             std::function<void(Result<void>)> done) {
  redis_.Call(
      {"FCALL", ContextFunctionsByName().fed, "1", FedKey(domain), std::to_string(sequence)},
      [done = std::move(done)](Result<RedisReply> reply) {
        if (!reply.ok()) return done(reply.error());
        if (reply->IsError()) {
          return done(store::ToError(*reply, "keep the timelines' position"));
        }
        done({});
      });
}

}  // namespace usher::context
