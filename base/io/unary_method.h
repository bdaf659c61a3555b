// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <google/protobuf/message.h>

#include "base/io/access.h"
#include "base/io/call_context.h"
#include "base/io/event_loop.h"
#include "base/result.h"

namespace grpc {
class ServerUnaryReactor;
}

// Unary methods, written once and served over gRPC (ServeUnary, below) and as JSON over HTTP
// (connect_handler.h).
//
//   MethodTable table(loop, gate);
//   table.Add<GetContactRequest, GetContactResponse>(
//       "/usher.routing.v1.RoutingService/GetContact",
//       [&](const CallContext& call, const GetContactRequest& request,
//           Reply<GetContactResponse> reply) { reply.Send(…); });

namespace usher::io {

// The answer of one call, untyped. Dropped unanswered it answers INTERNAL, NO_REPLY, so that a
// handler's mistake is an error and not a caller that waits for ever.
class PendingReply {
 public:
  // `response` is filled before `finish` is called, which happens exactly once, on any thread.
  PendingReply(google::protobuf::Message& response, std::function<void(Result<void>)> finish)
      : response_(response), finish_(std::move(finish)) {}
  ~PendingReply();
  PendingReply(const PendingReply&) = delete;
  PendingReply& operator=(const PendingReply&) = delete;

  google::protobuf::Message& response() { return response_; }
  // Answering twice is a bug.
  void Finish(Result<void> result);

 private:
  google::protobuf::Message& response_;
  std::function<void(Result<void>)> finish_;
};

// A handler's way to answer, now or later, once, from any one thread at a time. Copies are the same
// reply. The request that came with it may be read until it is answered.
template <class Resp>
class Reply {
 public:
  explicit Reply(std::shared_ptr<PendingReply> pending) : pending_(std::move(pending)) {}

  void Send(Resp response) const {
    static_cast<Resp&>(pending_->response()) = std::move(response);
    pending_->Finish({});
  }
  void Fail(Error error) const { pending_->Finish(std::move(error)); }
  void operator()(Result<Resp> result) const {
    if (result.ok()) {
      Send(*std::move(result));
    } else {
      Fail(result.error());
    }
  }

 private:
  std::shared_ptr<PendingReply> pending_;
};

struct UnaryMethod {
  std::string name;                          // "/package.Service/Method"
  const google::protobuf::Message* request;  // prototypes, to make new ones from
  const google::protobuf::Message* response;
  // On the loop's thread.
  std::function<void(const CallContext&, const google::protobuf::Message& request,
                     std::shared_ptr<PendingReply>)>
      run;
};

// Filled at start-up, then only read, from any thread. Handlers run on the loop's thread.
class MethodTable {
 public:
  MethodTable(EventLoop& loop, const AccessGate& gate) : loop_(loop), gate_(gate) {}

  // The handler's types must be those of the proto's method, and the gate's policy must have a row
  // for it; anything else, or adding a method twice, is a bug.
  template <class Req, class Resp>
  void Add(std::string_view method,
           std::function<void(const CallContext&, const Req&, Reply<Resp>)> handler) {
    Insert({std::string(method), &Req::default_instance(), &Resp::default_instance(),
            [handler = std::move(handler)](const CallContext& call,
                                           const google::protobuf::Message& request,
                                           std::shared_ptr<PendingReply> pending) {
              handler(call, static_cast<const Req&>(request), Reply<Resp>(std::move(pending)));
            }});
  }

  const UnaryMethod* Find(std::string_view method) const;
  const AccessGate& gate() const { return gate_; }
  EventLoop& loop() const { return loop_; }
  const std::map<std::string, UnaryMethod, std::less<>>& methods() const { return methods_; }

 private:
  void Insert(UnaryMethod method);

  EventLoop& loop_;
  const AccessGate& gate_;
  std::map<std::string, UnaryMethod, std::less<>> methods_;
};

// The whole body of a generated CallbackService override; called on gRPC's threads:
//
//   grpc::ServerUnaryReactor* GetContact(grpc::CallbackServerContext* context,
//                                        const GetContactRequest* request,
//                                        GetContactResponse* response) override {
//     return ServeUnary(table_, "/usher.routing.v1.RoutingService/GetContact", *context, *request,
//                       *response);
//   }
grpc::ServerUnaryReactor* ServeUnary(const MethodTable& table, std::string_view method,
                                     grpc::CallbackServerContext& context,
                                     const google::protobuf::Message& request,
                                     google::protobuf::Message& response);

}  // namespace usher::io
