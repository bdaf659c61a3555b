// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/channels/freeswitch/scripted_switch.h"

#include <chrono>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/io/json_text.h"

namespace usher::freeswitch {

namespace {

constexpr auto kPatience = std::chrono::seconds(10);

std::string Json(const ScriptedSwitch::Fields& fields) {
  std::string text = "{";
  for (const auto& [name, value] : fields) {
    if (text.size() > 1) text += ',';
    io::AppendJsonString(text, name);
    text += ':';
    io::AppendJsonString(text, value);
  }
  return text + '}';
}

std::string Framed(const std::string& type, const std::string& body) {
  return "Content-Type: " + type + "\nContent-Length: " + std::to_string(body.size()) + "\n\n" +
         body;
}

std::string Reply(const std::string& text) {
  return "Content-Type: command/reply\nReply-Text: " + text + "\n\n";
}

}  // namespace

ScriptedSwitch::ScriptedSwitch() {
  listener_ = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  auto* const raw = reinterpret_cast<sockaddr*>(&address);
  USHER_CHECK(bind(listener_, raw, length) == 0 && listen(listener_, 8) == 0, "no port");
  getsockname(listener_, raw, &length);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Run(); });
}

ScriptedSwitch::~ScriptedSwitch() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    if (socket_ >= 0) shutdown(socket_, SHUT_RDWR);
    shutdown(listener_, SHUT_RDWR);
  }
  changed_.notify_all();
  thread_.join();
  close(listener_);
}

void ScriptedSwitch::Run() {
  for (;;) {
    const int client = accept(listener_, nullptr, nullptr);
    std::unique_lock lock(mutex_);
    if (stopped_ || client < 0) {
      if (client >= 0) close(client);
      return;
    }
    changed_.wait(lock, [this] { return !barred_ || stopped_; });
    socket_ = client;
    SendLocked("Content-Type: auth/request\n\n");
    lock.unlock();
    Serve(client);
    lock.lock();
    socket_ = -1;
    close(client);
  }
}

void ScriptedSwitch::Serve(int client) {
  std::string received;
  char bytes[4096];
  for (;;) {
    const ssize_t count = recv(client, bytes, sizeof(bytes), 0);
    if (count <= 0) return;
    received.append(bytes, static_cast<std::size_t>(count));
    for (std::size_t end = received.find("\n\n"); end != std::string::npos;
         end = received.find("\n\n")) {
      const std::string command = received.substr(0, end);
      received.erase(0, end + 2);
      std::lock_guard lock(mutex_);
      Obey(command);
    }
  }
}

void ScriptedSwitch::SendLocked(const std::string& bytes) {
  std::size_t sent = 0;
  while (socket_ >= 0 && sent < bytes.size()) {
    const ssize_t count = send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return;
    sent += static_cast<std::size_t>(count);
  }
}

void ScriptedSwitch::Obey(const std::string& command) {
  commands_.push_back(command);
  if (command.rfind("auth ", 0) == 0) {
    const bool right = command == "auth secret";
    SendLocked(Reply(right ? "+OK accepted" : "-ERR invalid"));
  } else if (command.rfind("event json ", 0) == 0) {
    SendLocked(Reply("+OK event listener enabled json"));
    ++logins_;
  } else if (command.rfind("filter ", 0) == 0) {
    SendLocked(Reply("+OK filter added."));
  } else if (command.rfind("bgapi ", 0) == 0) {
    const std::size_t line = command.find("\nJob-UUID: ");
    const std::string id = command.substr(line + 11);
    jobs_[command.substr(0, line)] = id;
    SendLocked(Reply("+OK Job-UUID: " + id));
  } else if (command.rfind("api ", 0) == 0) {
    SendLocked(Framed("api/response", AnswerOf(command.substr(4))));
  } else {
    SendLocked(Reply("-ERR command not found"));
  }
  changed_.notify_all();
}

