// SPDX-License-Identifier: MIT
#include "deid/folded_text.hpp"

#include <algorithm>

#include "dicom/text.hpp"

namespace dcm::deid {
namespace {

constexpr char kEscape = '\x1B';
constexpr char32_t kReplacement = 0xFFFD;

bool is_high(char c) noexcept { return (c & 0x80) != 0; }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_ascii_letter(char c) noexcept { return c >= 'a' && c <= 'z'; }
bool is_letter(char c) noexcept { return is_ascii_letter(c) || c == FoldedText::kLetter; }
bool is_within(char32_t code, char32_t first, char32_t last) noexcept {
  return code >= first && code <= last;
}

struct Character {
  char32_t code = kReplacement;
  std::size_t size = 0;  ///< 0 if the bytes are no UTF-8
};

Character first_of_utf8(std::string_view bytes) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (byte(0) < 0x80) return {byte(0), 1};
  const std::size_t size = byte(0) < 0xC2 ? 0 : byte(0) < 0xE0 ? 2 : byte(0) < 0xF0 ? 3 : 4;
  if (size == 0 || byte(0) > 0xF4 || bytes.size() < size) return {};
  char32_t code = byte(0) & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3FU);
  }
  const bool is_overlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
  if (is_overlong || is_within(code, 0xD800, 0xDFFF) || code > 0x10FFFF) return {};
  return {code, size};
}

bool is_utf8(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const Character character = first_of_utf8(bytes);
    if (character.size == 0) return false;
    bytes.remove_prefix(character.size);
  }
  return true;
}

std::string to_utf8(char32_t code) {
  const auto tail = [&](unsigned shift) {
    return static_cast<char>(0x80 | (code >> shift & 0x3F));
  };
  if (code < 0x80) return {static_cast<char>(code)};
  if (code < 0x800) return {static_cast<char>(0xC0 | code >> 6), tail(0)};
  if (code < 0x10000) return {static_cast<char>(0xE0 | code >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xF0 | code >> 18), tail(12), tail(6), tail(0)};
}

/// Of a language written without spaces between words, or with endings glued to names.
bool is_ideograph(char32_t code) noexcept {
  return is_within(code, 0x3005, 0x3007) || is_within(code, 0x3041, 0x30FA) ||
         is_within(code, 0x30FC, 0x30FF) || is_within(code, 0x3400, 0x4DBF) ||
         is_within(code, 0x4E00, 0x9FFF) || is_within(code, 0xAC00, 0xD7A3) ||
         is_within(code, 0xF900, 0xFAFF) || is_within(code, 0x20000, 0x3FFFF);
}

bool is_separator(char32_t code) noexcept {
  if (code < 0xC0) return code != 0xAA && code != 0xB5 && code != 0xBA;
  return code == 0xD7 || code == 0xF7 || is_within(code, 0x2000, 0x2BFF) ||
         is_within(code, 0x3000, 0x3004) || is_within(code, 0x3008, 0x3040) || code == 0x30FB ||
         is_within(code, 0xFE10, 0xFE6F) || code == 0xFEFF;
}

/// The marks that make another letter of a kana.
bool is_voicing(char32_t code) noexcept {
  return is_within(code, 0x3099, 0x309A) || is_within(code, 0xFF9E, 0xFF9F);
}

bool is_apostrophe(char32_t code) noexcept {
  return code == 0x2019 || code == 0x2018 || code == 0x02BC || code == 0xB4;
}

/// What a letter is called in `ae`, `oe` and `ue` writing; 0 for all others.
char base_of_umlaut(char32_t code) noexcept {
  switch (code) {
    case 0xC4:
    case 0xE4:
    case 0xC6:
    case 0xE6:
      return 'a';
    case 0xD6:
    case 0xF6:
    case 0xD8:
    case 0xF8:
      return 'o';
    case 0xDC:
    case 0xFC:
      return 'u';
    default:
      return 0;
  }
}

/// How a character beyond ASCII stands in FoldedText::chars().
char shown_as(char32_t code, std::string_view folded) noexcept {
  if (is_apostrophe(code)) return '\'';
  if (folded.size() == 1) return folded.front();
  const char32_t first = folded.empty() ? code : first_of_utf8(folded).code;
  if (is_ideograph(first)) return FoldedText::kIdeograph;
  return is_separator(code) ? FoldedText::kSeparator : FoldedText::kLetter;
}

bool is_of_declared_sets(Vr vr) noexcept {
  return vr == vr::kSH || vr == vr::kLO || vr == vr::kST || vr == vr::kLT || vr == vr::kUC ||
         vr == vr::kUT || vr == vr::kPN || vr == vr::kUN;
}

}  // namespace

std::string_view FoldedText::text(const Word& word) const noexcept {
  const std::string_view from = word.is_assembled ? assembled_ : chars_;
  return from.substr(word.text_at, word.text_size);
}

void FoldedText::clear() {
  chars_.clear();
  places_.clear();
  folded_.clear();
  words_.clear();
  assembled_.clear();
}

