// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_intake.h"

#include <algorithm>

namespace usher::email {

namespace {

constexpr unsigned kDoublingsMax = 16;

}  // namespace

void MailIntake::OnOpened(std::uint32_t uid_validity) {
  if (uid_validity == uid_validity_) return;
  uid_validity_ = uid_validity;
  next_uid_ = 1;
  mails_.clear();
}

void MailIntake::OnLost() {
  for (auto& [uid, mail] : mails_) {
    if (mail.state == State::kFetching) mail.state = State::kWaiting;
  }
}

bool MailIntake::OnFound(const std::vector<std::uint32_t>& uids) {
  bool fits = true;
  for (const std::uint32_t uid : uids) {
    if (mails_.contains(uid)) continue;
    if (mails_.size() >= limits_.waiting_max) {
      fits = false;
      break;
    }
    mails_.emplace(uid, Mail{});
    next_uid_ = std::max(next_uid_, uid + 1);
  }
  return fits;
}

std::optional<std::uint32_t> MailIntake::TakeNext(Instant now) {
  if (in_hand() >= limits_.in_hand_max) return std::nullopt;
  for (auto& [uid, mail] : mails_) {
    if (mail.state != State::kWaiting || mail.due > now) continue;
    mail.state = State::kFetching;
    return uid;
  }
  return std::nullopt;
}

void MailIntake::OnHandedOver(std::uint32_t uid) {
  const auto found = mails_.find(uid);
  if (found != mails_.end()) found->second.state = State::kHandedOver;
}

void MailIntake::OnAcknowledged(std::uint32_t uid) {
  const auto found = mails_.find(uid);
  if (found != mails_.end()) found->second.state = State::kToMark;
}

void MailIntake::OnFailed(std::uint32_t uid, Instant now) {
  const auto found = mails_.find(uid);
  if (found == mails_.end()) return;
  Mail& mail = found->second;
  const auto wait =
      limits_.retry_first * (std::int64_t{1} << std::min(mail.failures, kDoublingsMax));
  mail = {.state = State::kWaiting,
          .due = now + std::min<Duration>(wait, limits_.retry_most),
          .failures = mail.failures + 1};
}

std::vector<std::uint32_t> MailIntake::ToMark() const {
  std::vector<std::uint32_t> uids;
  for (const auto& [uid, mail] : mails_) {
    if (mail.state == State::kToMark) uids.push_back(uid);
  }
  return uids;
}

void MailIntake::OnMarked(const std::vector<std::uint32_t>& uids) {
  for (const std::uint32_t uid : uids) mails_.erase(uid);
}

Instant MailIntake::NextDue() const {
  Instant due = kNever;
  for (const auto& [uid, mail] : mails_) {
    if (mail.state == State::kWaiting) due = std::min(due, mail.due);
  }
  return due;
}

std::size_t MailIntake::Count(State state) const {
  return static_cast<std::size_t>(
      std::count_if(mails_.begin(), mails_.end(),
                    [state](const auto& entry) { return entry.second.state == state; }));
}

std::size_t MailIntake::waiting() const { return Count(State::kWaiting); }

std::size_t MailIntake::in_hand() const {
  return Count(State::kFetching) + Count(State::kHandedOver);
}

}  // namespace usher::email
