// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "router/engine/command.h"

namespace usher::service {

// What a refused command answers: the gRPC code of its kind, the engine's word as the reason, its
// text, and what the caller can do. The outcome must be a refusal.
Error ToError(const engine::Outcome& outcome);

}  // namespace usher::service
