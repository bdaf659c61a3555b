// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "base/io/event_loop.h"
#include "base/io/leader_channel.h"
#include "base/time.h"

namespace usher::phone {

// Who is signed in, asked of the router while somebody needs to know. The sign-outs of agents come
// on no stream of an adapter's: a stream that follows an agent counts as her console. So the list
// is read, and only where something depends on it.
//
// Loop thread only. The road must outlive it.
class SignedInAgents {
 public:
  // From Want() to the answer; what is done with a sign-out comes so much later at the most.
  static constexpr Duration kAskAfter{5'000};
  static constexpr int kAgentsInPage = 500;

  using OnKnown = std::function<void(const std::set<std::string>& signed_in)>;

  SignedInAgents(io::EventLoop& loop, io::LeaderChannel& road, std::function<std::string()> token,
                 OnKnown on_known);
  SignedInAgents(const SignedInAgents&) = delete;
  SignedInAgents& operator=(const SignedInAgents&) = delete;

  // Asks once, soon; again while that is under way is harmless. An answer that does not come is
  // asked for again.
  void Want();
  void Stop();

 private:
  void Ask(const std::string& page_token);

  io::EventLoop& loop_;
  io::LeaderChannel& road_;
  const std::function<std::string()> token_;
  const OnKnown on_known_;
  io::Timer ask_;
  bool asking_ = false;
  std::set<std::string> found_;
  std::shared_ptr<void> alive_ = std::make_shared<int>();
};

}  // namespace usher::phone
