// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dcm::app {

/// Which of the typed words is the family name.
enum class NameOrder : std::uint8_t { family_first, given_first };

/// The matching keys for a name as people type it, best first, without duplicates: `doe john` is
/// `DOE^JOHN*`, `doe^john*`, `Doe^John*` and, because a name may stand in one component, `doe
/// john*`; the other way round `JOHN^DOE*`, ... and for one word `*^DOE*`, ... Many servers compare
/// case (PS3.4 C.2.2.2.1). A name beyond ASCII is also spelled without accents and transliterated:
/// `müller` as `MULLER*` and `MUELLER*`. Words in another script are also looked for in the later
/// groups of the name, as `*=...`. Further given names are left to dcm::name_matches. A name with
/// `^` or `=` keeps its form, and has no other order: empty then, as for a name that is nothing but
/// stars.
[[nodiscard]] std::vector<std::string> name_spellings(std::string_view typed_utf8, NameOrder order);

/// The same for other text: as typed, in capitals, and each word capitalised.
[[nodiscard]] std::vector<std::string> text_spellings(std::string_view typed_utf8);

/// Whether something besides the text itself keeps the answers few.
enum class Surroundings : std::uint8_t { open, narrow };

/// Keys with `*` for each letter that somebody may write with an accent, or as two letters: that
/// finds `MÜLLER` and `Mueller` for `muller`, `müller` and `mueller`, on servers that compare bytes
/// or letters alike.
struct Patterns {
  std::vector<std::string> keys;
  /// Some were left out: fewer than two letters would remain, and so nearly everything would match.
  bool too_wide = false;
};
[[nodiscard]] Patterns name_patterns(std::string_view typed_utf8, NameOrder order,
                                     Surroundings surroundings);

/// For other text beyond ASCII; none for text in ASCII, which is looked for as it is.
[[nodiscard]] Patterns text_patterns(std::string_view typed_utf8, Surroundings surroundings);

/// Values of (0008,0005) in which `utf8` may be stored somewhere, likely ones first: UTF-8, the
/// single-byte sets, and for East Asian text those with code extensions and GB18030. Not all of
/// them need hold it.
[[nodiscard]] std::vector<std::string_view> character_sets_for(std::string_view utf8);

/// In capitals.
[[nodiscard]] std::string upper(std::string_view utf8);

}  // namespace dcm::app
