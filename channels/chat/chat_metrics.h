// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/io/metrics.h"

namespace usher::chat {

// What the chat adapter tells Prometheus. Loop thread only, but for counting.
class ChatMetrics {
 public:
  explicit ChatMetrics(io::Metrics& metrics)
      : metrics_(metrics),
        sockets(metrics.AddGauge("usher_chat_sockets", "Open chat sockets.")),
        visitors(metrics.AddGauge("usher_chat_visitors",
                                  "Visitors with a tab open or a chat going on.")),
        messages_in(metrics.AddCounter("usher_chat_messages_total",
                                       "Chat messages: in from visitors once recorded, out to "
                                       "their pages.",
                                       {{"direction", "in"}})),
        messages_out(metrics.AddCounter("usher_chat_messages_total",
                                        "Chat messages: in from visitors once recorded, out to "
                                        "their pages.",
                                        {{"direction", "out"}})) {}

  // A frame, hello or chat that was refused. Reasons are our own and the router's words.
  void CountRefusal(std::string_view reason) {
    metrics_
        .AddCounter("usher_chat_refusals_total", "Refused chat frames and chats, by reason.",
                    {{"reason", reasons_.Of(reason)}})
        .Increment();
  }

 private:
  io::Metrics& metrics_;
  io::BoundedLabel reasons_{64};

 public:
  io::Gauge& sockets;
  io::Gauge& visitors;
  io::Counter& messages_in;
  io::Counter& messages_out;
};

}  // namespace usher::chat
