// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace dcm {

/// A day of the calendar that exists.
using Date = std::chrono::year_month_day;

/// A DA value (PS3.5 6.2): YYYYMMDD, or YYYY.MM.DD of ACR-NEMA; padding is allowed. None if it is
/// anything else or no day of the calendar.
[[nodiscard]] std::optional<Date> parse_da(std::string_view value) noexcept;

/// YYYYMMDD.
[[nodiscard]] std::string to_da(Date date);

/// Days to match, both ends included; at least one end is there, and they are in order.
struct DateRange {
  std::optional<Date> from;
  std::optional<Date> to;

  /// Reads what people type: a date as 20230101, 2023-01-01 or 2023.01.01; a range as two dates
  /// with `-` or `..` between them, spaces allowed around; an open range with one date left out.
  /// Fails with bad_value, also for a day that does not exist and for ends in the wrong order.
  [[nodiscard]] static Result<DateRange> parse(std::string_view typed);

  /// The matching key (PS3.4 C.2.2.2.5): 20230101, 20230101-20231231, 20230101- or -20231231.
  [[nodiscard]] std::string dicom() const;

  /// Whether the day of a DA value lies within; a value that is no date never does.
  [[nodiscard]] bool contains(std::string_view dicom_da) const noexcept;
};

}  // namespace dcm
