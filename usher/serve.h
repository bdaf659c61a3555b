// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agents/gateway/softphone.h"
#include "base/id.h"
#include "base/result.h"
#include "channels/chat/chat_config.h"
#include "router/store/domain_store.h"
#include "usher/redis_options.h"

namespace usher::app {

enum class RoleOfProcess : std::uint8_t { kRouter, kAgents, kChannels };

struct ServeOptions {
  std::set<RoleOfProcess> roles = {RoleOfProcess::kRouter, RoleOfProcess::kAgents,
                                   RoleOfProcess::kChannels};
  std::vector<std::string> domains = {"main"};
  std::filesystem::path data_dir = "usher-data";
  RedisOptions redis;  // without a target: a private redis-server in data_dir
  store::Durability durability = store::Durability::kAlways;
  std::uint32_t replicas = 1;
  store::HistoryLimits history;
  Duration closed_contact_kept = store::DomainStoreOptions{}.closed_contact_kept;
  std::string http_address = "127.0.0.1:8080";
  std::string grpc_address = "127.0.0.1:8081";
  std::string metrics_address = "127.0.0.1:8082";
  // Of other routers, `host:port`; a name may have several addresses. Edges go to whichever leads.
  std::vector<std::string> router_addresses;
  // PEM files of all listeners; empty: plain. Routers are shown the same certificate.
  std::string tls_certificate;
  std::string tls_key;
  std::string tls_client_ca;  // gRPC clients must have a certificate that it signed; empty: none
  std::string router_ca;      // signed the certificates of the other routers; empty: no TLS to them
  Duration lease{2'000};      // until a standby takes over from a dead leader
  std::filesystem::path keys_dir;                  // "": data_dir/keys
  std::vector<std::filesystem::path> token_files;  // one a domain; none: signed with the keys
  std::string name;                                // "": kept in the data folder; see InstanceName
  std::filesystem::path visitor_keys_dir;          // "": data_dir/visitor-keys
  std::filesystem::path assets_dir;                // "": beside the binary
  std::vector<std::string> allowed_origins;        // of consoles served elsewhere
  gateway::SoftphoneConfig softphone;              // its turn_secret is in turn_secret_file
  std::filesystem::path turn_secret_file;          // shared with the softphones' TURN servers
  std::vector<std::string> file_servers;           // of the role channels; empty: this process
  std::string files_ca;                            // signed their certificates
  std::filesystem::path chat_file;                 // sites that embed the widget
  std::vector<chat::ChatSite> chat_sites;          // beside those of chat_file
  std::filesystem::path asterisk_file;             // telephone calls through Asterisk
  std::filesystem::path email_file;                // mailboxes that customers write to
  std::filesystem::path freeswitch_file;           // telephone calls through FreeSWITCH
  std::filesystem::path webhook_file;              // systems that tell what happens to customers
};

// What a running server answers to.
struct Serving {
  std::uint16_t http_port = 0;
  int grpc_port = 0;
  std::uint16_t metrics_port = 0;
};

// Runs the roles until SIGINT or SIGTERM, then stops in order: edges, servers, domains, Redis.
// `on_ready` is called once everything answers; its failure stops the server too.
Result<void> Serve(const ServeOptions& options,
                   const std::function<Result<void>(const Serving&)>& on_ready);

// The folder of built files and samples: `share/usher` or the source tree around the binary.
std::filesystem::path FindAssets(const ServeOptions& options);

}  // namespace usher::app
