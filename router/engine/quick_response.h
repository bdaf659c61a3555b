// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/id.h"
#include "router/engine/channel.h"

namespace usher::engine {

// A text that agents use again and again. The engine decides nothing by it: consoles get it with
// the rest of what a domain declares, and fill in `{{customer.name}}`, `{{agent.name}}` and
// `{{contact.id}}`.
struct QuickResponse {
  std::string id{};
  std::string name{};             // what agents pick it by; empty: its id
  std::vector<QueueId> queues{};  // empty: all
  ChannelSet channels = ChannelSet::All();
  std::string language{};  // such as `de`; empty: any
  std::string text{};

  friend bool operator==(const QuickResponse&, const QuickResponse&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "id", self.id);
    v(2, "name", self.name);
    v(3, "queues", self.queues);
    v(4, "channels", self.channels);
    v(5, "language", self.language);
    v(6, "text", self.text);
  }
};

}  // namespace usher::engine
