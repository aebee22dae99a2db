// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dcm {

/// Words as people read and compare them. Everything here takes any bytes as UTF-8: what is not
/// valid counts as U+FFFD, one for each byte, and nothing fails.

/// `value` without the spaces and NULs that pad it on both ends; lives as long as `value`.
[[nodiscard]] std::string_view trim(std::string_view value) noexcept;

[[nodiscard]] bool is_ascii(std::string_view text) noexcept;

/// Whether all of it is valid UTF-8.
[[nodiscard]] bool is_utf8(std::string_view bytes) noexcept;

/// For comparing: case, accents, vowel points and widths (full, half) removed.
[[nodiscard]] std::string fold(std::string_view utf8);

/// As it is written without the letters that ASCII lacks: umlauts and their like as two letters (ä
/// ae, ö and ø oe, ü ue, å aa, æ ae, œ oe, ð d, þ th), everything else as it is.
[[nodiscard]] std::string transliterate(std::string_view utf8);

/// wildcard_match() case and accents aside; a transliteration on either side is as good as the
/// letter: MUELLER, MULLER and Müller match `müller`.
[[nodiscard]] bool loosely_matches(std::string_view pattern, std::string_view text);

/// Canonical composition: equal letters become equal bytes.
[[nodiscard]] std::string nfc(std::string_view utf8);

/// Whether all of `text` matches `pattern`, in which `*` is any run of characters and `?` any one
/// (PS3.4 C.2.2.2.4). Compares as is: fold() both to ignore case.
[[nodiscard]] bool wildcard_match(std::string_view pattern, std::string_view text);

/// Safe to print: all that could move a terminal's cursor, end a log line or turn the direction of
/// writing - controls (tab and line feed too), line separators, bidirectional and other invisible
/// format characters, invalid bytes - becomes U+FFFD. Joiners that scripts need stay.
[[nodiscard]] std::string printable(std::string_view utf8);

/// Columns on a terminal: 2 for wide characters, 0 for combining ones.
[[nodiscard]] std::size_t display_width(std::string_view utf8) noexcept;

/// The least number of bytes to insert, remove or replace to turn `a` into `b`.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace dcm
