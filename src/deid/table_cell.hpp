// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

#include "deid/confidentiality_table.hpp"

namespace dcm::deid {

/// The cells of the tables in data/, as C++ values. The tables are compiled in and tested whole, so
/// nothing here reports errors.

/// `X/Z/D`; K for any other text.
[[nodiscard]] Code parse_code(std::string_view text) noexcept;

/// Names of options with commas between them; `-` is none.
[[nodiscard]] OptionSet parse_options(std::string_view text) noexcept;

/// Hexadecimal digits, upper case.
[[nodiscard]] constexpr std::uint32_t parse_hex(std::string_view text) noexcept {
  std::uint32_t value = 0;
  for (const char c : text)
    value = value << 4 | static_cast<std::uint32_t>(c <= '9' ? c - '0' : c - 'A' + 10);
  return value;
}

}  // namespace dcm::deid
