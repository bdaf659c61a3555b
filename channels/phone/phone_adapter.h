// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "base/io/event_loop.h"
#include "base/io/metrics.h"
#include "base/result.h"
#include "channels/phone/phone_domain.h"
#include "channels/phone/phone_metrics.h"

namespace usher::phone {

// Telephone calls through switches of one kind: every call that a switch's own plan gives us
// becomes a contact and is brought to its agent. `Server` is one switch (phone::Switch, with Start
// and Stop); `Config` has `rules` and `servers`, each with `name`, `domain` and `holder`.
//
//   auto adapter = AsteriskAdapter::Make(loop, routes, metrics, config);
//   (*adapter)->Start();
template <class Config, class Server>
class PhoneAdapter {
 public:
  // Each server's domain must have a route. UNKNOWN_DOMAIN. Loop, roads and metrics must outlive
  // the adapter.
  static Result<std::unique_ptr<PhoneAdapter>> Make(io::EventLoop& loop,
                                                    const std::vector<PhoneRoute>& routes,
                                                    io::Metrics& metrics, Config config) {
    auto state = std::make_unique<State>(loop, metrics, std::move(config));
    for (const PhoneRoute& route : routes) state->AddDomain(route);
    for (const auto& server : state->config.servers) {
      if (state->domains.contains(server.domain)) continue;
      return Error{Code::kInvalidArgument, "UNKNOWN_DOMAIN",
                   "telephone server " + server.name + " is for domain '" + server.domain.value() +
                       "', which is not served here",
                   "name one of --domain as its domain"};
    }
    return std::unique_ptr<PhoneAdapter>(new PhoneAdapter(std::move(state)));
  }
  // Stops; waits for the loop's thread when on another.
  ~PhoneAdapter() {
    io::EventLoop& loop = state_->loop;
    loop.Call([this] {
      state_->Stop();
      state_.reset();
    });
  }
  PhoneAdapter(const PhoneAdapter&) = delete;
  PhoneAdapter& operator=(const PhoneAdapter&) = delete;

  // Any thread. Connects to the router, and to the servers once the open contacts are known: a
  // caller whom nobody could queue is better off in the switch's own plan.
  void Start() {
    state_->loop.Call([this] { state_->Start(); });
  }
  // Any thread. Lets go of everything. Calls go on as they are, and are met again by the next
  // process of the name.
  void Stop() {
    state_->loop.Call([this] { state_->Stop(); });
  }

 private:
  struct State {
    State(io::EventLoop& event_loop, io::Metrics& registry, Config given)
        : loop(event_loop), config(std::move(given)), metrics(registry) {}

    void AddDomain(const PhoneRoute& route) {
      auto domain = std::make_unique<PhoneDomain>(loop, route, config.rules, metrics,
                                                  [this, id = route.domain] { ContactsKnown(id); });
      for (const auto& server : config.servers) {
        if (server.domain != route.domain) continue;
        auto own = server;
        own.holder = route.adapter;
        servers[route.domain].push_back(std::make_unique<Server>(loop, own, *domain, metrics));
      }
      if (servers.contains(route.domain)) domains.emplace(route.domain, std::move(domain));
    }

    void ContactsKnown(const DomainId& domain) {
      for (const auto& server : servers[domain]) server->Start();
    }

    void Start() {
      for (const auto& [id, domain] : domains) domain->Start();
    }

    void Stop() {
      for (const auto& [id, list] : servers) {
        for (const auto& server : list) server->Stop();
      }
      for (const auto& [id, domain] : domains) domain->Stop();
    }

    io::EventLoop& loop;
    const Config config;
    PhoneMetrics metrics;
    std::map<DomainId, std::unique_ptr<PhoneDomain>> domains;
    std::map<DomainId, std::vector<std::unique_ptr<Server>>> servers;
  };

  explicit PhoneAdapter(std::unique_ptr<State> state) : state_(std::move(state)) {}

  std::unique_ptr<State> state_;
};

}  // namespace usher::phone
