// SPDX-License-Identifier: MIT
#include "deid/phrase_set.hpp"

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <span>

namespace dcm::deid {
namespace {

using Word = FoldedText::Word;
using Kind = FoldedText::Kind;

constexpr std::string_view kHarmless[] = {
#define ROW(word) word,
#include "generated/harmless_words.inc"
#undef ROW
};
static_assert(std::is_sorted(std::begin(kHarmless), std::end(kHarmless)));

/// Words of a phrase; longer ones are looked for in pieces.
constexpr std::size_t kMaxWords = 16;
/// Of one name; those of longer ones are looked for alone only.
constexpr std::size_t kMaxAmbiguous = 6;  ///< letters of a word that may be any
constexpr std::size_t kMaxNameWords = 12;
/// Characters between two words of a phrase.
constexpr std::size_t kMaxGap = 4;
constexpr std::uint32_t kUnknown = 0xFFFFFFFF;

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) noexcept {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_digits(std::string_view word) noexcept {
  return std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_listed(std::string_view word) noexcept {
  return std::binary_search(std::begin(kHarmless), std::end(kHarmless), word);
}

bool is_title(std::string_view word) noexcept {
  return is_one_of(word,
                   {"dr",   "prof", "professor", "doctor", "mr",   "mrs",  "ms",   "miss", "sir",
                    "md",   "phd",  "do",        "dds",    "dmd",  "mbbs", "frcr", "facr", "rn",
                    "rt",   "jr",   "sr",        "ii",     "iii",  "iv",   "esq",  "med",  "dipl",
                    "priv", "doz",  "pd",        "frau",   "herr", "mme",  "mlle", "sra"});
}

/// What announces that a number is somebody's.
bool is_label(std::string_view word) noexcept {
  return is_one_of(word, {"id", "ids", "mrn", "pid", "pat", "patid", "patient", "nr", "no", "num",
                          "number", "nummer", "acc", "accession", "an", "case", "fall", "order"});
}

/// An initial that is read as left or right wherever it can be.
bool is_side(std::string_view initial) noexcept { return initial == "l" || initial == "r"; }

/// Letters, not bytes.
std::size_t length(std::string_view utf8) noexcept {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string_view first_letter(std::string_view utf8) noexcept {
  std::size_t size = 1;
  while (size < utf8.size() && (utf8[size] & 0xC0) == 0x80) ++size;
  return utf8.substr(0, size);
}

/// Numbers are the same number with zeros in front, unless that leaves too little of them.
std::string_view without_zeros(std::string_view word) noexcept {
  const std::size_t zeros = word.find_first_not_of('0');
  const bool strips =
      zeros != std::string_view::npos && word.size() >= zeros + 4 && is_digits(word);
  return strips ? word.substr(zeros) : word;
}

/// A trunk code, mostly.
std::string_view without_leading_zeros(std::string_view digits) noexcept {
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
}

/// `mueller` as `muller`, which is how `Müller` folds.
std::string with_bare_umlauts(std::string_view word) {
  std::string bare;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] == 'e' && i > 0 && std::string_view("aou").find(word[i - 1]) < 3) continue;
    bare.push_back(word[i]);
  }
  return word.size() >= 5 ? bare : std::string(word);
}

/// The words between two characters that are no part of a word.
std::span<const Word> words_within(const FoldedText& text, std::size_t begin, std::size_t end) {
  const std::span<const Word> words = text.words();
  const auto is_before = [](const Word& word, std::size_t at) { return word.first < at; };
  const auto first = std::lower_bound(words.begin(), words.end(), begin, is_before);
  return {first, std::lower_bound(first, words.end(), end, is_before)};
}

/// Whether two words are near enough for one phrase.
bool is_gap(const FoldedText& text, std::size_t left, std::size_t right) noexcept {
  return text.words()[right].first - text.words()[left].end <= kMaxGap;
}

bool is_decimal(const FoldedText& text, const Word& word) noexcept {
  const std::string_view chars = text.chars();
  const auto is_digit = [&](std::size_t at) { return chars[at] >= '0' && chars[at] <= '9'; };
  const bool is_after = word.first > 1 && chars[word.first - 1] == '.' && is_digit(word.first - 2);
  const bool is_before =
      word.end + 1U < chars.size() && chars[word.end] == '.' && is_digit(word.end + 1U);
  return is_after || is_before;
}

void cut(std::vector<Fate>& fates, std::size_t begin, std::size_t end) {
  const auto first = fates.begin() + static_cast<std::ptrdiff_t>(begin);
  const auto last = fates.begin() + static_cast<std::ptrdiff_t>(end);
  if (std::find(first, last, Fate::keep) == last) std::fill(first, last, Fate::cut);
}

}  // namespace

