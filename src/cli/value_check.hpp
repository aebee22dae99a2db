// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "dicom/vr.hpp"

namespace dcm::cli {

/// Why `value` is not one value of a VR of text (PS3.5 6.2) in ASCII, in words: "longer than 16
/// characters". Empty if it is one. Binary VRs and SQ have none that can be typed.
[[nodiscard]] std::string why_not_a_value(Vr vr, std::string_view value);

/// Whether each character is a letter, digit, sign or space of ASCII, and no backslash.
[[nodiscard]] bool is_plain_ascii(std::string_view text) noexcept;

}  // namespace dcm::cli
