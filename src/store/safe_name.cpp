// SPDX-License-Identifier: MIT
#include "store/safe_name.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>

#include "base/utf8.hpp"

namespace dcm::store {
namespace {

std::string cut_at_character(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U) --limit;
  return std::string(text.substr(0, limit));
}

bool stays(char32_t character) noexcept {
  const auto code = static_cast<utf8proc_int32_t>(character);
  if (code == '-' || code == '.') return true;
  if (utf8proc_get_property(code)->ignorable) return false;
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
    std::string next;
    append_code_point(next, take_code_point(text));
    if (valid.size() + next.size() > kMaxValueBytes) break;
    valid += next;
  }
  return valid;
}

std::string safe_part(std::string_view text, std::string_view missing) {
  // Composing is quadratic in the length of a run of marks, so the value is bounded before it.
  const std::string composed = map_utf8(written_value(text), UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  std::string name;
  bool in_run = false;
  for (std::string_view rest = composed; !rest.empty();) {
    const char32_t next = take_code_point(rest);
    const bool keep = stays(next);
    if (keep) append_code_point(name, next);
    if (!keep && !in_run) name += '_';
    in_run = !keep;
  }
  strip_dots(name);
  const std::size_t stem = std::min(name.find('.'), name.size());
  if (reserved_by_windows(std::string_view(name).substr(0, stem))) name.insert(stem, 1, '_');
  name = cut_at_character(name, kMaxPartBytes);
  strip_dots(name);
  return name.empty() ? std::string(missing) : name;
}

std::string folded_name(std::string_view name) {
  return map_utf8(std::string(name), UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
}

}  // namespace dcm::store
