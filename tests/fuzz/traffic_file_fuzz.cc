// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "router/simulation/traffic_reader.h"

// A traffic file, whatever its bytes, is either traffic or says what is wrong with it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace usher::engine;  // NOLINT(google-build-using-namespace)
  static const Domain* const domain = [] {
    auto* made = new Domain;
    made->skills = {"english"};
    made->not_ready = {"break"};
    made->queues = {Queue{.id = usher::QueueId{"support"}}, Queue{.id = usher::QueueId{"sales"}}};
    made->agents = {Agent{.id = usher::AgentId{"ann"}}, Agent{.id = usher::AgentId{"bob"}}};
    return made;
  }();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto reading = usher::simulation::ReadTraffic(text, "fuzz.yaml", *domain);
  if (reading.ok() != reading.diagnostics.empty()) __builtin_trap();
  return 0;
}
