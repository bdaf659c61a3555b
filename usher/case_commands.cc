// SPDX-License-Identifier: Apache-2.0
#include "usher/case_commands.h"

#include <iostream>
#include <utility>
#include <vector>

#include <google/protobuf/util/time_util.h>

#include "base/io/random_id.h"
#include "router/configuration/scalar.h"
#include "usher/context/v1/case_service.grpc.pb.h"
#include "usher/run_call.h"

namespace usher::app {

namespace {

using namespace context::v1;  // NOLINT(google-build-using-namespace): this file speaks it

constexpr std::uint32_t kPageSize = 500;

#define USHER_CALL(Method)                                                        \
  [](const std::shared_ptr<grpc::Channel>& channel, grpc::ClientContext* context, \
     const auto& sent,                                                            \
     auto* received) { return CaseService::NewStub(channel)->Method(context, sent, received); }

std::string StatusOf(const Case& one) {
  return ShownEnum(Case::Status_Name(one.status()), "STATUS_") +
         (one.escalated() ? ", escalated" : "");
}

std::string OwnerOf(const Case& one) {
  return one.owner().empty() ? "(waits in " + one.queue() + ')' : one.owner();
}

std::string PromiseOf(const Case& one) {
  if (!one.has_promise()) return "";
  const Promise& promise = one.promise();
  std::string text = "by " + Shown(promise.due());
  if (promise.has_kept_at()) return text + ", kept";
  if (promise.has_missed_at()) return text + ", missed";
  return text;
}

void PrintCase(const Case& one) {
  std::string contacts;
  for (const std::string& contact : one.contacts()) {
    contacts += (contacts.empty() ? "" : " ") + contact;
  }
  PrintTable(
      {"field", "value"},
      {{"case", one.id()},
       {"customer", one.customer_id()},
       {"subject", one.subject()},
       {"status", StatusOf(one)},
       {"owner", OwnerOf(one)},
       {"category", one.category()},
       {"product", one.product()},
       {"complaint", one.complaint_level() == 0 ? "" : std::to_string(one.complaint_level())},
       {"promised", one.promise().text()},
       {"promise", PromiseOf(one)},
       {"contacts", contacts},
       {"task", one.task_contact_id()},
       {"transfers", std::to_string(one.transfers())},
       {"opened", Shown(one.opened_at()) + " by " + one.opened_by()},
       {"ended", Shown(one.ended_at())},
       {"resolution", one.resolution()},
       {"version", std::to_string(one.version())}});
  std::cout << '\n';
  std::vector<std::vector<std::string>> hops;
  for (const Hop& hop : one.hops()) {
    hops.push_back({Shown(hop.at()), hop.owner(), hop.queue(), hop.by(), hop.reason()});
  }
  PrintTable({"since (utc)", "owner", "queue", "by", "why"}, hops);
}

const auto kPrintCase = [](const auto& response) { PrintCase(response.case_()); };

}  // namespace

int ListCases(const ClientOptions& client, Output output, const CaseOptions& options) {
  ListCasesRequest request;
  request.mutable_page()->set_page_size(kPageSize);
  request.set_customer_id(options.customer);
  request.set_owner(options.owner);
  request.set_with_ended(options.with_ended);
  return RunCall<ListCasesResponse>(
      client, output, request, USHER_CALL(ListCases), [](const ListCasesResponse& response) {
        std::vector<std::vector<std::string>> rows;
        for (const Case& one : response.cases()) {
          rows.push_back({one.id(), StatusOf(one), OwnerOf(one), one.category(), PromiseOf(one),
                          one.customer_id(), one.subject()});
        }
        PrintTable({"case", "status", "owner", "category", "promise", "customer", "subject"}, rows);
        if (!response.page().next_page_token().empty()) {
          std::cout << "and more: name a customer or an owner\n";
        }
      });
}

int ShowCase(const ClientOptions& client, Output output, const CaseOptions& options) {
  GetCaseRequest request;
  request.set_case_id(options.id);
  return RunCall<GetCaseResponse>(client, output, request, USHER_CALL(GetCase), kPrintCase);
}

int OpenCase(const ClientOptions& client, Output output, const CaseOptions& options) {
  OpenCaseRequest request;
  request.set_request_id(io::RandomId());
  request.set_customer_id(options.customer);
  request.set_subject(options.subject);
  request.set_category(options.category);
  request.set_contact_id(options.contact);
  request.set_owner(options.owner);
  return RunCall<OpenCaseResponse>(client, output, request, USHER_CALL(OpenCase), kPrintCase);
}

int TransferCase(const ClientOptions& client, Output output, const CaseOptions& options) {
  TransferCaseRequest request;
  request.set_request_id(io::RandomId());
  request.set_case_id(options.id);
  if (!options.to_agent.empty()) {
    request.set_agent_id(options.to_agent);
  } else {
    request.set_queue(options.to_queue);
  }
  request.set_reason(options.reason);
  return RunCall<TransferCaseResponse>(client, output, request, USHER_CALL(TransferCase),
                                       kPrintCase);
}

int PromiseInCase(const ClientOptions& client, Output output, const CaseOptions& options) {
  MakePromiseRequest request;
  request.set_request_id(io::RandomId());
  request.set_case_id(options.id);
  request.set_text(options.text);
  if (!options.open_hours.empty()) {
    const std::optional<Duration> open_time = configuration::ParseDuration(options.open_hours);
    if (!open_time) {
      return PrintError(
          {Code::kInvalidArgument, "BAD_DURATION",
           "--open-hours " + options.open_hours + " is no duration", "write it as 8h"},
          output);
    }
    *request.mutable_business_time() =
        google::protobuf::util::TimeUtil::MillisecondsToDuration(open_time->count());
  } else if (options.by.ends_with('Z')) {
    if (!google::protobuf::util::TimeUtil::FromString(options.by, request.mutable_due())) {
      return PrintError(
          {Code::kInvalidArgument, "BAD_INSTANT", "--by " + options.by + " is not an instant",
           "write it in UTC, such as 2026-11-23T18:00:00Z, or without the Z by the "
           "domain's clocks"},
          output);
    }
  } else {
    request.set_local_time(options.by);
  }
  return RunCall<MakePromiseResponse>(client, output, request, USHER_CALL(MakePromise), kPrintCase);
}

int KeepPromise(const ClientOptions& client, Output output, const CaseOptions& options) {
  KeepPromiseRequest request;
  request.set_request_id(io::RandomId());
  request.set_case_id(options.id);
  return RunCall<KeepPromiseResponse>(client, output, request, USHER_CALL(KeepPromise), kPrintCase);
}

int ResolveCase(const ClientOptions& client, Output output, const CaseOptions& options) {
  UpdateCaseRequest request;
  request.set_request_id(io::RandomId());
  request.set_case_id(options.id);
  request.set_status(Case::STATUS_RESOLVED);
  request.set_resolution(options.resolution);
  return RunCall<UpdateCaseResponse>(client, output, request, USHER_CALL(UpdateCase), kPrintCase);
}

#undef USHER_CALL

}  // namespace usher::app
