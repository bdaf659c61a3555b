// SPDX-License-Identifier: Apache-2.0
#include "usher/profile_commands.h"

#include <charconv>
#include <cstdint>
#include <iostream>
#include <map>
#include <memory>
#include <utility>

#include "base/io/random_id.h"
#include "usher/context/v1/context_service.grpc.pb.h"
#include "usher/run_call.h"

namespace usher::app {

namespace {

using namespace context::v1;  // NOLINT(google-build-using-namespace): this file speaks it

constexpr std::uint32_t kHitsMax = 100;
constexpr std::uint32_t kPageSize = 500;

#define USHER_CALL(Method)                                                        \
  [](const std::shared_ptr<grpc::Channel>& channel, grpc::ClientContext* context, \
     const auto& sent,                                                            \
     auto* received) { return ContextService::NewStub(channel)->Method(context, sent, received); }

Error BadOption(const std::string& option, const std::string& given, const std::string& next_step) {
  return {Code::kInvalidArgument, "BAD_OPTION", option + ": \"" + given + "\" is not understood",
          next_step};
}

// The enum value whose name is `prefix` and the word in capitals.
template <class Enum, class Parse>
Result<Enum> ParseWord(const char* option, const std::string& word, const std::string& prefix,
                       Parse parse, const std::string& words) {
  std::string name = prefix;
  for (const char c : word) name += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  Enum value{};
  if (!parse(name, &value)) return BadOption(option, word, "give one of " + words);
  return value;
}

Result<CustomerType> ParseType(const std::string& word) {
  return ParseWord<CustomerType>("--type", word, "CUSTOMER_TYPE_", CustomerType_Parse,
                                 "potential, lead, contracted, member, partner, internal");
}

Result<SaleStage> ParseStage(const std::string& word) {
  return ParseWord<SaleStage>("--stage", word, "SALE_STAGE_", SaleStage_Parse,
                              "before, during, after");
}

Result<std::int64_t> ParseValue(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size()) {
    return BadOption("--value", text, "give a whole number");
  }
  return value;
}

Result<std::pair<std::string, std::string>> SplitAt(const char* option, const std::string& text,
                                                    char mark, const std::string& form) {
  const std::size_t at = text.find(mark);
  if (at == std::string::npos || at == 0) return BadOption(option, text, "write it as " + form);
  return std::pair(text.substr(0, at), text.substr(at + 1));
}

Result<Identity> ParseIdentity(const std::string& text, bool verified) {
  const auto parts = SplitAt("identity", text, ':', "kind:value, such as email:mei@example.com");
  if (!parts.ok()) return parts.error();
  Identity identity;
  identity.set_kind(parts->first);
  identity.set_value(parts->second);
  identity.set_verified(verified);
  return identity;
}

// What may be given of a customer who is created and of one who is changed.
template <class Message>
Result<void> SetProfile(const ProfileOptions& options, Message& to) {
  if (!options.name.empty()) to.set_name(options.name);
  if (!options.tier.empty()) to.set_tier(options.tier);
  if (!options.language.empty()) to.set_language(options.language);
  if (!options.owner.empty()) to.set_relationship_owner(options.owner);
  if (!options.type.empty()) {
    const auto type = ParseType(options.type);
    if (!type.ok()) return type.error();
    to.set_type(*type);
  }
  if (!options.stage.empty()) {
    const auto stage = ParseStage(options.stage);
    if (!stage.ok()) return stage.error();
    to.set_stage(*stage);
  }
  if (!options.value.empty()) {
    const auto value = ParseValue(options.value);
    if (!value.ok()) return value.error();
    to.set_value(*value);
  }
  for (const std::string& field : options.fields) {
    const auto parts = SplitAt("--field", field, '=', "key=value; key= removes it");
    if (!parts.ok()) return parts.error();
    (*to.mutable_fields())[parts->first] = parts->second;
  }
  return {};
}

std::string MainIdentity(const Customer& customer) {
  return customer.identities().empty()
             ? ""
             : customer.identities(0).kind() + ':' + customer.identities(0).value();
}

void PrintCustomers(const std::vector<Customer>& customers) {
  std::vector<std::vector<std::string>> rows;
  for (const Customer& customer : customers) {
    rows.push_back({customer.id(), customer.name(), MainIdentity(customer), customer.tier(),
                    std::to_string(customer.open_cases()), Shown(customer.last_contact_at())});
  }
  PrintTable({"customer", "name", "address", "tier", "open cases", "last contact"}, rows);
}

std::string Joined(const auto& words) {
  std::string joined;
  for (const std::string& word : words) joined += (joined.empty() ? "" : ", ") + word;
  return joined;
}

std::string With(const std::string& what, const std::string& before, const std::string& detail) {
  return detail.empty() ? what : what + before + detail;
}

std::string WhatHappened(const TimelineEntry& entry) {
  switch (entry.kind_case()) {
    case TimelineEntry::kOpened:
      return With("opened in " + entry.opened().queue(), ": ", entry.opened().subject());
    case TimelineEntry::kAssigned:
      return "answered by " + entry.assigned().agent_id() + " after " +
             Shown(entry.assigned().waited());
    case TimelineEntry::kTransferred:
      return "passed on to " + entry.transferred().to_queue() + entry.transferred().to_agent();
    case TimelineEntry::kClosed:
      return With(entry.closed().outcome(), ", ", entry.closed().disposition());
    case TimelineEntry::kNote:
      return entry.note().author() + ": " + entry.note().text();
    case TimelineEntry::kCaseChanged: {
      const CaseChanged& change = entry.case_changed();
      std::string what =
          "case " + change.case_id() + " " + change.change() + ": " + change.subject();
      what = With(what, ", with ", change.owner());
      return With(what, ", ", change.reason());
    }
    case TimelineEntry::kPromise:
      return "promise " + entry.promise().change() + ": " + entry.promise().text() + ", by " +
             Shown(entry.promise().due());
    case TimelineEntry::kProfile:
      return "record changed by " + entry.profile().by() + ": " + Joined(entry.profile().fields());
    case TimelineEntry::kOutside:
      return entry.outside().source() + ": " + entry.outside().summary();
    case TimelineEntry::kMerged:
      return std::string(entry.merged().undone() ? "taken out again: " : "merged with ") +
             entry.merged().other_customer_id() + " by " + entry.merged().by();
    case TimelineEntry::KIND_NOT_SET:
      return "";  // of a newer server
  }
  return "";
}

void PrintRecord(const Customer& customer) {
  std::vector<std::vector<std::string>> rows = {
      {"customer", customer.id()},
      {"name", customer.name()},
      {"type", customer.type() == CUSTOMER_TYPE_UNSPECIFIED
                   ? ""
                   : ShownEnum(CustomerType_Name(customer.type()), "CUSTOMER_TYPE_")},
      {"tier", customer.tier()},
      {"value", customer.value() == 0 ? "" : std::to_string(customer.value())},
      {"stage", customer.stage() == SALE_STAGE_UNSPECIFIED
                    ? ""
                    : ShownEnum(SaleStage_Name(customer.stage()), "SALE_STAGE_")},
      {"language", customer.language()},
      {"looked after by", customer.relationship_owner()},
      {"tags", Joined(customer.tags())},
      {"contacts", std::to_string(customer.contacts())},
      {"open cases", std::to_string(customer.open_cases())}};
  for (const Identity& identity : customer.identities()) {
    rows.push_back({identity.kind(), identity.value() + (identity.verified() ? "" : " (claimed)")});
  }
  const std::map<std::string, std::string> fields(customer.fields().begin(),
                                                  customer.fields().end());
  for (const auto& [key, value] : fields) rows.push_back({key, value});
  if (!customer.merged().empty()) rows.push_back({"merged", Joined(customer.merged())});
  PrintTable({"field", "value"}, rows);
}

template <class Response>
void PrintOne(const Response& response) {
  PrintCustomers({response.customer()});
}

}  // namespace

