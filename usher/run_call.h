// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include "base/result.h"
#include "usher/client.h"
#include "usher/print.h"

namespace usher::app {

// One call, printed as a table or as JSON. Gives the exit code.
template <class Response, class Request, class Call, class Print>
int RunCall(const ClientOptions& options, Output output, const Request& request, Call call,
            Print print) {
  Result<Client> client = Client::Connect(options);
  if (!client.ok()) return PrintError(client.error(), output);
  Result<Response> response = client->Ask<Response>(
      request, [&](const auto& channel, grpc::ClientContext* context, const Request& sent,
                   Response* received) { return call(channel, context, sent, received); });
  if (!response.ok()) return PrintError(response.error(), output);
  if (output == Output::kJson) {
    PrintJson(*response);
  } else {
    print(*response);
  }
  return 0;
}

}  // namespace usher::app
