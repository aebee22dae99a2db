// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "app/criteria.hpp"
#include "app/inquiry.hpp"
#include "net/association.hpp"

namespace dcm::app {

/// What a search found.
struct SearchOutcome {
  std::vector<Match> matches;  ///< without duplicates, by patient, date, study, series, number
  std::uint64_t dropped = 0;   ///< answers that did not match after all, or told no unique key
  bool other_name_order =
      false;                     ///< nothing was found family name first; given name first was used
  Gaps gaps;                     ///< what the server may have kept back
  std::set<SeriesPlace> others;  ///< left out, as in Plan
  bool accents_left_out = false;  ///< spellings with accents were not looked for throughout
  std::optional<Error>
      incomplete;  ///< the query that failed midway; what came before is in matches
};

/// The presentation contexts that search() and make_plan() need.
[[nodiscard]] std::vector<net::PresentationContext> search_contexts();

/// Finds everything at `criteria.level` with hierarchical queries in the Study Root model: one
/// unique key for each level above (PS3.4 C.4.1.3.1.1). A criterion below that level asks for at
/// least one series or instance that meets it. Patients are asked for in the Patient Root model if
/// the server accepts that, the criteria are about patients only and it keeps none back, else
/// gathered from their studies. Names go out in the spellings of name_spellings() and the patterns
/// of name_patterns(), in each character set, and the answers are merged. Limits on the number of
/// answers are got around (Sweep). Every answer is checked again here; a criterion that an answer
/// does not carry is checked one level down before it counts as unverified. At IMAGE level
/// SOPClassUID is asked for, which costs Orthanc 4 ms an instance. Fails with bad_value
/// (conditions_of), or as net::find does when not even one answer came.
Result<SearchOutcome> search(net::Association& association, const Criteria& criteria);

/// The same in any archive.
Result<SearchOutcome> search(Archive& archive, const Criteria& criteria);

}  // namespace dcm::app
