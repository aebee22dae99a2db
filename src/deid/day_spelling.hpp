// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "deid/folded_text.hpp"

namespace dcm::deid {

/// A day as a number: yyyymmdd; yyyymm00 is a month, 0000mmdd a day of any year.
using Day = std::uint32_t;

[[nodiscard]] constexpr Day month_of(Day day) noexcept { return day / 100 * 100; }
[[nodiscard]] constexpr Day without_year(Day day) noexcept { return day % 10000; }
[[nodiscard]] constexpr bool is_whole(Day day) noexcept { return day >= 10000 && day % 100 != 0; }

/// Every day, month, or day of any year that a text can mean at one place: 3/4/05 is six of them.
class DayReadings {
 public:
  struct Reading {
    Day day;
    std::uint32_t end;    ///< the character after it
    bool has_whole_year;  ///< of four digits
  };

  /// What begins with word number `word` of `text`, the longest first: 20140321, with or without a
  /// time glued to it, 2014-03-21, 21.3.14, 3/21/2014, 140321, 21 Mar 2014, March 21st, 2014,
  /// Sep1999, 09/1999, 21 Mar, 2014年3月21日. Months in English, German, French, Spanish, Italian
  /// and Dutch. Days that exist in no month, and years before 1800 or after 2199, are not read.
  static DayReadings at(const FoldedText& text, std::size_t word);

  [[nodiscard]] const Reading* begin() const noexcept { return readings_.data(); }
  [[nodiscard]] const Reading* end() const noexcept { return readings_.data() + count_; }

 private:
  struct Item;
  struct Line;

  void add(unsigned year, unsigned month, unsigned day, std::uint32_t end, bool has_whole_year);
  void add_of_year(const Item& year, unsigned month, unsigned day, std::uint32_t end);
  void add_three(const Line& line);
  void add_two(const Line& line);
  void add_one(const Item& item, std::string_view chars);

  std::array<Reading, 16> readings_;
  std::size_t count_ = 0;
};

}  // namespace dcm::deid
