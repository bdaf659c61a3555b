// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/io/http_server.h"
#include "base/io/unary_method.h"

namespace usher::io {

// Serves every method of the table at `POST /<package.Service>/<Method>` by the unary part of the
// Connect protocol (https://connectrpc.com/docs/protocol): application/json or application/proto in
// and out, the bearer token in `Authorization`, `Connect-Timeout-Ms`, errors as JSON
// {code, message, details} with the matching HTTP status. Unknown JSON fields are refused.
//
//   curl -H 'content-type: application/json' -H "authorization: Bearer $TOKEN"
//        -d '{"contact_id": 7}' http://127.0.0.1:8080/usher.routing.v1.RoutingService/GetContact
//
// Refusals carry `reason` and `next_step` in the JSON too, beside the standard details. `options`
// adds CORS origins and the limit of bodies. The table must outlive the server.
// `server_loop` is the server's; the methods run on the table's.
void MountConnect(EventLoop& server_loop, HttpServer& server, const MethodTable& table,
                  const RouteOptions& options = {});

}  // namespace usher::io
