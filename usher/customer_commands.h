// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "usher/client.h"
#include "usher/print.h"

namespace usher::app {

// `usher customer export|erase|reads|changes|revert`: what is stored of one person, who saw and
// changed it, and the end of it. Each gives the exit code.

// One JSON object a line, each an ExportCustomerResponse, in either output.
int ExportCustomer(const ClientOptions& client, Output output, const std::string& customer_id);
int EraseCustomer(const ClientOptions& client, Output output, const std::string& customer_id,
                  const std::string& reason);
// The newest page, of 500.
int ListReads(const ClientOptions& client, Output output, const std::string& customer_id);
int ListChanges(const ClientOptions& client, Output output, const std::string& customer_id);
int RevertChange(const ClientOptions& client, Output output, const std::string& customer_id,
                 const std::string& change_id);

}  // namespace usher::app
