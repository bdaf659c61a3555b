// SPDX-License-Identifier: Apache-2.0
#include "router/store/private_redis.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "router/store/commit.h"

namespace usher::store {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;

namespace {

constexpr std::size_t kSocketPathBytesMax = 107;  // sockaddr_un, less the closing zero
constexpr std::chrono::milliseconds kPoll{10};
constexpr std::chrono::milliseconds kPauseMin{50};
constexpr std::chrono::milliseconds kPauseMax{5'000};
constexpr std::chrono::seconds kRanWell{60};

Error DirUnusable(const fs::path& dir, std::string_view cause) {
  return {Code::kFailedPrecondition, "DATA_DIR_UNUSABLE",
          "the data folder " + dir.string() + " cannot be used: " + std::string(cause),
          "give another folder with --data, or make this one writable"};
}

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd = -1) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

// --- the folder ---------------------------------------------------------------------------------

Result<fs::path> MakeDataDir(const fs::path& dir) {
  std::error_code error;
  const mode_t before = umask(077);
  fs::create_directories(dir, error);
  umask(before);
  if (error) return DirUnusable(dir, error.message());
  const fs::path real = fs::canonical(dir, error);
  if (error) return DirUnusable(dir, error.message());
  if (!fs::is_directory(real, error)) return DirUnusable(dir, "it is not a folder");
  if (access(real.c_str(), R_OK | W_OK | X_OK) != 0) return DirUnusable(dir, std::strerror(errno));
  return real;
}

Result<FileDescriptor> LockDataDir(const fs::path& dir) {
  FileDescriptor lock(open((dir / "usher.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return DirUnusable(dir, std::strerror(errno));
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return Error{Code::kFailedPrecondition, "DATA_DIR_IN_USE",
                 "another usher uses the data folder " + dir.string(),
                 "stop it, or give another folder with --data"};
  }
  return lock;
}

// Within the folder where its name is short enough for a socket's; else in a folder of our own
// under /tmp, told apart by a hash of the data folder's path.
Result<fs::path> ChooseSocketPath(const fs::path& dir) {
  const fs::path within = dir / "redis.sock";
  if (within.native().size() <= kSocketPathBytesMax) return within;
  const fs::path runtime = "/tmp/usher-" + std::to_string(geteuid());
  if (mkdir(runtime.c_str(), 0700) != 0 && errno != EEXIST) {
    return DirUnusable(runtime, std::strerror(errno));
  }
  struct stat info{};
  const bool ours = lstat(runtime.c_str(), &info) == 0 && S_ISDIR(info.st_mode) &&
                    info.st_uid == geteuid() && (info.st_mode & 077) == 0;
  if (!ours) return DirUnusable(runtime, "it must be a folder of this user with mode 0700");
  constexpr char kHex[] = "0123456789abcdef";
  std::string name;
  for (const char byte : NextHash({}, 0, dir.native())) {
    name.push_back(kHex[(byte >> 4) & 15]);
    name.push_back(kHex[byte & 15]);
  }
  return runtime / (name + ".sock");
}

// --- processes ----------------------------------------------------------------------------------

std::string ReadAll(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// A redis-server that an earlier usher left behind in this folder. The number alone would not do:
// it may long be another process'.
std::optional<pid_t> FindOrphan(const fs::path& dir) {
  const pid_t pid = static_cast<pid_t>(std::atol(ReadAll(dir / "redis.pid").c_str()));
  if (pid <= 1) return std::nullopt;
  const fs::path process = "/proc/" + std::to_string(pid);
  std::error_code error;
  const bool here = fs::read_symlink(process / "cwd", error) == dir && !error;
  if (!here || !ReadAll(process / "comm").starts_with("redis-server")) return std::nullopt;
  return pid;
}

bool IsGone(pid_t pid) { return kill(pid, 0) != 0 && errno == ESRCH; }

Result<void> StopOrphan(const fs::path& dir, Duration timeout) {
  const std::optional<pid_t> pid = FindOrphan(dir);
  if (!pid) return {};
  kill(*pid, SIGTERM);
  const auto deadline = SteadyClock::now() + timeout;
  while (!IsGone(*pid) && FindOrphan(dir) == pid) {
    if (SteadyClock::now() >= deadline) {
      return Error{
          Code::kUnavailable, "DATA_DIR_IN_USE",
          "redis-server " + std::to_string(*pid) + " of an earlier run still uses " + dir.string(),
          "wait until it has ended, or stop it"};
    }
    std::this_thread::sleep_for(kPoll);
  }
  return {};
}

std::optional<fs::path> FindProgram(const std::string& program) {
  if (program.find('/') != std::string::npos) {
    return access(program.c_str(), X_OK) == 0 ? std::optional<fs::path>(program) : std::nullopt;
  }
  const char* const path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "/usr/bin";
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    const fs::path candidate = fs::path(rest.substr(0, end)) / program;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return std::nullopt;
}

std::string LastLine(const fs::path& log) {
  const std::string text = ReadAll(log);
  const std::size_t end = text.find_last_not_of('\n');
  if (end == std::string::npos) return "its log is empty";
  const std::size_t before = text.rfind('\n', end);
  const std::size_t start = before == std::string::npos ? 0 : before + 1;
  return text.substr(start, end + 1 - start);
}

// Redis opens its log anew for each line, so it may be renamed at any time.
void BoundLog(const fs::path& dir, std::size_t bytes_max) {
  std::error_code error;
  const fs::path log = dir / "redis.log";
  const std::uintmax_t bytes = fs::file_size(log, error);
  if (!error && bytes > bytes_max) fs::rename(log, dir / "redis.log.1", error);
}

// What PING is answered over a fresh connection; empty when there is none.
std::string Ping(const fs::path& socket_path) {
  const FileDescriptor socket_fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_path.c_str(), socket_path.native().size());
  const timeval limit{.tv_sec = 1, .tv_usec = 0};
  setsockopt(socket_fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (connect(socket_fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return {};
  }
  constexpr std::string_view kPing = "PING\r\n";
  char answer[256];
  if (send(socket_fd.get(), kPing.data(), kPing.size(), MSG_NOSIGNAL) < 0) return {};
  const ssize_t size = recv(socket_fd.get(), answer, sizeof answer, 0);
  return size > 0 ? std::string(answer, static_cast<std::size_t>(size)) : std::string();
}

std::string HowItEnded(int status) {
  if (WIFSIGNALED(status)) return std::string("killed by ") + strsignal(WTERMSIG(status));
  return "exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

// Owns the child. A thread of its own starts it and waits for its end: the kernel's signal at the
// death of the parent is tied to the thread that forked, which must therefore live as long.
class PrivateRedis::Keeper {
 public:
  Keeper(PrivateRedisOptions options, fs::path dir, fs::path program, fs::path socket_path,
         FileDescriptor lock)
      : options_(std::move(options)),
        dir_(std::move(dir)),
        program_(std::move(program)),
        socket_path_(std::move(socket_path)),
        lock_(std::move(lock)) {
    address_.unix_path = socket_path_;
  }
  ~Keeper() { Stop(); }

  const RedisAddress& address() const { return address_; }

  pid_t pid() const {
    const std::lock_guard lock(mutex_);
    return pid_;
  }

  Result<void> Start() {
    thread_ = std::thread([this] { Keep(); });
    log_thread_ = std::thread([this] { KeepLogBounded(); });
    const auto deadline = SteadyClock::now() + options_.start_timeout;
    std::unique_lock lock(mutex_);
    while (!ended_) {
      lock.unlock();
      const bool ready = Ping(socket_path_).starts_with("+PONG");
      lock.lock();
      if (ready && pid_ > 0) {
        started_ = true;
        return {};
      }
      if (SteadyClock::now() >= deadline) break;
      changed_.wait_for(lock, kPoll);
    }
    const std::string how = ended_ ? how_ended_ : "no answer in time";
    lock.unlock();
    Stop();
    return Error{Code::kUnavailable, "REDIS_START_FAILED",
                 "redis-server did not start (" + how + "): " + LastLine(dir_ / "redis.log"),
                 "look into " + (dir_ / "redis.log").string()};
  }

  void Stop() {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    log_due_.notify_all();
    if (!thread_.joinable()) return;
    if (pid_ > 0) kill(pid_, SIGTERM);
    if (!changed_.wait_for(lock, options_.stop_timeout, [this] { return pid_ == 0; })) {
      kill(pid_, SIGKILL);
    }
    lock.unlock();
    thread_.join();
    log_thread_.join();
  }

 private:
  void Keep() {
    std::chrono::milliseconds pause = kPauseMin;
    unsigned ends = 0;  // since it last ran well
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      const auto began = SteadyClock::now();
      how_ended_ = RunOnce(lock);
      ended_ = true;
      changed_.notify_all();
      if (stopping_ || !started_) return;
      if (SteadyClock::now() - began > kRanWell) {
        pause = kPauseMin;
        ends = 0;
      }
      // One that ends again and again, as with a full disk, is told of ever more rarely.
      if (std::has_single_bit(++ends)) {
        Notice(lock, "the private redis-server ended (" + how_ended_ +
                         (ends == 1 ? ")" : ", " + std::to_string(ends) + " times in a row)") +
                         "; it is started again. Its log ends: " + LastLine(dir_ / "redis.log"));
      }
      changed_.wait_for(lock, pause, [this] { return stopping_; });
      pause = std::min(pause * 2, kPauseMax);
    }
  }

  void KeepLogBounded() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      lock.unlock();
      BoundLog(dir_, options_.log_bytes_max);
      lock.lock();
      log_due_.wait_for(lock, options_.look_at_log_every, [this] { return stopping_; });
    }
  }

  // Starts the child and waits for its end. The lock is let go meanwhile, but never between a child
  // that has ended and `pid_` being 0: nobody signals a number that may be another's.
  std::string RunOnce(std::unique_lock<std::mutex>& lock) {
    const pid_t child = Spawn();
    if (child < 0) return std::string("fork: ") + std::strerror(errno);
    pid_ = child;
    changed_.notify_all();
    lock.unlock();
    siginfo_t ended{};
    while (waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT) != 0 &&
           errno == EINTR) {
    }
    lock.lock();
    int status = 0;
    waitpid(child, &status, 0);
    pid_ = 0;
    return HowItEnded(status);
  }

  void Notice(std::unique_lock<std::mutex>& lock, const std::string& text) {
    if (!options_.on_notice) return;
    lock.unlock();
    options_.on_notice(text);
    lock.lock();
  }

  std::vector<std::string> Arguments() const {
    return {program_, "--port", "0", "--unixsocket", socket_path_, "--unixsocketperm", "700",
            "--dir", dir_, "--pidfile", dir_ / "redis.pid", "--logfile", dir_ / "redis.log",
            "--daemonize", "no", "--databases", "1", "--appendonly", "yes", "--appendfsync",
            options_.fsync_always ? "always" : "everysec", "--save", "", "--maxmemory-policy",
            "noeviction",
            // Redis takes this much for the first entry of a stream, and most customers have few.
            "--stream-node-max-bytes", "512"};
  }

  pid_t Spawn() const {
    std::vector<std::string> arguments = Arguments();
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child == 0) Exec(parent, argv);
    return child;
  }

  // In the child of a process with threads: nothing but system calls.
  [[noreturn]] static void Exec(pid_t parent, const std::vector<char*>& argv) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(1);  // died before the line above
    setpgid(0, 0);                      // Ctrl-C is for usher, which then stops its child in order
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int number : {SIGPIPE, SIGTERM, SIGINT, SIGHUP}) signal(number, SIG_DFL);
    const int null = open("/dev/null", O_RDWR);
    for (const int standard : {0, 1, 2}) dup2(null, standard);
    close_range(3, ~0U, 0);
    execv(argv[0], argv.data());
    _exit(127);
  }

