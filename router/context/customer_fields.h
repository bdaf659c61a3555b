// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "usher/context/v1/customer.pb.h"

// What differs between two states of a customer's record, field by field. Each address, tag, fact
// and purpose of consent is a field of its own: one can be changed, and taken back, without the
// others.
namespace usher::context {

// The names of the fields that differ, such as `name`, `identities`, `fields.account` or
// `consents.marketing`, each once. What is counted elsewhere (contacts, cases, the last agent) and
// the version are no fields of the record.
std::vector<std::string> ChangedFields(const v1::Customer& before, const v1::Customer& after);

// Addresses that `whole` has and `part` has not; whether they are verified is no matter.
std::vector<v1::Identity> IdentitiesMissing(const v1::Customer& part, const v1::Customer& whole);

const v1::Identity* FindIdentity(const v1::Customer& customer, const v1::Identity& identity);
v1::Identity* FindIdentity(v1::Customer& customer, const v1::Identity& identity);
// Whether it was there.
bool EraseIdentity(v1::Customer& customer, const v1::Identity& identity);

// Takes a change back in `now`, the record as it is: each field that the change gave another value
// gets the one before. Fields that have it already stay. FAILED_PRECONDITION/CHANGED_SINCE names
// those that have neither value: somebody changed them since, and `now` is as it was. Which record
// was merged into which is not taken back here: UNDO_MERGE says by what it is; neither is a
// creation: CREATION.
Result<void> TakeBack(const v1::CustomerChange& change, v1::Customer& now);

}  // namespace usher::context
