// SPDX-License-Identifier: Apache-2.0
#include "base/io/unary_method.h"

#include <algorithm>

#include <google/protobuf/descriptor.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "base/check.h"
#include "base/failpoint.h"
#include "base/io/grpc_status.h"

namespace usher::io {
namespace {

class UnaryCall final : public grpc::ServerUnaryReactor {
 private:
  void OnDone() override { delete this; }
};

// "/a.b.Service/Method" as descriptors name it: "a.b.Service.Method".
std::string DescriptorName(std::string_view method) {
  std::string name(method.substr(method.empty() ? 0 : 1));
  std::ranges::replace(name, '/', '.');
  return name;
}

void FinishUnary(UnaryCall* call, grpc::CallbackServerContext& context,
                 const Result<void>& result) {
  if (result.ok()) {
    call->Finish(grpc::Status::OK);
  } else {
    AddErrorTrailers(context, result.error());
    call->Finish(ToGrpcStatus(result.error()));
  }
}

}  // namespace

PendingReply::~PendingReply() {
  if (finish_)
    Finish(Error{Code::kInternal, "NO_REPLY", "the call was dropped without an answer",
                 "Try again; if it happens again, report it."});
}

void PendingReply::Finish(Result<void> result) {
  USHER_CHECK(finish_ != nullptr, "a call was answered twice");
  Reach(Failpoint::kUnaryReply);
  const auto finish = std::exchange(finish_, nullptr);
  finish(std::move(result));
}

void MethodTable::Insert(UnaryMethod method) {
  const auto* descriptor = google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(
      DescriptorName(method.name));
  USHER_CHECK(descriptor != nullptr, method.name);
  USHER_CHECK(descriptor->input_type() == method.request->GetDescriptor(), method.name);
  USHER_CHECK(descriptor->output_type() == method.response->GetDescriptor(), method.name);
  USHER_CHECK(!descriptor->client_streaming() && !descriptor->server_streaming(), method.name);
  USHER_CHECK(gate_.policy().FindRoles(method.name) != nullptr, method.name);
  const auto name = method.name;
  USHER_CHECK(methods_.emplace(name, std::move(method)).second, name);
}

const UnaryMethod* MethodTable::Find(std::string_view method) const {
  const auto found = methods_.find(method);
  return found == methods_.end() ? nullptr : &found->second;
}

grpc::ServerUnaryReactor* ServeUnary(const MethodTable& table, std::string_view method,
                                     grpc::CallbackServerContext& context,
                                     const google::protobuf::Message& request,
                                     google::protobuf::Message& response) {
  const auto* entry = table.Find(method);
  USHER_CHECK(entry != nullptr, method);
  USHER_CHECK(request.GetDescriptor() == entry->request->GetDescriptor(), method);
  USHER_CHECK(response.GetDescriptor() == entry->response->GetDescriptor(), method);

  auto* reactor = new UnaryCall;  // deletes itself in OnDone
  auto call = AuthorizeCall(table.gate(), method, context);
  if (!call.ok()) {
    FinishUnary(reactor, context, call.error());
    return reactor;
  }
  auto pending = std::make_shared<PendingReply>(response, [reactor, &context](Result<void> result) {
    FinishUnary(reactor, context, result);
  });
  table.loop().Post([entry, call = *std::move(call), pending, &context, &request] {
    // Under overload, work that nobody waits for any more is not begun.
    if (context.IsCancelled())
      return pending->Finish(Error{Code::kDeadlineExceeded, "CALLER_GONE",
                                   "the caller gave up before the call was begun",
                                   "Allow more time, or send less."});
    entry->run(call, request, pending);
  });
  return reactor;
}

}  // namespace usher::io