bool is_harmless(std::string_view word) noexcept {
  if (is_digits(word)) return word.size() < 4;
  return is_listed(word) ||
         (word.size() > 3 && word.ends_with('s') && is_listed(word.substr(0, word.size() - 1)));
}

/// A word of a name: one part, or several ideographs.
struct PhraseSet::NameWord {
  std::vector<std::string> parts;
  std::size_t component = 0;
  Kind kind = Kind::letters;

  [[nodiscard]] std::size_t letters() const noexcept {
    return kind == Kind::ideograph ? parts.size() : length(parts.front());
  }
  /// Whether it tells the person alone.
  [[nodiscard]] bool is_strong() const noexcept {
    if (kind == Kind::ideograph) return parts.size() >= 2;
    return letters() >= 3 && !is_harmless(parts.front());
  }
};

void PhraseSet::add(const Phrase& words, Ending ending) {
  for (std::size_t begin = 0; begin < words.size();) {
    // No piece of one word, which might be any.
    const std::size_t left = words.size() - begin;
    const std::size_t size = left <= kMaxWords + 1 ? left : kMaxWords;
    std::uint32_t node = 0;
    for (std::size_t i = begin; i < begin + size; ++i) {
      if (is_full()) return;
      const std::string_view text = without_zeros(words[i]);
      auto known = word_ids_.find(text);
      if (known == word_ids_.end())
        known = word_ids_.try_emplace(std::string(text), WordId(word_ids_.size())).first;
      const std::uint64_t key = std::uint64_t{node} << 32 | known->second;
      const auto [edge, is_new] = edges_.try_emplace(key, WordId(endings_.size()));
      if (is_new) endings_.push_back(Ending::none);
      node = edge->second;
    }
    endings_[node] = std::max(endings_[node], ending);
    begin += size;
  }
}

std::vector<PhraseSet::NameWord> PhraseSet::words_of(const FoldedText& name, std::size_t begin,
                                                     std::size_t end) {
  constexpr std::size_t kPrefix = 3;
  const std::string_view chars = name.chars().substr(begin, end - begin);
  const std::string_view filled = chars.substr(0, chars.find_last_not_of("^ ") + 1);
  const bool has_components = filled.find('^') != std::string_view::npos;
  std::vector<NameWord> words;
  std::size_t last_end = 0;
  std::size_t carets = 0;
  std::size_t counted = 0;
  for (const Word& word : words_within(name, begin, end)) {
    if (word.kind == Kind::digits) continue;
    const std::string_view text = name.text(word);
    for (; counted < word.first - begin; ++counted) carets += chars[counted] == '^' ? 1U : 0U;
    const std::size_t component = has_components ? carets : words.size();
    const bool continues = word.kind == Kind::ideograph && !words.empty() &&
                           words.back().kind == Kind::ideograph && last_end == word.first;
    last_end = word.end;
    if (carets >= kPrefix || text.empty() || is_title(text)) continue;
    if (continues)
      words.back().parts.emplace_back(text);
    else
      words.push_back({{std::string(text)}, component, word.kind});
  }
  return words;
}

