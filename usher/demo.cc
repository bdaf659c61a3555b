// SPDX-License-Identifier: Apache-2.0
#include "usher/demo.h"

#include <chrono>
#include <iostream>
#include <string>

#include <unistd.h>

#include "router/configuration/domain_reader.h"
#include "router/configuration/text_file.h"
#include "usher/admin/v1/admin_service.grpc.pb.h"
#include "usher/client.h"
#include "usher/key_commands.h"
#include "usher/print.h"

namespace usher::app {

namespace {

constexpr char kDomain[] = "demo";
constexpr Duration kLinkLifetime = std::chrono::hours{24 * 7};

Result<void> OpenDataFolder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error && access(folder.c_str(), R_OK | W_OK | X_OK) == 0) return {};
  return Error{Code::kInvalidArgument, "DATA_DIR_UNUSABLE",
               "the data folder " + folder.string() + " cannot be read and written",
               "choose another with --data DIR, or give this user the right to it"};
}

std::string Address(std::uint16_t port, int offset) {
  return "127.0.0.1:" + std::to_string(port == 0 ? 0 : port + offset);
}

ServeOptions ToServe(const DemoOptions& options) {
  ServeOptions serve;
  serve.domains = {kDomain};
  serve.data_dir = options.data_dir;
  serve.assets_dir = options.assets_dir;
  serve.http_address = Address(options.port, 0);
  serve.grpc_address = Address(options.port, 1);
  serve.metrics_address = Address(options.port, 2);
  chat::ChatSite site;
  site.key = "demo";
  site.title = "Larkfield Telecom";
  site.greeting = "Hello! Ask us anything about your plan, your bill or your line.";
  site.queue = "support";
  site.subject = "Chat from the web site";
  serve.chat_sites = {site};
  return serve;
}

// The sample domain is applied once; what was changed since stays.
Result<engine::Domain> ApplySample(const ServeOptions& serve, const Serving& serving) {
  const auto file = FindAssets(serve) / "demo" / "domain.yaml";
  Result<std::string> yaml = configuration::ReadTextFile(file.string());
  if (!yaml.ok()) return yaml.error();
  ClientOptions options;
  options.server = "127.0.0.1:" + std::to_string(serving.grpc_port);
  options.keys_dir = serve.data_dir / "keys";
  options.domain = kDomain;
  Result<Client> client = Client::Connect(options);
  if (!client.ok()) return client.error();
  using admin::v1::AdminService;
  auto in_force = client->Ask<admin::v1::GetDomainResponse>(
      admin::v1::GetDomainRequest(),
      [](const auto& channel, auto* context, const auto& request, auto* response) {
        return AdminService::NewStub(channel)->GetDomain(context, request, response);
      });
  if (in_force.ok()) {
    yaml = in_force->domain().yaml();
  } else if (in_force.error().reason != "NO_DOMAIN") {
    return in_force.error();
  } else {
    admin::v1::ApplyDomainRequest apply;
    apply.set_yaml(*yaml);
    const auto applied = client->Ask<admin::v1::ApplyDomainResponse>(
        apply, [](const auto& channel, auto* context, const auto& request, auto* response) {
          return AdminService::NewStub(channel)->ApplyDomain(context, request, response);
        });
    if (!applied.ok()) return applied.error();
  }
  configuration::DomainReading reading = configuration::ReadDomain(*yaml, file.string());
  if (reading.ok()) return *std::move(reading.domain);
  return Error{Code::kInternal, "BAD_DOMAIN", "the domain in force cannot be read",
               "apply a correct one with `usher apply`"};
}

Result<void> PrintScreen(const ServeOptions& serve, const Serving& serving) {
  const Result<engine::Domain> domain = ApplySample(serve, serving);
  if (!domain.ok()) return domain.error();
  const std::string http = "http://127.0.0.1:" + std::to_string(serving.http_port);
  std::cout << "\nUsher is running. Everything is kept in " << serve.data_dir.string() << ".\n\n"
            << "  Customer   " << http << "/demo/\n";
  io::Claims claims;
  claims.domain = DomainId{kDomain};
  const auto link = [&](const std::string& subject, io::Role role,
                        const std::string& name) -> Result<void> {
    claims.subject = subject;
    claims.role = role;
    const Result<std::string> token = Mint(serve.data_dir / "keys", claims, kLinkLifetime);
    if (!token.ok()) return token.error();
    std::cout << "  " << name << std::string(name.size() < 11 ? 11 - name.size() : 1, ' ') << http
              << "/console/#token=" << *token << "\n";
    return {};
  };
  std::size_t shown = 0;
  for (const engine::Agent& agent : domain->agents) {
    if (++shown > 3) break;
    const std::string name = agent.name.empty() ? agent.id.value() : agent.name;
    if (Result<void> done = link(agent.id.value(), io::Role::kAgent, name); !done.ok()) return done;
  }
  if (Result<void> done = link("supervisor", io::Role::kSupervisor, "Supervisor"); !done.ok()) {
    return done;
  }
  std::cout << "\n  gRPC       127.0.0.1:" << serving.grpc_port
            << "   metrics http://127.0.0.1:" << serving.metrics_port << "/metrics\n"
            << "\nOpen the customer's page and one agent's link in two windows. "
               "Ctrl-C, or `./dev stop`, stops it.\n"
            << "ready\n"
            << std::flush;
  return {};
}

}  // namespace

int RunDemo(const DemoOptions& options) {
  if (Result<void> folder = OpenDataFolder(options.data_dir); !folder.ok()) {
    return PrintError(folder.error(), Output::kTable);
  }
  if (Result<void> keys = EnsureKeys(options.data_dir / "keys"); !keys.ok()) {
    return PrintError(keys.error(), Output::kTable);
  }
  const ServeOptions serve = ToServe(options);
  const Result<void> served =
      Serve(serve, [&](const Serving& serving) { return PrintScreen(serve, serving); });
  return served.ok() ? 0 : PrintError(served.error(), Output::kTable);
}

}  // namespace usher::app
