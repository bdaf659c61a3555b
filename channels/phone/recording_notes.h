// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>

#include "base/io/event_loop.h"
#include "base/io/leader_channel.h"
#include "channels/client/conversation_client.h"
#include "usher/routing/v1/contact.pb.h"

namespace usher::phone {

// A recording that is over.
struct Recording {
  std::string name;     // without ending; unique at its server
  std::string contact;  // whose conversation
  std::string server;   // the line that it was recorded at
  std::string address;  // where it is, such as `x-asterisk:recordings/usher-c42-17-1`
  std::string url{};    // https address for people; empty: none
  int seconds = 0;      // 0: not known
};

// Puts recordings on record: as an entry of the customer's timeline (an outside event
// `call.recorded`, recorded once for each name) and as a message of the conversation. What the
// router cannot take now is said again until it can; what is said twice stands once. So whoever is
// in doubt notes a recording again.
//
// Loop thread only. Road and conversations must outlive it.
class RecordingNotes {
 public:
  static constexpr std::size_t kWaitingMax = 50'000;  // beyond it: logged, found after a restart
  static constexpr std::size_t kUnderWayMax = 16;
  static constexpr std::size_t kNotedMax = 50'000;  // names that are known to be on record

  RecordingNotes(io::EventLoop& loop, io::LeaderChannel& road, std::function<std::string()> token,
                 channels::ConversationClient& conversations);

  void Note(Recording recording);
  void Stop();

 private:
  void Next();
  void Again(Recording recording);
  void FindCustomer(const Recording& recording);
  void Record(const Recording& recording, const std::string& customer);
  void Append(const Recording& recording);
  void Done(const Recording& recording);

  io::EventLoop& loop_;
  io::LeaderChannel& road_;
  const std::function<std::string()> token_;
  channels::ConversationClient& conversations_;
  std::deque<Recording> waiting_;
  std::size_t under_way_ = 0;
  io::Timer again_;
  std::unordered_set<std::string> noted_;
  std::deque<std::string> noted_in_order_;
  std::shared_ptr<void> alive_ = std::make_shared<int>();
};

}  // namespace usher::phone
