// SPDX-License-Identifier: Apache-2.0
#include "router/audit/context_audit.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "router/context/framed_message.h"
#include "router/context/keys.h"
#include "usher/context/v1/conversation.pb.h"
#include "usher/context/v1/customer.pb.h"
#include "usher/context/v1/privacy_service.pb.h"

namespace usher::audit {

using store::KeyWalk;
using store::RecordKind;
using store::RedisReply;

namespace {

constexpr std::size_t kStreamPage = 500;
constexpr const char* kRestore = "restore it from a backup";
constexpr const char* kRouterFeeds =
    "see the log of the router for timeline_feed; the events themselves are in the log";

// The value of a field of a stream's entry; empty where there is none.
std::string_view FieldOf(const RedisReply& entry, std::string_view name) {
  const RedisReply& fields = entry.At(1);
  for (std::size_t i = 0; i + 1 < fields.items().size(); i += 2) {
    if (fields.At(i).text() == name) return fields.At(i + 1).text();
  }
  return {};
}

EntryKind KindOf(const context::v1::TimelineEntry& entry) {
  switch (entry.kind_case()) {
    case context::v1::TimelineEntry::kOpened:
      return EntryKind::kOpened;
    case context::v1::TimelineEntry::kAssigned:
      return EntryKind::kAssigned;
    case context::v1::TimelineEntry::kTransferred:
      return EntryKind::kTransferred;
    case context::v1::TimelineEntry::kClosed:
      return EntryKind::kClosed;
    case context::v1::TimelineEntry::kNote:
      return EntryKind::kNote;
    default:
      return EntryKind::kOther;
  }
}

// Whether it is of a kind that no event of the log is worth: written down, told from outside, or
// what was done to the customer's record or cases.
bool HasNoEvent(const context::v1::TimelineEntry& entry) {
  switch (entry.kind_case()) {
    case context::v1::TimelineEntry::kNote:
    case context::v1::TimelineEntry::kCaseChanged:
    case context::v1::TimelineEntry::kPromise:
    case context::v1::TimelineEntry::kProfile:
    case context::v1::TimelineEntry::kOutside:
    case context::v1::TimelineEntry::kMerged:
      return true;
    default:
      return false;
  }
}

bool IsConversation(std::string_view owner) {
  return owner.size() > 1 && owner.front() == 'c' &&
         std::ranges::all_of(owner.substr(1), [](char c) { return c >= '0' && c <= '9'; });
}

// An entry of a timeline that came from an event.
struct FoundEntry {
  std::optional<Position> position;  // none: written before positions were kept
  EntryKind kind = EntryKind::kOther;
  std::string contact;
};

// The entries of one timeline beside those that the events call for.
class Comparison {
 public:
  Comparison(const TimelinePlan& plan, const CustomerId& customer, store::CommitSeq fed)
      : plan_(plan), planned_(plan.Of(customer)), fed_(fed) {}

  // In order. What is wrong with it, or with those that should stand before it.
  std::optional<Finding> Take(const FoundEntry& found, DomainReport& report) {
    if (!found.position) {
      // Older than all that have one: nothing can be said of what stands before them.
      is_old_ = true;
      return std::nullopt;
    }
    if (last_ && *found.position <= *last_) {
      return Finding{"ENTRY_OUT_OF_ORDER", "",
                     "the entry of " + ToText(*found.position) + " stands behind that of " +
                         ToText(*last_) + ", or twice",
                     kRouterFeeds};
    }
    last_ = found.position;
    while (next_ < planned_.size() && planned_[next_].position < *found.position) Miss();
    is_old_ = false;
    const bool is_planned = next_ < planned_.size() && planned_[next_].position == *found.position;
    if (!is_planned) {
      if (!plan_.Covers(found.position->seq)) return std::nullopt;
      return Finding{
          "ENTRY_GHOST", "",
          "the entry of " + ToText(*found.position) + " tells of something that the events do not",
          kRouterFeeds};
    }
    ++report.counts.compared_entries;
    const PlannedEntry& planned = planned_[next_++];
    if (planned.kind == found.kind &&
        'c' + std::to_string(planned.contact.value()) == found.contact) {
      return std::nullopt;
    }
    return Finding{"ENTRY_DIFFERS", "",
                   "the entry of " + ToText(*found.position) + " tells that " + found.contact +
                       " was " + std::string(ToString(found.kind)) + ", and the event that c" +
                       std::to_string(planned.contact.value()) + " was " +
                       std::string(ToString(planned.kind)),
                   kRouterFeeds};
  }

  // When all entries were taken: the first one that should be there and is not.
  std::optional<Finding> End() {
    while (next_ < planned_.size()) Miss();
    return std::move(missing_);
  }

