// SPDX-License-Identifier: Apache-2.0
#include "router/service/context_methods.h"

namespace usher::service {

void AddContextMethods(ContextNode& node, const std::function<Instant()>& now,
                       io::MethodTable& table) {
  AddCustomerMethods(node, now, table);
  AddTimelineMethods(node, now, table);
  AddConversationMethods(node, now, table);
  AddChangeMethods(node, now, table);
  AddPrivacyMethods(node, now, table);
}

}  // namespace usher::service