  const PrivateRedisOptions options_;
  const fs::path dir_;
  const fs::path program_;
  const fs::path socket_path_;
  const FileDescriptor lock_;
  RedisAddress address_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable log_due_;
  pid_t pid_ = 0;
  bool started_ = false;  // answered once: from now on it is started again
  bool ended_ = false;    // at least once
  bool stopping_ = false;
  std::string how_ended_;
  std::thread thread_;
  std::thread log_thread_;
};

Result<std::unique_ptr<PrivateRedis>> PrivateRedis::Start(PrivateRedisOptions options) {
  const Result<fs::path> dir = MakeDataDir(options.data_dir);
  if (!dir) return dir.error();
  Result<FileDescriptor> lock = LockDataDir(*dir);
  if (!lock) return lock.error();
  const std::optional<fs::path> program = FindProgram(options.program);
  if (!program) {
    return Error{Code::kFailedPrecondition, "REDIS_SERVER_MISSING",
                 "the program " + options.program + " is not installed",
                 "install Debian's package redis-server, or name a running Redis"};
  }
  const Result<fs::path> socket_path = ChooseSocketPath(*dir);
  if (!socket_path) return socket_path.error();
  if (Result<void> stopped = StopOrphan(*dir, options.stop_timeout); !stopped) {
    return stopped.error();
  }
  auto keeper =
      std::make_unique<Keeper>(std::move(options), *dir, *program, *socket_path, std::move(*lock));
  if (Result<void> started = keeper->Start(); !started) return started.error();
  return std::unique_ptr<PrivateRedis>(new PrivateRedis(std::move(keeper)));
}

