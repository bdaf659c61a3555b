// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "base/io/event_loop.h"
#include "base/io/http_server.h"
#include "base/io/metrics.h"
#include "base/result.h"
#include "channels/email/email_config.h"
#include "channels/email/email_domain.h"
#include "channels/email/email_routes.h"

namespace usher::email {

// The mail channel: mailboxes on one side, the router's domains on the other. It keeps nothing that
// matters: killed and started again it finds what is open at the router and what is not marked in
// its mailboxes. Of several processes with the same mailboxes one works and the others stand by
// (EmailConfig::standby).
class EmailAdapter {
 public:
  // One route for each domain of the mailboxes. Mounts the files of mails on `server`
  // (email_routes.h), which does not listen yet. Loop, server, roads and metrics must outlive the
  // adapter. The error is of the reply keys, or BAD_EMAIL_CONFIG.
  static Result<std::unique_ptr<EmailAdapter>> Make(io::EventLoop& loop, io::HttpServer& server,
                                                    EmailGate gate,
                                                    const std::vector<EmailRoute>& routes,
                                                    io::Metrics& metrics, EmailConfig config);
  // Stops as by Stop().
  ~EmailAdapter();
  EmailAdapter(const EmailAdapter&) = delete;
  EmailAdapter& operator=(const EmailAdapter&) = delete;

  // Any thread.
  void Start();
  // Any thread. Contacts stay open; what is in hand is handed over again after the next start.
  void Stop();

 private:
  struct State;
  explicit EmailAdapter(std::shared_ptr<State> state);

  std::shared_ptr<State> state_;
};

}  // namespace usher::email
