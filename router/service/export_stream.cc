// SPDX-License-Identifier: Apache-2.0
#include "router/service/export_stream.h"

#include <utility>

#include "router/context/framed_message.h"
#include "router/context/keys.h"
#include "router/service/customer_access.h"

namespace usher::service {

namespace {

using context::FromFramed;
using store::RecordKind;
using store::RedisReply;

}  // namespace

ExportStream::ExportStream(ContextNode& node, DomainId domain, CustomerId customer, Feed& feed)
    : node_(node), domain_(std::move(domain)), feed_(feed) {
  steps_.emplace_back([this, customer = std::move(customer)] {
    FindRecords(node_, domain_, customer,
                [this, weak = std::weak_ptr(alive_)](Result<std::vector<CustomerId>> records) {
                  if (weak.expired()) return;
                  if (!records.ok()) return Arrived(records.error());
                  Plan(*records);
                  Arrived({});
                });
  });
  ReadOn();
}

void ExportStream::Plan(const std::vector<CustomerId>& records) {
  for (const CustomerId& record : records) {
    steps_.emplace_back([this, record] { ReadRecord(record); });
  }
  for (const CustomerId& record : records) {
    steps_.emplace_back([this, record] {
      ReadStream(record, "timeline", "-", [this, record](const std::string& id, auto bytes) {
        return PutEntry(record, id, bytes);
      });
    });
  }
  // The timeline once more, for the contacts whose conversations are to come: a list of them all
  // could be long.
  for (const CustomerId& record : records) {
    steps_.emplace_back([this, record] {
      ReadStream(record, "timeline", "-",
                 [this](const std::string&, std::string_view bytes) -> Result<void> {
                   context::v1::TimelineEntry entry;
                   Result<void> read = FromFramed(RecordKind::kTimelineEntry, bytes, entry);
                   if (read.ok() && entry.has_opened()) {
                     steps_.emplace_front(
                         [this, contact = entry.contact_id()] { ReadMessages(contact, 0); });
                   }
                   return read;
                 });
    });
  }
  steps_.emplace_back([this, records] { ReadCases(records, ""); });
  for (const CustomerId& record : records) {
    steps_.emplace_back([this, record] {
      ReadStream(record, "audit", "-",
                 [this](const std::string& id, std::string_view bytes) -> Result<void> {
                   context::v1::CustomerChange change;
                   Result<void> read = FromFramed(RecordKind::kCustomerChange, bytes, change);
                   change.set_id(id);
                   if (read.ok()) *Push().mutable_change() = std::move(change);
                   return read;
                 });
    });
  }
  for (const CustomerId& record : records) {
    steps_.emplace_back([this, record] {
      ReadStream(record, "reads", "-",
                 [this](const std::string&, std::string_view bytes) -> Result<void> {
                   context::v1::CustomerRead read;
                   Result<void> parsed = FromFramed(RecordKind::kCustomerRead, bytes, read);
                   if (parsed.ok()) *Push().mutable_read() = std::move(read);
                   return parsed;
                 });
    });
  }
}

bool ExportStream::Fill(Response& message) {
  if (items_.empty()) {
    ReadOn();
    return false;
  }
  message = std::move(items_.front());
  items_.pop_front();
  if (items_.empty()) ReadOn();
  return true;
}

void ExportStream::ReadOn() {
  if (reading_) return;
  if (steps_.empty()) return feed_.Finish({});
  reading_ = true;
  const Step step = std::move(steps_.front());
  steps_.pop_front();
  step();
}

void ExportStream::Arrived(const Result<void>& result) {
  reading_ = false;
  if (!result.ok()) return feed_.Finish(result.error());
  if (items_.empty()) return ReadOn();
  feed_.Wake();
}

void ExportStream::ReadRecord(const CustomerId& record) {
  node_.customers.GetOwn(domain_, record,
                         [this, weak = std::weak_ptr(alive_)](Result<context::v1::Customer> found) {
                           if (weak.expired()) return;
                           if (!found.ok()) return Arrived(found.error());
                           *Push().mutable_customer() = *std::move(found);
                           Arrived({});
                         });
}

void ExportStream::ReadStream(const CustomerId& record, const char* what, const std::string& after,
                              Put put) {
  node_.redis.Call(
      {"XRANGE", context::CustomerKey(domain_, record, what), after, "+", "COUNT",
       std::to_string(kPage)},
      [this, record, what, put = std::move(put),
       weak = std::weak_ptr(alive_)](Result<RedisReply> reply) {
        if (weak.expired()) return;
        if (!reply.ok()) return Arrived(reply.error());
        if (reply->IsError()) return Arrived(store::ToError(*reply, "export a customer"));
        // Before what the entries themselves ask for, which goes to the front.
        if (reply->items().size() == kPage) {
          const std::string last = '(' + std::string(reply->items().back().At(0).text());
          steps_.emplace_front(
              [this, record, what, last, put] { ReadStream(record, what, last, put); });
        }
        for (const RedisReply& item : reply->items()) {
          const Result<void> taken = put(std::string(item.At(0).text()), item.At(1).At(1).text());
          if (!taken.ok()) return Arrived(taken);
        }
        Arrived({});
      });
}

Result<void> ExportStream::PutEntry(const CustomerId& record, const std::string& id,
                                    std::string_view bytes) {
  context::v1::TimelineEntry entry;
  Result<void> read = FromFramed(RecordKind::kTimelineEntry, bytes, entry);
  if (!read.ok()) return read;
  entry.set_id(id);
  entry.set_customer_id(record.value());
  *Push().mutable_entry() = std::move(entry);
  return {};
}

void ExportStream::ReadCases(const std::vector<CustomerId>& records, const std::string& before) {
  node_.cases.ReadList(
      domain_, {.customers = records, .with_ended = true}, before, kPage,
      [this, records, weak = std::weak_ptr(alive_)](Result<context::CasePage> page) {
        if (weak.expired()) return;
        if (!page.ok()) return Arrived(page.error());
        if (!page->next.empty()) {
          steps_.emplace_front([this, records, next = page->next] { ReadCases(records, next); });
        }
        for (context::v1::Case& one : page->cases) *Push().mutable_case_() = std::move(one);
        Arrived({});
      });
}

void ExportStream::ReadMessages(const std::string& contact, std::uint64_t after) {
  node_.conversations.Read(
      domain_, contact, after, kPage,
      [this, contact, weak = std::weak_ptr(alive_)](Result<context::Messages> read) {
        if (weak.expired()) return;
        if (!read.ok()) return Arrived(read.error());
        if (read->more && !read->messages.empty()) {
          steps_.emplace_front(
              [this, contact, last = read->messages.back().id()] { ReadMessages(contact, last); });
        }
        for (context::v1::Message& message : read->messages) {
          *Push().mutable_message() = std::move(message);
        }
        Arrived({});
      });
}

}  // namespace usher::service
