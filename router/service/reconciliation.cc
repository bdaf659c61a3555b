// SPDX-License-Identifier: Apache-2.0
#include "router/service/reconciliation.h"

#include <algorithm>
#include <utility>

#include "base/io/log.h"
#include "router/service/text_ids.h"

namespace usher::service {

namespace {

// Moves at most `room` of the last ones out; how many.
std::size_t MoveSome(std::vector<std::string>& from, std::size_t room,
                     google::protobuf::RepeatedPtrField<std::string>& to) {
  const std::size_t count = std::min(from.size(), room);
  for (std::size_t i = 0; i < count; ++i) {
    *to.Add() = std::move(from.back());
    from.pop_back();
  }
  return count;
}

}  // namespace

Reconciliation::Reconciliation(runtime::DomainRuntime& runtime, std::string adapter,
                               std::function<void()> wake)
    : runtime_(runtime), adapter_(std::move(adapter)), wake_(std::move(wake)) {}

Result<void> Reconciliation::Take(const routing::v1::HeldContacts& held) {
  if (comparing_) {
    return Error{Code::kFailedPrecondition, "STILL_RECONCILING",
                 "the list before this one is not answered yet", "wait for `reconciled`"};
  }
  if (!runtime_.leading()) return runtime_.WhyNotLeading();
  const auto in_message =
      static_cast<std::size_t>(held.contact_ids_size() + held.external_ids_size());
  if (in_message > kNamedInMessageMax ||
      ids_.size() + external_ids_.size() + in_message > kNamedMax) {
    return Error{Code::kResourceExhausted, "TOO_MANY_HELD", "the list of held contacts is too long",
                 "name at most 1000 contacts a message, and 200000 in all"};
  }
  if (!std::exchange(begun_, true)) last_judged_ = runtime_.engine().LastContact();
  for (const std::string& text : held.contact_ids()) {
    const Result<ContactId> contact = ParseContactId(text);
    if (!contact.ok()) return contact.error();
    ids_.insert(*contact);
  }
  for (const std::string& external_id : held.external_ids()) external_ids_.insert(external_id);
  if (held.last()) Compare();
  return {};
}

bool Reconciliation::IsHeld(const engine::ContactRow& row) const {
  return ids_.contains(row.id) ||
         (!row.external_id.empty() && external_ids_.contains(row.external_id));
}

void Reconciliation::Compare() {
  comparing_ = true;
  if (!runtime_.leading()) return;  // the stream is about to be cut
  const engine::Engine& engine = runtime_.engine();
  for (const ContactId id : engine.Contacts()) {
    if (id > last_judged_) break;
    const auto row = engine.FindContact(id);
    if (!row || row->adapter != adapter_ || row->consults) continue;
    if (row->state == engine::ContactState::kWrapping || IsHeld(*row)) continue;
    lost_.push_back(id);
  }
  std::reverse(lost_.begin(), lost_.end());
  lost_count_ = static_cast<std::uint32_t>(lost_.size());
  FindUnknown();
  io::Log(io::LogLevel::kInfo, "adapter_reconciled",
          {{"adapter", adapter_},
           {"held", ids_.size() + external_ids_.size()},
           {"lost", lost_count_},
           {"unknown", unknown_ids_.size() + unknown_external_ids_.size()}});
  LoseSome();
}

void Reconciliation::FindUnknown() {
  const engine::Engine& engine = runtime_.engine();
  const auto is_ours = [&](std::optional<ContactId> id) {
    const auto row = id ? engine.FindContact(*id) : std::nullopt;
    return row && row->adapter == adapter_;
  };
  for (const ContactId id : ids_) {
    if (!is_ours(id)) unknown_ids_.push_back(ToText(id));
  }
  for (const std::string& external_id : external_ids_) {
    const bool known = std::any_of(
        engine::kChannels.begin(), engine::kChannels.end(),
        [&](engine::Channel channel) { return is_ours(engine.FindContact(channel, external_id)); });
    if (!known) unknown_external_ids_.push_back(external_id);
  }
  std::sort(unknown_ids_.begin(), unknown_ids_.end());
  std::sort(unknown_external_ids_.begin(), unknown_external_ids_.end());
}

void Reconciliation::LoseSome() {
  if (!runtime_.leading()) return;
  for (std::size_t i = 0; i < kLostAtOnce && !lost_.empty(); ++i) {
    runtime::Request request;
    request.command = engine::Lose{lost_.back()};
    // One that ended meanwhile is refused, which is as good.
    request.done = [](const Result<runtime::Answer>&) {};
    runtime_.Execute(std::move(request));
    lost_.pop_back();
  }
  if (lost_.empty()) return Tell();
  runtime_.loop().Post([this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) LoseSome();
  });
}

void Reconciliation::Tell() {
  runtime_.AfterCommit([this, alive = std::weak_ptr(alive_)](Result<void> durable) {
    if (alive.expired() || !durable.ok()) return;
    due_ = true;
    wake_();
  });
}

void Reconciliation::Fill(routing::v1::RouteContactsResponse& message) {
  if (!due_) return;
  routing::v1::Reconciled& reconciled = *message.mutable_reconciled();
  const std::size_t told =
      MoveSome(unknown_ids_, kNamedInMessageMax, *reconciled.mutable_unknown_contact_ids());
  MoveSome(unknown_external_ids_, kNamedInMessageMax - told,
           *reconciled.mutable_unknown_external_ids());
  if (!unknown_ids_.empty() || !unknown_external_ids_.empty()) return;
  reconciled.set_lost(lost_count_);
  reconciled.set_last(true);
  due_ = begun_ = comparing_ = false;
  ids_.clear();
  external_ids_.clear();
}

}  // namespace usher::service
