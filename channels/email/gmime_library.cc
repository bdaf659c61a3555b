// SPDX-License-Identifier: Apache-2.0
#include "channels/email/gmime_library.h"

namespace usher::email {

namespace {

std::mutex& LibraryMutex() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace

GmimeLock::GmimeLock() : lock_(LibraryMutex()) {
  static const bool is_set_up = [] {
    g_mime_init();
    return true;
  }();
  static_cast<void>(is_set_up);
}

}  // namespace usher::email
