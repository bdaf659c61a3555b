// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <utility>

#include "base/io/json_text.h"
#include "channels/asterisk/asterisk_server.h"

namespace usher::asterisk {

using phone::LegEnd;

// What calls want, in Asterisk's requests.

void AsteriskServer::Request(std::string_view method, std::string uri, std::string body) {
  client_.Send(method, std::move(uri), std::move(body), [this](const Result<AriAnswer>& answer) {
    if (answer.ok() && answer->status >= 400) metrics_.CountFailedRequest(answer->status);
  });
}

void AsteriskServer::Answer(const std::string& leg) {
  Request("POST", "channels/" + UriValue(leg) + "/answer");
}
void AsteriskServer::Ring(const std::string& leg) {
  Request("POST", "channels/" + UriValue(leg) + "/ring");
}
void AsteriskServer::StartMusic(const std::string& leg, const std::string& music) {
  Request("POST", "channels/" + UriValue(leg) + "/moh?mohClass=" + UriValue(music));
}
void AsteriskServer::StopMusic(const std::string& leg) {
  Request("DELETE", "channels/" + UriValue(leg) + "/moh");
}

void AsteriskServer::Dial(const phone::Dialling& dialling) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(dialling.timeout).count();
  std::string uri = "channels/" + UriValue(dialling.leg) +
                    "?endpoint=" + UriValue(dialling.address) +
                    "&app=" + UriValue(config_.application) +
                    "&appArgs=leg&timeout=" + std::to_string(std::max<std::int64_t>(1, seconds));
  if (!dialling.like_leg.empty()) {
    uri += "&originator=" + UriValue(dialling.like_leg);
  } else if (dialling.withheld) {
    uri += "&callerId=anonymous";
  } else if (!dialling.caller_id.empty()) {
    uri += "&callerId=" + UriValue(dialling.caller_id);
  }
  std::string variables = R"json({"variables":{"PJSIP_TRANSFER_HANDLING()":"ari-only")json";
  const auto add = [&variables](const std::string& name, const std::string& value) {
    if (value.empty()) return;
    variables += ",\"" + name + "\":";
    io::AppendJsonString(variables, value);
  };
  add("PJSIP_HEADER(add,X-Usher-Contact)", dialling.contact);
  add(kNote, dialling.note);
  client_.Send("POST", std::move(uri), variables + "}}",
               [this, leg = dialling.leg](const Result<AriAnswer>& answer) {
                 if (!answer.ok() || answer->status < 400) return;
                 metrics_.CountFailedRequest(answer->status);
                 domain_.LegGone(config_.name, leg, LegEnd::kUnreachable);
               });
}

void AsteriskServer::HangUp(const std::string& leg) {
  Request("DELETE", "channels/" + UriValue(leg));
}
void AsteriskServer::Keep(const std::string& leg, const std::string& note) {
  Request("POST",
          "channels/" + UriValue(leg) + "/variable?variable=" + kNote + "&value=" + UriValue(note));
}
void AsteriskServer::SendBack(const std::string& leg, const std::string& why) {
  Request("POST", "channels/" + UriValue(leg) +
                      "/variable?variable=USHER_GIVEN_BACK&value=" + UriValue(why));
  Request("POST", "channels/" + UriValue(leg) + "/continue");
}
void AsteriskServer::OpenBridge(const std::string& bridge) {
  Request("POST", "bridges/" + UriValue(bridge) + "?type=mixing");
}
// Asterisk does its requests one after the other, so those who come in together cost one. It takes
// nobody where one of them is gone; then each is told alone.
void AsteriskServer::Enter(const std::string& bridge, const std::vector<std::string>& legs) {
  std::string all;
  for (const std::string& leg : legs) all += (all.empty() ? "" : ",") + UriValue(leg);
  client_.Send("POST", "bridges/" + UriValue(bridge) + "/addChannel?channel=" + all, {},
               [this, bridge, legs](const Result<AriAnswer>& answer) {
                 if (!answer.ok() || answer->status < 400) return;
                 metrics_.CountFailedRequest(answer->status);
                 if (legs.size() < 2) return;
                 for (const std::string& leg : legs) Enter(bridge, {leg});
               });
}
void AsteriskServer::Leave(const std::string& bridge, const std::string& leg) {
  Request("POST", "bridges/" + UriValue(bridge) + "/removeChannel?channel=" + UriValue(leg));
}
void AsteriskServer::CloseBridge(const std::string& bridge) {
  if (recordings_.contains(bridge)) {
    closing_.insert(bridge);
    return;
  }
  Request("DELETE", "bridges/" + UriValue(bridge));
}
void AsteriskServer::Mute(const std::string& leg, bool muted) {
  Request(muted ? "POST" : "DELETE", "channels/" + UriValue(leg) + "/mute?direction=in");
}
void AsteriskServer::SendDigits(const std::string& leg, const std::string& digits) {
  Request("POST", "channels/" + UriValue(leg) + "/dtmf?dtmf=" + UriValue(digits));
}

void AsteriskServer::Play(const std::string& leg, const std::string& playback,
                          const std::vector<std::string>& media) {
  std::string all;
  for (const std::string& each : media) all += (all.empty() ? "" : ",") + UriValue(each);
  Request("POST", "channels/" + UriValue(leg) + "/play/" + UriValue(playback) + "?media=" + all);
}
void AsteriskServer::StopPlaying(const std::string& playback) {
  Request("DELETE", "playbacks/" + UriValue(playback));
}

void AsteriskServer::StartRecording(const std::string& bridge, const std::string& name) {
  recordings_[bridge] = name;
  client_.Send("POST",
               "bridges/" + UriValue(bridge) + "/record?name=" + UriValue(name) +
                   "&format=wav&ifExists=fail",
               {}, [this, name](const Result<AriAnswer>& answer) {
                 if (answer.ok() && answer->status < 400) return;
                 if (answer.ok()) metrics_.CountFailedRequest(answer->status);
                 RecordingOver(name);
               });
}
// It ends by itself when everybody has left the bridge.
void AsteriskServer::RecordingOver(const std::string& name) {
  const auto found = std::find_if(recordings_.begin(), recordings_.end(),
                                  [&](const auto& entry) { return entry.second == name; });
  if (found == recordings_.end()) return;
  const std::string bridge = found->first;
  recordings_.erase(found);
  if (closing_.erase(bridge) > 0) CloseBridge(bridge);
}
void AsteriskServer::PauseRecording(const std::string& name, bool paused) {
  Request(paused ? "POST" : "DELETE", "recordings/live/" + UriValue(name) + "/pause");
}
void AsteriskServer::Listen(const std::string& leg, const std::string& snoop, bool whisper) {
  Request("POST", "channels/" + UriValue(leg) + "/snoop/" + UriValue(snoop) +
                      "?spy=both&whisper=" + (whisper ? "out" : "none") +
                      "&app=" + UriValue(config_.application) + "&appArgs=snoop");
}
void AsteriskServer::TellTransfer(const std::string& leg, bool accepted) {
  Request("POST", "channels/" + UriValue(leg) + "/transfer_progress?states=" +
                      (accepted ? "channel_answered" : "channel_declined"));
}

}  // namespace usher::asterisk
