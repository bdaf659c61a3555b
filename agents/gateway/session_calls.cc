// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <utility>

#include "agents/gateway/session.h"
#include "base/io/random_id.h"

// What a console wants done by adapters: with the sound of a call, and calls and mails that it
// begins. It is not tried again: a key that is pressed twice is another key.

namespace usher::gateway {

using agents::v1::AgentCommand;
using agents::v1::AgentService;
using agents::v1::ControlCallRequest;
using agents::v1::ControlCallResponse;
using agents::v1::PlaceCallRequest;
using agents::v1::PlaceCallResponse;
using agents::v1::StartMailRequest;
using agents::v1::StartMailResponse;

// Supervision is asked for by the person: the router must know that a supervisor asks, and puts on
// record who.
void Session::ControlCall(const Request& request) {
  ControlCallRequest control = request.control_call();
  if (!control.agent_id().empty() && control.agent_id() != agent_id()) {
    return AnswerError(request, NotYourself());
  }
  control.set_agent_id(agent_id());
  const auto done = [this, request](const auto& result) {
    if (!result.ok()) return AnswerError(request, result.error());
    AnswerDone(request);
  };
  const Duration timeout = services_->config.call_timeout;
  if (control.control().has_supervise()) {
    RouterLink& router = services_->router;
    return router.Call<ControlCallResponse>(
        acting(), std::move(control),
        [stub = &router.Stub<AgentService>()](auto* context, auto* req, auto* resp, auto finished) {
          stub->async()->ControlCall(context, req, resp, std::move(finished));
        },
        Alive([done](const Result<ControlCallResponse>& result) { done(result); }), timeout);
  }
  AgentCommand command;
  *command.mutable_control_call() = std::move(control);
  services_->router.CommandOnce(
      std::move(command), timeout,
      Alive([done](const Result<agents::v1::AgentResult>& result) { done(result); }));
}

// By the person, whose right to the customer counts.
void Session::PlaceCall(const Request& request) {
  PlaceCallRequest place = request.place_call();
  if (!place.agent_id().empty() && place.agent_id() != agent_id()) {
    return AnswerError(request, NotYourself());
  }
  place.set_agent_id(agent_id());
  if (place.request_id().empty()) place.set_request_id(io::RandomId());
  RouterLink& router = services_->router;
  router.Call<PlaceCallResponse>(
      acting(), std::move(place),
      [stub = &router.Stub<AgentService>()](auto* context, auto* req, auto* resp, auto finished) {
        stub->async()->PlaceCall(context, req, resp, std::move(finished));
      },
      Alive([this, request](const Result<PlaceCallResponse>& placed) {
        if (!placed.ok()) return AnswerError(request, placed.error());
        AnswerContact(request, placed->contact_id());
      }),
      services_->config.call_timeout);
}

void Session::StartMail(const Request& request) {
  StartMailRequest start = request.start_mail();
  if (!start.agent_id().empty() && start.agent_id() != agent_id()) {
    return AnswerError(request, NotYourself());
  }
  start.set_agent_id(agent_id());
  if (start.request_id().empty()) start.set_request_id(io::RandomId());
  RouterLink& router = services_->router;
  router.Call<StartMailResponse>(
      acting(), std::move(start),
      [stub = &router.Stub<AgentService>()](auto* context, auto* req, auto* resp, auto finished) {
        stub->async()->StartMail(context, req, resp, std::move(finished));
      },
      Alive([this, request](const Result<StartMailResponse>& started) {
        if (!started.ok()) return AnswerError(request, started.error());
        AnswerContact(request, started->contact_id());
      }),
      services_->config.call_timeout);
}

// Of what brought a contact into being, its id; else that it is done.
void Session::AnswerContact(const Request& request, const std::string& contact_id) {
  if (contact_id.empty()) return AnswerDone(request);
  Response response;
  response.mutable_contact()->set_id(contact_id);
  Answer(request, std::move(response));
}

}  // namespace usher::gateway
