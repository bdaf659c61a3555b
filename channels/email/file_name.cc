// SPDX-License-Identifier: Apache-2.0
#include "channels/email/file_name.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "channels/email/ascii.h"
#include "channels/email/mail_charset.h"

namespace usher::email {

namespace {

constexpr std::size_t kNameBytesMax = 150;
constexpr std::size_t kExtensionBytesMax = 16;

// Characters that turn the reading direction, with which "fdp.exe" shows as "exe.pdf", and those
// that nobody sees.
constexpr std::array<std::string_view, 15> kUnseen = {
    "\u200B", "\u200C", "\u200D", "\u200E", "\u200F", "\u202A", "\u202B", "\u202C",
    "\u202D", "\u202E", "\u2066", "\u2067", "\u2068", "\u2069", "\uFEFF"};

bool IsUnsafe(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F ||
         std::string_view("<>:\"|?*&;$`'!{}\\/").find(c) != std::string_view::npos;
}

std::string WithoutUnseen(std::string text) {
  for (const std::string_view mark : kUnseen) {
    for (std::size_t at = text.find(mark); at != text.npos; at = text.find(mark, at)) {
      text.erase(at, mark.size());
    }
  }
  return text;
}

bool IsDevice(std::string_view name) {
  const std::string stem = ToLower(name.substr(0, name.find('.')));
  constexpr std::array<std::string_view, 4> kDevices = {"con", "prn", "aux", "nul"};
  if (std::find(kDevices.begin(), kDevices.end(), stem) != kDevices.end()) return true;
  return stem.size() == 4 && (stem.starts_with("com") || stem.starts_with("lpt")) &&
         stem[3] >= '0' && stem[3] <= '9';
}

std::string ExtensionOf(std::string_view type) {
  struct Known {
    std::string_view type, extension;
  };
  constexpr std::array kKnown = {
      Known{"text/plain", ".txt"},          Known{"text/html", ".html"},
      Known{"text/calendar", ".ics"},       Known{"message/rfc822", ".eml"},
      Known{"application/pdf", ".pdf"},     Known{"image/jpeg", ".jpg"},
      Known{"image/png", ".png"},           Known{"image/gif", ".gif"},
      Known{"application/zip", ".zip"},     Known{"message/delivery-status", ".txt"},
      Known{"text/rfc822-headers", ".txt"}, Known{"application/ms-tnef", ".dat"}};
  for (const Known& known : kKnown) {
    if (known.type == type) return std::string(known.extension);
  }
  return ".bin";
}

std::string CutKeepingExtension(const std::string& name) {
  if (name.size() <= kNameBytesMax) return name;
  const std::size_t dot = name.rfind('.');
  std::string extension;
  if (dot != name.npos && name.size() - dot <= kExtensionBytesMax) extension = name.substr(dot);
  return std::string(CutUtf8(name, kNameBytesMax - extension.size())) + extension;
}

}  // namespace

std::string ToSafeFileName(std::string_view given, std::string_view type) {
  const std::string valid = WithoutUnseen(ToValidUtf8(given));
  // Only the last part of a path, whichever system wrote it.
  std::string name = valid.substr(valid.find_last_of("/\\") + 1);
  for (char& c : name) {
    if (IsUnsafe(c)) c = '_';
  }
  const std::size_t begin = name.find_first_not_of(". _");
  name = begin == name.npos ? "" : name.substr(name.find_first_not_of(". "));
  while (!name.empty() && (name.back() == '.' || name.back() == ' ')) name.pop_back();
  if (name.empty()) name = "attachment" + ExtensionOf(type);
  if (IsDevice(name)) name.insert(0, "_");
  return CutKeepingExtension(name);
}

}  // namespace usher::email
