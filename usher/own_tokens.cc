// SPDX-License-Identifier: Apache-2.0
#include "usher/own_tokens.h"

#include <chrono>
#include <fstream>
#include <iterator>
#include <utility>

#include "base/io/clock.h"
#include "base/io/log.h"

namespace usher::app {

namespace {

constexpr Duration kLifetime = std::chrono::hours{1};
constexpr Duration kRenewAfter = std::chrono::minutes{30};
constexpr Duration kReadAgainAfter = std::chrono::seconds{30};

}  // namespace

Result<std::string> ReadSecretFile(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) {
    return Error{Code::kInvalidArgument, "UNREADABLE_FILE", file.string() + " cannot be read",
                 "check that it exists and that this user may read it"};
  }
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  return text;
}

std::shared_ptr<OwnToken> OwnToken::Signed(io::KeyPair key, DomainId domain, std::string name,
                                           std::vector<io::Role> acts_for) {
  std::shared_ptr<OwnToken> token(new OwnToken);
  token->key_ = std::move(key);
  token->claims_.subject = std::move(name);
  token->claims_.role = io::Role::kAdapter;
  token->claims_.acts_for = std::move(acts_for);
  token->claims_.domain = std::move(domain);
  return token;
}

Result<std::shared_ptr<OwnToken>> OwnToken::FromFile(std::filesystem::path file) {
  std::shared_ptr<OwnToken> token(new OwnToken);
  Result<std::string> text = ReadSecretFile(file);
  if (!text.ok()) return text.error();
  token->token_ = *std::move(text);
  token->file_ = std::move(file);
  return token;
}

std::string OwnToken::Get() {
  const std::lock_guard lock(mutex_);
  const Instant now = io::WallClock().Now();
  if (now < renew_at_) return token_;
  if (key_) {
    claims_.expires_at = now + kLifetime;
    Result<std::string> minted = io::MintToken(*key_, {}, claims_, now);
    if (minted.ok()) {
      token_ = *std::move(minted);
      renew_at_ = now + kRenewAfter;
    } else {
      io::LogError(io::LogLevel::kError, "own_token_not_minted", minted.error());
    }
    return token_;
  }
  if (Result<std::string> text = ReadSecretFile(file_); text.ok()) {
    token_ = *std::move(text);
  } else {
    io::LogError(io::LogLevel::kError, "own_token_not_read", text.error());
  }
  renew_at_ = now + kReadAgainAfter;
  return token_;
}

}  // namespace usher::app
