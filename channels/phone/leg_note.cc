// SPDX-License-Identifier: Apache-2.0
#include "channels/phone/leg_note.h"

#include <charconv>

#include "channels/phone/phone_rules.h"

namespace usher::phone {

namespace {

template <class Number>
Number ToNumber(std::string_view text) {
  Number number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// `2@1795283281123`
Lasting ToLasting(std::string_view value) {
  const std::size_t mark = value.find('@');
  const int state = ToNumber<int>(value.substr(0, mark));
  if (mark == std::string_view::npos || !routing::v1::CallLeg::State_IsValid(state)) return {};
  return {static_cast<routing::v1::CallLeg::State>(state),
          InstantFromUnixMs(ToNumber<std::int64_t>(value.substr(mark + 1)))};
}

std::string ToText(const Lasting& lasting) {
  return std::to_string(static_cast<int>(lasting.state)) + '@' +
         std::to_string(ToUnixMs(lasting.since));
}

void Read(std::string_view word, LegNote& note) {
  const std::size_t mark = word.find('=');
  const std::string_view key = word.substr(0, mark);
  const std::string_view value =
      mark == std::string_view::npos ? std::string_view() : word.substr(mark + 1);
  if (key == "r") note.recording = value;
  if (key == "n") note.recordings = ToNumber<std::uint32_t>(value);
  if (key == "p") note.recording_paused = true;
  if (key == "j") note.joined = true;
  if (key == "m") note.muted = true;
  if (key == "x") note.passing = true;
  if (key == "a" && IsNumber(value)) note.address = value;
  if (key == "s" && routing::v1::SupervisionMode_IsValid(ToNumber<int>(value))) {
    note.mode = static_cast<routing::v1::SupervisionMode>(ToNumber<int>(value));
  }
  if (key == "t") note.lasting = ToLasting(value);
  if (key == "c") note.customer = ToLasting(value);
}

}  // namespace

std::string ToText(const LegNote& note) {
  std::string text;
  const auto add = [&](const std::string& word) { text += (text.empty() ? "" : ";") + word; };
  if (!note.recording.empty()) add("r=" + note.recording);
  if (note.recordings > 0) add("n=" + std::to_string(note.recordings));
  if (note.recording_paused) add("p");
  if (note.joined) add("j");
  if (note.muted) add("m");
  if (note.passing) add("x");
  if (!note.address.empty()) add("a=" + note.address);
  if (note.mode != routing::v1::SUPERVISION_MODE_UNSPECIFIED) {
    add("s=" + std::to_string(static_cast<int>(note.mode)));
  }
  if (note.lasting.since != Instant{}) add("t=" + ToText(note.lasting));
  if (note.customer.since != Instant{}) add("c=" + ToText(note.customer));
  return text;
}

LegNote ParseLegNote(std::string_view text) {
  LegNote note;
  while (!text.empty()) {
    const std::size_t end = text.find(';');
    Read(text.substr(0, end), note);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return note;
}

}  // namespace usher::phone