void PhraseSet::add_name(const FoldedText& name) {
  const std::string_view chars = name.chars();
  for (std::size_t begin = 0; begin < chars.size();) {
    const std::size_t end = std::min(chars.find('=', begin), chars.size());
    std::vector<NameWord> words = words_of(name, begin, end);
    add_person(words);
    bool has_umlauts = false;
    for (NameWord& word : words) {
      for (std::string& part : word.parts) {
        std::string bare = with_bare_umlauts(part);
        has_umlauts = has_umlauts || bare != part;
        part = std::move(bare);
      }
    }
    if (has_umlauts) add_person(words);

    const bool is_identity = words.size() > 1 || (words.size() == 1 && words[0].is_strong());
    Phrase whole;
    for (const Word& word : words_within(name, begin, end)) {
      whole.push_back(name.text(word));
      add_apart(name, word);
    }
    if (is_identity && whole.size() > 1) add(whole, Ending::marked_initial);
    begin = end + 1;
  }
}

/// `O Neil` of O'Neil.
void PhraseSet::add_apart(const FoldedText& name, const Word& word) {
  const std::string_view chars = name.chars().substr(word.first, word.end - word.first);
  const std::size_t apostrophe = chars.find('\'');
  const std::string_view text = name.text(word);
  if (apostrophe == std::string_view::npos || apostrophe >= text.size()) return;
  if (text.size() + 1 == chars.size() && text.size() > 4)
    add({text.substr(0, apostrophe), text.substr(apostrophe)}, Ending::any);
}

void PhraseSet::add_person(std::span<const NameWord> words) {
  for (const NameWord& word : words) {
    if (!word.is_strong()) continue;
    add(Phrase(word.parts.begin(), word.parts.end()), Ending::any);
    const std::string genitive = word.parts.front() + "s";
    if (word.kind == Kind::letters && word.letters() > 4 && !is_harmless(genitive))
      add({genitive}, Ending::any);
  }
  words = words.first(std::min(words.size(), kMaxNameWords));
  add_pairs(words);
  add_initials(words);
  add_joined(words);
}

void PhraseSet::add_pairs(std::span<const NameWord> words) {
  // All words of a component, as `van der Berg`; one word is a component of its own.
  std::unordered_map<std::size_t, Phrase> components;
  for (const NameWord& word : words)
    for (const std::string& part : word.parts) components[word.component].push_back(part);
  const auto add_both = [&](Phrase first, const Phrase& second) {
    first.insert(first.end(), second.begin(), second.end());
    add(first, Ending::any);
  };
  for (const NameWord& a : words) {
    const Phrase& whole = components[a.component];
    if (whole.size() > a.parts.size()) add(whole, Ending::any);
    for (const NameWord& b : words) {
      if (a.component == b.component || a.parts == b.parts) continue;
      const bool are_words = (a.letters() >= 2 && b.letters() >= 2) || a.kind == Kind::ideograph;
      if (!are_words) continue;
      add_both(Phrase(a.parts.begin(), a.parts.end()), Phrase(b.parts.begin(), b.parts.end()));
      add_both(whole, components[b.component]);
      add_both(Phrase(a.parts.begin(), a.parts.end()), components[b.component]);
      add_both(whole, Phrase(b.parts.begin(), b.parts.end()));
    }
  }
}

/// A word that may be any is a name behind a title. Of the short ones only with a dot: MR, DR, MS
/// and FR are also no titles.
void PhraseSet::add_with_titles(std::string_view name) {
  for (const std::string_view title : {"mrs", "miss", "prof", "professor", "doctor", "herr", "frau",
                                       "mme", "mlle", "sra", "patient"})
    add({title, name}, Ending::any);
  for (const std::string_view title : {"mr", "ms", "dr", "fr", "hr", "sr"})
    add({title, name}, Ending::dotted);
}

void PhraseSet::add_initials(std::span<const NameWord> words) {
  for (const NameWord& name : words) {
    if (name.kind != Kind::letters || name.letters() < 2) continue;
    const std::string_view full = name.parts.front();
    if (!name.is_strong()) add_with_titles(full);
    Phrase initials;
    for (const NameWord& other : words) {
      if (other.component == name.component || other.kind != Kind::letters) continue;
      const std::string_view initial = first_letter(other.parts.front());
      initials.push_back(initial);
      const Ending ending = !name.is_strong()  ? Ending::dotted
                            : is_side(initial) ? Ending::marked_initial
                                               : Ending::any;
      add({initial, full}, ending);
      add({full, initial}, ending);
      if (!name.is_strong()) continue;
      const std::string joined = std::string(initial).append(full);
      const std::string reversed = std::string(full).append(initial);
      if (length(joined) >= 5 && !is_harmless(joined)) add({joined}, Ending::any);
      if (length(joined) >= 5 && !is_harmless(reversed)) add({reversed}, Ending::any);
    }
    if (initials.size() < 2 || !name.is_strong()) continue;
    Phrase after = {full};
    after.insert(after.end(), initials.begin(), initials.end());
    initials.push_back(full);
    add(initials, Ending::marked_initial);
    add(after, Ending::marked_initial);
  }
}

