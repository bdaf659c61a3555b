// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace usher::asterisk {

// A channel as far as calls need it.
struct AriChannel {
  std::string id;
  std::string name;           // `PJSIP/trunk-00000025`
  std::string state;          // `Down`, `Ring` (inbound, not answered), `Ringing`, `Up`
  std::string caller_number;  // empty: none was given
  std::string caller_name;
  std::string dialled;                           // the extension that it came in on
  std::string app_name;                          // `Stasis` while an application has it
  std::string app_data;                          // `usher,inbound,+15558000123`
  std::map<std::string, std::string> variables;  // of ari.conf's `channelvars`
};

struct AriBridge {
  std::string id;
  std::vector<std::string> channels;
};

// What the events socket brings: an event of a channel or an answer to a request.
struct AriEvent {
  enum class Kind {
    kOther,  // known by its type only
    kStasisStart,
    kStasisEnd,
    kChannelDestroyed,
    kHangupRequest,
    kRinging,  // a channel of ours rings at the other end, or is heard of otherwise
    kDigit,
    kHold,
    kUnhold,
    kTransfer,
    kPlaybackFinished,
    kRecordingFinished,
    kRecordingFailed,
    kReplaced,  // another client took the application
    kAnswer,    // to a request of ours
  };

  Kind kind = Kind::kOther;
  std::string type;
  AriChannel channel;
  std::vector<std::string> arguments;  // StasisStart
  std::string replaces;                // StasisStart: the channel whose place this one takes
  int cause = 0;                       // Q.850; 0: not said
  int sip_status = 0;                  // 0: not said
  std::string digit;
  std::string destination;  // of a transfer that a phone asked for
  std::string media;        // id of the playback, name of the recording
  int duration_s = 0;       // of a recording
  std::string request_id;   // kAnswer
  int status = 0;           // kAnswer
  std::string body;         // kAnswer: JSON text, or empty
};

// Nothing on what is no JSON object with a type; fields of the wrong type read as absent. Never
// throws.
std::optional<AriEvent> ParseAriEvent(std::string_view text);

// Answers of GET /channels, /channels/{id} and /bridges; entries without an id are left out.
std::vector<AriChannel> ParseAriChannels(std::string_view json);
std::vector<AriBridge> ParseAriBridges(std::string_view json);
// The names of GET /recordings/stored.
std::vector<std::string> ParseAriRecordings(std::string_view json);

// One text of a JSON object, at a path of keys such as {"status", "startup_time"}; empty on a miss.
std::string ParseAriText(std::string_view json, const std::vector<std::string_view>& path);

}  // namespace usher::asterisk
