// SPDX-License-Identifier: Apache-2.0
#include "base/io/static_files.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/io/event_loop.h"
#include "base/io/http_server.h"
#include "tests/unit/base/io/raw_client.h"

namespace usher::io {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class StaticFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/usher-static-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    root_ = fs::path(name);
    folder_ = root_ / "site";
    fs::create_directories(folder_ / "assets");
    Write("index.html", "<p>start</p>");
    Write("assets/app-3f9c2b1a.js", "let a;");
    Write("assets/app-3f9c2b1a.js.gz", "gzipped");
    Write("assets/index.css", "p{}");
    std::ofstream(root_ / "secret.txt") << "secret";
  }
  void TearDown() override { fs::remove_all(root_); }

  void Write(const std::string& name, const std::string& content) {
    std::ofstream(folder_ / name, std::ios::binary) << content;
  }

  std::shared_ptr<const StaticFiles> Load(StaticFilesOptions options = {}) {
    options.folder = folder_;
    auto files = StaticFiles::Load(std::move(options));
    EXPECT_TRUE(files.ok()) << files.error().message;
    return *files;
  }

  static HttpResponse Get(const StaticFiles& files, const std::string& path,
                          HttpHeaders headers = {}) {
    return files.Serve({.method = "GET", .path = "/" + path, .headers = std::move(headers)}, path);
  }
  static std::string Header(const HttpResponse& response, std::string_view name) {
    return std::string(FindHeader(response.headers, name).value_or(""));
  }

  fs::path root_;
  fs::path folder_;
};

