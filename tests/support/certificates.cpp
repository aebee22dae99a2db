// SPDX-License-Identifier: MIT
#include "support/certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>
#include <stdexcept>

namespace dcm::test {
namespace {

namespace fs = std::filesystem;

struct Free {
  void operator()(X509* it) const { X509_free(it); }
  void operator()(EVP_PKEY* it) const { EVP_PKEY_free(it); }
  void operator()(X509_EXTENSION* it) const { X509_EXTENSION_free(it); }
  void operator()(std::FILE* it) const { std::fclose(it); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

void check(bool good) {
  if (!good) throw std::runtime_error("OpenSSL makes no certificate");
}

Owned<X509> read_certificate(const fs::path& path) {
  const Owned<std::FILE> file(std::fopen(path.c_str(), "r"));
  Owned<X509> certificate(PEM_read_X509(file.get(), nullptr, nullptr, nullptr));
  check(certificate != nullptr);
  return certificate;
}

Owned<EVP_PKEY> read_key(const fs::path& path) {
  const Owned<std::FILE> file(std::fopen(path.c_str(), "r"));
  Owned<EVP_PKEY> key(PEM_read_PrivateKey(file.get(), nullptr, nullptr, nullptr));
  check(key != nullptr);
  return key;
}

void write(const Certified& to, X509* certificate, EVP_PKEY* key) {
  {
    const Owned<std::FILE> file(std::fopen(to.certificate.c_str(), "w"));
    check(PEM_write_X509(file.get(), certificate) == 1);
  }
  const Owned<std::FILE> file(std::fopen(to.key.c_str(), "w"));
  fs::permissions(to.key, fs::perms::owner_read | fs::perms::owner_write);
  check(PEM_write_PrivateKey(file.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
}

void extend(X509* certificate, int extension, const std::string& words) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> made(
      X509V3_EXT_conf_nid(nullptr, &context, extension, words.c_str()));
  check(made != nullptr && X509_add_ext(certificate, made.get(), -1) == 1);
}

/// Not yet signed.
Owned<X509> draft(const std::string& subject, EVP_PKEY* key, const CertificateWords& words,
                  int number) {
  Owned<X509> certificate(X509_new());
  check(X509_set_version(certificate.get(), X509_VERSION_3) == 1);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), number);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), words.valid_from);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), words.valid_to);
  auto* const name = X509_get_subject_name(certificate.get());
  check(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                   reinterpret_cast<const unsigned char*>(subject.c_str()), -1, -1,
                                   0) == 1);
  check(X509_set_pubkey(certificate.get(), key) == 1);
  return certificate;
}

}  // namespace

Authority::Authority(const std::string& name)
    : own_{folder_.path() / "ca.pem", folder_.path() / "ca.key"} {
  const Owned<EVP_PKEY> key(EVP_EC_gen("prime256v1"));
  check(key != nullptr);
  const auto certificate = draft(name, key.get(), {}, 1);
  check(X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get())) == 1);
  extend(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  check(X509_sign(certificate.get(), key.get(), EVP_sha256()) != 0);
  write(own_, certificate.get(), key.get());
}

Certified Authority::issue(const CertificateWords& words) {
  const auto number = std::to_string(++issued_);
  Certified issued{folder_.path() / (number + ".pem"), folder_.path() / (number + ".key")};
  const Owned<EVP_PKEY> key(EVP_EC_gen("prime256v1"));
  check(key != nullptr);
  const auto certificate = draft("localhost", key.get(), words, issued_ + 1);
  const auto authority = read_certificate(own_.certificate);
  check(X509_set_issuer_name(certificate.get(), X509_get_subject_name(authority.get())) == 1);
  extend(certificate.get(), NID_basic_constraints, "critical,CA:FALSE");
  if (!words.names.empty()) extend(certificate.get(), NID_subject_alt_name, words.names);
  check(X509_sign(certificate.get(), read_key(own_.key).get(), EVP_sha256()) != 0);
  write(issued, certificate.get(), key.get());
  return issued;
}

nlohmann::json orthanc_tls_settings(Authority& authority) {
  const auto certified = authority.issue();
  return {{"DicomTlsEnabled", true},
          {"DicomTlsCertificate", certified.certificate.string()},
          {"DicomTlsPrivateKey", certified.key.string()},
          {"DicomTlsTrustedCertificates", authority.certificate().string()}};
}

}  // namespace dcm::test
