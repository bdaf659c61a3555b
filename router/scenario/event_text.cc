// SPDX-License-Identifier: Apache-2.0
#include "router/scenario/event_text.h"

#include <type_traits>

#include "router/configuration/scalar.h"

namespace usher::scenario {
namespace {

using engine::AdapterChanged;
using engine::Assigned;
using engine::AssignedBy;
using engine::CallbackSuggested;
using engine::Claimed;
using engine::Closed;
using engine::ConnectionChanged;
using engine::DomainApplied;
using engine::Missed;
using engine::Offered;
using engine::Overflowed;
using engine::PresenceChanged;
using engine::Queued;
using engine::Rejected;
using engine::SignedOut;
using engine::StepApplied;
using engine::Submitted;
using engine::ToString;
using engine::TransferKind;
using engine::Transferred;
using engine::Withdrawn;
using engine::WrapUpExtended;
using engine::WrapUpStarted;

std::string Arrow(std::string left, std::string_view right) {
  return std::move(left) + " -> " + std::string(right);
}

// What each kind of event tells beside its name, contact and agent.
struct DetailOf {
  Instant start;
  const ContactNames& names;

  static std::string ForcedBy(const std::string& supervisor) {
    return supervisor.empty() ? "" : " by " + supervisor;
  }

  std::string Time(Instant at) const { return configuration::FormatDuration(at - start); }

  std::string operator()(const DomainApplied& body) const {
    return "version " + std::to_string(body.version);
  }
  std::string operator()(const PresenceChanged& body) const {
    return "is " + std::string(ToString(body.presence)) +
           (body.reason.empty() ? "" : " (" + body.reason + ")") + ForcedBy(body.by);
  }
  std::string operator()(const SignedOut& body) const { return ForcedBy(body.by); }
  std::string operator()(const Assigned& body) const {
    if (body.by == AssignedBy::kOffer) return "";
    return "(" + std::string(ToString(body.by)) + ")" + ForcedBy(body.supervisor);
  }
  std::string operator()(const Submitted& body) const {
    if (body.consults) return "consults " + names.NameOf(body.consults);
    return body.resumes ? "resumes " + names.NameOf(body.resumes) : "";
  }
  std::string operator()(const ConnectionChanged& body) const {
    return body.grace_ends ? "lost, grace until " + Time(*body.grace_ends) : "back";
  }
  std::string operator()(const AdapterChanged& body) const {
    if (body.is_gone) return "gone";
    return body.lost_at ? "lost, looked at " + Time(body.check_at) : "back";
  }
  std::string operator()(const Claimed& body) const { return "by " + body.adapter; }
  std::string operator()(const StepApplied& body) const {
    return "fired " + std::to_string(body.fired) + ", in force " + std::to_string(body.in_force);
  }
  std::string operator()(const Offered& body) const { return "until " + Time(body.deadline); }
  std::string operator()(const Withdrawn& body) const {
    return "(" + std::string(ToString(body.cause)) + ")";
  }
  std::string operator()(const Rejected& body) const {
    return body.reason.empty() ? "" : "(" + body.reason + ")";
  }
  std::string operator()(const WrapUpStarted& body) const { return "until " + Time(body.ends); }
  std::string operator()(const WrapUpExtended& body) const { return "until " + Time(body.ends); }
  std::string operator()(const Transferred& body) const {
    if (body.kind == TransferKind::kToAgent) return "to agent " + body.to_agent.value();
    return (body.kind == TransferKind::kEscalation ? "escalated to queue " : "to queue ") +
           body.to_queue.value();
  }
  std::string operator()(const Closed& body) const {
    return body.refusal ? "(" + std::string(ToString(*body.refusal)) + ")" : "";
  }
  template <class Body>
  std::string operator()(const Body&) const {
    return "";
  }
};

// Whom or what the event is about, where no pair says it.
struct SubjectOf {
  const ContactNames& names;

  std::string operator()(const DomainApplied&) const { return ""; }
  std::string operator()(const AdapterChanged& body) const { return body.adapter; }
  template <class Body>
  std::string operator()(const Body& body) const {
    if constexpr (requires { body.contact; }) {
      return names.NameOf(body.contact);
    } else {
      return body.agent.value();
    }
  }
};

}  // namespace

std::string PairOf(const engine::Event& event, const ContactNames& names) {
  return std::visit(
      [&](const auto& body) -> std::string {
        using Body = std::decay_t<decltype(body)>;
        if constexpr (std::is_same_v<Body, CallbackSuggested>) {
          return names.NameOf(body.contact);
        } else if constexpr (std::is_same_v<Body, Queued> || std::is_same_v<Body, Overflowed>) {
          return Arrow(names.NameOf(body.contact), body.queue.value());
        } else if constexpr (std::is_same_v<Body, Closed>) {
          return Arrow(names.NameOf(body.contact), ToString(body.outcome));
        } else if constexpr (std::is_same_v<Body, Offered> || std::is_same_v<Body, Missed> ||
                             std::is_same_v<Body, Rejected> || std::is_same_v<Body, Withdrawn> ||
                             std::is_same_v<Body, Assigned>) {
          return Arrow(names.NameOf(body.contact), body.agent.value());
        } else {
          return "";
        }
      },
      event.body);
}

std::string TextOf(const engine::Event& event, Instant start, const ContactNames& names) {
  std::string text = configuration::FormatDuration(event.at - start);
  const auto add = [&](std::string_view part) {
    if (!part.empty()) text += " " + std::string(part);
  };
  add(NameOf(event));
  const std::string pair = PairOf(event, names);
  add(pair.empty() ? std::visit(SubjectOf{names}, event.body) : pair);
  add(std::visit(DetailOf{start, names}, event.body));
  return text;
}

}  // namespace usher::scenario
