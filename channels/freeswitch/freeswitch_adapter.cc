// SPDX-License-Identifier: Apache-2.0
#include "channels/freeswitch/freeswitch_adapter.h"

#include <map>
#include <utility>

#include "channels/freeswitch/freeswitch_server.h"

namespace usher::freeswitch {

struct FreeswitchAdapter::State {
  State(io::EventLoop& event_loop, io::Metrics& registry, FreeswitchConfig freeswitch_config)
      : loop(event_loop), config(std::move(freeswitch_config)), metrics(registry) {}

  void AddDomain(const phone::PhoneRoute& route) {
    auto domain = std::make_unique<phone::PhoneDomain>(
        loop, route, config.rules, metrics, [this, id = route.domain] { ContactsKnown(id); });
    for (const FreeswitchServerConfig& server : config.servers) {
      if (server.domain != route.domain) continue;
      FreeswitchServerConfig own = server;
      own.holder = route.adapter;
      servers[route.domain].push_back(
          std::make_unique<FreeswitchServer>(loop, own, *domain, metrics));
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
  const FreeswitchConfig config;
  phone::PhoneMetrics metrics;
  std::map<DomainId, std::unique_ptr<phone::PhoneDomain>> domains;
  std::map<DomainId, std::vector<std::unique_ptr<FreeswitchServer>>> servers;
};

Result<std::unique_ptr<FreeswitchAdapter>> FreeswitchAdapter::Make(
    io::EventLoop& loop, const std::vector<phone::PhoneRoute>& routes, io::Metrics& metrics,
    FreeswitchConfig config) {
  auto state = std::make_unique<State>(loop, metrics, std::move(config));
  for (const phone::PhoneRoute& route : routes) state->AddDomain(route);
  for (const FreeswitchServerConfig& server : state->config.servers) {
    if (state->domains.contains(server.domain)) continue;
    return Error{Code::kInvalidArgument, "UNKNOWN_DOMAIN",
                 "freeswitch server " + server.name + " is for domain '" + server.domain.value() +
                     "', which is not served here",
                 "name one of --domain as its domain"};
  }
  return std::unique_ptr<FreeswitchAdapter>(new FreeswitchAdapter(std::move(state)));
}

FreeswitchAdapter::FreeswitchAdapter(std::unique_ptr<State> state) : state_(std::move(state)) {}

FreeswitchAdapter::~FreeswitchAdapter() {
  io::EventLoop& loop = state_->loop;
  loop.Call([this] {
    state_->Stop();
    state_.reset();
  });
}

void FreeswitchAdapter::Start() {
  state_->loop.Call([this] { state_->Start(); });
}

void FreeswitchAdapter::Stop() {
  state_->loop.Call([this] { state_->Stop(); });
}

}  // namespace usher::freeswitch
