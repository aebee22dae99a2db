// SPDX-License-Identifier: MIT
#include "store/safe_name.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

namespace dcm::store {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

struct Character {
  utf8proc_int32_t code;  // negative: not UTF-8
  std::size_t bytes;
};

Character first_character(std::string_view text) noexcept {
  utf8proc_int32_t code = -1;
  const auto size = static_cast<utf8proc_ssize_t>(text.size());
  const auto used =
      utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), size, &code);
  if (used <= 0) return {-1, 1};
  return {code, static_cast<std::size_t>(used)};
}

std::string cut_at_character(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U) --limit;
  return std::string(text.substr(0, limit));
}

std::string mapped(const std::string& valid, int options) {
  utf8proc_uint8_t* raw = nullptr;
  const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(valid.data()),
                                 static_cast<utf8proc_ssize_t>(valid.size()), &raw,
                                 static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(raw, &std::free);
  if (size < 0) return valid;
  return {reinterpret_cast<const char*>(raw), static_cast<std::size_t>(size)};
}

bool stays(utf8proc_int32_t code) noexcept {
  if (code == '-' || code == '.') return true;
  if (code < 0 || utf8proc_get_property(code)->ignorable) return false;
  switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
      return true;
    default:
      return false;
  }
}

bool reserved_by_windows(std::string_view stem) {
  std::string upper(stem);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  constexpr std::array<std::string_view, 4> kNames{"CON", "PRN", "AUX", "NUL"};
  if (std::find(kNames.begin(), kNames.end(), upper) != kNames.end()) return true;
  return upper.size() == 4 && (upper.starts_with("COM") || upper.starts_with("LPT")) &&
         upper[3] >= '0' && upper[3] <= '9';
}

void strip_dots(std::string& name) {
  while (name.ends_with('.')) name.pop_back();
  name.erase(0, std::min(name.find_first_not_of('.'), name.size()));
}

}  // namespace

std::string written_value(std::string_view text) {
  constexpr std::string_view kPadding{" \0", 2};
  const auto first = std::min(text.find_first_not_of(kPadding), text.size());
  text.remove_prefix(first);
  text = text.substr(0, text.find_last_not_of(kPadding) + 1);
  std::string valid;
  while (!text.empty()) {
    const Character next = first_character(text);
    const std::string_view piece = next.code < 0 ? kReplacement : text.substr(0, next.bytes);
    if (valid.size() + piece.size() > kMaxValueBytes) break;
    valid += piece;
    text.remove_prefix(next.bytes);
  }
  return valid;
}

std::string safe_part(std::string_view text, std::string_view missing) {
  // Composing is quadratic in the length of a run of marks, so the value is bounded before it.
  const std::string composed = mapped(written_value(text), UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  std::string name;
  bool in_run = false;
  for (std::string_view rest = composed; !rest.empty();) {
    const Character next = first_character(rest);
    const bool keep = stays(next.code);
    if (keep) name += rest.substr(0, next.bytes);
    if (!keep && !in_run) name += '_';
    in_run = !keep;
    rest.remove_prefix(next.bytes);
  }
  strip_dots(name);
  const std::size_t stem = std::min(name.find('.'), name.size());
  if (reserved_by_windows(std::string_view(name).substr(0, stem))) name.insert(stem, 1, '_');
  name = cut_at_character(name, kMaxPartBytes);
  strip_dots(name);
  return name.empty() ? std::string(missing) : name;
}

std::string folded_name(std::string_view name) {
  return mapped(std::string(name), UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
}

}  // namespace dcm::store
