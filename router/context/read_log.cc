// SPDX-License-Identifier: Apache-2.0
#include "router/context/read_log.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "router/context/framed_message.h"
#include "router/context/functions.h"
#include "router/context/keys.h"

namespace usher::context {

namespace {

using store::RedisReply;

// A stream's id, as a number that sorts: milliseconds, then the count within one.
struct StreamId {
  std::uint64_t ms = 0;
  std::uint64_t count = 0;

  friend auto operator<=>(const StreamId&, const StreamId&) = default;
};

std::optional<StreamId> ParseStreamId(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto number = [](std::string_view digits, std::uint64_t& out) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    return error == std::errc{} && end == digits.data() + digits.size() && !digits.empty();
  };
  StreamId id;
  if (!number(text.substr(0, dash), id.ms) || !number(text.substr(dash + 1), id.count)) {
    return std::nullopt;
  }
  return id;
}

// The reads of several records, as they arrive, to be one list.
struct Merging {
  struct Row {
    StreamId id;
    std::size_t record = 0;
    std::string text_id;
    v1::CustomerRead read;
  };
  std::vector<Row> rows;
  std::optional<Error> error;
  std::size_t left = 0;
  std::size_t limit = 0;
  std::function<void(Result<ReadPage>)> done;

  void Take(std::size_t record, const Result<RedisReply>& reply) {
    if (!reply.ok()) {
      error = reply.error();
    } else if (reply->IsError()) {
      error = store::ToError(*reply, "list who read a customer");
    } else {
      for (const RedisReply& item : reply->items()) AddRow(record, item);
    }
    if (--left == 0) Finish();
  }

  void AddRow(std::size_t record, const RedisReply& item) {
    Row row;
    row.text_id = std::string(item.At(0).text());
    row.record = record;
    row.id = ParseStreamId(row.text_id).value_or(StreamId{});
    const Result<void> read =
        FromFramed(store::RecordKind::kCustomerRead, item.At(1).At(1).text(), row.read);
    if (!read.ok()) {
      error = read.error();
      return;
    }
    rows.push_back(std::move(row));
  }

  // Two records may have been read in one instant: those of the later record come first, and a page
  // ends between instants' counts, never within them, so the next one begins after it.
  void Finish() {
    if (error) return done(*error);
    std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
      return a.id != b.id ? a.id > b.id : a.record > b.record;
    });
    ReadPage page;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const bool same_as_last = i > 0 && rows[i].id == rows[i - 1].id;
      if (page.reads.size() >= limit && !same_as_last) {
        page.next = rows[i - 1].text_id;
        break;
      }
      page.reads.push_back(std::move(rows[i].read));
    }
    done(std::move(page));
  }
};

}  // namespace

void ReadLog::Record(const DomainId& domain, const CustomerId& customer,
                     const v1::CustomerRead& read, Duration kept,
                     std::function<void(Result<void>)> done) {
  const std::int64_t at_ms = read.at().seconds() * 1000 + read.at().nanos() / 1'000'000;
  redis_.Call(
      {"FCALL", ContextFunctionsByName().read, "2", CustomerKey(domain, customer, "record"),
       CustomerKey(domain, customer, "reads"), ToFramed(store::RecordKind::kCustomerRead, read),
       std::to_string(kReadsMax), std::to_string(std::max<std::int64_t>(0, at_ms - kept.count())),
       std::to_string(kept.count())},
      [done = std::move(done)](Result<RedisReply> reply) {
        if (!reply.ok()) return done(reply.error());
        if (reply->IsError()) return done(store::ToError(*reply, "note who reads a customer"));
        done({});
      });
}

void ReadLog::List(const DomainId& domain, const std::vector<CustomerId>& records,
                   const std::string& before, std::size_t limit,
                   std::function<void(Result<ReadPage>)> done) {
  if (!before.empty() && !ParseStreamId(before)) {
    return done(Error{Code::kInvalidArgument, "BAD_PAGE_TOKEN", "page_token is not one of ours",
                      "use next_page_token of the page before"});
  }
  const auto merging = std::make_shared<Merging>();
  merging->left = records.size();
  merging->limit = limit;
  merging->done = std::move(done);
  const std::string newest = before.empty() ? "+" : '(' + before;
  for (std::size_t i = 0; i < records.size(); ++i) {
    redis_.Call({"XREVRANGE", CustomerKey(domain, records[i], "reads"), newest, "-", "COUNT",
                 std::to_string(limit + 1)},
                [merging, i](const Result<RedisReply>& reply) { merging->Take(i, reply); });
  }
}

}  // namespace usher::context
