// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/time.h"

namespace boost::asio {
class io_context;
}

namespace usher::io {

// One thread and the work that is done on it. Everything of base/io that has callbacks (servers,
// sockets, timers, clients) belongs to one loop and is touched on its thread only, so none of it
// locks. Several servers may share a loop.
//
//   EventLoop loop;
//   HttpServer server(loop, {.address = address});
//   ...
//   loop.Start("http");          // or loop.Run() to lend the calling thread
//   ...
//   loop.Stop(Duration{5000});   // any thread
//
// A loop is run once: after it has ended it cannot be started again.
class EventLoop {
 public:
  EventLoop();
  // Stops without waiting for open work and joins the thread that Start made.
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Runs the loop on a thread of its own, named (15 characters) for `top` and debuggers.
  void Start(const std::string& name);

  // Runs the loop on the calling thread until it is stopped.
  void Run();

  // Any thread. `fn` runs later on the loop's thread, in the order of the posts. After the loop has
  // ended it is destroyed unrun.
  void Post(std::function<void()> fn);

  // Any thread. Runs `fn` on the loop's thread and returns when it has run. Runs it at once when
  // called on that thread, or when no thread runs the loop (before Start and after the end).
  void Call(const std::function<void()>& fn);

  // Loop thread, or before Start. `fn` runs on the loop when Stop is called, last added first:
  // owners of sockets close them here, so that the loop runs out of work.
  void OnStop(std::function<void()> fn);

  // Any thread; again is harmless. Runs what was posted before, then the OnStop functions, then
  // waits at most `drain` for open work (answers under way, closing handshakes), then ends. Returns
  // after the end, except on the loop's own thread, where it returns at once and Run returns later.
  void Stop(Duration drain);

  bool InLoopThread() const;

  // For sources of base/io and for adapters that speak Asio themselves.
  boost::asio::io_context& context();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A timer for one function at a time, on the loop's thread. Precise to the millisecond, never
// early. Destroying or restarting it drops the function that has not run yet.
class Timer {
 public:
  explicit Timer(EventLoop& loop);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Runs `fn` once after `delay` (0: as soon as the loop turns).
  void Start(Duration delay, std::function<void()> fn);
  void Cancel();
  bool pending() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace usher::io
