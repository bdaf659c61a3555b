// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "usher/client.h"
#include "usher/print.h"

// `usher case VERB` against a running server. Each prints its answer and gives the exit code.
namespace usher::app {

struct CaseOptions {
  std::string id;        // of the case
  std::string customer;  // whose
  std::string owner;
  std::string subject;
  std::string category;
  std::string contact;
  bool with_ended = false;
  std::string to_agent;
  std::string to_queue;
  std::string reason;
  std::string text;        // of the promise
  std::string by;          // `2026-11-23T18:00` by the domain's clocks, with Z in UTC
  std::string open_hours;  // or after so much of the business hours, such as 8h
  std::string resolution;
};

int ListCases(const ClientOptions& client, Output output, const CaseOptions& options);
int ShowCase(const ClientOptions& client, Output output, const CaseOptions& options);
int OpenCase(const ClientOptions& client, Output output, const CaseOptions& options);
int TransferCase(const ClientOptions& client, Output output, const CaseOptions& options);
int PromiseInCase(const ClientOptions& client, Output output, const CaseOptions& options);
int KeepPromise(const ClientOptions& client, Output output, const CaseOptions& options);
int ResolveCase(const ClientOptions& client, Output output, const CaseOptions& options);

}  // namespace usher::app
