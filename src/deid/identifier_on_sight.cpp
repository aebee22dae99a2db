// SPDX-License-Identifier: MIT
#include "deid/identifier_on_sight.hpp"

#include <algorithm>
#include <cstddef>

#include "dicom/uid.hpp"

namespace dcm::deid {
namespace {

constexpr std::size_t kNone = 0;  ///< nothing ends at the beginning

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_letter(char c) noexcept { return c >= 'a' && c <= 'z'; }

/// Reads forward; once something is not there, nothing more is.
class Cursor {
 public:
  Cursor(std::string_view chars, std::size_t at) noexcept : chars_(chars), at_(at) {}

  [[nodiscard]] std::size_t at() const noexcept { return at_; }
  [[nodiscard]] char peek(std::size_t ahead = 0) const noexcept {
    return at_ + ahead < chars_.size() ? chars_[at_ + ahead] : '\0';
  }
  /// Takes as many digits as there are, at most `most`.
  std::size_t digits(std::size_t most) noexcept {
    std::size_t count = 0;
    while (count < most && is_digit(peek())) {
      ++at_;
      ++count;
    }
    return count;
  }
  bool one_of(std::string_view choice) noexcept {
    const bool is_there = at_ < chars_.size() && choice.find(chars_[at_]) != std::string_view::npos;
    if (is_there) ++at_;
    return is_there;
  }
  /// Whether a number, or a chain of numbers, ends here.
  [[nodiscard]] bool is_end() const noexcept {
    const bool is_chain = std::string_view("-./").find(peek()) != std::string_view::npos;
    return !is_digit(peek()) && !is_letter(peek()) && !(is_chain && is_digit(peek(1)));
  }

