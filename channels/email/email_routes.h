// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "base/id.h"
#include "base/io/http_server.h"
#include "base/io/token.h"
#include "base/result.h"
#include "channels/email/mail_files.h"

namespace usher::email {

// What says whose token it is; any thread.
using EmailGate = std::function<Result<io::Claims>(std::string_view bearer_token)>;

// The files of a domain; null where the domain has no mailboxes here. UNAVAILABLE/STANDS_BY where
// another process has them.
using FindMailFiles = std::function<Result<MailFiles*>(const DomainId& domain)>;

// The files of mails over HTTP, for gateways: a token of role adapter shows the domain.
//
//   GET  /channels/v1/files?url=<x-mail:…>          the bytes
//   POST /channels/v1/files?contact_id=…&name=…     body: the bytes; answered by an Attachment
//
// `find` answers null once the adapter is gone. Call it before the server listens.
void MountEmailFiles(io::HttpServer& server, EmailGate gate, FindMailFiles find);

}  // namespace usher::email