 private:
  void Miss() {
    const PlannedEntry& planned = planned_[next_++];
    if (is_old_ || planned.position.seq > fed_ || plan_.IsUncertain(planned.contact)) return;
    if (missing_) return;
    missing_ = Finding{"ENTRY_MISSING", "",
                       "there is no entry that c" + std::to_string(planned.contact.value()) +
                           " was " + std::string(ToString(planned.kind)) + ", which " +
                           ToText(planned.position) + " tells",
                       kRouterFeeds};
  }

  const TimelinePlan& plan_;
  const std::vector<PlannedEntry>& planned_;
  const store::CommitSeq fed_;
  std::size_t next_ = 0;
  bool is_old_ = false;
  std::optional<Position> last_;
  std::optional<Finding> missing_;
};

}  // namespace

std::string ContextAudit::KeyOf(const std::string& owner, const char* what) const {
  return context::ConversationKey(domain_, owner, what);
}

void ContextAudit::Add(const char* reason, std::string key, std::string what,
                       const char* next_step) {
  report_.Add({reason, std::move(key), std::move(what), next_step});
}

template <class Message>
Result<bool> ContextAudit::Check(RecordKind kind, const std::string& key, std::string_view bytes,
                                 Message& message) {
  return CheckFrame(key, context::FromFramed(kind, bytes, message));
}

Result<bool> ContextAudit::CheckFrame(const std::string& key, const Result<void>& read) {
  if (read) return true;
  if (read.error().reason == "RECORD_TOO_NEW") return read.error();
  Add("RECORD_DAMAGED", key, "its bytes fail their check", kRestore);
  return false;
}

Result<void> ContextAudit::Run() {
  const Result<void> walked =
      redis_.Walk(store::PatternOfOwners(domain_),
                  [this](std::span<const std::string> keys) { return TakePage(keys); });
  if (!walked) return walked;
  // Customers whose whole timeline is gone.
  for (const auto& [customer, entries] : plan_.all()) {
    if (timelines_seen_.contains(customer)) continue;
    if (const Result<void> checked = CheckTimeline(customer); !checked) return checked;
  }
  return {};
}

Result<void> ContextAudit::TakePage(std::span<const std::string> keys) {
  Keys addresses;
  std::vector<CustomerId> customers;
  for (const std::string& key : keys) {
    const std::optional<store::KeyName> name = store::ParseKeyName(key);
    if (!name || name->domain != domain_.value()) continue;
    const std::string owner(name->owner);
    if (owner.starts_with("find/")) continue;  // terms too many do no harm
    if (owner.starts_with("id/")) {
      addresses.push_back(key);
    } else if (IsConversation(owner)) {
      if (name->what == "draft") {
        if (const Result<void> checked = CheckDraft(key); !checked) return checked;
      }
      if (name->what != "messages") continue;
      if (const Result<void> checked = CheckConversation(owner); !checked) return checked;
    } else if (name->what == "case") {
      if (const Result<void> checked = CheckCase(owner); !checked) return checked;
    } else if (name->what == "record") {
      customers.emplace_back(owner);
    } else if (name->what == "timeline") {
      timelines_seen_.insert(CustomerId{owner});
      if (const Result<void> checked = CheckTimeline(CustomerId{owner}); !checked) return checked;
    } else if (name->what == "audit") {
      const Result<void> read = ReadStream(key, [&](const RedisReply& entry) -> Result<void> {
        context::v1::CustomerChange change;
        const Result<bool> sound =
            Check(RecordKind::kCustomerChange, key + ' ' + std::string(entry.At(0).text()),
                  FieldOf(entry, "a"), change);
        return sound ? Result<void>() : Result<void>(sound.error());
      });
      if (!read) return read;
    } else if (name->what == "reads") {
      const Result<void> read = ReadStream(key, [&](const RedisReply& entry) -> Result<void> {
        context::v1::CustomerRead who;
        const Result<bool> sound =
            Check(RecordKind::kCustomerRead, key + ' ' + std::string(entry.At(0).text()),
                  FieldOf(entry, "r"), who);
        return sound ? Result<void>() : Result<void>(sound.error());
      });
      if (!read) return read;
    }
  }
  if (const Result<void> checked = CheckAddresses(addresses); !checked) return checked;
  return CheckCustomers(customers);
}

Result<void> ContextAudit::CheckAddresses(const Keys& keys) {
  std::vector<KeyWalk::Words> calls;
  for (const std::string& key : keys) calls.push_back({"GET", key});
  const Result<std::vector<RedisReply>> owners = redis_.CallAll(calls, "reading addresses");
  if (!owners) return owners.error();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    ++report_.counts.addresses;
    const std::string_view owner = (*owners)[i].text();
    if (!(*owners)[i].IsNil() && (!owner.starts_with("cu_") || owner.size() != 19)) {
      Add("ADDRESS_DAMAGED", keys[i], "it names no customer", kRestore);
    }
  }
  return {};
}

