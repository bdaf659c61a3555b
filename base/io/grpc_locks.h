// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace usher::io {

// Debian builds Abseil with its deadlock detector on, which notes the order of every lock that gRPC
// takes: a quarter of the processor time of unary calls. It looks for bugs in gRPC's own locking
// and finds none of ours, who use no Abseil lock. This turns it off, for the whole process; whoever
// starts gRPC calls it first. Again is harmless. Any thread.
void TrustGrpcLocks();

}  // namespace usher::io
