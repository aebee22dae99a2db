// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "net/tls_settings.hpp"
#include "net/user_identity.hpp"

namespace dcm::net {

/// A server and how long we wait for it. All limits are by progress: a byte received or sent starts
/// the idle clock again, so a large object is no time-out and a silent peer is.
struct Peer {
  std::string host;
  std::uint16_t port = 104;
  std::string called_aet;   ///< at most 16 characters (PS3.8 9.3.2)
  std::string calling_aet;  ///< at most 16 characters

  /// What the server's texts are in, a value of (0008,0005), if that must be told: queries are sent
  /// in it alone, and answers that name no set are read in it.
  std::string character_set = {};

  std::chrono::seconds connect_timeout{10};        ///< TCP, and once more the TLS handshake
  std::chrono::seconds association_timeout{30};    ///< to the answer to A-ASSOCIATE-RQ
  std::chrono::seconds first_answer_timeout{600};  ///< to the first byte after a request (archives)
  std::chrono::seconds idle_timeout{60};           ///< between two bytes after that

  std::optional<TlsSettings> tls{};    ///< none: in the clear
  std::optional<UserIdentity> user{};  ///< none: nobody in particular
};

}  // namespace dcm::net
