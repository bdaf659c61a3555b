// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/io/unary_method.h"
#include "router/history/history_desk.h"
#include "router/service/domain_node.h"

namespace usher::service {

// The methods of ExplainService. They answer on the desk's thread.
void AddExplainMethods(const Domains& domains, history::HistoryDesk& desk, io::MethodTable& table);

}  // namespace usher::service
