// SPDX-License-Identifier: Apache-2.0
#include "base/io/tls_error.h"

#include <boost/asio/ssl/error.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace usher::io {

namespace {

Error Mendable(const char* reason, std::string message, const char* next_step) {
  return {Code::kFailedPrecondition, reason, std::move(message), next_step};
}

bool IsExpiry(long verify_result) {
  return verify_result == X509_V_ERR_CERT_HAS_EXPIRED ||
         verify_result == X509_V_ERR_CERT_NOT_YET_VALID;
}

bool IsWrongName(long verify_result) {
  return verify_result == X509_V_ERR_HOSTNAME_MISMATCH ||
         verify_result == X509_V_ERR_IP_ADDRESS_MISMATCH;
}

// The alerts by which a server says that it does not take our certificate, or that it misses one.
bool IsClientRefused(int reason) {
  switch (reason) {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
      return true;
    default:
      return false;
  }
}

bool IsNoTls(int reason) {
  return reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST ||
         reason == SSL_R_PACKET_LENGTH_TOO_LONG;
}

}  // namespace

Error ToTlsError(const std::string& peer, const boost::system::error_code& error,
                 long verify_result) {
  if (verify_result != X509_V_OK) {
    const std::string found =
        peer + ": its certificate is refused: " + X509_verify_cert_error_string(verify_result);
    if (IsExpiry(verify_result)) {
      return Mendable("TLS_EXPIRED", found, "renew it there, and compare the clocks");
    }
    if (IsWrongName(verify_result)) {
      return Mendable("TLS_WRONG_NAME", found,
                      "reach it by a name that its certificate has, or name that one");
    }
    return Mendable("TLS_UNKNOWN_AUTHORITY", found,
                    "name the file of the authority that signed it, with what stands in between");
  }
  const bool of_openssl = error.category() == boost::asio::error::get_ssl_category();
  const int reason =
      of_openssl ? ERR_GET_REASON(static_cast<unsigned long>(static_cast<unsigned>(error.value())))
                 : 0;
  const std::string told = peer + ": " + error.message();
  if (IsClientRefused(reason)) {
    return Mendable("TLS_CLIENT_REFUSED", told,
                    "give a certificate and key of ours that an authority it trusts has signed");
  }
  if (IsNoTls(reason)) {
    return Mendable("TLS_NOT_SPOKEN", told + "; it does not speak TLS there",
                    "use its TLS port, or reach it without TLS");
  }
  return {Code::kUnavailable, "TLS_FAILED", told,
          "look at the log of that server; it is tried again where that can help"};
}

}  // namespace usher::io
