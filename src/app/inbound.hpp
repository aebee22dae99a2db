// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/result.hpp"
#include "net/peer.hpp"
#include "net/storage_scp.hpp"
#include "net/tls_settings.hpp"

namespace dcm::app {

/// How objects come to us by C-MOVE: `as_asked` by TLS where the server is asked by TLS, `plain` in
/// the clear, for all on the way to read.
enum class Inbound : std::uint8_t { as_asked, plain };

/// The TLS that must be spoken where `peer` sends us objects; none: in the clear. Fails with
/// client_certificate where it must be, and we have no certificate to show.
Result<std::optional<net::TlsSettings>> inbound_tls(const net::Peer& peer, Inbound inbound);

/// Whom we let in for what a server sends by C-MOVE: the server itself at `host`, and the hosts
/// `receive_from`, each under whatever title.
[[nodiscard]] std::vector<net::ExpectedCaller> expected_senders(
    const std::string& host, const std::vector<std::string>& receive_from);

/// Whether somebody whom a storage SCP turned away for `why` speaks DICOM or TLS, and so may be the
/// server; others are not worth telling of.
[[nodiscard]] bool may_be_the_server(const Error& why) noexcept;

}  // namespace dcm::app
