// SPDX-License-Identifier: Apache-2.0
#include "usher/freeswitch_exam.h"

#include <array>
#include <charconv>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "base/io/event_loop.h"
#include "channels/freeswitch/esl_client.h"
#include "usher/release_number.h"

namespace usher::app {

namespace {

using freeswitch::EslClient;

constexpr Duration kOpenTimeout{8'000};  // longer than the client waits for one step
// Whoever serves writes its lease anew each second.
constexpr Duration kLeaseLook{1'500};
constexpr ReleaseNumber kOldestVersion{1, 10};
constexpr std::string_view kDefaultPassword = "ClueCon";

// Without the first of each pair Usher lacks what the second says.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kModules{{
    {"mod_dialplan_xml", "the way from the dialplan to Usher"},
    {"mod_dptools", "every call"},
    {"mod_conference", "talking"},
    {"mod_sofia", "SIP"},
    {"mod_local_stream", "music for those who wait"},
    {"mod_sndfile", "sounds and recordings"},
}};

// `FreeSWITCH Version 1.10.12-release~64bit (…)`
std::optional<ReleaseNumber> VersionOf(std::string_view text) {
  constexpr std::string_view kBefore = "Version ";
  const std::size_t begin = text.find(kBefore);
  if (begin == std::string_view::npos) return std::nullopt;
  return ParseReleaseNumber(text.substr(begin + kBefore.size()));
}

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// One FreeSWITCH and what was found of it. Its own thread keeps the connection; this one waits.
class Examination {
 public:
  explicit Examination(const FreeswitchExam& exam) : exam_(exam) {
    EslClient::Hooks hooks;
    hooks.on_open = [this] { Settle({}); };
    hooks.on_event = [](const freeswitch::EslEvent&) {};
    hooks.on_failed = [this](const Error& error) { Settle(error); };
    client_ = std::make_unique<EslClient>(loop_,
                                          EslClient::Options{.name = exam.server.name,
                                                             .host = exam.server.host,
                                                             .port = exam.server.port,
                                                             .password = exam.server.password,
                                                             .events = {"BACKGROUND_JOB"}},
                                          std::move(hooks));
    loop_.Start("doctor");
  }

