// SPDX-License-Identifier: MIT
#include "deid/date_shift.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <span>
#include <utility>

#include "dicom/text.hpp"

namespace dcm::deid {
namespace {

using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

int number_in(std::span<const char> digits) noexcept {
  int number = 0;
  for (const char digit : digits) number = number * 10 + (digit - '0');
  return number;
}

void put_number(std::span<char> digits, int number) noexcept {
  for (std::size_t i = digits.size(); i-- > 0; number /= 10)
    digits[i] = static_cast<char>('0' + number % 10);
}

/// Moves the days in one value without padding, in place: every form is as long as it was.
class Shifter {
 public:
  Shifter(std::span<char> value, int days) noexcept : value_(value), days_(days) {}

  /// A day, or a range of days of which one end may be open.
  bool das() noexcept {
    return range([this] { return da(); });
  }

  bool dts() noexcept {
    return range([this] { return dt(); });
  }

 private:
  template <typename Moment>
  bool range(Moment moment) noexcept {
    if (take('-')) return moment() && at_end();
    if (!moment()) return false;
    if (at_end()) return true;
    return take('-') && (at_end() || (moment() && at_end()));
  }

  /// YYYY, YYYYMM, YYYYMMDD or YYYY.MM.DD.
  bool da() noexcept {
    const std::span<char> day = take_digits();
    if (day.size() != 4 || !take('.')) return day.size() <= 8 && shift_leading(day);
    const std::span<char> month = take_digits();
    if (month.size() != 2 || !take('.')) return false;
    const std::span<char> of_month = take_digits();
    return of_month.size() == 2 && shift(day, month, of_month);
  }

  /// YYYYMMDDHHMMSS.FFFFFF&ZZXX, components left out from the right.
  bool dt() noexcept {
    const std::span<char> moment = take_digits();
    if (moment.size() > 8 && !is_time(moment.subspan(8))) return false;
    if (moment.size() == 14 && take('.')) {
      const std::size_t fraction = take_digits().size();
      if (fraction < 1 || fraction > 6) return false;
    }
    if (has_offset()) at_ += 5;
    return shift_leading(moment);
  }

  static bool is_time(std::span<const char> time) noexcept {
    if (time.size() % 2 != 0 || time.size() > 6) return false;
    const bool hour = number_in(time.first(2)) < 24;
    const bool minute = time.size() < 4 || number_in(time.subspan(2, 2)) < 60;
    const bool second = time.size() < 6 || number_in(time.subspan(4, 2)) <= 60;
    return hour && minute && second;
  }

  /// Whether an offset from UTC follows. A hyphen also stands between the ends of a range, but no
  /// year is as small as an offset (PS3.4 C.2.2.2.5).
  bool has_offset() const noexcept {
    const std::span<const char> rest = value_.subspan(at_);
    if (rest.size() < 5 || (rest[0] != '+' && rest[0] != '-')) return false;
    for (const char c : rest.subspan(1, 4))
      if (!is_digit(c)) return false;
    if (rest.size() > 5 && rest[5] != '-') return false;
    return number_in(rest.subspan(1, 2)) <= 14 && number_in(rest.subspan(3, 2)) % 15 == 0 &&
           number_in(rest.subspan(3, 2)) < 60;
  }

  /// Moves the day that `digits` begin with.
  bool shift_leading(std::span<char> digits) noexcept {
    if (digits.size() != 4 && digits.size() != 6 && digits.size() < 8) return false;
    const std::size_t month = digits.size() < 6 ? 0 : 2;
    const std::size_t day = digits.size() < 8 ? 0 : 2;
    return shift(digits.first(4), digits.subspan(4, month), digits.subspan(4 + month, day));
  }

  /// `month` and `day` may be empty; they are the first then.
  bool shift(std::span<char> year, std::span<char> month, std::span<char> day) const noexcept {
    const year_month_day before{
        std::chrono::year(number_in(year)),
        std::chrono::month(month.empty() ? 1U : static_cast<unsigned>(number_in(month))),
        std::chrono::day(day.empty() ? 1U : static_cast<unsigned>(number_in(day)))};
    if (!before.ok() || before.year() < kFirstYear) return false;
    const year_month_day after = sys_days(before) + std::chrono::days(days_);
    if (after.year() < kFirstYear || after.year() > kLastYear) return false;
    put_number(year, static_cast<int>(after.year()));
    put_number(month, static_cast<int>(static_cast<unsigned>(after.month())));
    put_number(day, static_cast<int>(static_cast<unsigned>(after.day())));
    return true;
  }

  std::span<char> take_digits() noexcept {
    const std::size_t first = at_;
    while (!at_end() && is_digit(value_[at_])) ++at_;
    return value_.subspan(first, at_ - first);
  }

  bool take(char c) noexcept {
    if (at_end() || value_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool at_end() const noexcept { return at_ == value_.size(); }

  // Earlier ones have no place among dates of patients; they are broken values, mostly 0001.
  static constexpr std::chrono::year kFirstYear{1500};
  static constexpr std::chrono::year kLastYear{9999};

  std::span<char> value_;
  std::size_t at_ = 0;
  int days_;
};

/// Calls `change` with each of several values, the padding of each left out, until one fails. Empty
/// values are passed over.
template <typename Change>
bool change_each(std::string& values, Change change) {
  for (std::size_t start = 0; start <= values.size();) {
    const std::size_t end = std::min(values.find('\\', start), values.size());
    const std::string_view value = trim(std::string_view(values).substr(start, end - start));
    const auto offset = static_cast<std::size_t>(value.data() - values.data());
    if (!value.empty() && !change(std::span<char>(values).subspan(offset, value.size())))
      return false;
    start = end + 1;
  }
  return true;
}

}  // namespace

std::optional<std::string> shift_dates(std::string_view value, Vr vr, int days) {
  std::string shifted(value);
  const bool read = change_each(shifted, [vr, days](std::span<char> one) {
    Shifter shifter(one, days);
    return vr == vr::kDT ? shifter.dts() : shifter.das();
  });
  return read ? std::optional(std::move(shifted)) : std::nullopt;
}

std::optional<std::string> cap_ages(std::string_view value) {
  constexpr int kLastAge = 89;
  std::string capped(value);
  const bool read = change_each(capped, [](std::span<char> one) {
    if (one.size() != 4 || std::string_view("DWMY").find(one[3]) == std::string_view::npos)
      return false;
    const std::span<char> digits = one.first(3);
    for (const char c : digits)
      if (!is_digit(c)) return false;
    // Three digits of days, weeks or months are less than 90 years.
    if (one[3] == 'Y' && number_in(digits) > kLastAge) put_number(digits, kLastAge + 1);
    return true;
  });
  return read ? std::optional(std::move(capped)) : std::nullopt;
}

}  // namespace dcm::deid
