// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace usher::email {

// A mail server that says what it is told to, for what no real server does on demand. Each step of
// a script is what it waits for ("< MAIL", the begin of a line), what it says ("> 250 ok", "~" for
// a line end within) or "x" to close. A connection for each script, one after the other; what is
// not as expected is kept in problems().
class ScriptedServer {
 public:
  using Script = std::vector<std::string>;

  explicit ScriptedServer(std::vector<Script> scripts);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::uint16_t port() const { return port_; }
  // Waits until all scripts have ended.
  std::vector<std::string> Finish();

 private:
  void Run();
  void Serve(int socket, const Script& script);
  bool Expect(int socket, const std::string& begin);

  const std::vector<Script> scripts_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::string received_;
  std::vector<std::string> problems_;
  std::thread thread_;
};

}  // namespace usher::email
