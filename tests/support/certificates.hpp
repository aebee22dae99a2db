// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/temp_dir.hpp"

namespace dcm::test {

/// A certificate and its key as PEM files; the key is for its owner alone.
struct Certified {
  std::filesystem::path certificate, key;
};

/// What a certificate says.
struct CertificateWords {
  /// As OpenSSL writes them; empty: no such extension.
  std::string names = "IP:127.0.0.1,DNS:localhost";
  long valid_from = -3600;  ///< seconds from now
  long valid_to = 86400;
};

/// An authority that nobody knows, with its files in a folder of its own.
class Authority {
 public:
  explicit Authority(const std::string& name = "Authority of a test");

  /// A certificate for a server or a client. Throws if OpenSSL cannot.
  [[nodiscard]] Certified issue(const CertificateWords& words = {});

  [[nodiscard]] const std::filesystem::path& certificate() const { return own_.certificate; }

 private:
  TempDir folder_;
  Certified own_;
  int issued_ = 0;
};

/// The part of Orthanc's settings by which it speaks TLS, with a certificate of `authority`, to
/// those who show one of its too.
[[nodiscard]] nlohmann::json orthanc_tls_settings(Authority& authority);

}  // namespace dcm::test