void PhraseSet::add_joined(std::span<const NameWord> words) {
  constexpr std::size_t kMinJoined = 6;
  const auto add_if_strong = [&](const std::string& joined) {
    if (length(joined) >= kMinJoined && !is_harmless(joined)) add({joined}, Ending::any);
  };
  std::string component;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].kind != Kind::letters) continue;
    const bool continues = i > 0 && words[i - 1].component == words[i].component;
    component = continues ? component + words[i].parts.front() : words[i].parts.front();
    if (continues) add_if_strong(component);
    for (const NameWord& other : words)
      if (other.component != words[i].component && other.kind == Kind::letters)
        add_if_strong(words[i].parts.front() + other.parts.front());
  }
}

void PhraseSet::add_number(const FoldedText& number) {
  constexpr std::size_t kMinSize = 4;
  constexpr std::size_t kLongRun = 6;
  Phrase whole;
  std::size_t digits = 0;
  std::size_t characters = 0;
  bool says_nothing = true;
  for (const Word& word : number.words()) {
    const std::string_view text = number.text(word);
    whole.push_back(text);
    characters += length(text);
    if (word.kind == Kind::digits) digits += text.size();
    says_nothing = says_nothing && is_harmless(text);
  }
  if (whole.empty() || characters < kMinSize) return;
  if (says_nothing && digits < kLongRun) return;
  const bool is_short = whole.size() == 1 && digits > 0 && digits < 2 * kMinSize;
  add(whole, is_short ? Ending::short_number : Ending::any);

  // UIDs and the like have long runs that are nobody's.
  if (std::count(number.chars().begin(), number.chars().end(), '.') > 3) return;
  std::string joined;
  for (const Word& word : number.words()) {
    const std::string_view text = number.text(word);
    const bool is_before_issuer =
        word.first == 0 && text.size() >= kMinSize && number.chars().substr(word.end, 1) == "^";
    if (word.kind == Kind::digits && (text.size() >= kLongRun || is_before_issuer))
      add({text}, Ending::short_number);
    if (word.kind == Kind::digits) joined += text;
  }
  if (digits == characters && digits >= kLongRun) add({joined}, Ending::short_number);
  if (digits == characters && digits > kLongRun)
    phones_.emplace(without_leading_zeros(joined));  // in any grouping
  if (digits == 0 || digits == characters || characters < kLongRun) return;
  std::vector<std::string> glued;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    const bool continues = i > 0 && is_digits(whole[i - 1]) == is_digits(whole[i]);
    if (!continues) glued.emplace_back();
    glued.back() += whole[i];
  }
  add(Phrase(glued.begin(), glued.end()), Ending::any);
}

void PhraseSet::add_day(Day day) {
  const auto insert = [&](Day one) {
    const auto at = std::lower_bound(days_.begin(), days_.end(), one);
    if (at == days_.end() || *at != one) days_.insert(at, one);
  };
  insert(day);
  insert(month_of(day));
  if (is_whole(day)) insert(without_year(day));
}

