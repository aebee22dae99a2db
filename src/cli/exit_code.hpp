// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "app/dispatch.hpp"
#include "app/retrieve.hpp"
#include "base/error.hpp"

namespace dcm::cli {

/// How the program ends, for scripts (docs/exit-codes.md).
enum class ExitCode : std::uint8_t {
  done = 0,             ///< every expected instance is stored
  usage = 1,            ///< the command line, the configuration, or the choice of tree
  partial = 2,          ///< some failed, are missing or in conflict
  nothing_matched = 3,  ///< of what was asked for, nothing is there
  unreachable = 4,      ///< the server, or it refused us, and nothing was stored
  local_io = 5,
  refused_objects = 6,  ///< some objects for their content, all others are stored
  internal = 7,
  interrupted = 130,
};

/// Of two that hold, the one that counts: 130, 7, 1, 5, 4, 2, 6, 3, and at last 0.
[[nodiscard]] ExitCode graver(ExitCode a, ExitCode b) noexcept;

/// For a command that ends with this error. An answer of a server that cannot be read counts as the
/// server's failure.
[[nodiscard]] ExitCode exit_code(const Error& error) noexcept;

/// For a retrieval. What the server said does not count where every expected instance is stored.
[[nodiscard]] ExitCode exit_code(const app::RetrieveReport& report) noexcept;

/// For a C-MOVE to others, as far as the server's word goes.
[[nodiscard]] ExitCode exit_code(const app::DispatchReport& report) noexcept;

}  // namespace dcm::cli
