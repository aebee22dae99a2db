// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "deid/folded_text.hpp"
#include "deid/identifier_on_sight.hpp"
#include "deid/phrase_set.hpp"

namespace dcm::deid {

/// Mends a text where something is to be cut out, by cutting a little more: what is left over of
/// separators, empty brackets and quotes. What is no separator stays.
class Seams {
 public:
  /// Whether the text begins or ends where the value does.
  struct Ends {
    bool is_begin;
    bool is_end;
  };
  static void mend(const FoldedText& text, Ends ends, std::vector<Fate>& fates);
};

/// Cuts identifiers out of raw values. The bytes of what stays are never touched: nothing is
/// encoded anew, and escape sequences (ISO 2022) stay where they are. Needs memory for the result
/// and a window, whatever the size of the value.
class TextCutter {
 public:
  /// What there is to look for; all must outlive the call.
  struct Wanted {
    std::span<const PhraseSet* const> phrases;
    UidFate uids = UidFate::cut;
    /// Whether only values stay that say nothing: the phrases are not all known.
    bool distrusts = false;
  };

  /// The value without what is wanted, and without its padding; none if nothing was found. Several
  /// values stay as many. Empty if the bytes cannot be understood.
  [[nodiscard]] std::optional<std::string> cut(std::string_view raw, Vr vr, TextDecoder& decoder,
                                               const Wanted& wanted);

 private:
  void mark(const Wanted& wanted);
  [[nodiscard]] std::size_t window_end() const;
  void drop_front(std::size_t characters);
  void emit(std::string_view raw, std::size_t characters, std::size_t end, std::string& result);

  FoldedText text_;
  std::vector<Fate> fates_;
  std::size_t emitted_ = 0;  ///< bytes of the raw value that are done
  bool has_cut_ = false;     ///< of the value in hand
  bool has_words_ = false;   ///< that stay
};

}  // namespace dcm::deid
