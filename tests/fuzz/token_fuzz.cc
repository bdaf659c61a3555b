// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/io/keys.h"
#include "base/io/token.h"

// No bytes but a token of ours are taken for one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static usher::io::TokenVerifier* const verifier = [] {
    const auto key = usher::io::KeyPair::Make();
    usher::io::PublicKeys keys;
    if (!key.ok() || !keys.AddJwks(key->PublicJwks()).ok()) __builtin_trap();
    return new usher::io::TokenVerifier(std::move(keys), usher::io::TokenPolicy{});
  }();
  const std::string_view token(reinterpret_cast<const char*>(data), size);
  if (verifier->Verify(token, usher::InstantFromUnixMs(1'800'000'000'000)).ok()) __builtin_trap();
  usher::io::PublicKeys keys;
  usher::Drop(keys.AddJwks(token), "whatever it says, it must not crash");
  return 0;
}
