// SPDX-License-Identifier: Apache-2.0
#include "router/backup/key_writer.h"

#include <algorithm>
#include <utility>

namespace usher::backup {

namespace {

using Words = store::KeyWalk::Words;

// One call with all items, each two of them swapped where Redis wants the score first.
Words WithItems(Words call, const std::vector<std::string>& items, bool swapped) {
  call.reserve(call.size() + items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    call.push_back(swapped ? items[i ^ 1] : items[i]);
  }
  return call;
}

}  // namespace

Result<void> KeyWriter::Write(const KeysPart& part, Instant now) {
  calls_.clear();
  for (const KeyPart& key : part.keys) Add(key, now);
  if (calls_.empty()) return {};
  const Result<std::vector<store::RedisReply>> written =
      redis_.CallAll(calls_, "writing a key back");
  return written.ok() ? Result<void>() : Result<void>(written.error());
}

void KeyWriter::Add(const KeyPart& key, Instant now) {
  const std::string name = prefix_ + key.name;
  if (key.expires && *key.expires <= now) return;
  const std::string ms = key.expires ? std::to_string((*key.expires - now).count()) : "";
  if (key.type == KeyType::kString) {
    Words set = {"SET", name, key.items.front()};
    if (!ms.empty()) set.insert(set.end(), {"PX", ms});
    calls_.push_back(std::move(set));
    return;
  }
  // It may have been written before, as it was a little earlier.
  if (key.begins) calls_.push_back({"UNLINK", name});
  switch (key.type) {
    case KeyType::kHash:
      calls_.push_back(WithItems({"HSET", name}, key.items, false));
      break;
    case KeyType::kSet:
      calls_.push_back(WithItems({"SADD", name}, key.items, false));
      break;
    case KeyType::kZset:
      calls_.push_back(WithItems({"ZADD", name}, key.items, true));
      break;
    case KeyType::kList:
      calls_.push_back(WithItems({"RPUSH", name}, key.items, false));
      break;
    default:
      for (std::size_t at = 0; at + 1 < key.items.size();) {
        const std::size_t words = 2 * std::stoul(key.items[at + 1]);
        Words add = {"XADD", name, key.items[at]};
        const auto first = key.items.begin() + static_cast<std::ptrdiff_t>(at + 2);
        add.insert(add.end(), first, first + static_cast<std::ptrdiff_t>(words));
        calls_.push_back(std::move(add));
        at += 2 + words;
      }
      break;
  }
  if (!ms.empty()) calls_.push_back({"PEXPIRE", name, ms});
}

}  // namespace usher::backup
