// SPDX-License-Identifier: Apache-2.0
#include "router/context/customer_id.h"

#include <array>
#include <span>

#include <openssl/rand.h>
#include <openssl/sha.h>

#include "base/check.h"

namespace usher::context {

namespace {

constexpr std::size_t kLetters = 16;

CustomerId ToId(std::span<const unsigned char> bytes) {
  constexpr char kAlphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
  std::string id = "cu_";
  for (const unsigned char byte : bytes.first(kLetters)) id += kAlphabet[byte % 32];
  return CustomerId{id};
}

}  // namespace

CustomerId NewCustomerId() {
  std::array<unsigned char, kLetters> random{};
  USHER_CHECK(RAND_bytes(random.data(), static_cast<int>(random.size())) == 1,
              "the system gives no random bytes");
  return ToId(random);
}

CustomerId CustomerIdOf(const DomainId& domain, const std::string& request_id) {
  const std::string text = domain.value() + '\n' + request_id;
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash.data());
  return ToId(hash);
}

}  // namespace usher::context