void FoldedText::append(char shown, std::string_view folded, Place place) {
  place.folded_at = static_cast<std::uint32_t>(folded_.size());
  place.folded_size = static_cast<std::uint32_t>(folded.size());
  folded_ += folded;
  chars_.push_back(shown);
  places_.push_back(place);
}

void FoldedText::extend_last(char shown, std::string_view folded, std::uint32_t bytes) {
  Place place = places_.back();
  place.size = (place.size + bytes) & 0x7FFFFFFFU;
  chars_.pop_back();
  places_.pop_back();
  append(shown, folded, place);
}

void FoldedText::drop_front(std::size_t characters) {
  const auto count = static_cast<std::ptrdiff_t>(characters);
  const std::size_t folded = characters < size() ? places_[characters].folded_at : folded_.size();
  chars_.erase(0, characters);
  places_.erase(places_.begin(), places_.begin() + count);
  folded_.erase(0, folded);
  for (Place& place : places_) place.folded_at -= static_cast<std::uint32_t>(folded);
  words_.clear();
  assembled_.clear();
}

std::size_t FoldedText::end_of_letters(std::size_t from) const noexcept {
  std::size_t end = from;
  while (end < size() && is_letter(chars_[end])) {
    ++end;
    const bool joins = end + 1 < size() && chars_[end] == '\'' && is_letter(chars_[end + 1]);
    const bool is_genitive =
        joins && chars_[end + 1] == 's' && (end + 2 == size() || !is_letter(chars_[end + 2]));
    if (joins && !is_genitive) ++end;
  }
  return end;
}

void FoldedText::find_words() {
  words_.clear();
  assembled_.clear();
  for (std::size_t at = 0; at < size();) {
    const std::size_t begin = at;
    Kind kind = Kind::letters;
    if (is_digit(chars_[at])) {
      kind = Kind::digits;
      while (at < size() && is_digit(chars_[at])) ++at;
    } else if (chars_[at] == kIdeograph) {
      kind = Kind::ideograph;
      ++at;
    } else if (is_letter(chars_[at])) {
      at = end_of_letters(at);
    } else {
      ++at;
      continue;
    }
    const std::string_view chars = std::string_view(chars_).substr(begin, at - begin);
    const bool is_assembled = !std::all_of(
        chars.begin(), chars.end(), [](char c) { return is_ascii_letter(c) || is_digit(c); });
    std::size_t text_at = begin;
    std::size_t text_size = at - begin;
    if (is_assembled) {
      text_at = assembled_.size();
      for (std::size_t i = begin; i < at; ++i) {
        if (is_high(chars_[i]))
          assembled_.append(folded_, places_[i].folded_at, places_[i].folded_size);
        else if (chars_[i] != '\'')
          assembled_.push_back(chars_[i]);
      }
      text_size = assembled_.size() - text_at;
    }
    words_.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at), kind,
                      is_assembled, static_cast<std::uint32_t>(text_at),
                      static_cast<std::uint32_t>(text_size)});
  }
}

TextDecoder::TextDecoder(std::string_view character_set)
    : sets_(CharacterSets::parse(character_set)) {
  // What the sets are shows in what they make of a few bytes.
  const auto decode = [&](std::string_view bytes) { return dcm::to_utf8(bytes, sets_, vr::kLO); };
  const std::string unknown = to_utf8(kReplacement);
  has_escapes_ = decode("\x1B(B").empty();
  if (decode("\xC3\xA9") == "\xC3\xA9") {
    declared_ = High::utf8;
  } else if (decode("\xB0\xA1").find(unknown) == std::string::npos &&
             decode("\xB0").find(unknown) != std::string::npos) {
    declared_ = High::multibyte;
  } else {
    table_.assign(128, kReplacement);
    for (std::size_t i = 0; i < table_.size(); ++i) {
      const char byte = static_cast<char>(128 + i);
      table_[i] = first_of_utf8(decode({&byte, 1})).code;
      if (table_[i] != kReplacement) declared_ = High::table;
    }
  }
}

void TextDecoder::start(std::string_view raw, Vr vr, Umlauts umlauts) {
  raw_ = raw;
  at_ = 0;
  high_ = is_of_declared_sets(vr) ? declared_ : High::undeclared;
  const bool is_high_free = std::none_of(raw.begin(), raw.end(), is_high);
  // Text of a set of single bytes that happens to be UTF-8 is UTF-8 that somebody mislabelled.
  const bool may_be_mislabelled = high_ == High::undeclared || high_ == High::table;
  if (may_be_mislabelled && !is_high_free && is_utf8(raw)) high_ = High::utf8;
  is_escaped_ = has_escapes_ && raw.find(kEscape) != std::string_view::npos;
  is_one_value_ = vr == vr::kST || vr == vr::kLT || vr == vr::kUT || vr == vr::kUR;
  is_name_ = vr == vr::kPN;
  is_unreadable_ = false;
  umlauts_ = umlauts;
  low_set_ = high_set_ = {};
  last_code_ = 0;
}

