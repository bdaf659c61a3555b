// SPDX-License-Identifier: Apache-2.0
#include "router/service/received_files.h"

#include <memory>
#include <set>
#include <string>
#include <utility>

#include "router/service/mail_rules.h"

namespace usher::service {

namespace {

using context::v1::Attachment;
using context::v1::Author;
using context::v1::Message;

constexpr std::size_t kPage = 200;

// The search through one conversation, from its end.
struct Search {
  ContextNode& node;
  const DomainId domain;
  const std::string contact;
  std::set<std::string> wanted;  // addresses that were not found yet
  std::function<void(Result<void>)> done;
};

void SearchBefore(const std::shared_ptr<Search>& search, std::uint64_t before) {
  search->node.conversations.ReadBack(
      search->domain, search->contact, before, kPage, [search](Result<context::Messages> read) {
        if (!read.ok()) return search->done(read.error());
        std::uint64_t oldest = 0;
        for (const Message& message : read->messages) {
          oldest = message.id();
          if (message.author().side() == Author::SIDE_AGENT) continue;
          for (const Attachment& file : message.attachments()) search->wanted.erase(file.url());
        }
        if (search->wanted.empty()) return search->done({});
        if (read->more && oldest > 1) return SearchBefore(search, oldest);
        search->done(Error{Code::kInvalidArgument, "BAD_ATTACHMENT",
                           "an attachment is no file that came in this conversation",
                           "attach a file, or one of this contact's mails"});
      });
}

}  // namespace

void CheckReceivedFiles(ContextNode& node, const DomainId& domain, const Message& message,
                        std::function<void(Result<void>)> done) {
  std::set<std::string> wanted;
  if (message.author().side() == Author::SIDE_AGENT) {
    for (const Attachment& file : message.attachments()) {
      if (IsReceivedFile(file.url())) wanted.insert(file.url());
    }
  }
  if (wanted.empty()) return done({});
  SearchBefore(std::make_shared<Search>(
                   Search{node, domain, message.contact_id(), std::move(wanted), std::move(done)}),
               0);
}

}  // namespace usher::service
