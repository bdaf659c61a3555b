// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "usher/client.h"
#include "usher/print.h"

// What `usher NOUN VERB` does against a running server. Each prints its answer and gives the exit
// code.
namespace usher::app {

int ListContacts(const ClientOptions& client, Output output, const std::string& queue);
int ShowContact(const ClientOptions& client, Output output, const std::string& id);
int ListQueues(const ClientOptions& client, Output output);
int ShowQueue(const ClientOptions& client, Output output, const std::string& id);
int ListAgents(const ClientOptions& client, Output output);
int ShowAgent(const ClientOptions& client, Output output, const std::string& id);

// Why: of a contact, an agent or an offer, now or at an instant of the past.
struct ExplainOptions {
  std::string id;
  std::string at;  // "2026-11-21 19:52:12Z" or "…T19:52:12.345Z"; empty: now
};
int ExplainContact(const ClientOptions& client, Output output, const ExplainOptions& options);
int ExplainAgent(const ClientOptions& client, Output output, const ExplainOptions& options);
int ExplainOffer(const ClientOptions& client, Output output, const ExplainOptions& options);

// Each server for itself.
int ListRouters(const ClientOptions& client, Output output);
int StepDown(const ClientOptions& client, Output output);

struct ApplyOptions {
  std::string file;
  bool dry_run = false;
  std::uint64_t based_on = 0;
};
int Apply(const ClientOptions& client, Output output, const ApplyOptions& options);

}  // namespace usher::app
