// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "usher/client.h"
#include "usher/print.h"

// `usher customer list|show|search|create|update|add-identity|remove-identity|note|duplicates|
// merge|undo-merge` against a running server. Each prints its answer and gives the exit code.
namespace usher::app {

struct ProfileOptions {
  std::string id;     // of the customer
  std::string other;  // of the record that goes into it, or comes out again
  std::string query;
  // What is empty stays as it is.
  std::string name;
  std::string tier;
  std::string language;
  std::string type;   // `potential`, `lead`, `contracted`, `member`, `partner`, `internal`
  std::string stage;  // `before`, `during`, `after`
  std::string value;  // a whole number
  std::string owner;  // the agent who looks after the customer
  std::vector<std::string> add_tags;
  std::vector<std::string> remove_tags;
  std::vector<std::string> fields;      // `key=value`; `key=` removes it
  std::vector<std::string> identities;  // `kind:value`, such as `phone:010 6552 9988`
  bool verified = false;                // of identities
  std::string text;                     // of a note
  std::string reason;
};

// The newest page, of 500.
int ListCustomers(const ClientOptions& client, Output output);
// The record, its open cases and the newest page of its timeline.
int ShowCustomer(const ClientOptions& client, Output output, const std::string& id);
int SearchCustomers(const ClientOptions& client, Output output, const ProfileOptions& options);
int CreateCustomer(const ClientOptions& client, Output output, const ProfileOptions& options);
int UpdateCustomer(const ClientOptions& client, Output output, const ProfileOptions& options);
int AddIdentity(const ClientOptions& client, Output output, const ProfileOptions& options);
int RemoveIdentity(const ClientOptions& client, Output output, const ProfileOptions& options);
int AddNote(const ClientOptions& client, Output output, const ProfileOptions& options);
int ListDuplicates(const ClientOptions& client, Output output, const ProfileOptions& options);
int MergeCustomers(const ClientOptions& client, Output output, const ProfileOptions& options);
int UndoMerge(const ClientOptions& client, Output output, const ProfileOptions& options);

}  // namespace usher::app
