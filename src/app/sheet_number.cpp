// SPDX-License-Identifier: MIT
#include "app/sheet_number.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "dicom/date.hpp"

namespace dcm::app {
namespace {

using Kind = Cell::Kind;

/// What a spreadsheet keeps of a number (IEEE 754 double).
constexpr std::size_t kKeptDigits = 15;
constexpr std::size_t kMostDigits = 64;
constexpr int kLastDay = 2'958'465;  ///< 9999-12-31, counted since 1900

bool all_digits(std::string_view text) noexcept {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// A format code without quoted text, escaped characters, colours and conditions.
std::string bare_code(std::string_view code) {
  std::string bare;
  char closing = '\0';
  for (std::size_t i = 0; i < code.size(); ++i) {
    const char c = code[i];
    if (closing != '\0') {
      if (c == closing) closing = '\0';
    } else if (c == '"' || c == '[') {
      closing = c == '"' ? '"' : ']';
    } else if (c == '\\' || c == '_' || c == '*') {
      ++i;
    } else {
      bare += c;
    }
  }
  return bare;
}

/// Excel counts a 29th of February 1900, as Lotus 1-2-3 did: day 60.
std::chrono::sys_days day_of(int serial, DateSystem system) {
  using std::chrono::days, std::chrono::sys_days, std::chrono::year;
  if (system == DateSystem::since_1904) return sys_days{year{1904} / 1 / 1} + days{serial};
  return sys_days{year{1899} / 12 / 30} + days{serial < 60 ? serial + 1 : serial};
}

Cell date_of(std::string_view whole_days, DateSystem system) {
  int serial = -1;
  std::from_chars(whole_days.data(), whole_days.data() + whole_days.size(), serial);
  const int first = system == DateSystem::since_1904 ? 0 : 1;
  if (serial < first || serial > kLastDay || (serial == 60 && first == 1))
    return {Kind::unusable, {}};
  return {Kind::date, to_da(Date{day_of(serial, system)})};
}

}  // namespace

NumberFormat format_of_code(std::string_view code) {
  if (code.find_first_not_of('0') == std::string_view::npos && code.size() <= kMostDigits)
    return {.digits = code.size()};
  const std::string bare = bare_code(code);
  return {.is_date = bare != "General" && bare.find_first_of("dDyY") != std::string::npos};
}

NumberFormat built_in_format(std::uint32_t id) noexcept {
  // 18 to 21 and 45 to 47 are times of day; 27 to 36 and 50 to 58 are dates of East Asia.
  return {.is_date = (id >= 14 && id <= 17) || id == 22 || (id >= 27 && id <= 31) || id == 36 ||
                     (id >= 50 && id <= 58)};
}

Cell number_cell(std::string_view stored, const NumberFormat& format, DateSystem system) {
  const bool negative = stored.starts_with('-');
  const auto number = stored.substr(negative ? 1 : 0);
  const auto exponent = std::min(number.find_first_of("eE"), number.size());
  const auto point = std::min(number.find('.'), exponent);
  const auto whole = number.substr(0, point);
  auto fraction = number.substr(point, exponent - point);
  if (!fraction.empty()) fraction.remove_prefix(1);
  if (!all_digits(whole) || (point < exponent && !all_digits(fraction)) ||
      number.size() > kMostDigits)
    return {Kind::unusable, {}};
  const std::string as_stored(stored);
  if (exponent < number.size()) return {Kind::rounded, as_stored};
  if (format.is_date) return negative ? Cell{Kind::unusable, {}} : date_of(whole, system);
  const auto kept = whole.size() - std::min(whole.find_first_not_of('0'), whole.size());
  const bool is_whole = fraction.find_first_not_of('0') == std::string_view::npos;
  if (kept + (is_whole ? 0 : fraction.size()) > kKeptDigits) return {Kind::rounded, as_stored};
  if (!is_whole) return {Kind::number, as_stored};
  std::string digits(whole);
  if (digits.size() < format.digits && !negative)
    digits.insert(0, format.digits - digits.size(), '0');
  return {Kind::number, (negative ? "-" : "") + digits};
}

Cell date_cell(std::string_view iso) {
  const auto day = DateRange::parse(iso);
  if (!day || !day->from || day->from != day->to) return {Kind::unusable, {}};
  return {Kind::date, to_da(*day->from)};
}

}  // namespace dcm::app
