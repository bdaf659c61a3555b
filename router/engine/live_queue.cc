// SPDX-License-Identifier: Apache-2.0
#include "router/engine/live_queue.h"

namespace usher::engine {

const KeptPlace* LiveQueue::FindKeptPlace(const CustomerId& customer, Channel channel,
                                          Instant now) const {
  if (!customer) return nullptr;
  for (auto place = kept_places.rbegin(); place != kept_places.rend(); ++place) {
    if (place->customer == customer && place->channel == channel && place->until > now) {
      return &*place;
    }
  }
  return nullptr;
}

}  // namespace usher::engine
