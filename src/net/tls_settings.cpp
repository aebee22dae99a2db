// SPDX-License-Identifier: MIT
#include "net/tls_settings.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <string_view>
#include <utility>

#include "net/openssl_handle.hpp"

namespace dcm::net {
namespace {

using Source = OpensslHandle<BIO, BIO_free>;
using Certificate = OpensslHandle<X509, X509_free>;
using PrivateKey = OpensslHandle<EVP_PKEY, EVP_PKEY_free>;

constexpr int kSecurityLevel = 2;  // 112 bits: RSA and DH of 2048 bits, curves of 224

/// RFC 9325 4.2, with ChaCha20 for machines without AES in hardware. TLS 1.3 has none that are not
/// good.
constexpr auto kSuites =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

constexpr std::size_t kReadAhead = std::size_t{1} << 17;

tl::unexpected<Error> unusable(TlsPart part) {
  ERR_clear_error();
  return fail(Errc::bad_value, {.detail = static_cast<std::uint32_t>(part)});
}

Source source_of(std::string_view text) {
  return Source(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// Instead of OpenSSL's own, which asks at the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*rw*/, void* /*data*/) { return -1; }

/// The next certificate; null at the end, and at what is none.
Certificate next_certificate(BIO* source) {
  return Certificate(PEM_read_bio_X509(source, nullptr, no_passphrase, nullptr));
}

/// Whether reading ended for want of more, not at something broken.
bool at_end() {
  const auto error = ERR_peek_last_error();
  ERR_clear_error();
  return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

Result<void> trust(SSL_CTX* context, const std::string& authorities) {
  if (authorities.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) != 1) return unusable(TlsPart::authorities);
    return {};
  }
  const auto source = source_of(authorities);
  auto* const store = SSL_CTX_get_cert_store(context);
  int count = 0;
  while (const auto each = next_certificate(source.get())) {
    if (X509_STORE_add_cert(store, each.get()) != 1) return unusable(TlsPart::authorities);
    ++count;
  }
  if (!at_end() || count == 0) return unusable(TlsPart::authorities);
  return {};
}

Result<void> show(SSL_CTX* context, const TlsMaterial& material) {
  const auto source = source_of(material.certificate);
  const auto ours = next_certificate(source.get());
  if (!ours || SSL_CTX_use_certificate(context, ours.get()) != 1) {
    return unusable(TlsPart::certificate);
  }
  while (const auto each = next_certificate(source.get())) {
    if (SSL_CTX_add1_chain_cert(context, each.get()) != 1) return unusable(TlsPart::certificate);
  }
  if (!at_end()) return unusable(TlsPart::certificate);
  const PrivateKey key(
      PEM_read_bio_PrivateKey(source_of(material.key).get(), nullptr, no_passphrase, nullptr));
  if (!key) return unusable(TlsPart::key);
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    return unusable(TlsPart::pair);
  }
  return {};
}

bool harden(SSL_CTX* context) {
  SSL_CTX_set_security_level(context, kSecurityLevel);
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  auto* const rules = SSL_CTX_get0_param(context);
  return SSL_CTX_set_num_tickets(context, 0) == 1 &&
         SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, kSuites) == 1 &&
         X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN) == 1;
}

}  // namespace

Result<TlsSettings> TlsSettings::create(const TlsMaterial& material, std::string server_name) {
  TlsSettings settings;
  settings.server_name_ = std::move(server_name);
  settings.context_ = {SSL_CTX_new(TLS_method()), SSL_CTX_free};
  auto* const context = settings.context();
  if (context == nullptr || !harden(context)) return fail(Errc::internal);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_default_read_buffer_len(context, kReadAhead);
  DCM_CHECK(trust(context, material.authorities));
  settings.has_certificate_ = !material.certificate.empty();
  if (settings.has_certificate_) DCM_CHECK(show(context, material));
  return settings;
}

}  // namespace dcm::net
