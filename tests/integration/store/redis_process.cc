// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/store/redis_process.h"

#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"

namespace usher::store {

namespace {

constexpr std::chrono::seconds kStartLimit{30};

sockaddr_in Loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool Listens(std::uint16_t port) {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(port);
  const bool open =
      connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(probe);
  return open;
}

}  // namespace

namespace {

// Holds the port for this process until it ends, also while nothing listens there: a server that a
// test kills comes back on its port, and another test may run beside it.
bool Reserve(std::uint16_t port) {
  const std::string folder = "/tmp/usher-test-ports-" + std::to_string(getuid());
  mkdir(folder.c_str(), 0700);
  const std::string name = folder + '/' + std::to_string(port);
  const int file = open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  USHER_CHECK(file >= 0, name);
  if (flock(file, LOCK_EX | LOCK_NB) == 0) return true;
  close(file);
  return false;
}

bool IsFree(int port) {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(static_cast<std::uint16_t>(port));
  const bool is_free =
      bind(probe, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(probe);
  return is_free;
}

}  // namespace

// Below the range from which the kernel takes ports of its own, and with room for the port of a
// cluster's bus, which lies 10,000 higher.
std::uint16_t FreePort() {
  static std::uint16_t next = static_cast<std::uint16_t>(12'000 + getpid() % 900 * 10);
  for (int tries = 0; tries < 10'000; ++tries) {
    next = next >= 21'990 ? std::uint16_t{12'000} : static_cast<std::uint16_t>(next + 1);
    if (Reserve(next) && IsFree(next) && IsFree(next + 10'000)) return next;
  }
  USHER_CHECK(false, "no port is free");
  return 0;
}

RedisProcess::RedisProcess(Options options) : options_(std::move(options)) {
  std::filesystem::create_directories(options_.dir);
  if (options_.port == 0) options_.port = FreePort();
}

RedisProcess::~RedisProcess() {
  if (pid_ == 0) return;
  Kill(SIGKILL);
  WaitForEnd();
}

RedisAddress RedisProcess::address() const {
  RedisAddress address;
  address.host = "127.0.0.1";
  address.port = options_.port;
  return address;
}

void RedisProcess::Start() {
  std::vector<std::string> words{"redis-server"};
  words.insert(words.end(), options_.arguments.begin(), options_.arguments.end());
  const std::string port = std::to_string(options_.port);
  const std::vector<std::string> where{"--bind",    "127.0.0.1", "--dir", options_.dir.string(),
                                       "--logfile", log_file()};
  words.insert(words.end(), where.begin(), where.end());
  const std::vector<std::string> ports =
      options_.tls ? std::vector<std::string>{"--port", "0", "--tls-port", port}
                   : std::vector<std::string>{"--port", port};
  words.insert(words.end(), ports.begin(), ports.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int null = open("/dev/null", O_RDWR);
    for (const int standard : {0, 1, 2}) dup2(null, standard);
    execvp(argv[0], argv.data());
    _exit(127);
  }
  const auto limit = std::chrono::steady_clock::now() + kStartLimit;
  while (!Listens(options_.port)) {
    ASSERT_LT(std::chrono::steady_clock::now(), limit) << "see " << log_file();
    ASSERT_EQ(waitpid(pid_, nullptr, WNOHANG), 0) << "it ended; see " << log_file();
    std::this_thread::yield();
  }
}

void RedisProcess::Kill(int signal) {
  USHER_CHECK(pid_ != 0, "it does not run");
  kill(pid_, signal);
}

void RedisProcess::WaitForEnd() {
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

}  // namespace usher::store
