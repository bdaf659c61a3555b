// SPDX-License-Identifier: Apache-2.0
#include "channels/cloudevents/signature.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace usher::cloudevents {

namespace {

constexpr std::string_view kSecretPrefix = "whsec_";
constexpr std::size_t kSecretBytesMin = 24;
constexpr std::size_t kSecretBytesMax = 64;
constexpr std::size_t kIdBytesMax = 256;
constexpr std::size_t kSignatureBytesMax = 1'024;

Error Unauthenticated(const char* reason, const char* message, const char* next_step) {
  return {Code::kUnauthenticated, reason, message, next_step};
}

// Padded base64; nothing where it is something else.
std::optional<std::string> FromBase64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0 || text.size() > kSignatureBytesMax) return std::nullopt;
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  // The decoder counts what was padded.
  std::size_t padding = 0;
  while (padding < 2 && text[text.size() - 1 - padding] == '=') ++padding;
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

std::string Hmac(const std::string& secret, const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

// In a time that does not tell how much of it is right.
bool IsSame(const std::string& a, const std::string& b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool Matches(std::string_view signatures, const std::string& expected) {
  while (!signatures.empty()) {
    const std::size_t space = signatures.find(' ');
    const std::string_view one = signatures.substr(0, space);
    signatures.remove_prefix(space == std::string_view::npos ? signatures.size() : space + 1);
    if (!one.starts_with("v1,")) continue;
    const auto bytes = FromBase64(one.substr(3));
    if (bytes && IsSame(*bytes, expected)) return true;
  }
  return false;
}

std::optional<Instant> ParseSeconds(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  constexpr std::int64_t kSecondsMax = 100'000'000'000;
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (seconds < 0 || seconds > kSecondsMax) return std::nullopt;
  return InstantFromUnixMs(seconds * 1'000);
}

std::string ToBase64(const std::string& bytes) {
  std::vector<unsigned char> text(4 * ((bytes.size() + 2) / 3) + 1);
  const int size =
      EVP_EncodeBlock(text.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                      static_cast<int>(bytes.size()));
  return {reinterpret_cast<const char*>(text.data()), static_cast<std::size_t>(size)};
}

}  // namespace

Result<std::string> ParseSecret(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) {
    text.remove_suffix(1);
  }
  const Error bad{Code::kInvalidArgument, "BAD_WEBHOOK_SECRET",
                  "a webhook secret is whsec_ and base64 of 24 to 64 bytes",
                  "make one: echo whsec_$(openssl rand -base64 32)"};
  if (!text.starts_with(kSecretPrefix)) return bad;
  std::optional<std::string> secret = FromBase64(text.substr(kSecretPrefix.size()));
  if (!secret || secret->size() < kSecretBytesMin || secret->size() > kSecretBytesMax) return bad;
  return *std::move(secret);
}

io::HttpHeaders Sign(const std::string& id, const std::string& body, const std::string& secret,
                     Instant now) {
  const std::string seconds = std::to_string(ToUnixMs(now) / 1'000);
  return {{"webhook-id", id},
          {"webhook-timestamp", seconds},
          {"webhook-signature", "v1," + ToBase64(Hmac(secret, id + '.' + seconds + '.' + body))}};
}

Result<void> CheckSignature(const io::HttpRequest& request, const std::vector<std::string>& secrets,
                            Instant now) {
  const std::string_view id = request.Header("webhook-id");
  const std::string_view timestamp = request.Header("webhook-timestamp");
  const std::string_view signatures = request.Header("webhook-signature");
  if (id.empty() || id.size() > kIdBytesMax || timestamp.empty() || signatures.empty() ||
      signatures.size() > kSignatureBytesMax) {
    return Unauthenticated("WEBHOOK_UNSIGNED",
                           "the request has no webhook-id, webhook-timestamp or webhook-signature",
                           "sign it as Standard Webhooks has it");
  }
  const std::optional<Instant> signed_at = ParseSeconds(timestamp);
  if (!signed_at || *signed_at > now + kSignatureAge || *signed_at < now - kSignatureAge) {
    return Unauthenticated("WEBHOOK_TIMESTAMP",
                           "webhook-timestamp is more than five minutes from now",
                           "sign anew for each try, and set the sender's clock");
  }
  const std::string text = std::string(id) + '.' + std::string(timestamp) + '.' + request.body;
  for (const std::string& secret : secrets) {
    if (Matches(signatures, Hmac(secret, text))) return {};
  }
  return Unauthenticated("WEBHOOK_SIGNATURE", "no signature fits the body",
                         "use the secret of this source, and sign the body as it is sent");
}

}  // namespace usher::cloudevents