 private:
  std::string_view chars_;
  std::size_t at_;
};

/// Whether a number can begin here that is no part of a longer chain.
bool is_begin(std::string_view chars, std::size_t at) noexcept {
  if (at == 0) return true;
  const char before = chars[at - 1];
  if (is_digit(before) || is_letter(before)) return false;
  return !(at > 1 && std::string_view("-./").find(before) != std::string_view::npos &&
           is_digit(chars[at - 2]));
}

struct Uid {
  std::size_t end = kNone;
  bool is_of_standard = false;
};

Uid uid_at(std::string_view chars, std::size_t begin) noexcept {
  constexpr std::string_view kUuid = "2.25.";
  constexpr std::size_t kMinSize = 14;
  constexpr std::size_t kMinParts = 5;
  if (begin > 0 && (is_digit(chars[begin - 1]) || chars[begin - 1] == '.')) return {};
  std::size_t end = begin;
  std::size_t parts = 0;
  for (;;) {
    std::size_t stop = end;
    while (stop < chars.size() && is_digit(chars[stop])) ++stop;
    ++parts;
    end = stop;
    if (stop + 1 >= chars.size() || chars[stop] != '.' || !is_digit(chars[stop + 1])) break;
    ++end;
  }
  const std::string_view uid = chars.substr(begin, end - begin);
  if (uid.size() < 2 || uid[0] > '2' || uid.size() < kMinSize) return {};
  const bool is_uid = parts >= kMinParts || (parts == 3 && uid.starts_with(kUuid));
  return is_uid ? Uid{end, is_standard_uid(uid)} : Uid{};
}

std::size_t social_security_end(std::string_view chars, std::size_t begin) noexcept {
  Cursor cursor(chars, begin);
  const bool matches = cursor.digits(3) == 3 && cursor.one_of("-") && cursor.digits(2) == 2 &&
                       cursor.one_of("-") && cursor.digits(4) == 4 && cursor.is_end();
  return matches ? cursor.at() : kNone;
}

/// 555-123-4567, 555.123.4567, (555) 123-4567, and an extension.
std::size_t national_phone_end(Cursor cursor) noexcept {
  const bool is_bracketed = cursor.one_of("(");
  if (cursor.digits(4) != 3 || (is_bracketed && !cursor.one_of(")"))) return kNone;
  const char link = cursor.peek();
  if (!cursor.one_of(is_bracketed ? "-. " : "-.") && !is_bracketed) return kNone;
  if (cursor.digits(4) != 3) return kNone;
  if (!is_bracketed && cursor.peek() != link) return kNone;
  if (!cursor.one_of("-.") || cursor.digits(5) != 4) return kNone;
  Cursor extension = cursor;
  if (extension.one_of("x") && extension.digits(6) > 0 && extension.is_end()) return extension.at();
  return cursor.is_end() ? cursor.at() : kNone;
}

/// The same, with or without the code of a country.
std::size_t grouped_phone_end(std::string_view chars, std::size_t begin) noexcept {
  const std::size_t end = national_phone_end(Cursor(chars, begin));
  if (end != kNone) return end;
  Cursor cursor(chars, begin);
  cursor.one_of("+");
  const bool has_code = cursor.digits(3) > 0 && cursor.one_of("-. ");
  return has_code ? national_phone_end(cursor) : kNone;
}

/// +44 20 7946 0958.
std::size_t international_phone_end(std::string_view chars, std::size_t begin) noexcept {
  Cursor cursor(chars, begin);
  if (!cursor.one_of("+") || cursor.peek() == '0') return kNone;
  std::size_t digits = cursor.digits(16);
  bool has_long_group = digits > 2;
  std::size_t end = cursor.at();
  for (;;) {
    while (cursor.one_of("(")) {
    }
    const bool is_parted = cursor.one_of(" -.)/");
    while (cursor.one_of("( ")) {
    }
    const std::size_t group = cursor.digits(16);
    if (group < 2 && !(group == 1 && cursor.peek() == ')')) break;
    if (!is_parted && cursor.at() == end) break;
    digits += group;
    has_long_group = has_long_group || group > 2;
    end = cursor.at();
    if (digits > 15) return kNone;
  }
  const bool is_phone =
      digits >= 9 && digits <= 15 && has_long_group && Cursor(chars, end).is_end();
  return is_phone ? end : kNone;
}

/// `Tel.: 030 123456`, from the number on; `begin` is the first letter.
std::size_t labelled_phone_begin(std::string_view chars, std::size_t begin) noexcept {
  constexpr std::string_view kLabels[] = {"telephone", "telefon", "phone", "tel", "fax"};
  if (begin > 0 && is_letter(chars[begin - 1])) return kNone;
  for (const std::string_view label : kLabels) {
    if (!chars.substr(begin).starts_with(label)) continue;
    std::size_t at = begin + label.size();
    while (at < chars.size() && at < begin + label.size() + 3 &&
           std::string_view(" .:#+(").find(chars[at]) != std::string_view::npos)
      ++at;
    return at < chars.size() && is_digit(chars[at]) ? at : kNone;
  }
  return kNone;
}

std::size_t labelled_phone_end(std::string_view chars, std::size_t begin) noexcept {
  Cursor cursor(chars, begin);
  std::size_t digits = 0;
  std::size_t end = begin;
  for (std::size_t group = cursor.digits(16); group > 0; group = cursor.digits(16)) {
    digits += group;
    end = cursor.at();
    while (cursor.at() < end + 3 && cursor.one_of(" -./()")) {
    }
  }
  return digits >= 6 ? end : kNone;
}

/// `93-year-old`, `93 y`, `104yrs`: nobody who is that old is one of many.
std::size_t great_age_end(std::string_view chars, std::size_t begin) noexcept {
  constexpr std::string_view kUnits[] = {"years", "year", "yrs", "yr", "yo", "y/o", "y"};
  Cursor cursor(chars, begin);
  const std::size_t digits = cursor.digits(4);
  const std::string_view number = chars.substr(begin, digits);
  const bool is_great =
      (digits == 2 && number[0] == '9') || (digits == 3 && number >= "100" && number < "120");
  if (!is_great) return kNone;
  cursor.one_of(" -");
  for (const std::string_view unit : kUnits) {
    const std::size_t end = cursor.at() + unit.size();
    const bool is_unit = chars.substr(cursor.at()).starts_with(unit);
    if (!is_unit || (end < chars.size() && (is_letter(chars[end]) || is_digit(chars[end]))))
      continue;
    constexpr std::string_view kOld = "old";
    const bool is_old = end + 1 + kOld.size() <= chars.size() &&
                        (chars[end] == ' ' || chars[end] == '-') &&
                        chars.substr(end + 1).starts_with(kOld);
    return is_old ? end + 1 + kOld.size() : end;
  }
  return kNone;
}

struct Range {
  std::size_t begin = 0;
  std::size_t end = kNone;
};

/// The address around the @ at `at`.
Range mail_around(std::string_view chars, std::size_t at) noexcept {
  constexpr std::size_t kMaxLocal = 64;
  constexpr std::size_t kMaxDomain = 255;
  const auto is_of_name = [](char c) {
    return is_letter(c) || is_digit(c) || c == FoldedText::kLetter;
  };
  std::size_t begin = at;
  while (begin > 0 && at - begin < kMaxLocal &&
         (is_of_name(chars[begin - 1]) ||
          std::string_view("._%+-'").find(chars[begin - 1]) != std::string_view::npos))
    --begin;
  std::size_t end = at + 1;
  std::size_t top = 0;  // after the last dot
  while (end < chars.size() && end - at < kMaxDomain &&
         (is_of_name(chars[end]) || chars[end] == '-' || chars[end] == '.')) {
    if (chars[end] == '.') {
      if (end + 1 == chars.size() || !is_of_name(chars[end + 1])) break;
      top = end + 1;
    }
    ++end;
  }
  const bool has_top = top > 0 && end - top >= 2 && is_letter(chars[top]);
  return begin < at && has_top ? Range{begin, end} : Range{};
}

/// What begins at `at`, or is around it.
Range identifier_at(std::string_view chars, std::size_t at) noexcept {
  const char c = chars[at];
  if (c == '@') return mail_around(chars, at);
  if (c == 't' || c == 'p' || c == 'f') {
    const std::size_t begin = labelled_phone_begin(chars, at);
    if (begin == kNone) return {};
    return {begin, labelled_phone_end(chars, begin)};
  }
  if (!is_digit(c) && c != '+' && c != '(') return {};
  if (!is_begin(chars, at)) return {};
  std::size_t end = kNone;
  if (is_digit(c)) end = social_security_end(chars, at);
  if (end == kNone && is_digit(c)) end = great_age_end(chars, at);
  if (end == kNone) end = grouped_phone_end(chars, at);
  if (end == kNone && c == '+') end = international_phone_end(chars, at);
  return {at, end};
}

void fill(std::vector<Fate>& fates, Range range, Fate fate) {
  std::fill(fates.begin() + static_cast<std::ptrdiff_t>(range.begin),
            fates.begin() + static_cast<std::ptrdiff_t>(range.end), fate);
}

}  // namespace

void mark_identifiers_on_sight(std::string_view chars, UidFate uids, std::vector<Fate>& fates) {
  for (std::size_t at = 0; at < chars.size();) {
    const Uid uid = is_digit(chars[at]) ? uid_at(chars, at) : Uid{};
    if (uid.end != kNone) {
      const bool is_kept = uid.is_of_standard || uids == UidFate::keep;
      fill(fates, {at, uid.end}, is_kept ? Fate::keep : Fate::cut);
      at = uid.end;
      continue;
    }
    const Range found = identifier_at(chars, at);
    if (found.end != kNone) fill(fates, found, Fate::cut);
    at = std::max(found.end, at + 1);
  }
}

}  // namespace dcm::deid
