// SPDX-License-Identifier: Apache-2.0
#include "base/io/keys.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io/base64url.h"

namespace usher::io {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

using Key = std::shared_ptr<EVP_PKEY>;
using FileCloser = decltype([](std::FILE* file) { std::fclose(file); });
using File = std::unique_ptr<std::FILE, FileCloser>;
using DigestContextFreer = decltype([](EVP_MD_CTX* context) { EVP_MD_CTX_free(context); });
using DigestContext = std::unique_ptr<EVP_MD_CTX, DigestContextFreer>;

constexpr std::size_t kPublicBytes = 32;
constexpr std::size_t kSignatureBytes = 64;
constexpr std::size_t kJwksBytesMax = 1 << 20;
constexpr std::string_view kJwksSuffix = ".jwks.json";

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Key Own(EVP_PKEY* key) { return {key, EVP_PKEY_free}; }

Error FileError(std::string reason, const fs::path& path, const std::string& what,
                std::string next_step) {
  return {Code::kFailedPrecondition, std::move(reason), path.string() + ": " + what,
          std::move(next_step)};
}

std::string LastSystemError() { return std::generic_category().message(errno); }

std::optional<std::string> PublicBytesOf(EVP_PKEY* key) {
  std::string bytes(kPublicBytes, '\0');
  std::size_t size = bytes.size();
  if (EVP_PKEY_get_id(key) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(bytes.data()), &size) != 1)
    return std::nullopt;
  return bytes;
}

// RFC 7638: the SHA-256 of the required members in lexical order.
std::string Thumbprint(std::string_view public_bytes) {
  const std::string canonical =
      R"({"crv":"Ed25519","kty":"OKP","x":")" + ToBase64Url(public_bytes) + R"("})";
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(Bytes(canonical), canonical.size(), digest);
  return ToBase64Url({reinterpret_cast<const char*>(digest), sizeof digest});
}

// Creates the file with exactly this mode, whatever the umask; an existing file stays as it is.
Result<File> CreateFile(const fs::path& path, mode_t mode) {
  const int fd =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode & 0600);
  if (fd < 0 || ::fchmod(fd, mode) != 0) {
    const auto why = LastSystemError();
    if (fd >= 0) ::close(fd);
    return FileError("KEY_FILE_NOT_WRITTEN", path, why,
                     "Choose a directory that can be written and has no key of that name.");
  }
  return File(::fdopen(fd, "w"));
}

// Both write errors and what fclose would hide: a key that is not on the disk is lost.
bool FlushToDisk(const File& file) {
  return std::fflush(file.get()) == 0 && ::fsync(::fileno(file.get())) == 0;
}

Result<std::string> ReadSmallFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text;
  text.resize(kJwksBytesMax + 1);
  if (!in)
    return FileError("KEY_FILE_NOT_READ", path, LastSystemError(), "Check the path and its owner.");
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kJwksBytesMax)
    return FileError("KEY_FILE_INVALID", path, "is larger than 1 MiB", "Put a JWK set there.");
  return text;
}

std::string_view TextMember(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

bool MayVerify(const json::object& jwk) {
  if (const auto* use = jwk.if_contains("use"); use && TextMember(jwk, "use") != "sig")
    return false;
  if (const auto* alg = jwk.if_contains("alg");
      alg && TextMember(jwk, "alg") != "EdDSA" && TextMember(jwk, "alg") != "Ed25519")
    return false;
  const auto* operations = jwk.if_contains("key_ops");
  if (!operations) return true;
  if (!operations->is_array()) return false;
  return std::ranges::any_of(operations->get_array(), [](const json::value& operation) {
    return operation.is_string() && operation.get_string() == "verify";
  });
}

struct NamedKey {
  std::string kid;
  std::string public_bytes;
};

Error BadJwk(std::string what) {
  return {Code::kInvalidArgument, "KEY_INVALID", std::move(what),
          "Use the .jwks.json files that `usher keys` writes."};
}

Result<NamedKey> ReadJwk(const json::value& value) {
  if (!value.is_object()) return BadJwk("a key of the JWK set is not an object");
  const auto& jwk = value.get_object();
  NamedKey key{std::string(TextMember(jwk, "kid")), {}};
  if (key.kid.empty() || key.kid.size() > kKeyIdLengthMax)
    return BadJwk("a key of the JWK set has no kid of 1 to 128 bytes");
  if (jwk.if_contains("d")) return BadJwk("key " + key.kid + " holds its private half");
  if (TextMember(jwk, "kty") != "OKP" || TextMember(jwk, "crv") != "Ed25519")
    return BadJwk("key " + key.kid + " is not an Ed25519 key");
  if (!MayVerify(jwk)) return BadJwk("key " + key.kid + " is not meant for verifying EdDSA");
  auto bytes = FromBase64Url(TextMember(jwk, "x"));
  if (!bytes || bytes->size() != kPublicBytes)
    return BadJwk("key " + key.kid + " has an x that is not 32 bytes");
  key.public_bytes = *std::move(bytes);
  return key;
}

}  // namespace

