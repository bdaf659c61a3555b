// SPDX-License-Identifier: Apache-2.0
#include "router/audit/timeline_plan.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <type_traits>
#include <variant>

namespace usher::audit {

namespace {

constexpr std::size_t kSeqDigits = 20;
constexpr std::size_t kIndexDigits = 8;

template <class Number>
bool ReadDigits(std::string_view text, Number& number) {
  if (!std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) return false;
  return std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc{};
}

// The entry that an event is worth, and of which contact; kOther: none.
std::pair<EntryKind, ContactId> EntryOf(const engine::Event& event) {
  return std::visit(
      [](const auto& body) -> std::pair<EntryKind, ContactId> {
        using Body = std::decay_t<decltype(body)>;
        if constexpr (requires { body.consults; }) {
          if (body.consults) return {EntryKind::kOther, {}};
        }
        if constexpr (std::is_same_v<Body, engine::Submitted>) {
          return {EntryKind::kOpened, body.contact};
        } else if constexpr (std::is_same_v<Body, engine::Assigned>) {
          return {EntryKind::kAssigned, body.contact};
        } else if constexpr (std::is_same_v<Body, engine::Transferred>) {
          return {EntryKind::kTransferred, body.contact};
        } else if constexpr (std::is_same_v<Body, engine::Closed>) {
          return {EntryKind::kClosed, body.contact};
        } else {
          return {EntryKind::kOther, {}};
        }
      },
      event.body);
}

}  // namespace

std::optional<Position> ParsePosition(std::string_view text) {
  Position position;
  if (text.size() != kSeqDigits + 1 + kIndexDigits || text[kSeqDigits] != '-') return std::nullopt;
  if (!ReadDigits(text.substr(0, kSeqDigits), position.seq)) return std::nullopt;
  if (!ReadDigits(text.substr(kSeqDigits + 1), position.index)) return std::nullopt;
  return position;
}

std::string ToText(const Position& position) {
  return "event " + std::to_string(position.index) + " of commit " + std::to_string(position.seq);
}

std::string_view ToString(EntryKind kind) {
  constexpr std::array<std::string_view, 6> kWords = {"opened", "assigned", "transferred",
                                                      "closed", "note",     "nothing known"};
  return kWords.at(static_cast<std::size_t>(kind));
}

void TimelinePlan::Take(const engine::Engine& before, store::CommitSeq seq, std::uint32_t index,
                        const engine::Event& event) {
  const auto [kind, contact] = EntryOf(event);
  if (kind == EntryKind::kOther) return;
  CustomerId customer;
  if (const auto* submitted = std::get_if<engine::Submitted>(&event.body)) {
    customer = submitted->customer;
  } else if (const std::optional<engine::ContactRow> row = before.FindContact(contact)) {
    customer = row->customer;
  }
  if (customer) entries_[customer].push_back({{seq, index}, kind, contact});
}

void TimelinePlan::Cover(store::CommitSeq seq) {
  if (!covered_.empty() && covered_.back().second + 1 == seq) {
    covered_.back().second = seq;
  } else {
    covered_.emplace_back(seq, seq);
  }
}

bool TimelinePlan::Covers(store::CommitSeq seq) const {
  return std::ranges::any_of(
      covered_, [&](const auto& span) { return span.first <= seq && seq <= span.second; });
}

const std::vector<PlannedEntry>& TimelinePlan::Of(const CustomerId& customer) const {
  static const std::vector<PlannedEntry> none;
  const auto found = entries_.find(customer);
  return found == entries_.end() ? none : found->second;
}

}  // namespace usher::audit
