// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "usher/context/v1/customer.pb.h"

// What a merge does to the record that stays. Pure.
namespace usher::context {

// Of one field, one entry or one mark each: what `stays` lacks and `other` has. Nothing that
// `stays` has is overwritten; tags and attributes stop at 64. Addresses stay where they are: they
// lead to `other`, and so to `stays`. `other` and what was merged into it go into `merged`.
void FillFrom(const v1::Customer& other, v1::Customer& stays);

// Takes out of `now` what the merge that made `after` of `before` brought in, and was not changed
// since. `other` is the record that goes.
void TakeOut(const v1::Customer& before, const v1::Customer& after, const v1::Customer& other,
             v1::Customer& now);

bool HasMerged(const v1::Customer& stays, const std::string& other);

}  // namespace usher::context
