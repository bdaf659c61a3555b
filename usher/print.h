// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>

#include "base/result.h"

namespace usher::app {

enum class Output : std::uint8_t { kTable, kJson };

// Columns as wide as their widest cell, the first line in capitals; to standard output.
void PrintTable(const std::vector<std::string>& heads,
                const std::vector<std::vector<std::string>>& rows);
// Lines for people, to standard output; what would move a terminal's cursor is left out.
void PrintText(const std::string& text);
// Protobuf JSON with every field, indented.
void PrintJson(const google::protobuf::Message& message);
// `usher: …` and the next step to standard error; as JSON when that is asked for. Gives the exit
// code: 2 for a mistake of the caller, 1 for everything else.
int PrintError(const Error& error, Output output);

// "2026-11-21 19:52:12" in UTC; "" when absent.
std::string Shown(const google::protobuf::Timestamp& instant);
// "1m 20s".
std::string Shown(const google::protobuf::Duration& span);
// "STATE_WAITING" is "waiting".
std::string ShownEnum(const std::string& name, const std::string& prefix);

}  // namespace usher::app
