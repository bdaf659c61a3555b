// SPDX-License-Identifier: Apache-2.0
#include "usher/spread_command.h"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "usher/admin/v1/router_service.grpc.pb.h"
#include "usher/print.h"

namespace usher::app {

namespace {

using admin::v1::RouterDomain;

constexpr std::size_t kMovesMax = 1'000;
constexpr int kLooksMax = 100;  // for a domain that is on its way; ten seconds

// Who leads what, and who could.
struct Standings {
  std::map<std::string, std::set<std::string>> led;      // by router: also those that lead nothing
  std::map<std::string, std::string> leader;             // by domain
  std::map<std::string, std::set<std::string>> standby;  // by domain
};

Result<Standings> Look(const Client& client) {
  Standings standings;
  const auto answers = client.AskEach<admin::v1::GetRouterResponse>(
      admin::v1::GetRouterRequest(), [](auto& channel, auto* context, auto& request, auto* out) {
        return admin::v1::RouterService::NewStub(channel)->GetRouter(context, request, out);
      });
  std::optional<Error> failed;
  for (const auto& [server, answer] : answers) {
    if (!answer.ok()) {
      failed = answer.error();
      continue;
    }
    standings.led[answer->router_id()];
    for (const RouterDomain& domain : answer->domains()) {
      if (domain.standing() == RouterDomain::STANDING_LEADING) {
        standings.led[answer->router_id()].insert(domain.domain());
        standings.leader[domain.domain()] = answer->router_id();
      } else if (domain.standing() == RouterDomain::STANDING_BY) {
        standings.standby[domain.domain()].insert(answer->router_id());
      }
    }
  }
  if (standings.led.empty() && failed) return *failed;
  return standings;
}

// A domain whose leader leads at least two more than one of its standbys; the greatest difference
// first, then the first by name.
std::optional<std::string> NextMove(const Standings& standings,
                                    const std::set<std::string>& stuck) {
  std::optional<std::string> best;
  std::size_t greatest = 1;
  for (const auto& [domain, leader] : standings.leader) {
    const auto standbys = standings.standby.find(domain);
    if (standbys == standings.standby.end() || stuck.contains(domain)) continue;
    const std::size_t held = standings.led.at(leader).size();
    for (const std::string& standby : standbys->second) {
      const std::size_t other = standings.led.at(standby).size();
      if (held > other && held - other > greatest) {
        greatest = held - other;
        best = domain;
      }
    }
  }
  return best;
}

// Looks until somebody leads the domain again.
Result<Standings> AwaitLeader(const Client& client, const std::string& domain) {
  for (int look = 0; look < kLooksMax; ++look) {
    Result<Standings> standings = Look(client);
    if (!standings.ok() || standings->leader.contains(domain)) return standings;
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  }
  return Error{Code::kUnavailable, "NO_LEADER", "nobody took domain " + domain + " over",
               "look at `usher router list` and at the routers' logs"};
}

}  // namespace

int SpreadDomains(const ClientOptions& options, Output output) {
  ClientOptions of_all = options;
  of_all.domain.clear();  // a token for all of them
  Result<Client> client = Client::Connect(of_all);
  if (!client.ok()) return PrintError(client.error(), output);
  Result<Standings> standings = Look(*client);
  if (!standings.ok()) return PrintError(standings.error(), output);
  std::set<std::string> stuck;
  for (std::size_t moves = 0; moves < kMovesMax; ++moves) {
    const std::optional<std::string> domain = NextMove(*standings, stuck);
    if (!domain) break;
    const std::string from = standings->leader.at(*domain);
    admin::v1::StepDownRequest request;
    request.set_domain(*domain);
    const auto done = client->Ask<admin::v1::StepDownResponse>(
        request, [](auto& channel, auto* context, auto& asked, auto* out) {
          return admin::v1::RouterService::NewStub(channel)->StepDown(context, asked, out);
        });
    if (!done.ok()) return PrintError(done.error(), output);
    standings = AwaitLeader(*client, *domain);
    if (!standings.ok()) return PrintError(standings.error(), output);
    const std::string& to = standings->leader.at(*domain);
    if (to == from) stuck.insert(*domain);
    std::cout << "domain " << *domain << ": " << from << " -> " << to << '\n';
  }
  for (const auto& [router, led] : standings->led) {
    std::cout << router << " leads " << led.size() << '\n';
  }
  return stuck.empty() ? 0 : 1;
}

}  // namespace usher::app
