// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "app/sheet.hpp"

namespace dcm::app {

/// What of a number format (ECMA-376 18.8.30) changes what a value means.
struct NumberFormat {
  bool is_date = false;
  std::size_t digits = 0;  ///< a format of zeros alone, such as 00000000: numbers are filled up

  friend bool operator==(const NumberFormat&, const NumberFormat&) = default;
};

/// That of a format code.
[[nodiscard]] NumberFormat format_of_code(std::string_view code);

/// That of a number below 164, which stands for a code that no file tells.
[[nodiscard]] NumberFormat built_in_format(std::uint32_t id) noexcept;

/// From which day a workbook counts.
enum class DateSystem : std::uint8_t { since_1900, since_1904 };

/// The cell of a stored number: its digits, rounded where some may be lost, a date where the format
/// is one of dates.
[[nodiscard]] Cell number_cell(std::string_view stored, const NumberFormat& format,
                               DateSystem system);

/// The cell of a date as 2023-01-31.
[[nodiscard]] Cell date_cell(std::string_view iso);

}  // namespace dcm::app
