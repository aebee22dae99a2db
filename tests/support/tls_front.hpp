// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/fd.hpp"
#include "support/certificates.hpp"

struct ssl_ctx_st;

namespace dcm::test {

/// Which TLS is spoken.
struct TlsFrontOptions {
  Certified certified = {};                   ///< what is shown; a client may show nothing
  std::filesystem::path peer_authority = {};  ///< not empty: the peer must show one of its
  int lowest_version = 0x0303;                ///< as on the wire: 0x0302 is TLS 1.1
  int highest_version = 0x0304;
  std::string cipher_suites = {};  ///< up to TLS 1.2; empty: OpenSSL's default
};

/// Accepts on a free port of 127.0.0.1 and serves each connection in a thread, until it is
/// destroyed.
class TlsRelay {
 public:
  using Serve = std::function<void(Fd, const std::atomic<bool>& over)>;
  explicit TlsRelay(Serve serve);
  ~TlsRelay();
  TlsRelay(const TlsRelay&) = delete;
  TlsRelay& operator=(const TlsRelay&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void run();

  Serve serve_;
  std::uint16_t port_ = 0;
  Fd listener_;
  std::atomic<bool> over_{false};
  std::vector<std::thread> talks_;
  std::thread acceptor_;
};

/// Puts TLS before a plain server of 127.0.0.1, on a free port of its own, until it is destroyed.
/// Debian's dcmqrscp has no TLS, and others cannot be made to speak it badly.
class TlsFront {
 public:
  TlsFront(std::uint16_t plain_port, const TlsFrontOptions& options);

  [[nodiscard]] std::uint16_t port() const { return relay_.port(); }

  /// What the last client named as the server it wants (RFC 6066 3); empty if nothing.
  [[nodiscard]] std::string asked_for() const;

 private:
  void serve(const Fd& client, const std::atomic<bool>& over);

  std::shared_ptr<ssl_ctx_st> context_;
  std::uint16_t plain_port_;
  mutable std::mutex mutex_;
  std::string asked_for_;
  TlsRelay relay_;
};

/// The way back: what plain clients say to a free port of 127.0.0.1, it says by TLS to `tls_port`.
class TlsTail {
 public:
  TlsTail(std::uint16_t tls_port, const TlsFrontOptions& options);

  [[nodiscard]] std::uint16_t port() const { return relay_.port(); }

 private:
  void serve(const Fd& plain, const std::atomic<bool>& over) const;

  std::shared_ptr<ssl_ctx_st> context_;
  std::uint16_t tls_port_;
  TlsRelay relay_;
};

}  // namespace dcm::test