void PhraseSet::add_phone(const FoldedText& phone) {
  constexpr std::size_t kMinDigits = 7;
  constexpr std::size_t kNational = 10;
  constexpr std::size_t kLongestCode = 3;
  std::string digits;
  const bool has_code = phone.chars().find('+') != std::string_view::npos;
  const auto insert = [&] {
    const std::string_view all = without_leading_zeros(digits);
    for (std::size_t code = 0; code <= kLongestCode && code + kMinDigits <= all.size(); ++code) {
      // Without the code of a country, and 555-0199 of (217) 555-0199.
      const bool is_local = all.size() == kNational && all.size() - code == kMinDigits;
      if (code > 0 && !has_code && all.size() <= kNational && !is_local) continue;
      const std::string_view part = without_leading_zeros(all.substr(code));
      if (part.size() >= kMinDigits) phones_.emplace(part);
    }
  };
  for (const Word& word : phone.words()) {
    if (word.kind != Kind::digits) insert();  // an extension follows
    if (word.kind == Kind::digits && phone.text(word) != "0") digits += phone.text(word);
  }
  insert();
  add_place(phone);
}

void PhraseSet::add_place(const FoldedText& place) {
  Phrase whole;
  bool says_nothing = true;
  for (const Word& word : place.words()) {
    whole.push_back(place.text(word));
    says_nothing = says_nothing && is_harmless(whole.back());
  }
  if (whole.empty()) return;
  const bool is_number = std::all_of(whole.begin(), whole.end(), is_digits);
  if (whole.size() == 1 ? !says_nothing && !is_number && length(whole[0]) > 3
                        : whole.size() > 2 || !says_nothing)
    if (!is_number) add(whole, Ending::any);

  const std::string_view chars = place.chars();
  for (std::size_t begin = 0; begin < chars.size();) {
    const std::size_t end = std::min(chars.find_first_of(",;^=\n\r", begin), chars.size());
    add_part_of_place(place, begin, end);
    begin = end + 1;
  }
}

void PhraseSet::add_part_of_place(const FoldedText& place, std::size_t begin, std::size_t end) {
  Phrase words;
  for (const Word& word : words_within(place, begin, end)) words.push_back(place.text(word));
  const auto add_if_telling = [&] {
    const bool tells = std::any_of(words.begin(), words.end(), [](std::string_view word) {
      return !is_digits(word) && !is_harmless(word) && length(word) > 1;
    });
    const bool is_part = end - begin < place.chars().size();
    const std::size_t ambiguous = is_part ? kMaxAmbiguous - 2 : kMaxAmbiguous;
    const bool is_town = words.size() == 1 && length(words.front()) > ambiguous;
    if (tells && (words.size() >= 2 || is_town)) add(words, Ending::any);
  };
  add_if_telling();
  const auto first = std::find_if_not(words.begin(), words.end(), is_digits);
  words.erase(words.begin(), first);
  while (!words.empty() && is_digits(words.back())) words.pop_back();
  add_if_telling();
  if (words.size() > kMaxNameWords) return;
  const Phrase all = words;
  for (std::size_t from = 0; from < all.size(); ++from) {
    for (std::size_t size = 1; from + size <= all.size(); ++size) {
      words.assign(all.begin() + static_cast<std::ptrdiff_t>(from),
                   all.begin() + static_cast<std::ptrdiff_t>(from + size));
      add_if_telling();
    }
  }
}

void PhraseSet::add_phrase(const FoldedText& phrase) {
  Phrase words;
  for (const Word& word : phrase.words()) words.push_back(phrase.text(word));
  add(words, Ending::any);
}

PhraseSet::WordId PhraseSet::find(std::string_view word) const {
  const auto found = word_ids_.find(without_zeros(word));
  return found == word_ids_.end() ? kUnknown : found->second;
}

void PhraseSet::mark(const FoldedText& text, std::vector<Fate>& fates) const {
  if (!edges_.empty()) mark_phrases(text, fates);
  if (!days_.empty()) mark_days(text, fates);
  if (!phones_.empty()) mark_phones(text, fates);
}

void PhraseSet::mark_phrases(const FoldedText& text, std::vector<Fate>& fates) const {
  const std::span<const Word> words = text.words();
  std::vector<WordId> ids(words.size());
  std::transform(words.begin(), words.end(), ids.begin(),
                 [&](const Word& word) { return find(text.text(word)); });
  for (std::size_t first = 0; first < words.size(); ++first) {
    std::uint32_t node = 0;
    std::size_t found = words.size();
    for (std::size_t last = first; last < words.size() && ids[last] != kUnknown; ++last) {
      if (last > first && !is_gap(text, last - 1, last)) break;
      const auto edge = edges_.find(std::uint64_t{node} << 32 | ids[last]);
      if (edge == edges_.end()) break;
      node = edge->second;
      if (endings_[node] != Ending::none && holds(endings_[node], text, first, last)) found = last;
    }
    if (found < words.size()) cut(fates, words[first].first, words[found].end);
  }
}

