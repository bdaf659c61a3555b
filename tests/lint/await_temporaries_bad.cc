// SPDX-License-Identifier: Apache-2.0
// Planted shapes for cmake/await-temporaries.query. Never compiled into anything: the lint must
// flag exactly the lines that end in "bad", or it has gone blind or shrill.
#include <coroutine>
#include <string>
#include <vector>

namespace planted {

struct Task {
  struct promise_type {
    Task get_return_object() { return {}; }
    std::suspend_never initial_suspend() { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void unhandled_exception() {}
    void return_void() {}
  };
  bool await_ready() { return true; }
  void await_suspend(std::coroutine_handle<>) {}
  int await_resume() { return 0; }
};

struct Options {
  int count = 1;
  std::string name;
};

template <class F>
Task Call(F) {
  return {};
}
Task Configure(Options);
Task Join(std::vector<std::string>);
Task Greet(std::string);

Task Shapes(std::string name, bool formal) {
  co_await Call([name] { return name; });                 // bad
  co_await Configure(Options{1, name});                   // bad
  co_await Configure({.name = name});                     // bad
  co_await Configure({});                                 // bad
  co_await Join({name, name});                            // bad
  int greeted = formal ? co_await Greet(name + "!") : 0;  // bad

  auto call = [name] { return name; };
  co_await Call(call);
  Options options{1, name};
  co_await Configure(options);
  co_await Greet(name + "!");
  co_await Call([&name] { return name; });
  (void)greeted;
}

}  // namespace planted
