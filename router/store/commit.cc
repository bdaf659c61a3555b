// SPDX-License-Identifier: Apache-2.0
#include "router/store/commit.h"

#include <memory>

#include <openssl/evp.h>

#include "base/check.h"
#include "router/store/codec.h"
#include "router/store/record.h"

namespace usher::store {

namespace {

constexpr std::uint32_t kRepliesTag = 2;  // CommitBatch::replies

class Digest {
 public:
  Digest() : context_(EVP_MD_CTX_new()) {
    // Fetched once: looking an algorithm up by name costs more than hashing a commit.
    static EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    USHER_CHECK(context_ && sha256 && EVP_DigestInit_ex2(context_.get(), sha256, nullptr) == 1,
                "OpenSSL has no SHA-256");
  }
  void Add(std::string_view bytes) {
    USHER_CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
  }
  CommitHash Finish() {
    unsigned char all[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    USHER_CHECK(EVP_DigestFinal_ex(context_.get(), all, &size) == 1);
    CommitHash hash;
    std::copy_n(all, hash.size(), hash.begin());
    return hash;
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace

CommitHash FirstHash(const DomainId& domain) {
  Digest digest;
  digest.Add("usher log of domain ");
  digest.Add(domain.value());
  return digest.Finish();
}

CommitHash NextHash(const CommitHash& before, CommitSeq seq, std::string_view record) {
  char number[8];
  for (unsigned i = 0; i < 8; ++i) number[i] = static_cast<char>(seq >> (8 * i));
  Digest digest;
  digest.Add(ToBytes(before));
  digest.Add({number, sizeof number});
  digest.Add(record);
  return digest.Finish();
}

Result<CommitHash> HashFromBytes(std::string_view bytes) {
  CommitHash hash;
  if (bytes.size() != hash.size()) return RecordError(DecodeFault::kDamaged);
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

Result<std::vector<ReplyRecord>> RepliesOfRecord(std::string_view record) {
  const Result<std::string_view> content = RecordContent(RecordKind::kCommit, record);
  if (!content) return content.error();
  std::vector<ReplyRecord> replies;
  const DecodeFault fault = wire_type::ReadFields(
      *content, [&replies](std::uint32_t tag, WireReader& reader, DecodeFault& failed) {
        if (tag != kRepliesTag) return false;
        failed = TakeField(reader, replies);
        return true;
      });
  if (fault != DecodeFault::kNone) return RecordError(fault);
  return replies;
}

}  // namespace usher::store
