// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "base/io/log.h"
#include "base/io/random_id.h"
#include "channels/phone/phone_domain.h"

namespace usher::phone {

using agents::v1::AgentCommand;
using agents::v1::AgentResult;
using routing::v1::ContactResult;

// What calls ask of routing.

void PhoneDomain::Command(AgentCommand command, AgentDone done) {
  agents_.Send(std::move(command), std::move(done));
}

void PhoneDomain::Accept(const std::string& contact, const std::string& agent,
                         const std::string& offer) {
  AgentCommand command;
  command.mutable_accept()->set_request_id(io::RandomId());
  command.mutable_accept()->set_agent_id(agent);
  command.mutable_accept()->set_contact_id(contact);
  command.mutable_accept()->set_offer_id(offer);
  Command(std::move(command), [this, contact, offer](const Result<AgentResult>& result) {
    if (result.ok()) return;
    LogRefusal("call_not_accepted", result.error(), contact);
    if (Entry* entry = FindContact(contact)) entry->call->OnAcceptRefused(offer);
  });
}

void PhoneDomain::Reject(const std::string& contact, const std::string& agent,
                         const std::string& offer, const std::string& reason) {
  AgentCommand command;
  command.mutable_reject()->set_request_id(io::RandomId());
  command.mutable_reject()->set_agent_id(agent);
  command.mutable_reject()->set_contact_id(contact);
  command.mutable_reject()->set_offer_id(offer);
  command.mutable_reject()->set_reason(reason);
  Command(std::move(command), [contact](const Result<AgentResult>& result) {
    if (!result.ok()) LogRefusal("call_not_rejected", result.error(), contact);
  });
}

// Whoever cannot be rung would be offered the next call, and the next.
void PhoneDomain::Unreachable(const std::string& agent) {
  if (rules_.unreachable_reason.empty()) return;
  AgentCommand command;
  agents::v1::SetPresenceRequest& presence = *command.mutable_set_presence();
  presence.set_request_id(io::RandomId());
  presence.set_agent_id(agent);
  presence.set_presence(agents::v1::Agent::PRESENCE_NOT_READY);
  presence.set_reason(rules_.unreachable_reason);
  Command(std::move(command), [](const Result<AgentResult>& result) {
    if (result.ok() || result.error().reason == "OFFLINE") return;
    io::LogError(io::LogLevel::kWarning, "agent_not_set_not_ready", result.error());
  });
}

// An agent may have accepted, or lost it, in this very moment: then the other verb fits.
void PhoneDomain::Left(const std::string& contact, bool talking) {
  const auto complete = [this, contact](channels::RoutingClient::Done done) {
    routing::v1::CompleteContactRequest request;
    request.set_contact_id(contact);
    routing_.Complete(std::move(request), std::move(done));
  };
  const auto abandon = [this, contact](channels::RoutingClient::Done done) {
    routing::v1::AbandonContactRequest request;
    request.set_contact_id(contact);
    request.set_channel(type::v1::CHANNEL_VOICE);
    routing_.Abandon(std::move(request), std::move(done));
  };
  const auto other = [this, complete, abandon, talking, contact](Result<ContactResult> result) {
    if (result.ok() || result.error().reason == "CONTACT_CLOSED") return;
    if (result.error().code == Code::kUnavailable) {
      to_leave_[contact] = talking;  // said again when the router is there
      return;
    }
    if (result.error().reason == "WRONG_CHANNEL") return;  // a callback by now: nobody left
    if (result.error().reason != "WRONG_STATE") {
      return LogRefusal("call_not_ended", result.error(), contact);
    }
    const auto last = [contact](Result<ContactResult> again) {
      if (!again.ok()) LogRefusal("call_not_ended", again.error(), contact);
    };
    talking ? abandon(last) : complete(last);
  };
  talking ? complete(other) : abandon(other);
}

void PhoneDomain::Complete(const std::string& contact, const std::string& agent) {
  AgentCommand command;
  command.mutable_complete()->set_request_id(io::RandomId());
  command.mutable_complete()->set_agent_id(agent);
  command.mutable_complete()->set_contact_id(contact);
  Command(std::move(command), [this, contact](const Result<AgentResult>& result) {
    if (!result.ok() && result.error().code == Code::kUnavailable) to_leave_[contact] = true;
    if (result.ok() || result.error().reason == "CONTACT_CLOSED" ||
        result.error().reason == "WRONG_STATE") {
      return;  // the console said so in the same moment
    }
    LogRefusal("call_not_completed", result.error(), contact);
  });
}

void PhoneDomain::Requeue(const std::string& contact, const std::string& queue) {
  routing::v1::TransferContactRequest request;
  request.set_contact_id(contact);
  request.set_to_queue(queue);
  routing_.Transfer(std::move(request), [this, contact](Result<ContactResult> result) {
    if (result.ok()) return;
    // It cannot wait again (it was passed on too often): the caller must not hear music for ever.
    LogRefusal("call_not_requeued", result.error(), contact);
    if (Entry* entry = FindContact(contact)) {
      entry->call->SayFarewell("unreachable");
      Left(contact, true);
    }
  });
}

void PhoneDomain::Hold(const std::string& contact, const std::string& agent, bool held) {
  AgentCommand command;
  if (held) {
    command.mutable_hold()->set_request_id(io::RandomId());
    command.mutable_hold()->set_agent_id(agent);
    command.mutable_hold()->set_contact_id(contact);
  } else {
    command.mutable_resume()->set_request_id(io::RandomId());
    command.mutable_resume()->set_agent_id(agent);
    command.mutable_resume()->set_contact_id(contact);
  }
  Command(std::move(command), [contact](const Result<AgentResult>& result) {
    if (!result.ok()) LogRefusal("call_not_held", result.error(), contact);
  });
}

void PhoneDomain::MakeCallback(const std::string& contact) {
  routing::v1::UpdateContactRequest request;
  request.set_contact_id(contact);
  request.set_channel(type::v1::CHANNEL_CALLBACK);
  routing_.Update(std::move(request), [this, contact](Result<ContactResult> result) {
    if (!result.ok()) LogRefusal("callback_refused", result.error(), contact);
    if (Entry* entry = FindContact(contact)) entry->call->OnCallback(result.ok());
  });
}

void PhoneDomain::Move(const std::string& contact, const std::string& queue) {
  routing::v1::UpdateContactRequest request;
  request.set_contact_id(contact);
  request.set_queue(queue);
  routing_.Update(std::move(request), [contact](Result<ContactResult> result) {
    if (!result.ok()) LogRefusal("call_not_moved", result.error(), contact);
  });
}

void PhoneDomain::Cancel(const std::string& contact, const std::string& note) {
  routing::v1::CancelContactRequest request;
  request.set_contact_id(contact);
  request.set_note(note);
  routing_.Cancel(std::move(request), [contact](Result<ContactResult> result) {
    if (!result.ok()) LogRefusal("call_not_cancelled", result.error(), contact);
  });
}

// A telephone dials agents by their ids, queues by theirs, and anybody outside by number.
void PhoneDomain::Refer(const std::string& contact, const std::string& agent,
                        const std::string& to) {
  Entry* entry = FindContact(contact);
  if (entry == nullptr) return;
  if (IsNumber(to)) {
    routing::v1::CallControl control;
    control.mutable_pass_outside()->set_number(to);
    const Result<void> done = entry->call->Control(agent, control);
    if (!done.ok()) LogRefusal("call_not_passed", done.error(), contact);
    return entry->call->OnReferred(done.ok());
  }
  AgentCommand command;
  command.mutable_transfer()->set_request_id(io::RandomId());
  command.mutable_transfer()->set_agent_id(agent);
  command.mutable_transfer()->set_contact_id(contact);
  if (rules_.queues.contains(to)) {
    command.mutable_transfer()->set_to_queue(to);
  } else {
    command.mutable_transfer()->set_to_agent(to);
  }
  Command(std::move(command), [this, contact](const Result<AgentResult>& result) {
    if (!result.ok()) LogRefusal("call_not_passed", result.error(), contact);
    if (Entry* found = FindContact(contact)) found->call->OnReferred(result.ok());
  });
}

void PhoneDomain::Recorded(const std::string& contact, const std::string& recording,
                           int duration_s) {
  if (const Entry* entry = FindContact(contact)) {
    NoteRecording(*entry->line, contact, recording, duration_s);
  }
}

std::string PhoneDomain::ContactOfRecording(const Line& line, const std::string& recording) const {
  // Named `usher-c42-…`.
  if (recording.rfind(line.application + '-', 0) != 0) return {};
  const std::size_t begin = line.application.size() + 1;
  return recording.substr(begin, recording.find('-', begin) - begin);
}

void PhoneDomain::NoteRecording(const Line& line, const std::string& contact,
                                const std::string& recording, int duration_s) {
  std::string url = line.recordings.url;
  constexpr std::string_view kMark = "{recording}";
  if (const std::size_t at = url.find(kMark); at != std::string::npos) {
    url.replace(at, kMark.size(), recording);
  }
  recordings_->Note({.name = recording,
                     .contact = contact,
                     .server = line.name,
                     .address = line.recordings.address + recording,
                     .url = std::move(url),
                     .seconds = duration_s});
}

bool PhoneDomain::UseNailed(const std::string& contact, const std::string& agent,
                            const std::string& leg) {
  const Entry* entry = FindContact(contact);
  if (entry == nullptr || !nailed_.Use(entry->line->name, agent, leg, contact)) return false;
  signed_in_.Want();
  return true;
}

std::string PhoneDomain::TakeNailed(const std::string& contact, const std::string& agent) {
  const Entry* entry = FindContact(contact);
  return entry == nullptr ? std::string() : nailed_.Take(entry->line->name, agent, contact);
}

bool PhoneDomain::HasNailed(const std::string& contact, const std::string& agent) {
  const Entry* entry = FindContact(contact);
  return entry != nullptr && nailed_.HasFree(entry->line->name, agent);
}

// A telephone that stays up does so for an agent who is there. One in a call is left until that is
// over.
void PhoneDomain::HangUpNailed(const std::set<std::string>& signed_in) {
  for (const NailedPhones::Free& phone : nailed_.ListFree()) {
    const Line& line = lines_.at(phone.line);
    if (signed_in.contains(phone.agent) || !line.there) continue;
    nailed_.Gone(phone.leg);  // a call that comes now rings it anew
    line.line->HangUp(phone.leg);
  }
  if (!nailed_.empty()) signed_in_.Want();
}

void PhoneDomain::ReleaseNailed(const std::string& leg) { nailed_.Release(leg); }

}  // namespace usher::phone
