// SPDX-License-Identifier: Apache-2.0
#include "base/io/keys.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>

namespace usher::io {
namespace {

namespace fs = std::filesystem;

class KeysTest : public testing::Test {
 protected:
  KeysTest() {
    std::string name = (fs::temp_directory_path() / "usher-keys-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
  }
  ~KeysTest() override { fs::remove_all(directory_); }

  void Write(const std::string& name, const std::string& text, mode_t mode = 0600) {
    std::ofstream(directory_ / name) << text;
    ::chmod((directory_ / name).c_str(), mode);
  }
  static mode_t ModeOf(const fs::path& path) {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 0777;
  }
  static KeyPair MakePair() { return *KeyPair::Make(); }

  fs::path directory_;
};

TEST_F(KeysTest, SavesThePrivateHalfForItsOwnerOnlyAndThePublicForAll) {
  const auto pair = MakePair();
  ASSERT_TRUE(pair.Save(directory_ / "new").ok());
  EXPECT_EQ(ModeOf(directory_ / "new"), 0700u);
  EXPECT_EQ(ModeOf(directory_ / "new" / (pair.kid() + ".pem")), 0600u);
  EXPECT_EQ(ModeOf(directory_ / "new" / (pair.kid() + ".jwks.json")), 0644u);
}

TEST_F(KeysTest, LoadsWhatItSavedAndThePublicHalfVerifies) {
  const auto pair = MakePair();
  ASSERT_TRUE(pair.Save(directory_).ok());
  const auto loaded = KeyPair::Load(directory_ / (pair.kid() + ".pem"));
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(loaded->kid(), pair.kid());
  const auto keys = PublicKeys::LoadDirectory(directory_);
  ASSERT_TRUE(keys.ok()) << keys.error().message;
  EXPECT_TRUE(keys->Verify(pair.kid(), "text", *loaded->Sign("text")));
  EXPECT_FALSE(keys->Verify(pair.kid(), "texT", *loaded->Sign("text")));
  EXPECT_FALSE(keys->Verify("other", "text", *loaded->Sign("text")));
}

TEST_F(KeysTest, NeverOverwritesAKey) {
  const auto pair = MakePair();
  ASSERT_TRUE(pair.Save(directory_).ok());
  const auto again = pair.Save(directory_);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().reason, "KEY_FILE_NOT_WRITTEN");
}

TEST_F(KeysTest, RefusesAPrivateKeyThatOthersMayRead) {
  const auto pair = MakePair();
  ASSERT_TRUE(pair.Save(directory_).ok());
  const auto pem = directory_ / (pair.kid() + ".pem");
  ::chmod(pem.c_str(), 0640);
  const auto loaded = KeyPair::Load(pem);
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().reason, "KEY_FILE_EXPOSED");
}

TEST_F(KeysTest, RefusesAPrivateKeyOfAnotherType) {
  std::FILE* file = std::fopen((directory_ / "rsa.pem").c_str(), "w");
  EVP_PKEY* rsa = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
  PEM_write_PrivateKey(file, rsa, nullptr, nullptr, 0, nullptr, nullptr);
  EVP_PKEY_free(rsa);
  std::fclose(file);
  ::chmod((directory_ / "rsa.pem").c_str(), 0600);
  const auto loaded = KeyPair::Load(directory_ / "rsa.pem");
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().reason, "KEY_FILE_INVALID");
}

TEST_F(KeysTest, RefusesAnEncryptedPrivateKeyWithoutAsking) {
  std::FILE* file = std::fopen((directory_ / "locked.pem").c_str(), "w");
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  PEM_write_PKCS8PrivateKey(file, key, EVP_aes_256_cbc(), "secret", 6, nullptr, nullptr);
  EVP_PKEY_free(key);
  std::fclose(file);
  ::chmod((directory_ / "locked.pem").c_str(), 0600);
  EXPECT_EQ(KeyPair::Load(directory_ / "locked.pem").error().reason, "KEY_FILE_INVALID");
}

