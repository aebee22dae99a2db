// SPDX-License-Identifier: MIT
#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/stop.hpp"
#include "net/peer.hpp"

namespace dcm::net {

/// What speaks like this: TLS for a handshake or alert record (RFC 8446 5.1), HTTP for a status
/// line, unknown for anything else and for too few bytes.
[[nodiscard]] PeerKind kind_of(Bytes first_bytes) noexcept;

/// Whether these can be the first bytes of a PDU (PS3.8 9.3.1).
[[nodiscard]] bool begins_like_dicom(Bytes first_bytes) noexcept;

/// Asks a server that did not answer A-ASSOCIATE-RQ, on connections of its own, whether it speaks
/// TLS, then whether it speaks HTTP (over TLS where we speak that); a few seconds at most. Only a
/// positive answer counts: a DICOM server that is merely slow stays `unknown`.
[[nodiscard]] PeerKind probe(const Peer& peer, const StopSource& stop);

}  // namespace dcm::net
