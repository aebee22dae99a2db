// SPDX-License-Identifier: MIT
#include "deid/day_spelling.hpp"

#include <algorithm>
#include <iterator>

namespace dcm::deid {
namespace {

struct MonthName {
  std::string_view name;
  unsigned month;
};

// Folded and sorted.
constexpr MonthName kMonthNames[] = {
    {"abr", 4},        {"abril", 4},     {"ago", 8},        {"agosto", 8},    {"aout", 8},
    {"apr", 4},        {"april", 4},     {"aprile", 4},     {"aug", 8},       {"august", 8},
    {"augustus", 8},   {"avr", 4},       {"avril", 4},      {"dec", 12},      {"december", 12},
    {"decembre", 12},  {"dez", 12},      {"dezember", 12},  {"dic", 12},      {"dicembre", 12},
    {"diciembre", 12}, {"ene", 1},       {"enero", 1},      {"feb", 2},       {"febbraio", 2},
    {"febrero", 2},    {"februar", 2},   {"februari", 2},   {"february", 2},  {"fev", 2},
    {"fevrier", 2},    {"gen", 1},       {"gennaio", 1},    {"giu", 6},       {"giugno", 6},
    {"jan", 1},        {"januar", 1},    {"januari", 1},    {"january", 1},   {"janv", 1},
    {"janvier", 1},    {"juil", 7},      {"juillet", 7},    {"juin", 6},      {"jul", 7},
    {"juli", 7},       {"julio", 7},     {"july", 7},       {"jun", 6},       {"june", 6},
    {"juni", 6},       {"junio", 6},     {"lug", 7},        {"luglio", 7},    {"maart", 3},
    {"maerz", 3},      {"mag", 5},       {"maggio", 5},     {"mai", 5},       {"mar", 3},
    {"march", 3},      {"mars", 3},      {"marz", 3},       {"marzo", 3},     {"may", 5},
    {"mayo", 5},       {"mei", 5},       {"mrt", 3},        {"mrz", 3},       {"nov", 11},
    {"november", 11},  {"novembre", 11}, {"noviembre", 11}, {"oct", 10},      {"october", 10},
    {"octobre", 10},   {"octubre", 10},  {"okt", 10},       {"oktober", 10},  {"ott", 10},
    {"ottobre", 10},   {"sep", 9},       {"sept", 9},       {"september", 9}, {"septembre", 9},
    {"septiembre", 9}, {"set", 9},       {"settembre", 9},
};

unsigned month_named(std::string_view word) noexcept {
  if (word.size() < 3 || word.size() > 10) return 0;
  const auto* const found =
      std::find_if(std::begin(kMonthNames), std::end(kMonthNames),
                   [&](const MonthName& known) { return known.name == word; });
  return found == std::end(kMonthNames) ? 0 : found->month;
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

unsigned number(std::string_view digits) noexcept {
  unsigned value = 0;
  for (const char c : digits) value = value * 10 + static_cast<unsigned>(c - '0');
  return value;
}

bool is_ordinal(std::string_view letters) noexcept {
  return letters == "st" || letters == "nd" || letters == "rd" || letters == "th";
}

/// What may stand between the parts of a date. Characters beyond ASCII are those of 2014年3月.
bool is_between(std::string_view chars) noexcept {
  return chars.size() <= 3 && chars.find_first_not_of(" -./_,^'\x81") == std::string_view::npos;
}

/// Whether a chain of numbers such as 1.2.3 goes on before or after a date.
bool is_chained_before(std::string_view chars, std::size_t begin) noexcept {
  if (begin == 0) return false;
  const std::string_view links = "-./";
  return is_digit(chars[begin - 1]) ||
         (begin > 1 && links.find(chars[begin - 1]) != std::string_view::npos &&
          is_digit(chars[begin - 2]));
}
bool is_chained_after(std::string_view chars, std::size_t end) noexcept {
  return end + 1 < chars.size() &&
         std::string_view("-./").find(chars[end]) != std::string_view::npos &&
         is_digit(chars[end + 1]);
}

/// Whether the digits that follow a day can be its time: hours, minutes, seconds.
bool is_time(std::string_view digits) noexcept {
  if (digits.size() != 2 && digits.size() != 4 && digits.size() != 6) return false;
  return number(digits.substr(0, 2)) < 24 &&
         (digits.size() < 4 || number(digits.substr(2, 2)) < 60) &&
         (digits.size() < 6 || number(digits.substr(4, 2)) < 61);
}

/// The end of a time glued to what ends at `end`: `T12:30:00.5`, and `.5` after seconds.
std::uint32_t end_of_time(std::string_view chars, std::uint32_t end, bool has_seconds) noexcept {
  const std::string_view rest = chars.substr(end);
  const bool is_time = rest.size() > 2 && rest[0] == 't' && is_digit(rest[1]) && is_digit(rest[2]);
  const bool is_fraction = has_seconds && rest.size() > 1 && rest[0] == '.' && is_digit(rest[1]);
  if (!is_time && !is_fraction) return end;
  std::size_t size = 1;
  while (size < rest.size() && (is_digit(rest[size]) || rest[size] == ':' || rest[size] == '.'))
    ++size;
  while (!is_digit(rest[size - 1])) --size;
  return end + static_cast<std::uint32_t>(size);
}

}  // namespace

/// A number or the name of a month.
struct DayReadings::Item {
  std::string_view text;
  unsigned month = 0;  ///< if it is a name
  std::uint32_t begin = 0;
  std::uint32_t end = 0;  ///< after an ordinal's ending

