// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "app/sheet.hpp"

namespace dcm::app {

/// What of a number format (ECMA-376 18.8.30) changes what a value means. It is that of numbers
/// above zero, of which IDs and dates are.
struct NumberFormat {
  enum class Shows : std::uint8_t {
    number,    ///< the digits of a number, whatever stands behind the point or between thousands
    date,      ///< a day
    otherwise  ///< characters that are not the number's: P-00-42, 42 %, 08:30, or none
  };
  Shows shows = Shows::number;
  std::size_t digits = 0;     ///< whole numbers are filled up with zeros to so many, as by 00000000
  bool only_above_0 = false;  ///< zero and what is below it have formats of their own

  friend bool operator==(const NumberFormat&, const NumberFormat&) = default;
};

/// That of a format code.
[[nodiscard]] NumberFormat format_of_code(std::string_view code);

/// That of a number below 164, which stands for a code that no file tells.
[[nodiscard]] NumberFormat built_in_format(std::uint32_t id) noexcept;

/// From which day a workbook counts.
enum class DateSystem : std::uint8_t { since_1900, since_1904 };

/// The cell of a stored number: its digits, rounded where some may be lost, a date where the format
/// is one of dates, disguised where it shows something else.
[[nodiscard]] Cell number_cell(std::string_view stored, const NumberFormat& format,
                               DateSystem system);

/// The cell of a date as 2023-01-31.
[[nodiscard]] Cell date_cell(std::string_view iso);

}  // namespace dcm::app
