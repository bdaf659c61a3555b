// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <utility>

#include "base/io/call_context.h"
#include "base/io/unary_method.h"
#include "router/service/commands.h"
#include "router/service/domain_node.h"
#include "router/service/refusals.h"
#include "usher/routing/v1/contact.pb.h"

namespace usher::service {

// The contact that a verb answered with: as it is, or how it closed. Only its id and that it is
// closed are known when the verb is answered again after later calls closed the contact.
void FillAnswer(const runtime::DomainRuntime& runtime, const runtime::Answer& answer,
                routing::v1::Contact& out);

// The way of every unary verb: the caller's domain, the command, the decision, and once it is
// durable the answer, which `fill` makes of it.
template <class Request, class Response>
void Decide(const Domains& domains, const io::CallContext& call, const Request& request,
            const io::Reply<Response>& reply,
            std::function<void(DomainNode&, const runtime::Answer&, Response&)> fill) {
  const Result<DomainNode*> node = domains.FindLed(call.claims.domain);
  if (!node.ok()) return reply.Fail(node.error());
  Result<engine::Command> command = ToCommand(call.claims, request);
  if (!command.ok()) return reply.Fail(command.error());
  runtime::Request to_decide;
  to_decide.command = *std::move(command);
  to_decide.want_contact = true;
  if (auto set = SetRequestId(call.claims, request.request_id(), request, to_decide); !set.ok()) {
    return reply.Fail(set.error());
  }
  to_decide.done = [node = *node, reply, fill = std::move(fill)](Result<runtime::Answer> answer) {
    if (!answer.ok()) return reply.Fail(answer.error());
    if (!answer->outcome.ok()) return reply.Fail(ToError(answer->outcome));
    Response response;
    fill(*node, *answer, response);
    reply.Send(std::move(response));
  };
  (*node)->intake.Execute(std::move(to_decide), ArrivalOf(call.claims, request));
}

// Answers `response`, which was made of the newest state, once that state is durable; refuses at
// once where that takes too long.
template <class Response>
void ReplyWhenDurable(DomainNode& node, const io::Reply<Response>& reply, Response response) {
  if (Result<void> may = node.runtime.MayWait(); !may.ok()) return reply.Fail(may.error());
  node.runtime.AfterCommit([reply, response = std::move(response)](Result<void> durable) mutable {
    if (!durable.ok()) return reply.Fail(durable.error());
    reply.Send(std::move(response));
  });
}

}  // namespace usher::service
