// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/fd.hpp"
#include "support/certificates.hpp"

struct ssl_ctx_st;

namespace dcm::test {

/// Which TLS a server speaks.
struct TlsFrontOptions {
  Certified certified;
  std::filesystem::path client_authority = {};  ///< not empty: clients must show one of its
  int lowest_version = 0x0303;                  ///< as on the wire: 0x0302 is TLS 1.1
  int highest_version = 0x0304;
  std::string cipher_suites = {};  ///< up to TLS 1.2; empty: OpenSSL's default
};

/// Puts TLS before a plain server of 127.0.0.1, on a free port of its own, until it is destroyed.
/// Debian's dcmqrscp has no TLS, and others cannot be made to speak it badly.
class TlsFront {
 public:
  TlsFront(std::uint16_t plain_port, const TlsFrontOptions& options);
  ~TlsFront();
  TlsFront(const TlsFront&) = delete;
  TlsFront& operator=(const TlsFront&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }

  /// What the last client named as the server it wants (RFC 6066 3); empty if nothing.
  [[nodiscard]] std::string asked_for() const;

 private:
  void run();
  void serve(Fd client);

  std::shared_ptr<ssl_ctx_st> context_;
  std::uint16_t plain_port_;
  Fd listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> over_{false};
  mutable std::mutex mutex_;
  std::string asked_for_;
  std::vector<std::thread> talks_;
  std::thread acceptor_;
};

}  // namespace dcm::test
