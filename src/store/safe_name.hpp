// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dcm::store {

/// At most this many bytes in one part of a name.
inline constexpr std::size_t kMaxPartBytes = 64;

/// At most this many bytes of a written value are kept; four times what any VR that names something
/// may hold (PS3.5 6.2: LO, 64 characters).
inline constexpr std::size_t kMaxValueBytes = 1024;

/// Text that somebody else wrote as the tree knows it: without spaces and NULs at its ends, bytes
/// that are not UTF-8 replaced by U+FFFD, cut at a character after kMaxValueBytes.
[[nodiscard]] std::string written_value(std::string_view text);

/// Turns text that somebody else wrote into a part of a file name that is ours: letters (NFC),
/// digits, `-` and `.` stay, every other run becomes one `_`; no dot at either end, at most
/// kMaxPartBytes bytes cut at a character; the stem of a name that Windows reserves (CON, NUL, COM1
/// ...) gets a `_`. What is left empty is `missing`. The only way a peer's text reaches a path.
[[nodiscard]] std::string safe_part(std::string_view text, std::string_view missing);

/// The form in which two names are the same name on a file system that ignores case.
[[nodiscard]] std::string folded_name(std::string_view name);

}  // namespace dcm::store