TEST_F(StaticFilesTest, ServesFilesWithTheirTypesAndTheIndexOfAFolder) {
  const auto files = Load();
  EXPECT_EQ(*Get(*files, "").shared_body, "<p>start</p>");
  EXPECT_EQ(Header(Get(*files, ""), "Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(Header(Get(*files, "assets/index.css"), "Content-Type"), "text/css; charset=utf-8");
  EXPECT_EQ(Get(*files, "nothing.js").status, 404);
}

TEST_F(StaticFilesTest, LetsNamesWithAHashBeCachedForEverAndOthersBeAskedFor) {
  Write("assets/some-component.js", "x");
  const auto files = Load();
  EXPECT_THAT(Header(Get(*files, "assets/app-3f9c2b1a.js"), "Cache-Control"),
              HasSubstr("immutable"));
  EXPECT_EQ(Header(Get(*files, "assets/some-component.js"), "Cache-Control"), "no-cache");
  EXPECT_EQ(Header(Get(*files, "index.html"), "Cache-Control"), "no-cache");
}

TEST_F(StaticFilesTest, AnswersNotModifiedToAKnownETag) {
  const auto files = Load();
  const std::string etag = Header(Get(*files, "index.html"), "ETag");
  const HttpResponse known = Get(*files, "index.html", {{"If-None-Match", "\"x\", W/" + etag}});
  EXPECT_EQ(known.status, 304);
  EXPECT_EQ(known.shared_body, nullptr);
  EXPECT_EQ(Get(*files, "index.html", {{"If-None-Match", "\"x\""}}).status, 200);
}

TEST_F(StaticFilesTest, SendsTheCompressedFileToThoseWhoAcceptIt) {
  const auto files = Load();
  const std::string path = "assets/app-3f9c2b1a.js";
  const HttpResponse gzip = Get(*files, path, {{"Accept-Encoding", "br, gzip;q=0.5"}});
  EXPECT_EQ(*gzip.shared_body, "gzipped");
  EXPECT_EQ(Header(gzip, "Content-Encoding"), "gzip");
  EXPECT_EQ(Header(gzip, "Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(Header(gzip, "Vary"), "Accept-Encoding");
  const HttpResponse plain = Get(*files, path, {{"Accept-Encoding", "gzip;q=0"}});
  EXPECT_EQ(*plain.shared_body, "let a;");
  EXPECT_NE(Header(plain, "ETag"), Header(gzip, "ETag"));
  EXPECT_EQ(Get(*files, path + ".gz").status, 404);
}

TEST_F(StaticFilesTest, LeavesOutHiddenFilesAndLinks) {
  Write(".env", "secret");
  fs::create_directories(folder_ / ".git");
  Write(".git/config", "secret");
  fs::create_symlink(root_ / "secret.txt", folder_ / "link.txt");
  fs::create_directory_symlink(root_, folder_ / "up");
  const auto files = Load();
  for (const char* path : {".env", ".git/config", "link.txt", "up/secret.txt"}) {
    EXPECT_EQ(Get(*files, path).status, 404) << path;
  }
}

TEST_F(StaticFilesTest, GivesTheIndexForPagesOfASinglePageApplication) {
  const auto files = Load({.single_page_application = true});
  EXPECT_EQ(*Get(*files, "queues/support").shared_body, "<p>start</p>");
  EXPECT_EQ(Get(*files, "assets/missing.js").status, 404);
}

TEST_F(StaticFilesTest, RefusesAFolderThatIsMissingOrTooLarge) {
  auto missing = StaticFiles::Load({.folder = folder_ / "missing"});
  EXPECT_EQ(missing.error().reason, "NO_SUCH_FOLDER");
  auto large = StaticFiles::Load({.folder = folder_, .bytes_max = 10});
  EXPECT_EQ(large.error().reason, "FOLDER_TOO_LARGE");
  auto many = StaticFiles::Load({.folder = folder_, .files_max = 3});
  EXPECT_EQ(many.error().reason, "FOLDER_TOO_LARGE");
  auto enough = StaticFiles::Load({.folder = folder_, .files_max = 4});
  EXPECT_TRUE(enough.ok());
}

// The page that shows the HTML of mails has an origin that nobody else has, and may be framed by
// the console alone; the console may frame nothing of others.
TEST_F(StaticFilesTest, KeepsThePageOfMailsApartFromTheConsole) {
  const auto page = Load({.headers = SecurityHeaders(MailPolicy())});
  const std::string policy = Header(Get(*page, ""), "Content-Security-Policy");
  EXPECT_THAT(policy, HasSubstr("sandbox allow-scripts"));
  EXPECT_THAT(policy, Not(HasSubstr("allow-same-origin")));
  EXPECT_THAT(policy, Not(HasSubstr("connect-src")));
  EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
  EXPECT_THAT(policy, HasSubstr("frame-ancestors 'self'"));
  EXPECT_THAT(std::string(ConsolePolicy()), HasSubstr("frame-src 'self';"));
  EXPECT_THAT(std::string(ConsolePolicy()), HasSubstr("frame-ancestors 'none'"));
}

TEST_F(StaticFilesTest, NeverLeavesItsFolderOverHttp) {
  EventLoop loop;
  HttpServer server(loop, {.address = {.host = "127.0.0.1", .port = 0}});
  server.ServeFiles("/console/", Load({.headers = SecurityHeaders(ConsolePolicy())}));
  ASSERT_TRUE(server.Listen().ok());
  loop.Start("static-test");
  const auto get = [&](const std::string& target) {
    RawClient client(server.port());
    client.Send("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
    return client.ReadResponse();
  };
  const std::string page = get("/console/");
  EXPECT_EQ(BodyOf(page), "<p>start</p>");
  EXPECT_THAT(HeaderOf(page, "Content-Security-Policy"), HasSubstr("default-src 'none'"));
  EXPECT_EQ(HeaderOf(page, "X-Content-Type-Options"), "nosniff");
  for (const char* target :
       {"/console/../secret.txt", "/console/%2e%2e/secret.txt", "/console/..%2fsecret.txt",
        "/console//etc/passwd", "/console/%2fetc%2fpasswd", "/console/assets/../../../secret.txt",
        "/console/..\\secret.txt"}) {
    const std::string response = get(target);
    EXPECT_EQ(StatusOf(response), 404) << target;
    EXPECT_EQ(BodyOf(response).find("secret\n"), std::string::npos);
  }
}

}  // namespace
}  // namespace usher::io