Result<void> ContextAudit::CheckCustomers(const std::vector<CustomerId>& customers) {
  std::vector<KeyWalk::Words> calls;
  for (const CustomerId& customer : customers) {
    calls.push_back({"GET", context::CustomerKey(domain_, customer, "record")});
    calls.push_back({"ZSCORE", context::CustomersKey(domain_), customer.value()});
  }
  const Result<std::vector<RedisReply>> records = redis_.CallAll(calls, "reading customers");
  if (!records) return records.error();
  std::vector<KeyWalk::Words> addresses;
  std::vector<std::pair<CustomerId, std::string>> claims;
  for (std::size_t i = 0; i < customers.size(); ++i) {
    const RedisReply& record = (*records)[2 * i];
    if (record.IsNil()) continue;  // gone meanwhile
    ++report_.counts.customers;
    const std::string key = context::CustomerKey(domain_, customers[i], "record");
    context::v1::Customer customer;
    const Result<bool> sound = Check(RecordKind::kCustomer, key, record.text(), customer);
    if (!sound) return sound.error();
    if ((*records)[2 * i + 1].IsNil()) {
      Add("CUSTOMER_UNLISTED", key, "it is not in " + context::CustomersKey(domain_),
          "redis-cli ZADD it there with the milliseconds of its creation");
    }
    if (!*sound) continue;
    for (const context::v1::Identity& identity : customer.identities()) {
      claims.emplace_back(customers[i],
                          context::IdentityKey(domain_, identity.kind(), identity.value()));
      addresses.push_back({"GET", claims.back().second});
    }
  }
  const Result<std::vector<RedisReply>> owners = redis_.CallAll(addresses, "reading addresses");
  if (!owners) return owners.error();
  for (std::size_t i = 0; i < claims.size(); ++i) {
    if ((*owners)[i].text() == claims[i].first.value()) continue;
    Add("ADDRESS_LOST", claims[i].second,
        "it is an address of " + claims[i].first.value() + ", and does not lead there",
        "resolve the address again, or restore it from a backup");
  }
  return {};
}

Result<void> ContextAudit::ReadStream(const std::string& key, const Take& take) {
  std::string from = "-";
  while (true) {
    const Result<RedisReply> page = redis_.Call(
        {"XRANGE", key, from, "+", "COUNT", std::to_string(kStreamPage)}, "reading " + key);
    if (!page) return page.error();
    for (const RedisReply& entry : page->items()) {
      if (const Result<void> taken = take(entry); !taken) return taken;
    }
    if (page->items().size() < kStreamPage) return {};
    from = '(' + std::string(page->items().back().At(0).text());
  }
}

Result<void> ContextAudit::CheckTimeline(const CustomerId& customer) {
  const std::string key = context::CustomerKey(domain_, customer, "timeline");
  const Result<RedisReply> meta =
      redis_.Call({"HMGET", context::CustomerKey(domain_, customer, "meta"), "fed", "contacts"},
                  "reading a timeline");
  if (!meta) return meta.error();
  const std::string fed(meta->At(0).text());
  Comparison comparison(plan_, customer, fed_);
  std::uint64_t opened = 0;
  std::string last;
  std::vector<std::pair<std::string, std::string>> outside;  // source/event id, and entry
  const Result<void> read = ReadStream(key, [&](const RedisReply& item) -> Result<void> {
    const std::string name = key + ' ' + std::string(item.At(0).text());
    ++report_.counts.timeline_entries;
    context::v1::TimelineEntry entry;
    const Result<bool> sound = Check(RecordKind::kTimelineEntry, name, FieldOf(item, "e"), entry);
    if (!sound) return sound.error();
    const std::string position(FieldOf(item, "p"));
    // What came since meta was read is judged another time.
    const bool is_told = position <= fed;
    if (is_told && !position.empty()) last = position;
    FoundEntry found{ParsePosition(position), KindOf(entry), entry.contact_id()};
    if (*sound && is_told && found.kind == EntryKind::kOpened) ++opened;
    if (!position.empty() && !found.position) {
      Add("RECORD_DAMAGED", name, "its position in the events has another form", kRestore);
      return {};
    }
    if (*sound && entry.has_outside()) {
      const std::string event = entry.outside().source() + '/' + entry.outside().event_id();
      outside.emplace_back(event, std::string(item.At(0).text()));
    }
    if (*sound && position.empty() && HasNoEvent(entry)) return {};
    if (!*sound) found.kind = EntryKind::kOther;
    std::optional<Finding> wrong = comparison.Take(found, report_);
    if (wrong && *sound) {
      wrong->key = name;
      report_.Add(*std::move(wrong));
    }
    return {};
  });
  if (!read) return read;
  if (std::optional<Finding> missing = comparison.End()) {
    missing->key = key;
    report_.Add(*std::move(missing));
  }
  if (const Result<void> checked = CheckOutside(customer, outside); !checked) return checked;
  if (last != fed) {
    Add("TIMELINE_CUT", key,
        "it was fed up to " + fed + ", and ends with " + (last.empty() ? "nothing" : last),
        kRestore);
  } else if (!fed.empty() && meta->At(1).AsUnsigned().value_or(0) != opened) {
    Add("TIMELINE_CUT", key,
        "it has " + std::to_string(opened) + " contacts, and " +
            std::to_string(meta->At(1).AsUnsigned().value_or(0)) + " were counted",
        kRestore);
  }
  return {};
}

