// SPDX-License-Identifier: MIT
#include "dicom/date.hpp"

#include <cstddef>

#include "dicom/text.hpp"

namespace dcm {
namespace {

/// Takes `count` digits off `rest`; -1, and nothing taken, if there are fewer.
int take_digits(std::string_view& rest, std::size_t count) noexcept {
  if (rest.size() < count) return -1;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (rest[i] < '0' || rest[i] > '9') return -1;
    value = value * 10 + (rest[i] - '0');
  }
  rest.remove_prefix(count);
  return value;
}

/// Takes a date off the beginning of `rest`, with the separator that follows its year, if one of
/// `separators`, also between month and day.
std::optional<Date> take_date(std::string_view& rest, std::string_view separators) noexcept {
  const int year = take_digits(rest, 4);
  if (year < 1 || rest.empty()) return std::nullopt;
  const char separator = rest.front();
  const bool is_separated = separators.find(separator) != std::string_view::npos;
  if (is_separated) rest.remove_prefix(1);
  const int month = take_digits(rest, 2);
  if (is_separated) {
    if (!rest.starts_with(separator)) return std::nullopt;
    rest.remove_prefix(1);
  }
  const int day = take_digits(rest, 2);
  if (month < 1 || day < 1) return std::nullopt;
  const Date date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                  std::chrono::day(static_cast<unsigned>(day))};
  return date.ok() ? std::optional(date) : std::nullopt;
}

bool starts_with_digit(std::string_view text) noexcept {
  return !text.empty() && text.front() >= '0' && text.front() <= '9';
}

/// Takes `-` or `..` and the spaces around it off `rest`.
bool take_range_mark(std::string_view& rest) noexcept {
  rest = trim(rest);
  const std::size_t size = rest.starts_with("..") ? 2 : rest.starts_with('-') ? 1 : 0;
  rest = trim(rest.substr(size));
  return size > 0;
}

}  // namespace

std::optional<Date> parse_da(std::string_view value) noexcept {
  std::string_view rest = trim(value);
  const std::optional<Date> date = take_date(rest, ".");
  return rest.empty() ? date : std::nullopt;
}

std::string to_da(Date date) {
  const auto number = static_cast<unsigned>(static_cast<int>(date.year())) * 10000U +
                      static_cast<unsigned>(date.month()) * 100U +
                      static_cast<unsigned>(date.day());
  const std::string digits = std::to_string(number);
  return std::string(8 - digits.size(), '0') + digits;
}

Result<DateRange> DateRange::parse(std::string_view typed) {
  std::string_view rest = trim(typed);
  DateRange range;
  if (starts_with_digit(rest)) {
    range.from = take_date(rest, "-.");
    if (!range.from) return fail(Errc::bad_value);
    if (rest.empty()) {
      range.to = range.from;
      return range;
    }
  }
  if (!take_range_mark(rest)) return fail(Errc::bad_value);
  if (!rest.empty() || !range.from) {
    range.to = take_date(rest, "-.");
    if (!range.to || !rest.empty()) return fail(Errc::bad_value);
  }
  if (range.from && range.to && *range.to < *range.from) return fail(Errc::bad_value);
  return range;
}

std::string DateRange::dicom() const {
  if (from && to && *from == *to) return to_da(*from);
  return (from ? to_da(*from) : "") + "-" + (to ? to_da(*to) : "");
}

bool DateRange::contains(std::string_view dicom_da) const noexcept {
  const std::optional<Date> date = parse_da(dicom_da);
  return date && (!from || *from <= *date) && (!to || *date <= *to);
}

}  // namespace dcm
