// SPDX-License-Identifier: MIT
#include "app/spelling.hpp"

#include <utf8proc.h>

#include <algorithm>

#include "dicom/person_name.hpp"
#include "dicom/text.hpp"

namespace dcm::app {
namespace {

enum class Case : std::uint8_t { upper, capitalised };

bool begins_word_after(utf8proc_int32_t code) noexcept {
  constexpr std::string_view kBetweenWords = " ^=-'.,*";
  return code == 0 ||
         (code < 0x80 && kBetweenWords.find(static_cast<char>(code)) != std::string_view::npos);
}

std::string with_case(std::string_view utf8, Case wanted) {
  std::string result;
  utf8proc_int32_t previous = 0;
  while (!utf8.empty()) {
    utf8proc_int32_t code = 0;
    const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(utf8.data());
    const auto used = utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(utf8.size()), &code);
    if (used <= 0) return result.append(utf8);
    const bool upper = wanted == Case::upper || begins_word_after(previous);
    utf8proc_uint8_t encoded[4];
    const auto size =
        utf8proc_encode_char(upper ? utf8proc_toupper(code) : utf8proc_tolower(code), encoded);
    result.append(reinterpret_cast<const char*>(encoded), static_cast<std::size_t>(size));
    utf8.remove_prefix(static_cast<std::size_t>(used));
    previous = code;
  }
  return result;
}

void add_once(std::vector<std::string>& spellings, std::string spelling) {
  if (std::find(spellings.begin(), spellings.end(), spelling) == spellings.end())
    spellings.push_back(std::move(spelling));
}

/// Whatever else follows in the name: prefixes, degrees, other groups.
std::string open_ended(std::string_view name) {
  while (name.ends_with('*') || name.ends_with('^')) name.remove_suffix(1);
  return std::string(name) + "*";
}

std::vector<std::string> in_all_cases(const std::string& name) {
  std::vector<std::string> spellings;
  add_once(spellings, upper(name));
  add_once(spellings, name);
  add_once(spellings, with_case(name, Case::capitalised));
  return spellings;
}

std::string components(const std::vector<std::string_view>& words, NameOrder order) {
  if (words.size() == 1)
    return (order == NameOrder::family_first ? "" : "*^") + std::string(words.front());
  const bool family_first = order == NameOrder::family_first;
  const std::string_view family = family_first ? words.front() : words.back();
  const std::string_view given = family_first ? words[1] : words.front();
  return std::string(family) + "^" + std::string(given);
}

}  // namespace

std::string upper(std::string_view utf8) { return with_case(utf8, Case::upper); }

std::vector<std::string> name_spellings(std::string_view typed_utf8, NameOrder order) {
  const std::string_view typed = trim(typed_utf8);
  const std::vector<std::string_view> words = words_of_name(typed);
  const bool has_form = typed.find_first_of("^=") != std::string_view::npos;
  if (words.empty() || typed.find_first_not_of("*^= ") == std::string_view::npos) return {};
  if (has_form)
    return order == NameOrder::family_first ? in_all_cases(open_ended(typed))
                                            : std::vector<std::string>{};
  std::vector<std::string> spellings = in_all_cases(open_ended(components(words, order)));
  if (order == NameOrder::family_first) add_once(spellings, open_ended(typed));
  // A name in its own script stands in the second or third group (PS3.5 6.2.1.2).
  if (!is_ascii(typed)) add_once(spellings, "*=" + open_ended(components(words, order)));
  return spellings;
}

std::vector<std::string> text_spellings(std::string_view typed_utf8) {
  const std::string_view typed = trim(typed_utf8);
  std::vector<std::string> spellings = {std::string(typed)};
  add_once(spellings, upper(typed));
  add_once(spellings, with_case(typed, Case::capitalised));
  return spellings;
}

}  // namespace dcm::app
