// SPDX-License-Identifier: Apache-2.0
#include "channels/email/email_adapter.h"

#include <algorithm>
#include <utility>

namespace usher::email {

namespace {

Error StandsBy() {
  return {Code::kUnavailable, "STANDS_BY", "another process has the mailboxes",
          "ask that one: give gateways --files of both"};
}

}  // namespace

struct EmailAdapter::State {
  State(io::EventLoop& event_loop, io::Metrics& all_metrics, EmailConfig given, ReplyTokens keys)
      : loop(event_loop), config(std::move(given)), tokens(std::move(keys)), metrics(all_metrics) {}

  io::EventLoop& loop;
  const EmailConfig config;
  const ReplyTokens tokens;
  EmailMetrics metrics;
  // A domain whose tenure is over begins anew; what the parser still reads for the old one keeps
  // that.
  void Renew(std::size_t index) {
    if (stopped) return;
    parser.Post([&loop = loop, old = std::shared_ptr(std::move(domains[index]))]() mutable {
      loop.Post([old = std::move(old)] {});
    });
    domains[index] = MakeDomain(index);
    domains[index]->Start();
  }

  std::unique_ptr<EmailDomain> MakeDomain(std::size_t index) {
    return std::make_unique<EmailDomain>(EmailDomain::Shared{loop, parser, config, tokens, metrics},
                                         routes[index],
                                         [this, weak = std::weak_ptr<int>(alive), index] {
                                           loop.Post([this, weak, index] {
                                             if (!weak.expired()) Renew(index);
                                           });
                                         });
  }

  io::EventLoop parser;            // reads mails: a big one takes longer than others should wait
  std::vector<EmailRoute> routes;  // of domains with mailboxes
  std::vector<std::unique_ptr<EmailDomain>> domains;  // one for each route
  std::shared_ptr<int> alive = std::make_shared<int>();
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
      state->routes.push_back(route);
      state->domains.push_back(state->MakeDomain(state->domains.size()));
    });
  }
  MountEmailFiles(server, std::move(gate),
                  [weak = std::weak_ptr(state)](const DomainId& domain) -> Result<MailFiles*> {
                    const auto self = weak.lock();
                    if (!self) return nullptr;
                    for (const auto& one : self->domains) {
                      if (one->id() != domain) continue;
                      if (one->stands_by()) return StandsBy();
                      return &one->files();
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
