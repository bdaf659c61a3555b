// SPDX-License-Identifier: Apache-2.0
#include "channels/email/reply_token.h"

#include <array>
#include <cstdint>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "base/check.h"
#include "channels/email/ascii.h"
#include "channels/email/base64.h"
#include "channels/email/secret_file.h"

namespace usher::email {

namespace {

constexpr std::string_view kVersion = "u1";
constexpr std::size_t kKeyBytesMin = 32;
constexpr std::size_t kKeysMax = 16;
constexpr std::size_t kNonceBytes = 10;
constexpr std::size_t kMacBytes = 16;
constexpr std::size_t kMessageIdBytesMax = 998;
constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";

// RFC 4648 section 6 in lower case, without padding.
std::string ToBase32(std::string_view bytes) {
  std::string text;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (count += 8; count >= 5; count -= 5) text += kAlphabet[bits >> (count - 5) & 31];
  }
  if (count > 0) text += kAlphabet[bits << (5 - count) & 31];
  return text;
}

std::optional<std::string> FromBase32(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::size_t value = kAlphabet.find(c);
    if (value == kAlphabet.npos) return std::nullopt;
    bits = bits << 5 | static_cast<std::uint32_t>(value);
    count += 5;
    if (count >= 8) {
      count -= 8;
      bytes += static_cast<char>(bits >> count & 0xFF);
    }
  }
  // One value has one spelling: nothing stands in the bits that are left over.
  if (count >= 5 || (bits & ((1U << count) - 1)) != 0) return std::nullopt;
  return bytes;
}

std::string Mac(const std::string& key, std::string_view nonce, std::string_view thread) {
  std::string text = "usher reply token";
  text.append(1, '\0').append(nonce).append(thread);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  return {reinterpret_cast<const char*>(digest.data()), kMacBytes};
}

Error Invalid(const std::string& name, const std::string& why) {
  return {Code::kFailedPrecondition, "REPLY_KEYS_INVALID", name + ": " + why,
          "make a key: openssl rand -base64 32 > " + name};
}

}  // namespace

Result<ReplyTokens> ReplyTokens::Load(const std::filesystem::path& file) {
  const Result<std::string> text = ReadSecretFile(file);
  if (!text.ok()) return text.error();
  return Parse(*text, file.string());
}

Result<ReplyTokens> ReplyTokens::Parse(std::string_view text, const std::string& name) {
  std::vector<std::string> keys;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = Trim(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (line.empty()) continue;
    std::string key = FromBase64Loosely(line);
    if (key.size() < kKeyBytesMin || ToBase64(key) != line) {
      return Invalid(name, "a line is not base64 of 32 bytes or more");
    }
    keys.push_back(std::move(key));
  }
  if (keys.empty()) return Invalid(name, "it holds no key");
  if (keys.size() > kKeysMax) return Invalid(name, "it holds more than 16 keys");
  return ReplyTokens(std::move(keys));
}

std::string ReplyTokens::MakeMessageId(std::string_view thread, std::string_view domain) const {
  std::string nonce(kNonceBytes, '\0');
  USHER_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(nonce.data()), kNonceBytes) == 1,
              "no random bytes");
  return Join(thread, nonce, domain);
}

std::string ReplyTokens::MessageIdFor(std::string_view thread, std::string_view unique,
                                      std::string_view domain) const {
  return Join(thread, Mac(keys_.front(), "once", unique).substr(0, kNonceBytes), domain);
}

std::string ReplyTokens::Join(std::string_view thread, std::string_view nonce,
                              std::string_view domain) const {
  USHER_CHECK(!thread.empty() && thread.size() <= kThreadBytesMax, "a thread without a token");
  std::string id(kVersion);
  id.append(1, '.').append(ToBase32(thread)).append(1, '.').append(ToBase32(nonce));
  id.append(1, '.').append(ToBase32(Mac(keys_.front(), nonce, thread)));
  return id.append(1, '@').append(domain);
}

std::optional<std::string> ReplyTokens::FindThread(std::string_view message_id) const {
  if (message_id.size() > kMessageIdBytesMax) return std::nullopt;
  const std::string local = ToLower(message_id.substr(0, message_id.find('@')));
  std::array<std::string_view, 4> fields;
  std::string_view rest = local;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::size_t dot = rest.find('.');
    const bool is_last = i + 1 == fields.size();
    if (is_last != (dot == rest.npos)) return std::nullopt;
    fields[i] = rest.substr(0, dot);
    rest.remove_prefix(is_last ? rest.size() : dot + 1);
  }
  if (fields[0] != kVersion) return std::nullopt;
  auto thread = FromBase32(fields[1]);
  const auto nonce = FromBase32(fields[2]);
  const auto mac = FromBase32(fields[3]);
  if (!thread || !nonce || !mac || mac->size() != kMacBytes) return std::nullopt;
  if (thread->empty() || thread->size() > kThreadBytesMax) return std::nullopt;
  for (const std::string& key : keys_) {
    const std::string expected = Mac(key, *nonce, *thread);
    if (CRYPTO_memcmp(expected.data(), mac->data(), kMacBytes) == 0) return thread;
  }
  return std::nullopt;
}

}  // namespace usher::email
