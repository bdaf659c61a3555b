// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "base/result.h"
#include "channels/chat/chat_config.h"

namespace usher::app {

// Reads the sites that embed the chat widget:
//
//   sites:
//     shop: {title: Larkfield, greeting: "How can we help?", queue: support,
//            origins: ["https://shop.example"]}
//
// `domain: acme` says whose contacts a site brings, where a process serves several domains.
//
// The key of a site is public: it stands in the page. BAD_CHAT_FILE names each line that is wrong.
Result<std::vector<chat::ChatSite>> ReadChatSites(const std::filesystem::path& file);

}  // namespace usher::app
