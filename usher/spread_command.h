// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "usher/client.h"
#include "usher/commands.h"

namespace usher::app {

// `usher router spread`: moves domains, one after the other, from the router that leads most to
// those that lead least, until the numbers differ by one at most. Each move is a planned hand-over;
// a standby that leads less is first to take what became vacant. All routers must be among
// `client.server`. 0: they are spread; 1: some could not be moved.
int SpreadDomains(const ClientOptions& client, Output output);

}  // namespace usher::app
