// SPDX-License-Identifier: Apache-2.0
#include "channels/email/email_adapter.h"

#include <algorithm>
#include <utility>

namespace usher::email {

struct EmailAdapter::State {
  State(io::EventLoop& event_loop, io::Metrics& all_metrics, EmailConfig given, ReplyTokens keys)
      : loop(event_loop), config(std::move(given)), tokens(std::move(keys)), metrics(all_metrics) {}

  io::EventLoop& loop;
  const EmailConfig config;
  const ReplyTokens tokens;
  EmailMetrics metrics;
  io::EventLoop parser;  // reads mails: a big one takes longer than others should wait
  std::vector<std::unique_ptr<EmailDomain>> domains;
  bool stopped = false;
};

Result<std::unique_ptr<EmailAdapter>> EmailAdapter::Make(io::EventLoop& loop,
                                                         io::HttpServer& server, EmailGate gate,
                                                         const std::vector<EmailRoute>& routes,
                                                         io::Metrics& metrics, EmailConfig config) {
  for (const EmailMailbox& mailbox : config.mailboxes) {
    const bool has_route = std::any_of(routes.begin(), routes.end(), [&](const EmailRoute& route) {
      return route.domain == mailbox.domain;
    });
    if (has_route) continue;
    return Error{Code::kInvalidArgument, "BAD_EMAIL_CONFIG",
                 "mailbox " + mailbox.id + " names none of this process's domains",
                 "add domain: to it, one of --domain"};
  }
  Result<ReplyTokens> tokens = ReplyTokens::Load(config.reply_keys_file);
  if (!tokens.ok()) return tokens.error();
  auto state = std::make_shared<State>(loop, metrics, std::move(config), *std::move(tokens));
  state->parser.Start("usher-mail");
  for (const EmailRoute& route : routes) {
    const bool has_mailbox =
        std::any_of(state->config.mailboxes.begin(), state->config.mailboxes.end(),
                    [&](const EmailMailbox& mailbox) { return mailbox.domain == route.domain; });
    if (!has_mailbox) continue;
    loop.Call([&] {
      state->domains.push_back(std::make_unique<EmailDomain>(
          EmailDomain::Shared{loop, state->parser, state->config, state->tokens, state->metrics},
          route));
    });
  }
  MountEmailFiles(server, std::move(gate),
                  [weak = std::weak_ptr(state)](const DomainId& domain) -> MailFiles* {
                    const auto self = weak.lock();
                    if (!self) return nullptr;
                    for (const auto& one : self->domains) {
                      if (one->id() == domain) return &one->files();
                    }
                    return nullptr;
                  });
  return std::unique_ptr<EmailAdapter>(new EmailAdapter(std::move(state)));
}

EmailAdapter::EmailAdapter(std::shared_ptr<State> state) : state_(std::move(state)) {}

EmailAdapter::~EmailAdapter() {
  Stop();
  // What the parser still has belongs to the domains.
  state_->parser.Stop(Duration{5'000});
  io::EventLoop& loop = state_->loop;
  loop.Call([this] {
    state_->domains.clear();
    state_.reset();
  });
}

void EmailAdapter::Start() {
  state_->loop.Call([this] {
    for (const auto& domain : state_->domains) domain->Start();
  });
}

void EmailAdapter::Stop() {
  state_->loop.Call([this] {
    if (std::exchange(state_->stopped, true)) return;
    for (const auto& domain : state_->domains) domain->Stop();
  });
}

}  // namespace usher::email
