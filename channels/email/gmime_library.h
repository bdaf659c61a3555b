// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include <gmime/gmime.h>

namespace usher::email {

// Held while GMime is used: it keeps converters of charsets for the whole process without a lock of
// its own. Sets the library up the first time.
class GmimeLock {
 public:
  GmimeLock();

 private:
  std::unique_lock<std::mutex> lock_;
};

struct GlibDeleter {
  void operator()(void* object) const { g_object_unref(object); }
};
// One reference of a GObject.
template <class T>
using GlibRef = std::unique_ptr<T, GlibDeleter>;

struct GlibFree {
  void operator()(char* text) const { g_free(text); }
};
using GlibText = std::unique_ptr<char, GlibFree>;

inline std::string ToString(const char* text) { return text == nullptr ? "" : text; }

}  // namespace usher::email
