// SPDX-License-Identifier: MIT
#include "deid/text_cutter.hpp"

#include <algorithm>

namespace dcm::deid {
namespace {

constexpr std::size_t kWindow = std::size_t{32} << 10;  ///< characters
/// What a window shares with the next; no phrase that counts is longer than half of it.
constexpr std::size_t kOverlap = std::size_t{4} << 10;
/// Characters between two cuts that go with them.
constexpr std::size_t kMaxBetween = 8;

bool is_of_word(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == FoldedText::kLetter ||
         c == FoldedText::kIdeograph;
}
bool is_line_end(char c) noexcept { return c == '\n' || c == '\r' || c == '\f'; }
bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\0'; }

std::size_t index_in(std::string_view set, char c) noexcept { return set.find(c); }
constexpr std::string_view kOpening = "([{<\"'";
constexpr std::string_view kClosing = ")]}>\"'";
bool is_opening(char c) noexcept { return index_in(kOpening.substr(0, 4), c) < kOpening.size(); }
bool is_closing(char c) noexcept { return index_in(kClosing.substr(0, 4), c) < kClosing.size(); }

/// One stretch that is cut out, and what is next to it.
class Seam {
 public:
  Seam(const FoldedText& text, const std::vector<Fate>& fates, std::size_t begin, std::size_t end)
      : text_(text), chars_(text.chars()), fates_(fates), begin_(begin), end_(end) {
    const std::string_view inside = chars_.substr(begin, end - begin);
    open_ = std::count_if(inside.begin(), inside.end(), is_opening) -
            std::count_if(inside.begin(), inside.end(), is_closing);
  }

  [[nodiscard]] std::size_t begin() const noexcept { return begin_; }
  [[nodiscard]] std::size_t end() const noexcept { return end_; }

  /// Takes in the brackets and quotes that hold nothing else.
  void take_brackets() noexcept {
    for (;;) {
      std::size_t left = begin_;
      while (left > 0 && is_space(chars_[left - 1]) && is_free(left - 1)) --left;
      std::size_t right = end_;
      while (right < chars_.size() && is_space(chars_[right]) && is_free(right)) ++right;
      const char before = left > 0 && is_free(left - 1) ? chars_[left - 1] : ' ';
      const char after = right < chars_.size() && is_free(right) ? chars_[right] : ' ';
      if (open_ > 0 && is_closing(after)) {
        end_ = right + 1;
        --open_;
      } else if (open_ < 0 && is_opening(before)) {
        begin_ = left - 1;
        ++open_;
      } else if (open_ == 0 && index_in(kOpening, before) != std::string_view::npos &&
                 index_in(kOpening, before) == index_in(kClosing, after)) {
        begin_ = left - 1;
        end_ = right + 1;
      } else {
        return;
      }
    }
  }

  /// Takes in the separators of one side, or of both at an end of the value, line or bracket.
  void take_separators(Seams::Ends ends) noexcept {
    const std::size_t left = left_end();
    const std::size_t right = right_end();
    const bool is_first = left == 0 ? ends.is_begin : is_edge(chars_[left - 1], is_opening);
    const bool is_last = right == chars_.size() ? ends.is_end : is_edge(chars_[right], is_closing);
    const bool has_two = left < begin_ && right > end_;
    const auto says_more = [&](std::size_t from, std::size_t to) {
      return !std::all_of(chars_.begin() + static_cast<std::ptrdiff_t>(from),
                          chars_.begin() + static_cast<std::ptrdiff_t>(to), is_space);
    };
    const bool is_right_better = says_more(end_, right) && !says_more(left, begin_);
    const bool is_double_dot = left == begin_ && left > 0 && chars_[left - 1] == '.' &&
                               right > end_ && chars_[end_] == '.';
    if (is_first || is_last || (has_two && is_right_better)) begin_ = left;
    if (is_first || is_last || (has_two && !is_right_better) || is_double_dot) end_ = right;
  }

 private:
  static bool is_edge(char c, bool (*is_bracket)(char) noexcept) noexcept {
    return is_line_end(c) || is_bracket(c);
  }
  [[nodiscard]] bool is_free(std::size_t at) const noexcept {
    return fates_[at] == Fate::open && text_.place(at).is_pinned == 0;
  }

  /// Whether the character parts words here. `C+ ` and ` -5` are no separators: glued to a word
  /// (`is_glued`) and apart from the cut (`is_apart`).
  static bool is_separator(char c, bool is_glued, bool is_apart) noexcept {
    if (is_space(c) || index_in(",;:^_=|", c) != std::string_view::npos) return true;
    return index_in("-/+&", c) != std::string_view::npos && !(is_glued && is_apart);
  }

  [[nodiscard]] std::size_t left_end() const noexcept {
    std::size_t left = begin_;
    for (; left > 0 && is_free(left - 1); --left) {
      const bool is_glued = left > 1 && is_of_word(chars_[left - 2]);
      if (!is_separator(chars_[left - 1], is_glued, left < begin_)) break;
    }
    return left;
  }
  [[nodiscard]] std::size_t right_end() const noexcept {
    std::size_t right = end_;
    for (; right < chars_.size() && is_free(right); ++right) {
      const bool is_glued = right + 1 < chars_.size() && is_of_word(chars_[right + 1]);
      const bool is_stop = chars_[right] == '.' && right == end_;
      if (!is_stop && !is_separator(chars_[right], is_glued, right > end_)) break;
    }
    return right;
  }

