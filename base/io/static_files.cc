// SPDX-License-Identifier: Apache-2.0
#include "base/io/static_files.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include <openssl/evp.h>

namespace usher::io {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kNotFoundText = "There is no such page.\n";

std::string ETagOf(std::string_view content) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(content.data(), content.size(), digest, &size, EVP_sha256(), nullptr);
  constexpr char kHex[] = "0123456789abcdef";
  std::string etag = "\"";
  for (std::size_t i = 0; i < 12; ++i) {
    etag += kHex[digest[i] >> 4];
    etag += kHex[digest[i] & 15];
  }
  return etag += '"';
}

bool IsAlphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// app-3f9c2b1a.js, chunk.B4x_9dQw.css
bool HasHash(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const std::size_t ending = name.rfind('.');
  if (ending == name.npos) return false;
  const std::string_view stem = name.substr(0, ending);
  const std::size_t mark = stem.find_last_of("-.");
  if (mark == stem.npos) return false;
  const std::string_view hash = stem.substr(mark + 1);
  return hash.size() >= 8 && std::all_of(hash.begin(), hash.end(), IsAlphanumeric) &&
         std::any_of(hash.begin(), hash.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view Trim(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

// Calls `fn` with each part of a comma-separated header until it returns true.
template <class Fn>
bool AnyOfList(std::string_view list, Fn fn) {
  while (!list.empty()) {
    const std::string_view part = list.substr(0, list.find(','));
    if (fn(Trim(part))) return true;
    list.remove_prefix(std::min(list.size(), part.size() + 1));
  }
  return false;
}

bool AcceptsGzip(const HttpRequest& request) {
  return AnyOfList(request.Header("Accept-Encoding"), [](std::string_view part) {
    const std::string_view coding = Trim(part.substr(0, part.find(';')));
    if (coding != "gzip" && coding != "*") return false;
    const std::size_t quality = part.find("q=");
    return quality == part.npos ||
           part.substr(quality + 2).find_first_of("123456789") != std::string_view::npos;
  });
}

bool Matches(const HttpRequest& request, std::string_view etag) {
  return AnyOfList(request.Header("If-None-Match"), [&](std::string_view part) {
    if (part.starts_with("W/")) part.remove_prefix(2);
    return part == "*" || part == etag;
  });
}

Error Unreadable(const fs::path& path, const std::string& why) {
  return {Code::kFailedPrecondition, "FOLDER_UNREADABLE", path.string() + ": " + why,
          "let this process read the folder, or name another"};
}

Result<std::shared_ptr<const std::string>> ReadWhole(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  // An empty file sets failbit on the output; that it could be opened is what counts.
  if (!in.is_open() || in.bad()) return Unreadable(path, "cannot be read");
  return std::make_shared<const std::string>(std::move(content).str());
}

}  // namespace

Result<std::shared_ptr<const StaticFiles>> StaticFiles::Load(StaticFilesOptions options) {
  std::error_code error;
  if (!fs::is_directory(options.folder, error)) {
    return Error{Code::kNotFound, "NO_SUCH_FOLDER", options.folder.string() + " is not a folder",
                 "build the files that belong there, or name another folder"};
  }
  auto files = std::make_shared<StaticFiles>();
  files->options_ = std::move(options);
  if (auto read = files->ReadFolder(); !read.ok()) return read.error();
  return std::shared_ptr<const StaticFiles>(std::move(files));
}

Result<void> StaticFiles::ReadFolder() {
  const fs::path& root = options_.folder;
  std::map<std::string, std::shared_ptr<const std::string>> contents;
  std::size_t bytes = 0;
  std::error_code error;
  fs::recursive_directory_iterator at(root, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    const bool link = at->is_symlink(error);
    if (link || at->path().filename().string().starts_with('.')) {
      at.disable_recursion_pending();
      continue;
    }
    if (!at->is_regular_file(error)) continue;
    bytes += at->file_size(error);
    if (bytes > options_.bytes_max || contents.size() >= options_.files_max) {
      return Error{Code::kResourceExhausted, "FOLDER_TOO_LARGE",
                   root.string() + " holds more than " + std::to_string(options_.bytes_max) +
                       " bytes or " + std::to_string(options_.files_max) + " files",
                   "serve a folder that holds only the built files"};
    }
    auto content = ReadWhole(at->path());
    if (!content.ok()) return content.error();
    contents.emplace(at->path().lexically_relative(root).generic_string(), *content);
  }
  if (error) return Unreadable(root, error.message());

  for (const auto& [path, content] : contents) {
    const bool compressed =
        path.ends_with(".gz") && contents.contains(path.substr(0, path.size() - 3));
    if (compressed) continue;
    const auto gzip = contents.find(path + ".gz");
    File file{.content = content,
              .gzip = gzip == contents.end() ? nullptr : gzip->second,
              .content_type = ContentTypeOf(path),
              .etag = ETagOf(*content),
              .gzip_etag = gzip == contents.end() ? std::string{} : ETagOf(*gzip->second),
              .immutable = HasHash(path)};
    files_.emplace(path, std::move(file));
  }
  return {};
}

const StaticFiles::File* StaticFiles::Find(std::string_view path) const {
  if (const auto file = files_.find(path); file != files_.end()) return &file->second;
  std::string index(path);
  if (!index.empty() && !index.ends_with('/')) index += '/';
  index += "index.html";
  if (const auto file = files_.find(index); file != files_.end()) return &file->second;
  const std::string_view last = path.substr(path.rfind('/') + 1);
  if (!options_.single_page_application || last.find('.') != last.npos) return nullptr;
  const auto file = files_.find("index.html");
  return file == files_.end() ? nullptr : &file->second;
}

HttpResponse StaticFiles::Serve(const HttpRequest& request, std::string_view path) const {
  const File* file = Find(path);
  HttpResponse response = TextResponse(404, std::string(kNotFoundText));
  if (file != nullptr) {
    const bool gzip = file->gzip != nullptr && AcceptsGzip(request);
    const std::string& etag = gzip ? file->gzip_etag : file->etag;
    const bool known = Matches(request, etag);
    response = {.status = known ? 304 : 200,
                .headers = {{"Content-Type", file->content_type},
                            {"ETag", etag},
                            {"Cache-Control",
                             file->immutable ? "public, max-age=31536000, immutable" : "no-cache"}},
                .body = {},
                .shared_body = known  ? nullptr
                               : gzip ? file->gzip
                                      : file->content};
    if (gzip) response.headers.emplace_back("Content-Encoding", "gzip");
    if (file->gzip != nullptr) response.headers.emplace_back("Vary", "Accept-Encoding");
  }
  response.headers.insert(response.headers.end(), options_.headers.begin(), options_.headers.end());
  return response;
}

std::string ContentTypeOf(std::string_view name) {
  static const std::map<std::string, std::string, std::less<>> types{
      {"html", "text/html; charset=utf-8"},
      {"js", "text/javascript; charset=utf-8"},
      {"mjs", "text/javascript; charset=utf-8"},
      {"css", "text/css; charset=utf-8"},
      {"json", "application/json"},
      {"map", "application/json"},
      {"svg", "image/svg+xml"},
      {"png", "image/png"},
      {"jpg", "image/jpeg"},
      {"jpeg", "image/jpeg"},
      {"gif", "image/gif"},
      {"webp", "image/webp"},
      {"ico", "image/x-icon"},
      {"woff2", "font/woff2"},
      {"txt", "text/plain; charset=utf-8"},
      {"md", "text/plain; charset=utf-8"},
      {"wasm", "application/wasm"},
      {"mp3", "audio/mpeg"},
      {"ogg", "audio/ogg"},
      {"wav", "audio/wav"},
      {"pdf", "application/pdf"},
      {"webmanifest", "application/manifest+json"},
  };
  const auto type = types.find(name.substr(name.rfind('.') + 1));
  return type == types.end() ? "application/octet-stream" : type->second;
}

HttpHeaders SecurityHeaders(std::string_view content_security_policy) {
  return {{"Content-Security-Policy", std::string(content_security_policy)},
          {"X-Content-Type-Options", "nosniff"},
          {"Referrer-Policy", "no-referrer"},
          {"Cross-Origin-Opener-Policy", "same-origin"},
          {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"}};
}

std::string_view ConsolePolicy() {
  return "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
         "img-src 'self' blob:; media-src 'self'; font-src 'self'; manifest-src 'self'; "
         "frame-src 'self'; "
         "frame-ancestors 'none'; base-uri 'none'; form-action 'self'; "
         "require-trusted-types-for 'script'";
}

std::string_view MailPolicy() {
  return "sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox; "
         "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; "
         "img-src data: https:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'; "
         "require-trusted-types-for 'script'";
}

std::string_view SitePolicy() {
  return "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
         "connect-src 'self'; img-src 'self' data:; font-src 'self'; frame-ancestors 'none'; "
         "base-uri 'none'; form-action 'self'";
}

}  // namespace usher::io
