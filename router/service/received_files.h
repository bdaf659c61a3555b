// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "base/id.h"
#include "base/result.h"
#include "router/service/context_node.h"
#include "usher/context/v1/conversation.pb.h"

namespace usher::service {

// Whether an agent may send on the files of mails that this message names: those that came in the
// same conversation, and no others, for whoever names a file's address gets it.
// INVALID_ARGUMENT/BAD_ATTACHMENT. `done` is called at once where the message names none.
void CheckReceivedFiles(ContextNode& node, const DomainId& domain,
                        const context::v1::Message& message,
                        std::function<void(Result<void>)> done);

}  // namespace usher::service
