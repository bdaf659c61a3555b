// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "base/io/call_context.h"
#include "base/io/unary_method.h"
#include "base/result.h"
#include "base/time.h"
#include "router/service/context_node.h"
#include "usher/context/v1/conversation.pb.h"

namespace usher::service {

// The unary methods of ContextService, CaseService and PrivacyService, each part in a file of its
// own. `now` stamps what is written.
void AddContextMethods(ContextNode& node, const std::function<Instant()>& now,
                       io::MethodTable& table);
void AddCustomerMethods(ContextNode& node, const std::function<Instant()>& now,
                        io::MethodTable& table);
void AddSearchMethods(ContextNode& node, const std::function<Instant()>& now,
                      io::MethodTable& table);
void AddMergeMethods(ContextNode& node, const std::function<Instant()>& now,
                     io::MethodTable& table);
void AddTimelineMethods(ContextNode& node, const std::function<Instant()>& now,
                        io::MethodTable& table);
void AddEventMethods(ContextNode& node, const std::function<Instant()>& now,
                     io::MethodTable& table);
void AddMessageSearch(ContextNode& node, const std::function<Instant()>& now,
                      io::MethodTable& table);
void AddCaseMethods(ContextNode& node, const std::function<Instant()>& now, io::MethodTable& table);
void AddConversationMethods(ContextNode& node, const std::function<Instant()>& now,
                            io::MethodTable& table);
void AddDraftMethods(ContextNode& node, const std::function<Instant()>& now,
                     io::MethodTable& table);
void AddChangeMethods(ContextNode& node, const std::function<Instant()>& now,
                      io::MethodTable& table);
void AddPrivacyMethods(ContextNode& node, const std::function<Instant()>& now,
                       io::MethodTable& table);

// A message as it may be appended by this caller: checked, its author made certain, stamped.
// INVALID_ARGUMENT: MISSING_CONTACT_ID, BAD_CONTACT_ID, EMPTY_TEXT, TOO_LONG, MISSING_AUTHOR,
// BAD_TEXT, BAD_INTERNAL, TOO_MANY_ATTACHMENTS, BAD_ATTACHMENT; PERMISSION_DENIED/NOT_YOURS.
Result<context::v1::Message> ToAppendable(const io::CallContext& call, context::v1::Message message,
                                          Instant now);

}  // namespace usher::service
