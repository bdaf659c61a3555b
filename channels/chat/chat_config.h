// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/time.h"

namespace usher::chat {

// One web site (or app) that embeds the widget.
struct ChatSite {
  std::string key;       // public, from the embedding tag
  DomainId domain{};     // whose contacts it brings
  std::string title;     // what the site calls itself
  std::string greeting;  // above an empty chat
  std::string queue;     // where its contacts wait
  std::string subject;   // of a contact, where the visitor gives none
  // Origins ("https://shop.example") whose pages may connect; "*" means any. Pages of this server
  // itself always may.
  std::vector<std::string> allowed_origins;
};

struct ChatLimits {
  std::size_t frame_bytes_max = 16 << 10;
  std::size_t text_bytes_max = 4 << 10;
  std::size_t says_max = 20;          // of one socket in a `window`
  std::size_t frames_max = 150;       // of one socket in a `window`; twice as many close it
  std::size_t early_frames_max = 32;  // of one socket, between hello and welcome
  Duration window{10'000};
  std::size_t connections_max = 20'000;
  std::size_t connections_per_address_max = 200;  // offices share one address
  std::size_t outbox_bytes_max = 4 << 20;         // a whole long chat after a reload
  std::size_t sockets_per_visitor_max = 8;        // tabs
  std::size_t visitors_max = 50'000;              // in memory: with a tab open or a chat going on
  std::size_t unsent_says_max = 50;               // of one visitor, while the chat opens
  Duration hello_timeout{10'000};
  Duration heartbeat{20'000};      // pages ping this often; silent for three of them is gone
  Duration resolve_limit{20'000};  // how long opening a chat may wait for the router
};

struct ChatConfig {
  std::vector<ChatSite> sites;
  // A visitor without a tab for this long has left.
  Duration resume_time{5 * 60'000};
  // A process that was killed and started again finds contacts of visitors whom it does not see
  // yet: who does not come back within this time is lost.
  Duration return_time{60'000};
  Duration token_lifetime{30LL * 24 * 60 * 60'000};
  // Holds usher-chat.js, served at /chat/v1/; empty: not served.
  std::filesystem::path widget_folder;
  // Served at /demo/; empty: not served.
  std::filesystem::path demo_folder;
  ChatLimits limits;
};

}  // namespace usher::chat
