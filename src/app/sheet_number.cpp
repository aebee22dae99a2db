// SPDX-License-Identifier: MIT
#include "app/sheet_number.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <regex>
#include <string>

#include "dicom/date.hpp"

namespace dcm::app {
namespace {

using Kind = Cell::Kind;
using Shows = NumberFormat::Shows;

/// What a spreadsheet keeps of a number (IEEE 754 double).
constexpr std::size_t kKeptDigits = 15;
constexpr std::size_t kMostDigits = 64;
constexpr int kLastDay = 2'958'465;  ///< 9999-12-31, counted since 1900

bool all_digits(std::string_view text) noexcept {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Stands for text that is shown beside a number.
constexpr char kShownText = '!';

/// Whether a bracket adds nothing to what is shown: that of a colour or a language. Others are of
/// conditions, currencies, hours and ways to write digits.
bool is_silent(std::string_view bracket) {
  static const std::regex kColour(
      "black|blue|cyan|green|magenta|red|white|yellow|color ?[0-9]{1,2}", std::regex::icase);
  return bracket.starts_with("$-") || (bracket.size() <= kMostDigits &&
                                       std::regex_match(bracket.begin(), bracket.end(), kColour));
}

/// The section of a format code at its beginning, with marks in place of text that it shows, and
/// without what is not shown; it is taken off the code.
std::string take_section(std::string_view& code) {
  std::string section;
  std::size_t i = 0;
  const auto until = [&](char closing) {
    const auto end = std::min(code.find(closing, i + 1), code.size());
    const auto inside = code.substr(i + 1, end - i - 1);
    i = end;
    return inside;
  };
  const auto show = [&](std::string_view text) {
    const bool blank = text.find_first_not_of(' ') == std::string_view::npos;
    section += blank ? std::string(text) : std::string(1, kShownText);
  };
  for (; i < code.size() && code[i] != ';'; ++i) {
    const char c = code[i];
    if (c == '"') {
      show(until('"'));
    } else if (c == '[') {
      if (!is_silent(until(']'))) section += kShownText;
    } else if (c == '\\' || c == '*') {
      show(code.substr(++i, 1));
    } else if (c == '_') {
      ++i;
    } else {
      section += c;
    }
  }
  code.remove_prefix(std::min(i + 1, code.size()));
  return section;
}

std::string_view without_blanks(std::string_view text) {
  const auto first = std::min(text.find_first_not_of(' '), text.size());
  return text.substr(first, text.find_last_not_of(' ') + 1 - first);
}

/// How many digits of a whole number a section of placeholders shows at least; none if it shows
/// anything but a number.
std::optional<std::size_t> digits_shown(const std::string& section) {
  static const std::regex kGeneral("general|@", std::regex::icase);
  static const std::regex kNumber(
      R"((?:[#?]+,(?=[#?0]))*[#?]*(0[0#?]*)?(\.[0#?]*)?(E[+-][0#?]+)?)");
  std::smatch parts;
  if (section.size() > kMostDigits) return std::nullopt;
  if (std::regex_match(section, kGeneral)) return 0;
  if (section.empty() || !std::regex_match(section, parts, kNumber)) return std::nullopt;
  return parts[3].matched ? 0 : static_cast<std::size_t>(parts.length(1));
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
  const std::string section(take_section(code));
  std::string all = section;
  const bool only_above_0 = !code.empty();
  while (!code.empty()) all += take_section(code);
  if (all.find_first_of("dDyY") != std::string::npos) return {.shows = Shows::date};
  const auto digits = digits_shown(std::string(without_blanks(section)));
  return {.shows = digits ? Shows::number : Shows::otherwise,
          .digits = digits.value_or(0),
          .only_above_0 = only_above_0};
}

NumberFormat built_in_format(std::uint32_t id) noexcept {
  // Those between are of currencies, percentages and times of day, or nobody's.
  const bool number = id <= 4 || (id >= 11 && id <= 13) || (id >= 37 && id <= 41) || id == 43 ||
                      id == 48 || id == 49;
  // 27 to 36 and 50 to 58 are of East Asia.
  const bool date = (id >= 14 && id <= 17) || id == 22 || (id >= 27 && id <= 31) || id == 36 ||
                    (id >= 50 && id <= 58);
  return {.shows = number ? Shows::number : date ? Shows::date : Shows::otherwise};
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
  if (format.shows == Shows::date)
    return negative ? Cell{Kind::unusable, {}} : date_of(whole, system);
  const auto kept = whole.size() - std::min(whole.find_first_not_of('0'), whole.size());
  const bool is_whole = fraction.find_first_not_of('0') == std::string_view::npos;
  if (kept + (is_whole ? 0 : fraction.size()) > kKeptDigits) return {Kind::rounded, as_stored};
  const bool above_0 = !negative && (kept > 0 || !is_whole);
  const bool filled = format.digits > 1;
  if (format.shows == Shows::otherwise || (format.only_above_0 && !above_0) ||
      (filled && (negative || !is_whole)))
    return {Kind::disguised, as_stored};
  if (!is_whole) return {Kind::number, as_stored};
  std::string digits(whole);
  if (digits.size() < format.digits) digits.insert(0, format.digits - digits.size(), '0');
  return {Kind::number, (negative ? "-" : "") + digits};
}

Cell date_cell(std::string_view iso) {
  const auto day = DateRange::parse(iso);
  if (!day || !day->from || day->from != day->to) return {Kind::unusable, {}};
  return {Kind::date, to_da(*day->from)};
}

}  // namespace dcm::app
