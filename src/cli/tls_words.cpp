// SPDX-License-Identifier: MIT
#include "cli/tls_words.hpp"

#include <fmt/format.h>

#include <utility>

namespace dcm::cli {
namespace {

constexpr std::uint32_t kWrongPurpose = 26;

/// Why a chain of certificates ends nowhere, by the numbers of OpenSSL's X509_V_ERR.
std::string_view distrust_words(std::uint32_t reason) noexcept {
  switch (reason) {
    case 2:
    case 20:
    case 21:
      return "it comes from an authority that is not known here";
    case 18:
      return "it is signed by itself and not known here";
    case 19:
      return "its authority is not known here";
    case 23:
      return "it has been revoked";
    case kWrongPurpose:
      return "it is not meant for servers";
    case 66:
    case 67:
    case 68:
      return "its key or signature is too weak";
    default:
      return "its chain does not hold";
  }
}

/// The name or address that the server's certificate must have.
const std::string& certified_name(const net::Peer& peer) {
  return peer.tls && !peer.tls->server_name().empty() ? peer.tls->server_name() : peer.host;
}

}  // namespace

Words tls_words(const Error& error, const net::Peer& peer) {
  auto common = reason_words(error);
  switch (error.code) {
    case Errc::no_tls:
      return {
          std::move(common),
          "--port must be the server's port for TLS, often 2762; a server without TLS is spoken "
          "to without --tls, for all on the way to read"};
    case Errc::certificate_untrusted:
      return {fmt::format("{}: {} ({})", common, distrust_words(error.detail), error.detail),
              "ask the server's administrator for the certificate of its authority, and name that "
              "file with --tls-ca"};
    case Errc::certificate_expired:
      return {error.detail == 1 ? "the server's certificate is not valid yet" : std::move(common),
              "ask the server's administrator for a new one; check this machine's clock"};
    case Errc::certificate_name:
      return {fmt::format("{} than {}{}", common, certified_name(peer),
                          error.detail == 1 ? ": it has no subject alternative name" : ""),
              error.detail == 1
                  ? "ask the server's administrator for one with that name among its subject "
                    "alternative names"
                  : "check --host; --tls-name NAME if this is the right server under another name"};
    case Errc::client_certificate:
      if (peer.tls && peer.tls->has_certificate()) {
        return {fmt::format("the server refuses our certificate (TLS alert {})", error.detail),
                "ask the server's administrator which authority it trusts; check --tls-cert"};
      }
      return {std::move(common), "name it and its key with --tls-cert and --tls-key"};
    case Errc::tls_failed:
      return {fmt::format("{} ({})", common, error.detail), "the server's log may say more"};
    default:
      return {std::move(common), "ask the server's administrator for TLS 1.2 or 1.3"};
  }
}

Words inbound_tls_words(const Error& error) {
  switch (error.code) {
    case Errc::no_tls:
      return {"it sends in the clear, and only TLS is taken",
              "have the server send by TLS, or take it as it is with --receive-plain"};
    case Errc::not_dicom:
      return {"it sends by TLS, and here it must be in the clear",
              "for TLS, leave --receive-plain out, and add --tls, --tls-cert and --tls-key"};
    case Errc::certificate_untrusted:
      if (error.detail == 0) {
        return {"it shows no certificate", "have the server show one when it sends"};
      }
      if (error.detail == kWrongPurpose) {
        return {fmt::format("its certificate is not meant for clients ({})", error.detail),
                "have the server send with one that is, or with one without a purpose"};
      }
      return {fmt::format("its certificate is not trusted: {} ({})", distrust_words(error.detail),
                          error.detail),
              "if it is the server, name the certificate of its authority with --tls-ca"};
    case Errc::certificate_expired:
      return {
          error.detail == 1 ? "its certificate is not valid yet" : "its certificate has expired",
          "check this machine's clock"};
    case Errc::client_certificate:
      return {fmt::format("it refuses our certificate (TLS alert {})", error.detail),
              "the server must trust the authority of --tls-cert"};
    case Errc::tls_failed:
      return {fmt::format("{} ({})", reason_words(error), error.detail), {}};
    default:
      return {reason_words(error), {}};
  }
}

}  // namespace dcm::cli
