// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "app/criteria.hpp"
#include "dicom/attributes.hpp"
#include "net/association.hpp"

namespace dcm::app {

/// One patient, study, series or instance that matches.
struct Match {
  Attributes attributes;        ///< of its level and the levels above, as answered
  std::vector<Tag> unverified;  ///< criteria that this server's answers cannot confirm
};

/// What a search found.
struct SearchOutcome {
  std::vector<Match> matches;  ///< without duplicates, in a stable order
  std::uint64_t dropped = 0;   ///< answers that did not match after all (keys the server ignores)
  bool other_name_order =
      false;  ///< nothing was found family name first; given name first was used
  std::optional<Error>
      incomplete;  ///< the query that failed midway; what came before is in matches
};

/// The presentation contexts that search() and make_plan() need.
[[nodiscard]] std::vector<net::PresentationContext> search_contexts();

/// Finds everything at `criteria.level` with hierarchical queries: one unique key for each level
/// above (PS3.4 C.4.1.3.1.1). Names go out as `DOE^JOHN*`, as typed, and capitalised, and the
/// answers are merged. Every answer is checked again here; a criterion that an answer does not
/// carry is checked one level down before it counts as unverified. Fails as net::find does when not
/// even the first query succeeded.
Result<SearchOutcome> search(net::Association& association, const Criteria& criteria);

}  // namespace dcm::app
