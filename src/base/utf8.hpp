// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace dcm {

/// Characters of UTF-8. What is not valid counts as U+FFFD, one for each byte; nothing fails.

/// Removes the first character from `rest`, which must not be empty.
[[nodiscard]] char32_t take_code_point(std::string_view& rest) noexcept;

/// Appends a character, which must be one that Unicode has.
void append_code_point(std::string& utf8, char32_t code);

/// `utf8` with U+FFFD in place of what is not valid.
[[nodiscard]] std::string valid_utf8(std::string_view utf8);

/// utf8proc_map() with `options` of utf8proc_option_t. `valid` must be valid UTF-8; it comes back
/// as it is where it cannot be mapped. Composing is quadratic in the length of a run of marks.
[[nodiscard]] std::string map_utf8(const std::string& valid, int options);

}  // namespace dcm
