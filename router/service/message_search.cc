// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "router/context/folding.h"
#include "router/context/timeline_reading.h"
#include "router/service/context_call.h"
#include "router/service/context_methods.h"
#include "router/service/paging.h"
#include "usher/context/v1/context_service.pb.h"

namespace usher::service {

namespace {

using namespace context::v1;  // NOLINT(google-build-using-namespace): this file speaks it
using io::CallContext;
using io::Reply;

constexpr std::size_t kQueryBytesMax = 128;
constexpr std::size_t kQueryLettersMin = 2;
constexpr std::size_t kEntriesMax = 500;     // of the timeline, looked at by one call
constexpr std::size_t kMessagesMax = 5'000;  // of conversations, looked at by one call
constexpr std::size_t kMessagePage = 250;    // read at a time
constexpr std::size_t kAnswerBytes = 2
                                     << 20;  // a page is full; with the hit that it ends with 4 MiB

// How far a search has got: behind an entry, and in the conversation of the next one before a
// message. "1763784000000-0@cu_…/57".
struct SearchPlace {
  std::string entry;          // as of context::ToText; empty: the newest
  std::uint64_t message = 0;  // 0: not in a conversation
};

std::string ToText(const SearchPlace& place) {
  return place.entry + '/' + std::to_string(place.message);
}

std::optional<SearchPlace> ParseSearchPlace(std::string_view text) {
  if (text.empty()) return SearchPlace{};
  const std::size_t slash = text.rfind('/');
  if (slash == std::string_view::npos) return std::nullopt;
  SearchPlace place;
  place.entry = text.substr(0, slash);
  if (!place.entry.empty() && !context::ParsePlace(place.entry)) return std::nullopt;
  const std::string_view number = text.substr(slash + 1);
  const auto [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), place.message);
  if (number.empty() || error != std::errc{} || end != number.data() + number.size()) {
    return std::nullopt;
  }
  return place;
}

std::size_t LettersOf(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;  // no byte that continues a letter
  }));
}

// One call under way: the timeline newest first, and where a contact came in its conversation,
// newest first.
class MessageSearch : public std::enable_shared_from_this<MessageSearch> {
 public:
  MessageSearch(ContextNode& node, DomainId domain, std::string folded, SearchPlace from,
                std::size_t limit, Reply<SearchMessagesResponse> reply)
      : node_(node),
        domain_(std::move(domain)),
        folded_(std::move(folded)),
        place_(std::move(from)),
        limit_(limit),
        reply_(std::move(reply)) {}

  void Start(std::vector<CustomerId> records) {
    context::TimelineQuery query;
    query.records = std::move(records);
    query.before = place_.entry;
    query.limit = kEntriesMax;
    query.scanned_max = 4 * kEntriesMax;
    query.kinds = {"opened", "note", "outside"};
    context::ReadTimeline(node_.timelines, domain_, std::move(query),
                          [self = shared_from_this()](Result<context::TimelinePage> page) {
                            if (!page.ok()) return self->reply_.Fail(page.error());
                            self->behind_ = page->next;
                            for (TimelineEntry& entry : page->entries) {
                              self->entries_.push_back(std::move(entry));
                            }
                            self->LookOn();
                          });
  }

 private:
  void LookOn() {
    while (!entries_.empty()) {
      if (IsFull()) return Finish(ToText(place_));
      TimelineEntry& entry = entries_.front();
      if (entry.has_opened()) return ReadConversation();
      const std::string text = entry.has_note()
                                   ? entry.note().text()
                                   : entry.outside().summary() + '\n' + entry.outside().reference();
      const std::string place = context::ToText(context::PlaceOf(entry));
      if (Fits(text)) {
        MessageHit& hit = *response_.add_hits();
        *hit.mutable_entry() = std::move(entry);
        bytes_ += hit.ByteSizeLong();
      }
      PassEntry(place);
    }
    Finish(behind_.empty() ? std::string() : behind_ + "/0");
  }

  void ReadConversation() {
    node_.conversations.ReadBack(domain_, entries_.front().contact_id(), place_.message,
                                 kMessagePage,
                                 [self = shared_from_this()](Result<context::Messages> read) {
                                   if (!read.ok()) return self->reply_.Fail(read.error());
                                   self->OnMessages(*std::move(read));
                                 });
  }

  void OnMessages(context::Messages read) {
    for (Message& message : read.messages) {
      if (IsFull()) return Finish(ToText(place_));
      ++messages_looked_at_;
      place_.message = message.id();
      if (!Fits(message.text()) && !Fits(message.mail().subject())) continue;
      MessageHit& hit = *response_.add_hits();
      *hit.mutable_message() = std::move(message);
      bytes_ += hit.ByteSizeLong();
    }
    if (read.more) return ReadConversation();
    PassEntry(context::ToText(context::PlaceOf(entries_.front())));
    LookOn();
  }

  void PassEntry(std::string place) {
    place_ = {std::move(place), 0};
    entries_.pop_front();
  }

  bool Fits(const std::string& text) const {
    return !text.empty() && context::FoldCase(text).find(folded_) != std::string::npos;
  }
  bool IsFull() const {
    return static_cast<std::size_t>(response_.hits_size()) >= limit_ || bytes_ >= kAnswerBytes ||
           messages_looked_at_ >= kMessagesMax;
  }
  void Finish(const std::string& next) {
    response_.mutable_page()->set_next_page_token(next);
    reply_.Send(std::move(response_));
  }

  ContextNode& node_;
  const DomainId domain_;
  const std::string folded_;
  SearchPlace place_;
  const std::size_t limit_;
  const Reply<SearchMessagesResponse> reply_;
  std::deque<TimelineEntry> entries_;
  std::string behind_;  // the place of the last entry that was looked at; empty: all were
  SearchMessagesResponse response_;
  std::size_t messages_looked_at_ = 0;
  std::size_t bytes_ = 0;
};

void SearchMessages(ContextNode& node, Instant, const CallContext& call,
                    const SearchMessagesRequest& request,
                    const Reply<SearchMessagesResponse>& reply) {
  const Result<DomainNode*> led = LedDomain(node, call);
  if (!led.ok()) return reply.Fail(led.error());
  const DomainId& domain = (*led)->runtime.domain();
  const Result<CustomerId> id = ParseCustomerId(request.customer_id());
  if (!id.ok()) return reply.Fail(id.error());
  if (request.query().size() > kQueryBytesMax) {
    return reply.Fail(TooLong("query", request.query().size(), kQueryBytesMax));
  }
  std::string folded = context::FoldCase(request.query());
  if (LettersOf(folded) < kQueryLettersMin) {
    return reply.Fail({Code::kInvalidArgument, "QUERY_TOO_SHORT",
                       "the query has less than two letters", "look for more of a word"});
  }
  std::optional<SearchPlace> from = ParseSearchPlace(request.page().page_token());
  if (!from) {
    return reply.Fail({Code::kInvalidArgument, "BAD_PAGE_TOKEN", "page_token is not one of ours",
                       "use next_page_token of the page before"});
  }
  auto search = std::make_shared<MessageSearch>(node, domain, std::move(folded), *std::move(from),
                                                PageSize(request.page()), reply);
  node.customers.Get(domain, *id, [search, reply](Result<Customer> customer) {
    if (!customer.ok()) return reply.Fail(customer.error());
    search->Start(context::RecordsOf(*customer));
  });
}

}  // namespace

void AddMessageSearch(ContextNode& node, const std::function<Instant()>& now,
                      io::MethodTable& table) {
  AddContextMethod(node, now, table, "ContextService", "SearchMessages", SearchMessages);
}

}  // namespace usher::service
