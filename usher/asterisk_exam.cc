// SPDX-License-Identifier: Apache-2.0
#include "usher/asterisk_exam.h"

#include <array>
#include <charconv>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include <boost/json.hpp>

#include "base/io/event_loop.h"
#include "base/io/random_id.h"
#include "base/io/url.h"
#include "usher/release_number.h"

namespace usher::app {

namespace {

namespace json = boost::json;
using asterisk::AriAnswer;
using asterisk::AriClient;
using asterisk::UriValue;

constexpr Duration kOpenTimeout{5'000};
constexpr Duration kClockApartMax{2'000};
// The first release in which requests travel on the events' WebSocket.
constexpr ReleaseNumber kOldestVersion{22, 4};

// Without the first of each pair Usher lacks what the second says.
constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kModules{{
    {"res_http_websocket.so", "the connection"},
    {"res_ari_applications.so", "the connection"},
    {"res_ari_asterisk.so", "the look at its state after a gap"},
    {"res_ari_bridges.so", "talking"},
    {"res_ari_channels.so", "every call"},
    {"res_ari_endpoints.so", "the look at the phones"},
    {"res_ari_events.so", "the connection"},
    {"res_ari_playbacks.so", "announcements"},
    {"res_ari_recordings.so", "recording"},
    {"res_stasis_answer.so", "answering"},
    {"res_stasis_playback.so", "announcements"},
    {"res_stasis_recording.so", "recording"},
    {"res_stasis_snoop.so", "listening, whispering"},
    {"app_stasis.so", "the way from the dialplan to Usher"},
    {"bridge_softmix.so", "talking with three"},
    {"res_musiconhold.so", "music for those who wait"},
}};

std::optional<json::value> Parsed(const std::string& text) {
  boost::system::error_code failed;
  json::value value = json::parse(text, failed);
  if (failed) return std::nullopt;
  return value;
}

// The text at a path of keys; empty on a miss.
std::string TextAt(const std::string& body, std::initializer_list<std::string_view> path) {
  const std::optional<json::value> whole = Parsed(body);
  const json::value* at = whole ? &*whole : nullptr;
  for (const std::string_view key : path) {
    at = at != nullptr && at->is_object() ? at->as_object().if_contains(key) : nullptr;
  }
  return at != nullptr && at->is_string() ? std::string(at->as_string()) : "";
}

// One Asterisk and what was found of it. Its own thread keeps the connection; this one waits.
class Examination {
 public:
  explicit Examination(const AsteriskExam& exam) : exam_(exam) {
    AriClient::Options options = exam.server;
    options.application = "usher-doctor";
    AriClient::Hooks hooks;
    hooks.on_open = [this] {
      if (!std::exchange(was_open_, true)) opened_.set_value();
    };
    hooks.on_event = [](const asterisk::AriEvent&) {};
    client_ = std::make_unique<AriClient>(loop_, std::move(options), std::move(hooks));
    loop_.Start("doctor");
  }

  ~Examination() {
    loop_.Call([this] { client_.reset(); });
    loop_.Stop(Duration{1'000});
  }
  Examination(const Examination&) = delete;
  Examination& operator=(const Examination&) = delete;

  std::vector<Finding> Run() {
    if (!IsReached()) return found_.Take();
    LookAtEncryption();
    if (!IsConnected()) return found_.Take();
    const bool may_change = MayChange();
    LookAtModules();
    LookAtClock();
    LookAtApplication();
    if (may_change) LookAtDialplan();
    LookAtPhones();
    return found_.Take();
  }

 private:
  Result<AriAnswer> Fetch(const std::string& path) {
    std::promise<Result<AriAnswer>> answer;
    loop_.Post([&] {
      client_->Fetch(path, [&](Result<AriAnswer> got) { answer.set_value(std::move(got)); });
    });
    return answer.get_future().get();
  }

  Result<AriAnswer> Ask(std::string_view method, const std::string& uri) {
    std::promise<Result<AriAnswer>> answer;
    loop_.Post([&] {
      client_->Send(method, uri, {},
                    [&](Result<AriAnswer> got) { answer.set_value(std::move(got)); });
    });
    return answer.get_future().get();
  }

  // The body of what has to be answered with success; nothing, and a finding, otherwise.
  std::optional<std::string> Read(const std::string& about, const std::string& uri) {
    Result<AriAnswer> answer = Ask("GET", uri);
    if (answer.ok() && answer->status == 200) return std::move(answer->body);
    found_.Advise(about,
                  answer.ok() ? "Asterisk answers " + std::to_string(answer->status) + " to " + uri
                              : answer.error().message,
                  "ask again; look at Asterisk's log when it stays so");
    return std::nullopt;
  }

  // Over HTTP, which says why where the WebSocket only fails.
  bool IsReached() {
    const Result<AriAnswer> info = Fetch("asterisk/info");
    if (!info.ok()) {
      found_.Wrong(
          "reached", exam_.server.url + " does not answer: " + info.error().message,
          "check that Asterisk runs, http.conf's enabled, bindaddr and bindport, and the firewall");
      return false;
    }
    switch (info->status) {
      case 200:
        return IsNewEnough(TextAt(info->body, {"system", "version"}));
      case 401:
        found_.Wrong("reached", "Asterisk does not take the password of user " + exam_.server.user,
                     "compare it with ari.conf, then `asterisk -rx 'module reload res_ari.so'`");
        return false;
      case 403:
        found_.Wrong("reached", "user " + exam_.server.user + " may not ask", "look at ari.conf");
        return false;
      default:
        found_.Wrong(
            "reached", "there is no ARI: it answers " + std::to_string(info->status),
            "load res_ari.so and the res_ari_*.so modules, and set enabled = yes in ari.conf");
        return false;
    }
  }

  bool IsNewEnough(const std::string& version) {
    const std::optional<ReleaseNumber> number = ParseReleaseNumber(version);
    if (!number) {
      found_.Advise("version", "'" + version + "' tells no version",
                    "check that it is 22.4 or later: `asterisk -V`");
      return true;
    }
    if (*number < kOldestVersion) {
      found_.Wrong("version", "Asterisk " + version + " takes no requests on the events' WebSocket",
                   "install Asterisk 22.4 or later");
      return false;
    }
    found_.Good("version", "Asterisk " + version);
    return true;
  }

  void LookAtEncryption() {
    const std::string& url = exam_.server.url;
    const Result<io::Url> parts = io::ParseUrl(url);
    const std::string host = parts.ok() ? parts->host : "";
    if (url.starts_with("https:")) return found_.Good("encryption", "TLS");
    if (IsOnLoopback(host)) return found_.Good("encryption", "on loopback");
    found_.Wrong(
        "encryption", "the password and every number called travel to " + host + " in clear",
        "give http.conf tlsenable, tlsbindaddr, tlscertfile and tlsprivatekey, and use https");
  }

  bool IsConnected() {
    std::future<void> opened = opened_.get_future();
    loop_.Post([this] { client_->Start(); });
    if (opened.wait_for(kOpenTimeout) == std::future_status::ready) return true;
    found_.Wrong(
        "connection", "ARI answers, but its WebSocket does not open",
        "load res_http_websocket.so and res_ari_events.so; a proxy between must pass WebSockets");
    return false;
  }

  // A change of what is not there does no harm; who may only read is told so first.
  bool MayChange() {
    const Result<AriAnswer> answer = Ask("DELETE", "channels/usher-doctor-none");
    if (answer.ok() && answer->status == 404) {
      found_.Good("rights", "the user may change calls");
      return true;
    }
    found_.Wrong("rights", "user " + exam_.server.user + " may only look",
                 "set read_only = no for it in ari.conf");
    return false;
  }

  void LookAtModules() {
    const std::optional<std::string> body = Read("modules", "asterisk/modules");
    if (!body) return;
    const std::optional<json::value> list = Parsed(*body);
    std::set<std::string> running;
    if (list && list->is_array()) {
      for (const json::value& one : list->as_array()) {
        const std::string text = json::serialize(one);
        if (TextAt(text, {"status"}) == "Running") running.insert(TextAt(text, {"name"}));
      }
    }
    bool all = true;
    for (const auto& [name, use] : kModules) {
      if (running.contains(std::string(name))) continue;
      all = false;
      found_.Wrong("modules",
                   std::string(name) + " is not loaded; " + std::string(use) + " needs it",
                   "add `load = " + std::string(name) + "` to modules.conf and restart Asterisk");
    }
    if (all) found_.Good("modules", "all that calls need are loaded");
  }

  void LookAtClock() {
    const std::optional<std::string> body = Read("clock", "asterisk/variable?variable=EPOCH");
    if (!body) return;
    const std::string text = TextAt(*body, {"value"});
    std::int64_t theirs = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), theirs).ec != std::errc{}) return;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const Duration apart =
        std::chrono::abs(std::chrono::duration_cast<Duration>(now - std::chrono::seconds{theirs}));
    if (apart <= kClockApartMax) return found_.Good("clock", "as here");
    found_.Advise("clock", "it is " + std::to_string(apart.count() / 1000) + " s from the one here",
                  "let both machines keep time by NTP; recordings and logs are compared by it");
  }

  void LookAtApplication() {
    const std::string& name = exam_.server.application;
    const Result<AriAnswer> answer = Ask("GET", "applications/" + UriValue(name));
    if (answer.ok() && answer->status == 200) {
      return found_.Good("application", "somebody serves '" + name + "'");
    }
    found_.Advise("application", "nobody serves '" + name + "' now: calls go to the fallback",
                  "start `usher serve --asterisk FILE`");
  }

  // What a function of the dialplan says on the channel that was made for it.
  std::string Evaluated(const std::string& channel, const std::string& expression) {
    const Result<AriAnswer> answer =
        Ask("GET", "channels/" + channel + "/variable?variable=" + UriValue(expression));
    return answer.ok() && answer->status == 200 ? TextAt(answer->body, {"value"}) : "";
  }

  bool HasStep(const std::string& channel, int step) {
    return Evaluated(channel, "DIALPLAN_EXISTS(" + exam_.context + "," + exam_.number + "," +
                                  std::to_string(step) + ")") == "1";
  }

  // Functions want a channel: half of a Local one, which is not dialled and so calls nobody.
  void LookAtDialplan() {
    const std::string channel = "usher-doctor-" + io::RandomId();
    const Result<AriAnswer> made =
        Ask("POST", "channels/create?app=usher-doctor&channelId=" + channel +
                        "&endpoint=" + UriValue("Local/" + exam_.number + "@" + exam_.context));
    if (!made.ok() || made->status != 200) {
      return found_.Wrong(
          "dialplan", "context " + exam_.context + " has no way for " + exam_.number,
          "take deploy/asterisk/extensions.conf, or name yours with --context and --number");
    }
    LookAtSteps(channel);
    LookAtQueue(channel);
    const Result<AriAnswer> gone = Ask("DELETE", "channels/" + channel);
    if (!gone.ok() || gone->status != 204) {
      found_.Advise("dialplan",
                    "the channel " + channel + " of this examination could not be hung up",
                    "`asterisk -rx 'channel request hangup all'` when no call is up");
    }
  }

  void LookAtSteps(const std::string& channel) {
    constexpr int kStepsMax = 50;
    if (Evaluated(channel, "DIALPLAN_EXISTS(" + exam_.context + "," + exam_.number + ",1)")
            .empty()) {
      return found_.Advise("dialplan",
                           "func_dialplan.so is not loaded; the dialplan cannot be looked at",
                           "load it, or see yourself that something follows Stasis()");
    }
    int steps = 0;
    while (steps < kStepsMax && HasStep(channel, steps + 1)) ++steps;
    if (steps == 0) {
      return found_.Wrong(
          "dialplan", "context " + exam_.context + " has no way for " + exam_.number,
          "take deploy/asterisk/extensions.conf, or name yours with --context and --number");
    }
    // Stasis() alone is one step; what follows it is what happens to calls that Usher does not
    // take.
    if (steps < 2) {
      return found_.Wrong("dialplan",
                          "nothing follows Stasis() for " + exam_.number +
                              ": calls that Usher does not take are hung up",
                          "go on to a queue or a mailbox, as deploy/asterisk/extensions.conf does");
    }
    found_.Good("dialplan", "calls that Usher does not take go on in " + exam_.context);
  }

  void LookAtQueue(const std::string& channel) {
    const std::string members =
        Evaluated(channel, "QUEUE_MEMBER(" + exam_.fallback_queue + ",logged)");
    if (members.empty() || members == "-1") {
      return found_.Advise("fallback",
                           "there is no queue " + exam_.fallback_queue + " to fall back on",
                           "take deploy/asterisk/queues.conf, or name yours with --fallback-queue");
    }
    if (members == "0") {
      return found_.Advise(
          "fallback", "queue " + exam_.fallback_queue + " has nobody to ring",
          "add members to usher_site_queue.conf; without, callers come to the mailbox");
    }
    found_.Good("fallback", "queue " + exam_.fallback_queue + " rings " + members);
  }

  void LookAtPhones() {
    std::size_t there = 0;
    for (const std::string& endpoint : exam_.endpoints) {
      const Result<AriAnswer> answer = Ask("GET", "endpoints/" + endpoint);
      if (!answer.ok() || answer->status != 200) {
        found_.Wrong(
            "phones", "Asterisk knows no " + endpoint,
            "add it to usher_site_pjsip.conf, or correct the agent's phone in Usher's file");
      } else if (TextAt(answer->body, {"state"}) != "online") {
        found_.Advise("phones", endpoint + " is not registered",
                      "look at the phone's account and network");
      } else {
        ++there;
      }
    }
    if (there > 0) found_.Good("phones", "registered: " + std::to_string(there));
  }

  const AsteriskExam& exam_;
  io::EventLoop loop_;
  std::unique_ptr<AriClient> client_;
  bool was_open_ = false;
  std::promise<void> opened_;
  Findings found_;
};

}  // namespace

std::vector<Finding> ExamineAsterisk(const AsteriskExam& exam) { return Examination(exam).Run(); }

}  // namespace usher::app
