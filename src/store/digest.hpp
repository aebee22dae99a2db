// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace dcm::store {

/// SHA-256 of `text` as 64 small hexadecimal digits.
[[nodiscard]] std::string hex_digest(std::string_view text);

}  // namespace dcm::store