int ListCustomers(const ClientOptions& client, Output output) {
  ListCustomersRequest request;
  request.mutable_page()->set_page_size(kPageSize);
  return RunCall<ListCustomersResponse>(
      client, output, request, USHER_CALL(ListCustomers), [](const auto& response) {
        PrintCustomers({response.customers().begin(), response.customers().end()});
      });
}

int ShowCustomer(const ClientOptions& client, Output output, const std::string& id) {
  GetCustomerRequest request;
  request.set_customer_id(id);
  const int code =
      RunCall<GetCustomerResponse>(client, output, request, USHER_CALL(GetCustomer),
                                   [](const auto& response) { PrintRecord(response.customer()); });
  if (code != 0 || output == Output::kJson) return code;
  std::cout << '\n';
  ListTimelineRequest timeline;
  timeline.set_customer_id(id);
  timeline.mutable_page()->set_page_size(kPageSize);
  return RunCall<ListTimelineResponse>(
      client, output, timeline, USHER_CALL(ListTimeline), [](const auto& response) {
        std::vector<std::vector<std::string>> rows;
        for (const TimelineEntry& entry : response.entries()) {
          rows.push_back({Shown(entry.at()), entry.contact_id(),
                          entry.contact_id().empty()
                              ? ""
                              : ShownEnum(type::v1::Channel_Name(entry.channel()), "CHANNEL_"),
                          WhatHappened(entry)});
        }
        PrintTable({"when (utc)", "contact", "channel", "what"}, rows);
      });
}

int SearchCustomers(const ClientOptions& client, Output output, const ProfileOptions& options) {
  SearchCustomersRequest request;
  request.set_query(options.query);
  request.set_limit(kHitsMax);
  return RunCall<SearchCustomersResponse>(
      client, output, request, USHER_CALL(SearchCustomers), [](const auto& response) {
        std::vector<std::vector<std::string>> rows;
        for (const SearchHit& hit : response.hits()) {
          rows.push_back({hit.customer().id(), hit.customer().name(), MainIdentity(hit.customer()),
                          hit.customer().tier(), Joined(hit.matched())});
        }
        PrintTable({"customer", "name", "address", "tier", "found by"}, rows);
        if (response.more()) PrintText("There are more: say it more exactly.\n");
      });
}