TEST_F(KeysTest, TheNewestKeySignsAndTheOlderOnesStillVerify) {
  const auto older = MakePair(), newer = MakePair();
  ASSERT_TRUE(older.Save(directory_).ok());
  ASSERT_TRUE(newer.Save(directory_).ok());
  const auto old_file = directory_ / (older.kid() + ".pem");
  fs::last_write_time(old_file, fs::last_write_time(old_file) - std::chrono::hours(1));
  EXPECT_EQ(KeyPair::LoadNewest(directory_)->kid(), newer.kid());
  const auto keys = PublicKeys::LoadDirectory(directory_);
  ASSERT_TRUE(keys.ok());
  EXPECT_EQ(keys->size(), 2u);
  EXPECT_TRUE(keys->Verify(older.kid(), "text", *older.Sign("text")));
}

TEST_F(KeysTest, SaysWhenADirectoryHasNoKeys) {
  EXPECT_EQ(KeyPair::LoadNewest(directory_).error().reason, "KEY_MISSING");
  EXPECT_EQ(PublicKeys::LoadDirectory(directory_).error().reason, "KEY_MISSING");
  EXPECT_EQ(PublicKeys::LoadDirectory(directory_ / "none").error().reason, "KEY_FILE_NOT_READ");
}

TEST_F(KeysTest, NamesTheFileOfABrokenJwksAndLoadsNothing) {
  ASSERT_TRUE(MakePair().Save(directory_).ok());
  Write("zz.jwks.json", "{");
  const auto keys = PublicKeys::LoadDirectory(directory_);
  ASSERT_FALSE(keys.ok());
  EXPECT_NE(keys.error().message.find("zz.jwks.json"), std::string::npos);
}

struct BadSet {
  const char* name;
  const char* json;
};

class BadJwksTest : public testing::TestWithParam<BadSet> {};

// The public key of RFC 8037, appendix A.2.
#define X "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"

TEST(JwksTest, TakesTheKeyOfRfc8037) {
  PublicKeys keys;
  EXPECT_TRUE(
      keys.AddJwks(R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":")" X R"("}]})").ok());
  EXPECT_TRUE(keys.Contains("a"));
}

TEST_P(BadJwksTest, IsRefused) {
  PublicKeys keys;
  const auto added = keys.AddJwks(GetParam().json);
  ASSERT_FALSE(added.ok());
  EXPECT_EQ(added.error().reason, "KEY_INVALID");
  EXPECT_EQ(keys.size(), 0u) << "nothing of a refused set may stay";
}

INSTANTIATE_TEST_SUITE_P(
    Keys, BadJwksTest,
    testing::Values(
        BadSet{"NoObject", "[]"}, BadSet{"NoKeys", "{}"}, BadSet{"KeysNoList", R"({"keys":{}})"},
        BadSet{"KeyNoObject", R"({"keys":[7]})"},
        BadSet{"NoKid", R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":")" X R"("}]})"},
        BadSet{"Symmetric", R"({"keys":[{"kty":"oct","kid":"a","k":"c2VjcmV0"}]})"},
        BadSet{"OtherCurve", R"({"keys":[{"kty":"OKP","crv":"X25519","kid":"a","x":")" X R"("}]})"},
        BadSet{"ShortX", R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"AAAA"}]})"},
        BadSet{"PaddedX", R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":")" X R"(="}]})"},
        BadSet{"ForEncryption",
               R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","use":"enc","x":")" X R"("}]})"},
        BadSet{"OtherAlgorithm",
               R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","alg":"HS256","x":")" X
               R"("}]})"},
        BadSet{"OnlySigns",
               R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","key_ops":["sign"],"x":")" X
               R"("}]})"},
        BadSet{"PrivateHalf",
               R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","d":"AA","x":")" X R"("}]})"},
        BadSet{"SecondKeyBad",
               R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":")" X R"("},{}]})"},
        BadSet{
            "TwoOfOneKid",
            R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":")" X
            R"("},{"kty":"OKP","crv":"Ed25519","kid":"a","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]})"}),
    [](const auto& test) { return test.param.name; });

#undef X

}  // namespace
}  // namespace usher::io
