// SPDX-License-Identifier: Apache-2.0
#include "router/context/draft_store.h"

#include <string_view>
#include <utility>

#include <google/protobuf/util/message_differencer.h>

#include "router/context/framed_message.h"
#include "router/context/functions.h"
#include "router/context/keys.h"

namespace usher::context {

namespace {

using store::RedisReply;

std::string KeyOf(const DomainId& domain, const std::string& contact) {
  return ConversationKey(domain, contact, "draft");
}

bool IsEmpty(const v1::Draft& draft) {
  return draft.text().empty() && draft.attachments().empty() && draft.mail().ByteSizeLong() == 0;
}

// The key says the contact, and the field beside it the version.
std::string ToBytes(const v1::Draft& draft) {
  v1::Message message;
  message.mutable_author()->set_side(v1::Author::SIDE_AGENT);
  message.mutable_author()->set_id(draft.agent_id());
  *message.mutable_at() = draft.saved_at();
  message.set_text(draft.text());
  if (draft.has_mail()) *message.mutable_mail() = draft.mail();
  *message.mutable_attachments() = draft.attachments();
  return ToFramed(store::RecordKind::kMessage, message);
}

Result<v1::Draft> ToDraft(const RedisReply& reply, const std::string& contact) {
  v1::Draft draft;
  draft.set_contact_id(contact);
  const std::string_view bytes = reply.At(1).text();
  if (bytes.empty()) return draft;
  v1::Message message;
  const Result<void> read = FromFramed(store::RecordKind::kMessage, bytes, message);
  if (!read.ok()) {
    if (read.error().reason == "RECORD_TOO_NEW") return read.error();
    return Error{Code::kDataLoss, "DRAFT_DAMAGED", "the draft of " + contact + " cannot be read",
                 "write it anew: what is saved next takes its place"};
  }
  draft.set_version(reply.At(0).AsUnsigned().value_or(0));
  draft.set_agent_id(message.author().id());
  *draft.mutable_saved_at() = message.at();
  draft.set_text(message.text());
  if (message.has_mail()) *draft.mutable_mail() = message.mail();
  *draft.mutable_attachments() = message.attachments();
  return draft;
}

// Whether one is the other but for when it was saved.
bool IsSame(v1::Draft one, v1::Draft other) {
  for (v1::Draft* draft : {&one, &other}) {
    draft->clear_version();
    draft->clear_saved_at();
  }
  return google::protobuf::util::MessageDifferencer::Equals(one, other);
}

Error Changed(const std::string& contact) {
  return {Code::kAborted, "DRAFT_CHANGED",
          "the draft of " + contact + " was changed by somebody else meanwhile",
          "read it, and save again with its version"};
}

}  // namespace

struct DraftStore::Saving {
  v1::Draft draft{};
  std::function<void(Result<v1::Draft>)> done{};
  bool again = false;  // over one that is damaged
};

void DraftStore::Save(const DomainId& domain, v1::Draft draft,
                      std::function<void(Result<v1::Draft>)> done) {
  Try(redis_, domain, {std::move(draft), std::move(done)});
}

void DraftStore::Try(store::RedisKeyspace& redis, const DomainId& domain, Saving saving) {
  const std::string contact = saving.draft.contact_id();
  // All of it before the draft moves into the handler of the answer.
  const std::string key = KeyOf(domain, contact);
  const std::string version = std::to_string(saving.draft.version());
  const std::string bytes = IsEmpty(saving.draft) ? std::string() : ToBytes(saving.draft);
  redis.Call(
      {"FCALL", ContextFunctionsByName().draft, "1", key, version, bytes},
      [&redis, domain, contact, saving = std::move(saving)](Result<RedisReply> reply) mutable {
        if (!reply.ok()) return saving.done(reply.error());
        if (reply->IsError()) return saving.done(store::ToError(*reply, "save a draft"));
        const auto stands = static_cast<std::uint64_t>(reply->At(1).integer());
        if (reply->At(0).integer() == 1) {
          if (stands == 0) {
            saving.draft = {};
            saving.draft.set_contact_id(contact);
          }
          saving.draft.set_version(stands);
          return saving.done(std::move(saving.draft));
        }
        DraftStore(redis).Read(domain, contact,
                               [&redis, domain, contact, stands,
                                saving = std::move(saving)](Result<v1::Draft> found) mutable {
                                 if (found.ok()) {
                                   if (IsSame(*found, saving.draft))
                                     return saving.done(*std::move(found));
                                   return saving.done(Changed(contact));
                                 }
                                 if (found.error().reason != "DRAFT_DAMAGED" || saving.again) {
                                   return saving.done(found.error());
                                 }
                                 saving.draft.set_version(stands);
                                 saving.again = true;
                                 Try(redis, domain, std::move(saving));
                               });
      });
}

void DraftStore::Read(const DomainId& domain, const std::string& contact,
                      std::function<void(Result<v1::Draft>)> done) {
  redis_.Call({"HMGET", KeyOf(domain, contact), "version", "draft"},
              [contact, done = std::move(done)](Result<RedisReply> reply) {
                if (!reply.ok()) return done(reply.error());
                if (reply->IsError()) return done(store::ToError(*reply, "read a draft"));
                done(ToDraft(*reply, contact));
              });
}

void DraftStore::Remove(const DomainId& domain, const std::string& contact,
                        std::function<void(Result<void>)> done) {
  redis_.Call({"UNLINK", KeyOf(domain, contact)},
              [done = std::move(done)](Result<RedisReply> reply) {
                if (!reply.ok()) return done(reply.error());
                if (reply->IsError()) return done(store::ToError(*reply, "remove a draft"));
                done({});
              });
}

}  // namespace usher::context
