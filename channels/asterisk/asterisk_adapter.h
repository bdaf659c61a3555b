// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "base/io/event_loop.h"
#include "base/io/metrics.h"
#include "base/result.h"
#include "channels/asterisk/asterisk_config.h"
#include "channels/phone/phone_domain.h"

namespace usher::asterisk {

// Telephone calls through Asterisk: every call that its dialplan gives to the Stasis application
// becomes a contact and is brought to its agent (channels/phone says how).
//
//   auto adapter = AsteriskAdapter::Make(loop, routes, metrics, config);
//   (*adapter)->Start();
class AsteriskAdapter {
 public:
  // Each server's domain must have a route. UNKNOWN_DOMAIN. Loop, roads and metrics must outlive
  // the adapter.
  static Result<std::unique_ptr<AsteriskAdapter>> Make(io::EventLoop& loop,
                                                       const std::vector<phone::PhoneRoute>& routes,
                                                       io::Metrics& metrics, AsteriskConfig config);
  // Stops; waits for the loop's thread when on another.
  ~AsteriskAdapter();
  AsteriskAdapter(const AsteriskAdapter&) = delete;
  AsteriskAdapter& operator=(const AsteriskAdapter&) = delete;

  // Any thread. Connects to the router, and to the servers once the open contacts are known: a
  // caller whom nobody could queue is better off in the dialplan.
  void Start();
  // Any thread. Lets go of everything. Calls go on as they are, and are met again by the next
  // process of the name.
  void Stop();

 private:
  struct State;
  explicit AsteriskAdapter(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace usher::asterisk
