// SPDX-License-Identifier: Apache-2.0
#include "router/service/context_methods.h"

namespace usher::service {

void AddContextMethods(ContextNode& node, const std::function<Instant()>& now,
                       io::MethodTable& table) {
  AddCustomerMethods(node, now, table);
  AddTimelineMethods(node, now, table);
  AddEventMethods(node, now, table);
  AddConversationMethods(node, now, table);
  AddDraftMethods(node, now, table);
  AddMessageSearch(node, now, table);
  AddChangeMethods(node, now, table);
  AddSearchMethods(node, now, table);
  AddMergeMethods(node, now, table);
  AddPrivacyMethods(node, now, table);
  AddCaseMethods(node, now, table);
}

}  // namespace usher::service
