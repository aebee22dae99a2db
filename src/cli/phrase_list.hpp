// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/messages.hpp"

namespace dcm::cli {

/// Reads the text of a scrub list: UTF-8, one phrase a line, trimmed; empty lines and those that
/// begin with # are passed over. Fails (exit 1) with `scrub list PATH:LINE` where a line is not
/// UTF-8, holds a control character, or has fewer than two or more than 256 characters: one letter
/// would cut words to pieces.
Checked<std::vector<std::string>> parse_phrases(std::string_view text, const std::string& path);

}  // namespace dcm::cli
