// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "net/tls_settings.hpp"

namespace dcm::net {

/// What one attempt to move bytes over a socket came to, without waiting.
struct Progress {
  std::size_t count = 0;  ///< bytes moved; 0 when there is something to wait for, or a failure
  short wanted = 0;       ///< what poll() must wait for before the next attempt; 0: nothing
  Error failure{};        ///< code ok while there is none
};

/// The client's side of TLS over a socket, which it neither owns nor waits for. After a failure
/// only close() is of use.
///
/// All fail with disconnected, timed_out, no_tls (what answered is not TLS), no_common_tls,
/// certificate_untrusted, certificate_expired, certificate_name, client_certificate or tls_failed.
class TlsSession {
 public:
  /// `socket` must not block. `host` is what we connected to. Fails with internal.
  static Result<std::unique_ptr<TlsSession>> create(int socket, const TlsSettings& settings,
                                                    const std::string& host);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  /// One step of the handshake; done when nothing is wanted.
  [[nodiscard]] Progress handshake();

  /// At least one byte into `buffer`, unless it must wait.
  [[nodiscard]] Progress read(std::span<std::byte> buffer);

  /// A part of `bytes`, or all; after "must wait" the same bytes come again.
  [[nodiscard]] Progress write(Bytes bytes);

  /// Tells the peer that nothing more comes, if it can be told without waiting.
  void close() noexcept;

  /// Whether the peer ever sent a byte.
  [[nodiscard]] bool heard() const noexcept;

  /// OpenSSL's side of it, for its callbacks.
  struct State;

 private:
  explicit TlsSession(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace dcm::net
