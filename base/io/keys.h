// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct evp_pkey_st;

namespace usher::io {

// The longest key id, and how many public keys one directory may hold: rotation needs two or three,
// one key per issuing site a few dozen.
inline constexpr std::size_t kKeyIdLengthMax = 128;
inline constexpr std::size_t kPublicKeysMax = 256;

// An Ed25519 key pair that signs tokens. Copies share the key; const use is safe from any thread.
//
//   auto pair = KeyPair::Make();                  // kid = RFC 7638 thumbprint
//   pair->Save("/etc/usher/keys");                // <kid>.pem (0600) and <kid>.jwks.json (0644)
//   auto again = KeyPair::Load("/etc/usher/keys/<kid>.pem");
class KeyPair {
 public:
  static Result<KeyPair> Make();
  // Reads an unencrypted PKCS#8 PEM file. Refuses other key types and files that group or others
  // may read.
  static Result<KeyPair> Load(const std::filesystem::path& pem_file);
  // The newest `*.pem` of a directory (by time of change, then by name): the one that signs after a
  // rotation.
  static Result<KeyPair> LoadNewest(const std::filesystem::path& directory);

  // Writes both files; makes the directory (0700) when it is missing; never overwrites a file.
  Result<void> Save(const std::filesystem::path& directory) const;

  const std::string& kid() const { return kid_; }
  // A JWK set that holds only the public half.
  std::string PublicJwks() const;
  // The raw 64-byte signature.
  Result<std::string> Sign(std::string_view bytes) const;

 private:
  KeyPair(std::shared_ptr<evp_pkey_st> key, std::string public_bytes);

  std::shared_ptr<evp_pkey_st> key_;
  std::string public_bytes_;  // 32 bytes
  std::string kid_;
};

// The public keys that tokens are verified with, by kid. Rotation is having several: add the new
// key's JWKS file, let issuers sign with it, remove the old file when its last token has expired.
// Const use is safe from any thread.
class PublicKeys {
 public:
  // Reads every `*.jwks.json` of a directory. A broken file, a key of another type, two different
  // keys of one kid or no key at all is an error that names the file: a key that is skipped in
  // silence is found out in production.
  static Result<PublicKeys> LoadDirectory(const std::filesystem::path& directory);

  // Adds the keys of one JWK set; refuses the whole set when one key of it is not a usable Ed25519
  // verification key.
  Result<void> AddJwks(std::string_view json);

  // True when `signature` is kid's signature of `bytes`; false also for an unknown kid.
  bool Verify(std::string_view kid, std::string_view bytes, std::string_view signature) const;
  bool Contains(std::string_view kid) const { return keys_.find(kid) != keys_.end(); }
  std::size_t size() const { return keys_.size(); }

 private:
  Result<void> Add(std::string kid, std::string public_bytes);

  struct PublicKey {
    std::string bytes;
    std::shared_ptr<evp_pkey_st> key;
  };
  std::map<std::string, PublicKey, std::less<>> keys_;
};

}  // namespace usher::io
