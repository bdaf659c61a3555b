// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/io/http_message.h"
#include "base/result.h"

namespace usher::io {

struct StaticFilesOptions {
  std::filesystem::path folder{};
  // Sent with every answer, e.g. SecurityHeaders(ConsolePolicy()).
  HttpHeaders headers{};
  // Paths without a dot in the last part that name no file give index.html, so that the pages of a
  // single-page application can be reloaded.
  bool single_page_application = false;
  std::size_t bytes_max = 64 * 1024 * 1024;  // of the whole folder, read into memory
  std::size_t files_max = 2000;
};

// A folder of built files, read into memory once and served from there: nothing that a request says
// ever becomes a path of the file system, so no request can leave the folder.
//
// `x.js.gz` beside `x.js` is sent to clients that accept gzip and has no path of its own. Names
// with a hash (`app-3f9c2b1a.js`: eight or more letters and digits with at least one digit after
// the last
// '-' or '.') may be cached for ever; others are revalidated by ETag. Symbolic links and names that
// start with a dot are left out.
class StaticFiles {
 public:
  // NO_SUCH_FOLDER, FOLDER_UNREADABLE or FOLDER_TOO_LARGE.
  static Result<std::shared_ptr<const StaticFiles>> Load(StaticFilesOptions options);

  // `path` is the part of the request's path below the mount, without a leading '/'. Answers GET
  // and HEAD: 200, 304 or 404.
  HttpResponse Serve(const HttpRequest& request, std::string_view path) const;

  std::size_t file_count() const { return files_.size(); }

 private:
  struct File {
    std::shared_ptr<const std::string> content{};
    std::shared_ptr<const std::string> gzip{};  // null when there is no `.gz`
    std::string content_type{};
    std::string etag{};
    std::string gzip_etag{};
    bool immutable = false;
  };

  const File* Find(std::string_view path) const;
  Result<void> ReadFolder();

  StaticFilesOptions options_;
  std::map<std::string, File, std::less<>> files_;
};

// Content-Type of a file by the ending of its name; application/octet-stream when unknown.
std::string ContentTypeOf(std::string_view name);

// This content security policy, nosniff, no-referrer, a same-origin opener policy, and no camera,
// microphone, place or payment.
HttpHeaders SecurityHeaders(std::string_view content_security_policy);

// The console's: own scripts, styles and images only (and blob: images), connections to its own
// server, and frames of its own server, of which there is one: that of MailPolicy.
std::string_view ConsolePolicy();
// For the page in which the console shows the HTML of mails: an origin of its own that nobody else
// has, so that it reaches nothing of the console; no connections; images in the mail itself, and by
// https, which that page keeps out until the agent asks for them.
std::string_view MailPolicy();
// For pages that load the chat widget from this server, such as the demo site.
std::string_view SitePolicy();

}  // namespace usher::io