int CreateCustomer(const ClientOptions& client, Output output, const ProfileOptions& options) {
  CreateCustomerRequest request;
  request.set_request_id(io::RandomId());
  Customer& customer = *request.mutable_customer();
  if (const auto set = SetProfile(options, customer); !set.ok()) {
    return PrintError(set.error(), output);
  }
  for (const std::string& tag : options.add_tags) customer.add_tags(tag);
  for (const std::string& text : options.identities) {
    const auto identity = ParseIdentity(text, options.verified);
    if (!identity.ok()) return PrintError(identity.error(), output);
    *customer.add_identities() = *identity;
  }
  return RunCall<CreateCustomerResponse>(client, output, request, USHER_CALL(CreateCustomer),
                                         PrintOne<CreateCustomerResponse>);
}

int UpdateCustomer(const ClientOptions& client, Output output, const ProfileOptions& options) {
  UpdateCustomerRequest request;
  request.set_request_id(io::RandomId());
  request.set_customer_id(options.id);
  if (const auto set = SetProfile(options, request); !set.ok()) {
    return PrintError(set.error(), output);
  }
  for (const std::string& tag : options.add_tags) request.add_add_tags(tag);
  for (const std::string& tag : options.remove_tags) request.add_remove_tags(tag);
  return RunCall<UpdateCustomerResponse>(client, output, request, USHER_CALL(UpdateCustomer),
                                         PrintOne<UpdateCustomerResponse>);
}

int AddIdentity(const ClientOptions& client, Output output, const ProfileOptions& options) {
  const auto identity = ParseIdentity(options.identities.front(), options.verified);
  if (!identity.ok()) return PrintError(identity.error(), output);
  AddIdentityRequest request;
  request.set_request_id(io::RandomId());
  request.set_customer_id(options.id);
  *request.mutable_identity() = *identity;
  return RunCall<AddIdentityResponse>(client, output, request, USHER_CALL(AddIdentity),
                                      PrintOne<AddIdentityResponse>);
}

int RemoveIdentity(const ClientOptions& client, Output output, const ProfileOptions& options) {
  const auto identity = ParseIdentity(options.identities.front(), false);
  if (!identity.ok()) return PrintError(identity.error(), output);
  RemoveIdentityRequest request;
  request.set_request_id(io::RandomId());
  request.set_customer_id(options.id);
  *request.mutable_identity() = *identity;
  return RunCall<RemoveIdentityResponse>(client, output, request, USHER_CALL(RemoveIdentity),
                                         PrintOne<RemoveIdentityResponse>);
}

int AddNote(const ClientOptions& client, Output output, const ProfileOptions& options) {
  AddNoteRequest request;
  request.set_request_id(io::RandomId());
  request.set_customer_id(options.id);
  request.set_text(options.text);
  return RunCall<AddNoteResponse>(
      client, output, request, USHER_CALL(AddNote), [](const auto& response) {
        PrintTable({"at", "author", "note"},
                   {{Shown(response.entry().at()), response.entry().note().author(),
                     response.entry().note().text()}});
      });
}

int ListDuplicates(const ClientOptions& client, Output output, const ProfileOptions& options) {
  SuggestDuplicatesRequest request;
  request.set_customer_id(options.id);
  return RunCall<SuggestDuplicatesResponse>(
      client, output, request, USHER_CALL(SuggestDuplicates), [](const auto& response) {
        std::vector<std::vector<std::string>> rows;
        for (const Duplicate& duplicate : response.duplicates()) {
          std::string evidence;
          for (const Evidence& one : duplicate.evidence()) {
            evidence += (evidence.empty() ? "" : "; ") + one.kind() + ": " + one.text();
          }
          rows.push_back({duplicate.customer().id(), duplicate.customer().name(), evidence});
        }
        PrintTable({"customer", "name", "evidence"}, rows);
      });
}

int MergeCustomers(const ClientOptions& client, Output output, const ProfileOptions& options) {
  MergeCustomersRequest request;
  request.set_request_id(io::RandomId());
  request.set_customer_id(options.id);
  request.set_other_customer_id(options.other);
  request.set_reason(options.reason);
  return RunCall<MergeCustomersResponse>(client, output, request, USHER_CALL(MergeCustomers),
                                         PrintOne<MergeCustomersResponse>);
}

int UndoMerge(const ClientOptions& client, Output output, const ProfileOptions& options) {
  UndoMergeRequest request;
  request.set_request_id(io::RandomId());
  request.set_customer_id(options.id);
  request.set_other_customer_id(options.other);
  request.set_reason(options.reason);
  return RunCall<UndoMergeResponse>(
      client, output, request, USHER_CALL(UndoMerge),
      [](const auto& response) { PrintCustomers({response.customer(), response.other()}); });
}

}  // namespace usher::app
