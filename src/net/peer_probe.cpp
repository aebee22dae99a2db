// SPDX-License-Identifier: MIT
#include "net/peer_probe.hpp"

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <array>
#include <string>
#include <string_view>

#include "net/connection.hpp"
#include "net/openssl_handle.hpp"

namespace dcm::net {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 2s;
constexpr std::string_view kHttpBegin = "HTTP/";

/// The first flight of a TLS client, made by OpenSSL; empty if it cannot.
std::string client_hello(const std::string& host) {
  const OpensslHandle<SSL_CTX, SSL_CTX_free> context(SSL_CTX_new(TLS_client_method()));
  if (!context) return {};
  const OpensslHandle<SSL, SSL_free> ssl(SSL_new(context.get()));
  if (!ssl) return {};
  BIO* const in = BIO_new(BIO_s_mem());
  BIO* const out = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl.get(), in, out);
  SSL_set_tlsext_host_name(ssl.get(), host.c_str());
  SSL_connect(ssl.get());
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(out, &bytes);
  return size > 0 ? std::string(bytes, static_cast<std::size_t>(size)) : std::string();
}

/// What the server answers to `question` on a fresh connection.
PeerKind ask(const Peer& peer, std::string_view question, const StopSource& stop) {
  auto connection = Connection::open(peer.host, peer.port, kPatience, kPatience, stop);
  if (!connection) return PeerKind::unknown;
  if (peer.tls && !connection->secure(*peer.tls, peer.host, kPatience)) return PeerKind::unknown;
  connection->finish_within(kPatience);
  if (!connection->write(as_bytes(question))) return PeerKind::unknown;
  std::array<std::byte, 64> answer;
  while (connection->first_bytes().size() < kHttpBegin.size() && connection->read(answer)) {
  }
  return kind_of(connection->first_bytes());
}

}  // namespace

PeerKind kind_of(Bytes first_bytes) noexcept {
  if (as_text(first_bytes).substr(0, kHttpBegin.size()) == kHttpBegin) return PeerKind::http;
  constexpr std::byte kAlert{0x15};
  constexpr std::byte kHandshake{0x16};
  if (first_bytes.size() >= 3 && (first_bytes[0] == kAlert || first_bytes[0] == kHandshake) &&
      first_bytes[1] == std::byte{3} && first_bytes[2] <= std::byte{4}) {
    return PeerKind::tls;
  }
  return PeerKind::unknown;
}

bool begins_like_dicom(Bytes first_bytes) noexcept {
  return !first_bytes.empty() && first_bytes[0] >= std::byte{1} && first_bytes[0] <= std::byte{7};
}

PeerKind probe(const Peer& peer, const StopSource& stop) {
  if (!peer.tls) {
    const auto kind = ask(peer, client_hello(peer.host), stop);
    if (kind != PeerKind::unknown) return kind;
  }
  return ask(peer, "GET / HTTP/1.0\r\n\r\n", stop);
}

}  // namespace dcm::net
