// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

#include "usher/serve.h"

namespace usher::app {

struct DemoOptions {
  std::filesystem::path data_dir = ".usher";
  std::uint16_t port = 8080;  // HTTP; gRPC is the next, metrics the one after; 0: free ones
  std::filesystem::path assets_dir;
};

// `usher demo`: everything on loopback with a private Redis and the sample domain, and a screen of
// sign-in links. What is in the data folder is kept from run to run. Gives the exit code.
int RunDemo(const DemoOptions& options);

}  // namespace usher::app