// Each outside event stands once, under its name: else a call that is made again would double it.
// The names are read after the entries, which come with them.
Result<void> ContextAudit::CheckOutside(
    const CustomerId& customer, const std::vector<std::pair<std::string, std::string>>& entries) {
  const std::string key = context::CustomerKey(domain_, customer, "outside");
  for (std::size_t from = 0; from < entries.size(); from += kStreamPage) {
    const std::size_t count = std::min<std::size_t>(kStreamPage, entries.size() - from);
    std::vector<KeyWalk::Words> calls;
    for (std::size_t i = 0; i < count; ++i) calls.push_back({"HGET", key, entries[from + i].first});
    const Result<std::vector<RedisReply>> names = redis_.CallAll(calls, "reading " + key);
    if (!names) return names.error();
    for (std::size_t i = 0; i < count; ++i) {
      const RedisReply& name = (*names)[i];
      const auto& [event, entry] = entries[from + i];
      if (name.IsText() && name.text() == entry) continue;
      Add(name.IsText() ? "EVENT_DOUBLED" : "EVENT_UNNAMED",
          context::CustomerKey(domain_, customer, "timeline") + ' ' + entry,
          name.IsText() ? "the same outside event stands at " + std::string(name.text())
                        : "an outside event that " + key + " does not name",
          kRestore);
    }
  }
  return {};
}

Result<void> ContextAudit::CheckDraft(const std::string& key) {
  const Result<RedisReply> draft = redis_.Call({"HGET", key, "draft"}, "reading " + key);
  if (!draft) return draft.error();
  if (draft->text().empty()) return {};  // sent, or gone with its contact
  context::v1::Message message;
  const Result<bool> sound = Check(RecordKind::kMessage, key, draft->text(), message);
  return sound ? Result<void>() : Result<void>(sound.error());
}

Result<void> ContextAudit::CheckConversation(const std::string& contact) {
  const std::string key = KeyOf(contact, "messages");
  const Result<RedisReply> said =
      redis_.Call({"HGETALL", KeyOf(contact, "said")}, "reading " + key);
  if (!said) return said.error();
  ++report_.counts.conversations;
  std::uint64_t next = 1;
  const Result<void> read = ReadStream(key, [&](const RedisReply& entry) -> Result<void> {
    ++report_.counts.messages;
    const std::string id(entry.At(0).text());
    if (id != std::to_string(next) + "-0") {
      Add("MESSAGE_MISSING", key + ' ' + std::to_string(next) + "-0", "the next one is " + id,
          kRestore);
      next = RedisReply::Text(id.substr(0, id.find('-'))).AsUnsigned().value_or(next);
    }
    ++next;
    context::v1::Message message;
    const Result<bool> sound =
        Check(RecordKind::kMessage, key + ' ' + id, FieldOf(entry, "m"), message);
    return sound ? Result<void>() : Result<void>(sound.error());
  });
  if (!read) return read;
  for (std::size_t i = 1; i < said->items().size(); i += 2) {
    const std::optional<std::uint64_t> number = said->At(i).AsUnsigned();
    if (number && *number >= 1 && *number < next) continue;
    // What is kept no longer goes all at once.
    const Result<RedisReply> there = redis_.Call({"EXISTS", key}, "reading " + key);
    if (!there) return there.error();
    if (there->integer() == 0) return {};
    Add("MESSAGE_MISSING", KeyOf(contact, "said"), "it names a message that is not there",
        kRestore);
  }
  return {};
}

}  // namespace usher::audit