  const FoldedText& text_;
  std::string_view chars_;
  const std::vector<Fate>& fates_;
  std::size_t begin_;
  std::size_t end_;
  std::ptrdiff_t open_;  ///< brackets inside without their closing ones
};

std::size_t next_of(const std::vector<Fate>& fates, std::size_t from, bool (*is_it)(Fate)) {
  const auto begin = fates.begin() + static_cast<std::ptrdiff_t>(from);
  return static_cast<std::size_t>(std::find_if(begin, fates.end(), is_it) - fates.begin());
}

bool is_cut(Fate fate) { return fate == Fate::cut; }
bool is_left(Fate fate) { return fate != Fate::cut; }

void cut_range(std::vector<Fate>& fates, std::size_t begin, std::size_t end) {
  std::fill(fates.begin() + static_cast<std::ptrdiff_t>(begin),
            fates.begin() + static_cast<std::ptrdiff_t>(end), Fate::cut);
}

/// Joins cuts with nothing but separators between them.
void join_cuts(const FoldedText& text, std::vector<Fate>& fates) {
  const std::string_view chars = text.chars();
  for (std::size_t at = next_of(fates, 0, is_cut); at < fates.size();) {
    const std::size_t end = next_of(fates, at, is_left);
    const std::size_t next = next_of(fates, end, is_cut);
    bool joins = next < fates.size() && next - end <= kMaxBetween;
    for (std::size_t i = end; joins && i < next; ++i)
      joins = !is_of_word(chars[i]) && !is_line_end(chars[i]) && text.place(i).is_pinned == 0;
    if (joins) cut_range(fates, end, next);
    at = next;
  }
}

}  // namespace

void Seams::mend(const FoldedText& text, Ends ends, std::vector<Fate>& fates) {
  if (next_of(fates, 0, is_cut) == fates.size()) return;
  // Bytes without which the rest would be read wrongly (PS3.5 6.1.2.5.3).
  for (std::size_t i = 0; i < fates.size(); ++i)
    if (text.place(i).is_pinned != 0) fates[i] = Fate::keep;
  join_cuts(text, fates);
  for (std::size_t at = next_of(fates, 0, is_cut); at < fates.size();) {
    Seam seam(text, fates, at, next_of(fates, at, is_left));
    seam.take_brackets();
    seam.take_separators(ends);
    cut_range(fates, seam.begin(), seam.end());
    at = next_of(fates, seam.end(), is_cut);
  }
}

std::optional<std::string> TextCutter::cut(std::string_view raw, Vr vr, TextDecoder& decoder,
                                           const Wanted& wanted) {
  if (!raw.empty() && (raw.back() == ' ' || raw.back() == '\0')) raw.remove_suffix(1);
  std::string result;
  bool is_changed = false;
  std::size_t begin_of_value = 0;
  emitted_ = 0;
  has_cut_ = has_words_ = false;
  text_.clear();
  fates_.clear();
  decoder.start(raw, vr);
  for (Seams::Ends ends{true, true};;) {
    const TextDecoder::Stop stop = decoder.read(text_, kWindow);
    ends.is_end = stop != TextDecoder::Stop::count;
    mark(wanted);
    Seams::mend(text_, ends, fates_);
    const std::size_t end = ends.is_end ? text_.size() : window_end();
    emit(raw, end, end < text_.size() ? text_.place(end).offset : decoder.offset(), result);
    is_changed = is_changed || has_cut_;
    drop_front(end);
    ends.is_begin = ends.is_end;
    if (!ends.is_end) continue;
    if (has_cut_ && !has_words_) {
      result.resize(begin_of_value);
      if (stop == TextDecoder::Stop::separator) result.push_back('\\');
    }
    if (stop == TextDecoder::Stop::end) break;
    begin_of_value = result.size();
    has_cut_ = has_words_ = false;
  }
  if (decoder.is_unreadable()) return std::string();
  if (!is_changed) return std::nullopt;
  return result;
}

void TextCutter::mark(const Wanted& wanted) {
  text_.find_words();
  fates_.resize(text_.size(), Fate::open);
  mark_identifiers_on_sight(text_.chars(), wanted.uids, fates_);
  for (const PhraseSet* phrases : wanted.phrases) phrases->mark(text_, fates_);
  if (!wanted.distrusts) return;
  const bool says_nothing =
      std::all_of(text_.words().begin(), text_.words().end(),
                  [&](const FoldedText::Word& word) { return is_harmless(text_.text(word)); });
  if (!says_nothing) cut_range(fates_, 0, fates_.size());
}

/// Where the window ends that is not the last: between two words if there are any, with enough
/// behind it for every phrase that begins before it.
std::size_t TextCutter::window_end() const {
  const std::string_view chars = text_.chars();
  const std::size_t first = chars.size() - kOverlap;
  for (std::size_t at = first; at < first + kOverlap / 2; ++at)
    if (fates_[at] != Fate::cut && !is_of_word(chars[at])) return at;
  return first;
}

void TextCutter::drop_front(std::size_t characters) {
  // What was marked in the half of the overlap that was seen with all around it stays marked.
  const std::size_t decided = fates_.size() - std::min(fates_.size(), kOverlap / 2);
  fates_.resize(std::max(decided, characters));
  fates_.erase(fates_.begin(), fates_.begin() + static_cast<std::ptrdiff_t>(characters));
  text_.drop_front(characters);
}

void TextCutter::emit(std::string_view raw, std::size_t characters, std::size_t end,
                      std::string& result) {
  for (std::size_t i = 0; i < characters; ++i) {
    if (fates_[i] != Fate::cut) {
      has_words_ = has_words_ || is_of_word(text_.chars()[i]);
      continue;
    }
    const FoldedText::Place& place = text_.place(i);
    result += raw.substr(emitted_, place.offset - emitted_);
    emitted_ = place.offset + place.size;
    has_cut_ = true;
  }
  result += raw.substr(emitted_, end - emitted_);
  emitted_ = end;
}

}  // namespace dcm::deid
