// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

/// A server that is far away, or behind a network that fails.
namespace dcm::test {

/// Takes TCP connections on a port of 127.0.0.1 and carries them to another port of it, in one
/// thread. Every byte, and the end of each direction, arrives `one_way` after it was sent, in order
/// and at any rate. Connecting itself costs nothing, and neither does a reset wait for what is
/// under way.
///
/// What it cannot model are acknowledgements: they are the kernel's on each side of the proxy and
/// do not travel. They come at once, or up to 40 ms late as the kernel delays them. On a far line a
/// sender that leaves Nagle's algorithm on waits a whole round trip for each, and 40 ms more where
/// the receiver delays it. Between two network namespaces joined by a link of 20 ms a round trip
/// (TCP from end to end), getscu took 107 ms for an object of 512 KiB, and one of four associations
/// of ours 45 ms; through this proxy it is 78 and 30. TCP_QUICKACK stays unset here: it would make
/// it 29 for getscu, which leaves out what is slow far away.
class DelayingProxy {
 public:
  enum class Network : std::uint8_t {
    up,
    stalled,  ///< connections are there and take bytes, but none arrives until it is up again
    gone      ///< connections are reset, new ones refused
  };

  /// Throws std::runtime_error if it cannot listen.
  explicit DelayingProxy(std::uint16_t target,
                         std::chrono::microseconds one_way = std::chrono::milliseconds(10));
  ~DelayingProxy();
  DelayingProxy(const DelayingProxy&) = delete;
  DelayingProxy& operator=(const DelayingProxy&) = delete;

  [[nodiscard]] std::uint16_t port() const;

  /// Holds from when it returns.
  void set(Network network);

  /// Each of the next `connections` to be made is reset when so many bytes of the target's have
  /// arrived; the client need not have read the last of them.
  void cut_after(std::uint64_t bytes, int connections);

  /// Bytes of the target's that have arrived so far, on all connections.
  [[nodiscard]] std::uint64_t arrived() const;
  [[nodiscard]] int connections() const;  ///< taken so far

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace dcm::test
