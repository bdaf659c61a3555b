// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_language.h"

// Its header wants FILE and does not say so.
#include <cstdio>

#include <cld2/public/compact_lang_det.h>

#include "channels/email/ascii.h"

namespace usher::email {

namespace {

constexpr std::size_t kBytesMax = 4'096;

}  // namespace

std::string RecogniseLanguage(std::string_view text) {
  text = CutUtf8(text, kBytesMax);
  bool is_sure = false;
  const CLD2::Language language = CLD2::DetectLanguage(text.data(), static_cast<int>(text.size()),
                                                       /*is_plain_text=*/true, &is_sure);
  if (!is_sure || language == CLD2::UNKNOWN_LANGUAGE) return {};
  return CLD2::LanguageCode(language);
}

}  // namespace usher::email
