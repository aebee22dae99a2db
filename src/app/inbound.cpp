// SPDX-License-Identifier: MIT
#include "app/inbound.hpp"

namespace dcm::app {

Result<std::optional<net::TlsSettings>> inbound_tls(const net::Peer& peer, Inbound inbound) {
  if (!peer.tls || inbound == Inbound::plain) return std::nullopt;
  if (!peer.tls->has_certificate()) return fail(Errc::client_certificate);
  return peer.tls;
}

std::vector<net::ExpectedCaller> expected_senders(const std::string& host,
                                                  const std::vector<std::string>& receive_from) {
  std::vector<net::ExpectedCaller> expected;
  for (const auto& each : receive_from) expected.push_back({.ae_title = {}, .host = each});
  expected.push_back({.ae_title = {}, .host = host});
  return expected;
}

bool may_be_the_server(const Error& why) noexcept {
  return why.code == Errc::association_rejected ||
         (why.code >= Errc::no_tls && why.code <= Errc::tls_failed) ||
         (why.code == Errc::not_dicom && why.detail == static_cast<std::uint32_t>(PeerKind::tls));
}

}  // namespace dcm::app