  ~Examination() {
    loop_.Call([this] { client_.reset(); });
    loop_.Stop(Duration{1'000});
  }
  Examination(const Examination&) = delete;
  Examination& operator=(const Examination&) = delete;

  std::vector<Finding> Run() {
    if (!IsLetIn()) return found_.Take();
    LookAtWay();
    if (!IsNewEnough()) return found_.Take();
    LookAtModules();
    LookAtConferences();
    LookAtDialplan();
    LookAtWayBack();
    LookAtRecordings();
    LookAtApplication();
    LookAtTelephones();
    return found_.Take();
  }

 private:
  // The first word about the connection counts.
  void Settle(Result<void> how) {
    if (!std::exchange(settled_, true)) opened_.set_value(std::move(how));
  }

  // Empty: no answer, or none of use.
  std::string Ask(const std::string& command) {
    std::promise<Result<std::string>> answer;
    loop_.Post([&] {
      client_->Send(command, [&](Result<std::string> got) { answer.set_value(std::move(got)); });
    });
    const Result<std::string> got = answer.get_future().get();
    return got.ok() && !got->starts_with('-') ? *got : std::string();
  }

  bool IsLetIn() {
    const std::string where = exam_.server.host + ':' + std::to_string(exam_.server.port);
    std::future<Result<void>> opened = opened_.get_future();
    loop_.Post([this] { client_->Start(); });
    if (opened.wait_for(kOpenTimeout) != std::future_status::ready) {
      found_.Wrong("connection", where + " takes connections and says nothing",
                   "check that the port is that of FreeSWITCH's event socket");
      return false;
    }
    const Result<void> how = opened.get();
    if (how.ok()) {
      found_.Good("connection", where + " lets Usher in");
      return true;
    }
    found_.Wrong("connection", where + ": " + how.error().message, how.error().next_step);
    return false;
  }

  void LookAtWay() {
    if (exam_.server.password == kDefaultPassword) {
      found_.Wrong("password", "it is the one that FreeSWITCH comes with, which everybody knows",
                   "make one: docs/integrate/freeswitch.md shows how");
    } else {
      found_.Good("password", "not the one that FreeSWITCH comes with");
    }
    const std::string& host = exam_.server.host;
    if (IsOnLoopback(host)) return found_.Good("encryption", "on loopback");
    found_.Wrong("encryption",
                 "the password and every number called travel to " + host + " in clear",
                 "run Usher beside FreeSWITCH, or lead the event socket through a tunnel");
  }

  bool IsNewEnough() {
    const std::string version = Ask("version");
    const std::optional<ReleaseNumber> number = VersionOf(version);
    if (!number) {
      found_.Advise("version", "'" + version + "' tells no version",
                    "check that it is 1.10 or later: `freeswitch -version`");
      return true;
    }
    const std::string text = ToText(*number);
    if (*number < kOldestVersion) {
      found_.Wrong("version", "FreeSWITCH " + text + " is older than what Usher was written for",
                   "install FreeSWITCH 1.10 or later");
      return false;
    }
    found_.Good("version", "FreeSWITCH " + text);
    return true;
  }

  void LookAtModules() {
    // It is what answers the question about the others.
    if (Ask("module_exists mod_commands") != "true") {
      return found_.Wrong("modules", "mod_commands is not loaded; everything needs it",
                          "add it to modules.conf.xml and restart FreeSWITCH");
    }
    bool all = true;
    const auto look = [&](const std::string& name, std::string_view use) {
      if (Ask("module_exists " + name) == "true") return;
      all = false;
      found_.Wrong("modules", name + " is not loaded; " + std::string(use) + " needs it",
                   "add it to modules.conf.xml, then `fs_cli -x 'load " + name + "'`");
    };
    for (const auto& [name, use] : kModules) look(std::string(name), use);
    look("mod_say_" + exam_.server.language, "a number that is said");
    if (all) found_.Good("modules", "all that calls need are loaded");
  }

  void LookAtConferences() {
    const std::string& profile = exam_.server.conference_profile;
    const std::string text = Ask("xml_locate configuration configuration name conference.conf");
    if (text.empty()) {
      return found_.Advise("conference", "conference.conf cannot be read from here",
                           "see yourself that it has the profile " + profile);
    }
    if (!Has(text, "<profile name=\"" + profile + '"')) {
      return found_.Wrong("conference",
                          "conference.conf has no profile " + profile + ": nobody can talk",
                          "put deploy/freeswitch/conference-profile.xml among its profiles, then "
                          "`fs_cli -x reloadxml`");
    }
    found_.Good("conference", "there is the profile " + profile);
  }

  std::string Context(const std::string& name) {
    return Ask("xml_locate dialplan context name " + name);
  }

  // A dialplan that is made by a script or fetched by HTTP is not seen here.
  void LookAtDialplan() {
    const std::string text = Context(exam_.context);
    const std::string mark = "usher_application=" + exam_.server.application;
    if (!Has(text, mark)) {
      return found_.Advise("dialplan", "nothing in context " + exam_.context + " sets " + mark,
                           "take deploy/freeswitch/dialplan-numbers.xml, or name yours with "
                           "--context; one that is not XML on disk cannot be seen from here");
    }
    if (!Has(text, "sched_transfer")) {
      return found_.Wrong(
          "dialplan",
          "callers are parked in context " + exam_.context +
              " without a way on: while "
              "Usher is away they hear nothing, for ever",
          "schedule a transfer before they are parked, as deploy/freeswitch/dialplan-numbers.xml "
          "does");
    }
    found_.Good("dialplan", "context " + exam_.context +
                                " parks callers for Usher, and takes them "
                                "back when it is away");
  }

  void LookAtWayBack() {
    const std::string& context = exam_.server.give_back_context;
    const std::string& extension = exam_.server.give_back_extension;
    const std::string text = Context(context);
    if (text.empty()) {
      return found_.Wrong("fallback",
                          "there is no context " + context + " for callers who are given back",
                          "take deploy/freeswitch/dialplan-usher.xml, or name yours as "
                          "give_back_context in Usher's file");
    }
    if (!Has(text, extension)) {
      return found_.Advise("fallback", "context " + context + " does not name " + extension,
                           "see that one of its extensions takes that number");
    }
    found_.Good("fallback", "callers who are given back go on at " + extension + " in " + context);
  }

  void LookAtRecordings() {
    if (Ask("file_exists " + exam_.server.recordings) == "true") {
      return found_.Good("recordings", "there is " + exam_.server.recordings);
    }
    found_.Advise("recordings", "FreeSWITCH sees no folder " + exam_.server.recordings,
                  "make it, writable for FreeSWITCH, before calls are recorded");
  }

  void LookAtApplication() {
    const std::string& name = exam_.server.application;
    const std::string question = "global_getvar usher_serves_" + name;
    const std::string before = Ask(question);
    if (!before.empty()) std::this_thread::sleep_for(kLeaseLook);
    if (!before.empty() && Ask(question) != before) {
      return found_.Good("application", "somebody serves '" + name + "'");
    }
    found_.Advise("application", "nobody serves '" + name + "' now: calls go to the fallback",
                  "start `usher serve --freeswitch FILE`");
  }

  void LookAtTelephones() {
    constexpr std::string_view kUser = "user/";
    std::size_t there = 0;
    for (const std::string& address : exam_.telephones) {
      if (!address.starts_with(kUser) || !freeswitch::IsPlain(address)) continue;
      const std::string contact = Ask("sofia_contact " + address.substr(kUser.size()));
      if (contact.empty() || contact.starts_with("error/")) {
        found_.Advise("phones", address + " is not registered",
                      "look at the phone's account and network, and the user in the directory");
      } else {
        ++there;
      }
    }
    if (there > 0) found_.Good("phones", "registered: " + std::to_string(there));
  }

  const FreeswitchExam& exam_;
  io::EventLoop loop_;
  std::unique_ptr<EslClient> client_;
  bool settled_ = false;  // loop thread
  std::promise<Result<void>> opened_;
  Findings found_;
};

}  // namespace

std::vector<Finding> ExamineFreeswitch(const FreeswitchExam& exam) {
  return Examination(exam).Run();
}

}  // namespace usher::app
