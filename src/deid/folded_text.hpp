// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "dicom/character_set.hpp"
#include "dicom/vr.hpp"

namespace dcm::deid {

/// A stretch of text for comparing - case, accents and widths aside - whose every character knows
/// the bytes it was made of, so that words found in it can be cut out of those. A word is a run of
/// letters, a run of digits, or a single ideograph, kana or Hangul syllable, because names in these
/// stand in sentences without spaces. Apostrophes within a word are no part of its text: O'Neil is
/// oneil; but `Doe's` is doe and s.
class FoldedText {
 public:
  /// In chars(), in place of a character beyond ASCII.
  static constexpr char kLetter = '\x80', kIdeograph = '\x81', kSeparator = '\x82';

  enum class Kind : std::uint8_t { letters, digits, ideograph };

  struct Word {
    std::uint32_t first;  ///< its first character
    std::uint32_t end;    ///< the character after its last
    Kind kind;
    bool is_assembled;  ///< whether its text differs from its characters
    std::uint32_t text_at;
    std::uint32_t text_size;
  };

  /// The bytes of a character in the raw value.
  struct Place {
    std::uint32_t offset;
    std::uint32_t size : 31;
    std::uint32_t is_pinned : 1;  ///< what follows would be read wrongly without it
    std::uint32_t folded_at;
    std::uint32_t folded_size;
  };

  [[nodiscard]] std::size_t size() const noexcept { return chars_.size(); }
  /// One char for each character: in lower case and ASCII, else one of the above.
  [[nodiscard]] std::string_view chars() const noexcept { return chars_; }
  [[nodiscard]] const Place& place(std::size_t character) const { return places_[character]; }
  [[nodiscard]] std::span<const Word> words() const noexcept { return words_; }
  /// UTF-8; lives until the text changes.
  [[nodiscard]] std::string_view text(const Word& word) const noexcept;

  void clear();
  /// `folded`, UTF-8, counts in words only if `shown` is kLetter or kIdeograph.
  void append(char shown, std::string_view folded, Place place);
  /// Makes what the last character is anew, `bytes` longer.
  void extend_last(char shown, std::string_view folded, std::uint32_t bytes);
  void drop_front(std::size_t characters);
  /// Brings words() up to date.
  void find_words();

 private:
  [[nodiscard]] std::size_t end_of_letters(std::size_t from) const noexcept;

  std::string chars_;
  std::vector<Place> places_;
  std::string folded_;
  std::vector<Word> words_;
  std::string assembled_;
};

/// Reads raw values into FoldedText, in the sets of one Specific Character Set (0008,0005). Bytes
/// that it says nothing about, or that are wrong in it, count as UTF-8 if the whole value is valid
/// UTF-8 and as Latin-1 otherwise.
class TextDecoder {
 public:
  enum class Stop : std::uint8_t {
    count,      ///< as many characters as asked for
    separator,  ///< after a `\` between two values, which is not in the text
    end,
  };
  /// How the letters with two dots and their kin fold: as the bare letter, or with an e after it.
  enum class Umlauts : std::uint8_t { bare, with_e };

  explicit TextDecoder(std::string_view character_set);

  /// Begins a raw value, which must live while it is read.
  void start(std::string_view raw, Vr vr, Umlauts umlauts = Umlauts::bare);
  /// Appends up to `count` characters; stops at the end of each of several values.
  Stop read(FoldedText& text, std::size_t count);
  /// How far in the raw value read() has come.
  [[nodiscard]] std::size_t offset() const noexcept { return at_; }
  /// Whether an escape sequence, or what it announced, made no sense since start(): then the
  /// characters do not tell what the bytes say.
  [[nodiscard]] bool is_unreadable() const noexcept { return is_unreadable_; }

 private:
  enum class High : std::uint8_t { undeclared, table, utf8, multibyte };

  void take_escape();
  void take_plain(FoldedText& text, char c);
  void take_low(FoldedText& text);
  void take_high(FoldedText& text);
  [[nodiscard]] bool take_decoded(FoldedText& text, std::string_view designation,
                                  std::size_t longest);
  void append(FoldedText& text, char32_t code, std::size_t bytes);
  const std::string& folded(char32_t code);

  CharacterSets sets_;
  High declared_ = High::undeclared;
  bool has_escapes_ = true;  ///< whether the sets can be switched
  std::vector<char32_t> table_;

  std::string_view raw_;
  std::size_t at_ = 0;
  High high_ = High::undeclared;
  bool is_escaped_ = false;  ///< whether raw_ switches sets
  bool is_one_value_ = false;
  bool is_name_ = false;
  bool is_unreadable_ = false;
  Umlauts umlauts_ = Umlauts::bare;
  std::string_view low_set_;   ///< the sequence that designated G0; empty: ASCII
  std::string_view high_set_;  ///< and G1; empty: as declared
  char32_t last_code_ = 0;
  std::unordered_map<char32_t, std::string> folds_;
};

}  // namespace dcm::deid
