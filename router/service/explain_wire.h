// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "router/history/answers.h"
#include "usher/routing/v1/explain_service.pb.h"

// Answers about the past as the contract shows them. Pure functions, any thread.
namespace usher::service {

void FillOfferExplanation(const history::OfferAnswer& answer, routing::v1::OfferExplanation& out);
void FillContactAnswer(const history::ContactAnswer& answer,
                       routing::v1::ExplainContactResponse& out);
void FillIdleExplanation(const engine::AgentExplanation& explanation,
                         routing::v1::IdleExplanation& out);

}  // namespace usher::service
