// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace dcm::cli {

/// JSON for stdout, indented, with a line feed at the end. Loses nothing, and still holds nothing
/// that could move a terminal's cursor: characters that printable() would replace are escaped.
/// Strings that are not UTF-8 get U+FFFD in the place of each wrong byte.
[[nodiscard]] std::string safe_json(const nlohmann::ordered_json& value);

}  // namespace dcm::cli