TextDecoder::Stop TextDecoder::read(FoldedText& text, std::size_t count) {
  for (const std::size_t limit = text.size() + count; at_ < raw_.size();) {
    if (text.size() >= limit) return Stop::count;
    const char c = raw_[at_];
    if (c == kEscape && is_escaped_) {
      take_escape();
    } else if (is_high(c)) {
      take_high(text);
    } else if (!low_set_.empty() && c > 0x20 && c < 0x7F) {
      take_low(text);
    } else if (c == '\\' && !is_one_value_) {
      low_set_ = high_set_ = {};
      last_code_ = 0;
      ++at_;
      return Stop::separator;
    } else {
      take_plain(text, c);
    }
  }
  return Stop::end;
}

void TextDecoder::take_escape() {
  // ESC, intermediate bytes, a final byte (ISO 2022); which of G0 and G1 is in the former.
  std::size_t end = at_ + 1;
  while (end < raw_.size() && raw_[end] >= 0x20 && raw_[end] <= 0x2F) ++end;
  const std::string_view between = raw_.substr(at_ + 1, end - at_ - 1);
  if (end == raw_.size() || is_high(raw_[end]) || between.empty()) {
    is_unreadable_ = true;
    ++at_;
    return;
  }
  const std::string_view sequence = raw_.substr(at_, end + 1 - at_);
  const bool is_low = between == "(" || between == "$" || between == "$(";
  if (is_low) {
    const bool is_ascii = sequence == "\x1B(B" || sequence == "\x1B(J";
    low_set_ = is_ascii ? std::string_view() : sequence;
  } else {
    high_set_ = sequence;
  }
  if (!dcm::to_utf8(sequence, sets_, vr::kLO).empty()) is_unreadable_ = true;
  last_code_ = 0;
  at_ = end + 1;
}

void TextDecoder::take_plain(FoldedText& text, char c) {
  const bool resets =
      c == '\t' || c == '\n' || c == '\f' || c == '\r' || (is_name_ && (c == '^' || c == '='));
  if (resets) low_set_ = high_set_ = {};
  const char shown = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c == '`' ? '\'' : c;
  const bool is_pinned = is_escaped_ && resets;
  text.append(shown, {}, {static_cast<std::uint32_t>(at_), 1, is_pinned, 0, 0});
  last_code_ = 0;
  ++at_;
}

bool TextDecoder::take_decoded(FoldedText& text, std::string_view designation,
                               std::size_t longest) {
  std::string bytes(designation);
  const std::size_t left = std::min(longest, raw_.size() - at_);
  for (std::size_t size = 1; size <= left; ++size) {
    bytes.push_back(raw_[at_ + size - 1]);
    const std::string utf8 = dcm::to_utf8(bytes, sets_, vr::kLO);
    const Character character = utf8.empty() ? Character{} : first_of_utf8(utf8);
    if (character.code == kReplacement || character.size != utf8.size()) continue;
    append(text, character.code, size);
    return true;
  }
  return false;
}

void TextDecoder::take_low(FoldedText& text) {
  if (take_decoded(text, low_set_, 2)) return;
  is_unreadable_ = true;
  append(text, kReplacement, 1);
}

void TextDecoder::take_high(FoldedText& text) {
  const auto byte = static_cast<unsigned char>(raw_[at_]);
  if (!high_set_.empty()) {
    if (take_decoded(text, high_set_, 2)) return;
    is_unreadable_ = true;
  } else if (high_ == High::utf8) {
    const Character character = first_of_utf8(raw_.substr(at_));
    if (character.size > 0) return append(text, character.code, character.size);
  } else if (high_ == High::multibyte) {
    if (take_decoded(text, {}, 4)) return;
  } else if (high_ == High::table && table_[byte - 128U] != kReplacement) {
    return append(text, table_[byte - 128U], 1);
  }
  append(text, byte, 1);
}

void TextDecoder::append(FoldedText& text, char32_t code, std::size_t bytes) {
  const auto size = static_cast<std::uint32_t>(bytes);
  if (is_voicing(code) && last_code_ != 0) {
    const std::string both = fold(to_utf8(last_code_) + to_utf8(code));
    text.extend_last(shown_as(last_code_, both), both, size);
    last_code_ = 0;
  } else {
    const std::string& letters = folded(code);
    text.append(shown_as(code, letters), letters,
                {static_cast<std::uint32_t>(at_), size & 0x7FFFFFFFU, 0, 0, 0});
    last_code_ = code;
  }
  at_ += bytes;
}

const std::string& TextDecoder::folded(char32_t code) {
  constexpr std::size_t kMaxFolds = 8192;
  if (folds_.size() > kMaxFolds) folds_.clear();
  const char base = umlauts_ == Umlauts::with_e ? base_of_umlaut(code) : '\0';
  // Beyond Unicode, so that both foldings have their place.
  const char32_t key = base != 0 ? code + 0x200000 : code;
  const auto [found, is_new] = folds_.try_emplace(key);
  if (is_new) found->second = base != 0 ? std::string{base, 'e'} : fold(to_utf8(code));
  return found->second;
}

}  // namespace dcm::deid
