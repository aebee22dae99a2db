// SPDX-License-Identifier: MIT
#include "cli/value_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

#include "dicom/date.hpp"
#include "dicom/text.hpp"

namespace dcm::cli {
namespace {

/// The longest value of a VR, in characters (PS3.5 Table 6.2-1).
struct Limit {
  Vr vr;
  std::size_t characters;
};

constexpr std::array kLimits{
    Limit{vr::kAE, 16},
    Limit{vr::kAS, 4},
    Limit{vr::kCS, 16},
    Limit{vr::kDA, 8},
    Limit{vr::kDS, 16},
    Limit{vr::kDT, 26},
    Limit{vr::kIS, 12},
    Limit{vr::kLO, 64},
    Limit{vr::kPN, 64},
    Limit{vr::kLT, 10240},
    Limit{vr::kSH, 16},
    Limit{vr::kST, 1024},
    Limit{vr::kTM, 13},
    Limit{vr::kUI, 64},
    // What the standard does not limit.
    Limit{vr::kUC, 1024},
    Limit{vr::kUR, 1024},
    Limit{vr::kUT, 10240},
};

std::size_t limit_of(Vr vr) noexcept {
  const auto* const found =
      std::find_if(kLimits.begin(), kLimits.end(), [&](const Limit& row) { return row.vr == vr; });
  return found == kLimits.end() ? 0 : found->characters;
}

bool all_digits(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool within(std::string_view two_digits, char last_ten, char last_one) noexcept {
  return two_digits[0] < last_ten || (two_digits[0] == last_ten && two_digits[1] <= last_one);
}

/// HH, HHMM, HHMMSS or HHMMSS.F with up to six digits.
bool is_time(std::string_view time) noexcept {
  const std::size_t point = std::min(time.find('.'), time.size());
  const std::string_view clock = time.substr(0, point);
  if (clock.size() != 2 && clock.size() != 4 && clock.size() != 6) return false;
  if (!all_digits(clock) || !within(clock, '2', '3')) return false;
  if (clock.size() > 2 && !within(clock.substr(2), '5', '9')) return false;
  if (clock.size() > 4 && !within(clock.substr(4), '6', '0')) return false;  // 60: leap second
  if (point == time.size()) return true;
  const std::string_view fraction = time.substr(point + 1);
  return clock.size() == 6 && !fraction.empty() && fraction.size() <= 6 && all_digits(fraction);
}

bool is_date(std::string_view date) noexcept {
  return date.size() == 8 && all_digits(date) && parse_da(date).has_value();
}

/// YYYYMMDD, with a time, with an offset from UTC. Shorter dates are not needed here.
bool is_moment(std::string_view moment) noexcept {
  const std::size_t sign = std::min(moment.find_first_of("+-"), moment.size());
  const std::string_view offset = moment.substr(std::min(sign + 1, moment.size()));
  const std::string_view local = moment.substr(0, sign);
  if (sign < moment.size() && (offset.size() != 4 || !is_time(offset))) return false;
  if (local.size() < 8 || !is_date(local.substr(0, 8))) return false;
  return local.size() == 8 || is_time(local.substr(8));
}

bool is_age(std::string_view age) noexcept {
  return age.size() == 4 && all_digits(age.substr(0, 3)) &&
         std::string_view("DWMY").find(age[3]) != std::string_view::npos;
}

template <typename T>
bool is_number(std::string_view text) noexcept {
  if (text.starts_with('+')) text.remove_prefix(1);
  T number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end && text.find_first_of("ni") == text.npos;
}

bool is_uid(std::string_view uid) noexcept {
  for (;;) {
    const std::string_view part = uid.substr(0, uid.find('.'));
    if (part.empty() || !all_digits(part) || (part.size() > 1 && part[0] == '0')) return false;
    if (part.size() == uid.size()) return true;
    uid.remove_prefix(part.size() + 1);
  }
}

bool is_code(std::string_view code) noexcept {
  return code.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _") == code.npos;
}

/// Whether `value` is spelt as its VR wants it.
bool is_spelt(Vr vr, std::string_view value) noexcept {
  switch (vr) {
    case vr::kAS:
      return is_age(value);
    case vr::kCS:
      return is_code(value);
    case vr::kDA:
      return is_date(value);
    case vr::kDS:
      return is_number<double>(value);
    case vr::kDT:
      return is_moment(value);
    case vr::kIS:
      return is_number<std::int32_t>(value);
    case vr::kPN:
      return std::count(value.begin(), value.end(), '^') <= 4 && value.find('=') == value.npos;
    case vr::kTM:
      return is_time(value);
    case vr::kUI:
      return is_uid(value);
    case vr::kUR:
      return value.find(' ') == value.npos;
    default:
      return true;
  }
}

std::string_view spelling_of(Vr vr) noexcept {
  switch (vr) {
    case vr::kAS:
      return "write three digits and D, W, M or Y, such as 045Y";
    case vr::kCS:
      return "only capital letters, digits, space and _";
    case vr::kDA:
      return "write a day that exists as YYYYMMDD";
    case vr::kDT:
      return "write YYYYMMDD or YYYYMMDDHHMMSS";
    case vr::kTM:
      return "write HHMMSS";
    case vr::kUI:
      return "digits and dots, without leading zeros";
    case vr::kPN:
      return "at most five components, family name first: DOE^JOHN";
    case vr::kUR:
      return "no spaces";
    default:
      return "not a number";
  }
}

}  // namespace

bool is_plain_ascii(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= ' ' && c <= '~' && c != '\\'; });
}

std::string why_not_a_value(Vr vr, std::string_view value) {
  const std::size_t limit = limit_of(vr);
  if (limit == 0) return "it cannot be written as text";
  if (trim(value).empty()) return "it is empty, which is the action `empty`";
  if (!is_plain_ascii(value)) return "only ASCII characters, no backslash";
  if (value.size() > limit) return fmt::format("longer than {} characters", limit);
  return is_spelt(vr, value) ? std::string() : std::string(spelling_of(vr));
}

}  // namespace dcm::cli
