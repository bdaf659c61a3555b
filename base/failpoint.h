// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace usher {

// A place where tests/chaos ends, stops or delays this process, to see that nothing is lost there.
// Armed only by the environment variable USHER_FAILPOINTS at start, and said loudly then; off, a
// place costs one load and one branch.
//
//   USHER_FAILPOINTS=commit.sent=exit@17            kill -9 at the 17th commit that went out
//   USHER_FAILPOINTS=answer.give=pause,load.rows=delay:50
//
// An action is exit (at once, as by kill -9), pause (SIGSTOP of the process), delay:MILLISECONDS
// (of the thread that is there), or error (only where FailsHere asks; elsewhere it does nothing).
// @N: at the N-th time only; without it, every time.
enum class Failpoint : std::uint8_t {
  kCommandRead,
  kCommandDecided,
  kCommitGathered,
  kCommitSend,
  kCommitSent,
  kCommitReplied,
  kCommitAcknowledged,
  kAnswerGive,
  kAnswerGiven,
  kTellBegin,
  kTellEnd,
  kStreamFill,
  kUnaryReply,
  kProjectSend,
  kProjectReplied,
  kCheckpointSend,
  kCheckpointReplied,
  kTrimSend,
  kLeaseRenew,
  kLeaseRenewed,
  kLoadBegin,
  kLoadLead,
  kLoadRows,
  kLoadLog,
  kLoadDone,
  kStepDownProject,
  kStepDownResign,
  kStepDownDone,
  kMessageSend,
  kMessageReplied,
  kTimelineSend,
  kTimelineReplied,
  kMergeStep,
  kCaseWatched,
  kCaseChanged,
  kCaseTold,
  kCaseListed,
  kCaseOffered,
  kCaseSettled,
  kEraseStep,
};

namespace failpoints {

extern std::atomic<bool> armed;
bool Reach(Failpoint point);

// Reads USHER_FAILPOINTS, before there are other threads. Answers what it armed, for the log; empty
// when the variable is not set. INVALID_ARGUMENT/BAD_FAILPOINT names the word that is not
// understood and the points that there are.
Result<std::vector<std::string>> ArmFromEnvironment();
Result<std::vector<std::string>> Arm(std::string_view text);
void Disarm();

}  // namespace failpoints

// Any thread.
inline void Reach(Failpoint point) {
  if (failpoints::armed.load(std::memory_order_relaxed)) [[unlikely]]
    failpoints::Reach(point);
}

// True when this place is to fail: the caller goes on as if what it waited for had failed.
inline bool FailsHere(Failpoint point) {
  if (!failpoints::armed.load(std::memory_order_relaxed)) [[likely]]
    return false;
  return failpoints::Reach(point);
}

}  // namespace usher
