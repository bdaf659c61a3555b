// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <boost/system/error_code.hpp>

#include "base/result.h"

namespace usher::io {

// Why TLS with `peer` failed, and what to do about it. `verify_result` is Stream::verify_result().
// FAILED_PRECONDITION, as somebody has to mend it, with reason
//
//   TLS_EXPIRED            its certificate is no longer, or not yet, valid
//   TLS_WRONG_NAME         its certificate is for another name
//   TLS_UNKNOWN_AUTHORITY  its certificate was signed by nobody that we trust
//   TLS_CLIENT_REFUSED     it wants a certificate of ours, or does not take the one it got
//   TLS_NOT_SPOKEN         it does not speak TLS on this port
//
// and otherwise UNAVAILABLE with TLS_FAILED. With TLS 1.3 a peer refuses a client only after the
// handshake, so the first read may end with an error that belongs here.
Error ToTlsError(const std::string& peer, const boost::system::error_code& error,
                 long verify_result);

}  // namespace usher::io
