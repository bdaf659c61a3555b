// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/store/test_certificates.h"

#include <cstdio>
#include <memory>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/check.h"

namespace usher::store {

namespace {

using OwnedKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using OwnedCertificate = std::unique_ptr<X509, decltype(&X509_free)>;

OwnedKey NewKey() { return {EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), EVP_PKEY_free}; }

OwnedCertificate NewCertificate(const TestAuthority::Request& request, EVP_PKEY* key) {
  static long serial = 0;
  OwnedCertificate certificate(X509_new(), X509_free);
  X509* const x509 = certificate.get();
  X509_set_version(x509, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(x509), request.starts_in_seconds);
  X509_gmtime_adj(X509_getm_notAfter(x509), request.ends_in_seconds);
  X509_set_pubkey(x509, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(request.name.c_str()), -1, -1,
                             0);
  return certificate;
}

void Extend(X509* certificate, int kind, const std::string& value) {
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  USHER_CHECK(extension != nullptr, "an extension of a test's certificate is malformed");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

void Write(X509* certificate, const std::string& file) {
  std::FILE* const pem = std::fopen(file.c_str(), "w");
  USHER_CHECK(pem != nullptr, "cannot write a test's certificate");
  PEM_write_X509(pem, certificate);
  std::fclose(pem);
}

void Write(EVP_PKEY* key, const std::string& file) {
  std::FILE* const pem = std::fopen(file.c_str(), "w");
  USHER_CHECK(pem != nullptr, "cannot write a test's key");
  PEM_write_PrivateKey(pem, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(pem);
}

}  // namespace

struct TestAuthority::Issuer {
  OwnedKey key = NewKey();
  OwnedCertificate certificate{nullptr, X509_free};
};

TestAuthority::TestAuthority(std::filesystem::path folder, const std::string& name)
    : folder_(std::move(folder)), name_(name), issuer_(std::make_unique<Issuer>()) {
  issuer_->certificate =
      NewCertificate({.name = name, .alternative_names = ""}, issuer_->key.get());
  X509* const x509 = issuer_->certificate.get();
  X509_set_issuer_name(x509, X509_get_subject_name(x509));
  Extend(x509, NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(x509, issuer_->key.get(), EVP_sha256());
  Write(x509, Certificate());
}

TestAuthority::~TestAuthority() = default;

void TestAuthority::Issue(const Request& request) const {
  const OwnedKey key = NewKey();
  const auto certificate = NewCertificate(request, key.get());
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer_->certificate.get()));
  if (!request.alternative_names.empty()) {
    Extend(certificate.get(), NID_subject_alt_name, request.alternative_names);
  }
  X509_sign(certificate.get(), issuer_->key.get(), EVP_sha256());
  Write(certificate.get(), CertificateOf(request.name));
  Write(key.get(), KeyOf(request.name));
}

}  // namespace usher::store