std::string ScriptedSwitch::AnswerOf(const std::string& command) {
  // The longest of those that fit stands last.
  for (auto it = refused_.rbegin(); it != refused_.rend(); ++it) {
    if (command.rfind(it->first, 0) == 0) return it->second;
  }
  const std::string word = command.substr(0, command.find(' '));
  const std::string rest = command.size() > word.size() ? command.substr(word.size() + 1) : "";
  if (word == "global_getvar") {
    const auto found = globals_.find(rest);
    return found == globals_.end() ? "-ERR no reply\n" : found->second;
  }
  if (word == "global_setvar") {
    const std::size_t equals = rest.find('=');
    globals_[rest.substr(0, equals)] = rest.substr(equals + 1);
  }
  if (word == "show") {
    std::string rows;
    for (const auto& [uuid, fields] : channels_) {
      rows += (rows.empty() ? "" : ",") + Json({{"uuid", uuid}, {"direction", "inbound"}});
    }
    return "{\"row_count\":" + std::to_string(channels_.size()) +
           (rows.empty() ? "}" : ",\"rows\":[" + rows + "]}");
  }
  if (word == "uuid_dump") {
    const auto found = channels_.find(rest.substr(0, rest.find(' ')));
    return found == channels_.end() ? "-ERR No such channel!\n" : Json(found->second);
  }
  return "+OK\n";
}

std::string ScriptedSwitch::Await(const std::string& part) {
  std::unique_lock lock(mutex_);
  std::string found;
  changed_.wait_for(lock, kPatience, [&] {
    for (std::size_t i = awaited_; i < commands_.size(); ++i) {
      if (commands_[i].find(part) == std::string::npos) continue;
      awaited_ = i + 1;
      found = commands_[i];
      return true;
    }
    return false;
  });
  return found;
}

bool ScriptedSwitch::AwaitLogins(int count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return logins_ >= count; });
}

std::size_t ScriptedSwitch::Count(const std::string& part) {
  std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (const std::string& command : commands_) count += command.find(part) != std::string::npos;
  return count;
}

void ScriptedSwitch::SetChannel(const std::string& uuid, const Fields& fields) {
  std::lock_guard lock(mutex_);
  Fields& channel = channels_[uuid];
  for (const auto& [name, value] : fields) channel[name] = value;
  channel["Unique-ID"] = uuid;
  channel.try_emplace("Event-Name", "CHANNEL_DATA");
}

void ScriptedSwitch::EndChannel(const std::string& uuid) {
  std::lock_guard lock(mutex_);
  channels_.erase(uuid);
}

void ScriptedSwitch::SetGlobal(const std::string& name, const std::string& value) {
  std::lock_guard lock(mutex_);
  globals_[name] = value;
}

void ScriptedSwitch::Refuse(const std::string& begin, const std::string& answer) {
  std::lock_guard lock(mutex_);
  refused_[begin] = answer;
}

void ScriptedSwitch::Happen(const std::string& name, const std::string& uuid, const Fields& more) {
  std::lock_guard lock(mutex_);
  Fields fields = channels_[uuid];
  for (const auto& [key, value] : more) fields[key] = value;
  fields["Unique-ID"] = uuid;
  fields["Event-Name"] = name;
  if (name == "CHANNEL_HANGUP_COMPLETE") channels_.erase(uuid);
  SendLocked(Framed("text/event-json", Json(fields)));
}

void ScriptedSwitch::FinishJob(const std::string& part, const std::string& text) {
  std::lock_guard lock(mutex_);
  for (const auto& [command, id] : jobs_) {
    if (command.find(part) == std::string::npos) continue;
    SendLocked(
        Framed("text/event-json",
               Json({{"Event-Name", "BACKGROUND_JOB"}, {"Job-UUID", id}, {"_body", text + '\n'}})));
  }
}

void ScriptedSwitch::Say(const std::string& bytes) {
  std::lock_guard lock(mutex_);
  SendLocked(bytes);
}

void ScriptedSwitch::Cut() {
  std::lock_guard lock(mutex_);
  if (socket_ >= 0) shutdown(socket_, SHUT_RDWR);
}

void ScriptedSwitch::Bar(bool barred) {
  {
    std::lock_guard lock(mutex_);
    barred_ = barred;
  }
  changed_.notify_all();
}

}  // namespace usher::freeswitch
