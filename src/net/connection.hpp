// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.hpp"
#include "base/fd.hpp"
#include "base/result.hpp"
#include "base/stop.hpp"
#include "net/tls_session.hpp"

namespace dcm::net {

/// A TCP connection, in the clear or under TLS, whose every wait has a deadline and ends at a stop
/// request. Knows no DICOM. After the first failure it stays failed with the same error.
class Connection {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr auto kNoDeadline = Clock::time_point::max();

  /// Connects to the first of the host's addresses that answers, IPv6 and IPv4 in the resolver's
  /// order, within `timeout` for all of them. The socket has TCP_NODELAY, keepalive, and gives up
  /// on data that the peer does not acknowledge within `idle`. Fails with unknown_host,
  /// connect_failed (errno, ETIMEDOUT included) or interrupted. `stop` must outlive it.
  static Result<Connection> open(const std::string& host, std::uint16_t port,
                                 std::chrono::milliseconds timeout, std::chrono::milliseconds idle,
                                 const StopSource& stop);

  /// Takes over a connection that a peer has made, with the same options as open(). `stop` must
  /// outlive it.
  static Connection adopt(Fd fd, std::chrono::milliseconds idle, const StopSource& stop) noexcept;

  /// Puts TLS on it, as a client that connected to `host`, within `within`: from now on every byte
  /// is encrypted. Fails with interrupted, timed_out, or as TlsSession does.
  Result<void> secure(const TlsSettings& tls, const std::string& host,
                      std::chrono::milliseconds within);

  /// The same as the one whom a peer has called, before `latest`.
  Result<void> secure_called(const TlsSettings& tls, Clock::time_point latest);

  /// Reads at least one byte, and what is there up to the size of `buffer`, before `latest`. Fails
  /// with timed_out, disconnected or interrupted; under TLS also as TlsSession does: a server may
  /// refuse our certificate late.
  Result<std::size_t> read(std::span<std::byte> buffer, Clock::time_point latest = kNoDeadline);

  /// Writes all of `bytes`; the peer must take some of them in each idle time. Fails as read does.
  Result<void> write(Bytes bytes);

  /// Reads and drops what comes until the peer closes or the time of finish_within() is over, so
  /// that closing does not destroy our last words on their way (RFC 1122 4.2.2.13).
  void drain() noexcept;

  /// Tells the peer that nothing more comes, and drains, for `within` at most; also after a
  /// failure.
  void leave(std::chrono::milliseconds within) noexcept;

  /// The next byte may be `within` away, whatever the idle time is; that alone may be longer.
  void expect_answer(std::chrono::milliseconds within) noexcept { patience_ = within; }

  /// If nothing at all has been received for `after`, asks `why_silent` once and fails with what it
  /// answers, unless that is ok.
  void on_silence(std::chrono::milliseconds after, std::function<Error()> why_silent);

  /// At a stop request `last_words` is called once, amid whatever waits then; from there on stop
  /// requests are ignored and everything together may take `within`.
  void on_stop(std::chrono::milliseconds within, std::function<void()> last_words);

  /// From now on everything together may take `within`.
  void finish_within(std::chrono::milliseconds within) noexcept;

  /// From now on a stop request no longer counts: for the last words on a connection.
  void ignore_stop() noexcept { stop_ = nullptr; }

  /// Ends the connection in both directions. Safe to call twice; what follows is disconnected.
  void close() noexcept;

  /// The socket, for DCMTK's own socket options.
  [[nodiscard]] int socket() const noexcept { return fd_.get(); }

  /// The first failure; code ok while there was none.
  [[nodiscard]] const Error& failure() const noexcept { return failure_; }

  /// The first bytes ever received, at most 8; under TLS what was in it.
  [[nodiscard]] Bytes first_bytes() const noexcept { return Bytes(first_).first(first_count_); }

 private:
  Connection(Fd fd, std::chrono::milliseconds idle, const StopSource& stop) noexcept;

  Progress receive(std::span<std::byte> buffer);
  Progress send(Bytes bytes);
  Result<void> shake_hands(Clock::time_point deadline);
  Result<void> wait(short events, Clock::time_point deadline);
  Result<void> wait_for_bytes(short events, Clock::time_point deadline);
  Result<void> stopped();
  void received(Bytes bytes) noexcept;
  [[nodiscard]] tl::unexpected<Error> failed(Error error) noexcept;
  [[nodiscard]] tl::unexpected<Error> failed(Errc code) noexcept { return failed({.code = code}); }

  Fd fd_;
  std::unique_ptr<TlsSession> tls_;  // null: in the clear
  const StopSource* stop_;
  std::chrono::milliseconds idle_;
  std::chrono::milliseconds patience_;
  Clock::time_point end_ = kNoDeadline;
  std::chrono::milliseconds silence_{};
  std::function<Error()> why_silent_;
  std::chrono::milliseconds farewell_{};
  std::function<void()> last_words_;
  std::array<std::byte, 8> first_{};
  std::size_t first_count_ = 0;
  Error failure_;
};

}  // namespace dcm::net
