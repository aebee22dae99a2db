// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"

struct ssl_ctx_st;

namespace dcm::net {

/// What we trust and show under TLS, as the text of PEM files.
struct TlsMaterial {
  std::string authorities;  ///< certificates to trust; empty: those that the system trusts
  std::string certificate;  ///< ours, then those between it and its authority; empty: none
  std::string key;          ///< the private key of `certificate`, without a passphrase
};

/// What of a TlsMaterial cannot be used (detail of Errc::bad_value).
enum class TlsPart : std::uint32_t { authorities, certificate, key, pair };

/// How we speak TLS, to servers and with those who call us: TLS 1.2 and 1.3 with the cipher suites
/// of BCP 195 (RFC 9325; PS3.15 B.12), every handshake a whole one. The other side's certificate
/// must lead to one that is trusted - which may be that very certificate, then it alone is - and be
/// valid today; a server's must name the server. Nothing switches that off. Whether a certificate
/// has been revoked is not asked.
///
/// Made once and copied with the Peer; copies share what is immutable. Safe in many threads.
class TlsSettings {
 public:
  /// `server_name` is the DNS name or address that the certificate must have as a subject
  /// alternative name; empty: the host connected to. Fails with bad_value and the TlsPart that
  /// cannot be read, is too weak (RSA of less than 2048 bits, SHA-1), or does not fit the others.
  static Result<TlsSettings> create(const TlsMaterial& material, std::string server_name);

  [[nodiscard]] const std::string& server_name() const noexcept { return server_name_; }

  /// Whether there is a certificate to show: to a server that demands one, and to whoever calls us.
  [[nodiscard]] bool has_certificate() const noexcept { return has_certificate_; }

  /// OpenSSL's side of it, for TlsSession.
  [[nodiscard]] ssl_ctx_st* context() const noexcept { return context_.get(); }

 private:
  TlsSettings() = default;

  std::shared_ptr<ssl_ctx_st> context_;  // shared by the connections of all threads
  std::string server_name_;
  bool has_certificate_ = false;
};

}  // namespace dcm::net
