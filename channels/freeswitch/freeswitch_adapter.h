// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "base/io/event_loop.h"
#include "base/io/metrics.h"
#include "base/result.h"
#include "channels/freeswitch/freeswitch_config.h"
#include "channels/phone/phone_domain.h"

namespace usher::freeswitch {

// Telephone calls through FreeSWITCH: every call that its dialplan parks for us
// becomes a contact and is brought to its agent (channels/phone says how).
//
//   auto adapter = FreeswitchAdapter::Make(loop, routes, metrics, config);
//   (*adapter)->Start();
class FreeswitchAdapter {
 public:
  // Each server's domain must have a route. UNKNOWN_DOMAIN. Loop, roads and metrics must outlive
  // the adapter.
  static Result<std::unique_ptr<FreeswitchAdapter>> Make(
      io::EventLoop& loop, const std::vector<phone::PhoneRoute>& routes, io::Metrics& metrics,
      FreeswitchConfig config);
  // Stops; waits for the loop's thread when on another.
  ~FreeswitchAdapter();
  FreeswitchAdapter(const FreeswitchAdapter&) = delete;
  FreeswitchAdapter& operator=(const FreeswitchAdapter&) = delete;

  // Any thread. Connects to the router, and to the servers once the open contacts are known: a
  // caller whom nobody could queue is better off in the dialplan.
  void Start();
  // Any thread. Lets go of everything. Calls go on as they are, and are met again by the next
  // process of the name.
  void Stop();

 private:
  struct State;
  explicit FreeswitchAdapter(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace usher::freeswitch
