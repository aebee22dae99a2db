// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "deid/day_spelling.hpp"
#include "deid/folded_text.hpp"

namespace dcm::deid {

/// What becomes of a character. One that is kept is part of something that must stay whole.
enum class Fate : std::uint8_t { open, keep, cut };

/// Whether a word, folded, says nothing about who: words of data/harmless_words.tsv, their plurals,
/// and numbers of fewer than four digits.
[[nodiscard]] bool is_harmless(std::string_view word) noexcept;

/// What is known of one person and those around him, in all the ways that people write it.
class PhraseSet {
 public:
  /// Not more than about `limit` different phrases: what comes after is not taken in, and is_full()
  /// tells so.
  explicit PhraseSet(std::size_t limit) : limit_(limit) {}

  /// A person name, PN or as people write it. Found then: its words of three letters and more that
  /// are not harmless; two of its words side by side; initials beside a word found; a harmless word
  /// behind a title or beside an initial with a dot; its parts joined (DOEJOHN, JDoe) - if the
  /// joined word is not harmless itself; names in ideographs wherever they stand. Titles are never
  /// looked for alone.
  void add_name(const FoldedText& name);
  /// A number or code, whole, with any leading zeros, or without its separators; its long runs of
  /// digits, alone. Never taken
  /// in: fewer than four characters; harmless words, with or without a short number.
  void add_number(const FoldedText& number);
  void add_day(Day day);
  /// Digits in any grouping, with or without the codes of country and trunk and an extension.
  void add_phone(const FoldedText& phone);
  /// An address, institution, station: whole, each line and part between commas of two and more
  /// words or one long word, and streets without their number. A harmless word is never taken
  /// alone, nor two.
  void add_place(const FoldedText& place);
  /// Whole, whatever it is.
  void add_phrase(const FoldedText& phrase);

  [[nodiscard]] bool is_full() const noexcept { return edges_.size() > limit_; }

  /// Cuts what is found, unless a part of it is kept. `fates` has one for each character.
  void mark(const FoldedText& text, std::vector<Fate>& fates) const;

 private:
  struct NameWord;
  using WordId = std::uint32_t;
  /// What must hold where a phrase ends; the weakest of several phrases counts.
  enum class Ending : std::uint8_t { none, short_number, dotted, marked_initial, any };

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };

  using Phrase = std::vector<std::string_view>;
  static std::vector<NameWord> words_of(const FoldedText& name, std::size_t begin, std::size_t end);
  void add(const Phrase& words, Ending ending);
  void add_apart(const FoldedText& name, const FoldedText::Word& word);
  void add_person(std::span<const NameWord> words);
  void add_pairs(std::span<const NameWord> words);
  void add_with_titles(std::string_view name);
  void add_initials(std::span<const NameWord> words);
  void add_joined(std::span<const NameWord> words);
  void add_part_of_place(const FoldedText& place, std::size_t begin, std::size_t end);

  [[nodiscard]] WordId find(std::string_view word) const;
  [[nodiscard]] bool holds(Ending ending, const FoldedText& text, std::size_t first,
                           std::size_t last) const;
  void mark_phrases(const FoldedText& text, std::vector<Fate>& fates) const;
  void mark_days(const FoldedText& text, std::vector<Fate>& fates) const;
  void mark_phones(const FoldedText& text, std::vector<Fate>& fates) const;

  std::size_t limit_;
  std::unordered_map<std::string, WordId, Hash, std::equal_to<>> word_ids_;
  /// A tree of words: from a node (0 is the root) by a word to the next.
  std::unordered_map<std::uint64_t, std::uint32_t> edges_;
  std::vector<Ending> endings_ = {Ending::none};  ///< by node
  std::vector<Day> days_;                         ///< sorted; months and days of any year too
  std::unordered_set<std::string> phones_;        ///< digits only
};

}  // namespace dcm::deid
