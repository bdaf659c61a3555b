// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace usher::phone {

// How telephone calls of one domain are treated. Numbers are as the switch gives and dials them.

// Where a number leads.
struct NumberRule {
  std::string number;  // as dialled; a `*` at its end stands for any rest, alone for any number
  std::string queue;
  std::int32_t priority = 0;
  std::map<std::string, std::string> attributes{};
};

// What a caller in a queue may do by pressing a key.
struct DigitRule {
  enum class Action {
    kCallback,   // is called back, place kept
    kVoicemail,  // goes back to the dialplan, which takes a message
    kQueue,      // waits in another queue instead, place kept
  };
  Action action = Action::kCallback;
  std::string queue{};  // kQueue
};

// When an agent's telephone rings.
enum class Ring {
  kOnOffer,   // with the offer; answering it accepts the contact
  kOnAccept,  // once the contact was accepted in the console
};

// What becomes of a caller whom no agent will answer: queue closed, full, given up.
enum class Farewell {
  kContinue,  // the dialplan goes on, with the variable USHER_GIVEN_BACK
  kHangUp,    // after the `closed` sound, if there is one
};

struct Announcements {
  bool position = false;
  bool wait = false;           // the expected wait in minutes, where it is known
  Duration every{30'000};      // at the earliest; sooner only when the position changed
  Duration at_change{10'000};  // at the earliest after the last one, when the position changed
  // Before and behind the number; sounds of the switch.
  std::vector<std::string> position_before{"queue-thereare"};
  std::vector<std::string> position_behind{"queue-callswaiting"};
  std::vector<std::string> next{"queue-youarenext"};
  std::vector<std::string> wait_before{"queue-holdtime"};
  std::vector<std::string> wait_behind{"queue-minutes"};
};

struct QueueRules {
  bool answer = true;  // before it waits; else the caller hears ringing and pays nothing until then
  std::string music = "default";  // class of music on hold
  Ring ring = Ring::kOnOffer;
  Duration ring_timeout{0};  // of an agent's telephone; 0: until the offer's deadline
  Announcements announce{};
  std::map<char, DigitRule> digits{};
  std::string callback_thanks{};  // a sound before a caller who is called back is hung up
  bool record = false;
  std::string record_announce{};  // a sound for the caller before a recorded conversation waits
  Farewell farewell = Farewell::kContinue;
  std::string closed{};     // a sound before hanging up
  std::string caller_id{};  // shown to customers who are called; empty: the switch's
  bool show_caller = true;  // the caller's number on the agent's telephone
};

struct PhoneRules {
  std::vector<NumberRule> numbers{};
  std::map<std::string, QueueRules> queues{};  // others have the defaults
  QueueRules other_queues{};
  // The switch's name of an agent's telephone: `{agent}` stands for the agent's id.
  std::string agent_address = "PJSIP/{agent}";
  std::map<std::string, std::string> agent_addresses{};  // of single agents
  // Whose telephones stay up between calls, once they answered one.
  bool all_nailed_up = false;
  std::set<std::string> nailed_up{};
  // A telephone that does not even ring after so long is not there; 0: rung until the end.
  Duration unreachable_after{4'000};
  // For which of the domain's reasons an agent is not ready any more whose telephone is not there;
  // empty: she goes on being asked.
  std::string unreachable_reason{};
  // Of a number outside: `{number}` stands for it; empty: nobody outside can be called.
  std::string outside_address{};
  Duration outside_ring{60'000};

  const QueueRules& Of(const std::string& queue) const {
    const auto found = queues.find(queue);
    return found == queues.end() ? other_queues : found->second;
  }
  // The rule with the longest number that fits; null when none does.
  const NumberRule* Find(std::string_view number) const;
  std::string AddressOf(const std::string& agent) const;
  bool IsNailedUp(const std::string& agent) const {
    return all_nailed_up || nailed_up.contains(agent);
  }
  std::string AddressOutside(const std::string& number) const;
};

// `+`, digits, `*` and `#`, 1 to 32 of them: nothing else is ever dialled.
bool IsNumber(std::string_view text);

}  // namespace usher::phone
