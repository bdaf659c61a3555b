// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace usher::freeswitch {

// The far end of an event socket that has no telephones: it frames and answers as FreeSWITCH's
// documentation says, keeps what it is told, and lets the test say what happens. Global variables
// and the dumps of channels are real; any other `api` is answered with `+OK`.
class ScriptedSwitch {
 public:
  using Fields = std::map<std::string, std::string>;

  ScriptedSwitch();
  ~ScriptedSwitch();
  ScriptedSwitch(const ScriptedSwitch&) = delete;
  ScriptedSwitch& operator=(const ScriptedSwitch&) = delete;

  std::uint16_t port() const { return port_; }

  // Waits for the next command, after those that were awaited, that holds `part`, and gives it;
  // empty after ten seconds.
  std::string Await(const std::string& part);
  // Waits until so many clients have logged in since the begin.
  bool AwaitLogins(int count);
  // All commands that hold `part`, so far.
  std::size_t Count(const std::string& part);

  // A channel that stands, with what its dump says; events of it carry that too.
  void SetChannel(const std::string& uuid, const Fields& fields);
  void EndChannel(const std::string& uuid);
  void SetGlobal(const std::string& name, const std::string& value);
  // Answers commands that begin so with something else than `+OK`.
  void Refuse(const std::string& begin, const std::string& answer);

  // An event of a channel, with its fields besides.
  void Happen(const std::string& name, const std::string& uuid, const Fields& more = {});
  // What came of the `bgapi` command that was given last among those with `part` in them.
  void FinishJob(const std::string& part, const std::string& text);
  // Bytes as they are.
  void Say(const std::string& bytes);
  // Closes the connection; the next client may come.
  void Cut();
  // No other client is let in, until it is lifted.
  void Bar(bool barred);

 private:
  void Run();
  void Serve(int socket);
  void Obey(const std::string& command);
  std::string AnswerOf(const std::string& command);
  void SendLocked(const std::string& bytes);

  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  int socket_ = -1;
  bool stopped_ = false;
  bool barred_ = false;
  int logins_ = 0;
  std::size_t awaited_ = 0;
  std::vector<std::string> commands_;
  std::map<std::string, std::string> jobs_;  // command to id
  std::map<std::string, Fields> channels_;
  std::map<std::string, std::string> globals_;
  std::map<std::string, std::string> refused_;
  std::thread thread_;
};

}  // namespace usher::freeswitch
