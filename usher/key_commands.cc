// SPDX-License-Identifier: Apache-2.0
#include "usher/key_commands.h"

#include <iostream>
#include <optional>

#include "base/io/clock.h"
#include "base/io/keys.h"
#include "router/configuration/scalar.h"

namespace usher::app {

int CreateKeys(const std::filesystem::path& folder, Output output) {
  Result<io::KeyPair> pair = io::KeyPair::Make();
  if (!pair.ok()) return PrintError(pair.error(), output);
  if (Result<void> saved = pair->Save(folder); !saved.ok()) {
    return PrintError(saved.error(), output);
  }
  if (output == Output::kJson) {
    std::cout << pair->PublicJwks() << '\n';
  } else {
    std::cout << "key " << pair->kid() << " is in " << folder.string()
              << "; it signs from now on, older ones still verify\n";
  }
  return 0;
}

Result<void> EnsureKeys(const std::filesystem::path& folder) {
  std::error_code error;
  if (std::filesystem::exists(folder, error)) return {};
  Result<io::KeyPair> pair = io::KeyPair::Make();
  if (!pair.ok()) return pair.error();
  return pair->Save(folder);
}

Result<std::string> Mint(const std::filesystem::path& keys_dir, const io::Claims& claims,
                         Duration lifetime) {
  Result<io::KeyPair> key = io::KeyPair::LoadNewest(keys_dir);
  if (!key.ok()) return key.error();
  io::Claims signed_claims = claims;
  const Instant now = io::WallClock().Now();
  signed_claims.expires_at = now + lifetime;
  return io::MintToken(*key, {}, signed_claims, now);
}

int PrintToken(const TokenOptions& options, Output output) {
  io::Claims claims;
  const std::optional<io::Role> role = io::FindRole(options.role);
  if (!role) {
    return PrintError({Code::kInvalidArgument, "UNKNOWN_ROLE", "there is no role " + options.role,
                       "use agent, supervisor, admin, adapter, visitor or metrics"},
                      output);
  }
  const std::optional<Duration> lifetime = configuration::ParseDuration(options.expires);
  if (!lifetime || *lifetime <= Duration{0}) {
    return PrintError({Code::kInvalidArgument, "BAD_DURATION",
                       "--expires " + options.expires + " is no duration", "give one such as 12h"},
                      output);
  }
  claims.role = *role;
  claims.subject = options.subject;
  claims.domain = DomainId{options.domain};
  claims.channels = options.channels;
  for (const std::string& name : options.acts_for) {
    const std::optional<io::Role> acts_for = io::FindRole(name);
    if (!acts_for) {
      return PrintError({Code::kInvalidArgument, "UNKNOWN_ROLE", "there is no role " + name,
                         "--acts-for takes agent and supervisor"},
                        output);
    }
    claims.acts_for.push_back(*acts_for);
  }
  Result<std::string> token = Mint(options.keys_dir, claims, *lifetime);
  if (!token.ok()) return PrintError(token.error(), output);
  if (output == Output::kJson) {
    std::cout << "{\"token\":\"" << *token << "\"}\n";
  } else {
    std::cout << *token << '\n';
  }
  return 0;
}

}  // namespace usher::app
