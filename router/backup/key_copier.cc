// SPDX-License-Identifier: Apache-2.0
#include "router/backup/key_copier.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/io/clock.h"

namespace usher::backup {

namespace {

using store::RedisReply;
using Words = store::KeyWalk::Words;

constexpr std::size_t kKeysAtOnce = 64;
constexpr const char* kPage = "200";
constexpr const char* kDoing = "copying a key";

std::optional<KeyType> ToKeyType(std::string_view name) {
  if (name == "string") return KeyType::kString;
  if (name == "hash") return KeyType::kHash;
  if (name == "list") return KeyType::kList;
  if (name == "set") return KeyType::kSet;
  if (name == "zset") return KeyType::kZset;
  if (name == "stream") return KeyType::kStream;
  return std::nullopt;
}

void TakeTexts(RedisReply& reply, std::vector<std::string>& items) {
  for (RedisReply& item : reply.items()) items.push_back(item.TakeText());
}

}  // namespace

// How far a key has been read.
struct KeyCopier::Reading {
  std::string key;
  KeyType type = KeyType::kString;
  std::optional<Instant> expires;
  std::string cursor;  // of scans; the last id of a stream
  std::size_t at = 0;  // in a list
  bool is_done = false;
};

Words KeyCopier::NextCall(const Reading& reading) {
  const std::string& cursor = reading.cursor;
  const std::string from = cursor.empty() ? "0" : cursor;
  switch (reading.type) {
    case KeyType::kString:
      return {"GET", reading.key};
    case KeyType::kHash:
      return {"HSCAN", reading.key, from, "COUNT", kPage};
    case KeyType::kSet:
      return {"SSCAN", reading.key, from, "COUNT", kPage};
    case KeyType::kZset:
      return {"ZSCAN", reading.key, from, "COUNT", kPage};
    case KeyType::kList:
      return {"LRANGE", reading.key, std::to_string(reading.at), std::to_string(reading.at + 199)};
    case KeyType::kStream:
      break;
  }
  return {"XRANGE", reading.key, cursor.empty() ? "-" : '(' + cursor, "+", "COUNT", kPage};
}

std::vector<std::string> KeyCopier::TakeItems(Reading& reading, RedisReply& reply) {
  std::vector<std::string> items;
  switch (reading.type) {
    case KeyType::kString:
      reading.is_done = true;
      if (reply.IsText()) items.push_back(reply.TakeText());
      break;
    case KeyType::kList:
      TakeTexts(reply, items);
      reading.at += items.size();
      reading.is_done = items.empty();
      break;
    case KeyType::kStream:
      for (RedisReply& entry : reply.items()) {
        if (entry.items().size() != 2) continue;
        reading.cursor = entry.At(0).text();
        items.push_back(reading.cursor);
        items.push_back(std::to_string(entry.At(1).items().size() / 2));
        TakeTexts(entry.items()[1], items);
      }
      reading.is_done = items.empty();
      break;
    default:
      reading.cursor = reply.At(0).text();
      if (reply.items().size() == 2) TakeTexts(reply.items()[1], items);
      reading.is_done = reading.cursor == "0" || reading.cursor.empty();
      break;
  }
  return items;
}

Result<void> KeyCopier::Copy(std::span<const std::string> keys,
                             const std::function<bool(std::string_view)>& wants) {
  while (!keys.empty()) {
    const auto chunk = keys.first(std::min(keys.size(), kKeysAtOnce));
    keys = keys.subspan(chunk.size());
    if (Result<void> copied = CopyChunk(chunk, wants); !copied.ok()) return copied;
  }
  return {};
}

Result<void> KeyCopier::CopyChunk(std::span<const std::string> keys,
                                  const std::function<bool(std::string_view)>& wants) {
  std::vector<Words> calls;
  for (const std::string& key : keys) {
    calls.push_back({"TYPE", key});
    calls.push_back({"PTTL", key});
  }
  Result<std::vector<RedisReply>> facts = redis_.CallAll(calls, kDoing);
  if (!facts.ok()) return facts.error();
  std::vector<Reading> readings;
  calls.clear();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::optional<KeyType> type = ToKeyType((*facts)[2 * i].text());
    if (!type) continue;  // gone
    Reading& reading = readings.emplace_back();
    reading.key = keys[i];
    reading.type = *type;
    const std::int64_t left = (*facts)[2 * i + 1].integer();
    if (left >= 0) reading.expires = io::WallClock().Now() + Duration{left};
    calls.push_back(NextCall(reading));
  }
  Result<std::vector<RedisReply>> pages = redis_.CallAll(calls, kDoing);
  if (!pages.ok()) return pages.error();
  for (std::size_t i = 0; i < readings.size(); ++i) {
    Reading& reading = readings[i];
    std::vector<std::string> items = TakeItems(reading, (*pages)[i]);
    const bool is_string = reading.type == KeyType::kString;
    if (items.empty() && reading.is_done) continue;
    if (is_string && wants && !wants(items.front())) continue;
    if (Result<void> added = Add(reading, std::move(items), true); !added.ok()) return added;
    ++copied_;
    while (!reading.is_done) {
      Result<RedisReply> page = redis_.Call(NextCall(reading), kDoing);
      if (!page.ok()) return page.error();
      items = TakeItems(reading, *page);
      if (items.empty()) continue;
      if (Result<void> added = Add(reading, std::move(items), false); !added.ok()) return added;
    }
  }
  return {};
}

Result<void> KeyCopier::Add(const Reading& reading, std::vector<std::string> items, bool begins) {
  KeyPart key;
  key.name = reading.key.substr(prefix_.size());
  key.type = reading.type;
  key.begins = begins;
  key.expires = reading.expires;
  key.items = std::move(items);
  part_bytes_ += key.name.size() + 32;
  for (const std::string& item : key.items) part_bytes_ += item.size() + 8;
  part_.keys.push_back(std::move(key));
  return part_bytes_ < kBlockBytesWanted ? Result<void>() : Flush();
}

Result<void> KeyCopier::Flush() {
  if (part_.keys.empty()) return {};
  Result<void> written = file_.Write(BlockKind::kKeys, part_);
  part_.keys.clear();
  part_bytes_ = 0;
  return written;
}

}  // namespace usher::backup
