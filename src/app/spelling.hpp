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
/// case (PS3.4 C.2.2.2.1). Words in another script are also looked for in the later groups of the
/// name, as `*=...`. Further given names are left to dcm::name_matches. A name with `^` or
/// `=` keeps its form, and has no other order: empty then, as for a name that is nothing but stars.
[[nodiscard]] std::vector<std::string> name_spellings(std::string_view typed_utf8, NameOrder order);

/// The same for other text: as typed, in capitals, and each word capitalised.
[[nodiscard]] std::vector<std::string> text_spellings(std::string_view typed_utf8);

/// In capitals.
[[nodiscard]] std::string upper(std::string_view utf8);

}  // namespace dcm::app
