// SPDX-License-Identifier: MIT
#include "app/spelling.hpp"

#include <utf8proc.h>

#include <algorithm>

#include "base/utf8.hpp"
#include "dicom/person_name.hpp"
#include "dicom/text.hpp"

namespace dcm::app {
namespace {

enum class Case : std::uint8_t { lower, upper, capitalised };

bool begins_word_after(char32_t code) noexcept {
  constexpr std::string_view kBetweenWords = " ^=-'.,*";
  return code == 0 ||
         (code < 0x80 && kBetweenWords.find(static_cast<char>(code)) != std::string_view::npos);
}

std::string with_case(std::string_view utf8, Case wanted) {
  std::string result;
  char32_t previous = 0;
  while (!utf8.empty()) {
    const char32_t code = take_code_point(utf8);
    const auto letter = static_cast<utf8proc_int32_t>(code);
    const bool upper =
        wanted == Case::upper || (wanted == Case::capitalised && begins_word_after(previous));
    const auto cased = upper ? utf8proc_toupper(letter) : utf8proc_tolower(letter);
    append_code_point(result, static_cast<char32_t>(cased));
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

/// Words as name components, or as they stand; nothing where this order has no such form.
std::vector<std::string> name_forms(std::string_view typed, NameOrder order) {
  const std::vector<std::string_view> words = words_of_name(typed);
  if (words.empty() || typed.find_first_not_of("*^= ") == std::string_view::npos) return {};
  if (typed.find_first_of("^=") == std::string_view::npos)
    return {open_ended(components(words, order))};
  if (order == NameOrder::given_first) return {};
  return {open_ended(typed)};
}

/// Text beyond ASCII without accents, and transliterated.
std::vector<std::string> plain_forms(std::string_view text) {
  std::vector<std::string> forms;
  if (is_ascii(text)) return forms;
  const std::string lower = with_case(text, Case::lower);
  for (std::string form : {fold(text), fold(transliterate(text))})
    if (form != lower) add_once(forms, std::move(form));
  return forms;
}

/// Letters that are often written with an accent in many languages, or begin or end a digraph.
constexpr std::string_view kSoftLetters =
    "aceinosuyz\u03B1\u03B5\u03B7\u03B9\u03BF\u03C5\u03C9\u0435\u0438";
/// Where these leave too little, at least:
constexpr std::string_view kVowels = "aeiouy\u03B1\u03B5\u03B7\u03B9\u03BF\u03C5\u03C9";
/// Letters that few names write with one, so that one at a time is thought of.
constexpr std::string_view kOtherLetters = "dglrt";

/// `text` with a star for each letter that has an accent or whose plain form is one of `letters`.
std::string starred(std::string_view text, std::string_view letters) {
  std::string result;
  while (!text.empty()) {
    const std::string_view before = text;
    const char32_t code = take_code_point(text);
    const std::string_view letter = before.substr(0, before.size() - text.size());
    const std::string plain = fold(letter);
    const bool is_latin = code >= 0xC0 && code < 0x250;
    const bool is_soft = !plain.empty() && letters.find(plain) != std::string_view::npos;
    const bool stays =
        code != U'*' && !is_latin && !is_soft && plain == with_case(letter, Case::lower);
    if (stays)
      result += letter;
    else if (!result.ends_with('*'))
      result += '*';
  }
  return result;
}

bool says_enough(std::string_view key, Surroundings surroundings) {
  constexpr std::ptrdiff_t kLeastLetters = 2;
  const auto is_letter = [](char c) {
    return std::string_view("*?^= ").find(c) == std::string::npos;
  };
  return surroundings == Surroundings::narrow ||
         std::count_if(key.begin(), key.end(), is_letter) >= kLeastLetters;
}

void add_patterns(Patterns& patterns, const std::string& form, Surroundings surroundings) {
  const std::string plain = fold(form);
  std::vector<std::string> letters = {std::string(kSoftLetters)};
  for (const char letter : kOtherLetters)
    if (plain.find(letter) != std::string::npos)
      letters.push_back(std::string(kSoftLetters) + letter);
  if (!says_enough(starred(form, kSoftLetters), surroundings)) letters.emplace_back(kVowels);
  for (const std::string& soft : letters)
    for (const Case wanted : {Case::upper, Case::capitalised}) {
      const std::string cased = with_case(form, wanted);
      std::string key = starred(cased, soft);
      if (!says_enough(key, surroundings))
        patterns.too_wide = true;
      else if (key != cased)
        add_once(patterns.keys, std::move(key));
    }
}

}  // namespace

std::string upper(std::string_view utf8) { return with_case(utf8, Case::upper); }

std::vector<std::string> name_spellings(std::string_view typed_utf8, NameOrder order) {
  const std::string composed = nfc(trim(typed_utf8));
  const std::string_view typed = composed;
  const std::vector<std::string> forms = name_forms(typed, order);
  std::vector<std::string> spellings;
  if (forms.empty()) return spellings;
  for (const std::string& form : forms)
    for (std::string& cased : in_all_cases(form)) add_once(spellings, std::move(cased));
  const bool has_form = typed.find_first_of("^=") != std::string_view::npos;
  if (!has_form && order == NameOrder::family_first) add_once(spellings, open_ended(typed));
  // A name in its own script stands in the second or third group (PS3.5 6.2.1.2).
  if (!has_form && !is_ascii(typed)) add_once(spellings, "*=" + forms.front());
  for (const std::string& plain : plain_forms(forms.front()))
    for (std::string& cased : in_all_cases(plain)) add_once(spellings, std::move(cased));
  return spellings;
}

std::vector<std::string> text_spellings(std::string_view typed_utf8) {
  const std::string typed = nfc(trim(typed_utf8));
  std::vector<std::string> spellings = {typed};
  add_once(spellings, upper(typed));
  add_once(spellings, with_case(typed, Case::capitalised));
  for (const std::string& plain : plain_forms(typed))
    for (std::string& cased : in_all_cases(plain)) add_once(spellings, std::move(cased));
  return spellings;
}

Patterns name_patterns(std::string_view typed_utf8, NameOrder order, Surroundings surroundings) {
  Patterns patterns;
  for (const std::string& form : name_forms(nfc(trim(typed_utf8)), order))
    add_patterns(patterns, form, surroundings);
  return patterns;
}

std::vector<std::string_view> character_sets_for(std::string_view utf8) {
  // PS3.3 C.12.1.1.2. Greek and Cyrillic are in the sets of two bytes too, and never written so.
  constexpr char32_t kFirstEastAsian = 0x2E80;
  std::vector<std::string_view> sets = {"ISO_IR 192", "ISO_IR 100", "ISO_IR 101", "ISO_IR 109",
                                        "ISO_IR 110", "ISO_IR 148", "ISO_IR 203", "ISO_IR 144",
                                        "ISO_IR 127", "ISO_IR 126", "ISO_IR 138", "ISO_IR 166"};
  while (!utf8.empty()) {
    if (take_code_point(utf8) < kFirstEastAsian) continue;
    sets = {"ISO_IR 192",        "\\ISO 2022 IR 87", "ISO 2022 IR 13\\ISO 2022 IR 87",
            "\\ISO 2022 IR 149", "\\ISO 2022 IR 58", "GB18030"};
    break;
  }
  return sets;
}

Patterns text_patterns(std::string_view typed_utf8, Surroundings surroundings) {
  Patterns patterns;
  if (!is_ascii(typed_utf8)) add_patterns(patterns, nfc(trim(typed_utf8)), surroundings);
  return patterns;
}

}  // namespace dcm::app
