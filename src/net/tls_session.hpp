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

/// One side of TLS over a socket, which it neither owns nor waits for. After a failure only close()
/// is of use.
///
/// All fail with disconnected, timed_out, no_tls, not_dicom, no_common_tls, certificate_untrusted,
/// certificate_expired, certificate_name, client_certificate or tls_failed. What does not speak TLS
/// is no_tls, but not_dicom where it speaks HTTP, or calls us in no PDU either.
class TlsSession {
 public:
  /// The side of who called: `host` is what we connected to. `socket` must not block. Fails with
  /// internal.
  static Result<std::unique_ptr<TlsSession>> calling(int socket, const TlsSettings& settings,
                                                     const std::string& host);

  /// The side of who was called. The caller must show a certificate; whom it names is not asked.
  /// Fails as calling() does.
  static Result<std::unique_ptr<TlsSession>> called(int socket, const TlsSettings& settings);

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
  static Result<std::unique_ptr<TlsSession>> create(int socket, const TlsSettings& settings);
  std::unique_ptr<State> state_;
};

}  // namespace dcm::net
