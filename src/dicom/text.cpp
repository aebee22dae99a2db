// SPDX-License-Identifier: MIT
#include "dicom/text.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <vector>

#include "base/utf8.hpp"

namespace dcm {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

std::u32string code_points(std::string_view utf8) {
  std::u32string result;
  result.reserve(utf8.size());
  while (!utf8.empty()) result.push_back(take_code_point(utf8));
  return result;
}

std::string encode(const std::u32string& codes) {
  std::string result;
  result.reserve(codes.size());
  for (const char32_t code : codes) append_code_point(result, code);
  return result;
}

constexpr bool is_within(char32_t code, char32_t first, char32_t last) noexcept {
  return code >= first && code <= last;
}

/// The marks that writers of Latin, Greek, Cyrillic, Hebrew and Arabic names leave out. Marks of
/// other scripts (vowels of Thai, the voiced kana) make other words.
constexpr bool is_accent(char32_t code) noexcept {
  return is_within(code, 0x0300, 0x036F) || is_within(code, 0x0591, 0x05C7) ||
         is_within(code, 0x0610, 0x061A) || is_within(code, 0x064B, 0x065F) || code == 0x0670 ||
         is_within(code, 0x1AB0, 0x1AFF) || is_within(code, 0x1DC0, 0x1DFF) ||
         is_within(code, 0x20D0, 0x20FF);
}

/// Letters with a stroke, which Unicode does not take apart; already in lower case.
constexpr char32_t without_stroke(char32_t code) noexcept {
  switch (code) {
    case U'\u0111':
      return U'd';
    case U'\u0127':
      return U'h';
    case U'\u0131':
      return U'i';
    case U'\u0142':
      return U'l';
    case U'\u00F8':
      return U'o';
    case U'\u0167':
      return U't';
    default:
      return code;
  }
}

/// The two letters that stand for one; empty for all others.
constexpr std::string_view two_letters(char32_t code) noexcept {
  switch (code) {
    case U'\u00C4':
    case U'\u00C6':
      return "AE";
    case U'\u00E4':
    case U'\u00E6':
      return "ae";
    case U'\u00C5':
      return "AA";
    case U'\u00E5':
      return "aa";
    case U'\u00D6':
    case U'\u00D8':
    case U'\u0152':
      return "OE";
    case U'\u00F6':
    case U'\u00F8':
    case U'\u0153':
      return "oe";
    case U'\u00DC':
      return "UE";
    case U'\u00FC':
      return "ue";
    case U'\u00D0':
      return "D";
    case U'\u00F0':
      return "d";
    case U'\u00DE':
      return "TH";
    case U'\u00FE':
      return "th";
    default:
      return {};
  }
}

constexpr bool is_harmful(char32_t code) noexcept {
  return code < 0x20 || is_within(code, 0x7F, 0x9F) || code == 0x061C || code == 0x180E ||
         code == 0x200B || is_within(code, 0x200E, 0x200F) || is_within(code, 0x2028, 0x202E) ||
         is_within(code, 0x2060, 0x206F) || code == 0xFEFF || is_within(code, 0xFFF9, 0xFFFB) ||
         is_within(code, 0xE0000, 0xE007F);
}

}  // namespace

std::string_view trim(std::string_view value) noexcept {
  const auto is_padding = [](char c) { return c == ' ' || c == '\0'; };
  while (!value.empty() && is_padding(value.front())) value.remove_prefix(1);
  while (!value.empty() && is_padding(value.back())) value.remove_suffix(1);
  return value;
}

bool is_ascii(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

bool is_utf8(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    utf8proc_int32_t code = -1;
    const auto used = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(bytes.data()),
                                       static_cast<utf8proc_ssize_t>(bytes.size()), &code);
    if (used <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(used));
  }
  return true;
}

std::string fold(std::string_view utf8) {
  if (is_ascii(utf8)) {
    std::string result(utf8);
    for (char& c : result)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return result;
  }
  const std::string apart =
      map_utf8(valid_utf8(utf8), UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD);
  std::u32string letters;
  for (const char32_t code : code_points(apart))
    if (!is_accent(code)) letters.push_back(without_stroke(code));
  return map_utf8(encode(letters), UTF8PROC_COMPOSE);
}

std::string transliterate(std::string_view utf8) {
  std::string result;
  const std::string composed = nfc(utf8);
  for (std::string_view rest = composed; !rest.empty();) {
    const char32_t code = take_code_point(rest);
    const std::string_view letters = two_letters(code);
    if (letters.empty())
      append_code_point(result, code);
    else
      result += letters;
  }
  return result;
}

bool loosely_matches(std::string_view pattern, std::string_view text) {
  const std::string wanted = fold(pattern);
  const std::string given = fold(text);
  if (wildcard_match(wanted, given)) return true;
  if (is_ascii(pattern) && is_ascii(text)) return false;
  return wildcard_match(fold(transliterate(pattern)), given) ||
         wildcard_match(wanted, fold(transliterate(text)));
}

std::string nfc(std::string_view utf8) {
  return map_utf8(valid_utf8(utf8), UTF8PROC_STABLE | UTF8PROC_COMPOSE);
}

bool wildcard_match(std::string_view pattern, std::string_view text) {
  const std::u32string wanted = code_points(pattern);
  const std::u32string given = code_points(text);
  std::size_t p = 0;
  std::size_t t = 0;
  // Where to go back to: after the last star, with the star one character longer each time.
  std::size_t after_star = std::u32string::npos;
  std::size_t star_end = 0;
  while (t < given.size()) {
    if (p < wanted.size() && wanted[p] == U'*') {
      after_star = ++p;
      star_end = t;
    } else if (p < wanted.size() && (wanted[p] == U'?' || wanted[p] == given[t])) {
      ++p;
      ++t;
    } else if (after_star != std::u32string::npos) {
      p = after_star;
      t = ++star_end;
    } else {
      return false;
    }
  }
  while (p < wanted.size() && wanted[p] == U'*') ++p;
  return p == wanted.size();
}

std::string printable(std::string_view utf8) {
  std::string result;
  result.reserve(utf8.size());
  while (!utf8.empty()) {
    const char32_t code = take_code_point(utf8);
    append_code_point(result, is_harmful(code) ? kReplacement : code);
  }
  return result;
}

std::size_t display_width(std::string_view utf8) noexcept {
  std::size_t columns = 0;
  while (!utf8.empty()) {
    const char32_t code = take_code_point(utf8);
    const int width = utf8proc_charwidth(static_cast<utf8proc_int32_t>(code));
    columns += static_cast<std::size_t>(std::max(width, 0));
  }
  return columns;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace dcm
