// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// What a record in the outbox folder has besides its mail (SentRecords): on lines above it, to whom
// it goes, and which process put it there where that matters. Pure functions.
namespace usher::email {

// Of one record; a mail of ours has no more.
inline constexpr std::size_t kRecordRecipientsMax = 500;

inline constexpr std::string_view kClaimHeader = "X-Usher-Claim";

// `claim` may be empty.
std::string ToRecord(const std::vector<std::string>& recipients, const std::string& claim,
                     const std::string& mail);
// Those recipients, the first kRecordRecipientsMax; empty where the record names none.
std::vector<std::string> ReadRecipients(std::string_view record);

}  // namespace usher::email
