// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "usher/agents/v1/session_service.pb.h"

namespace usher::gateway {

// How a session's responses reach its console: a WebSocket or a gRPC stream. Loop thread only.
class SessionTransport {
 public:
  virtual ~SessionTransport() = default;

  // False: the outbox is full, the console reads too slowly.
  [[nodiscard]] virtual bool Send(const agents::v1::SessionResponse& response) = 0;
  // Ends the connection once what was sent is out.
  virtual void Close(const std::string& reason) = 0;
  // Ends it now: nobody is there.
  virtual void Abort() = 0;
};

}  // namespace usher::gateway