KeyPair::KeyPair(Key key, std::string public_bytes)
    : key_(std::move(key)),
      public_bytes_(std::move(public_bytes)),
      kid_(Thumbprint(public_bytes_)) {}

Result<KeyPair> KeyPair::Make() {
  auto key = Own(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  auto bytes = key ? PublicBytesOf(key.get()) : std::nullopt;
  if (!bytes)
    return Error{Code::kInternal, "KEY_NOT_MADE", "OpenSSL could not make an Ed25519 key",
                 "Check that OpenSSL's default provider is available."};
  return KeyPair(std::move(key), *std::move(bytes));
}

Result<KeyPair> KeyPair::Load(const fs::path& pem_file) {
  const File file(std::fopen(pem_file.c_str(), "re"));
  if (!file)
    return FileError("KEY_FILE_NOT_READ", pem_file, LastSystemError(),
                     "Check the path and its owner.");
  struct stat status{};
  if (::fstat(::fileno(file.get()), &status) != 0 || (status.st_mode & 077) != 0)
    return FileError("KEY_FILE_EXPOSED", pem_file,
                     "others than its owner may read this private key",
                     "Run chmod 600 on it, and replace the key if somebody may have read it.");
  // The callback refuses encrypted keys; OpenSSL's own would ask on the terminal.
  auto key = Own(
      PEM_read_PrivateKey(file.get(), nullptr, [](char*, int, int, void*) { return -1; }, nullptr));
  auto bytes = key ? PublicBytesOf(key.get()) : std::nullopt;
  if (!bytes)
    return FileError("KEY_FILE_INVALID", pem_file, "is not an unencrypted Ed25519 private key",
                     "Make one with `usher keys`.");
  return KeyPair(std::move(key), *std::move(bytes));
}

Result<KeyPair> KeyPair::LoadNewest(const fs::path& directory) {
  std::error_code failed;
  std::optional<std::pair<fs::file_time_type, fs::path>> newest;
  for (fs::directory_iterator it(directory, failed), end; !failed && it != end;
       it.increment(failed)) {
    if (it->path().extension() != ".pem") continue;
    const auto changed = it->last_write_time(failed);
    if (failed) break;
    const std::pair candidate(changed, it->path());
    if (!newest || *newest < candidate) newest = candidate;
  }
  if (failed)
    return FileError("KEY_FILE_NOT_READ", directory, failed.message(),
                     "Check the path and its owner.");
  if (!newest)
    return FileError("KEY_MISSING", directory, "has no private key (*.pem)",
                     "Make one with `usher keys`.");
  return Load(newest->second);
}

Result<void> KeyPair::Save(const fs::path& directory) const {
  std::error_code failed;
  if (fs::create_directories(directory, failed))
    fs::permissions(directory, fs::perms::owner_all, fs::perm_options::replace, failed);
  if (failed)
    return FileError("KEY_FILE_NOT_WRITTEN", directory, failed.message(),
                     "Choose a directory that can be written.");
  const auto pem_path = directory / (kid_ + ".pem");
  auto pem = CreateFile(pem_path, 0600);
  if (!pem.ok()) return pem.error();
  if (PEM_write_PKCS8PrivateKey(pem->get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
          1 ||
      !FlushToDisk(*pem))
    return FileError("KEY_FILE_NOT_WRITTEN", pem_path, LastSystemError(), "Check the disk.");
  const auto jwks_path = directory / (kid_ + std::string(kJwksSuffix));
  auto jwks = CreateFile(jwks_path, 0644);
  if (!jwks.ok()) return jwks.error();
  const std::string text = PublicJwks() + "\n";
  if (std::fwrite(text.data(), 1, text.size(), jwks->get()) != text.size() || !FlushToDisk(*jwks))
    return FileError("KEY_FILE_NOT_WRITTEN", jwks_path, LastSystemError(), "Check the disk.");
  return {};
}

std::string KeyPair::PublicJwks() const {
  const json::object key{{"kty", "OKP"},   {"crv", "Ed25519"}, {"kid", kid_},
                         {"alg", "EdDSA"}, {"use", "sig"},     {"x", ToBase64Url(public_bytes_)}};
  return json::serialize(json::object{{"keys", json::array{key}}});
}

Result<std::string> KeyPair::Sign(std::string_view bytes) const {
  const DigestContext context(EVP_MD_CTX_new());
  std::string signature(kSignatureBytes, '\0');
  std::size_t size = signature.size();
  if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     Bytes(bytes), bytes.size()) != 1 ||
      size != kSignatureBytes)
    return Error{Code::kInternal, "SIGNING_FAILED", "OpenSSL could not sign with key " + kid_,
                 "Check that OpenSSL's default provider is available."};
  return signature;
}

