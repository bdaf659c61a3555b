// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "router/store/redis_client.h"

namespace usher::context {

// The Redis functions of customers and conversations: functions.lua, built into the binary. A
// client whose connection is to serve the context must load this library.
const store::FunctionLibrary& ContextFunctions();

struct ContextFunctionNames {
  std::string say;
  std::string mark;
  std::string feed;
  std::string fed;
  std::string note;
  std::string record;
  std::string expire;
  std::string replace;
  std::string pass_on;
  std::string read;
  std::string change_case;
  std::string tell_case;
  std::string watch_case;
  std::string leave_case;
  std::string draft;
};
const ContextFunctionNames& ContextFunctionsByName();

}  // namespace usher::context
