// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace usher::email {

// Message-IDs of ours that say, in a way that nobody else can make up, which thread they belong to.
// An answer carries them in In-Reply-To and References, so it finds its thread also where our own
// record of the mail is lost; and a mail that only claims to answer one of ours joins nothing.
//
//   tokens.MakeMessageId("dom1/4711", "shop.example")
//     == "u1.mnxw45dbmn2a.aeqcaibaeaqcaiba.nbswy3dpeb3w64tmmqqho33sfy@shop.example"
//   tokens.FindThread(that) == "dom1/4711"
//
// The thread is not secret to whoever has the mail, only signed: HMAC-SHA256, 128 bits of it. All
// letters are lower case and survive a server that changes case. Const use from any thread.
class ReplyTokens {
 public:
  // Threads longer than this have no token.
  static constexpr std::size_t kThreadBytesMax = 64;

  // Each line of the file is base64 of at least 32 random bytes (`openssl rand -base64 32`). The
  // first signs; all are believed, so that a key can be changed without losing threads. At most 16.
  // REPLY_KEYS_INVALID, or what ReadSecretFile says.
  static Result<ReplyTokens> Load(const std::filesystem::path& file);
  // Of the same bytes, as a file would hold them.
  static Result<ReplyTokens> Parse(std::string_view text, const std::string& name);

  // A new Message-ID without angle brackets, different at each call. `thread` is 1 to 64 bytes,
  // `domain` that of the mailbox that sends.
  std::string MakeMessageId(std::string_view thread, std::string_view domain) const;

  // The same for a mail that may have to be sent again after a crash: one `unique` text gives one
  // Message-ID, by which receivers know the second copy.
  std::string MessageIdFor(std::string_view thread, std::string_view unique,
                           std::string_view domain) const;

  // The thread of a Message-ID that MakeMessageId gave, whatever its case and domain became;
  // nothing where it is another's, or was changed.
  std::optional<std::string> FindThread(std::string_view message_id) const;

 private:
  explicit ReplyTokens(std::vector<std::string> keys) : keys_(std::move(keys)) {}

  std::string Join(std::string_view thread, std::string_view nonce, std::string_view domain) const;

  std::vector<std::string> keys_;
};

}  // namespace usher::email
