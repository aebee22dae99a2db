// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "cli/messages.hpp"

namespace dcm::cli {

/// The failure of a file that somebody named: what is absent or no file is a slip of the pen (exit
/// 1), all else is as grave as the error.
[[nodiscard]] Failure file_failure(std::string what, const Error& error, std::string hint);

/// The text of a file of at most 1 MiB. `what` is followed by the path in the words of a failure.
Checked<std::string> read_named_file(std::string_view what, const std::string& path,
                                     std::string hint);

/// The same for a file that holds a secret: others must not be able to read it (exit 1).
Checked<std::string> read_secret_file(std::string_view what, const std::string& path,
                                      std::string hint);

/// A path by which equal folders have equal names, links aside; empty where there is none.
[[nodiscard]] std::string whole_path(const std::string& path);

}  // namespace dcm::cli
