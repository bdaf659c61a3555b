// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/check.h"

namespace usher {

// The gRPC status codes that Usher answers with, by their gRPC numbers, so that layers below gRPC
// can name them.
enum class Code {
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

// A failure that somebody can act upon: `reason` is UPPER_SNAKE and stable for programs, `message`
// names the thing that is wrong and `next_step` what to do about it.
struct Error {
  Code code = Code::kInternal;
  std::string reason;
  std::string message;
  std::string next_step;
};

// A value or an Error. The value is read with `*` or `->`; reading the wrong side is a bug and
// aborts.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& operator*() & { return Value(); }
  T&& operator*() && { return std::move(Value()); }
  const T& operator*() const& { return Value(); }
  T* operator->() { return &Value(); }
  const T* operator->() const { return &Value(); }

  const Error& error() const {
    USHER_CHECK(!ok(), "error() of a Result that holds a value");
    return *std::get_if<1>(&state_);
  }

 private:
  T& Value() {
    USHER_CHECK(ok(), std::get_if<1>(&state_) ? std::get_if<1>(&state_)->message : "");
    return *std::get_if<0>(&state_);
  }
  const T& Value() const { return const_cast<Result*>(this)->Value(); }

  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const {
    USHER_CHECK(!ok(), "error() of a Result that succeeded");
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

// Says in the code why a failure needs no handling: `Drop(socket.Close(), "already closing")`.
template <class T>
void Drop(const Result<T>&, const char* /*why*/) {}

}  // namespace usher
