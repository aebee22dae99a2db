// SPDX-License-Identifier: MIT
#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/association.hpp"
#include "net/connection.hpp"
#include "net/peer.hpp"
#include "net/transport.hpp"

namespace dcm::net {

/// What an Association is made of. The members are torn down from the last to the first: DCMTK's
/// association closes the connection that it borrowed.
struct Association::Wire {
  struct DropNetwork {
    void operator()(T_ASC_Network* it) const noexcept { ASC_dropNetwork(&it); }
  };
  struct DestroyAssociation {
    void operator()(T_ASC_Association* it) const noexcept { ASC_destroyAssociation(&it); }
  };

  Peer peer;
  Connection connection;
  std::unique_ptr<Transport> transport;
  std::unique_ptr<T_ASC_Network, DropNetwork> network;
  std::unique_ptr<T_ASC_Association, DestroyAssociation> association;
  std::vector<AcceptedContext> contexts;
  std::uint16_t last_message_id = 0;
  bool release_requested = false;  ///< by the peer, instead of the last thing that was to be read
  bool released = false;

  Wire(Peer to, Connection over) : peer(std::move(to)), connection(std::move(over)) {}
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  [[nodiscard]] std::uint16_t next_message_id() noexcept { return ++last_message_id; }

  /// nullptr if the peer did not accept it.
  [[nodiscard]] const AcceptedContext* context(std::uint8_t id) const noexcept;
  /// The first one accepted for a class, with Implicit or Explicit VR Little Endian; nullptr if
  /// none.
  [[nodiscard]] const AcceptedContext* plain_context(
      std::string_view abstract_syntax) const noexcept;

  /// Why the last call into DCMTK failed: the connection's own reason, or what the peer did.
  [[nodiscard]] Error error(const OFCondition& condition) const noexcept;

  /// Sends A-ABORT (PS3.8 9.3.8) if that can still be done, and closes. Safe to call twice.
  void abort() noexcept;
};

}  // namespace dcm::net
