// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/io/unary_method.h"

// One override of a generated service: the method is in the table.
#define USHER_UNARY(Service, Method)                                                           \
  grpc::ServerUnaryReactor* Method(grpc::CallbackServerContext* context,                       \
                                   const Method##Request* request, Method##Response* response) \
      override {                                                                               \
    return io::ServeUnary(table_, "/" #Service "/" #Method, *context, *request, *response);    \
  }
