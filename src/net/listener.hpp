// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace dcm::net {

/// A TCP port that waits for peers, IPv6 and IPv4 alike.
class Listener {
 public:
  /// A peer at the door.
  struct Arrival {
    Fd socket;         ///< non-blocking
    std::string host;  ///< its address in numbers; an IPv4 address as such
  };

  /// `address` is a host name or an address of this machine; empty: all of them. Port 0: any free
  /// one. Fails with unknown_host or io (errno: in use, not permitted).
  static Result<Listener> open(const std::string& address, std::uint16_t port);

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  /// For poll() with POLLIN.
  [[nodiscard]] int wait_fd() const noexcept { return socket_.get(); }

  /// The next peer. Fails with io: EAGAIN when none waits or it has left, EMFILE and the like.
  [[nodiscard]] Result<Arrival> accept() const;

  /// Peers are turned away from now on.
  void close() noexcept { socket_.reset(); }

 private:
  Listener(Fd socket, std::uint16_t port) noexcept : socket_(std::move(socket)), port_(port) {}

  Fd socket_;
  std::uint16_t port_;
};

/// The addresses of `host`, written as in Listener::Arrival. Fails with unknown_host.
Result<std::vector<std::string>> addresses_of(const std::string& host);

}  // namespace dcm::net
