// SPDX-License-Identifier: Apache-2.0
#include "base/io/event_loop.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <pthread.h>

#include "base/check.h"

namespace usher::io {

namespace asio = boost::asio;

struct EventLoop::State {
  enum class Phase { kNew, kRunning, kEnded };

  asio::io_context context{1};
  std::thread thread;
  std::atomic<std::thread::id> loop_thread;
  std::vector<std::function<void()>> on_stop;
  bool stopping = false;  // loop thread
  Duration drain{0};      // loop thread

  std::mutex mutex;
  std::condition_variable changed;
  Phase phase = Phase::kNew;

  void SetPhase(Phase next) {
    const std::lock_guard lock(mutex);
    phase = next;
    changed.notify_all();
  }

  void BeginStop(Duration limit) {
    if (stopping) return;
    stopping = true;
    drain = limit;
    context.stop();
  }

  // An exception out of a handler is a bug: noexcept ends the process there.
  void Loop() noexcept {
    loop_thread = std::this_thread::get_id();
    {
      const auto guard = asio::make_work_guard(context);
      context.run();
    }
    context.restart();
    while (!on_stop.empty()) {
      const auto fn = std::move(on_stop.back());
      on_stop.pop_back();
      fn();
    }
    context.run_for(std::max(drain, Duration{1}));
    loop_thread = std::thread::id{};
    SetPhase(Phase::kEnded);
  }
};

EventLoop::EventLoop() : state_(std::make_unique<State>()) {}

EventLoop::~EventLoop() {
  Stop(Duration{0});
  if (state_->thread.joinable()) state_->thread.join();
}

void EventLoop::Start(const std::string& name) {
  USHER_CHECK(state_->phase == State::Phase::kNew, "a loop is run once");
  state_->SetPhase(State::Phase::kRunning);
  state_->thread = std::thread([state = state_.get()] { state->Loop(); });
  pthread_setname_np(state_->thread.native_handle(), name.substr(0, 15).c_str());
}

void EventLoop::Run() {
  USHER_CHECK(state_->phase == State::Phase::kNew, "a loop is run once");
  state_->SetPhase(State::Phase::kRunning);
  state_->Loop();
}

void EventLoop::Post(std::function<void()> fn) { asio::post(state_->context, std::move(fn)); }

void EventLoop::Call(const std::function<void()>& fn) {
  if (InLoopThread()) return fn();
  bool done = false;
  std::unique_lock lock(state_->mutex);
  if (state_->phase == State::Phase::kRunning) {
    Post([this, &fn, &done] {
      fn();
      const std::lock_guard inner(state_->mutex);
      done = true;
      state_->changed.notify_all();
    });
    state_->changed.wait(lock, [&] { return done || state_->phase == State::Phase::kEnded; });
  }
  lock.unlock();
  if (!done) fn();
}

void EventLoop::OnStop(std::function<void()> fn) { state_->on_stop.push_back(std::move(fn)); }

void EventLoop::Stop(Duration drain) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->phase != State::Phase::kRunning) return;
  }
  Post([state = state_.get(), drain] { state->BeginStop(drain); });
  if (InLoopThread()) return;
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [&] { return state_->phase == State::Phase::kEnded; });
}

bool EventLoop::InLoopThread() const { return state_->loop_thread == std::this_thread::get_id(); }

boost::asio::io_context& EventLoop::context() { return state_->context; }

struct Timer::State {
  explicit State(asio::io_context& context) : timer(context) {}

  asio::steady_timer timer;
  std::function<void()> fn;
  std::uint64_t generation = 0;  // a wait that completed before its cancel is told by its number
};

Timer::Timer(EventLoop& loop) : state_(std::make_shared<State>(loop.context())) {}

Timer::~Timer() { Cancel(); }

void Timer::Start(Duration delay, std::function<void()> fn) {
  state_->fn = std::move(fn);
  state_->timer.expires_after(delay);
  state_->timer.async_wait([state = state_, generation = ++state_->generation](auto) {
    if (generation != state->generation || !state->fn) return;
    const auto due = std::exchange(state->fn, nullptr);
    due();
  });
}

void Timer::Cancel() {
  ++state_->generation;
  state_->fn = nullptr;
  state_->timer.cancel();
}

bool Timer::pending() const { return static_cast<bool>(state_->fn); }

}  // namespace usher::io
