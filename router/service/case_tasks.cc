// SPDX-License-Identifier: Apache-2.0
#include "router/service/case_tasks.h"

#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace usher::service {

namespace {

constexpr std::string_view kPrefix = "case/";

// `ca_…` of `case/ca_…/3`; "" of anything else that begins so.
std::string CaseOf(const std::string& external_id) {
  const std::size_t end = external_id.rfind('/');
  return end > kPrefix.size() ? external_id.substr(kPrefix.size(), end - kPrefix.size()) : "";
}

}  // namespace

bool CaseTasks::Follows(const FedContact& contact) const {
  return contact.channel == engine::Channel::kTask && contact.adapter == kCaseAdapter &&
         contact.external_id.starts_with(kPrefix) && context::IsCaseId(CaseOf(contact.external_id));
}

void CaseTasks::Take(const FedContact& contact, const context::FeedPosition&,
                     const engine::Event& event, std::function<void(Result<void>)> done) {
  const std::string task = contact.external_id;
  CaseDesk::Edit edit;
  if (const auto* assigned = std::get_if<engine::Assigned>(&event.body)) {
    edit = [task, agent = assigned->agent, at = event.at](CaseEdit& edited) -> Result<void> {
      TakeTask(task, agent, at, edited);
      return {};
    };
  } else if (std::holds_alternative<engine::Closed>(event.body)) {
    edit = [task, at = event.at](CaseEdit& edited) -> Result<void> {
      EndTask(task, at, edited);
      return {};
    };
  } else {
    return done({});
  }
  desk_.Change(CaseOf(task), {}, {}, std::move(edit),
               [done = std::move(done)](const Result<context::v1::Case>& changed) {
                 // What is gone, or cannot be read, has no task either.
                 const bool is_gone = !changed.ok() && (changed.error().code == Code::kNotFound ||
                                                        changed.error().code == Code::kDataLoss);
                 done(changed.ok() || is_gone ? Result<void>() : Result<void>(changed.error()));
               });
}

}  // namespace usher::service