Result<RedisAddress> FindPrivateRedis(const fs::path& data_dir) {
  std::error_code failed;
  const fs::path dir = fs::canonical(data_dir, failed);
  const Result<fs::path> socket_path = failed ? data_dir / "redis.sock" : ChooseSocketPath(dir);
  if (!socket_path) return socket_path.error();
  if (!Ping(*socket_path).starts_with("+PONG")) {
    return Error{Code::kFailedPrecondition, "DATA_NOT_SERVED",
                 "no Redis answers at " + socket_path->string(),
                 "start usher serve on this data folder, or give --start to run its Redis for as "
                 "long as this takes"};
  }
  RedisAddress address;
  address.unix_path = *socket_path;
  return address;
}

Result<std::optional<RedisAddress>> PrivateRedis::FindRunning(const fs::path& data_dir) {
  std::error_code error;
  const fs::path dir = fs::canonical(data_dir, error);
  if (error) return DirUnusable(data_dir, error.message());
  const Result<FileDescriptor> lock = LockDataDir(dir);
  if (lock) return std::optional<RedisAddress>();
  if (lock.error().reason != "DATA_DIR_IN_USE") return lock.error();
  const Result<fs::path> socket_path = ChooseSocketPath(dir);
  if (!socket_path) return socket_path.error();
  RedisAddress address;
  address.unix_path = *socket_path;
  return std::optional<RedisAddress>(std::move(address));
}

PrivateRedis::PrivateRedis(std::unique_ptr<Keeper> keeper) : keeper_(std::move(keeper)) {}
PrivateRedis::~PrivateRedis() = default;

const RedisAddress& PrivateRedis::address() const { return keeper_->address(); }
pid_t PrivateRedis::pid() const { return keeper_->pid(); }
void PrivateRedis::Stop() { keeper_->Stop(); }

}  // namespace usher::store
