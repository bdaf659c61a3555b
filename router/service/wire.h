// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include "base/result.h"
#include "base/time.h"
#include "router/engine/command.h"
#include "router/engine/engine.h"
#include "router/engine/rows.h"
#include "usher/agents/v1/agent.pb.h"
#include "usher/routing/v1/contact.pb.h"
#include "usher/routing/v1/routing_service.pb.h"
#include "usher/type/v1/channel.pb.h"

// Between the engine's structs and the contract's messages. Pure functions.
namespace usher::service {

google::protobuf::Timestamp ToTimestamp(Instant instant);
google::protobuf::Duration ToProtoDuration(Duration duration);
// INVALID_ARGUMENT/BAD_TIMESTAMP, BAD_DURATION with the field's name; spans must not be negative.
Result<Instant> ParseTimestamp(const google::protobuf::Timestamp& timestamp, const char* field);
Result<Duration> ParseDuration(const google::protobuf::Duration& duration, const char* field);

type::v1::Channel ToProto(engine::Channel channel);
Result<engine::Channel> ParseChannel(type::v1::Channel channel);
routing::v1::Contact::State ToProto(engine::ContactState state);
routing::v1::Contact::Outcome ToProto(engine::ContactOutcome outcome);
agents::v1::Agent::Presence ToProto(engine::Presence presence);

// `now` ends the spans that run.
void FillContact(const engine::ContactRow& row, Instant now, routing::v1::Contact& out);
// A contact that is over, from its last event.
void FillClosedContact(const engine::Closed& closed, Instant at, routing::v1::Contact& out);
void FillOffer(ContactId contact, const engine::OpenOffer& offer, routing::v1::Offer& out);

// Place and estimated wait, which rows do not have.
void FillPlace(const engine::Engine& engine, ContactId contact, Instant now,
               routing::v1::Contact& out);
// The row, place and estimated wait, and when the after-contact work ends: all that is known.
void FillOpenContact(const engine::Engine& engine, const engine::ContactRow& row, Instant now,
                     routing::v1::Contact& out);
void FillWaitEstimate(const engine::WaitEstimate& estimate, routing::v1::WaitEstimate& out);

// All but what agents have of it, which the engine does not count.
void FillQueue(const engine::Engine& engine, const engine::Queue& queue, Instant now,
               routing::v1::Queue& out);

// `agent` is the agent's configuration.
void FillAgent(const engine::Engine& engine, const engine::Agent& agent, agents::v1::Agent& out);
void FillDesk(const engine::Engine& engine, const engine::Agent& agent, agents::v1::Desk& out);
void FillVocabulary(const engine::Domain& domain, agents::v1::Vocabulary& out);

// `adapter` is the name of who submits.
Result<engine::Submit> ParseSubmit(const routing::v1::SubmitContactRequest& request,
                                   const std::string& adapter);
Result<engine::Update> ParseUpdate(const routing::v1::UpdateContactRequest& request);

}  // namespace usher::service
