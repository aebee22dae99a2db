// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "app/cohort.hpp"
#include "app/plan.hpp"
#include "base/stop.hpp"
#include "net/peer.hpp"

namespace dcm::app {

/// What was found for one row.
struct RowPlan {
  bool asked = false;               ///< the server answered all there is to ask
  std::vector<std::size_t> series;  ///< indices into the plan of the whole cohort, ascending
  std::uint64_t patients = 0, studies = 0, instances = 0;
  std::uint64_t unverified_matches = 0;
  bool other_name_order = false;
  bool accents_left_out = false;  ///< spellings with accents were not looked for throughout
  std::optional<Error> failure;   ///< why it could not be asked for
};

/// What a cohort comes to, before anything is fetched.
struct CohortPlan {
  Plan plan;                       ///< of all rows: a series in several rows is there once
  std::vector<RowPlan> rows;       ///< one for each row of the cohort
  std::optional<Error> cut_short;  ///< interrupted; the rows that follow were not asked for
};

/// Plans one row.
using PlanRow = std::function<Result<Plan>(const Criteria& criteria)>;

/// Tells of the work: rows planned so far, of how many.
using OnRow = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// Plans row by row and puts the plans together; the outcome does not depend on the order of the
/// rows. Rows with a fault are left out, rows that ask for the same are asked for once. A row that
/// fails has its failure, and the others go on.
CohortPlan plan_cohort(const Cohort& cohort, const PlanRow& plan_row, const OnRow& on_row);

/// The same by one association with a server, opened again when it is lost: a row is tried up to
/// kRowAttempts times, with growing pauses between. Where the server cannot be reached any more the
/// rest is not tried and fails with the same error.
CohortPlan plan_cohort(const net::Peer& peer, const Cohort& cohort, const OnRow& on_row,
                       const StopSource& stop);

inline constexpr unsigned kRowAttempts = 4;

}  // namespace dcm::app