Result<PublicKeys> PublicKeys::LoadDirectory(const fs::path& directory) {
  std::error_code failed;
  std::vector<fs::path> files;
  for (fs::directory_iterator it(directory, failed), end; !failed && it != end;
       it.increment(failed)) {
    if (it->path().filename().string().ends_with(kJwksSuffix)) files.push_back(it->path());
  }
  if (failed)
    return FileError("KEY_FILE_NOT_READ", directory, failed.message(),
                     "Check the path and its owner.");
  std::ranges::sort(files);
  PublicKeys keys;
  for (const auto& file : files) {
    auto text = ReadSmallFile(file);
    if (!text.ok()) return text.error();
    if (auto added = keys.AddJwks(*text); !added.ok()) {
      Error error = added.error();
      error.code = Code::kFailedPrecondition;
      error.message = file.string() + ": " + error.message;
      return error;
    }
  }
  if (keys.size() == 0)
    return FileError("KEY_MISSING", directory, "has no public key (*.jwks.json)",
                     "Make one with `usher keys`.");
  return keys;
}

Result<void> PublicKeys::AddJwks(std::string_view text) {
  boost::system::error_code failed;
  const auto set = json::parse(text, failed);
  const auto* object = failed ? nullptr : set.if_object();
  const auto* member = object ? object->if_contains("keys") : nullptr;
  const auto* list = member ? member->if_array() : nullptr;
  if (!list) return BadJwk("is not a JWK set");
  std::vector<NamedKey> found;
  for (const auto& value : *list) {
    auto key = ReadJwk(value);
    if (!key.ok()) return key.error();
    found.push_back(*std::move(key));
  }
  // A copy, so that a set which is refused half-way leaves nothing behind.
  PublicKeys changed = *this;
  for (auto& key : found)
    if (auto added = changed.Add(std::move(key.kid), std::move(key.public_bytes)); !added.ok())
      return added;
  *this = std::move(changed);
  return {};
}

Result<void> PublicKeys::Add(std::string kid, std::string public_bytes) {
  if (const auto known = keys_.find(kid); known != keys_.end()) {
    if (known->second.bytes == public_bytes) return {};
    return BadJwk("two different keys have the kid " + kid);
  }
  if (keys_.size() >= kPublicKeysMax)
    return BadJwk("there are more than " + std::to_string(kPublicKeysMax) + " keys");
  auto key = Own(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(public_bytes),
                                             public_bytes.size()));
  if (!key) return BadJwk("key " + kid + " is not a point of Ed25519");
  keys_.emplace(std::move(kid), PublicKey{std::move(public_bytes), std::move(key)});
  return {};
}

bool PublicKeys::Verify(std::string_view kid, std::string_view bytes,
                        std::string_view signature) const {
  const auto key = keys_.find(kid);
  if (key == keys_.end() || signature.size() != kSignatureBytes) return false;
  const DigestContext context(EVP_MD_CTX_new());
  return context &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key->second.key.get()) ==
             1 &&
         EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(bytes),
                          bytes.size()) == 1;
}

}  // namespace usher::io
