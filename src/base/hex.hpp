// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

namespace dcm {

/// The number that hexadecimal digits in upper case spell. For the tables in data/, which are
/// compiled in and tested whole: nothing is checked.
[[nodiscard]] constexpr std::uint32_t parse_hex(std::string_view digits) noexcept {
  std::uint32_t value = 0;
  for (const char c : digits)
    value = value << 4 | static_cast<std::uint32_t>(c <= '9' ? c - '0' : c - 'A' + 10);
  return value;
}

}  // namespace dcm
