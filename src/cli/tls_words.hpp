// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "cli/messages.hpp"

namespace dcm::cli {

/// Why, and what to do about it.
struct Words {
  std::string why;
  std::string hint;
};

/// What went wrong with TLS, an error from no_tls to tls_failed.
[[nodiscard]] Words tls_words(const Error& error, const net::Peer& peer);

/// The same where somebody wanted to send to us; not_dicom too, for TLS where there is none.
[[nodiscard]] Words inbound_tls_words(const Error& error);

}  // namespace dcm::cli
