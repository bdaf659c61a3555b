// SPDX-License-Identifier: Apache-2.0
#include "router/context/conversation_store.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "base/failpoint.h"
#include "router/context/framed_message.h"
#include "router/context/functions.h"
#include "router/context/keys.h"

namespace usher::context {

namespace {

using store::RedisReply;

Error FromReply(const RedisReply& reply, std::string_view doing) {
  if (reply.ErrorWord() == "FULL") {
    return {Code::kResourceExhausted, "CONVERSATION_FULL",
            "the conversation has " + std::to_string(kMessagesMax) + " messages",
            "end this contact and open a new one"};
  }
  return store::ToError(reply, doing);
}

// The number before the dash of a stream id.
std::uint64_t NumberOf(std::string_view stream_id) {
  std::uint64_t number = 0;
  std::from_chars(stream_id.data(), stream_id.data() + stream_id.size(), number);
  return number;
}

Error Damaged(const std::string& contact, std::uint64_t number) {
  return {Code::kDataLoss, "MESSAGE_DAMAGED",
          "message " + std::to_string(number) + " of " + contact + " cannot be read",
          "restore it from a backup"};
}

Result<Messages> ToMessages(const RedisReply& reply, const std::string& contact,
                            std::size_t limit) {
  Messages out;
  for (const RedisReply& entry : reply.items()) {
    if (out.messages.size() == limit) {
      out.more = true;
      break;
    }
    const std::uint64_t number = NumberOf(entry.At(0).text());
    v1::Message& message = out.messages.emplace_back();
    const Result<void> read =
        FromFramed(store::RecordKind::kMessage, entry.At(1).At(1).text(), message);
    if (!read.ok()) {
      return read.error().reason == "RECORD_TOO_NEW" ? read.error() : Damaged(contact, number);
    }
    message.set_id(number);
    message.set_contact_id(contact);
  }
  return out;
}

// Ids of different writers never meet.
std::string SaidField(const v1::Message& message) {
  if (message.client_id().empty()) return {};
  return std::to_string(message.author().side()) + '/' + message.author().id() + '/' +
         message.client_id();
}

std::string Name(v1::Author::Side side) { return std::to_string(static_cast<int>(side)); }

}  // namespace

void ConversationStore::Append(const DomainId& domain, v1::Message message,
                               std::function<void(Result<Appended>)> done) {
  const std::string contact = message.contact_id();
  const std::string field = SaidField(message);
  message.clear_id();
  message.clear_contact_id();  // the key says it
  const std::string bytes = ToFramed(store::RecordKind::kMessage, message);
  message.set_contact_id(contact);
  Reach(Failpoint::kMessageSend);
  redis_.Call(
      {"FCALL", ContextFunctionsByName().say, "2", ConversationKey(domain, contact, "messages"),
       ConversationKey(domain, contact, "said"), field, std::to_string(kMessagesMax), bytes},
      [this, domain, message = std::move(message),
       done = std::move(done)](Result<RedisReply> reply) mutable {
        Reach(Failpoint::kMessageReplied);
        if (!reply.ok()) return done(reply.error());
        if (reply->IsError()) return done(FromReply(*reply, "append a message"));
        const auto number = static_cast<std::uint64_t>(reply->At(0).integer());
        if (reply->At(1).integer() == 0) {
          message.set_id(number);
          return done(Appended{std::move(message), false});
        }
        // What was said first is what stands.
        const std::string said_in = message.contact_id();
        Read(domain, said_in, number - 1, 1,
             [said_in, number, done = std::move(done)](Result<Messages> found) {
               if (!found.ok()) return done(found.error());
               if (found->messages.empty()) return done(Damaged(said_in, number));
               done(Appended{std::move(found->messages.front()), true});
             });
      });
}

void ConversationStore::Read(const DomainId& domain, const std::string& contact,
                             std::uint64_t after, std::size_t limit,
                             std::function<void(Result<Messages>)> done) {
  redis_.Call({"XRANGE", ConversationKey(domain, contact, "messages"),
               std::to_string(after + 1) + "-0", "+", "COUNT", std::to_string(limit + 1)},
              [contact, limit, done = std::move(done)](Result<RedisReply> reply) {
                if (!reply.ok()) return done(reply.error());
                if (reply->IsError()) return done(FromReply(*reply, "read a conversation"));
                done(ToMessages(*reply, contact, limit));
              });
}

void ConversationStore::ReadBack(const DomainId& domain, const std::string& contact,
                                 std::uint64_t before, std::size_t limit,
                                 std::function<void(Result<Messages>)> done) {
  const std::string from = before == 0 ? "+" : '(' + std::to_string(before) + "-0";
  redis_.Call({"XREVRANGE", ConversationKey(domain, contact, "messages"), from, "-", "COUNT",
               std::to_string(limit + 1)},
              [contact, limit, done = std::move(done)](Result<RedisReply> reply) {
                if (!reply.ok()) return done(reply.error());
                if (reply->IsError()) return done(FromReply(*reply, "read a conversation"));
                done(ToMessages(*reply, contact, limit));
              });
}

void ConversationStore::KeepUntil(const DomainId& domain, const std::string& contact, Instant until,
                                  std::function<void(Result<void>)> done) {
  redis_.Call(
      {"FCALL", ContextFunctionsByName().expire, "3", ConversationKey(domain, contact, "messages"),
       ConversationKey(domain, contact, "said"), ConversationKey(domain, contact, "marks"),
       std::to_string(ToUnixMs(until))},
      [done = std::move(done)](Result<RedisReply> reply) {
        if (!reply.ok()) return done(reply.error());
        if (reply->IsError())
          return done(FromReply(*reply, "limit how long a conversation is kept"));
        done({});
      });
}

void ConversationStore::Mark(const DomainId& domain, const std::string& contact,
                             const v1::Mark& mark, std::function<void(Result<v1::Mark>)> done) {
  redis_.Call(
      {"FCALL", ContextFunctionsByName().mark, "2", ConversationKey(domain, contact, "marks"),
       ConversationKey(domain, contact, "messages"), Name(mark.side()),
       std::to_string(mark.delivered_up_to()), std::to_string(mark.read_up_to())},
      [side = mark.side(), done = std::move(done)](Result<RedisReply> reply) {
        if (!reply.ok()) return done(reply.error());
        if (reply->IsError()) return done(FromReply(*reply, "mark a conversation"));
        v1::Mark now;
        now.set_side(side);
        now.set_delivered_up_to(static_cast<std::uint64_t>(reply->At(0).integer()));
        now.set_read_up_to(static_cast<std::uint64_t>(reply->At(1).integer()));
        done(std::move(now));
      });
}

void ConversationStore::ReadMarks(const DomainId& domain, const std::string& contact,
                                  std::function<void(Result<std::vector<v1::Mark>>)> done) {
  redis_.Call({"HGETALL", ConversationKey(domain, contact, "marks")},
              [done = std::move(done)](Result<RedisReply> reply) {
                if (!reply.ok()) return done(reply.error());
                if (reply->IsError()) return done(FromReply(*reply, "read marks"));
                std::map<int, v1::Mark> by_side;
                for (std::size_t i = 0; i + 1 < reply->items().size(); i += 2) {
                  const std::string_view field = reply->At(i).text();
                  const std::uint64_t value = reply->At(i + 1).AsUnsigned().value_or(0);
                  const int side = static_cast<int>(NumberOf(field));
                  v1::Mark& mark = by_side[side];
                  mark.set_side(static_cast<v1::Author::Side>(side));
                  if (field.ends_with(":delivered")) mark.set_delivered_up_to(value);
                  if (field.ends_with(":read")) mark.set_read_up_to(value);
                }
                std::vector<v1::Mark> marks;
                for (auto& [side, mark] : by_side) marks.push_back(std::move(mark));
                done(std::move(marks));
              });
}

}  // namespace usher::context
