// SPDX-License-Identifier: MIT
#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/dcmlayer.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "net/connection.hpp"

namespace dcm::net {

/// Puts a Connection under a DCMTK association, so that every wait, read and write is ours.
///
/// DCMTK insists on connecting by itself, and does it badly: one address, no IPv6 literal, no
/// reason for a failure, no way to interrupt it. So it gets address() to connect to, a socket on
/// the loopback interface that nobody serves, and in createConnection() that connection is replaced
/// by the one that is already there.
class Transport final : public DcmTransportLayer {
 public:
  /// `connection` must outlive it. A PDU of n bytes must be complete `idle` + n / 1 KiB/s after its
  /// first byte, so single bytes do not keep a connection alive. Fails with io.
  static Result<std::unique_ptr<Transport>> create(Connection& connection,
                                                   std::chrono::milliseconds idle);

  /// Where DCMTK is to connect to, as `host:port`.
  [[nodiscard]] const std::string& address() const noexcept { return address_; }

  /// For a connection on which the peer has been answered already: DCMTK, which believes that it
  /// asks, gets `acceptance` as the answer, and what it writes before that goes nowhere.
  void answer_with(std::vector<std::byte> acceptance) noexcept {
    acceptance_ = std::move(acceptance);
  }

  /// Called by DCMTK once. nullptr if the socket cannot be replaced.
  DcmTransportConnection* createConnection(DcmNativeSocketType socket, OFBool secure) override;

 private:
  Transport(Connection& connection, std::chrono::milliseconds idle, Fd rendezvous,
            std::string address) noexcept;

  Connection& connection_;
  std::chrono::milliseconds idle_;
  Fd rendezvous_;
  std::string address_;
  std::vector<std::byte> acceptance_;
};

}  // namespace dcm::net
