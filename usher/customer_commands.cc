// SPDX-License-Identifier: Apache-2.0
#include "usher/customer_commands.h"

#include <iostream>
#include <memory>
#include <vector>

#include <google/protobuf/util/json_util.h>

#include "base/io/random_id.h"
#include "usher/context/v1/privacy_service.grpc.pb.h"

namespace usher::app {

namespace {

using namespace context::v1;  // NOLINT(google-build-using-namespace): this file speaks it

constexpr std::uint32_t kPageSize = 500;

template <class Response, class Request, class Method>
Result<Response> Ask(const ClientOptions& options, const Request& request, Method method) {
  Result<Client> client = Client::Connect(options);
  if (!client.ok()) return client.error();
  return client->Ask<Response>(request, [method](const auto& channel, grpc::ClientContext* context,
                                                 const Request& sent, Response* received) {
    const auto stub = PrivacyService::NewStub(channel);
    return (stub.get()->*method)(context, sent, received);
  });
}

// The names of the fields that differ.
std::string ChangedFields(const CustomerChange& change) {
  std::string names;
  const auto* descriptor = Customer::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    if (field->name() == "version") continue;
    Customer before;
    Customer after;
    const auto only = [&](const Customer& from, Customer& to) {
      to = from;
      for (int other = 0; other < descriptor->field_count(); ++other) {
        if (other != i) to.GetReflection()->ClearField(&to, descriptor->field(other));
      }
    };
    only(change.before(), before);
    only(change.after(), after);
    if (before.SerializeAsString() == after.SerializeAsString()) continue;
    names += (names.empty() ? "" : ", ") + field->name();
  }
  return names;
}

}  // namespace

int ExportCustomer(const ClientOptions& options, Output output, const std::string& customer_id) {
  Result<Client> client = Client::Connect(options);
  if (!client.ok()) return PrintError(client.error(), output);
  ExportCustomerRequest request;
  request.set_customer_id(customer_id);
  const Result<ExportCustomerResponse> done = client->Ask<ExportCustomerResponse>(
      request, [](const auto& channel, grpc::ClientContext* context,
                  const ExportCustomerRequest& sent, ExportCustomerResponse* item) {
        const auto reader = PrivacyService::NewStub(channel)->ExportCustomer(context, sent);
        bool any = false;
        while (reader->Read(item)) {
          std::string line;
          if (!google::protobuf::util::MessageToJsonString(*item, &line).ok()) {
            return grpc::Status(grpc::StatusCode::INTERNAL, "an item cannot be written as JSON");
          }
          std::cout << line << '\n';
          any = true;
        }
        const grpc::Status end = reader->Finish();
        // Asked again it would begin anew, behind what is printed already.
        if (!any || end.ok()) return end;
        return grpc::Status(grpc::StatusCode::ABORTED, "the export broke off: run it again");
      });
  return done.ok() ? 0 : PrintError(done.error(), output);
}

int EraseCustomer(const ClientOptions& options, Output output, const std::string& customer_id,
                  const std::string& reason) {
  EraseCustomerRequest request;
  request.set_request_id(io::RandomId());
  request.set_customer_id(customer_id);
  request.set_reason(reason);
  const auto erased =
      Ask<EraseCustomerResponse>(options, request, &PrivacyService::Stub::EraseCustomer);
  if (!erased.ok()) return PrintError(erased.error(), output);
  if (output == Output::kJson) {
    PrintJson(*erased);
  } else {
    PrintTable({"keys removed", "past cut to commit"},
               {{std::to_string(erased->keys()), std::to_string(erased->cut_to_sequence())}});
    std::cout << "Backups that were made before still hold the customer.\n";
  }
  return 0;
}

int ListReads(const ClientOptions& options, Output output, const std::string& customer_id) {
  ListReadsRequest request;
  request.set_customer_id(customer_id);
  request.mutable_page()->set_page_size(kPageSize);
  const auto listed = Ask<ListReadsResponse>(options, request, &PrivacyService::Stub::ListReads);
  if (!listed.ok()) return PrintError(listed.error(), output);
  if (output == Output::kJson) {
    PrintJson(*listed);
    return 0;
  }
  std::vector<std::vector<std::string>> rows;
  for (const CustomerRead& read : listed->reads()) {
    rows.push_back({Shown(read.at()), read.by(), read.role(), read.method(), read.right()});
  }
  PrintTable({"at", "by", "role", "read", "right"}, rows);
  return 0;
}

int ListChanges(const ClientOptions& options, Output output, const std::string& customer_id) {
  ListChangesRequest request;
  request.set_customer_id(customer_id);
  request.mutable_page()->set_page_size(kPageSize);
  const auto listed =
      Ask<ListChangesResponse>(options, request, &PrivacyService::Stub::ListChanges);
  if (!listed.ok()) return PrintError(listed.error(), output);
  if (output == Output::kJson) {
    PrintJson(*listed);
    return 0;
  }
  std::vector<std::vector<std::string>> rows;
  for (const CustomerChange& change : listed->changes()) {
    rows.push_back({change.id(), Shown(change.at()), change.by(), change.role(),
                    ChangedFields(change), change.reverts()});
  }
  PrintTable({"change", "at", "by", "role", "fields", "reverts"}, rows);
  return 0;
}

int RevertChange(const ClientOptions& options, Output output, const std::string& customer_id,
                 const std::string& change_id) {
  RevertChangeRequest request;
  request.set_request_id(io::RandomId());
  request.set_customer_id(customer_id);
  request.set_change_id(change_id);
  const auto reverted =
      Ask<RevertChangeResponse>(options, request, &PrivacyService::Stub::RevertChange);
  if (!reverted.ok()) return PrintError(reverted.error(), output);
  if (output == Output::kJson) {
    PrintJson(*reverted);
  } else {
    PrintTable({"customer", "name", "version"},
               {{reverted->customer().id(), reverted->customer().name(),
                 std::to_string(reverted->customer().version())}});
  }
  return 0;
}

}  // namespace usher::app