bool PhraseSet::holds(Ending ending, const FoldedText& text, std::size_t first,
                      std::size_t last) const {
  const std::string_view chars = text.chars();
  const std::span<const Word> words = text.words();
  if (ending == Ending::marked_initial || ending == Ending::dotted) {
    // `L. Doe` and `Doe^L`; but in `KNEE L Doe` the L is the knee's.
    for (std::size_t i = first; i <= last; ++i) {
      const Word& word = words[i];
      const std::size_t letters = word.end - word.first;
      const bool is_short = letters == 1 || (letters == 2 && i == first);
      const bool must_be_marked = ending == Ending::dotted ? is_short : is_side(text.text(word));
      if (!must_be_marked) continue;
      const bool is_abbreviated = word.end < chars.size() && chars[word.end] == '.';
      const bool is_component = (word.end < chars.size() && chars[word.end] == '^') ||
                                (word.first > 0 && chars[word.first - 1] == '^');
      if (!is_abbreviated && !is_component) return false;
    }
  }
  if (ending != Ending::short_number) return true;

  // A short number may be a size, a year, a time in milliseconds, a part of a decimal.
  const Word& word = words[first];
  const std::string_view digits = without_zeros(text.text(word));
  if (digits.size() < 8 && is_decimal(text, word)) return false;
  if (digits.size() > 5 || words.size() == 1) return true;
  const bool has_unit = first + 1 < words.size() && words[first + 1].first == word.end;
  const bool is_labelled = (first > 0 && is_label(text.text(words[first - 1]))) ||
                           (word.first > 0 && chars[word.first - 1] == '#');
  if (has_unit || is_labelled) return !has_unit;
  if (digits.size() == 5) return true;
  const unsigned value = static_cast<unsigned>(std::stoul(std::string(digits)));
  const bool is_glued = first > 0 && words[first - 1].end == word.first;
  const bool is_year = value >= 1900 && value < 2100;
  const bool is_size = value % 50 == 0 || (value & (value - 1)) == 0;
  return !is_glued && !is_year && !is_size;
}

void PhraseSet::mark_days(const FoldedText& text, std::vector<Fate>& fates) const {
  const std::span<const Word> words = text.words();
  for (std::size_t i = 0; i < words.size(); ++i) {
    for (const DayReadings::Reading& reading : DayReadings::at(text, i)) {
      if (!std::binary_search(days_.begin(), days_.end(), reading.day)) continue;
      cut(fates, words[i].first, reading.end);
      break;
    }
  }
}

void PhraseSet::mark_phones(const FoldedText& text, std::vector<Fate>& fates) const {
  constexpr std::size_t kMaxDigits = 20;
  constexpr std::string_view kBetween = " ()-./+";
  const std::string_view chars = text.chars();
  const std::span<const Word> words = text.words();
  std::string digits;
  for (std::size_t first = 0; first < words.size(); ++first) {
    digits.clear();
    for (std::size_t last = first; last < words.size(); ++last) {
      if (words[last].kind != Kind::digits) break;
      if (last > first) {
        const std::size_t end = words[last - 1].end;
        const std::string_view gap = chars.substr(end, words[last].first - end);
        if (gap.size() > 3 || gap.find_first_not_of(kBetween) != std::string_view::npos) break;
      }
      // The trunk code of +44 (0)20 ...
      if (text.text(words[last]) != "0") digits += text.text(words[last]);
      if (digits.size() > kMaxDigits) break;
      if (!phones_.contains(std::string(without_leading_zeros(digits)))) continue;
      const std::size_t begin = words[first].first;
      const bool has_plus = begin > 0 && chars[begin - 1] == '+';
      cut(fates, has_plus ? begin - 1 : begin, words[last].end);
    }
  }
}

}  // namespace dcm::deid