  [[nodiscard]] bool is_number() const noexcept { return month == 0; }
  [[nodiscard]] bool is_year() const noexcept { return is_number() && text.size() == 4; }
  [[nodiscard]] bool is_short() const noexcept { return is_number() && text.size() <= 2; }
};

/// Up to three items in a row.
struct DayReadings::Line {
  std::array<Item, 3> items;
  std::size_t count = 0;
  std::string_view chars;

  /// What stands before item `i`.
  [[nodiscard]] std::string_view gap(std::size_t i) const noexcept {
    return chars.substr(items[i - 1].end, items[i].begin - items[i - 1].end);
  }

  static Line at(const FoldedText& text, std::size_t word) {
    Line line;
    line.chars = text.chars();
    const auto words = text.words();
    for (std::size_t i = word; i < words.size() && line.count < 3; ++i) {
      const FoldedText::Word& next = words[i];
      if (next.kind == FoldedText::Kind::ideograph && line.count > 0) continue;
      Item item{text.text(next), 0, next.first, next.end};
      if (next.kind == FoldedText::Kind::letters) item.month = month_named(item.text);
      if (next.kind != FoldedText::Kind::digits && item.month == 0) break;
      const bool is_glued =
          line.count > 0 && line.items[line.count - 1].is_number() == item.is_number();
      if (line.count > 0) {
        const std::string_view before = line.chars.substr(
            line.items[line.count - 1].end, item.begin - line.items[line.count - 1].end);
        if (!is_between(before) || (is_glued && before.empty())) break;
      }
      if (item.is_number() && i + 1 < words.size() && words[i + 1].first == item.end &&
          is_ordinal(text.text(words[i + 1])))
        item.end = words[++i].end;
      line.items[line.count++] = item;
    }
    return line;
  }
};

DayReadings DayReadings::at(const FoldedText& text, std::size_t word) {
  DayReadings readings;
  const FoldedText::Word& first = text.words()[word];
  if (first.kind == FoldedText::Kind::ideograph) return readings;
  const bool is_named = first.kind == FoldedText::Kind::letters;
  if (is_named && month_named(text.text(first)) == 0) return readings;
  if (!is_named && is_chained_before(text.chars(), first.first)) return readings;

  const Line line = Line::at(text, word);
  if (line.count == 3) readings.add_three(line);
  if (line.count >= 2) readings.add_two(line);
  if (line.count >= 1 && line.items[0].is_number()) readings.add_one(line.items[0], line.chars);
  return readings;
}

void DayReadings::add(unsigned year, unsigned month, unsigned day, std::uint32_t end,
                      bool has_whole_year) {
  constexpr unsigned kDays[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day > kDays[month - 1] || count_ == readings_.size()) return;
  if (year != 0 && (year < 1800 || year > 2199)) return;
  readings_[count_++] = {year * 10000 + month * 100 + day, end, has_whole_year};
}

void DayReadings::add_of_year(const Item& year, unsigned month, unsigned day, std::uint32_t end) {
  if (day == 0) return;
  const unsigned value = number(year.text);
  if (year.is_year()) return add(value, month, day, end, true);
  if (year.text.size() != 2) return;
  add(1900 + value, month, day, end, false);
  add(2000 + value, month, day, end, false);
}

void DayReadings::add_three(const Line& line) {
  const auto& [a, b, c] = line.items;
  if (a.is_number() && b.is_number() && c.is_number()) {
    const bool is_written_in_full = a.is_year() || c.is_year();
    if (!is_written_in_full && line.gap(1).find_first_of(" _^,") != std::string_view::npos) return;
    if (line.gap(1) != line.gap(2) && line.gap(1).find('\x81') == std::string_view::npos) return;
    if (is_chained_after(line.chars, c.end)) return;
    std::uint32_t end = c.end;
    if (line.chars.substr(end).starts_with('\x81') && line.gap(1) == "\x81") ++end;
    if (a.is_year() && b.is_short() && c.is_short()) {
      end = end_of_time(line.chars, end, false);
      add_of_year(a, number(b.text), number(c.text), end);
    } else if (a.is_short() && b.is_short()) {
      add_of_year(c, number(b.text), number(a.text), end);
      add_of_year(c, number(a.text), number(b.text), end);
      if (c.is_short()) add_of_year(a, number(b.text), number(c.text), end);
    }
    return;
  }
  if (a.is_short() && b.month != 0 && c.is_number()) add_of_year(c, b.month, number(a.text), c.end);
  if (a.is_year() && b.month != 0 && c.is_short()) add_of_year(a, b.month, number(c.text), c.end);
  if (a.month != 0 && b.is_short() && c.is_number()) add_of_year(c, a.month, number(b.text), c.end);
}

void DayReadings::add_two(const Line& line) {
  const auto& [a, b, c] = line.items;
  if (is_chained_before(line.chars, a.begin)) return;
  if (b.is_number() && is_chained_after(line.chars, b.end)) return;
  const bool is_numeric = a.is_number() && b.is_number();
  if (is_numeric && line.gap(1) != "-" && line.gap(1) != "/" && line.gap(1) != ".") {
    if (line.gap(1) != "\x81") return;
  }
  const auto month = [&](const Item& item) {
    return item.month != 0 ? item.month : number(item.text);
  };
  if (b.is_year() && (a.month != 0 || a.is_short()))
    return add(number(b.text), month(a), 0, b.end, true);
  if (a.is_year() && (b.month != 0 || b.is_short()))
    return add(number(a.text), month(b), 0, b.end, true);
  // A day without its year only where a month is named, and alone: not in `14 Sep 1999`.
  if (is_numeric || line.count == 3) return;
  if (a.month != 0 && b.is_short() && number(b.text) > 0)
    add(0, a.month, number(b.text), b.end, false);
  if (b.month != 0 && a.is_short() && number(a.text) > 0)
    add(0, b.month, number(a.text), b.end, false);
}

void DayReadings::add_one(const Item& item, std::string_view chars) {
  const std::string_view digits = item.text;
  const auto part = [&](std::size_t at, std::size_t size) {
    return number(digits.substr(at, size));
  };
  if (digits.size() == 8 || (digits.size() > 8 && is_time(digits.substr(8)))) {
    if (part(6, 2) > 0)
      add(part(0, 4), part(4, 2), part(6, 2), end_of_time(chars, item.end, digits.size() == 14),
          true);
    if (digits.size() > 8) return;
    if (part(0, 2) > 0) add(part(4, 4), part(2, 2), part(0, 2), item.end, true);
    if (part(2, 2) > 0) add(part(4, 4), part(0, 2), part(2, 2), item.end, true);
  } else if (digits.size() == 6 && !is_chained_after(chars, item.end)) {
    const Item first{digits.substr(0, 2), 0, item.begin, item.end};
    const Item last{digits.substr(4, 2), 0, item.begin, item.end};
    add_of_year(first, part(2, 2), part(4, 2), item.end);
    add_of_year(last, part(2, 2), part(0, 2), item.end);
    add_of_year(last, part(0, 2), part(2, 2), item.end);
  }
}

}  // namespace dcm::deid
